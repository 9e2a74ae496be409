#include <criterion/criterion.h>
#include <stdlib.h>

#include "world.h"

enum { GROUP = 1 };

static struct querier *querier_of(struct world *w, uint32_t link)
{
	return &proxy_find_iface(w->proxy, link)->querier;
}

/* Everything sent from here on is counted; seconds are counted from here too. */
static struct mtime start(struct world *w)
{
	world_start(w, 2);
	world_clear_sent(w);
	return w->now;
}

static double seconds_since(struct mtime t, struct mtime from)
{
	return mspan_to_seconds(mtime_since(t, from));
}

/* The queries to DOWN1 went out at exactly these seconds. */
static void expect_sent_at(const struct world *w, struct mtime from, const double *seconds, size_t n)
{
	size_t found = 0;

	for (size_t i = 0; i < w->n_sent; i++) {
		if (w->sent[i].ifindex != DOWN1)
			continue;
		cr_assert_lt(found, n, "one more at %g", seconds_since(w->sent[i].at, from));
		cr_assert_eq(seconds_since(w->sent[i].at, from), seconds[found], "number %zu at %g", found,
			     seconds_since(w->sent[i].at, from));
		found++;
	}
	cr_assert_eq(found, n);
}

#define EXPECT_SENT_AT(w, from, ...)                                                              \
	do {                                                                                      \
		const double seconds_[] = {__VA_ARGS__};                                          \
		expect_sent_at(w, from, seconds_, sizeof(seconds_) / sizeof(seconds_[0]));        \
	} while (0)

/* --- general queries --- */

Test(querier_general, starts_with_robustness_queries_a_quarter_interval_apart)
{
	WORLDS(w) {
		struct mtime begin = w->now;

		w->links[DOWN1].settings.robustness = 3;
		world_start(w, 1);
		world_pass(w, mspan_seconds(313));
		EXPECT_SENT_AT(w, begin, 0, 31.25, 62.5, 187.5, 312.5);
	}
}

Test(querier_general, says_what_it_is_and_whose)
{
	WORLDS(w) {
		const struct world_sent *sent;
		struct addr from = world_host(w->family, DOWN1, ROUTER);

		world_start(w, 1);
		sent = &w->sent[0];
		cr_assert_eq(gm_query_kind(&sent->query), GM_QUERY_GENERAL);
		cr_assert_eq(sent->query.protocol, gm_protos[w->family].by_generation[GM_GENERATION_3]);
		cr_assert(addr_equal(&sent->query.group, &addr_unspecified[w->family]));
		cr_assert(addr_equal(&sent->src, &from));
		cr_assert_eq(mspan_to_seconds(sent->query.max_response), 10);
		cr_assert_eq(mspan_to_seconds(sent->query.interval), 125);
		cr_assert_eq(sent->query.robustness, 2);
		cr_assert_not(sent->query.suppress);
	}
}

Test(querier_general, of_an_older_version_has_no_robustness_and_interval)
{
	WORLDS(w) {
		w->links[DOWN1].settings.version[w->family] = GM_GENERATION_2;
		world_start(w, 1);
		cr_assert_eq(w->sent[0].query.protocol, gm_protos[w->family].by_generation[GM_GENERATION_2]);
		cr_assert_eq(w->sent[0].query.interval.us, 0);
		cr_assert_eq(w->sent[0].query.robustness, 0);
	}
}

Test(querier_general, is_never_sent_upstream)
{
	WORLDS(w) {
		start(w);
		world_pass(w, mspan_seconds(600));
		cr_assert_gt(world_count_sent(w, DOWN1, GM_QUERY_GENERAL), 0);
		cr_assert_eq(world_count_sent(w, UP, GM_QUERY_GENERAL), 0);
	}
}

Test(querier_general, that_cannot_be_sent_is_counted_and_the_next_comes)
{
	WORLDS(w) {
		enum gm_protocol protocol = gm_protos[w->family].by_generation[GM_GENERATION_3];
		const struct iface_counters *counters;

		start(w);
		counters = &proxy_find_iface(w->proxy, DOWN1)->counters;
		w->send_error = 1;
		world_pass(w, mspan_seconds(40));
		cr_assert_eq(counters->send_errors, 1);
		w->send_error = 0;
		world_pass(w, mspan_seconds(125));
		cr_assert_eq(world_count_sent(w, DOWN1, GM_QUERY_GENERAL), 1);
		cr_assert_eq(counters->queries_sent[protocol][GM_QUERY_GENERAL], 2);
	}
}

Test(querier_general, follows_a_new_interval_from_the_next_query_on)
{
	WORLDS(w) {
		struct mtime begin = start(w);

		world_pass(w, mspan_seconds(32));
		w->links[DOWN1].settings.query_interval = mspan_seconds(50);
		world_news(w, DOWN1);
		world_pass(w, mspan_seconds(200));
		EXPECT_SENT_AT(w, begin, 31.25, 156.25, 206.25);
		cr_assert_eq(mspan_to_seconds(w->sent[w->n_sent - 1].query.interval), 50);
	}
}

/* --- specific queries --- */

Test(querier_specific, a_leave_is_asked_about_count_times_at_the_interval)
{
	WORLDS(w) {
		struct mtime begin = start(w);

		w->links[DOWN1].settings.last_member_query_count = 3;
		world_news(w, DOWN1);
		world_report(w, DOWN1, GM_TO_EX, GROUP, "");
		world_report(w, DOWN1, GM_TO_IN, GROUP, "");
		world_pass(w, mspan_seconds(10));
		EXPECT_SENT_AT(w, begin, 0, 1, 2);
		for (size_t i = 0; i < 3; i++) {
			cr_assert_eq(gm_query_kind(&w->sent[i].query), GM_QUERY_GROUP);
			cr_assert_not(w->sent[i].query.suppress);
			cr_assert_eq(mspan_to_seconds(w->sent[i].query.max_response), 1);
		}
		cr_assert_null(world_find_group(w, DOWN1, GROUP));
	}
}

