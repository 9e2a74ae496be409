#include <criterion/criterion.h>
#include <errno.h>

#include "world.h"

enum { GROUP = 1 };

/* A source beside the upstream, which may come in there. */
static struct addr a_of(const struct world *w)
{
	return world_letter(w->family, 'a');
}

static uint64_t flow_in(struct world *w, uint32_t link, struct addr source, unsigned int n)
{
	return world_packets(w, link, &source, GROUP, n);
}

static uint64_t oifs_of(const struct world *w, struct addr source)
{
	return world_oifs(w, &source, GROUP);
}

static const struct flow *flow_of(const struct world *w, struct addr source)
{
	struct addr group = world_group(w->family, GROUP);

	return mfc_find(&w->proxy->mfc, &source, &group);
}

static void join(struct world *w, uint32_t link)
{
	world_report(w, link, GM_TO_EX, GROUP, "");
}

static void leave(struct world *w, uint32_t link)
{
	world_report(w, link, GM_TO_IN, GROUP, "");
	world_pass(w, mspan_seconds(2));
}

/* --- where a flow goes --- */

Test(mfc_forward, an_upcall_is_answered_by_an_entry_to_who_wants_it)
{
	WORLDS(w) {
		world_start(w, 3);
		join(w, DOWN1);
		join(w, DOWN3);
		cr_assert_eq(flow_in(w, UP, a_of(w), 1), WORLD_BIT(DOWN1) | WORLD_BIT(DOWN3));
		cr_assert_eq(w->set_calls, 1);
		cr_assert_eq(w->events[EVENT_ROUTE_ADD].value, 2);
	}
}

/* Else the kernel would ask again every ten seconds, and keep packets meanwhile. */
Test(mfc_forward, an_unwanted_flow_gets_an_entry_without_oifs)
{
	WORLDS(w) {
		world_start(w, 2);
		cr_assert_eq(flow_in(w, UP, a_of(w), 1), 0);
		cr_assert_eq(oifs_of(w, a_of(w)), 0);
	}
}

Test(mfc_forward, a_join_makes_a_flowing_flow_forwarded_at_once_in_place)
{
	WORLDS(w) {
		world_start(w, 2);
		flow_in(w, UP, a_of(w), 1);
		join(w, DOWN1);
		cr_assert_eq(oifs_of(w, a_of(w)), WORLD_BIT(DOWN1));
		join(w, DOWN2);
		cr_assert_eq(oifs_of(w, a_of(w)), WORLD_BIT(DOWN1) | WORLD_BIT(DOWN2));
		cr_assert_eq(w->del_calls, 0);
		cr_assert_eq(w->proxy->env.counters.mroute_done[MROUTE_ADD], 1);
		cr_assert_eq(w->proxy->env.counters.mroute_done[MROUTE_UPDATE], 2);
	}
}

Test(mfc_forward, a_refresh_touches_no_entry)
{
	WORLDS(w) {
		world_start(w, 1);
		join(w, DOWN1);
		flow_in(w, UP, a_of(w), 1);
		join(w, DOWN1);
		world_news(w, DOWN1);
		cr_assert_eq(w->set_calls, 1);
	}
}

Test(mfc_forward, a_leave_takes_effect_after_the_last_member_query_time)
{
	WORLDS(w) {
		world_start(w, 2);
		join(w, DOWN1);
		join(w, DOWN2);
		flow_in(w, UP, a_of(w), 1);
		world_report(w, DOWN1, GM_TO_IN, GROUP, "");
		world_pass(w, mspan_ms(1999));
		cr_assert_eq(oifs_of(w, a_of(w)), WORLD_BIT(DOWN1) | WORLD_BIT(DOWN2));
		world_pass(w, mspan_ms(1));
		cr_assert_eq(oifs_of(w, a_of(w)), WORLD_BIT(DOWN2));
	}
}

Test(mfc_forward, sources_are_told_apart)
{
	WORLDS(w) {
		world_start(w, 2);
		world_report(w, DOWN1, GM_ALLOW, GROUP, "a");
		world_report(w, DOWN2, GM_TO_EX, GROUP, "a");
		cr_assert_eq(flow_in(w, UP, a_of(w), 1), WORLD_BIT(DOWN1));
		cr_assert_eq(flow_in(w, UP, world_letter(w->family, 'b'), 1), WORLD_BIT(DOWN2));
		world_report(w, DOWN2, GM_ALLOW, GROUP, "a");
		cr_assert_eq(oifs_of(w, a_of(w)), WORLD_BIT(DOWN1) | WORLD_BIT(DOWN2));
	}
}

/* RFC 4605 section 4.3. */
Test(mfc_forward, a_downstream_source_goes_upstream_and_to_other_downstreams)
{
	WORLDS(w) {
		struct addr local = world_source(w->family, DOWN1, HOST);

		world_start(w, 3);
		cr_assert_eq(flow_in(w, DOWN1, local, 1), WORLD_BIT(UP), "upstream, wanted or not");
		join(w, DOWN1);
		join(w, DOWN2);
		cr_assert_eq(oifs_of(w, local), WORLD_BIT(UP) | WORLD_BIT(DOWN2), "never back to its own link");
	}
}

Test(mfc_forward, the_upcalls_interface_decides_not_the_address)
{
	WORLDS(w) {
		struct addr of_down2 = world_source(w->family, DOWN2, HOST);

		w->links[DOWN1].settings.source_any = true;
		world_start(w, 3);
		join(w, DOWN2);
		cr_assert_eq(flow_in(w, DOWN1, of_down2, 1), WORLD_BIT(UP) | WORLD_BIT(DOWN2));
	}
}

Test(mfc_forward, not_onto_a_link_of_another_querier_unless_told_to)
{
	WORLDS(w) {
		struct gm_query query = world_question(w, GM_GENERATION_3, 0);
		struct addr rival = world_host(w->family, DOWN1, RIVAL);

		world_start(w, 1);
		join(w, DOWN1);
		flow_in(w, UP, a_of(w), 1);
		world_hear_query(w, DOWN1, &rival, &query);
		world_settle(w);
		cr_assert_eq(oifs_of(w, a_of(w)), 0);
		w->links[DOWN1].settings.always_forward = true;
		world_news(w, DOWN1);
		world_settle(w);
		cr_assert_eq(oifs_of(w, a_of(w)), WORLD_BIT(DOWN1));
		w->links[DOWN1].settings.always_forward = false;
		world_news(w, DOWN1);
		world_settle(w);
		cr_assert_eq(oifs_of(w, a_of(w)), 0);
		join(w, DOWN1);
		for (int i = 0; i < 3; i++) {
			world_pass(w, mspan_seconds(100));
			join(w, DOWN1);
			flow_in(w, UP, a_of(w), 1);
		}
		cr_assert_eq(oifs_of(w, a_of(w)), WORLD_BIT(DOWN1), "we took over");
	}
}

Test(mfc_forward, a_link_that_is_down_gets_nothing_until_it_is_back)
{
	WORLDS(w) {
		world_start(w, 2);
		join(w, DOWN1);
		flow_in(w, UP, a_of(w), 1);
		world_link_up(w, DOWN1, false);
		world_settle(w);
		cr_assert_eq(oifs_of(w, a_of(w)), 0);
		world_link_up(w, DOWN1, true);
		world_settle(w);
		cr_assert_eq(oifs_of(w, a_of(w)), WORLD_BIT(DOWN1));
		world_link_up(w, UP, false);
		world_settle(w);
		cr_assert_eq(oifs_of(w, a_of(w)), 0, "its own link is down");
	}
}

