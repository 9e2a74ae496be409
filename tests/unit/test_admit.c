#include <criterion/criterion.h>

#include "world.h"

enum { GROUP = 1 };

static struct iface *down(const struct world *w)
{
	return proxy_find_iface(w->proxy, DOWN1);
}

/* One record is admitted, or it is not; *out borrows from the proxy's own room. */
static bool admit(struct world *w, enum gm_generation generation, enum gm_record_type type, struct addr group,
		  const char *letters, struct gm_record *out)
{
	static struct addr sources[26];
	struct gm_record record = {.type = type, .group = group};

	record.sources = addrspan_of(sources, world_letters(w->family, letters, sources));
	return admit_record(down(w), gm_protos[w->family].by_generation[generation], &record, &w->proxy->admitting,
			    out);
}

static void expect_sources(const struct world *w, const struct gm_record *record, const char *letters)
{
	struct addr addrs[26];
	size_t n = world_letters(w->family, letters, addrs);

	cr_assert_eq(record->sources.count, n);
	for (size_t k = 0; k < n; k++) {
		struct addr a = addrspan_get(&record->sources, k);

		cr_assert(addr_equal(&a, &addrs[k]), "%c", letters[k]);
	}
}

static uint64_t ignored(const struct world *w, enum ignored kind)
{
	return down(w)->counters.ignored[kind];
}

static struct prefix host_prefix(struct addr a)
{
	return prefix_make(&a, 128);
}

static struct addr ssm_group(enum family family)
{
	const uint8_t v4[4] = {232, 1, 2, 3};
	const uint8_t v6[16] = {0xff, 0x3e, [15] = 3};

	return family == FAMILY_IPV4 ? addr_from_v4(v4) : addr_from_v6(v6);
}

static struct prefix everything(enum family family)
{
	return prefix_make(&addr_unspecified[family], 0);
}

static void use_rules(struct world *w, struct filter_rule *rules, size_t n)
{
	w->links[DOWN1].settings.rules = rules;
	w->links[DOWN1].settings.n_rules = n;
}

/* deny GROUP source b; allow GROUP; deny everything else. */
static void set_rules(struct world *w, struct filter_rule rules[static 3])
{
	struct prefix group = host_prefix(world_group(w->family, GROUP));

	rules[0] = (struct filter_rule){.has_source = true, .group = group,
					.source = host_prefix(world_letter(w->family, 'b'))};
	rules[1] = (struct filter_rule){.allow = true, .group = group};
	rules[2] = (struct filter_rule){.group = everything(w->family)};
	use_rules(w, rules, 3);
}

/* --- scope --- */

Test(admit_scope, groups_of_the_link_are_never_let_in)
{
	WORLDS(w) {
		const uint8_t v4[4] = {224, 0, 0, 251};
		const uint8_t v6[16] = {0xff, 0x02, [15] = 0xfb};
		struct addr group = w->family == FAMILY_IPV4 ? addr_from_v4(v4) : addr_from_v6(v6);
		struct gm_record out;

		world_start(w, 1);
		for (enum gm_record_type type = GM_IS_IN; type < GM_RECORD_TYPES; type++)
			cr_assert_not(admit(w, GM_GENERATION_3, type, group, "a", &out));
		cr_assert_eq(ignored(w, IGNORED_LINK_LOCAL), 6);
	}
}

/* --- the SSM range (RFC 9776 section 6.4, RFC 4604) --- */

Test(admit_ssm, exclude_and_old_versions_are_taken_and_counted)
{
	WORLDS(w) {
		struct addr group = ssm_group(w->family);
		struct gm_record out;

		world_start(w, 1);
		cr_assert(admit(w, GM_GENERATION_3, GM_IS_EX, group, "a", &out));
		cr_assert(admit(w, GM_GENERATION_3, GM_TO_EX, group, "", &out));
		cr_assert(admit(w, GM_GENERATION_2, GM_IS_EX, group, "", &out));
		cr_assert(admit(w, GM_GENERATION_2, GM_TO_IN, group, "", &out));
		cr_assert(admit(w, gm_protos[w->family].oldest, GM_IS_EX, group, "", &out));
		cr_assert_eq(down(w)->counters.ssm_lenient, 5);
		cr_assert_eq(ignored(w, IGNORED_SSM), 0);
	}
}

