#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "world.h"

enum { GROUP = 1 };

/* --- the merge (RFC 4605 section 4.1) --- */

struct side {
	enum gm_filter_mode mode;
	const char *sources; /* of EXCLUDE: those excluded */
};

struct merge_row {
	struct side sides[4]; /* DOWN1 and on; sources NULL: no member */
	struct side merged;
};

static void expect_subscription(const struct world *w, unsigned int group, const struct side *wanted)
{
	const struct world_subscription *s = world_find_subscription(w, group);

	if (wanted->mode == GM_INCLUDE && wanted->sources[0] == '\0') {
		cr_assert_null(s);
		return;
	}
	cr_assert_not_null(s);
	cr_assert_eq(s->mode, wanted->mode);
	cr_assert(world_set_is(w->family, &s->sources, wanted->sources), "%u sources, wanted %s", s->sources.count,
		  wanted->sources);
}

static void join_sides(struct world *w, const struct merge_row *row)
{
	for (uint32_t k = 0; k < 4; k++) {
		const struct side *side = &row->sides[k];
		enum gm_record_type type = side->mode == GM_INCLUDE ? GM_IS_IN : GM_IS_EX;

		if (side->sources)
			world_report(w, DOWN1 + k, type, GROUP, side->sources);
	}
	world_settle(w);
}

Test(merge, of_one_to_four_interfaces)
{
	static const struct merge_row rows[] = {
		{{{GM_INCLUDE, "ab"}}, {GM_INCLUDE, "ab"}},
		{{{GM_EXCLUDE, "ab"}}, {GM_EXCLUDE, "ab"}},
		{{{GM_EXCLUDE, ""}}, {GM_EXCLUDE, ""}},
		{{{GM_INCLUDE, "ab"}, {GM_INCLUDE, "bc"}}, {GM_INCLUDE, "abc"}},
		{{{GM_EXCLUDE, "abc"}, {GM_EXCLUDE, "bcd"}}, {GM_EXCLUDE, "bc"}},
		{{{GM_EXCLUDE, "abc"}, {GM_INCLUDE, "bx"}}, {GM_EXCLUDE, "ac"}},
		{{{GM_INCLUDE, "bx"}, {GM_EXCLUDE, "abc"}}, {GM_EXCLUDE, "ac"}},
		{{{GM_EXCLUDE, "ab"}, {GM_EXCLUDE, ""}}, {GM_EXCLUDE, ""}},
		{{{GM_INCLUDE, "a"}, {GM_INCLUDE, "b"}, {GM_INCLUDE, "c"}, {GM_INCLUDE, "a"}}, {GM_INCLUDE, "abc"}},
		{{{GM_EXCLUDE, "abcd"}, {GM_INCLUDE, "a"}, {GM_EXCLUDE, "abc"}, {GM_INCLUDE, "bz"}}, {GM_EXCLUDE, "c"}},
		{{{GM_INCLUDE, "a"}, {GM_EXCLUDE, "a"}, {GM_INCLUDE, "q"}}, {GM_EXCLUDE, ""}},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		WORLDS(w) {
			world_start(w, 4);
			join_sides(w, &rows[i]);
			expect_subscription(w, GROUP, &rows[i].merged);
		}
	}
}

Test(merge, counts_a_source_that_ran_out_as_excluded)
{
	WORLDS(w) {
		world_start(w, 1);
		world_report(w, DOWN1, GM_IS_EX, GROUP, "");
		world_report(w, DOWN1, GM_BLOCK, GROUP, "a");
		world_settle(w);
		expect_subscription(w, GROUP, &(struct side){GM_EXCLUDE, ""});
		world_pass(w, mspan_seconds(2));
		expect_subscription(w, GROUP, &(struct side){GM_EXCLUDE, "a"});
	}
}

/* RFC 4605 asks for the querier on each link only when it forwards: take-over must find the streams there. */
Test(merge, keeps_what_is_wanted_on_links_of_another_querier)
{
	WORLDS(w) {
		struct gm_query query = world_question(w, GM_GENERATION_3, 0);
		struct addr rival = world_host(w->family, DOWN1, RIVAL);

		world_start(w, 1);
		world_hear_query(w, DOWN1, &rival, &query);
		world_report(w, DOWN1, GM_IS_EX, GROUP, "");
		world_settle(w);
		expect_subscription(w, GROUP, &(struct side){GM_EXCLUDE, ""});
	}
}

/* --- random reports against the naive model of world_holds() --- */

static unsigned int draw(uint64_t *state, unsigned int limit)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned int)(*state >> 33) % limit;
}

static void random_letters(uint64_t *state, char letters[static 9])
{
	size_t n = 0;

	for (char c = 'a'; c <= 'h'; c++)
		if (draw(state, 3) == 0)
			letters[n++] = c;
	letters[n] = '\0';
}