Test(mfc_forward, a_new_upcall_for_a_known_flow_moves_it)
{
	WORLDS(w) {
		world_start(w, 2);
		w->links[DOWN1].settings.source_any = true;
		world_news(w, DOWN1);
		join(w, DOWN2);
		flow_in(w, UP, a_of(w), 1);
		w->n_entries = 0; /* the kernel flushed its cache */
		cr_assert_eq(flow_in(w, DOWN1, a_of(w), 1), WORLD_BIT(UP) | WORLD_BIT(DOWN2));
		cr_assert_eq(w->proxy->mfc.table.count, 1);
	}
}

/* The kernel tells of the second link once in 3 s: what it told last does not say when the first fell silent. */
Test(mfc_forward, a_source_that_leaves_one_of_two_links_is_followed_within_a_second)
{
	WORLDS(w) {
		w->links[DOWN1].settings.source_any = true;
		world_start(w, 3);
		join(w, DOWN3);
		flow_in(w, UP, a_of(w), 1);
		for (int k = 0; k < 20; k++) {
			flow_in(w, DOWN1, a_of(w), 1);
			flow_in(w, UP, a_of(w), 1);
			world_pass(w, mspan_ms(50));
		}
		cr_assert(flow_of(w, a_of(w))->on_two_links);
		cr_assert_eq(flow_of(w, a_of(w))->iif->ifindex, UP);
		for (int k = 0; k < 16; k++) {
			flow_in(w, DOWN1, a_of(w), 1);
			world_pass(w, mspan_ms(50));
		}
		cr_assert_eq(flow_of(w, a_of(w))->iif->ifindex, DOWN1);
		cr_assert_not(flow_of(w, a_of(w))->on_two_links);
		cr_assert_eq(w->events[EVENT_ROUTE_MOVED].count, 1);
	}
}

/* One that stays on both for minutes stays where it is; one that went quiet on the second is left alone. */
Test(mfc_forward, a_source_on_two_links_does_not_flap)
{
	WORLDS(w) {
		w->links[DOWN1].settings.source_any = true;
		world_start(w, 3);
		join(w, DOWN3);
		flow_in(w, UP, a_of(w), 1);
		for (int k = 0; k < 200; k++) {
			flow_in(w, DOWN1, a_of(w), 1);
			world_pass(w, mspan_ms(25));
			flow_in(w, UP, a_of(w), 1);
			world_pass(w, mspan_ms(25));
		}
		for (int k = 0; k < 40; k++) {
			flow_in(w, UP, a_of(w), 1);
			world_pass(w, mspan_ms(100));
		}
		cr_assert_eq(flow_of(w, a_of(w))->iif->ifindex, UP);
		cr_assert_not(flow_of(w, a_of(w))->on_two_links);
		cr_assert_eq(w->events[EVENT_ROUTE_MOVED].count, 0);
	}
}

/* --- refused sources --- */

Test(mfc_refuse, a_source_of_another_network_is_silenced_counted_and_told_once)
{
	WORLDS(w) {
		struct addr foreign = world_source(w->family, 99, 1);
		struct iface *up;

		world_start(w, 1);
		up = proxy_find_iface(w->proxy, UP);
		join(w, DOWN1);
		cr_assert_eq(flow_in(w, UP, foreign, 1), 0);
		cr_assert_eq(oifs_of(w, foreign), 0);
		cr_assert_eq(flow_of(w, foreign)->refusal, FLOW_SOURCE_NOT_ALLOWED);
		cr_assert_eq(w->events[EVENT_SOURCE_REFUSED].count, 1);
		cr_assert_str_eq(w->events[EVENT_SOURCE_REFUSED].iface, "up1");
		cr_assert(addr_equal(&w->events[EVENT_SOURCE_REFUSED].source, &foreign));
		cr_assert_eq(up->counters.sources_refused, 1);
		world_packets(w, UP, &foreign, GROUP + 1, 1);
		world_pass(w, mspan_seconds(300));
		flow_in(w, UP, foreign, 1);
		cr_assert_eq(w->events[EVENT_SOURCE_REFUSED].count, 1);
		cr_assert_eq(up->counters.sources_refused, 3);
	}
}

Test(mfc_refuse, a_source_line_admits_at_once)
{
	struct prefix line;

	WORLDS(w) {
		struct addr foreign = world_source(w->family, 99, 1);

		line = prefix_make(&foreign, 24);
		world_start(w, 1);
		join(w, DOWN1);
		flow_in(w, UP, foreign, 1);
		w->links[UP].settings.sources = &line;
		w->links[UP].settings.n_sources = 1;
		world_news(w, UP);
		world_settle(w);
		cr_assert_eq(oifs_of(w, foreign), WORLD_BIT(DOWN1));
	}
}

static void expect_bad_scope(struct world *w, struct addr source)
{
	flow_in(w, UP, source, 1);
	cr_assert_eq(oifs_of(w, source), 0);
	cr_assert_eq(flow_of(w, source)->refusal, FLOW_BAD_SOURCE_SCOPE);
}

Test(mfc_refuse, a_source_of_bad_scope_even_with_source_any)
{
	WORLDS(w) {
		const uint8_t loopback4[4] = {127, 0, 0, 1};
		const uint8_t loopback6[16] = {[15] = 1};
		const uint8_t zeroconf[4] = {169, 254, 1, 1};

		w->links[UP].settings.source_any = true;
		world_start(w, 1);
		join(w, DOWN1);
		expect_bad_scope(w, addr_unspecified[w->family]);
		expect_bad_scope(w, world_group(w->family, 7));
		expect_bad_scope(w, w->family == FAMILY_IPV4 ? addr_from_v4(loopback4) : addr_from_v6(loopback6));
		expect_bad_scope(w, w->family == FAMILY_IPV4 ? addr_from_v4(zeroconf) : world_host(w->family, UP, 1));
		cr_assert_eq(w->events[EVENT_SOURCE_REFUSED].count, 1, "once a minute for the interface");
		cr_assert_str_eq(w->events[EVENT_SOURCE_REFUSED].word, "bad_source_scope");
		world_pass(w, mspan_seconds(60));
		expect_bad_scope(w, world_group(w->family, 8));
		expect_bad_scope(w, world_group(w->family, 9));
		cr_assert_eq(w->events[EVENT_SOURCE_REFUSED].count, 2);
	}
}

/* --- counting --- */

Test(mfc_count, packets_go_to_the_class_that_the_entry_belonged_to)
{
	WORLDS(w) {
		const struct flow_counters *c;

		world_start(w, 1);
		flow_in(w, UP, a_of(w), 5);
		join(w, DOWN1);
		flow_in(w, UP, a_of(w), 7);
		leave(w, DOWN1);
		flow_in(w, UP, a_of(w), 11);
		proxy_sample(w->proxy, w->now);
		world_pass(w, mspan_ms(1));
		c = &flow_of(w, a_of(w))->counters;
		cr_assert_eq(c->blocked_packets, 16);
		cr_assert_eq(c->forwarded_packets, 7);
		cr_assert_eq(c->forwarded_bytes, 700);
		cr_assert_eq(w->proxy->env.counters.flows.forwarded_packets, 7);
		cr_assert_eq(flow_of(w, a_of(w))->membership->counters.blocked_packets, 16);
	}
}

Test(mfc_count, wrong_interface_packets_are_neither_forwarded_nor_blocked)
{
	WORLDS(w) {
		const struct flow_counters *c;

		world_start(w, 1);
		join(w, DOWN1);
		flow_in(w, UP, a_of(w), 3);
		flow_in(w, DOWN1, a_of(w), 4);
		world_pass(w, mspan_seconds(11));
		c = &flow_of(w, a_of(w))->counters;
		cr_assert_eq(c->forwarded_packets, 3);
		cr_assert_eq(c->wrong_if_packets, 4);
		cr_assert_eq(c->blocked_packets, 0);
	}
}

