#include <criterion/criterion.h>
#include <string.h>

#include "addr.h"

static struct addr of(const char *text)
{
	struct addr a;

	cr_assert(addr_parse(text, &a), "%s", text);
	return a;
}

Test(addr_text, round_trip)
{
	static const char *const texts[] = {"0.0.0.0", "224.0.0.1", "255.255.255.255", "::", "::1", "ff02::16",
					    "2001:db8::1:0:0:1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"};
	char buf[ADDR_STRLEN];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct addr a = of(texts[i]);

		cr_assert_str_eq(addr_format(&a, buf), texts[i]);
	}
}

Test(addr_text, what_is_no_address)
{
	static const char *const texts[] = {"", "1", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.4 ", " ::", ":::",
					    "fe80::1%lo", "1.2.3.4/8", "12345::"};
	struct addr a;
	struct addr before;

	memset(&before, 0x5a, sizeof(before));
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		a = before;
		cr_assert_not(addr_parse(texts[i], &a), "%s", texts[i]);
		cr_assert(addr_equal(&a, &before), "%s touched it", texts[i]);
	}
}

/* The families share one space, so a mapped address is the IPv4 address. */
Test(addr_text, mapped_is_v4)
{
	struct addr a = of("::ffff:10.0.0.1");
	struct addr b = of("10.0.0.1");

	cr_assert(addr_equal(&a, &b));
	cr_assert_eq(addr_family(&a), FAMILY_IPV4);
}

Test(addr_family, by_value)
{
	struct addr v4 = of("1.2.3.4");
	struct addr v6 = of("::102:304");

	cr_assert_eq(addr_family(&v4), FAMILY_IPV4);
	cr_assert_eq(addr_family(&v6), FAMILY_IPV6);
	for (enum family f = FAMILY_IPV4; f < FAMILY_COUNT; f++) {
		cr_assert_eq(addr_family(&addr_unspecified[f]), f);
		cr_assert(addr_is_unspecified(&addr_unspecified[f]));
	}
	cr_assert_str_eq(family_name(FAMILY_IPV4), "ipv4");
	cr_assert_str_eq(family_name(FAMILY_IPV6), "ipv6");
}

Test(addr_wire, width_of_the_family)
{
	struct addr v4 = of("1.2.3.4");
	struct addr v6 = of("102:304::");

	cr_assert_eq(addr_wire_bytes(&v4), 4);
	cr_assert_eq(addr_wire_bytes(&v6), 16);
	cr_assert_eq(memcmp(addr_wire(&v4), "\1\2\3\4", 4), 0);
	cr_assert_eq(memcmp(addr_wire(&v6), "\1\2\3\4", 4), 0);
}

Test(addr_cmp, numerical)
{
	static const char *const ascending[] = {"::", "::1", "0.0.0.0", "9.255.255.255", "10.0.0.0", "255.255.255.255",
						"1::", "fe80::1", "fe80::2", "ff02::1"};
	size_t n = sizeof(ascending) / sizeof(ascending[0]);

	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < n; k++) {
			struct addr a = of(ascending[i]);
			struct addr b = of(ascending[k]);
			int order = addr_cmp(&a, &b);

			cr_assert_eq((order > 0) - (order < 0), (i > k) - (i < k), "%s %s", ascending[i], ascending[k]);
			cr_assert_eq(addr_equal(&a, &b), i == k);
		}
	}
}

static const struct {
	const char *text;
	bool unspecified, loopback, multicast, link_local, link_scope, ssm;
} kinds[] = {
	{.text = "0.0.0.0", .unspecified = true},
	{.text = "::", .unspecified = true},
	{.text = "126.255.255.255"},
	{.text = "127.0.0.0", .loopback = true},
	{.text = "127.255.255.255", .loopback = true},
	{.text = "::1", .loopback = true},
	{.text = "::2"},
	{.text = "223.255.255.255"},
	{.text = "224.0.0.0", .multicast = true, .link_scope = true},
	{.text = "224.0.0.255", .multicast = true, .link_scope = true},
	{.text = "224.0.1.0", .multicast = true},
	{.text = "231.255.255.255", .multicast = true},
	{.text = "232.0.0.0", .multicast = true, .ssm = true},
	{.text = "232.255.255.255", .multicast = true, .ssm = true},
	{.text = "233.0.0.0", .multicast = true},
	{.text = "239.255.255.255", .multicast = true},
	{.text = "240.0.0.0"},
	{.text = "169.253.255.255"},
	{.text = "169.254.0.0", .link_local = true},
	{.text = "169.254.255.255", .link_local = true},
	{.text = "169.255.0.0"},
	{.text = "fe7f::1"},
	{.text = "fe80::", .link_local = true},
	{.text = "febf:ffff::", .link_local = true},
	{.text = "fec0::"},
	{.text = "feff::"},
	{.text = "ff00::1", .multicast = true, .link_scope = true},
	{.text = "ff01::1", .multicast = true, .link_scope = true},
	{.text = "ff02::1", .multicast = true, .link_scope = true},
	{.text = "ff12::1", .multicast = true, .link_scope = true}, /* transient, yet of link scope */
	{.text = "ff32::1", .multicast = true, .link_scope = true, .ssm = true},
	{.text = "ff03::1", .multicast = true},
	{.text = "ff05::2", .multicast = true},
	{.text = "ff1e::1", .multicast = true},
	{.text = "ff3e::1", .multicast = true, .ssm = true},
	{.text = "ff3e:0:ffff::1", .multicast = true, .ssm = true},
	{.text = "ff3e:1::1", .multicast = true},
	{.text = "ff2e::1", .multicast = true},
};