static void random_step(struct world *w, uint64_t *state)
{
	char letters[9];
	enum gm_record_type type = (enum gm_record_type)(GM_IS_IN + draw(state, 6));
	uint32_t link = DOWN1 + draw(state, 4);
	unsigned int group = GROUP + draw(state, 3);

	random_letters(state, letters);
	if (draw(state, 10) == 0)
		world_say(w, link, HOST2, GM_GENERATION_2, draw(state, 2) ? GM_IS_EX : GM_TO_IN, group, "");
	else
		world_report(w, link, type, group, letters);
	world_pass(w, mspan_ms(draw(state, 20) == 0 ? draw(state, 300000) : draw(state, 1500)));
}

static uint64_t seed_of_the_day(void)
{
	const char *given = getenv("SEED");

	return given ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);
}

Test(merge, of_random_reports_is_what_a_naive_model_says)
{
	uint64_t seed = seed_of_the_day();

	fprintf(stderr, "test-memberdb: SEED=%ju\n", (uintmax_t)seed);
	WORLDS(w) {
		uint64_t state = seed;

		world_start(w, 4);
		for (unsigned int i = 0; i < 3000; i++) {
			random_step(w, &state);
			cr_assert(world_holds(w), "SEED=%ju step %u: %s", (uintmax_t)seed, i, w->violation);
		}
		world_pass(w, mspan_seconds(600));
		cr_assert_eq(w->n_subscriptions, 0);
		cr_assert_eq(w->proxy->db.table.count, 0);
	}
}

/* --- what goes out --- */

Test(subscribe, only_differences)
{
	WORLDS(w) {
		world_start(w, 2);
		world_report(w, DOWN1, GM_IS_EX, GROUP, "");
		world_settle(w);
		cr_assert_eq(w->subscribe_calls, 1);
		world_report(w, DOWN1, GM_IS_EX, GROUP, "");
		world_report(w, DOWN2, GM_IS_EX, GROUP, "ab");
		world_report(w, DOWN2, GM_ALLOW, GROUP, "c");
		world_settle(w);
		cr_assert_eq(w->subscribe_calls, 1);
		cr_assert_eq(w->proxy->env.counters.upstream_joins, 1);
	}
}

Test(subscribe, waits_for_work_and_goes_in_slices)
{
	WORLDS(w) {
		world_start(w, 1);
		for (unsigned int i = 0; i < 100; i++)
			world_report(w, DOWN1, GM_IS_EX, GROUP + i, "");
		proxy_tick(w->proxy, w->now);
		cr_assert_eq(w->n_subscriptions, 0);
		cr_assert(proxy_work(w->proxy, w->now), "more is to come");
		cr_assert(w->n_subscriptions > 0 && w->n_subscriptions < 100);
		world_settle(w);
		cr_assert_eq(w->n_subscriptions, 100);
		cr_assert_eq(w->proxy->db.n_joined, 100);
	}
}

/* The kernel goes through a list of all for each. */
Test(subscribe, leaves_go_in_smaller_slices)
{
	WORLDS(w) {
		w->links[DOWN1].settings.fast_leave = true;
		world_start(w, 1);
		world_pass(w, mspan_seconds(11));
		for (unsigned int i = 0; i < 100; i++)
			world_report(w, DOWN1, GM_TO_EX, GROUP + i, "");
		world_settle(w);
		cr_assert_eq(w->n_subscriptions, 100);
		for (unsigned int i = 0; i < 100; i++)
			world_report(w, DOWN1, GM_TO_IN, GROUP + i, "");
		proxy_tick(w->proxy, w->now);
		for (size_t left = 100; left > 0; left--) {
			cr_assert_eq(w->n_subscriptions, left);
			cr_assert_eq(proxy_work(w->proxy, w->now), left > 1);
		}
		cr_assert_eq(w->n_subscriptions, 0);
	}
}

Test(subscribe, not_at_all_for_what_came_and_went_meanwhile)
{
	WORLDS(w) {
		w->links[DOWN1].settings.from_pattern = true;
		world_start(w, 1);
		world_report(w, DOWN1, GM_IS_EX, GROUP, "");
		world_delete_link(w, DOWN1);
		world_settle(w);
		cr_assert_eq(w->subscribe_calls, 0);
		cr_assert_eq(w->proxy->db.table.count, 0);
	}
}