Test(mfc_count, goes_on_when_a_32_bit_counter_wraps)
{
	WORLDS(w) {
		const struct flow_counters *c;

		w->count_mask = UINT32_MAX;
		world_start(w, 1);
		join(w, DOWN1);
		flow_in(w, UP, a_of(w), 1);
		w->entries[0].count.packets = UINT32_MAX - 4;
		world_pass(w, mspan_seconds(11));
		c = &flow_of(w, a_of(w))->counters;
		cr_assert_eq(c->forwarded_packets, UINT32_MAX - 4);
		flow_in(w, UP, a_of(w), 10);
		world_pass(w, mspan_seconds(11));
		cr_assert_eq(c->forwarded_packets, UINT64_C(0xffffffff) + 6);
	}
}

Test(mfc_count, the_sum_outlives_the_entry)
{
	WORLDS(w) {
		world_start(w, 1);
		join(w, DOWN1);
		flow_in(w, UP, a_of(w), 9);
		world_pass(w, mspan_seconds(100));
		cr_assert_null(flow_of(w, a_of(w)));
		flow_in(w, UP, a_of(w), 1);
		world_pass(w, mspan_seconds(11));
		cr_assert_eq(w->proxy->env.counters.flows.forwarded_packets, 10);
		cr_assert_eq(world_find_group(w, DOWN1, GROUP)->membership->counters.forwarded_packets, 10);
	}
}

Test(mfc_count, an_entry_the_kernel_lost_comes_back_and_counts_from_zero)
{
	WORLDS(w) {
		world_start(w, 1);
		join(w, DOWN1);
		flow_in(w, UP, a_of(w), 100);
		world_pass(w, mspan_seconds(11));
		w->n_entries = 0;
		world_pass(w, mspan_seconds(11));
		cr_assert_eq(oifs_of(w, a_of(w)), WORLD_BIT(DOWN1));
		cr_assert_eq(w->proxy->env.counters.mroute_done[MROUTE_ADD], 2);
		flow_in(w, UP, a_of(w), 1);
		world_pass(w, mspan_seconds(11));
		cr_assert_eq(flow_of(w, a_of(w))->counters.forwarded_packets, 101);
	}
}

Test(mfc_count, a_shorter_interval_holds_at_once)
{
	WORLDS(w) {
		world_start(w, 1);
		join(w, DOWN1);
		proxy_configure(w->proxy, mspan_seconds(300), 65536);
		flow_in(w, UP, a_of(w), 3);
		world_pass(w, mspan_seconds(1));
		proxy_configure(w->proxy, mspan_seconds(10), 65536);
		world_pass(w, mspan_ms(8999));
		cr_assert_eq(flow_of(w, a_of(w))->counters.forwarded_packets, 0);
		world_pass(w, mspan_ms(1));
		cr_assert_eq(flow_of(w, a_of(w))->counters.forwarded_packets, 3);
	}
}

static void ask_late(struct world *w, uint32_t link)
{
	struct upcall late = {.ifindex = link, .source = a_of(w), .group = world_group(w->family, GROUP)};

	late.kind = UPCALL_NOCACHE;
	proxy_upcall(w->proxy, w->now, &late);
}

/* It was on its way when the entry was made. */
Test(mfc_count, a_question_that_is_late_counts_nothing_twice_and_moves_nothing)
{
	WORLDS(w) {
		const struct flow *f;

		w->links[DOWN1].settings.source_any = true;
		world_start(w, 2);
		join(w, DOWN2);
		flow_in(w, UP, a_of(w), 100);
		ask_late(w, UP);
		ask_late(w, DOWN1);
		f = flow_of(w, a_of(w));
		cr_assert_eq(f->iif->ifindex, UP);
		flow_in(w, UP, a_of(w), 1);
		world_pass(w, mspan_seconds(11));
		cr_assert_eq(f->counters.forwarded_packets, 101);
		cr_assert_eq(f->iif->ifindex, UP);
		cr_assert_eq(w->set_calls, 1);
	}
}

/* --- idle flows, limits --- */

Test(mfc_idle, a_flow_that_stands_still_for_six_samples_is_removed)
{
	WORLDS(w) {
		world_start(w, 1);
		flow_in(w, UP, a_of(w), 1);
		for (int i = 0; i < 10; i++) {
			world_pass(w, mspan_seconds(30));
			flow_in(w, UP, a_of(w), 1);
		}
		cr_assert_eq(w->proxy->env.counters.mroute_done[MROUTE_ADD], 1, "it flowed all the time");
		world_pass(w, mspan_seconds(50));
		cr_assert_eq(w->n_entries, 1);
		world_pass(w, mspan_seconds(30));
		cr_assert_eq(w->n_entries, 0);
		cr_assert_str_eq(w->events[EVENT_ROUTE_DELETE].word, "idle");
		cr_assert_eq(w->proxy->db.table.count, 0);
	}
}

/* The kernel frees what was deleted all at once if it is too much. */
Test(mfc_idle, very_many_flows_that_end_together_are_removed_at_a_pace)
{
	enum { VERY_MANY = 2000, AT_A_TIME = 512, PAUSE_MS = 20 };

	WORLDS(w) {
		struct mtime before = MTIME_NEVER;

		world_start(w, 1);
		for (unsigned int n = 0; n < VERY_MANY; n++)
			flow_in(w, UP, world_source(w->family, UP, 100 + n), 1);
		world_pass(w, mspan_seconds(50));
		cr_assert_eq(w->n_entries, VERY_MANY);
		while (w->n_entries > 0) {
			size_t left = w->n_entries;

			w->now = proxy_next_deadline(w->proxy);
			world_settle(w);
			if (w->n_entries == left)
				continue;
			cr_assert_leq(left - w->n_entries, AT_A_TIME);
			cr_assert_eq(w->proxy->mfc.sampling_due, w->n_entries > 0, "whoever waits for the counters waits on");
			cr_assert(mtime_is_never(before) || mtime_since(w->now, before).us >= PAUSE_MS * 1000);
			before = w->now;
		}
	}
}

Test(mfc_limit, makes_room_by_the_oldest_unwanted_flow)
{
	WORLDS(w) {
		world_start(w, 1);
		proxy_configure(w->proxy, mspan_seconds(10), 3);
		world_report(w, DOWN1, GM_ALLOW, GROUP, "a");
		flow_in(w, UP, a_of(w), 1);
		flow_in(w, UP, world_letter(w->family, 'b'), 1);
		flow_in(w, UP, world_letter(w->family, 'c'), 1);
		flow_in(w, UP, world_letter(w->family, 'd'), 1);
		cr_assert_eq(w->n_entries, 3);
		cr_assert_null(flow_of(w, world_letter(w->family, 'b')));
		cr_assert_not_null(flow_of(w, a_of(w)));
		cr_assert_eq(w->proxy->env.counters.limit_flows, 1);
		cr_assert_str_eq(w->events[EVENT_ROUTE_DELETE].word, "limit");
	}
}

Test(mfc_limit, refuses_when_all_are_wanted)
{
	WORLDS(w) {
		world_start(w, 1);
		proxy_configure(w->proxy, mspan_seconds(10), 2);
		join(w, DOWN1);
		flow_in(w, UP, a_of(w), 1);
		flow_in(w, UP, world_letter(w->family, 'b'), 1);
		cr_assert_eq(flow_in(w, UP, world_letter(w->family, 'c'), 1), 0);
		cr_assert_eq(w->n_entries, 2);
		cr_assert_eq(w->proxy->env.counters.limit_flows, 1);
		cr_assert_eq(w->events[EVENT_LIMIT].count, 1);
		cr_assert_str_eq(w->events[EVENT_LIMIT].word, "mfc");
	}
}

