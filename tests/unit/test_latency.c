/* From a report to the stream, and from a leave to its end (design, section 4, "Latency"). */
#include <criterion/criterion.h>

#include "iface.h"
#include "world.h"

static const struct proxy_counters *counters(const struct world *w)
{
	return &w->proxy->env.counters;
}

static const struct membership *membership(const struct world *w, unsigned int group)
{
	struct addr a = world_group(w->family, group);

	return memberdb_find(&w->proxy->db, &a);
}

Test(latency, of_a_join_goes_until_the_answer_to_the_upcall_returned)
{
	WORLDS(w)
	{
		struct addr a = world_letter(w->family, 'a');

		world_start(w, 1);
		world_report(w, DOWN1, GM_TO_EX, 1, "");
		world_pass(w, mspan_ms(30));
		w->effects_take = mspan_us(70);
		world_packets(w, UP, &a, 1, 1);
		cr_expect_eq(counters(w)->join_to_forward.count, 1);
		cr_expect_eq(counters(w)->join_to_forward.sum_us, 30070);
		cr_expect_eq(membership(w, 1)->join_to_forward_us, 30070);
		world_packets(w, UP, &a, 1, 1);
		world_pass(w, mspan_seconds(20));
		cr_expect_eq(counters(w)->join_to_forward.count, 1, "once for each join");
		cr_expect_eq(counters(w)->joins_without_traffic, 0);
	}
}

Test(latency, of_a_join_to_a_flow_that_is_there_is_that_of_the_change)
{
	WORLDS(w)
	{
		struct addr a = world_letter(w->family, 'a');

		world_start(w, 2);
		world_report(w, DOWN1, GM_TO_EX, 1, "");
		world_packets(w, UP, &a, 1, 1);
		world_pass(w, mspan_seconds(1));
		world_packets(w, UP, &a, 1, 1);
		w->effects_take = mspan_us(90);
		world_report(w, DOWN2, GM_TO_EX, 1, "");
		cr_expect_eq(counters(w)->join_to_forward.count, 2);
		cr_expect_eq(membership(w, 1)->join_to_forward_us, 90);
	}
}

Test(latency, is_not_observed_when_nothing_flows_for_ten_seconds)
{
	WORLDS(w)
	{
		struct addr a = world_letter(w->family, 'a');

		world_start(w, 1);
		world_report(w, DOWN1, GM_TO_EX, 1, "");
		world_pass(w, mspan_ms(9999));
		cr_expect_eq(counters(w)->joins_without_traffic, 0);
		world_pass(w, mspan_ms(1));
		cr_expect_eq(counters(w)->joins_without_traffic, 1);
		world_packets(w, UP, &a, 1, 1);
		cr_expect_eq(counters(w)->join_to_forward.count, 0);
		cr_expect_eq(membership(w, 1)->join_to_forward_us, MEMBERSHIP_NO_LATENCY);
	}
}

/* Its entry is there, and nothing comes: the change to it has let nothing through, and nobody knows when it will. */
static void join_an_idle_flow(struct world *w)
{
	struct addr a = world_letter(w->family, 'a');

	world_start(w, 2);
	world_report(w, DOWN1, GM_TO_EX, 1, "");
	world_packets(w, UP, &a, 1, 1);
	world_pass(w, mspan_seconds(40));
	world_report(w, DOWN2, GM_TO_EX, 1, "");
	cr_assert_eq(counters(w)->join_to_forward.count, 1);
}

Test(latency, of_a_join_to_an_idle_flow_that_goes_on_is_none_and_is_no_join_without_traffic)
{
	WORLDS(w)
	{
		struct addr a = world_letter(w->family, 'a');

		join_an_idle_flow(w);
		world_pass(w, mspan_seconds(3));
		world_packets(w, UP, &a, 1, 1);
		world_pass(w, mspan_seconds(10));
		cr_expect_eq(counters(w)->joins_without_traffic, 0);
		cr_expect_eq(counters(w)->join_to_forward.count, 1);
	}
}

Test(latency, of_a_join_to_a_flow_that_stays_idle_is_a_join_without_traffic)
{
	WORLDS(w)
	{
		struct addr a = world_letter(w->family, 'a');

		join_an_idle_flow(w);
		world_pass(w, mspan_ms(10000));
		cr_expect_eq(counters(w)->joins_without_traffic, 1);
		world_packets(w, UP, &a, 1, 1);
		world_pass(w, mspan_seconds(20));
		cr_expect_eq(counters(w)->joins_without_traffic, 1);
		cr_expect_eq(counters(w)->join_to_forward.count, 1);
	}
}

/* What came to others before somebody joined does not count for that one: it is read when the entry changes. */
Test(latency, of_a_join_does_not_count_what_came_before_it)
{
	WORLDS(w)
	{
		struct addr a = world_letter(w->family, 'a');

		world_start(w, 2);
		world_report(w, DOWN1, GM_TO_EX, 1, "");
		world_packets(w, UP, &a, 1, 1);
		world_pass(w, mspan_seconds(70));
		world_report(w, DOWN1, GM_IS_EX, 1, "");
		world_pass(w, mspan_seconds(30));
		world_report(w, DOWN2, GM_TO_EX, 1, "");
		world_pass(w, mspan_seconds(10));
		cr_expect_eq(counters(w)->joins_without_traffic, 1);
	}
}