Test(querier_specific, a_group_left_ends_when_the_last_member_query_time_is_over)
{
	WORLDS(w) {
		start(w);
		world_report(w, DOWN1, GM_TO_EX, GROUP, "");
		world_report(w, DOWN1, GM_TO_IN, GROUP, "");
		world_pass(w, mspan_ms(1999));
		cr_assert_not_null(world_find_group(w, DOWN1, GROUP));
		world_pass(w, mspan_ms(1));
		cr_assert_null(world_find_group(w, DOWN1, GROUP));
		cr_assert_str_eq(w->events[EVENT_GROUP_LEAVE].word, "leave");
		cr_assert_eq(proxy_find_iface(w->proxy, DOWN1)->counters.timeouts, 0);
	}
}

/* Whoever repeats a leave would make us send as much as he does. */
Test(querier_specific, a_flood_of_leaves_makes_a_question_in_a_tenth_of_a_second)
{
	WORLDS(w) {
		struct mtime begin = start(w);

		w->links[DOWN1].settings.last_member_query_count = 1;
		world_news(w, DOWN1);
		world_report(w, DOWN1, GM_TO_EX, GROUP, "");
		for (int k = 0; k < 50; k++) {
			world_report(w, DOWN1, GM_TO_IN, GROUP, "");
			world_pass(w, mspan_ms(10));
		}
		cr_assert_eq(world_count_sent(w, DOWN1, GM_QUERY_GROUP), 6, "at 0 and at every tenth to 0.5");
		world_pass(w, mspan_ms(500));
		cr_assert_null(world_find_group(w, DOWN1, GROUP), "and ends no later for it");
		cr_assert_str_eq(w->events[EVENT_GROUP_LEAVE].word, "leave");
		cr_assert_eq(seconds_since(w->events[EVENT_GROUP_LEAVE].at, begin), 1);
	}
}

/* Though the last question is not long ago, its answer has made it void. The next one leaves hosts their whole time. */
Test(querier_specific, a_leave_right_behind_an_answer_is_asked_about)
{
	WORLDS(w) {
		struct mtime begin = start(w);

		w->links[DOWN1].settings.last_member_query_count = 1;
		world_news(w, DOWN1);
		world_report(w, DOWN1, GM_TO_EX, GROUP, "");
		world_report(w, DOWN1, GM_TO_IN, GROUP, "");
		world_pass(w, mspan_ms(20));
		world_report(w, DOWN1, GM_IS_EX, GROUP, "");
		world_pass(w, mspan_ms(20));
		world_report(w, DOWN1, GM_TO_IN, GROUP, "");
		world_pass(w, mspan_ms(1059));
		EXPECT_SENT_AT(w, begin, 0, 0.1);
		cr_assert_not_null(world_find_group(w, DOWN1, GROUP));
		world_pass(w, mspan_ms(1));
		cr_assert_null(world_find_group(w, DOWN1, GROUP));
	}
}

Test(querier_specific, a_block_right_behind_an_answer_is_asked_about)
{
	WORLDS(w) {
		struct mtime begin = start(w);

		w->links[DOWN1].settings.last_member_query_count = 1;
		world_news(w, DOWN1);
		world_report(w, DOWN1, GM_IS_IN, GROUP, "a");
		world_report(w, DOWN1, GM_BLOCK, GROUP, "a");
		world_pass(w, mspan_ms(20));
		world_report(w, DOWN1, GM_IS_IN, GROUP, "a");
		world_pass(w, mspan_ms(20));
		world_report(w, DOWN1, GM_BLOCK, GROUP, "a");
		world_pass(w, mspan_ms(1059));
		EXPECT_SENT_AT(w, begin, 0, 0.1);
		cr_assert_not_null(world_find_group(w, DOWN1, GROUP));
		world_pass(w, mspan_ms(1));
		cr_assert_null(world_find_group(w, DOWN1, GROUP));
	}
}

/* The retransmission that is due was put off by the interval of before the reload: nothing to reckon the last from. */
Test(querier_specific, a_leave_behind_a_shorter_interval_waits_a_tenth_of_a_second_at_most)
{
	WORLDS(w) {
		struct mtime begin;

		w->links[DOWN1].settings.last_member_query_interval = mspan_seconds(10);
		begin = start(w);
		world_report(w, DOWN1, GM_TO_EX, GROUP, "");
		world_report(w, DOWN1, GM_TO_IN, GROUP, "");
		world_settle(w);
		w->links[DOWN1].settings.last_member_query_interval = mspan_seconds(1);
		world_news(w, DOWN1);
		world_report(w, DOWN1, GM_IS_EX, GROUP, "");
		world_pass(w, mspan_ms(400));
		world_report(w, DOWN1, GM_TO_IN, GROUP, "");
		world_pass(w, mspan_seconds(5));
		EXPECT_SENT_AT(w, begin, 0, 0.5, 1.5);
		cr_assert_null(world_find_group(w, DOWN1, GROUP));
	}
}

/* Section 6.6.3.1: the group's retransmissions are an interval apart, whatever is asked about its sources. */
Test(querier_specific, about_sources_do_not_hurry_those_about_the_group)
{
	WORLDS(w) {
		struct mtime begin = start(w);

		world_report(w, DOWN1, GM_TO_EX, GROUP, "");
		world_report(w, DOWN1, GM_ALLOW, GROUP, "a");
		world_report(w, DOWN1, GM_TO_IN, GROUP, "a");
		world_pass(w, mspan_ms(500));
		world_report(w, DOWN1, GM_BLOCK, GROUP, "a");
		world_pass(w, mspan_seconds(5));
		EXPECT_SENT_AT(w, begin, 0, 0.5, 1, 1.5);
		cr_assert_eq(gm_query_kind(&w->sent[1].query), GM_QUERY_GROUP_SOURCE);
		cr_assert_eq(gm_query_kind(&w->sent[2].query), GM_QUERY_GROUP);
	}
}