Test(subscribe, leaves_when_the_last_link_has_no_member)
{
	WORLDS(w) {
		world_start(w, 2);
		world_report(w, DOWN1, GM_IS_EX, GROUP, "");
		world_report(w, DOWN2, GM_IS_EX, GROUP, "");
		world_report(w, DOWN1, GM_TO_IN, GROUP, "");
		world_pass(w, mspan_seconds(2));
		cr_assert_eq(w->n_subscriptions, 1);
		world_report(w, DOWN2, GM_TO_IN, GROUP, "");
		world_pass(w, mspan_seconds(2));
		cr_assert_eq(w->n_subscriptions, 0);
		cr_assert_eq(w->proxy->env.counters.upstream_leaves, 1);
		cr_assert_eq(w->proxy->db.table.count, 0);
	}
}

/* --- what fails --- */

static void fail(struct world *w, int error)
{
	w->strays = true;
	w->subscribe_error = error;
}

static void mend(struct world *w)
{
	w->subscribe_error = 0;
}

/* Only this group is refused; 0: none is any more. */
static void fail_only(struct world *w, unsigned int group)
{
	w->strays = true;
	w->refused_group = group;
}

Test(subscribe_failure, is_told_and_tried_again_ever_more_seldom)
{
	WORLDS(w) {
		static const int64_t waits[] = {1, 2, 4, 8, 16, 32, 60, 60};

		world_start(w, 1);
		fail(w, ENOBUFS);
		world_report(w, DOWN1, GM_IS_EX, GROUP, "");
		world_settle(w);
		for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
			unsigned int calls = w->subscribe_calls;

			world_report(w, DOWN1, GM_IS_EX, GROUP, "");
			cr_assert_eq(w->events[EVENT_SUBSCRIBE_FAILED].count, i + 1);
			cr_assert_eq(w->events[EVENT_SUBSCRIBE_FAILED].error, ENOBUFS);
			cr_assert_eq((int64_t)w->events[EVENT_SUBSCRIBE_FAILED].value, waits[i]);
			world_pass(w, mspan_ms(waits[i] * 1000 - 1));
			cr_assert_eq(w->subscribe_calls, calls, "tried before %jd s", (intmax_t)waits[i]);
			world_pass(w, mspan_ms(1));
			cr_assert_eq(w->subscribe_calls, calls + 1);
		}
	}
}

Test(subscribe_failure, ends_when_the_kernel_can)
{
	WORLDS(w) {
		const struct membership *m;
		struct addr group = world_group(w->family, GROUP);

		world_start(w, 1);
		fail(w, EMFILE);
		world_report(w, DOWN1, GM_IS_EX, GROUP, "");
		world_settle(w);
		m = memberdb_find(&w->proxy->db, &group);
		cr_assert_eq(m->error, EMFILE);
		cr_assert_not(m->joined);
		mend(w);
		world_pass(w, mspan_seconds(1));
		cr_assert_eq(m->error, 0);
		cr_assert(m->joined);
		cr_assert_eq(w->n_subscriptions, 1);
		cr_assert_eq(w->proxy->env.counters.upstream_join_failures, 1);
		fail(w, EMFILE);
		world_report(w, DOWN1, GM_IS_EX, GROUP + 1, "");
		world_settle(w);
		cr_assert_eq(w->events[EVENT_SUBSCRIBE_FAILED].value, 1, "a success begins the waiting anew");
	}
}

/* One that the kernel will never take (its sources are too many, say) is no matter of the others. */
Test(subscribe_failure, waits_for_itself_alone)
{
	WORLDS(w) {
		struct mtime begin;

		world_start(w, 1);
		fail(w, ENOBUFS);
		begin = w->now;
		world_report(w, DOWN1, GM_IS_EX, GROUP, "");
		world_settle(w);
		for (unsigned int k = 1; k <= 62; k++) {
			mend(w);
			fail_only(w, GROUP);
			world_report(w, DOWN1, GM_IS_EX, GROUP + k, "");
			world_pass_to(w, mtime_after(begin, mspan_seconds(k)));
		}
		cr_assert_eq(w->proxy->env.counters.upstream_join_failures, 6, "at 0, 1, 3, 7, 15 and 31 s");
		cr_assert_eq(w->n_subscriptions, 62);
		fail_only(w, 0);
		world_pass(w, mspan_seconds(1));
		cr_assert_eq(w->n_subscriptions, 63);
	}
}

Test(subscribe_failure, of_many_is_tried_again_by_all)
{
	WORLDS(w) {
		world_start(w, 1);
		fail(w, ENOBUFS);
		for (unsigned int k = 0; k < 100; k++) {
			world_report(w, DOWN1, GM_IS_EX, GROUP + k, "");
			world_pass(w, mspan_ms(37));
		}
		mend(w);
		world_pass(w, mspan_seconds(4));
		cr_assert_eq(w->n_subscriptions, 100);
	}
}