/* More of group 1 than follow at once. */
static void many_flows(struct world *w)
{
	struct addr source = world_letter(w->family, 'a');

	for (unsigned int n = 0; n < 1500; n++) {
		source.bytes[14] = (uint8_t)(n >> 8);
		source.bytes[15] = (uint8_t)n;
		world_packets(w, UP, &source, 1, 1);
	}
}

/* More flows than follow at once: the leave has taken effect when the last entry has changed. */
Test(latency, of_a_leave_of_many_flows_goes_until_the_last_has_followed)
{
	WORLDS(w)
	{
		w->links[DOWN1].settings.fast_leave = true;
		world_start(w, 1);
		world_report(w, DOWN1, GM_TO_EX, 1, "");
		many_flows(w);
		world_pass(w, mspan_seconds(10));
		world_report(w, DOWN1, GM_TO_IN, 1, "");
		proxy_tick(w->proxy, w->now);
		cr_assert_null(world_find_group(w, DOWN1, 1));
		cr_expect_eq(counters(w)->leave_to_prune.count, 0);
		w->now = mtime_after(w->now, mspan_ms(7));
		world_settle(w);
		cr_expect_eq(counters(w)->leave_to_prune.count, 1);
		cr_expect_eq(counters(w)->leave_to_prune.sum_us, 7000);
	}
}

/* A group left on two links, and others with it, before the entries have followed: each is observed once. */
Test(latency, of_many_leaves_at_once_is_that_of_each)
{
	enum { GROUPS = 80 };

	WORLDS(w)
	{
		struct addr a = world_letter(w->family, 'a');

		w->links[DOWN1].settings.fast_leave = w->links[DOWN2].settings.fast_leave = true;
		world_start(w, 2);
		for (unsigned int n = 1; n <= GROUPS; n++) {
			world_report(w, DOWN1, GM_TO_EX, n, "");
			world_report(w, DOWN2, GM_TO_EX, n, "");
			world_packets(w, UP, &a, n, 1);
		}
		many_flows(w);
		world_pass(w, mspan_seconds(10));
		for (unsigned int n = 1; n <= GROUPS; n++) {
			world_report(w, DOWN1, GM_TO_IN, n, "");
			world_report(w, DOWN2, GM_TO_IN, n, "");
		}
		cr_expect_eq(counters(w)->leave_to_prune.count, 0);
		w->now = mtime_after(w->now, mspan_ms(7));
		world_settle(w);
		cr_expect_eq(counters(w)->leave_to_prune.count, 2 * GROUPS);
		cr_expect_eq(counters(w)->leave_to_prune.sum_us, 2 * GROUPS * 7000);
		cr_expect(TAILQ_EMPTY(&w->proxy->mfc.leaving));
	}
}

Test(latency, of_a_leave_is_the_last_member_query_time)
{
	WORLDS(w)
	{
		struct addr a = world_letter(w->family, 'a');

		world_start(w, 1);
		world_report(w, DOWN1, GM_TO_EX, 1, "");
		world_packets(w, UP, &a, 1, 1);
		world_report(w, DOWN1, GM_TO_IN, 1, "");
		world_pass(w, mspan_seconds(3));
		cr_expect_eq(counters(w)->leave_to_prune.count, 1);
		cr_expect_eq(counters(w)->leave_to_prune.sum_us, 2000000);
		cr_expect_eq(membership(w, 1)->leave_to_prune_us, 2000000);
	}
}

Test(latency, of_a_fast_leave_is_that_of_the_change)
{
	WORLDS(w)
	{
		struct addr a = world_letter(w->family, 'a');

		w->links[DOWN1].settings.fast_leave = true;
		world_start(w, 1);
		world_pass(w, w->links[DOWN1].settings.query_response_interval); /* the hosts are known */
		world_report(w, DOWN1, GM_TO_EX, 1, "");
		world_packets(w, UP, &a, 1, 1);
		world_pass(w, mspan_seconds(10)); /* then all hosts are known */
		w->effects_take = mspan_us(40);
		world_report(w, DOWN1, GM_TO_IN, 1, "");
		world_settle(w);
		cr_expect_eq(counters(w)->leave_to_prune.count, 1);
		cr_expect_eq(counters(w)->leave_to_prune.sum_us, 40);
	}
}

Test(latency, of_a_timeout_is_none)
{
	WORLDS(w)
	{
		world_start(w, 1);
		world_report(w, DOWN1, GM_TO_EX, 1, "");
		world_pass(w, mspan_seconds(1000));
		cr_assert_null(world_find_group(w, DOWN1, 1));
		cr_expect_eq(counters(w)->leave_to_prune.count, 0);
		cr_expect_eq(w->retired.timeouts, 1);
	}
}

/* Somebody else answers the question: nobody left. */
Test(latency, of_a_leave_that_was_answered_is_none)
{
	WORLDS(w)
	{
		world_start(w, 1);
		world_report(w, DOWN1, GM_TO_EX, 1, "");
		world_report(w, DOWN1, GM_TO_IN, 1, "");
		world_pass(w, mspan_seconds(1));
		world_say(w, DOWN1, HOST2, GM_GENERATION_3, GM_IS_EX, 1, "");
		world_pass(w, mspan_seconds(1000));
		cr_expect_eq(counters(w)->leave_to_prune.count, 0);
	}
}