Test(querier_specific, go_on_with_the_s_flag_after_an_answer)
{
	WORLDS(w) {
		start(w);
		world_report(w, DOWN1, GM_TO_EX, GROUP, "");
		world_report(w, DOWN1, GM_TO_IN, GROUP, "");
		world_settle(w);
		world_say(w, DOWN1, HOST2, GM_GENERATION_3, GM_IS_EX, GROUP, "");
		world_pass(w, mspan_seconds(5));
		cr_assert_eq(world_count_sent(w, DOWN1, GM_QUERY_GROUP), 2);
		cr_assert_not(w->sent[0].query.suppress);
		cr_assert(w->sent[1].query.suppress);
		cr_assert_not_null(world_find_group(w, DOWN1, GROUP));
	}
}

Test(querier_specific, sources_are_asked_about_together)
{
	WORLDS(w) {
		struct mtime begin = start(w);

		world_report(w, DOWN1, GM_ALLOW, GROUP, "abc");
		world_report(w, DOWN1, GM_BLOCK, GROUP, "ab");
		world_pass(w, mspan_seconds(5));
		EXPECT_SENT_AT(w, begin, 0, 1);
		for (size_t i = 0; i < 2; i++) {
			cr_assert_eq(gm_query_kind(&w->sent[i].query), GM_QUERY_GROUP_SOURCE);
			cr_assert(world_set_is(w->family, &w->sent[i].sources, "ab"));
		}
		cr_assert_eq(world_find_group(w, DOWN1, GROUP)->n_sources, 1);
	}
}

/* Section 6.6.3.2: one query with S for those that were refreshed, one without for the others. */
Test(querier_specific, sources_are_split_by_the_s_flag)
{
	WORLDS(w) {
		start(w);
		world_report(w, DOWN1, GM_ALLOW, GROUP, "ab");
		world_report(w, DOWN1, GM_BLOCK, GROUP, "ab");
		world_settle(w);
		world_say(w, DOWN1, HOST2, GM_GENERATION_3, GM_IS_IN, GROUP, "b");
		world_pass(w, mspan_seconds(1));
		cr_assert_eq(w->n_sent, 3);
		cr_assert(w->sent[1].query.suppress && world_set_is(w->family, &w->sent[1].sources, "b"));
		cr_assert(!w->sent[2].query.suppress && world_set_is(w->family, &w->sent[2].sources, "a"));
	}
}

Test(querier_specific, sources_that_do_not_fit_go_in_several_packets)
{
	WORLDS(w) {
		start(w);
		w->query_sources = 3;
		world_report(w, DOWN1, GM_ALLOW, GROUP, "abcdefgh");
		world_report(w, DOWN1, GM_BLOCK, GROUP, "abcdefgh");
		world_settle(w);
		cr_assert_eq(w->n_sent, 3);
		cr_assert(world_set_is(w->family, &w->sent[0].sources, "abc"));
		cr_assert(world_set_is(w->family, &w->sent[1].sources, "def"));
		cr_assert(world_set_is(w->family, &w->sent[2].sources, "gh"));
	}
}

/* A long list where not one source is said to fit must not run over the batch. */
Test(querier_specific, a_link_without_room_for_a_source_is_asked_one_at_a_time)
{
	WORLDS(w) {
		struct addr src = world_host(w->family, DOWN1, HOST);
		struct addr *addrs = calloc(512, sizeof(*addrs));
		struct gm_record record = {.type = GM_IS_IN, .group = world_group(w->family, GROUP)};
		struct gm_message message = {.kind = GM_REPORT, .records = &record, .n_records = 1};

		cr_assert_not_null(addrs);
		w->query_sources = 0;
		start(w);
		for (unsigned int i = 0; i < 512; i++)
			addrs[i] = world_source(w->family, UP, i + 1);
		record.sources = addrspan_of(addrs, 512);
		message.protocol = gm_protos[w->family].by_generation[GM_GENERATION_3];
		proxy_input(w->proxy, w->now, DOWN1, &src, &message);
		record.type = GM_BLOCK;
		proxy_input(w->proxy, w->now, DOWN1, &src, &message);
		world_settle(w);
		cr_assert_eq(world_count_sent(w, DOWN1, GM_QUERY_GROUP_SOURCE), 512);
		free(addrs);
	}
}

Test(querier_specific, older_versions_ask_only_what_they_can)
{
	WORLDS(w) {
		w->links[DOWN1].settings.version[w->family] = GM_GENERATION_2;
		start(w);
		world_report(w, DOWN1, GM_ALLOW, GROUP, "a");
		world_report(w, DOWN1, GM_BLOCK, GROUP, "a");
		world_report(w, DOWN1, GM_TO_EX, GROUP + 1, "");
		world_report(w, DOWN1, GM_TO_IN, GROUP + 1, "");
		world_pass(w, mspan_seconds(5));
		cr_assert_eq(world_count_sent(w, DOWN1, GM_QUERY_GROUP_SOURCE), 0);
		cr_assert_eq(world_count_sent(w, DOWN1, GM_QUERY_GROUP), 2);
		cr_assert_not_null(world_find_group(w, DOWN1, GROUP));
		cr_assert_null(world_find_group(w, DOWN1, GROUP + 1));
	}
}

Test(querier_specific, are_counted_for_their_group)
{
	WORLDS(w) {
		start(w);
		world_report(w, DOWN1, GM_TO_EX, GROUP, "");
		world_report(w, DOWN1, GM_TO_IN, GROUP, "");
		world_settle(w);
		cr_assert_eq(world_find_group(w, DOWN1, GROUP)->counters.reports, 1);
		cr_assert_eq(world_find_group(w, DOWN1, GROUP)->counters.leaves, 1);
		cr_assert_eq(world_find_group(w, DOWN1, GROUP)->counters.queries_sent, 1);
	}
}

/* --- election (section 6.6.2) --- */

static void hear(struct world *w, struct addr src, enum gm_generation generation, unsigned int group)
{
	struct gm_query query = world_question(w, generation, group);

	world_hear_query(w, DOWN1, &src, &query);
}

static void hear_rival(struct world *w)
{
	hear(w, world_host(w->family, DOWN1, RIVAL), GM_GENERATION_3, 0);
}