Test(admit_ssm, strict_ignores_and_counts_them)
{
	WORLDS(w) {
		struct addr group = ssm_group(w->family);
		struct gm_record out;

		w->links[DOWN1].settings.ssm_strict = true;
		world_start(w, 1);
		cr_assert_not(admit(w, GM_GENERATION_3, GM_IS_EX, group, "a", &out));
		cr_assert_not(admit(w, GM_GENERATION_3, GM_TO_EX, group, "", &out));
		cr_assert_not(admit(w, GM_GENERATION_2, GM_IS_EX, group, "", &out));
		cr_assert_eq(ignored(w, IGNORED_SSM), 3);
		cr_assert_eq(down(w)->counters.ssm_lenient, 0);
	}
}

Test(admit_ssm, what_names_its_sources_is_no_matter_of_leniency)
{
	static const enum gm_record_type types[] = {GM_IS_IN, GM_TO_IN, GM_ALLOW, GM_BLOCK};

	WORLDS(w) {
		struct gm_record out;

		w->links[DOWN1].settings.ssm_strict = true;
		world_start(w, 1);
		for (size_t k = 0; k < 4; k++)
			cr_assert(admit(w, GM_GENERATION_3, types[k], ssm_group(w->family), "a", &out));
		cr_assert(admit(w, GM_GENERATION_2, GM_IS_EX, world_group(w->family, GROUP), "", &out));
		cr_assert_eq(ignored(w, IGNORED_SSM) + down(w)->counters.ssm_lenient, 0);
	}
}

/* --- rules --- */

Test(admit_rules, without_any_a_record_is_as_it_was)
{
	WORLDS(w) {
		struct gm_record out;

		world_start(w, 1);
		cr_assert(admit(w, GM_GENERATION_3, GM_ALLOW, world_group(w->family, GROUP), "abc", &out));
		expect_sources(w, &out, "abc");
		cr_assert_null(down(w)->filter_hits);
	}
}

Test(admit_rules, a_refused_group_is_counted_with_its_rule)
{
	struct filter_rule rules[3];

	WORLDS(w) {
		struct gm_record out;

		set_rules(w, rules);
		world_start(w, 1);
		cr_assert_not(admit(w, GM_GENERATION_3, GM_TO_EX, world_group(w->family, GROUP + 1), "", &out));
		cr_assert_not(admit(w, GM_GENERATION_2, GM_IS_EX, world_group(w->family, GROUP + 2), "", &out));
		cr_assert_not(admit(w, GM_GENERATION_3, GM_ALLOW, world_group(w->family, GROUP + 2), "abc", &out));
		cr_assert_eq(ignored(w, IGNORED_FILTERED_GROUP), 3);
		cr_assert_eq(down(w)->filter_hits[2], 3);
		cr_assert_eq(down(w)->filter_hits[1], 0);
	}
}

Test(admit_rules, lists_of_what_is_wanted_are_trimmed)
{
	static const enum gm_record_type types[] = {GM_IS_IN, GM_TO_IN, GM_ALLOW};
	struct filter_rule rules[3];

	WORLDS(w) {
		struct gm_record out;

		set_rules(w, rules);
		world_start(w, 1);
		for (size_t k = 0; k < 3; k++) {
			cr_assert(admit(w, GM_GENERATION_3, types[k], world_group(w->family, GROUP), "cba", &out));
			expect_sources(w, &out, "ca");
		}
		cr_assert_eq(down(w)->filter_hits[0], 3);
		cr_assert_eq(down(w)->filter_hits[1], 6);
		cr_assert_eq(ignored(w, IGNORED_FILTERED_SOURCE), 3);
		cr_assert_eq(ignored(w, IGNORED_FILTERED_GROUP), 0);
	}
}