/* A flow of the other family may be wanted there: one's own unwanted ones are all that may go. */
Test(mfc_limit, counts_both_families_together_and_evicts_of_its_own)
{
	struct world *v4 = world_new(FAMILY_IPV4);
	struct world *v6 = world_new_beside(FAMILY_IPV6, v4);

	world_start(v4, 1);
	world_start(v6, 1);
	proxy_configure(v4->proxy, mspan_seconds(10), 3);
	flow_in(v4, UP, a_of(v4), 1);
	flow_in(v4, UP, world_letter(FAMILY_IPV4, 'b'), 1);
	flow_in(v6, UP, a_of(v6), 1);
	flow_in(v6, UP, world_letter(FAMILY_IPV6, 'b'), 1);
	cr_assert_null(flow_of(v6, a_of(v6)));
	cr_assert_not_null(flow_of(v6, world_letter(FAMILY_IPV6, 'b')));
	cr_assert_eq(v4->n_entries, 2);
	join(v6, DOWN1);
	flow_in(v6, UP, world_letter(FAMILY_IPV6, 'c'), 1);
	cr_assert_null(flow_of(v6, world_letter(FAMILY_IPV6, 'c')), "its only one is wanted");
	cr_assert_eq(v6->events[EVENT_LIMIT].value, 3);
	world_pass(v4, mspan_seconds(70));
	flow_in(v6, UP, world_letter(FAMILY_IPV6, 'c'), 1);
	cr_assert_not_null(flow_of(v6, world_letter(FAMILY_IPV6, 'c')), "the other family has room to spare");
	world_end(v6);
	cr_assert_eq(v4->flows.used, 0);
	world_end(v4);
}

/* --- errors --- */

Test(mfc_error, a_refused_entry_is_told_and_tried_again)
{
	WORLDS(w) {
		world_start(w, 1);
		join(w, DOWN1);
		w->set_error = ENOMEM;
		flow_in(w, UP, a_of(w), 1);
		cr_assert_eq(w->events[EVENT_ROUTE_FAILED].error, ENOMEM);
		cr_assert_eq(flow_of(w, a_of(w))->error, ENOMEM);
		cr_assert_eq(w->proxy->env.counters.mroute_failed[MROUTE_ADD], 1);
		w->set_error = 0;
		world_pass(w, mspan_seconds(11));
		cr_assert_eq(oifs_of(w, a_of(w)), WORLD_BIT(DOWN1));
		cr_assert_eq(flow_of(w, a_of(w))->error, 0);
	}
}

/* --- an interface goes: no entry may name it when its VIF is taken back --- */

Test(mfc_detach, entries_are_rewritten_before_the_vif_goes)
{
	WORLDS(w) {
		struct addr local = world_source(w->family, DOWN1, HOST);

		world_start(w, 2);
		join(w, DOWN1);
		join(w, DOWN2);
		flow_in(w, UP, a_of(w), 1);
		flow_in(w, DOWN1, local, 1);
		world_delete_link(w, DOWN1);
		cr_assert_eq(w->links[DOWN1].stops, 1);
		cr_assert_eq(oifs_of(w, a_of(w)), WORLD_BIT(DOWN2));
		cr_assert_null(world_find_entry(w, &local, GROUP));
		cr_assert_str_eq(w->events[EVENT_ROUTE_DELETE].word, "interface");
	}
}

Test(mfc_detach, an_entry_that_cannot_be_rewritten_is_deleted)
{
	WORLDS(w) {
		world_start(w, 2);
		join(w, DOWN1);
		join(w, DOWN2);
		flow_in(w, UP, a_of(w), 1);
		w->set_error = ENOMEM;
		world_delete_link(w, DOWN1);
		cr_assert_eq(w->n_entries, 0);
		cr_assert_null(flow_of(w, a_of(w)));
		w->set_error = 0;
		cr_assert_eq(flow_in(w, UP, a_of(w), 1), WORLD_BIT(DOWN2));
	}
}

Test(mfc_detach, the_upstream_takes_its_flows_along)
{
	WORLDS(w) {
		struct addr local = world_source(w->family, DOWN1, HOST);

		world_start(w, 2);
		join(w, DOWN2);
		flow_in(w, UP, a_of(w), 1);
		flow_in(w, DOWN1, local, 1);
		world_delete_link(w, UP);
		cr_assert_eq(w->n_entries, 1);
		cr_assert_eq(oifs_of(w, local), WORLD_BIT(DOWN2));
		w->links[UP].state.exists = true;
		world_news(w, UP);
		world_settle(w);
		cr_assert_eq(oifs_of(w, local), WORLD_BIT(UP) | WORLD_BIT(DOWN2));
	}
}

/* The next interface takes the free slot; what was meant for the old one must not go there. */
Test(mfc_detach, its_place_is_taken_by_another_without_its_streams)
{
	WORLDS(w) {
		world_start(w, 2);
		join(w, DOWN1);
		flow_in(w, UP, a_of(w), 1);
		world_delete_link(w, DOWN1);
		world_news(w, DOWN3);
		world_settle(w);
		cr_assert_eq(oifs_of(w, a_of(w)), 0);
		join(w, DOWN3);
		cr_assert_eq(oifs_of(w, a_of(w)), WORLD_BIT(DOWN3));
	}
}

/* --- sources that move: RFC 4605 has no RPF --- */

/* Sources of everywhere may come in on DOWN1, and DOWN3 wants the group. */
static void start_moving(struct world *w)
{
	w->links[DOWN1].settings.source_any = true;
	world_start(w, 3);
	join(w, DOWN3);
	cr_assert_eq(flow_in(w, UP, a_of(w), 5), WORLD_BIT(DOWN3));
	world_settle(w);
}

static uint32_t iif_of(const struct world *w, struct addr source)
{
	const struct world_entry *entry = world_find_entry(w, &source, GROUP);

	return entry ? entry->route.iif : 0;
}

static void expect_iif(const struct world *w, uint32_t link)
{
	cr_assert_eq(iif_of(w, a_of(w)), link, "it is %u", iif_of(w, a_of(w)));
	cr_assert_eq(flow_of(w, a_of(w))->iif->ifindex, link);
}

Test(mfc_move, is_followed_after_200_ms_and_back_again)
{
	WORLDS(w) {
		start_moving(w);
		flow_in(w, DOWN1, a_of(w), 1);
		world_pass(w, mspan_ms(199));
		expect_iif(w, UP);
		flow_in(w, DOWN1, a_of(w), 1);
		world_pass(w, mspan_ms(1));
		expect_iif(w, DOWN1);
		cr_assert_eq(w->del_calls, 1, "DEL and ADD begins the clock of WRONGVIF anew");
		cr_assert_eq(flow_in(w, DOWN1, a_of(w), 1), WORLD_BIT(UP) | WORLD_BIT(DOWN3));
		cr_assert_eq(w->events[EVENT_ROUTE_MOVED].count, 1);
		cr_assert_str_eq(w->events[EVENT_ROUTE_MOVED].iface, "down2");
		for (int k = 0; k < 2; k++) {
			flow_in(w, UP, a_of(w), 1);
			world_pass(w, mspan_ms(100));
		}
		expect_iif(w, UP);
		cr_assert_eq(flow_in(w, UP, a_of(w), 1), WORLD_BIT(DOWN3));
	}
}

/* Packets come on a link, and forwarded to somewhere at the latest after so many. */
static void expect_followed(struct world *w, uint32_t link, struct mspan every, unsigned int lost)
{
	for (unsigned int k = 0; k < lost; k++) {
		flow_in(w, link, a_of(w), 1);
		world_pass(w, every);
	}
	expect_iif(w, link);
}

/* One of 5 a second within 400 ms, slower ones with the third packet. */
Test(mfc_move, is_followed_at_any_speed)
{
	static const int64_t every_ms[] = {5, 50, 190, 200, 250, 900, 2500};

	for (size_t k = 0; k < sizeof(every_ms) / sizeof(every_ms[0]); k++) {
		WORLDS(w) {
			struct mspan every = mspan_ms(every_ms[k]);
			unsigned int lost = every_ms[k] < 200 ? (unsigned int)(200 / every_ms[k] + 1) : 2;

			start_moving(w);
			expect_followed(w, DOWN1, every, lost);
			expect_followed(w, UP, every, lost);
			expect_followed(w, DOWN1, every, lost);
		}
	}
}