Test(querier_election, a_lower_address_wins_whatever_its_version)
{
	for (enum gm_generation v = GM_GENERATION_1; v <= GM_GENERATION_3; v++) {
		WORLDS(w) {
			struct addr rival = world_host(w->family, DOWN1, RIVAL);
			const struct iface_counters *counters;

			start(w);
			counters = &proxy_find_iface(w->proxy, DOWN1)->counters;
			hear(w, rival, v, 0);
			cr_assert_not(querier_of(w, DOWN1)->elected);
			cr_assert(addr_equal(&querier_of(w, DOWN1)->other_address, &rival));
			cr_assert_eq(w->events[EVENT_QUERIER].count, 1);
			cr_assert_eq(w->events[EVENT_QUERIER].value, 0);
			cr_assert(addr_equal(&w->events[EVENT_QUERIER].source, &rival));
			cr_assert_eq(counters->wrong_version_queries, v != GM_GENERATION_3);
			world_pass(w, mspan_seconds(200));
			cr_assert_eq(world_count_sent(w, DOWN1, GM_QUERY_GENERAL), 0);
			cr_assert_gt(world_count_sent(w, DOWN2, GM_QUERY_GENERAL), 0, "another link is no concern");
		}
	}
}

Test(querier_election, neither_a_higher_address_nor_nobody_wins)
{
	WORLDS(w) {
		start(w);
		hear(w, world_host(w->family, DOWN1, HIGHER), GM_GENERATION_3, 0);
		hear(w, addr_unspecified[w->family], GM_GENERATION_3, 0);
		cr_assert(querier_of(w, DOWN1)->elected);
		cr_assert_eq(querier_of(w, DOWN1)->last_query_heard.us, w->now.us);
		cr_assert_eq(w->events[EVENT_QUERIER].count, 0);
	}
}

Test(querier_election, the_same_querier_is_told_once)
{
	WORLDS(w) {
		start(w);
		hear_rival(w);
		world_pass(w, mspan_seconds(125));
		hear_rival(w);
		cr_assert_eq(w->events[EVENT_QUERIER].count, 1);
		cr_assert_eq(proxy_find_iface(w->proxy, DOWN1)->counters.querier_changes, 1);
	}
}

/* Until the second of two others falls silent, as section 6.6.2 wants. */
Test(querier_election, of_two_lower_ones_the_lowest_is_followed)
{
	WORLDS(w) {
		struct addr lowest = world_host(w->family, DOWN1, RIVAL);
		struct addr second = world_host(w->family, DOWN1, RIVAL + 1);

		start(w);
		for (int k = 0; k < 3; k++) {
			hear(w, second, GM_GENERATION_3, 0);
			hear(w, lowest, GM_GENERATION_3, 0);
		}
		cr_assert(addr_equal(&querier_of(w, DOWN1)->other_address, &lowest));
		cr_assert_eq(w->events[EVENT_QUERIER].count, 2, "the second, then the lowest");
		world_pass(w, mspan_seconds(100));
		hear(w, second, GM_GENERATION_3, 0);
		world_pass(w, mspan_seconds(160));
		cr_assert(querier_of(w, DOWN1)->elected, "the second has not prolonged the lowest's time");
		hear(w, second, GM_GENERATION_3, 0);
		cr_assert(addr_equal(&querier_of(w, DOWN1)->other_address, &second));
	}
}

/* Section 6.6.1 speaks of the querier's questions: one that has lost asks nobody any more. */
Test(querier_election, of_two_lower_ones_the_second_lowers_nothing)
{
	WORLDS(w) {
		struct addr second = world_host(w->family, DOWN1, RIVAL + 1);

		start(w);
		world_report(w, DOWN1, GM_TO_EX, GROUP, "");
		hear(w, world_host(w->family, DOWN1, RIVAL), GM_GENERATION_3, 0);
		hear(w, second, GM_GENERATION_3, GROUP);
		world_pass(w, mspan_seconds(10));
		cr_assert_not_null(world_find_group(w, DOWN1, GROUP));
		hear(w, world_host(w->family, DOWN1, RIVAL), GM_GENERATION_3, GROUP);
		world_pass(w, mspan_seconds(10));
		cr_assert_null(world_find_group(w, DOWN1, GROUP));
	}
}

/* QQIC can say nearly nine hours: one forged query must not silence a link for days. */
Test(querier_election, an_absurd_interval_is_not_waited_for)
{
	WORLDS(w) {
		struct gm_query query = world_question(w, GM_GENERATION_3, 0);
		struct addr rival = world_host(w->family, DOWN1, RIVAL);

		start(w);
		query.robustness = 7;
		query.interval = mspan_seconds(31744);
		world_hear_query(w, DOWN1, &rival, &query);
		cr_assert_eq(mspan_to_seconds(querier_of(w, DOWN1)->params.query_interval), 3600);
		world_pass(w, mspan_seconds(7 * 3600 + 5));
		cr_assert(querier_of(w, DOWN1)->elected);
	}
}

/* What he never said is ours, and follows our configuration at once. */
Test(querier_election, a_querier_without_an_interval_leaves_us_ours)
{
	WORLDS(w) {
		start(w);
		hear(w, world_host(w->family, DOWN1, RIVAL), GM_GENERATION_2, 0);
		w->links[DOWN1].settings.query_interval = mspan_seconds(60);
		world_news(w, DOWN1);
		cr_assert_eq(mspan_to_seconds(querier_of(w, DOWN1)->params.query_interval), 60);
	}
}

Test(querier_election, takes_over_when_the_other_was_silent_for_its_interval)
{
	WORLDS(w) {
		struct mtime begin = start(w);

		hear_rival(w);
		world_pass(w, mspan_seconds(100));
		hear_rival(w);
		world_pass(w, mspan_ms(254999));
		cr_assert_not(querier_of(w, DOWN1)->elected);
		world_pass(w, mspan_seconds(200));
		cr_assert(querier_of(w, DOWN1)->elected);
		EXPECT_SENT_AT(w, begin, 355, 386.25, 511.25);
		cr_assert_eq(w->events[EVENT_QUERIER].count, 2);
		cr_assert_eq(w->events[EVENT_QUERIER].value, 1);
	}
}