/* What is excluded or blocked takes away: no rule can be against that. */
Test(admit_rules, lists_of_what_is_not_wanted_stay_whole)
{
	static const enum gm_record_type types[] = {GM_IS_EX, GM_TO_EX, GM_BLOCK};
	struct filter_rule rules[3];

	WORLDS(w) {
		struct gm_record out;

		set_rules(w, rules);
		world_start(w, 1);
		for (size_t k = 0; k < 3; k++) {
			cr_assert(admit(w, GM_GENERATION_3, types[k], world_group(w->family, GROUP), "abc", &out));
			expect_sources(w, &out, "abc");
		}
		cr_assert_eq(down(w)->filter_hits[1], 3);
	}
}

Test(admit_rules, nothing_is_left_but_a_to_in)
{
	struct filter_rule rules[3];

	WORLDS(w) {
		struct addr group = world_group(w->family, GROUP);
		struct gm_record out;

		set_rules(w, rules);
		world_start(w, 1);
		cr_assert_not(admit(w, GM_GENERATION_3, GM_IS_IN, group, "b", &out));
		cr_assert_not(admit(w, GM_GENERATION_3, GM_ALLOW, group, "b", &out));
		cr_assert(admit(w, GM_GENERATION_3, GM_TO_IN, group, "b", &out));
		cr_assert_eq(out.sources.count, 0);
	}
}

/* A record of many sources, in the worst order, costs no more than its length. */
Test(admit_rules, the_longest_record_fits)
{
	enum { MANY = 16000 };
	static struct addr sources[MANY];
	struct filter_rule rules[3];

	WORLDS(w) {
		struct gm_record record = {.type = GM_IS_IN, .group = world_group(w->family, GROUP)};
		struct gm_record out;

		set_rules(w, rules);
		world_start(w, 1);
		for (unsigned int k = 0; k < MANY; k++)
			sources[k] = world_source(w->family, UP, 0x1000 + MANY - k);
		record.sources = addrspan_of(sources, MANY);
		cr_assert(admit_record(down(w), gm_protos[w->family].by_generation[GM_GENERATION_3], &record,
				       &w->proxy->admitting, &out));
		cr_assert_eq(out.sources.count, MANY);
	}
}

/* --- what comes of it --- */

/* The join is for what the rules allow; the entries keep out the rest. */
Test(admit_effect, a_join_of_everything_gets_what_is_allowed)
{
	struct filter_rule rules[3];

	WORLDS(w) {
		struct addr a = world_letter(w->family, 'a');
		struct addr b = world_letter(w->family, 'b');

		set_rules(w, rules);
		world_start(w, 2);
		world_report(w, DOWN1, GM_TO_EX, GROUP, "");
		cr_assert_eq(world_packets(w, UP, &a, GROUP, 1), WORLD_BIT(DOWN1));
		cr_assert_eq(world_packets(w, UP, &b, GROUP, 1), 0);
		world_report(w, DOWN2, GM_TO_EX, GROUP, "");
		cr_assert_eq(world_oifs(w, &b, GROUP), WORLD_BIT(DOWN2), "that link has no rules");
	}
}

Test(admit_effect, a_refused_join_makes_no_state)
{
	struct filter_rule rules[3];

	WORLDS(w) {
		set_rules(w, rules);
		world_start(w, 1);
		world_report(w, DOWN1, GM_TO_EX, GROUP + 1, "");
		world_report(w, DOWN1, GM_ALLOW, GROUP, "b");
		world_settle(w);
		cr_assert_eq(w->n_subscriptions, 0);
		cr_assert_eq(w->proxy->db.table.count, 0);
	}
}