Test(subscribe_failure, of_a_change_keeps_what_is_joined)
{
	WORLDS(w) {
		world_start(w, 1);
		world_report(w, DOWN1, GM_ALLOW, GROUP, "a");
		world_settle(w);
		fail(w, ENOBUFS);
		world_report(w, DOWN1, GM_ALLOW, GROUP, "b");
		world_settle(w);
		expect_subscription(w, GROUP, &(struct side){GM_INCLUDE, "a"});
		mend(w);
		world_pass(w, mspan_seconds(1));
		expect_subscription(w, GROUP, &(struct side){GM_INCLUDE, "ab"});
	}
}

Test(subscribe_failure, of_a_group_that_is_left_meanwhile_leaks_nothing)
{
	WORLDS(w) {
		world_start(w, 1);
		fail(w, ENOBUFS);
		world_report(w, DOWN1, GM_IS_EX, GROUP, "");
		world_settle(w);
		world_report(w, DOWN1, GM_TO_IN, GROUP, "");
		world_pass(w, mspan_seconds(100));
		cr_assert_eq(w->proxy->db.table.count, 1, "what the kernel has of it is not known");
		mend(w);
		world_pass(w, mspan_seconds(60));
		cr_assert_eq(w->proxy->db.table.count, 0);
	}
}

/* --- the upstream goes and comes --- */

Test(upstream, what_is_wanted_is_asked_for_when_one_comes)
{
	WORLDS(w) {
		world_news(w, DOWN1);
		world_settle(w);
		world_report(w, DOWN1, GM_IS_EX, GROUP, "a");
		world_settle(w);
		cr_assert_eq(w->subscribe_calls, 0);
		world_news(w, UP);
		world_settle(w);
		expect_subscription(w, GROUP, &(struct side){GM_EXCLUDE, "a"});
	}
}

Test(upstream, that_is_lost_takes_its_subscriptions_and_gets_them_back)
{
	WORLDS(w) {
		world_start(w, 1);
		world_report(w, DOWN1, GM_IS_EX, GROUP, "");
		world_report(w, DOWN1, GM_IS_EX, GROUP + 1, "");
		world_settle(w);
		world_delete_link(w, UP);
		world_settle(w);
		cr_assert_eq(w->unsubscribe_all_calls, 1);
		cr_assert_eq(w->n_subscriptions, 0);
		cr_assert_eq(w->proxy->db.n_joined, 0);
		world_report(w, DOWN1, GM_TO_IN, GROUP, "");
		world_pass(w, mspan_seconds(2));
		w->links[UP].state.exists = true;
		world_news(w, UP);
		world_settle(w);
		cr_assert_eq(w->n_subscriptions, 1);
		expect_subscription(w, GROUP + 1, &(struct side){GM_EXCLUDE, ""});
	}
}

Test(upstream, leaves_that_were_waiting_end_with_it)
{
	WORLDS(w) {
		world_start(w, 1);
		world_report(w, DOWN1, GM_IS_EX, GROUP, "");
		world_settle(w);
		fail(w, ENOBUFS);
		world_report(w, DOWN1, GM_TO_IN, GROUP, "");
		world_pass(w, mspan_seconds(2));
		cr_assert_eq(w->proxy->db.table.count, 1);
		world_delete_link(w, UP);
		cr_assert_eq(w->proxy->db.table.count, 0);
	}
}

Test(upstream, a_new_one_does_not_inherit_the_old_ones_waiting)
{
	WORLDS(w) {
		world_start(w, 1);
		fail(w, ENOBUFS);
		world_report(w, DOWN1, GM_IS_EX, GROUP, "");
		world_settle(w);
		world_delete_link(w, UP);
		world_pass(w, mspan_seconds(20));
		w->links[UP].state.exists = true;
		world_news(w, UP);
		world_settle(w);
		cr_assert_eq(w->events[EVENT_SUBSCRIBE_FAILED].count, 2);
		cr_assert_eq(w->events[EVENT_SUBSCRIBE_FAILED].value, 1);
	}
}

Test(upstream, one_that_takes_the_place_of_another_gets_all_and_the_other_nothing)
{
	WORLDS(w) {
		world_start(w, 1);
		world_report(w, DOWN1, GM_IS_EX, GROUP, "");
		world_settle(w);
		w->links[DOWN4].settings.role = ROLE_UPSTREAM;
		world_news(w, DOWN4);
		w->links[UP].settings.role = ROLE_DISABLED;
		world_news(w, UP);
		cr_assert_eq(w->n_subscriptions, 0, "the old upstream's subscriptions are left over");
		world_settle(w);
		expect_subscription(w, GROUP, &(struct side){GM_EXCLUDE, ""});
		cr_assert_eq(w->subscribed_on, DOWN4);
	}
}