/* Members answer general queries only: after those their timers run, and take-over has to come in time. */
Test(querier_election, specific_queries_do_not_put_off_the_take_over)
{
	WORLDS(w) {
		start(w);
		hear_rival(w);
		world_pass(w, mspan_seconds(5));
		world_report(w, DOWN1, GM_IS_EX, GROUP, "");
		world_pass(w, mspan_seconds(100));
		hear(w, world_host(w->family, DOWN1, RIVAL), GM_GENERATION_3, GROUP + 1);
		world_pass(w, mspan_seconds(151));
		cr_assert(querier_of(w, DOWN1)->elected);
		cr_assert_not_null(world_find_group(w, DOWN1, GROUP));
	}
}

Test(querier_election, won_by_a_specific_query_counts_from_our_own_last_general_one)
{
	WORLDS(w) {
		start(w);
		world_pass(w, mspan_ms(156250)); /* the third of ours goes out */
		world_report(w, DOWN1, GM_IS_EX, GROUP, "");
		world_pass(w, mspan_seconds(100));
		hear(w, world_host(w->family, DOWN1, RIVAL), GM_GENERATION_3, GROUP + 1);
		cr_assert_not(querier_of(w, DOWN1)->elected);
		world_pass(w, mspan_seconds(154));
		cr_assert_not(querier_of(w, DOWN1)->elected);
		world_pass(w, mspan_seconds(1));
		cr_assert(querier_of(w, DOWN1)->elected);
		cr_assert_not_null(world_find_group(w, DOWN1, GROUP));
	}
}

Test(querier_election, the_querier_s_robustness_and_interval_are_taken_over_and_given_back)
{
	WORLDS(w) {
		struct gm_query query = world_question(w, GM_GENERATION_3, 0);
		struct addr rival = world_host(w->family, DOWN1, RIVAL);
		struct mtime begin = start(w);

		query.robustness = 3;
		query.interval = mspan_seconds(20);
		world_hear_query(w, DOWN1, &rival, &query);
		cr_assert_eq(querier_of(w, DOWN1)->params.robustness, 3);
		world_report(w, DOWN1, GM_IS_EX, GROUP, "");
		cr_assert_eq(seconds_since(world_find_group(w, DOWN1, GROUP)->expires, begin), 3 * 20 + 2 * 10);
		world_pass(w, mspan_seconds(66));
		cr_assert(querier_of(w, DOWN1)->elected);
		cr_assert_eq(querier_of(w, DOWN1)->params.robustness, 2);
		cr_assert_eq(mspan_to_seconds(querier_of(w, DOWN1)->params.query_interval), 125);
	}
}

/* 0 says nothing (sections 4.1.6, 4.1.7): our own values stand. */
Test(querier_election, zero_robustness_and_interval_are_not_taken_over)
{
	WORLDS(w) {
		start(w);
		hear(w, world_host(w->family, DOWN1, RIVAL), GM_GENERATION_2, 0);
		cr_assert_eq(querier_of(w, DOWN1)->params.robustness, 2);
		cr_assert_eq(mspan_to_seconds(querier_of(w, DOWN1)->params.query_interval), 125);
	}
}

Test(querier_listener, neither_asks_about_a_leave_nor_ends_the_group)
{
	WORLDS(w) {
		start(w);
		world_report(w, DOWN1, GM_TO_EX, GROUP, "");
		hear_rival(w);
		world_report(w, DOWN1, GM_TO_IN, GROUP, "");
		world_pass(w, mspan_seconds(100));
		cr_assert_eq(w->n_sent, world_count_sent(w, DOWN2, GM_QUERY_GENERAL));
		cr_assert_not_null(world_find_group(w, DOWN1, GROUP));
	}
}

Test(querier_listener, forgets_the_queries_that_were_under_way)
{
	WORLDS(w) {
		const struct group *g;

		start(w);
		world_report(w, DOWN1, GM_TO_EX, GROUP, "");
		world_report(w, DOWN1, GM_TO_IN, GROUP, "");
		world_settle(w);
		hear_rival(w);
		world_pass(w, mspan_ms(1500));
		cr_assert_eq(world_count_sent(w, DOWN1, GM_QUERY_GROUP), 1);
		g = world_find_group(w, DOWN1, GROUP);
		cr_assert_eq(g->queries_left, 0);
	}
}

Test(querier_listener, follows_the_queriers_specific_query)
{
	WORLDS(w) {
		start(w);
		world_report(w, DOWN1, GM_TO_EX, GROUP, "");
		hear_rival(w);
		hear(w, world_host(w->family, DOWN1, RIVAL), GM_GENERATION_3, GROUP);
		world_pass(w, mspan_ms(1999));
		cr_assert_not_null(world_find_group(w, DOWN1, GROUP));
		world_pass(w, mspan_ms(1));
		cr_assert_null(world_find_group(w, DOWN1, GROUP));
	}
}

Test(querier_listener, does_not_follow_a_query_with_the_s_flag)
{
	WORLDS(w) {
		struct gm_query query = world_question(w, GM_GENERATION_3, GROUP);
		struct addr rival = world_host(w->family, DOWN1, RIVAL);

		start(w);
		world_report(w, DOWN1, GM_TO_EX, GROUP, "");
		query.suppress = true;
		world_hear_query(w, DOWN1, &rival, &query);
		world_pass(w, mspan_seconds(100));
		cr_assert_not_null(world_find_group(w, DOWN1, GROUP));
	}
}

Test(querier_listener, waits_for_answers_even_if_asked_to_hurry)
{
	WORLDS(w) {
		struct gm_query query = world_question(w, GM_GENERATION_3, GROUP);
		struct addr rival = world_host(w->family, DOWN1, RIVAL);

		start(w);
		world_report(w, DOWN1, GM_TO_EX, GROUP, "");
		query.max_response = mspan_ms(0);
		world_hear_query(w, DOWN1, &rival, &query);
		world_pass(w, mspan_ms(1500));
		cr_assert_not_null(world_find_group(w, DOWN1, GROUP));
	}
}