Test(addr_kinds, at_every_edge)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct addr a = of(kinds[i].text);

		cr_assert_eq(addr_is_unspecified(&a), kinds[i].unspecified, "%s", kinds[i].text);
		cr_assert_eq(addr_is_loopback(&a), kinds[i].loopback, "%s", kinds[i].text);
		cr_assert_eq(addr_is_multicast(&a), kinds[i].multicast, "%s", kinds[i].text);
		cr_assert_eq(addr_is_link_local(&a), kinds[i].link_local, "%s", kinds[i].text);
		cr_assert_eq(addr_is_link_scope_group(&a), kinds[i].link_scope, "%s", kinds[i].text);
		cr_assert_eq(addr_is_ssm(&a), kinds[i].ssm, "%s", kinds[i].text);
	}
}

static void assert_prefix(const char *text, unsigned int bits, const char *want)
{
	struct addr a = of(text);
	struct prefix p = prefix_make(&a, bits);
	char buf[PREFIX_STRLEN];

	cr_assert_eq(prefix_bits(&p), bits);
	cr_assert_str_eq(prefix_format(&p, buf), want);
}

Test(prefix, host_part_is_cleared)
{
	assert_prefix("10.1.2.3", 8, "10.0.0.0/8");
	assert_prefix("10.1.2.3", 31, "10.1.2.2/31");
	assert_prefix("10.1.2.3", 32, "10.1.2.3/32");
	assert_prefix("10.1.2.3", 0, "0.0.0.0/0");
	assert_prefix("10.129.2.3", 9, "10.128.0.0/9");
	assert_prefix("2001:db8::1", 64, "2001:db8::/64");
	assert_prefix("2001:db8::1", 128, "2001:db8::1/128");
	assert_prefix("2001:db8::1", 127, "2001:db8::/127");
	assert_prefix("2001:db8::1", 0, "::/0");
}

Test(prefix, every_length_holds_what_shares_its_bits)
{
	struct addr bases[2] = {of("170.170.170.170"), of("aaaa:aaaa:aaaa:aaaa:aaaa:aaaa:aaaa:aaaa")};
	unsigned int widths[2] = {32, 128};

	for (size_t f = 0; f < 2; f++) {
		for (unsigned int bits = 0; bits <= widths[f]; bits++) {
			struct prefix p = prefix_make(&bases[f], bits);

			for (unsigned int bit = 0; bit < widths[f]; bit++) {
				struct addr a = bases[f];
				unsigned int at = 128 - widths[f] + bit;

				a.bytes[at / 8] ^= (uint8_t)(0x80 >> at % 8);
				cr_assert_eq(prefix_contains(&p, &a), bit >= bits, "/%u bit %u", bits, bit);
			}
		}
	}
}

/* ::ffff:0:0/96 is IPv4 once it is read, and IPv4 has no 96 bits: no length may lead beyond the sixteen bytes. */
Test(prefix, more_bits_than_the_family_has_are_all)
{
	assert_prefix("10.1.2.3", 32, "10.1.2.3/32");
	for (unsigned int bits = 33; bits < 1000; bits++) {
		struct addr a = of("::ffff:10.1.2.3");
		struct addr other = of("10.1.2.2");
		struct prefix p = prefix_make(&a, bits);

		cr_assert_eq(prefix_bits(&p), 32);
		cr_assert(prefix_contains(&p, &a));
		cr_assert_not(prefix_contains(&p, &other));
	}
}

Test(prefix, never_across_families)
{
	struct addr v4 = of("10.0.0.1");
	struct addr v6 = of("2001:db8::1");
	struct prefix all4 = prefix_make(&v4, 0);
	struct prefix all6 = prefix_make(&v6, 0);

	cr_assert(prefix_contains(&all4, &v4));
	cr_assert(prefix_contains(&all6, &v6));
	cr_assert_not(prefix_contains(&all4, &v6));
	cr_assert_not(prefix_contains(&all6, &v4));
	cr_assert_not(prefix_equal(&all4, &all6));
}

Test(prefix, equal)
{
	struct addr a = of("10.1.2.3");
	struct addr b = of("10.1.9.9");
	struct prefix p = prefix_make(&a, 16);
	struct prefix q = prefix_make(&b, 16);
	struct prefix r = prefix_make(&b, 17);

	cr_assert(prefix_equal(&p, &q));
	cr_assert_not(prefix_equal(&p, &r));
}

Test(prefix, longest_text_fits)
{
	struct addr a = of("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
	struct prefix p = prefix_make(&a, 128);
	char buf[PREFIX_STRLEN];

	cr_assert_str_eq(prefix_format(&p, buf), "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128");
}

Test(addrspan, both_widths)
{
	static const uint8_t packed[] = {10, 0, 0, 1, 10, 0, 0, 2};
	struct addrspan narrow = {.bytes = packed, .count = 2, .width = 4};
	struct addr addrs[2] = {of("10.0.0.1"), of("2001:db8::2")};
	struct addrspan wide = addrspan_of(addrs, 2);
	struct addr a = addrspan_get(&narrow, 1);
	struct addr b = of("10.0.0.2");

	cr_assert(addr_equal(&a, &b));
	for (size_t i = 0; i < 2; i++) {
		a = addrspan_get(&wide, i);
		cr_assert(addr_equal(&a, &addrs[i]));
	}
	cr_assert_eq(wide.count, 2);
}
