#include <criterion/criterion.h>

#include "option.h"

/* The same options, written as each family writes them. */
static const struct {
	bool alert;
	size_t len;
	uint8_t bytes[12];
} v4[] = {
	{true, 4, {148, 4, 0, 0}},
	{true, 8, {1, 1, 1, 148, 4, 0, 0, 0}},
	{true, 12, {7, 7, 4, 1, 2, 3, 4, 1, 148, 4, 0, 0}}, /* record route first */
	{false, 0, {0}},
	{false, 4, {0, 0, 0, 0}},
	{false, 5, {0, 148, 4, 0, 0}}, /* behind the end of the list */
	{false, 4, {148, 4, 0, 1}},    /* another value */
	{false, 3, {148, 4, 0, 0}},
	{false, 2, {148, 4}},
	{false, 1, {148}},
	{false, 4, {148, 0, 0, 0}}, /* a length that does not hold itself */
	{false, 8, {7, 1, 148, 4, 0, 0}},
	{false, 8, {7, 255, 148, 4, 0, 0}},
}, v6[] = {
	{true, 6, {5, 2, 0, 0, 1, 0}},
	{true, 6, {0, 0, 5, 2, 0, 0}},
	{true, 12, {1, 2, 0, 0, 0xc2, 0, 5, 2, 0, 0, 1, 0}},
	{false, 0, {0}},
	{false, 6, {0, 0, 0, 0, 0, 0}},
	{false, 6, {5, 2, 0, 2, 1, 0}}, /* active networks (RFC 2711 section 2.1) */
	{false, 3, {5, 2, 0}},
	{false, 1, {5}},
	{false, 6, {5, 0, 0, 0, 1, 0}},
	{false, 6, {1, 255, 5, 2, 0, 0}},
};

Test(option, ipv4)
{
	for (size_t i = 0; i < sizeof(v4) / sizeof(v4[0]); i++)
		cr_assert_eq(option_router_alert(FAMILY_IPV4, v4[i].bytes, v4[i].len), v4[i].alert, "%zu", i);
}

Test(option, ipv6)
{
	for (size_t i = 0; i < sizeof(v6) / sizeof(v6[0]); i++)
		cr_assert_eq(option_router_alert(FAMILY_IPV6, v6[i].bytes, v6[i].len), v6[i].alert, "%zu", i);
}