Test(querier_listener, as_querier_no_other_query_lowers_anything)
{
	WORLDS(w) {
		start(w);
		world_report(w, DOWN1, GM_TO_EX, GROUP, "");
		hear(w, world_host(w->family, DOWN1, HIGHER), GM_GENERATION_3, GROUP);
		world_pass(w, mspan_seconds(100));
		cr_assert_not_null(world_find_group(w, DOWN1, GROUP));
	}
}

/* --- a link that goes and comes back --- */

Test(querier_suspend, asks_nothing_meanwhile_and_begins_anew)
{
	WORLDS(w) {
		struct mtime begin = start(w);

		world_report(w, DOWN1, GM_TO_EX, GROUP, "");
		world_report(w, DOWN1, GM_TO_IN, GROUP, "");
		world_settle(w);
		world_clear_sent(w);
		world_link_up(w, DOWN1, false);
		world_pass(w, mspan_seconds(1000));
		world_link_up(w, DOWN1, true);
		world_pass(w, mspan_seconds(200));
		EXPECT_SENT_AT(w, begin, 1000, 1031.25, 1156.25);
	}
}

Test(querier_suspend, another_querier_is_forgotten_and_that_is_told)
{
	WORLDS(w) {
		start(w);
		hear_rival(w);
		world_link_up(w, DOWN1, false);
		world_pass(w, mspan_seconds(1));
		world_link_up(w, DOWN1, true);
		cr_assert(querier_of(w, DOWN1)->elected);
		cr_assert_eq(w->events[EVENT_QUERIER].count, 2);
		cr_assert_eq(w->events[EVENT_QUERIER].value, 1);
	}
}

/* --- fast leave: what no tracked host wants goes without a question --- */

/* Hosts have had the time to answer the first general query. */
static void let_hosts_answer(struct world *w)
{
	world_pass(w, w->links[DOWN1].settings.query_response_interval);
	world_clear_sent(w);
}

static void start_fast(struct world *w)
{
	w->links[DOWN1].settings.fast_leave = true;
	start(w);
	let_hosts_answer(w);
}

static void say(struct world *w, unsigned int host, enum gm_record_type type, const char *letters)
{
	world_say(w, DOWN1, host, GM_GENERATION_3, type, GROUP, letters);
	world_settle(w);
}

static void say_old(struct world *w, unsigned int host, enum gm_generation generation, enum gm_record_type type)
{
	world_say(w, DOWN1, host, generation, type, GROUP, "");
	world_settle(w);
}

static size_t count_specific(const struct world *w)
{
	return world_count_sent(w, DOWN1, GM_QUERY_GROUP) + world_count_sent(w, DOWN1, GM_QUERY_GROUP_SOURCE);
}

static bool is_gone(const struct world *w)
{
	return world_find_group(w, DOWN1, GROUP) == NULL;
}

static bool wants(const struct world *w, char letter)
{
	struct addr a = world_letter(w->family, letter);

	return !is_gone(w) && group_wants(world_find_group(w, DOWN1, GROUP), &a);
}

Test(querier_fast_leave, the_only_host_leaves_and_the_group_is_gone_at_once)
{
	static const struct {
		enum gm_record_type join;
		const char *joined;
		enum gm_record_type leave;
		const char *left;
	} rows[] = {
		{GM_TO_EX, "", GM_TO_IN, ""},
		{GM_IS_EX, "c", GM_TO_IN, ""},
		{GM_ALLOW, "ab", GM_BLOCK, "ab"},
		{GM_IS_IN, "ab", GM_TO_IN, ""},
		{GM_TO_IN, "a", GM_BLOCK, "ab"},
	};

	for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
		WORLDS(w) {
			struct addr a = world_letter(w->family, 'a');

			start_fast(w);
			say(w, HOST, rows[k].join, rows[k].joined);
			cr_assert_eq(world_packets(w, UP, &a, GROUP, 1), WORLD_BIT(DOWN1), "row %zu", k);
			say(w, HOST, rows[k].leave, rows[k].left);
			cr_assert(is_gone(w), "row %zu", k);
			cr_assert_eq(world_oifs(w, &a, GROUP), 0);
			cr_assert_eq(w->n_subscriptions, 0);
			cr_assert_eq(count_specific(w), 0);
			cr_assert_str_eq(w->events[EVENT_GROUP_LEAVE].word, "leave");
		}
	}
}

Test(querier_fast_leave, without_the_setting_the_only_host_is_asked_about)
{
	WORLDS(w) {
		start(w);
		say(w, HOST, GM_TO_EX, "");
		say(w, HOST, GM_TO_IN, "");
		cr_assert_not(is_gone(w));
		cr_assert_eq(count_specific(w), 1);
	}
}

Test(querier_fast_leave, another_host_loses_nothing)
{
	WORLDS(w) {
		struct addr a = world_letter(w->family, 'a');
		struct mtime begin;

		start_fast(w);
		say(w, HOST, GM_TO_EX, "");
		say(w, HOST2, GM_TO_EX, "");
		world_packets(w, UP, &a, GROUP, 1);
		begin = w->now;
		say(w, HOST, GM_TO_IN, "");
		cr_assert(wants(w, 'a'));
		cr_assert_eq(count_specific(w), 1, "it may have gone without a word");
		world_pass(w, mspan_ms(500));
		say(w, HOST2, GM_IS_EX, "");
		world_pass(w, mspan_seconds(100));
		cr_assert_eq(w->set_calls, 1, "no change of its entry since %jd", (intmax_t)begin.us);
		say(w, HOST2, GM_TO_IN, "");
		cr_assert(is_gone(w), "now the other is the only one");
	}
}

Test(querier_fast_leave, both_leave_while_the_first_is_asked_about)
{
	WORLDS(w) {
		start_fast(w);
		say(w, HOST, GM_IS_IN, "a");
		say(w, HOST2, GM_IS_IN, "a");
		say(w, HOST, GM_BLOCK, "a");
		cr_assert(wants(w, 'a'));
		world_pass(w, mspan_ms(100));
		say(w, HOST2, GM_BLOCK, "a");
		cr_assert(is_gone(w));
	}
}