/* As after a cable was plugged twice: silence does not say that the source is there. */
Test(mfc_move, one_packet_elsewhere_and_silence_is_no_move)
{
	WORLDS(w) {
		start_moving(w);
		for (int k = 0; k < 10; k++) {
			flow_in(w, DOWN1, a_of(w), 1);
			world_pass(w, mspan_seconds(4));
			cr_assert_eq(flow_in(w, UP, a_of(w), 1), WORLD_BIT(DOWN3));
			world_pass(w, mspan_seconds(4));
		}
		cr_assert_eq(w->del_calls, 0);
		cr_assert_not(w->proxy->mfc.move.armed, "nobody looks any more");
	}
}

/* Both links carry every packet, the second so much later. */
static void expect_no_flapping(struct world *w, struct mspan every, struct mspan later)
{
	struct mspan rest = {every.us - later.us};

	start_moving(w);
	for (int k = 0; k < 20; k++) {
		cr_assert_eq(flow_in(w, UP, a_of(w), 1), WORLD_BIT(DOWN3), "packet %d", k);
		world_pass(w, later);
		cr_assert_eq(flow_in(w, DOWN1, a_of(w), 1), 0);
		world_pass(w, rest);
	}
	cr_assert_eq(w->events[EVENT_ROUTE_MOVED].count, 0);
}

Test(mfc_move, a_slow_source_on_two_links_does_not_flap)
{
	static const int64_t times_ms[][2] = {{400, 200}, {500, 250}, {1000, 10}, {1000, 500}, {1000, 990}, {2000, 300}};

	for (size_t k = 0; k < sizeof(times_ms) / sizeof(times_ms[0]); k++)
		WORLDS(w)
			expect_no_flapping(w, mspan_ms(times_ms[k][0]), mspan_ms(times_ms[k][1]));
}

Test(mfc_move, keeps_what_was_counted)
{
	WORLDS(w) {
		start_moving(w);
		flow_in(w, DOWN1, a_of(w), 1);
		flow_in(w, DOWN1, a_of(w), 2);
		world_pass(w, mspan_ms(200));
		flow_in(w, DOWN1, a_of(w), 7);
		proxy_sample(w->proxy, w->now);
		world_settle(w);
		cr_assert_eq(flow_of(w, a_of(w))->counters.forwarded_packets, 12);
		cr_assert_eq(flow_of(w, a_of(w))->counters.wrong_if_packets, 3);
	}
}

Test(mfc_move, heard_on_two_links_stays_where_it_is)
{
	WORLDS(w) {
		start_moving(w);
		for (int k = 0; k < 100; k++) {
			flow_in(w, DOWN1, a_of(w), 1);
			flow_in(w, UP, a_of(w), 1);
			world_pass(w, mspan_ms(50));
			expect_iif(w, UP);
		}
		cr_assert(flow_of(w, a_of(w))->on_two_links);
		cr_assert_eq(w->del_calls, 0);
		flow_in(w, DOWN1, a_of(w), 1);
		world_pass(w, mspan_ms(400));
		flow_in(w, DOWN1, a_of(w), 1);
		world_pass(w, mspan_ms(400));
		expect_iif(w, DOWN1);
		cr_assert_not(flow_of(w, a_of(w))->on_two_links);
	}
}

Test(mfc_move, not_to_an_interface_that_went_meanwhile)
{
	WORLDS(w) {
		start_moving(w);
		flow_in(w, DOWN1, a_of(w), 1);
		world_pass(w, mspan_ms(100));
		world_delete_link(w, DOWN1);
		world_pass(w, mspan_seconds(1));
		expect_iif(w, UP);
	}
	WORLDS(w) {
		start_moving(w);
		flow_in(w, DOWN1, a_of(w), 1);
		world_pass(w, mspan_ms(100));
		world_link_up(w, DOWN1, false);
		world_pass(w, mspan_seconds(1));
		expect_iif(w, UP);
	}
}

Test(mfc_move, away_from_an_interface_that_went)
{
	WORLDS(w) {
		start_moving(w);
		flow_in(w, DOWN1, a_of(w), 1);
		world_pass(w, mspan_ms(100));
		world_delete_link(w, UP);
		cr_assert_null(flow_of(w, a_of(w)), "the flow went with its interface");
		world_pass(w, mspan_seconds(1));
		flow_in(w, DOWN1, a_of(w), 1);
		expect_iif(w, DOWN1);
	}
}

Test(mfc_move, ends_with_an_upcall_meanwhile)
{
	WORLDS(w) {
		start_moving(w);
		flow_in(w, DOWN1, a_of(w), 1);
		w->n_entries = 0; /* the kernel flushed its cache */
		flow_in(w, UP, a_of(w), 1);
		world_pass(w, mspan_seconds(1));
		expect_iif(w, UP);
		cr_assert_eq(w->del_calls, 0);
	}
}

Test(mfc_move, the_last_link_that_it_was_heard_on_counts)
{
	WORLDS(w) {
		w->links[DOWN2].settings.source_any = true;
		start_moving(w);
		flow_in(w, DOWN1, a_of(w), 1);
		world_pass(w, mspan_ms(100));
		flow_in(w, DOWN2, a_of(w), 1);
		world_pass(w, mspan_ms(100));
		expect_iif(w, DOWN2);
	}
}

/* Without MRT_PIM there is no WRONGVIF: the samples tell that all packets came in elsewhere. */
Test(mfc_move, without_wrongvif_is_followed_by_the_samples)
{
	WORLDS(w) {
		start_moving(w);
		w->no_wrongvif = true;
		flow_in(w, UP, a_of(w), 5);
		flow_in(w, DOWN1, a_of(w), 5);
		world_pass(w, mspan_seconds(10));
		expect_iif(w, UP);
		flow_in(w, DOWN1, a_of(w), 5);
		world_pass(w, mspan_seconds(10));
		cr_assert_eq(w->n_entries, 0);
		cr_assert_eq(flow_in(w, DOWN1, a_of(w), 1), WORLD_BIT(UP) | WORLD_BIT(DOWN3));
		expect_iif(w, DOWN1);
	}
}

/* --- a source's address is easily forged --- */

Test(mfc_forged, on_a_link_that_may_not_carry_it_takes_nothing_away)
{
	WORLDS(w) {
		struct iface *down2;

		start_moving(w);
		down2 = proxy_find_iface(w->proxy, DOWN2);
		flow_in(w, DOWN2, a_of(w), 1);
		world_pass(w, mspan_seconds(1));
		expect_iif(w, UP);
		cr_assert_eq(down2->counters.sources_refused, 1);
		cr_assert_eq(w->events[EVENT_SOURCE_REFUSED].count, 1);
		cr_assert_str_eq(w->events[EVENT_SOURCE_REFUSED].iface, "down3");
		cr_assert_eq(flow_in(w, UP, a_of(w), 1), WORLD_BIT(DOWN3));
	}
}

Test(mfc_forged, that_came_first_gives_way_to_the_true_one)
{
	WORLDS(w) {
		world_start(w, 3);
		join(w, DOWN3);
		flow_in(w, DOWN2, a_of(w), 1);
		cr_assert_eq(oifs_of(w, a_of(w)), 0);
		flow_in(w, UP, a_of(w), 1);
		flow_in(w, DOWN2, a_of(w), 1);
		world_pass(w, mspan_ms(100));
		flow_in(w, DOWN2, a_of(w), 1);
		world_pass(w, mspan_ms(100));
		expect_iif(w, UP);
		cr_assert_eq(flow_in(w, UP, a_of(w), 1), WORLD_BIT(DOWN3));
	}
}

