#include <criterion/criterion.h>

#include "cursor.h"

static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20};

Test(cursor, numbers_in_network_order)
{
	struct cursor c = cursor_of(bytes, sizeof(bytes));

	cr_assert_eq(cursor_u8(&c), 1);
	cr_assert_eq(cursor_u16(&c), 0x0203);
	cr_assert_eq(cursor_u16(&c), 0x0405);
	cr_assert_eq(cursor_u16(&c), 0x0607);
	cr_assert_eq(c.left, sizeof(bytes) - 7);
	cr_assert_not(c.overrun);
}

Test(cursor, up_to_the_last_byte)
{
	struct cursor c = cursor_of(bytes, 4);

	cursor_skip(&c, 3);
	cr_assert_eq(cursor_u8(&c), 4);
	cr_assert_eq(c.left, 0);
	cr_assert_not(c.overrun);
	cursor_skip(&c, 0);
	cr_assert_not(c.overrun);
	cr_assert_eq(cursor_u8(&c), 0);
	cr_assert(c.overrun);
}

Test(cursor, overrun_is_for_good)
{
	struct cursor c = cursor_of(bytes, 4);

	cursor_skip(&c, 3);
	cr_assert_eq(cursor_u16(&c), 0);
	cr_assert(c.overrun);
	cr_assert_eq(cursor_u8(&c), 0, "the byte that is there is not given any more");
	cursor_skip(&c, 0);
	cr_assert(c.overrun);
	cr_assert_eq(c.left, 0);
}

Test(cursor, skip_as_far_as_numbers_go)
{
	struct cursor c = cursor_of(bytes, sizeof(bytes));

	cursor_skip(&c, SIZE_MAX);
	cr_assert(c.overrun);
}

Test(cursor, nothing)
{
	struct cursor c = cursor_of(NULL, 0);

	cursor_skip(&c, 0);
	cr_assert_not(c.overrun);
	cr_assert_eq(cursor_addrs(&c, 0, 4).count, 0);
	cr_assert_not(c.overrun);
	cr_assert_eq(cursor_u8(&c), 0);
	cr_assert(c.overrun);
}

Test(cursor, addresses)
{
	struct cursor c = cursor_of(bytes, sizeof(bytes));
	struct addr four = cursor_addr(&c, 4);
	struct addr sixteen = cursor_addr(&c, 16);
	struct addr v4 = addr_from_v4(bytes);
	struct addr v6 = addr_from_v6(bytes + 4);

	cr_assert(addr_equal(&four, &v4));
	cr_assert(addr_equal(&sixteen, &v6));
	cr_assert_not(c.overrun);
}

Test(cursor, address_that_does_not_fit)
{
	struct cursor c = cursor_of(bytes, 15);
	struct addr a = cursor_addr(&c, 16);

	cr_assert(c.overrun);
	cr_assert(addr_equal(&a, &addr_unspecified[FAMILY_IPV6]));
	c = cursor_of(bytes, 3);
	a = cursor_addr(&c, 4);
	cr_assert(c.overrun);
	cr_assert(addr_equal(&a, &addr_unspecified[FAMILY_IPV4]));
}

Test(cursor, runs_of_addresses)
{
	struct cursor c = cursor_of(bytes, sizeof(bytes));
	struct addrspan span = cursor_addrs(&c, 5, 4);

	cr_assert_eq(span.count, 5);
	cr_assert_eq(span.width, 4);
	cr_assert_eq(span.bytes, bytes);
	cr_assert_not(c.overrun);
	c = cursor_of(bytes, sizeof(bytes));
	span = cursor_addrs(&c, 6, 4);
	cr_assert(c.overrun);
	cr_assert_eq(span.count, 0);
	c = cursor_of(bytes, sizeof(bytes));
	span = cursor_addrs(&c, UINT16_MAX, 16);
	cr_assert(c.overrun);
	cr_assert_eq(span.count, 0);
}