Test(querier_fast_leave, sources_that_nobody_wants_go_one_by_one)
{
	WORLDS(w) {
		start_fast(w);
		say(w, HOST, GM_IS_IN, "abc");
		say(w, HOST2, GM_IS_IN, "b");
		say(w, HOST, GM_BLOCK, "a");
		cr_assert(!wants(w, 'a') && wants(w, 'b') && wants(w, 'c'));
		cr_assert_eq(count_specific(w), 0);
		say(w, HOST, GM_TO_IN, "c");
		cr_assert(!wants(w, 'a') && wants(w, 'b') && wants(w, 'c'));
		cr_assert_eq(count_specific(w), 1, "b is still wanted by somebody: asked as ever");
		cr_assert(world_set_is(w->family, &w->sent[w->n_sent - 1].sources, "b"));
	}
}

Test(querier_fast_leave, sources_blocked_by_all_go_while_the_rest_stays)
{
	WORLDS(w) {
		start_fast(w);
		say(w, HOST, GM_TO_EX, "");
		say(w, HOST, GM_BLOCK, "a");
		cr_assert(!wants(w, 'a') && wants(w, 'b'));
		say(w, HOST2, GM_TO_EX, "");
		cr_assert(wants(w, 'a'));
		say(w, HOST, GM_BLOCK, "b");
		cr_assert(wants(w, 'b'), "HOST2 wants it");
	}
}

/* EXCLUDE ends, INCLUDE of what others name goes on (section 6.5). */
Test(querier_fast_leave, the_last_exclude_leaves_the_includes)
{
	WORLDS(w) {
		start_fast(w);
		say(w, HOST, GM_TO_EX, "");
		say(w, HOST2, GM_IS_IN, "a");
		say(w, HOST, GM_TO_IN, "");
		cr_assert(wants(w, 'a') && !wants(w, 'b'));
		cr_assert_eq(world_find_group(w, DOWN1, GROUP)->mode, GM_INCLUDE);
	}
}

/* TO_EX has taken a out of the record, where it was one of all: only an answer brings it back. */
Test(querier_fast_leave, the_last_exclude_asks_for_what_the_record_has_lost)
{
	WORLDS(w) {
		start_fast(w);
		say(w, HOST2, GM_IS_IN, "a");
		say(w, HOST, GM_TO_EX, "");
		say(w, HOST, GM_TO_IN, "");
		cr_assert(wants(w, 'a'));
		cr_assert_eq(count_specific(w), 1);
		world_pass(w, mspan_ms(900));
		say(w, HOST2, GM_IS_IN, "a");
		world_pass(w, mspan_seconds(2));
		cr_assert(wants(w, 'a') && !wants(w, 'b'));
	}
}

Test(querier_fast_leave, beside_a_host_of_an_older_version_is_asked_as_ever)
{
	for (enum gm_generation v = GM_GENERATION_1; v <= GM_GENERATION_2; v++) {
		WORLDS(w) {
			if (v < gm_protos[w->family].oldest)
				continue;
			start_fast(w);
			say_old(w, HOST2, v, GM_IS_EX);
			say(w, HOST, GM_TO_EX, "");
			say(w, HOST, GM_TO_IN, "");
			cr_assert_not(is_gone(w));
			cr_assert_eq(count_specific(w), v == GM_GENERATION_1 ? 0 : 1);
		}
	}
}

Test(querier_fast_leave, of_a_host_of_an_older_version_is_asked_as_ever)
{
	WORLDS(w) {
		start_fast(w);
		say_old(w, HOST, GM_GENERATION_2, GM_IS_EX);
		say_old(w, HOST, GM_GENERATION_2, GM_TO_IN);
		cr_assert_not(is_gone(w));
		cr_assert_eq(count_specific(w), 1);
		world_pass(w, mspan_seconds(2));
		cr_assert(is_gone(w));
	}
}

/* Its membership (GMI) outlives the timer that says that it is there (OHPI). */
Test(querier_fast_leave, an_older_host_counts_as_long_as_its_membership)
{
	WORLDS(w) {
		start_fast(w);
		say_old(w, HOST2, GM_GENERATION_2, GM_IS_EX);
		world_pass(w, mspan_seconds(200));
		say(w, HOST, GM_TO_EX, "");
		world_pass(w, mspan_seconds(65));
		cr_assert_eq(group_compatibility(world_find_group(w, DOWN1, GROUP)), GM_GENERATION_3);
		say(w, HOST, GM_TO_IN, "");
		cr_assert_not(is_gone(w));
	}
	WORLDS(w) {
		start_fast(w);
		say_old(w, HOST2, GM_GENERATION_2, GM_IS_EX);
		world_pass(w, mspan_seconds(200));
		say(w, HOST, GM_TO_EX, "");
		world_pass(w, mspan_seconds(70));
		say(w, HOST, GM_TO_IN, "");
		cr_assert(is_gone(w));
	}
}

/* Section 4.2.14: many may speak from 0.0.0.0 or ::, and one of them leaves. */
Test(querier_fast_leave, hosts_without_an_address_are_not_told_apart)
{
	WORLDS(w) {
		struct gm_record record = {
			.type = GM_TO_EX,
			.group = world_group(w->family, GROUP),
			.sources.width = 16,
		};
		struct gm_message message = {
			.kind = GM_REPORT,
			.protocol = gm_protos[w->family].by_generation[GM_GENERATION_3],
			.records = &record,
			.n_records = 1,
		};

		start_fast(w);
		proxy_input(w->proxy, w->now, DOWN1, &addr_unspecified[w->family], &message);
		record.type = GM_TO_IN;
		proxy_input(w->proxy, w->now, DOWN1, &addr_unspecified[w->family], &message);
		world_settle(w);
		cr_assert_not(is_gone(w));
		cr_assert_eq(count_specific(w), 1);
	}
}

