/*
 * What groups counted goes on beyond the core's records: whatever happens, no series
 * ever goes back, "other" never does, and nothing is counted twice or lost.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "chance.h"
#include "iface.h"
#include "shown.h"

enum { GROUPS = 12, STEPS = 1500, LINKS = 3, FIELDS = sizeof(struct group_totals) / sizeof(uint64_t) };

/* --- an account of our own, by group --- */

struct account {
	struct group_totals retired[GROUPS + 1];
	/* Of each group, when its series was last looked at: what it said, and what of the group's was never its own. */
	bool has_series[GROUPS + 1];
	struct group_totals said[GROUPS + 1];
	struct group_totals never_its_own[GROUPS + 1];
	struct group_totals all[GROUPS + 1]; /* everything, as of the end of the last step */
	struct group_totals other;
};

static uint64_t field(const struct group_totals *t, size_t k)
{
	uint64_t value;

	memcpy(&value, (const char *)t + k * sizeof(value), sizeof(value));
	return value;
}

static void add(struct group_totals *to, const struct group_totals *more, bool less)
{
	for (size_t k = 0; k < FIELDS; k++) {
		uint64_t sum = less ? field(to, k) - field(more, k) : field(to, k) + field(more, k);

		memcpy((char *)to + k * sizeof(sum), &sum, sizeof(sum));
	}
}