/* Packets come from where the source is; meanwhile n times as many, forged, from another link. */
static void forge_beside(struct world *w, uint32_t link, struct mspan every, unsigned int n)
{
	for (int k = 0; k < 20; k++) {
		join(w, DOWN3);
		cr_assert_eq(flow_in(w, UP, a_of(w), 1), WORLD_BIT(DOWN3), "packet %d", k);
		for (unsigned int forged = 0; forged < n; forged++) {
			world_pass(w, (struct mspan){every.us / n});
			cr_assert_eq(flow_in(w, link, a_of(w), 1), 0);
		}
	}
	expect_iif(w, UP);
}

/* There it may be an echo, which is looked into: that must not cost a slow stream its entry. */
Test(mfc_forged, on_a_link_that_gets_the_stream_does_not_stop_it)
{
	WORLDS(w) {
		start_moving(w);
		forge_beside(w, DOWN3, mspan_seconds(1), 20);
		cr_assert_gt(proxy_find_iface(w->proxy, DOWN3)->counters.sources_refused, 0);
	}
}

/* Samples see nothing but forged packets most of the time. */
Test(mfc_forged, on_a_link_that_may_not_carry_it_does_not_stop_a_very_slow_stream)
{
	WORLDS(w) {
		start_moving(w);
		forge_beside(w, DOWN2, mspan_seconds(25), 50);
	}
	WORLDS(w) {
		start_moving(w);
		w->no_wrongvif = true;
		forge_beside(w, DOWN2, mspan_seconds(25), 50);
	}
}

/* Forged packets alone do not keep a flow for ever. */
Test(mfc_forged, do_not_make_up_for_the_true_ones)
{
	WORLDS(w) {
		start_moving(w);
		for (int k = 0; k < 90; k++) {
			flow_in(w, DOWN3, a_of(w), 1);
			world_pass(w, mspan_seconds(1));
		}
		cr_assert_eq(w->events[EVENT_ROUTE_DELETE].count, 1);
		cr_assert_str_eq(w->events[EVENT_ROUTE_DELETE].word, "idle");
		cr_assert_eq(oifs_of(w, a_of(w)), 0);
		flow_in(w, UP, a_of(w), 1);
		world_pass(w, mspan_ms(200));
		cr_assert_eq(flow_in(w, UP, a_of(w), 1), WORLD_BIT(DOWN3));
	}
}

Test(mfc_refuse, of_bad_scope_is_counted_for_the_interface)
{
	WORLDS(w) {
		const struct iface_counters *c;

		world_start(w, 1);
		c = &proxy_find_iface(w->proxy, UP)->counters;
		flow_in(w, UP, world_group(w->family, 7), 1);
		cr_assert_eq(c->bad_source_scope, 1);
		world_news(w, UP);
		flow_in(w, UP, world_group(w->family, 7), 1);
		cr_assert_eq(c->bad_source_scope, 1, "once for each flow");
		cr_assert_eq(c->sources_refused, 0);
	}
}

/* --- news of interfaces --- */

enum { MANY = 5000 };
/* What proxy_work() does of flows at a time. */
enum { SLICE = 16 };

static struct addr many(const struct world *w, unsigned int n)
{
	return world_source(w->family, UP, 0x1000 + n);
}

/* No source beside the upstream is in its networks any more. */
static void shrink_networks(struct world *w)
{
	struct ifstate_addr *addrs = w->links[UP].addrs;

	for (size_t k = 0; k < 2; k++)
		addrs[k].network = prefix_make(&addrs[k].addr, 128);
}

static void start_many(struct world *w)
{
	world_start(w, 1);
	proxy_sample(w->proxy, w->now);
	for (unsigned int n = 0; n < MANY; n++)
		flow_in(w, UP, many(w, n), 1);
	world_settle(w);
}

static size_t count_sent_to(const struct world *w, uint32_t link)
{
	size_t n = 0;

	for (size_t k = 0; k < w->n_entries; k++)
		for (size_t oif = 0; oif < w->entries[k].route.n_oifs; oif++)
			n += w->entries[k].route.oifs[oif] == link;
	return n;
}

static size_t count_wanted(const struct world *w)
{
	return count_sent_to(w, DOWN1);
}

/* No round of the loop is held up by as many flows as there may be. */
Test(mfc_news, other_sources_are_judged_in_slices)
{
	struct prefix all;

	WORLDS(w) {
		size_t wanted = MANY;
		size_t rounds = 0;

		w->links[UP].settings.source_any = true;
		shrink_networks(w);
		start_many(w);
		join(w, DOWN1);
		world_settle(w);
		cr_assert_eq(count_wanted(w), MANY);
		w->links[UP].settings.source_any = false;
		world_news(w, UP);
		cr_assert_eq(count_wanted(w), MANY);
		while (proxy_work(w->proxy, w->now)) {
			cr_assert_lt(count_wanted(w), wanted);
			cr_assert_leq(wanted - count_wanted(w), SLICE);
			wanted = count_wanted(w);
			rounds++;
		}
		cr_assert_geq(rounds, MANY / SLICE);
		cr_assert_eq(count_wanted(w), 0);
		all = prefix_make(&addr_unspecified[w->family], 0);
		w->links[UP].settings.sources = &all;
		w->links[UP].settings.n_sources = 1;
		world_news(w, UP);
		world_settle(w);
		cr_assert_eq(count_wanted(w), MANY);
	}
}

/* Whether the link forwards, its rules, its threshold: as above, all in one walk. */
Test(mfc_news, a_link_that_changes_is_followed_in_slices)
{
	WORLDS(w) {
		size_t rounds = 1;

		start_many(w);
		join(w, DOWN1);
		world_settle(w);
		world_link_up(w, DOWN1, false);
		cr_assert_eq(count_wanted(w), MANY);
		proxy_work(w->proxy, w->now);
		cr_assert_eq(count_wanted(w), MANY - SLICE);
		world_settle(w);
		cr_assert_eq(count_wanted(w), 0);
		world_link_up(w, DOWN1, true);
		world_settle(w);
		cr_assert_eq(count_wanted(w), MANY);
		w->set_calls = 0;
		w->links[DOWN1].settings.threshold = 9;
		w->links[DOWN1].settings.always_forward = true;
		w->links[DOWN1].settings.source_any = true;
		world_news(w, DOWN1);
		cr_assert_eq(w->set_calls, 0);
		for (; proxy_work(w->proxy, w->now); rounds++)
			cr_assert_leq(w->set_calls, SLICE * rounds);
		cr_assert_eq(w->set_calls, MANY);
	}
}

/* The second walk begins before the first has ended: what that was to set again is not forgotten. */
Test(mfc_news, a_walk_takes_over_what_the_one_before_has_not_done)
{
	WORLDS(w) {
		start_many(w);
		join(w, DOWN1);
		world_settle(w);
		w->set_calls = 0;
		w->links[DOWN1].settings.threshold = 9;
		world_news(w, DOWN1);
		proxy_work(w->proxy, w->now);
		w->links[DOWN1].settings.always_forward = true;
		world_news(w, DOWN1);
		world_settle(w);
		cr_assert_eq(w->set_calls, MANY + SLICE);
		w->links[DOWN1].settings.always_forward = false;
		world_news(w, DOWN1);
		world_settle(w);
		cr_assert_eq(w->set_calls, MANY + SLICE, "and the next one sets nothing again");
	}
}