Test(admit_effect, new_rules_end_what_they_refuse_at_once)
{
	struct filter_rule rules[3];

	WORLDS(w) {
		struct addr a = world_letter(w->family, 'a');
		struct addr b = world_letter(w->family, 'b');

		world_start(w, 1);
		world_report(w, DOWN1, GM_TO_EX, GROUP, "");
		world_report(w, DOWN1, GM_TO_EX, GROUP + 1, "");
		world_report(w, DOWN1, GM_TO_EX, GROUP + 2, "");
		world_packets(w, UP, &a, GROUP, 1);
		world_packets(w, UP, &b, GROUP, 1);
		world_packets(w, UP, &a, GROUP + 1, 1);
		world_settle(w);
		set_rules(w, rules);
		world_news(w, DOWN1);
		cr_assert_eq(down(w)->querier.groups.count, 1);
		world_settle(w);
		cr_assert_eq(world_oifs(w, &a, GROUP), WORLD_BIT(DOWN1));
		cr_assert_eq(world_oifs(w, &b, GROUP), 0);
		cr_assert_eq(world_oifs(w, &a, GROUP + 1), 0);
		cr_assert_eq(w->events[EVENT_GROUP_LEAVE].count, 2);
		cr_assert_str_eq(w->events[EVENT_GROUP_LEAVE].word, "filtered");
		world_settle(w);
		cr_assert_eq(w->n_subscriptions, 1);
		use_rules(w, NULL, 0);
		world_news(w, DOWN1);
		world_settle(w);
		cr_assert_eq(world_oifs(w, &b, GROUP), WORLD_BIT(DOWN1), "and old ones gone let in again");
	}
}

/* As if the hosts had asked under the new rules: upstream nothing is asked for that would go nowhere. */
Test(admit_effect, new_rules_take_what_they_refuse_out_of_lists)
{
	struct filter_rule rules[3];

	WORLDS(w) {
		const struct world_subscription *s;

		world_start(w, 1);
		world_report(w, DOWN1, GM_ALLOW, GROUP, "abc");
		world_report(w, DOWN1, GM_ALLOW, GROUP + 2, "b");
		world_report(w, DOWN1, GM_TO_EX, GROUP + 3, "b");
		world_settle(w);
		set_rules(w, rules);
		world_news(w, DOWN1);
		world_settle(w);
		s = world_find_subscription(w, GROUP);
		cr_assert(s && world_set_is(w->family, &s->sources, "ac"));
		cr_assert_eq(world_find_group(w, DOWN1, GROUP)->n_sources, 2);
		cr_assert_null(world_find_group(w, DOWN1, GROUP + 2));
		cr_assert_str_eq(w->events[EVENT_GROUP_LEAVE].word, "filtered");
	}
}

Test(admit_effect, of_new_rules_a_group_whose_sources_are_all_refused_ends)
{
	struct filter_rule rule;

	WORLDS(w) {
		rule = (struct filter_rule){.has_source = true, .group = everything(w->family),
					    .source = host_prefix(world_letter(w->family, 'b'))};
		world_start(w, 1);
		world_report(w, DOWN1, GM_ALLOW, GROUP, "b");
		world_report(w, DOWN1, GM_TO_EX, GROUP + 1, "b");
		world_report(w, DOWN1, GM_TO_EX, GROUP + 2, "");
		world_report(w, DOWN1, GM_ALLOW, GROUP + 2, "b");
		world_settle(w);
		use_rules(w, &rule, 1);
		world_news(w, DOWN1);
		world_settle(w);
		cr_assert_null(world_find_group(w, DOWN1, GROUP));
		cr_assert_str_eq(w->events[EVENT_GROUP_LEAVE].word, "filtered");
		cr_assert_eq(w->events[EVENT_GROUP_LEAVE].count, 1);
		cr_assert_eq(w->n_subscriptions, 2, "who excludes sources asks for all others");
		cr_assert_eq(world_find_group(w, DOWN1, GROUP + 1)->n_sources, 1, "what is excluded stays so");
		cr_assert_eq(world_find_group(w, DOWN1, GROUP + 2)->n_sources, 0);
	}
}

/* A reload that says the same must not begin the counters anew. */
Test(admit_effect, hits_outlive_a_reload_of_the_same_rules)
{
	struct filter_rule rules[3];
	struct filter_rule copy[3];

	WORLDS(w) {
		set_rules(w, rules);
		world_start(w, 1);
		world_report(w, DOWN1, GM_TO_EX, GROUP + 1, "");
		set_rules(w, copy);
		world_news(w, DOWN1);
		cr_assert_eq(down(w)->filter_hits[2], 1);
		set_rules(w, rules);
		rules[0].allow = true;
		world_news(w, DOWN1);
		cr_assert_eq(down(w)->filter_hits[2], 0);
	}
}
