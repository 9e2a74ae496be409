#include <criterion/criterion.h>

#include "filter.h"

enum { MAX_RULES = 4 };

/* Addresses as text of IPv4; the other family's are the same four bytes at the end of ff0e:: or 2001:db8::. */
static struct addr address(enum family family, const char *text)
{
	uint8_t v6[16] = {0x20, 0x01, 0x0d, 0xb8};
	struct addr a;

	cr_assert(addr_parse(text, &a));
	if (family == FAMILY_IPV4)
		return a;
	if (addr_is_multicast(&a)) {
		v6[0] = 0xff;
		v6[1] = 0x0e;
		v6[2] = v6[3] = 0;
	}
	memcpy(v6 + 12, addr_wire(&a), 4);
	return addr_from_v6(v6);
}

static struct prefix network(enum family family, const char *text, unsigned int bits)
{
	struct addr a = address(family, text);

	if (family == FAMILY_IPV6 && bits > 0)
		bits += 96;
	return prefix_make(&a, bits);
}

struct line {
	bool allow;
	const char *group; /* NULL: no more lines */
	unsigned int group_bits;
	const char *source; /* NULL: none */
	unsigned int source_bits;
};

struct list {
	enum family family;
	struct filter_rule rules[MAX_RULES];
	struct iface_settings settings;
};

static void make_list(struct list *l, enum family family, const struct line lines[MAX_RULES])
{
	*l = (struct list){.family = family};
	l->settings.rules = l->rules;
	for (size_t k = 0; k < MAX_RULES && lines[k].group; k++) {
		struct filter_rule *r = &l->rules[k];

		r->allow = lines[k].allow;
		r->group = network(family, lines[k].group, lines[k].group_bits);
		r->has_source = lines[k].source != NULL;
		if (r->has_source)
			r->source = network(family, lines[k].source, lines[k].source_bits);
		l->settings.n_rules = k + 1;
	}
}

#define LISTS(l, ...)                                                                           \
	for (enum family l##_family = FAMILY_IPV4; l##_family < FAMILY_COUNT; l##_family++)     \
		for (struct list l##_list, *l = (make_list(&l##_list, l##_family,               \
							   (const struct line[MAX_RULES]){__VA_ARGS__}), &l##_list); \
		     l; l = NULL)

/* rule: the index of the line that decides, -1: none does. */
static void expect_group(const struct list *l, const char *group, bool allowed, int rule)
{
	struct addr g = address(l->family, group);
	size_t found = 99;

	cr_assert_eq(filter_allows_group(&l->settings, &g, &found), allowed, "%s", group);
	cr_assert_eq(found, rule < 0 ? FILTER_NO_RULE : (size_t)rule, "%s", group);
}

static void expect_flow(const struct list *l, const char *group, const char *source, bool allowed, int rule)
{
	struct addr g = address(l->family, group);
	struct addr s = address(l->family, source);
	size_t found = 99;

	cr_assert_eq(filter_allows_flow(&l->settings, &g, &s, &found), allowed, "(%s,%s)", source, group);
	cr_assert_eq(found, rule < 0 ? FILTER_NO_RULE : (size_t)rule, "(%s,%s)", source, group);
}

Test(filter, without_rules_all_is_allowed)
{
	LISTS(l, {0}) {
		expect_group(l, "239.1.1.1", true, -1);
		expect_flow(l, "239.1.1.1", "10.0.0.1", true, -1);
	}
}

Test(filter, what_no_rule_names_is_allowed)
{
	LISTS(l, {false, "239.1.0.0", 16, NULL, 0}) {
		expect_group(l, "239.1.255.255", false, 0);
		expect_group(l, "239.2.0.0", true, -1);
		expect_flow(l, "239.2.0.0", "10.0.0.1", true, -1);
	}
}

Test(filter, the_first_match_wins)
{
	LISTS(l, {false, "239.255.255.250", 32, NULL, 0}, {true, "239.0.0.0", 8, NULL, 0},
	      {false, "0.0.0.0", 0, NULL, 0}) {
		expect_group(l, "239.255.255.250", false, 0);
		expect_group(l, "239.255.255.251", true, 1);
		expect_group(l, "238.1.1.1", false, 2);
	}
	LISTS(l, {true, "239.0.0.0", 8, NULL, 0}, {false, "239.255.255.250", 32, NULL, 0})
		expect_group(l, "239.255.255.250", true, 0);
}

/* A join without sources is for those that are allowed; entries keep out the others. */
Test(filter, a_group_is_allowed_if_some_source_is)
{
	LISTS(l, {true, "239.0.0.0", 8, "10.0.0.0", 8}, {false, "0.0.0.0", 0, NULL, 0}) {
		expect_group(l, "239.1.1.1", true, 0);
		expect_group(l, "238.1.1.1", false, 1);
		expect_flow(l, "239.1.1.1", "10.9.9.9", true, 0);
		expect_flow(l, "239.1.1.1", "11.9.9.9", false, 1);
		expect_flow(l, "238.1.1.1", "10.9.9.9", false, 1);
	}
}

Test(filter, a_denied_source_leaves_the_group_to_the_others)
{
	LISTS(l, {false, "239.0.0.0", 8, "10.66.0.0", 16}) {
		expect_group(l, "239.1.1.1", true, -1);
		expect_flow(l, "239.1.1.1", "10.66.1.1", false, 0);
		expect_flow(l, "239.1.1.1", "10.67.1.1", true, -1);
	}
}

/* "0.0.0.0/0" is IPv4's everything; the other family has its own. */
Test(filter, a_rule_of_one_family_says_nothing_of_the_other)
{
	LISTS(l, {false, "0.0.0.0", 0, NULL, 0}) {
		l->family = l->family == FAMILY_IPV4 ? FAMILY_IPV6 : FAMILY_IPV4;
		expect_group(l, "239.1.1.1", true, -1);
	}
}

Test(filter, the_same_list_is_known_by_what_it_says)
{
	static const struct line base[MAX_RULES] = {{true, "239.0.0.0", 8, "10.0.0.0", 8},
						    {false, "239.0.0.0", 8, NULL, 0}};
	static const struct line others[][MAX_RULES] = {
		{{true, "239.0.0.0", 8, "10.0.0.0", 8}},
		{{false, "239.0.0.0", 8, "10.0.0.0", 8}, {false, "239.0.0.0", 8, NULL, 0}},
		{{true, "239.0.0.0", 9, "10.0.0.0", 8}, {false, "239.0.0.0", 8, NULL, 0}},
		{{true, "239.0.0.0", 8, "10.0.0.0", 9}, {false, "239.0.0.0", 8, NULL, 0}},
		{{true, "239.0.0.0", 8, NULL, 0}, {false, "239.0.0.0", 8, NULL, 0}},
		{{false, "239.0.0.0", 8, NULL, 0}, {true, "239.0.0.0", 8, "10.0.0.0", 8}},
	};

	for (enum family family = FAMILY_IPV4; family < FAMILY_COUNT; family++) {
		struct list a;
		struct list b;

		make_list(&a, family, base);
		make_list(&b, family, base);
		cr_assert(filter_is_same(&a.settings, &b.settings));
		for (size_t k = 0; k < sizeof(others) / sizeof(others[0]); k++) {
			make_list(&b, family, others[k]);
			cr_assert_not(filter_is_same(&a.settings, &b.settings), "%zu", k);
		}
	}
}