Test(querier_fast_leave, is_not_for_the_one_who_is_not_querier)
{
	WORLDS(w) {
		start_fast(w);
		say(w, HOST, GM_TO_EX, "");
		hear_rival(w);
		say(w, HOST, GM_TO_IN, "");
		cr_assert_not(is_gone(w));
		cr_assert_eq(count_specific(w), 0);
	}
}

Test(querier_fast_leave, a_silent_host_is_not_waited_for_longer_than_its_membership)
{
	WORLDS(w) {
		start_fast(w);
		say(w, HOST2, GM_TO_EX, "");
		world_pass(w, mspan_seconds(200));
		say(w, HOST, GM_TO_EX, "");
		world_pass(w, mspan_seconds(70));
		say(w, HOST, GM_TO_IN, "");
		cr_assert(is_gone(w));
	}
}

static void expect_asked_about(struct world *w)
{
	world_clear_sent(w);
	say(w, HOST, GM_TO_EX, "");
	say(w, HOST, GM_TO_IN, "");
	cr_assert_not(is_gone(w));
	cr_assert_eq(count_specific(w), 1);
	world_pass(w, mspan_seconds(2));
	cr_assert(is_gone(w));
}

static void expect_gone_at_once(struct world *w)
{
	world_clear_sent(w);
	say(w, HOST, GM_TO_EX, "");
	say(w, HOST, GM_TO_IN, "");
	cr_assert(is_gone(w));
	cr_assert_eq(count_specific(w), 0);
}

/* Who was there before us is in no list until all have answered the first general query. */
Test(querier_fast_leave, begins_when_the_first_answers_are_in)
{
	WORLDS(w) {
		w->links[DOWN1].settings.fast_leave = true;
		start(w);
		expect_asked_about(w);
		world_pass(w, mspan_ms(7999));
		expect_asked_about(w);
		expect_gone_at_once(w);
	}
}

Test(querier_fast_leave, a_host_that_was_there_before_the_start_is_not_cut_off)
{
	WORLDS(w) {
		w->links[DOWN1].settings.fast_leave = true;
		start(w);
		say(w, HOST, GM_TO_EX, "");
		say(w, HOST, GM_TO_IN, "");
		world_pass(w, mspan_ms(900));
		say(w, HOST2, GM_IS_EX, "");
		world_pass(w, mspan_seconds(20));
		cr_assert(wants(w, 'a'));
		say(w, HOST2, GM_TO_IN, "");
		cr_assert(is_gone(w));
	}
}

/* Hosts may have joined meanwhile. */
Test(querier_fast_leave, begins_again_when_the_link_has_come_back)
{
	WORLDS(w) {
		start_fast(w);
		expect_gone_at_once(w);
		world_link_up(w, DOWN1, false);
		world_pass(w, mspan_seconds(60));
		world_link_up(w, DOWN1, true);
		expect_asked_about(w);
		world_pass(w, mspan_seconds(8));
		expect_gone_at_once(w);
	}
}

Test(querier_fast_leave, does_not_begin_with_a_general_query_that_was_not_sent)
{
	WORLDS(w) {
		w->links[DOWN1].settings.fast_leave = true;
		w->send_error = 1;
		start(w);
		w->send_error = 0;
		world_pass(w, mspan_ms(31250));
		expect_asked_about(w);
		world_pass(w, mspan_seconds(8));
		expect_gone_at_once(w);
	}
}

/* The answers to another querier's are heard as well: when it goes, all hosts are known. */
Test(querier_fast_leave, begins_with_another_queriers_general_query_too)
{
	WORLDS(w) {
		w->links[DOWN1].settings.fast_leave = true;
		w->send_error = 1;
		start(w);
		hear_rival(w);
		w->send_error = 0;
		world_pass_to(w, querier_of(w, DOWN1)->other.at);
		cr_assert(querier_of(w, DOWN1)->elected);
		expect_gone_at_once(w);
	}
}

/* It lets hosts take longer than we would. */
Test(querier_fast_leave, waits_for_the_answers_as_long_as_the_other_querier_said)
{
	WORLDS(w) {
		struct gm_query query = world_question(w, GM_GENERATION_3, 0);
		struct addr rival = world_host(w->family, DOWN1, RIVAL);

		w->links[DOWN1].settings.fast_leave = true;
		w->send_error = 1;
		start(w);
		query.robustness = 1;
		query.interval = mspan_seconds(30);
		query.max_response = mspan_seconds(60);
		world_hear_query(w, DOWN1, &rival, &query);
		w->send_error = 0;
		world_pass_to(w, querier_of(w, DOWN1)->other.at);
		cr_assert(querier_of(w, DOWN1)->elected);
		expect_asked_about(w);
		world_pass(w, mspan_seconds(30));
		expect_gone_at_once(w);
	}
}

/*
 * 5,000 hosts, of which each says once that it wants a group that another keeps alive, fill
 * what may be tracked on an interface. When they have been silent for a membership they must
 * not keep the room for ever: nobody else could be tracked.
 */
Test(querier_fast_leave, silent_hosts_of_one_group_leave_room_to_those_of_another)
{
	enum { OTHER = GROUP + 1, CROWDS = 10, CROWD = 500 };

	WORLDS(w) {
		w->links[DOWN1].settings.max_groups = CROWDS + 1;
		start_fast(w);
		for (unsigned int k = 0; k < CROWDS * CROWD; k++)
			world_say(w, DOWN1, 0x1000 + k, GM_GENERATION_3, GM_TO_EX, OTHER + k / CROWD, "");
		for (unsigned int t = 0; t < 6; t++) {
			world_pass(w, mspan_seconds(100));
			for (unsigned int g = 0; g < CROWDS; g++)
				world_say(w, DOWN1, 0x1000 + g * CROWD, GM_GENERATION_3, GM_IS_EX, OTHER + g, "");
		}
		say(w, HOST, GM_TO_EX, "");
		say(w, HOST, GM_TO_IN, "");
		cr_assert(is_gone(w));
		cr_assert_eq(count_specific(w), 0);
	}
}