/* A list that changes under the cursor: sampled, deleted, changed again in the middle. */
Test(mfc_news, judging_survives_samples_and_deletions_on_the_way)
{
	WORLDS(w) {
		w->links[UP].settings.source_any = true;
		shrink_networks(w);
		start_many(w);
		join(w, DOWN1);
		world_settle(w);
		w->links[UP].settings.source_any = false;
		world_news(w, UP);
		proxy_work(w->proxy, w->now);
		proxy_sample(w->proxy, w->now);
		w->links[UP].settings.source_any = true;
		world_news(w, UP);
		proxy_work(w->proxy, w->now);
		w->links[UP].settings.source_any = false;
		world_news(w, UP);
		proxy_configure(w->proxy, mspan_seconds(10), MANY / 2);
		w->now = mtime_after(w->now, mspan_seconds(70));
		world_settle(w);
		cr_assert_eq(count_wanted(w), 0);
	}
	WORLDS(w) {
		w->links[UP].settings.source_any = true;
		shrink_networks(w);
		world_start(w, 1);
		join(w, DOWN1);
		flow_in(w, UP, a_of(w), 1);
		w->links[UP].settings.source_any = false;
		world_news(w, UP);
		proxy_sample(w->proxy, w->now);
		world_settle(w);
		cr_assert_eq(oifs_of(w, a_of(w)), 0, "the only flow is last and first");
	}
}

Test(mfc_news, of_nothing_that_matters_touches_no_flow)
{
	WORLDS(w) {
		start_moving(w);
		w->links[UP].state.mtu = 1400;
		w->links[DOWN3].settings.max_groups = 7;
		world_news(w, UP);
		world_news(w, DOWN3);
		cr_assert_null(w->proxy->mfc.to_judge);
		cr_assert_eq(w->set_calls, 1);
	}
}

/* --- groups of many flows, reports of many records --- */

/* One report that asks for so many sources, each in a record of its own. */
static void ask_for_sources(struct world *w, uint32_t link, size_t n_records)
{
	struct gm_record records[120];
	struct addr sources[120];
	struct addr host = world_host(w->family, link, HOST);
	struct gm_message message = {
		.kind = GM_REPORT,
		.protocol = gm_protos[w->family].by_generation[GM_GENERATION_3],
		.records = records,
		.n_records = n_records,
	};

	for (size_t k = 0; k < n_records; k++) {
		sources[k] = many(w, (unsigned int)k);
		records[k] = (struct gm_record){.type = GM_ALLOW, .group = world_group(w->family, GROUP)};
		records[k].sources = addrspan_of(&sources[k], 1);
	}
	proxy_input(w->proxy, w->now, link, &host, &message);
}

/* Else one packet costs as many walks of its group's flows, and merges, as it has records. */
Test(mfc_interest, a_report_is_followed_once_however_many_records_it_has)
{
	WORLDS(w) {
		size_t may_follow;

		world_start(w, 1);
		for (unsigned int n = 0; n < 10; n++)
			flow_in(w, UP, many(w, n), 1);
		may_follow = w->proxy->mfc.follow_left;
		ask_for_sources(w, DOWN1, 120);
		cr_assert_eq(count_sent_to(w, DOWN1), 10);
		cr_assert_eq(may_follow - w->proxy->mfc.follow_left, 10);
		world_settle(w);
		cr_assert_eq(world_find_subscription(w, GROUP)->sources.count, 120);
	}
}

/* What it came to nothing for is not kept for it. */
Test(mfc_interest, that_begins_and_ends_in_one_moment_leaves_nothing)
{
	WORLDS(w) {
		w->links[DOWN1].settings.fast_leave = true;
		world_start(w, 1);
		world_pass(w, w->links[DOWN1].settings.query_response_interval);
		join(w, DOWN1);
		world_report(w, DOWN1, GM_TO_IN, GROUP, "");
		world_settle(w);
		cr_assert_eq(w->proxy->db.table.count, 0);
		cr_assert_eq(w->subscribe_calls, 0);
	}
}

Test(mfc_interest, a_thousand_flows_follow_at_once_more_in_slices)
{
	WORLDS(w) {
		size_t before;

		start_many(w);
		w->set_calls = 0;
		join(w, DOWN1);
		cr_assert_eq(count_sent_to(w, DOWN1), 1024);
		do {
			before = w->set_calls;
			proxy_work(w->proxy, w->now);
			cr_assert_leq(w->set_calls - before, 128);
		} while (w->set_calls > before || before == 1024);
		cr_assert_eq(count_sent_to(w, DOWN1), MANY);
		cr_assert_eq(w->set_calls, MANY);
	}
}

/* As many slices of what follows as have a thousand flows. */
static void turn(struct world *w)
{
	for (int slice = 0; slice < 8; slice++)
		proxy_work(w->proxy, w->now);
}

/* A host that changes its mind in every turn keeps no flow of its group and no other group waiting. */
Test(mfc_interest, that_changes_all_the_time_delays_nobody_for_ever)
{
	WORLDS(w) {
		struct addr other = a_of(w);

		world_start(w, 2);
		start_many(w);
		world_packets(w, UP, &other, GROUP + 1, 1);
		world_settle(w);
		join(w, DOWN1);
		world_report(w, DOWN1, GM_TO_EX, GROUP + 1, "");
		proxy_work(w->proxy, w->now);
		cr_assert_eq(world_oifs(w, &other, GROUP + 1), WORLD_BIT(DOWN1));
		for (char letters[] = "a"; letters[0] <= 'e'; letters[0]++) {
			world_report(w, DOWN2, GM_ALLOW, GROUP, letters);
			cr_assert_eq(world_find_group(w, DOWN1, GROUP)->membership->n_stale, MANY);
			turn(w);
		}
		cr_assert_eq(count_sent_to(w, DOWN1), MANY + 1);
	}
}

/* A flow that goes before its turn has come. */
Test(mfc_interest, is_followed_by_those_that_are_left)
{
	WORLDS(w) {
		start_many(w);
		join(w, DOWN1);
		proxy_configure(w->proxy, mspan_seconds(10), 1500);
		proxy_work(w->proxy, w->now);
		world_delete_link(w, UP);
		world_settle(w);
		cr_assert_eq(w->proxy->mfc.table.count, 0);
		cr_assert(TAILQ_EMPTY(&w->proxy->mfc.stale));
	}
}

/* --- an interface goes under many flows --- */

/* What may be done at once between two rounds of the loop, of flows. */
enum { AT_ONCE = 128 };

static size_t count_naming(const struct world *w, uint32_t link)
{
	size_t n = 0;

	for (size_t k = 0; k < w->n_entries; k++)
		n += w->entries[k].route.iif == link;
	return n + count_sent_to(w, link);
}

/* No round is held up by as many flows as there may be, and the VIF goes when none names it any more. */
static void expect_to_leave_in_slices(struct world *w, uint32_t link)
{
	size_t left = count_naming(w, link);

	cr_assert_eq(left, MANY);
	world_delete_link(w, link);
	cr_assert_geq(count_naming(w, link), MANY - AT_ONCE);
	for (left = count_naming(w, link); left > 0; left = count_naming(w, link)) {
		cr_assert_eq(w->links[link].stops, 0);
		cr_assert(proxy_work(w->proxy, w->now) || count_naming(w, link) == 0, "and it says so");
		cr_assert_lt(count_naming(w, link), left);
		cr_assert_leq(left - count_naming(w, link), SLICE);
	}
	world_settle(w);
	cr_assert_eq(w->links[link].stops, 1);
	cr_assert_not(mfc_is_vacating(&w->proxy->mfc));
	cr_assert(TAILQ_EMPTY(&w->proxy->removed));
}

Test(mfc_detach, many_flows_that_came_in_there_go_in_slices)
{
	WORLDS(w) {
		start_many(w);
		expect_to_leave_in_slices(w, UP);
		cr_assert_eq(w->n_entries, 0);
	}
}

Test(mfc_detach, many_flows_that_went_there_are_rewritten_in_slices)
{
	WORLDS(w) {
		start_many(w);
		join(w, DOWN1);
		world_settle(w);
		expect_to_leave_in_slices(w, DOWN1);
		cr_assert_eq(w->n_entries, MANY);
	}
}