static bool equal(const struct group_totals *a, const struct group_totals *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

static bool reaches(const struct group_totals *now, const struct group_totals *before)
{
	for (size_t k = 0; k < FIELDS; k++)
		if (field(now, k) < field(before, k))
			return false;
	return true;
}

static unsigned int number_of(const struct world *w, const struct addr *group)
{
	for (unsigned int n = 1; n <= GROUPS; n++) {
		struct addr a = world_group(w->family, n);

		if (addr_equal(&a, group))
			return n;
	}
	return 0;
}

/* The world's bury() goes to both the series and the account. */
static struct account *keeping;
static void (*passed_on)(struct world *w, const struct addr *group, const char *iface, const struct group_totals *counted);

static void keep(struct world *w, const struct addr *group, const char *iface, const struct group_totals *counted)
{
	add(&keeping->retired[number_of(w, group)], counted, false);
	passed_on(w, group, iface, counted);
}

/* Everything that a group ever counted: what ended, and what the records of its links and flows hold. */
static struct group_totals everything(const struct world *w, const struct account *a, unsigned int n)
{
	struct addr group = world_group(w->family, n);
	const struct membership *m = memberdb_find(&w->proxy->db, &group);
	struct group_totals t = a->retired[n];

	if (m)
		add(&t, &(struct group_totals){.flows = m->counters}, false);
	for (uint32_t link = DOWN1; link < DOWN1 + LINKS; link++) {
		const struct group *g = world_find_group(w, link, n);

		if (g)
			add(&t,
			    &(struct group_totals){.reports = g->counters.reports,
						   .leaves = g->counters.leaves,
						   .queries_sent = g->counters.queries_sent,
						   .joins = 1},
			    false);
	}
	return t;
}

static const struct one_series *find(const struct series *s, const struct addr *group)
{
	const struct one_series *one = NULL;

	while ((one = series_next(s, one ? &one->group : NULL)) != NULL)
		if (addr_equal(&one->group, group))
			return one;
	return NULL;
}

static void check_group(const struct world *w, const struct series *s, struct account *a, unsigned int n,
			const char *step, unsigned long long seed)
{
	struct addr group = world_group(w->family, n);
	const struct one_series *one = find(s, &group);
	struct group_totals now = everything(w, a, n);
	struct group_totals its_own = now;
	struct group_totals says;

	cr_assert(reaches(&now, &a->all[n]), "a group's records lose what they counted after %s; " SEED, step, seed);
	if (one && !a->has_series[n])
		a->never_its_own[n] = a->all[n];
	if (one) {
		says = series_totals(s, one);
		add(&its_own, &a->never_its_own[n], true);
		cr_assert(!a->has_series[n] || reaches(&says, &a->said[n]), "group %u goes back after %s; " SEED, n, step, seed);
		cr_assert(equal(&says, &its_own),
			  "group %u after %s: %llu reports, %llu joins, %llu packets, not %llu, %llu, %llu; " SEED, n, step,
			  (unsigned long long)says.reports, (unsigned long long)says.joins,
			  (unsigned long long)says.flows.forwarded_packets, (unsigned long long)its_own.reports,
			  (unsigned long long)its_own.joins, (unsigned long long)its_own.flows.forwarded_packets, seed);
		a->said[n] = says;
	}
	a->has_series[n] = one != NULL;
	a->all[n] = now;
}

/* What the sum has to say, by looking at each group. */
static size_t count_without(const struct world *w, const struct series *s)
{
	size_t without = 0;

	for (unsigned int n = 1; n <= GROUPS; n++) {
		struct addr group = world_group(w->family, n);

		without += memberdb_find(&w->proxy->db, &group) && !find(s, &group);
	}
	return without;
}

static void check(const struct world *w, const struct series *s, struct account *a, const char *step,
		  unsigned long long seed)
{
	struct group_totals total = w->proxy->env.counters.groups[false];
	struct group_totals sum = {0};
	struct group_totals other = series_other(s);
	struct group_totals shown = other;

	add(&total, &w->proxy->env.counters.groups[true], false);
	cr_assert_eq(memcmp(&total.flows, &w->proxy->env.counters.flows, sizeof(total.flows)), 0,
		     "flows of groups are not all flows after %s; " SEED, step, seed);
	cr_assert_eq(series_groups_without(s), count_without(w, s),
		     "known groups without a series after %s; " SEED, step, seed);
	for (unsigned int n = 1; n <= GROUPS; n++) {
		check_group(w, s, a, n, step, seed);
		add(&sum, &a->all[n], false);
		if (a->has_series[n])
			add(&shown, &a->said[n], false);
	}
	cr_assert(equal(&sum, &total), "retired and live are not all after %s: %llu of %llu joins; " SEED, step,
		  (unsigned long long)sum.joins, (unsigned long long)total.joins, seed);
	cr_assert(equal(&shown, &total), "the series and other are not all after %s; " SEED, step, seed);
	cr_assert(reaches(&other, &a->other), "other goes back after %s; " SEED, step, seed);
	a->other = other;
}

/* --- what may happen --- */

static const char *const letters[] = {"", "a", "b", "ab", "c", "abc"};

static void some_report(struct world *w, struct chance *c)
{
	enum gm_generation generation = chance_below(c, 4) > 0 ? GM_GENERATION_3 : GM_GENERATION_2;
	enum gm_record_type type = (enum gm_record_type)(GM_IS_IN + chance_below(c, GM_RECORD_TYPES - GM_IS_IN));
	const char *sources = letters[chance_below(c, 6)];

	if (generation == GM_GENERATION_2) {
		type = chance_below(c, 2) ? GM_IS_EX : GM_TO_IN;
		sources = "";
	}
	world_say(w, DOWN1 + chance_below(c, LINKS), HOST + chance_below(c, 2), generation, type,
		  1 + chance_below(c, GROUPS), sources);
}

static void some_packets(struct world *w, struct chance *c)
{
	struct addr source = world_letter(w->family, (char)('a' + chance_below(c, 3)));

	world_packets(w, UP, &source, 1 + chance_below(c, GROUPS), 1 + chance_below(c, 9));
}

static void some_link_news(struct world *w, struct chance *c)
{
	struct world_link *link = &w->links[DOWN1 + chance_below(c, LINKS)];

	if (chance_below(c, 3) == 0)
		link->state.exists = !link->state.exists;
	else
		link->state.up = !link->state.up;
	world_news(w, link->state.ifindex);
}

static void some_reload(struct world *w, struct chance *c)
{
	static struct filter_rule rules[2 * 2];
	struct world_link *link = &w->links[DOWN1 + chance_below(c, LINKS)];
	struct filter_rule *rule = &rules[chance_below(c, 4)];
	struct addr group = world_group(w->family, 1 + chance_below(c, GROUPS));

	link->settings.max_groups = 1 + chance_below(c, GROUPS);
	link->settings.fast_leave = chance_below(c, 2) > 0;
	link->settings.n_rules = 0;
	world_news(w, link->state.ifindex);
	*rule = (struct filter_rule){.group = prefix_make(&group, w->family == FAMILY_IPV4 ? 30 : 126)};
	link->settings.rules = rule;
	link->settings.n_rules = chance_below(c, 2);
	world_news(w, link->state.ifindex);
}

static void some_time(struct world *w, struct chance *c)
{
	static const int64_t seconds[] = {0, 1, 2, 5, 20, 130, 300, 700};

	world_pass(w, mspan_seconds(seconds[chance_below(c, 8)]));
}

static const char *happen(struct shown *s, struct world *w, struct chance *c)
{
	struct series *series = &s->stats.series[w->family];

	switch (chance_below(c, 16)) {
	case 0:
		some_link_news(w, c);
		return "news";
	case 1:
		some_reload(w, c);
		return "a reload";
	case 2:
		series->room->max = chance_below(c, GROUPS);
		return "another cap";
	case 3:
	case 4:
		series_expire(series, w->now);
		return "an expiry";
	case 5:
	case 6:
		some_time(w, c);
		return "some time";
	case 7:
	case 8:
	case 9:
		some_packets(w, c);
		return "packets";
	case 10:
		proxy_sample(w->proxy, w->now);
		return "a sample";
	default:
		some_report(w, c);
		return "a report";
	}
}

Test(series, never_go_back_and_lose_nothing_whatever_happens, .timeout = 120)
{
	struct chance c = chance_start();

	WORLDS(w)
	{
		struct account a = {0};
		struct shown s;

		shown_begin(&s, w, 5);
		keeping = &a;
		passed_on = w->bury;
		w->bury = keep;
		world_start(w, LINKS);
		for (int k = 0; k < STEPS; k++) {
			const char *step = happen(&s, w, &c);

			world_settle(w);
			check(w, &s.stats.series[w->family], &a, step, SEED_OF(&c));
		}
		shown_end(&s);
	}
}

/* --- one thing at a time --- */

static size_t count(const struct series *s)
{
	const struct one_series *one = NULL;
	size_t n = 0;

	while ((one = series_next(s, one ? &one->group : NULL)) != NULL)
		n++;
	return n;
}

Test(series, beyond_the_cap_add_to_other_and_are_counted)
{
	WORLDS(w)
	{
		struct shown s;
		const struct series *series = &s.stats.series[w->family];

		shown_begin(&s, w, 2);
		world_start(w, 1);
		for (unsigned int n = 1; n <= 5; n++)
			world_report(w, DOWN1, GM_TO_EX, n, "");
		cr_expect_eq(count(series), 2);
		cr_expect_eq(series->refused, 3);
		cr_expect_eq(series_groups_without(series), 3);
		cr_expect_eq(series_other(series).joins, 3);
		cr_expect_eq(series_other(series).reports, 3);
		shown_end(&s);
	}
}

Test(series, stay_for_ten_minutes_when_their_group_is_gone)
{
	WORLDS(w)
	{
		struct shown s;
		struct series *series = &s.stats.series[w->family];

		shown_begin(&s, w, 1);
		world_start(w, 1);
		world_report(w, DOWN1, GM_TO_EX, 1, "");
		world_report(w, DOWN1, GM_TO_IN, 1, "");
		world_pass(w, mspan_seconds(30));
		cr_assert_null(world_find_group(w, DOWN1, 1));
		world_pass(w, mspan_seconds(560));
		series_expire(series, w->now);
		cr_assert_eq(count(series), 1, "a scraper may still ask for it");
		cr_expect_eq(series_totals(series, series_next(series, NULL)).joins, 1);
		world_pass(w, mspan_seconds(20));
		series_expire(series, w->now);
		cr_expect_eq(count(series), 0);
		cr_expect_eq(series_other(series).joins, 1, "what it counted is other's now");
		world_report(w, DOWN1, GM_TO_EX, 2, "");
		cr_expect_eq(count(series), 1, "its place is free");
		shown_end(&s);
	}
}

/* A flow keeps the core's record of a group that nobody has joined: its series goes when that does. */
Test(series, stay_while_packets_flow)
{
	WORLDS(w)
	{
		struct shown s;
		struct series *series = &s.stats.series[w->family];
		struct addr source = world_letter(w->family, 'a');

		shown_begin(&s, w, 1);
		world_start(w, 1);
		world_report(w, DOWN1, GM_TO_EX, 1, "");
		world_report(w, DOWN1, GM_TO_IN, 1, "");
		for (int k = 0; k < 80; k++) {
			world_pass(w, mspan_seconds(10));
			world_packets(w, UP, &source, 1, 1);
			series_expire(series, w->now);
		}
		cr_expect_eq(count(series), 1);
		cr_expect_eq(series_groups_without(series), 0);
		cr_expect_gt(series_totals(series, series_next(series, NULL)).flows.blocked_packets, 70);
		world_pass(w, mspan_seconds(500));
		series_expire(series, w->now);
		cr_expect_eq(count(series), 1, "gone for less than ten minutes");
		world_pass(w, mspan_seconds(200));
		series_expire(series, w->now);
		cr_expect_eq(count(series), 0);
		shown_end(&s);
	}
}

Test(series, go_in_slices_when_many_groups_have_gone)
{
	enum { MANY = 1000 };

	WORLDS(w)
	{
		struct shown s;
		struct series *series = &s.stats.series[w->family];
		unsigned int slices = 1;

		shown_begin(&s, w, SHOWN_MAX_GROUPS);
		world_start(w, 1);
		for (unsigned int n = 1; n <= MANY; n++)
			world_report(w, DOWN1, GM_TO_EX, n, "");
		world_pass(w, mspan_seconds(500));
		world_report(w, DOWN1, GM_TO_EX, 7, "");
		cr_assert_eq(count(series), MANY);
		world_pass(w, mspan_seconds(200));
		world_report(w, DOWN1, GM_TO_EX, 7, "");
		world_pass(w, mspan_seconds(200));
		world_report(w, DOWN1, GM_TO_EX, 7, "");
		for (; series_expire(series, w->now); slices++)
			cr_assert_eq(count(series), MANY - 256 * slices);
		cr_expect_eq(slices, 4);
		cr_assert_eq(count(series), 1);
		cr_expect_eq(series_other(series).joins, MANY - 1);
		cr_expect_eq(series_other(series).timeouts, MANY - 1);
		shown_end(&s);
	}
}

Test(series, stay_while_anybody_is_a_member)
{
	WORLDS(w)
	{
		struct shown s;
		struct series *series = &s.stats.series[w->family];

		shown_begin(&s, w, 1);
		world_start(w, 2);
		world_report(w, DOWN1, GM_TO_EX, 1, "");
		world_report(w, DOWN2, GM_TO_EX, 1, "");
		world_report(w, DOWN1, GM_TO_IN, 1, "");
		for (int k = 0; k < 8; k++) {
			world_pass(w, mspan_seconds(100));
			world_report(w, DOWN2, GM_IS_EX, 1, "");
		}
		cr_assert_null(world_find_group(w, DOWN1, 1));
		series_expire(series, w->now);
		cr_expect_eq(count(series), 1);
		shown_end(&s);
	}
}

Test(series, of_a_group_that_comes_back_go_on)
{
	WORLDS(w)
	{
		struct shown s;
		struct series *series = &s.stats.series[w->family];

		shown_begin(&s, w, 1);
		world_start(w, 1);
		for (int k = 0; k < 3; k++) {
			world_report(w, DOWN1, GM_TO_EX, 1, "");
			world_report(w, DOWN1, GM_TO_IN, 1, "");
			world_pass(w, mspan_seconds(100));
		}
		world_report(w, DOWN1, GM_TO_EX, 1, "");
		world_pass(w, mspan_seconds(200));
		series_expire(series, w->now);
		cr_assert_eq(count(series), 1);
		cr_expect_eq(series_totals(series, series_next(series, NULL)).joins, 4);
		cr_expect_eq(series_totals(series, series_next(series, NULL)).leaves, 3);
		cr_expect_eq(series_other(series).joins, 0);
		shown_end(&s);
	}
}

static struct group_totals of_member(const struct shown *s, const struct world *w, uint32_t link)
{
	struct addr group = world_group(w->family, 1);
	const struct group *g = querier_find(&proxy_find_iface(w->proxy, link)->querier, &group);

	cr_assert_not_null(g);
	return series_of_member(&s->stats.series[w->family], g);
}

Test(series, of_a_group_on_a_link_go_on_when_it_comes_back_there)
{
	WORLDS(w)
	{
		struct shown s;

		shown_begin(&s, w, 1);
		world_start(w, 2);
		world_report(w, DOWN2, GM_TO_EX, 1, "");
		for (int k = 0; k < 3; k++) {
			world_report(w, DOWN1, GM_TO_EX, 1, "");
			world_report(w, DOWN1, GM_TO_EX, 1, "");
			world_report(w, DOWN1, GM_TO_IN, 1, "");
			world_report(w, DOWN2, GM_IS_EX, 1, "");
			world_pass(w, mspan_seconds(100));
		}
		world_report(w, DOWN1, GM_TO_EX, 1, "");
		cr_expect_eq(of_member(&s, w, DOWN1).reports, 7);
		cr_expect_eq(of_member(&s, w, DOWN1).leaves, 3);
		cr_expect_eq(of_member(&s, w, DOWN1).joins, 4);
		cr_expect_gt(of_member(&s, w, DOWN1).queries_sent, 0);
		cr_expect_eq(of_member(&s, w, DOWN2).reports, 4);
		cr_expect_eq(of_member(&s, w, DOWN2).joins, 1);
		world_pass(w, mspan_seconds(300));
		world_report(w, DOWN1, GM_TO_EX, 1, "");
		cr_expect_eq(of_member(&s, w, DOWN1).timeouts, 1);
		cr_expect_eq(of_member(&s, w, DOWN1).joins, 5);
		shown_end(&s);
	}
}

Test(series, stand_in_the_order_of_addresses)
{
	WORLDS(w)
	{
		struct shown s;
		const struct one_series *one = NULL;
		unsigned int n = 0;

		shown_begin(&s, w, SHOWN_MAX_GROUPS);
		world_start(w, 1);
		for (unsigned int k = 0; k < 300; k++)
			world_report(w, DOWN1, GM_TO_EX, 1 + k * 7 % 300, "");
		while ((one = series_next(&s.stats.series[w->family], one ? &one->group : NULL)) != NULL) {
			struct addr expected = world_group(w->family, ++n);

			cr_assert(addr_equal(&one->group, &expected), "%u", n);
		}
		cr_expect_eq(n, 300);
		shown_end(&s);
	}
}
