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
		cr_assert_eq(w->proxy->env.counters.mroute_adds, 1);
		cr_assert_eq(w->proxy->env.counters.mroute_updates, 2);
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
		cr_assert_eq(oifs_of(w, a_of(w)), 0);
		w->links[DOWN1].settings.always_forward = true;
		world_news(w, DOWN1);
		cr_assert_eq(oifs_of(w, a_of(w)), WORLD_BIT(DOWN1));
		w->links[DOWN1].settings.always_forward = false;
		world_news(w, DOWN1);
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
		cr_assert_eq(oifs_of(w, a_of(w)), 0);
		world_link_up(w, DOWN1, true);
		cr_assert_eq(oifs_of(w, a_of(w)), WORLD_BIT(DOWN1));
		world_link_up(w, UP, false);
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
		cr_assert_eq(w->events[EVENT_SOURCE_REFUSED].count, 0, "no source line would admit it");
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
		cr_assert_eq(w->proxy->env.counters.mroute_adds, 2);
		flow_in(w, UP, a_of(w), 1);
		world_pass(w, mspan_seconds(11));
		cr_assert_eq(flow_of(w, a_of(w))->counters.forwarded_packets, 101);
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
		cr_assert_eq(w->proxy->env.counters.mroute_adds, 1, "it flowed all the time");
		world_pass(w, mspan_seconds(50));
		cr_assert_eq(w->n_entries, 1);
		world_pass(w, mspan_seconds(30));
		cr_assert_eq(w->n_entries, 0);
		cr_assert_str_eq(w->events[EVENT_ROUTE_DELETE].word, "idle");
		cr_assert_eq(w->proxy->db.table.count, 0);
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
		cr_assert_str_eq(w->events[EVENT_LIMIT].word, "flows");
	}
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
		cr_assert_eq(w->proxy->env.counters.mroute_failures, 1);
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