/* The kernel has one VIF for an ifindex: taking back the old one would take the new one, too. */
Test(mfc_detach, who_comes_back_with_its_ifindex_waits_until_it_has_left)
{
	WORLDS(w) {
		start_many(w);
		join(w, DOWN1);
		world_settle(w);
		world_delete_link(w, UP);
		w->links[UP].state.exists = true;
		world_news(w, UP);
		cr_assert_neq(world_find_iface(w, UP)->state, IFACE_UP);
		cr_assert_eq(w->links[UP].starts, 1);
		world_settle(w);
		cr_assert_eq(w->links[UP].stops, 1);
		world_pass(w, mspan_ms(10));
		cr_assert_eq(w->links[UP].starts, 2);
		cr_assert_eq(world_find_iface(w, UP)->state, IFACE_UP);
		cr_assert_eq(w->events[EVENT_ROUTE_FAILED].count, 0);
		cr_assert_eq(flow_in(w, UP, many(w, 0), 1), WORLD_BIT(DOWN1));
	}
}

/* No limit is reached that counts, is told and makes us degraded: one place is about to be free. */
Test(mfc_detach, who_needs_its_place_waits_until_it_has_left)
{
	WORLDS(w) {
		uint32_t last = UP + MROUTE_MAX_IFACES;

		world_start(w, MROUTE_MAX_IFACES - 1);
		start_many(w);
		join(w, DOWN1);
		world_settle(w);
		world_delete_link(w, DOWN1);
		world_news(w, last);
		cr_assert_not(w->links[last].vif);
		world_settle(w);
		world_pass(w, mspan_ms(10));
		cr_assert(w->links[last].vif);
		cr_assert_eq(world_find_iface(w, last)->state, IFACE_UP);
		cr_assert_eq(w->proxy->env.counters.limit_vifs, 0);
		cr_assert_eq(count_sent_to(w, last), 0);
	}
}

/* Its turn to be deleted has not come, and its source is heard elsewhere, or its group joined. */
Test(mfc_detach, a_flow_that_is_needed_before_its_turn_begins_anew)
{
	WORLDS(w) {
		struct addr source = many(w, MANY - 1);

		w->links[DOWN2].settings.source_any = true;
		world_start(w, 2);
		start_many(w);
		world_delete_link(w, UP);
		join(w, DOWN1);
		proxy_work(w->proxy, w->now);
		cr_assert_eq(flow_of(w, source)->iif->state, IFACE_DOWN);
		cr_assert_eq(oifs_of(w, source), 0, "nothing is done about it but deleting it");
		flow_in(w, DOWN2, source, 1);
		cr_assert_eq(flow_in(w, DOWN2, source, 1), WORLD_BIT(DOWN1));
		world_settle(w);
		cr_assert_eq(w->n_entries, 1);
		cr_assert_eq(w->events[EVENT_ROUTE_FAILED].count, 0);
	}
}

/* The kernel deletes nothing, and the interface goes all the same. */
Test(mfc_detach, many_flows_that_cannot_be_deleted_are_abandoned_in_slices)
{
	WORLDS(w) {
		start_many(w);
		w->strays = true;
		w->del_error = ENOMEM;
		world_delete_link(w, UP);
		cr_assert_geq(w->proxy->mfc.table.count, MANY - AT_ONCE);
		w->n_entries = 0;
		world_settle(w);
		cr_assert_eq(w->proxy->mfc.table.count, 0);
		cr_assert_eq(w->links[UP].stops, 1);
	}
}

/* --- fewer flows than there are --- */

Test(mfc_limit, lowered_takes_the_unwanted_in_slices_and_leaves_the_wanted)
{
	WORLDS(w) {
		size_t before;

		start_many(w);
		world_report(w, DOWN1, GM_ALLOW, GROUP + 1, "a");
		for (char c = 'a'; c <= 'b'; c++) {
			struct addr source = world_letter(w->family, c);

			world_packets(w, UP, &source, GROUP + 1, 1);
		}
		proxy_configure(w->proxy, mspan_seconds(10), 100);
		before = w->n_entries;
		cr_assert(proxy_work(w->proxy, w->now));
		cr_assert_leq(before - w->n_entries, 1024);
		world_settle(w);
		cr_assert_eq(w->n_entries, 100);
		proxy_configure(w->proxy, mspan_seconds(10), 0);
		world_settle(w);
		cr_assert_eq(w->n_entries, 1, "the wanted one");
	}
}

/* --- entries that the kernel would not delete --- */

Test(mfc_error, what_cannot_be_deleted_is_kept_and_tried_again)
{
	WORLDS(w) {
		world_start(w, 1);
		flow_in(w, UP, a_of(w), 1);
		w->del_error = ENOMEM;
		world_pass(w, mspan_seconds(80));
		cr_assert_not_null(flow_of(w, a_of(w)));
		cr_assert_eq(w->n_entries, 1);
		cr_assert_geq(w->proxy->env.counters.mroute_failed[MROUTE_DELETE], 1);
		cr_assert_eq(w->events[EVENT_ROUTE_FAILED].error, ENOMEM);
		w->del_error = 0;
		world_pass(w, mspan_seconds(10));
		cr_assert_eq(w->n_entries, 0);
		cr_assert_null(flow_of(w, a_of(w)));
	}
}

Test(mfc_error, what_is_not_there_any_more_is_deleted)
{
	static const int errors[] = {ENOENT, ENODEV, EADDRNOTAVAIL};

	for (size_t k = 0; k < 3; k++) {
		WORLDS(w) {
			world_start(w, 1);
			flow_in(w, UP, a_of(w), 1);
			w->del_error = errors[k];
			world_pass(w, mspan_seconds(80));
			cr_assert_null(flow_of(w, a_of(w)));
			cr_assert_eq(w->proxy->env.counters.mroute_failed[MROUTE_DELETE], 0);
			w->n_entries = 0;
		}
	}
}

Test(mfc_error, another_makes_room_when_the_oldest_cannot)
{
	WORLDS(w) {
		world_start(w, 1);
		proxy_configure(w->proxy, mspan_seconds(10), 2);
		flow_in(w, UP, a_of(w), 1);
		flow_in(w, UP, world_letter(w->family, 'b'), 1);
		w->del_error = ENOMEM;
		flow_in(w, UP, world_letter(w->family, 'c'), 1);
		cr_assert_eq(w->proxy->mfc.table.count, 2);
		cr_assert_eq(w->events[EVENT_LIMIT].count, 1);
		w->del_error = 0;
		flow_in(w, UP, world_letter(w->family, 'c'), 1);
		cr_assert_not_null(flow_of(w, a_of(w)), "it went to the end");
		cr_assert_null(flow_of(w, world_letter(w->family, 'b')));
	}
}

Test(mfc_error, an_entry_left_behind_by_an_interface_is_counted_and_mended_when_heard)
{
	WORLDS(w) {
		world_start(w, 2);
		join(w, DOWN1);
		join(w, DOWN2);
		flow_in(w, UP, a_of(w), 1);
		w->set_error = w->del_error = ENOMEM;
		world_delete_link(w, DOWN1);
		cr_assert_eq(w->proxy->env.counters.mroute_abandoned, 1);
		cr_assert_str_eq(w->events[EVENT_ROUTE_DELETE].word, "abandoned");
		cr_assert_neq(w->violation[0], '\0', "the strict kernel of this world has seen it");
		w->violation[0] = '\0';
		w->set_error = w->del_error = 0;
		flow_in(w, DOWN2, a_of(w), 1);
		cr_assert_eq(iif_of(w, a_of(w)), DOWN2);
		cr_assert_eq(w->n_entries, 1);
	}
}
