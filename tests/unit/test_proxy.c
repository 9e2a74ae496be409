#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "world.h"

enum { GROUP = 1 };

static struct iface *iface(const struct world *w, uint32_t link)
{
	return proxy_find_iface(w->proxy, link);
}

static const struct iface_counters *counters(const struct world *w, uint32_t link)
{
	return &iface(w, link)->counters;
}

static void expect_state(const struct world *w, uint32_t link, enum iface_state state)
{
	cr_assert_eq(iface(w, link)->state, state, "%s", iface_state_name(iface(w, link)->state));
	cr_assert_str_eq(w->events[EVENT_IFACE_STATE].word, iface_state_name(state));
}

static void send_report(struct world *w, uint32_t link, struct addr src, const struct gm_record *records, size_t n)
{
	struct gm_message message = {
		.kind = GM_REPORT,
		.protocol = gm_protos[w->family].by_generation[GM_GENERATION_3],
		.records = records,
		.n_records = n,
	};

	proxy_input(w->proxy, w->now, link, &src, &message);
}

static struct gm_record join_record(struct addr group)
{
	return (struct gm_record){.type = GM_TO_EX, .group = group, .sources.width = 16};
}

/* --- a report in parts --- */

Test(proxy_input, the_rest_of_a_report_counts_as_records_only)
{
	WORLDS(w) {
		struct gm_record records[] = {join_record(world_group(w->family, 1)),
					      join_record(world_group(w->family, 2))};
		struct addr src = world_host(w->family, DOWN1, HOST);
		enum gm_protocol protocol = gm_protos[w->family].by_generation[GM_GENERATION_3];
		struct gm_message rest = {.kind = GM_REPORT, .protocol = protocol, .records = records + 1, .n_records = 1};

		world_start(w, 1);
		send_report(w, DOWN1, src, records, 1);
		proxy_input_rest(w->proxy, w->now, DOWN1, &src, &rest);
		world_settle(w);
		cr_assert_eq(w->n_subscriptions, 2);
		cr_assert_eq(counters(w, DOWN1)->reports[protocol], 1);
		cr_assert_eq(counters(w, DOWN1)->records[protocol][GM_TO_EX], 2);
	}
}

/* It was down, gone, or had the address of the sender before the rest was looked at. */
Test(proxy_input, the_rest_of_a_report_from_what_is_no_downstream_any_more_is_nothing)
{
	WORLDS(w) {
		struct gm_record record = join_record(world_group(w->family, 1));
		struct addr src = world_host(w->family, DOWN1, HOST);
		struct gm_message rest = {.kind = GM_REPORT,
					  .protocol = gm_protos[w->family].by_generation[GM_GENERATION_3],
					  .records = &record,
					  .n_records = 1};
		uint64_t unconfigured;

		world_start(w, 1);
		world_link_up(w, DOWN1, false);
		unconfigured = w->proxy->env.counters.unconfigured_packets;
		proxy_input_rest(w->proxy, w->now, DOWN1, &src, &rest);
		proxy_input_rest(w->proxy, w->now, UP, &src, &rest);
		world_delete_link(w, DOWN1);
		proxy_input_rest(w->proxy, w->now, DOWN1, &src, &rest);
		world_settle(w);
		cr_assert_eq(w->n_subscriptions, 0);
		cr_assert_eq(w->proxy->env.counters.unconfigured_packets, unconfigured);
	}
}

/* --- states of an interface --- */

Test(proxy_iface, is_started_as_what_the_settings_say)
{
	WORLDS(w) {
		w->links[DOWN1].settings.threshold = 7;
		world_start(w, 1);
		expect_state(w, DOWN1, IFACE_UP);
		cr_assert(w->links[UP].vif && !w->links[UP].downstream);
		cr_assert(w->links[DOWN1].vif && w->links[DOWN1].downstream);
		cr_assert_eq(w->links[DOWN1].threshold, 7);
		cr_assert_eq(w->events[EVENT_IFACE_STATE].count, 2);
	}
}

Test(proxy_iface, disabled_or_without_this_family_is_none_of_ours)
{
	WORLDS(w) {
		w->links[DOWN1].settings.role = ROLE_DISABLED;
		w->links[DOWN2].settings.enabled[w->family] = false;
		world_start(w, 2);
		proxy_iface(w->proxy, w->now, &w->links[DOWN3].state, NULL);
		for (uint32_t link = DOWN1; link <= DOWN3; link++) {
			cr_assert_null(iface(w, link));
			cr_assert_not(w->links[link].vif);
		}
	}
}

Test(proxy_iface, waits_for_an_address)
{
	WORLDS(w) {
		w->links[DOWN1].state.n_addrs = 0;
		world_start(w, 1);
		expect_state(w, DOWN1, IFACE_WAITING);
		cr_assert_not(w->links[DOWN1].vif);
		w->links[DOWN1].state.n_addrs = 3;
		world_news(w, DOWN1);
		world_settle(w);
		expect_state(w, DOWN1, IFACE_UP);
		cr_assert_eq(world_count_sent(w, DOWN1, GM_QUERY_GENERAL), 1);
	}
}

Test(proxy_iface, that_cannot_multicast_is_not_started)
{
	WORLDS(w) {
		w->links[DOWN1].state.multicast = false;
		world_start(w, 1);
		expect_state(w, DOWN1, IFACE_NO_MULTICAST);
		cr_assert_not(w->links[DOWN1].vif);
	}
}

Test(proxy_iface, that_is_down_keeps_its_members_until_they_time_out)
{
	WORLDS(w) {
		world_start(w, 1);
		world_report(w, DOWN1, GM_TO_EX, GROUP, "");
		world_link_up(w, DOWN1, false);
		world_settle(w);
		expect_state(w, DOWN1, IFACE_DOWN);
		cr_assert_eq(w->n_subscriptions, 1);
		cr_assert_eq(w->links[DOWN1].stops, 0, "the VIF stays");
		world_report(w, DOWN1, GM_TO_EX, GROUP, "");
		cr_assert_eq(w->proxy->env.counters.unconfigured_packets, 1);
		world_pass(w, mspan_seconds(270));
		cr_assert_eq(w->n_subscriptions, 0);
		cr_assert_eq(counters(w, DOWN1)->timeouts, 1);
		cr_assert_str_eq(w->events[EVENT_GROUP_LEAVE].word, "timeout");
	}
}

/* --- interfaces beyond what the kernel can --- */

Test(proxy_limit, the_interface_for_which_no_vif_is_left_waits_for_one)
{
	WORLDS(w) {
		world_start(w, MROUTE_MAX_IFACES);
		expect_state(w, MROUTE_MAX_IFACES + 1, IFACE_LIMIT);
		cr_assert_eq(w->proxy->env.counters.limit_vifs, 1);
		world_delete_link(w, DOWN2);
		world_pass(w, mspan_seconds(1));
		expect_state(w, MROUTE_MAX_IFACES + 1, IFACE_UP);
	}
}

Test(proxy_limit, the_kernels_own_limit_is_the_same)
{
	WORLDS(w) {
		w->links[DOWN1].start_error = ENFILE;
		world_start(w, 2);
		cr_assert_eq(iface(w, DOWN1)->state, IFACE_LIMIT);
		cr_assert_eq(iface(w, DOWN2)->state, IFACE_UP);
	}
}

Test(proxy_failed, is_tried_again_every_second_and_told_once)
{
	WORLDS(w) {
		w->links[DOWN1].start_error = EADDRNOTAVAIL;
		world_start(w, 1);
		expect_state(w, DOWN1, IFACE_FAILED);
		cr_assert_eq(w->events[EVENT_IFACE_STATE].error, EADDRNOTAVAIL);
		cr_assert_eq(w->events[EVENT_IFACE_STATE].count, 2);
		world_pass(w, mspan_seconds(5));
		cr_assert_eq(w->events[EVENT_IFACE_STATE].count, 2);
		w->links[DOWN1].start_error = 0;
		world_pass(w, mspan_seconds(1));
		expect_state(w, DOWN1, IFACE_UP);
		cr_assert_eq(iface(w, DOWN1)->error, 0);
	}
}

Test(proxy_failed, is_given_up_when_the_device_goes)
{
	WORLDS(w) {
		w->links[DOWN1].start_error = EPERM;
		world_start(w, 1);
		world_delete_link(w, DOWN1);
		world_pass(w, mspan_seconds(10));
		cr_assert_null(iface(w, DOWN1));
		cr_assert_str_eq(w->events[EVENT_IFACE_STATE].word, "gone");
		cr_assert_eq(w->links[DOWN1].stops, 0, "it was never started");
	}
}

/* --- interfaces that come, go and change --- */

Test(proxy_change, an_interface_may_come_late)
{
	WORLDS(w) {
		world_start(w, 1);
		world_report(w, DOWN2, GM_TO_EX, GROUP, "");
		cr_assert_eq(w->proxy->env.counters.unconfigured_packets, 1);
		world_pass(w, mspan_seconds(1000));
		world_news(w, DOWN2);
		world_settle(w);
		cr_assert_eq(world_count_sent(w, DOWN2, GM_QUERY_GENERAL), 1);
		world_report(w, DOWN2, GM_TO_EX, GROUP, "");
		world_settle(w);
		cr_assert_eq(w->n_subscriptions, 1);
	}
}

/* --- devices that are deleted, renamed, made again --- */

/* Two groups on DOWN1, a stream for the first flowing there. */
static struct addr start_watched(struct world *w)
{
	struct addr a = world_letter(w->family, 'a');

	world_start(w, 2);
	world_report(w, DOWN1, GM_TO_EX, GROUP, "");
	world_report(w, DOWN1, GM_ALLOW, GROUP + 1, "a");
	world_settle(w);
	world_packets(w, UP, &a, GROUP, 1);
	return a;
}

/* Another device, with another ifindex, has the name and the settings of a link. */
static void come_as(struct world *w, uint32_t link, uint32_t as)
{
	memcpy(w->links[link].state.name, w->links[as].state.name, sizeof(w->links[link].state.name));
	w->links[link].settings = w->links[as].settings;
	world_news(w, link);
	world_settle(w);
}

static void rename_link(struct world *w, uint32_t link, const char *name)
{
	snprintf(w->links[link].state.name, sizeof(w->links[link].state.name), "%s", name);
}

Test(proxy_absent, what_hosts_asked_for_outlives_the_device)
{
	WORLDS(w) {
		struct addr a = start_watched(w);

		world_delete_link(w, DOWN1);
		world_settle(w);
		cr_assert_null(iface(w, DOWN1));
		cr_assert_not(w->links[DOWN1].vif);
		cr_assert_str_eq(w->events[EVENT_IFACE_STATE].word, "gone");
		cr_assert_eq(world_oifs(w, &a, GROUP), 0);
		cr_assert_eq(w->n_subscriptions, 2);
		cr_assert_eq(w->subscribe_calls, 2, "they were not touched");
		cr_assert_eq(w->events[EVENT_GROUP_LEAVE].count, 0);
	}
}

Test(proxy_absent, another_device_of_that_name_gets_the_streams_without_a_report)
{
	WORLDS(w) {
		struct addr a = start_watched(w);

		world_delete_link(w, DOWN1);
		world_pass(w, mspan_seconds(30));
		world_clear_sent(w);
		come_as(w, DOWN4, DOWN1);
		cr_assert_eq(world_oifs(w, &a, GROUP), WORLD_BIT(DOWN4));
		cr_assert_eq(world_packets(w, UP, &a, GROUP + 1, 1), WORLD_BIT(DOWN4));
		cr_assert_eq(world_count_sent(w, DOWN4, GM_QUERY_GENERAL), 1, "they are asked all the same");
		cr_assert_eq(w->subscribe_calls, 2);
		cr_assert_eq(world_find_iface(w, DOWN1)->counters.joins, 2, "its counters go on");
		expect_state(w, DOWN4, IFACE_UP);
	}
}

/* Startup query interval 31.25 s, two queries, 10 s to answer, and a last member query interval for the way. */
Test(proxy_absent, what_nobody_behind_the_new_device_asks_for_ends_with_the_startup_series)
{
	WORLDS(w) {
		struct addr a = start_watched(w);

		world_delete_link(w, DOWN1);
		come_as(w, DOWN4, DOWN1);
		world_pass(w, mspan_seconds(10));
		world_report(w, DOWN4, GM_IS_IN, GROUP + 1, "a");
		world_pass(w, mspan_ms(32249));
		cr_assert_eq(world_oifs(w, &a, GROUP), WORLD_BIT(DOWN4));
		world_pass(w, mspan_ms(1));
		cr_assert_eq(world_oifs(w, &a, GROUP), 0);
		cr_assert_eq(w->n_subscriptions, 1, "one was asked for again");
	}
}

static size_t count_doubted(const struct iface *i)
{
	const struct table_node *node;
	size_t n = 0;

	for (node = table_walk(&i->querier.groups, NULL); node; node = table_walk(&i->querier.groups, node))
		n += TABLE_OBJECT(node, struct group, node)->epoch != i->querier.epoch;
	return n;
}

/* No turn of the loop is held up by as many groups as there may be. */
Test(proxy_absent, many_groups_learn_in_slices_that_another_device_is_there)
{
	enum { MANY = 3000, SLICE = 256 };

	WORLDS(w) {
		size_t left = MANY - 1;
		size_t before;

		world_start(w, 1);
		for (unsigned int n = 1; n <= MANY; n++)
			world_report(w, DOWN1, GM_TO_EX, n, "");
		world_settle(w);
		world_delete_link(w, DOWN1);
		w->links[DOWN1].state.exists = true;
		world_news(w, DOWN1);
		cr_assert_eq(count_doubted(iface(w, DOWN1)), MANY);
		world_report(w, DOWN1, GM_IS_EX, MANY, "");
		cr_assert_eq(count_doubted(iface(w, DOWN1)), left, "who reports is in no doubt");
		while (left > 0) {
			before = left;
			proxy_work(w->proxy, w->now);
			left = count_doubted(iface(w, DOWN1));
			cr_assert_lt(left, before);
			cr_assert_leq(before - left, SLICE);
		}
		world_pass(w, mspan_ms(42249));
		cr_assert_eq(iface(w, DOWN1)->querier.groups.count, MANY);
		world_pass(w, mspan_ms(1));
		cr_assert_eq(iface(w, DOWN1)->querier.groups.count, 1, "the one that was asked for again");
	}
}

Test(proxy_absent, what_waits_too_long_runs_out)
{
	WORLDS(w) {
		struct addr a = start_watched(w);

		world_delete_link(w, DOWN1);
		world_pass(w, mspan_seconds(269));
		cr_assert_eq(w->n_subscriptions, 2);
		world_pass(w, mspan_seconds(1));
		cr_assert_eq(w->n_subscriptions, 0);
		come_as(w, DOWN4, DOWN1);
		cr_assert_eq(world_packets(w, UP, &a, GROUP, 1), 0);
	}
}

/* With robustness 1 there is one query, and one answer, which may be made in the last moment. */
Test(proxy_absent, an_answer_of_the_last_moment_is_waited_for)
{
	WORLDS(w) {
		struct addr a;

		w->links[DOWN1].settings.robustness = 1;
		a = start_watched(w);
		world_delete_link(w, DOWN1);
		come_as(w, DOWN4, DOWN1);
		world_pass(w, w->links[DOWN4].settings.query_response_interval);
		world_pass(w, mspan_ms(1));
		world_report(w, DOWN4, GM_IS_EX, GROUP, "");
		cr_assert_eq(world_oifs(w, &a, GROUP), WORLD_BIT(DOWN4));
		cr_assert_eq(w->events[EVENT_GROUP_JOIN].count, 2, "nobody had to join again");
	}
}

/* Behind ppp0 is another customer now. */
Test(proxy_absent, of_a_pattern_nothing_is_kept)
{
	WORLDS(w) {
		struct addr a;

		w->links[DOWN1].settings.from_pattern = true;
		a = start_watched(w);
		world_report(w, DOWN2, GM_TO_EX, GROUP, "b");
		world_delete_link(w, DOWN1);
		world_settle(w);
		cr_assert_null(world_find_iface(w, DOWN1));
		cr_assert_eq(w->n_subscriptions, 1);
		cr_assert(world_set_is(w->family, &w->subscriptions[0].sources, "b"));
		cr_assert_str_eq(w->events[EVENT_GROUP_LEAVE].word, "interface");
		come_as(w, DOWN4, DOWN1);
		cr_assert_eq(world_oifs(w, &a, GROUP), WORLD_BIT(DOWN2));
	}
}

Test(proxy_absent, goes_when_a_reload_says_nothing_of_it)
{
	WORLDS(w) {
		start_watched(w);
		world_delete_link(w, DOWN1);
		proxy_absent(w->proxy, world_find_iface(w, DOWN1), NULL);
		world_settle(w);
		cr_assert_null(world_find_iface(w, DOWN1));
		cr_assert_str_eq(w->events[EVENT_IFACE_STATE].word, "disabled");
		cr_assert_eq(w->n_subscriptions, 0);
	}
	WORLDS(w) {
		start_watched(w);
		world_delete_link(w, DOWN1);
		w->links[DOWN1].settings.from_pattern = true;
		world_news(w, DOWN1);
		cr_assert_null(world_find_iface(w, DOWN1));
	}
}

Test(proxy_absent, obeys_the_rules_of_a_reload)
{
	struct filter_rule deny = {.allow = false};

	WORLDS(w) {
		struct addr group = world_group(w->family, GROUP);

		deny.group = prefix_make(&group, 128);
		start_watched(w);
		world_delete_link(w, DOWN1);
		w->links[DOWN1].settings.rules = &deny;
		w->links[DOWN1].settings.n_rules = 1;
		world_news(w, DOWN1);
		world_settle(w);
		cr_assert_null(world_find_group(w, DOWN1, GROUP));
		cr_assert_not_null(world_find_group(w, DOWN1, GROUP + 1));
		cr_assert_eq(w->n_subscriptions, 1);
	}
}

Test(proxy_absent, renamed_away_and_back_is_the_same)
{
	WORLDS(w) {
		struct addr a = start_watched(w);
		struct world_link *link = &w->links[DOWN1];

		rename_link(w, DOWN1, "away");
		proxy_iface(w->proxy, w->now, &link->state, NULL);
		world_settle(w);
		cr_assert_str_eq(w->events[EVENT_IFACE_STATE].word, "disabled");
		cr_assert_not(link->vif);
		cr_assert_eq(w->n_subscriptions, 2);
		rename_link(w, DOWN1, "down2");
		world_news(w, DOWN1);
		world_settle(w);
		cr_assert_eq(world_oifs(w, &a, GROUP), WORLD_BIT(DOWN1));
		cr_assert_eq(w->subscribe_calls, 2);
	}
}

/* The hosts are behind the device, whatever it is called; those behind the absent one were others. */
Test(proxy_absent, gives_way_to_a_device_that_has_hosts_of_its_own)
{
	WORLDS(w) {
		struct addr a = start_watched(w);

		world_report(w, DOWN2, GM_TO_EX, GROUP + 2, "");
		world_settle(w);
		world_delete_link(w, DOWN1);
		w->links[DOWN1].state.name[0] = '\0';
		rename_link(w, DOWN2, "down2");
		w->links[DOWN2].settings.threshold = 9;
		world_news(w, DOWN2);
		world_settle(w);
		cr_assert_eq(world_oifs(w, &a, GROUP), 0);
		cr_assert_eq(w->n_subscriptions, 1);
		cr_assert_not_null(world_find_subscription(w, GROUP + 2));
		cr_assert_eq(w->links[DOWN2].threshold, 9, "the settings are those of the name");
		cr_assert_eq(w->links[DOWN2].starts, 2, "by a change, not anew");
	}
}

/* A link of a pattern, or the upstream: nothing else of it is kept. */
Test(proxy_change, a_removed_link_counts_on_when_it_comes_again)
{
	WORLDS(w) {
		w->links[DOWN1].settings.from_pattern = true;
		world_start(w, 2);
		world_report(w, DOWN1, GM_TO_EX, GROUP, "");
		w->links[DOWN1].traffic.packets_out = 7;
		world_delete_link(w, DOWN1);
		world_settle(w);
		w->links[DOWN1].state.exists = true;
		world_news(w, DOWN1);
		world_settle(w);
		cr_assert_eq(counters(w, DOWN1)->joins, 1);
		cr_assert_eq(counters(w, DOWN1)->traffic.packets_out, 7, "of the VIF that it had");
		world_report(w, DOWN1, GM_TO_EX, GROUP, "");
		cr_assert_eq(counters(w, DOWN1)->joins, 2);
	}
}

/* Its entries are rewritten in slices, and meanwhile another has its name. */
Test(proxy_change, what_a_removed_link_counts_yet_is_its_heirs)
{
	WORLDS(w) {
		w->links[DOWN1].settings.from_pattern = true;
		world_start(w, 2);
		for (unsigned int g = 1; g <= 200; g++) {
			struct addr a = world_letter(w->family, 'a');

			world_report(w, DOWN1, GM_TO_EX, g, "");
			world_packets(w, UP, &a, g, 1);
		}
		world_settle(w);
		w->links[DOWN1].traffic.packets_out = 7;
		world_delete_link(w, DOWN1);
		cr_assert(mfc_is_vacating(&w->proxy->mfc));
		memcpy(w->links[DOWN4].state.name, w->links[DOWN1].state.name, sizeof(w->links[DOWN4].state.name));
		w->links[DOWN4].settings = w->links[DOWN1].settings;
		world_news(w, DOWN4);
		cr_assert_eq(counters(w, DOWN4)->traffic.packets_out, 0);
		world_settle(w);
		cr_assert_eq(counters(w, DOWN4)->traffic.packets_out, 7);
		cr_assert_eq(counters(w, DOWN4)->joins, 200);
	}
}

Test(proxy_change, what_was_counted_stays_with_the_name)
{
	WORLDS(w) {
		world_start(w, 2);
		for (unsigned int g = GROUP; g < GROUP + 3; g++)
			world_report(w, DOWN1, GM_TO_EX, g, "");
		world_report(w, DOWN2, GM_TO_EX, GROUP, "");
		world_delete_link(w, DOWN1);
		w->links[DOWN1].state.name[0] = '\0';
		rename_link(w, DOWN2, "down2");
		world_news(w, DOWN2);
		world_settle(w);
		cr_assert_eq(counters(w, DOWN2)->joins, 3, "of the one that had this name before");
		rename_link(w, DOWN2, "down3");
		world_news(w, DOWN2);
		world_settle(w);
		cr_assert_eq(counters(w, DOWN2)->joins, 1);
	}
}

/* After news were lost the kernel's table is read: what is new comes before what is gone. */
Test(proxy_absent, a_name_moves_to_its_new_device_before_the_old_one_is_known_to_be_gone)
{
	WORLDS(w) {
		struct addr a = start_watched(w);

		come_as(w, DOWN4, DOWN1);
		cr_assert_not(w->links[DOWN1].vif);
		cr_assert_eq(world_oifs(w, &a, GROUP), WORLD_BIT(DOWN4));
		world_delete_link(w, DOWN1);
		world_settle(w);
		cr_assert_eq(world_oifs(w, &a, GROUP), WORLD_BIT(DOWN4));
		cr_assert_eq(w->subscribe_calls, 2);
	}
}

Test(proxy_absent, comes_back_down_and_waits_on)
{
	WORLDS(w) {
		struct addr a = start_watched(w);

		world_delete_link(w, DOWN1);
		w->links[DOWN4].state.up = false;
		come_as(w, DOWN4, DOWN1);
		expect_state(w, DOWN4, IFACE_DOWN);
		cr_assert_not(w->links[DOWN4].vif);
		cr_assert_eq(world_oifs(w, &a, GROUP), 0);
		world_delete_link(w, DOWN4);
		w->links[DOWN4].state.exists = w->links[DOWN4].state.up = true;
		come_as(w, DOWN4, DOWN1);
		cr_assert_eq(world_oifs(w, &a, GROUP), WORLD_BIT(DOWN4));
	}
}

Test(proxy_absent, that_the_kernel_refuses_when_it_is_back_is_tried_again)
{
	WORLDS(w) {
		struct addr a = start_watched(w);

		world_delete_link(w, DOWN1);
		w->links[DOWN4].start_error = EPERM;
		come_as(w, DOWN4, DOWN1);
		expect_state(w, DOWN4, IFACE_FAILED);
		w->links[DOWN4].start_error = 0;
		world_pass(w, mspan_seconds(1));
		cr_assert_eq(world_oifs(w, &a, GROUP), WORLD_BIT(DOWN4));
	}
}

Test(proxy_absent, as_an_upstream_its_hosts_are_forgotten)
{
	WORLDS(w) {
		start_watched(w);
		world_delete_link(w, UP);
		world_delete_link(w, DOWN1);
		w->links[DOWN1].state.exists = true;
		w->links[DOWN1].settings.role = ROLE_UPSTREAM;
		proxy_iface(w->proxy, w->now, &w->links[DOWN1].state, &w->links[DOWN1].settings);
		world_settle(w);
		cr_assert(w->links[DOWN1].vif && !w->links[DOWN1].downstream);
		cr_assert_eq(w->n_subscriptions, 0);
		cr_assert_eq(w->proxy->mfc.slots[iface(w, DOWN1)->slot], iface(w, DOWN1));
	}
}

/* --- what changes on a device that stays --- */


/* A link of a pattern, whose hosts nobody waits for. */
static void start_crowded(struct world *w, unsigned int n)
{
	w->links[DOWN1].settings.from_pattern = true;
	world_start(w, 2);
	for (unsigned int g = 1; g <= n; g++)
		world_report(w, DOWN1, GM_TO_EX, g, "");
	world_report(w, DOWN2, GM_TO_EX, 1, "");
	world_settle(w);
	world_delete_link(w, DOWN1);
}

Test(proxy_change, many_groups_of_a_removed_link_end_in_slices)
{
	enum { MANY = 1000, SLICE = 64 };

	WORLDS(w) {
		unsigned int ended, before;

		start_crowded(w, MANY);
		cr_assert_null(iface(w, DOWN1));
		cr_assert_str_eq(w->events[EVENT_IFACE_STATE].word, "gone");
		for (ended = w->events[EVENT_GROUP_LEAVE].count; ended < MANY; ended = w->events[EVENT_GROUP_LEAVE].count) {
			before = ended;
			cr_assert(proxy_work(w->proxy, w->now) || w->events[EVENT_GROUP_LEAVE].count == MANY);
			cr_assert_gt(w->events[EVENT_GROUP_LEAVE].count, before);
			cr_assert_leq(w->events[EVENT_GROUP_LEAVE].count - before, SLICE);
		}
		world_settle(w);
		cr_assert_eq(w->n_subscriptions, 1);
		cr_assert(TAILQ_EMPTY(&w->proxy->removed));
	}
}

/* Two of a name would be shown as one that has each group twice. */
Test(proxy_change, a_removed_link_has_no_groups_when_another_of_its_name_comes)
{
	WORLDS(w) {
		struct addr a = world_letter(w->family, 'a');

		start_crowded(w, 1000);
		cr_assert_lt(w->events[EVENT_GROUP_LEAVE].count, 1000);
		world_packets(w, UP, &a, 1000, 1);
		w->links[DOWN1].state.exists = true;
		world_news(w, DOWN1);
		cr_assert_not(mfc_is_attached(&w->proxy->mfc, iface(w, DOWN1)));
		world_settle(w);
		cr_assert_eq(w->events[EVENT_GROUP_LEAVE].count, 1000);
		world_pass(w, mspan_ms(10));
		cr_assert(mfc_is_attached(&w->proxy->mfc, iface(w, DOWN1)));
		cr_assert_eq(world_oifs(w, &a, 1000), 0, "whoever is behind it now has not asked");
		world_report(w, DOWN1, GM_TO_EX, 1000, "");
		cr_assert_eq(world_oifs(w, &a, 1000), WORLD_BIT(DOWN1));
		world_settle(w);
		cr_assert_eq(w->n_subscriptions, 2);
	}
}

/* They have deadlines until their turn comes. */
Test(proxy_change, groups_of_a_removed_link_may_run_out_before_their_turn)
{
	WORLDS(w) {
		struct iface_counters gone = {0};

		start_crowded(w, 1000);
		w->now = mtime_after(w->now, mspan_seconds(300));
		proxy_tick(w->proxy, w->now);
		world_settle(w);
		cr_assert_eq(w->events[EVENT_GROUP_LEAVE].count, 1001, "those of the other link, too");
		cr_assert_eq(w->n_subscriptions, 0);
		retired_sum(&w->proxy->retired, &gone);
		cr_assert_gt(gone.timeouts, 0, "what they count is not lost");
	}
}

/* The daemon ends. */
Test(proxy_change, a_removed_link_whose_turn_has_not_come_is_freed_with_all)
{
	for (enum family family = FAMILY_IPV4; family < FAMILY_COUNT; family++) {
		struct world *w = world_new(family);

		start_crowded(w, 1000);
		cr_assert_not(TAILQ_EMPTY(&w->proxy->removed));
		world_free(w);
	}
}


/* The sanitizer's allocator knows; the C library's own number counts what it keeps for itself, too. */
size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

/* Upstream and downstream vanish under a stream, with one of a source that is refused, and come back. */
static void vanish_and_return(struct world *w)
{
	struct addr a = world_letter(w->family, 'a');
	struct addr foreign = world_source(w->family, 99, 1);

	for (uint32_t link = UP; link <= DOWN1; link++) {
		world_delete_link(w, link);
		world_settle(w);
		w->links[link].state.exists = true;
		world_news(w, link);
		world_settle(w);
	}
	world_report(w, DOWN1, GM_ALLOW, GROUP, "ab");
	world_report(w, DOWN1, GM_TO_EX, GROUP + 1, "c");
	world_packets(w, UP, &a, GROUP, 3);
	world_packets(w, UP, &foreign, GROUP, 3);
	world_pass(w, mspan_seconds(200));
	world_clear_sent(w);
}

/* Not what is lost, which the sanitizer tells, but what is kept: tables that grow, lists that nobody shortens. */
Test(proxy_change, interfaces_that_come_and_go_keep_no_byte)
{
	WORLDS(w) {
		size_t before;

		if (!__sanitizer_get_current_allocated_bytes)
			continue;
		world_start(w, 2);
		for (int cycle = 0; cycle < 3; cycle++)
			vanish_and_return(w);
		before = __sanitizer_get_current_allocated_bytes();
		cr_assert_gt(before, 0, "the allocator must be able to tell");
		for (int cycle = 0; cycle < 10; cycle++)
			vanish_and_return(w);
		cr_assert_eq(__sanitizer_get_current_allocated_bytes(), before);
	}
}

/*
 * Below the smallest MTU of a family the kernel takes it off the device, with everything
 * that was joined there; VIFs and sockets do not notice.
 */
static void set_mtu(struct world *w, uint32_t link, uint32_t mtu)
{
	w->links[link].state.mtu = mtu;
	world_news(w, link);
	world_settle(w);
}

Test(proxy_mtu, too_small_for_the_family_ends_the_upstream_and_a_larger_one_subscribes_anew)
{
	WORLDS(w) {
		struct addr a = start_watched(w);

		set_mtu(w, UP, gm_protos[w->family].min_mtu - 1);
		expect_state(w, UP, IFACE_WAITING);
		cr_assert_not(w->links[UP].vif);
		cr_assert_eq(w->n_subscriptions, 0);
		set_mtu(w, UP, gm_protos[w->family].min_mtu);
		expect_state(w, UP, IFACE_UP);
		cr_assert_eq(w->n_subscriptions, 2);
		cr_assert_eq(w->subscribe_calls, 4, "each of them anew");
		cr_assert_eq(world_packets(w, UP, &a, GROUP, 1), WORLD_BIT(DOWN1));
	}
}

Test(proxy_mtu, too_small_for_the_family_keeps_what_hosts_of_a_downstream_asked_for)
{
	WORLDS(w) {
		struct addr a = start_watched(w);

		set_mtu(w, DOWN1, gm_protos[w->family].min_mtu - 1);
		expect_state(w, DOWN1, IFACE_WAITING);
		cr_assert_not(w->links[DOWN1].vif);
		cr_assert_eq(world_oifs(w, &a, GROUP), 0);
		cr_assert_eq(w->subscribe_calls, 2, "they were not touched");
		world_clear_sent(w);
		set_mtu(w, DOWN1, 1500);
		expect_state(w, DOWN1, IFACE_UP);
		cr_assert_eq(w->links[DOWN1].starts, 2, "what the router itself joins is joined anew");
		cr_assert_eq(world_oifs(w, &a, GROUP), WORLD_BIT(DOWN1));
		cr_assert_eq(world_count_sent(w, DOWN1, GM_QUERY_GENERAL), 1, "they are asked all the same");
		cr_assert_eq(w->subscribe_calls, 2);
	}
}

Test(proxy_mtu, too_small_from_the_start_is_waited_out)
{
	WORLDS(w) {
		w->links[DOWN1].state.mtu = gm_protos[w->family].min_mtu - 1;
		world_start(w, 1);
		expect_state(w, DOWN1, IFACE_WAITING);
		cr_assert_eq(w->links[DOWN1].starts, 0);
		set_mtu(w, DOWN1, 1500);
		expect_state(w, DOWN1, IFACE_UP);
	}
}

Test(proxy_mtu, of_other_size_changes_nothing)
{
	WORLDS(w) {
		struct addr a = start_watched(w);

		set_mtu(w, UP, gm_protos[w->family].min_mtu);
		set_mtu(w, DOWN1, gm_protos[w->family].min_mtu);
		cr_assert_eq(w->links[UP].starts, 1);
		cr_assert_eq(w->links[DOWN1].starts, 1);
		cr_assert_eq(world_oifs(w, &a, GROUP), WORLD_BIT(DOWN1));
		cr_assert_eq(w->subscribe_calls, 2);
	}
}

Test(proxy_change, a_new_address_is_spoken_from_at_the_next_query)
{
	WORLDS(w) {
		struct addr lower = world_host(w->family, DOWN1, RIVAL);

		world_start(w, 1);
		world_clear_sent(w);
		w->links[DOWN1].addrs[w->family == FAMILY_IPV4 ? 0 : 2].addr = lower;
		world_news(w, DOWN1);
		world_pass(w, mspan_seconds(40));
		cr_assert_eq(w->n_sent, 1);
		cr_assert(addr_equal(&w->sent[0].src, &lower));
	}
}

Test(proxy_change, a_new_network_admits_its_sources_at_once)
{
	WORLDS(w) {
		struct addr foreign = world_source(w->family, 99, 1);

		world_start(w, 1);
		world_report(w, DOWN1, GM_TO_EX, GROUP, "");
		world_packets(w, UP, &foreign, GROUP, 1);
		cr_assert_eq(world_oifs(w, &foreign, GROUP), 0);
		for (size_t k = 0; k < 2; k++)
			w->links[UP].addrs[k].network = prefix_make(&foreign, 24);
		world_news(w, UP);
		world_settle(w);
		cr_assert_eq(world_oifs(w, &foreign, GROUP), WORLD_BIT(DOWN1));
	}
}

Test(proxy_change, an_address_lost_suspends_and_a_new_one_resumes)
{
	WORLDS(w) {
		world_start(w, 1);
		w->links[DOWN1].state.n_addrs = 0;
		world_news(w, DOWN1);
		expect_state(w, DOWN1, IFACE_WAITING);
		world_clear_sent(w);
		world_pass(w, mspan_seconds(500));
		cr_assert_eq(w->n_sent, 0);
		w->links[DOWN1].state.n_addrs = 3;
		world_news(w, DOWN1);
		world_settle(w);
		cr_assert_eq(world_count_sent(w, DOWN1, GM_QUERY_GENERAL), 1);
	}
}

Test(proxy_change, another_threshold_keeps_members_and_sets_entries_again)
{
	WORLDS(w) {
		struct addr a = world_letter(w->family, 'a');

		world_start(w, 2);
		world_report(w, DOWN1, GM_TO_EX, GROUP, "");
		world_packets(w, UP, &a, GROUP, 1);
		world_packets(w, UP, &a, GROUP + 1, 1);
		world_settle(w);
		w->links[DOWN1].settings.threshold = 9;
		world_news(w, DOWN1);
		world_settle(w);
		cr_assert_eq(w->links[DOWN1].threshold, 9);
		cr_assert_eq(w->links[DOWN1].stops, 0);
		cr_assert_eq(w->set_calls, 3, "the entry that names it, and no other");
		cr_assert_eq(w->n_subscriptions, 1);
		cr_assert_not_null(world_find_group(w, DOWN1, GROUP));
	}
}

Test(proxy_change, a_threshold_that_the_kernel_refuses_is_a_failure_to_mend)
{
	WORLDS(w) {
		world_start(w, 1);
		w->links[DOWN1].settings.threshold = 9;
		w->links[DOWN1].start_error = ENOMEM;
		world_news(w, DOWN1);
		expect_state(w, DOWN1, IFACE_FAILED);
		w->links[DOWN1].start_error = 0;
		world_pass(w, mspan_seconds(1));
		cr_assert_eq(w->links[DOWN1].threshold, 9);
		expect_state(w, DOWN1, IFACE_UP);
	}
}

Test(proxy_change, another_role_begins_anew)
{
	WORLDS(w) {
		world_start(w, 2);
		world_report(w, DOWN1, GM_TO_EX, GROUP, "");
		world_settle(w);
		w->links[UP].settings.role = ROLE_DISABLED;
		world_news(w, UP);
		w->links[DOWN2].settings.role = ROLE_UPSTREAM;
		world_news(w, DOWN2);
		world_settle(w);
		cr_assert_not(w->links[DOWN2].downstream);
		cr_assert_eq(w->links[DOWN2].starts, 2);
		cr_assert_eq(w->subscribed_on, DOWN2);
		cr_assert_eq(w->n_subscriptions, 1);
	}
}

Test(proxy_change, news_of_nothing_new_does_nothing)
{
	WORLDS(w) {
		struct addr a = world_letter(w->family, 'a');
		unsigned int events;

		world_start(w, 1);
		world_report(w, DOWN1, GM_TO_EX, GROUP, "");
		world_packets(w, UP, &a, GROUP, 1);
		world_settle(w);
		world_clear_sent(w);
		events = w->events[EVENT_IFACE_STATE].count;
		world_news(w, DOWN1);
		world_news(w, UP);
		world_settle(w);
		cr_assert_eq(w->n_sent, 0);
		cr_assert_eq(w->set_calls, 1);
		cr_assert_eq(w->subscribe_calls, 1);
		cr_assert_eq(w->events[EVENT_IFACE_STATE].count, events);
	}
}

/* --- reports --- */

Test(proxy_report, tells_of_a_join_once)
{
	WORLDS(w) {
		struct addr host = world_host(w->family, DOWN1, HOST);

		world_start(w, 1);
		world_report(w, DOWN1, GM_TO_EX, GROUP, "");
		world_report(w, DOWN1, GM_TO_EX, GROUP, "");
		cr_assert_eq(w->events[EVENT_GROUP_JOIN].count, 1);
		cr_assert_eq(w->events[EVENT_GROUP_JOIN].mode, GM_EXCLUDE);
		cr_assert(addr_equal(&w->events[EVENT_GROUP_JOIN].source, &host));
		cr_assert_eq(counters(w, DOWN1)->joins, 1);
	}
}

Test(proxy_report, that_asks_for_nothing_makes_no_group)
{
	WORLDS(w) {
		world_start(w, 1);
		world_report(w, DOWN1, GM_IS_IN, GROUP, "");
		world_report(w, DOWN1, GM_TO_IN, GROUP, "");
		world_report(w, DOWN1, GM_ALLOW, GROUP, "");
		world_report(w, DOWN1, GM_BLOCK, GROUP, "ab");
		cr_assert_eq(w->proxy->db.table.count, 0);
		cr_assert_eq(w->events[EVENT_GROUP_JOIN].count, 0);
	}
}

Test(proxy_report, of_every_record_is_counted_by_version_and_type)
{
	WORLDS(w) {
		enum gm_protocol v2 = gm_protos[w->family].by_generation[GM_GENERATION_2];
		enum gm_protocol v3 = gm_protos[w->family].by_generation[GM_GENERATION_3];

		world_start(w, 1);
		for (enum gm_record_type type = GM_IS_IN; type < GM_RECORD_TYPES; type++)
			world_report(w, DOWN1, type, GROUP, "a");
		world_say(w, DOWN1, HOST, GM_GENERATION_2, GM_IS_EX, GROUP, "");
		world_say(w, DOWN1, HOST, GM_GENERATION_2, GM_TO_IN, GROUP, "");
		for (enum gm_record_type type = GM_IS_IN; type < GM_RECORD_TYPES; type++) {
			cr_assert_eq(counters(w, DOWN1)->records[v3][type], 1);
			cr_assert_eq(counters(w, DOWN1)->records[v2][type], 0, "version 2 has no record types");
		}
		cr_assert_eq(counters(w, DOWN1)->reports[v3], 6);
		cr_assert_eq(counters(w, DOWN1)->reports[v2], 1);
		cr_assert_eq(counters(w, DOWN1)->leaves[v2], 1);
	}
}

Test(proxy_report, of_many_records_is_one_report)
{
	WORLDS(w) {
		struct gm_record records[50];

		world_start(w, 1);
		for (unsigned int i = 0; i < 50; i++)
			records[i] = join_record(world_group(w->family, GROUP + i));
		send_report(w, DOWN1, world_host(w->family, DOWN1, HOST), records, 50);
		world_settle(w);
		cr_assert_eq(w->n_subscriptions, 50);
		cr_assert_eq(counters(w, DOWN1)->reports[gm_protos[w->family].by_generation[GM_GENERATION_3]], 1);
	}
}

Test(proxy_report, from_nobody_is_taken)
{
	WORLDS(w) {
		struct gm_record record = join_record(world_group(w->family, GROUP));

		world_start(w, 1);
		send_report(w, DOWN1, addr_unspecified[w->family], &record, 1);
		cr_assert_not_null(world_find_group(w, DOWN1, GROUP));
	}
}

Test(proxy_report, of_our_own_is_ignored)
{
	WORLDS(w) {
		struct gm_record record = join_record(world_group(w->family, GROUP));

		world_start(w, 1);
		send_report(w, DOWN1, world_host(w->family, DOWN1, ROUTER), &record, 1);
		cr_assert_null(world_find_group(w, DOWN1, GROUP));
		cr_assert_eq(counters(w, DOWN1)->ignored[IGNORED_OWN], 1);
	}
}

Test(proxy_report, on_the_upstream_is_ignored)
{
	WORLDS(w) {
		world_start(w, 1);
		world_report(w, UP, GM_TO_EX, GROUP, "");
		cr_assert_eq(w->proxy->db.table.count, 0);
		cr_assert_eq(counters(w, UP)->ignored[IGNORED_NOT_CONFIGURED], 1);
	}
}

Test(proxy_report, of_a_group_that_stays_on_its_link_is_ignored)
{
	WORLDS(w) {
		static const uint8_t v4[][4] = {{224, 0, 0, 1}, {224, 0, 0, 251}};
		static const uint8_t v6[][16] = {{0xff, 0x02, [15] = 0xfb}, {0xff, 0x01, [15] = 1},
						 {0xff, 0x12, [15] = 9}};
		size_t n = w->family == FAMILY_IPV4 ? 2 : 3;

		world_start(w, 1);
		for (size_t i = 0; i < n; i++) {
			struct addr group = w->family == FAMILY_IPV4 ? addr_from_v4(v4[i]) : addr_from_v6(v6[i]);
			struct gm_record record = join_record(group);
			struct upcall upcall = {UPCALL_NOCACHE, UP, world_letter(w->family, 'a'), group};

			send_report(w, DOWN1, world_host(w->family, DOWN1, HOST), &record, 1);
			proxy_upcall(w->proxy, w->now, &upcall);
		}
		cr_assert_eq(counters(w, DOWN1)->ignored[IGNORED_LINK_LOCAL], n);
		cr_assert_eq(w->proxy->env.counters.upcalls_ignored, n);
		cr_assert_eq(w->proxy->db.table.count, 0);
		cr_assert_eq(w->n_entries, 0);
	}
}

Test(proxy_report, void_beside_an_older_host_is_counted)
{
	WORLDS(w) {
		world_start(w, 1);
		world_say(w, DOWN1, HOST2, GM_GENERATION_2, GM_IS_EX, GROUP, "");
		world_report(w, DOWN1, GM_BLOCK, GROUP, "a");
		cr_assert_eq(counters(w, DOWN1)->ignored[IGNORED_COMPATIBILITY], 1);
	}
}

/* --- limits of groups and sources --- */

Test(proxy_limit, groups_beyond_max_groups_are_refused_counted_and_told)
{
	WORLDS(w) {
		w->links[DOWN1].settings.max_groups = 2;
		world_start(w, 2);
		for (unsigned int i = 0; i < 3; i++)
			world_report(w, DOWN1, GM_TO_EX, GROUP + i, "");
		cr_assert_null(world_find_group(w, DOWN1, GROUP + 2));
		cr_assert_eq(counters(w, DOWN1)->ignored[IGNORED_LIMIT], 1);
		cr_assert_eq(w->proxy->env.counters.limit_groups, 1);
		cr_assert_eq(w->events[EVENT_LIMIT].count, 1);
		cr_assert_eq(w->events[EVENT_LIMIT].value, 2);
		world_report(w, DOWN2, GM_TO_EX, GROUP + 2, "");
		cr_assert_not_null(world_find_group(w, DOWN2, GROUP + 2), "the limit is the interface's own");
		world_report(w, DOWN1, GM_TO_IN, GROUP, "");
		world_pass(w, mspan_seconds(2));
		world_report(w, DOWN1, GM_TO_EX, GROUP + 2, "");
		cr_assert_not_null(world_find_group(w, DOWN1, GROUP + 2), "there is room again");
	}
}

Test(proxy_limit, sources_beyond_max_sources_are_refused_and_counted)
{
	WORLDS(w) {
		w->links[DOWN1].settings.max_sources = 3;
		world_start(w, 1);
		world_report(w, DOWN1, GM_ALLOW, GROUP, "abcde");
		cr_assert_eq(world_find_group(w, DOWN1, GROUP)->n_sources, 3);
		cr_assert_eq(w->proxy->env.counters.limit_sources, 2);
		cr_assert_eq(counters(w, DOWN1)->ignored[IGNORED_LIMIT], 1);
	}
}

/* --- queries and refused packets --- */

Test(proxy_query, from_off_link_is_refused)
{
	WORLDS(w) {
		struct gm_query query = world_question(w, GM_GENERATION_3, 0);
		struct addr far = world_source(w->family, 0, 1);

		world_start(w, 1);
		world_hear_query(w, DOWN1, &far, &query);
		cr_assert(iface(w, DOWN1)->querier.elected);
		cr_assert_eq(counters(w, DOWN1)->malformed[GM_OFF_LINK_QUERY], 1);
		cr_assert_str_eq(w->events[EVENT_PACKET_DROP].word, "off_link_query");
	}
}

Test(proxy_query, on_the_upstream_is_noted)
{
	WORLDS(w) {
		struct gm_query query = world_question(w, GM_GENERATION_3, 0);
		struct addr querier = world_host(w->family, UP, RIVAL);

		world_start(w, 1);
		cr_assert(mtime_is_never(iface(w, UP)->querier.last_query_heard));
		world_hear_query(w, UP, &querier, &query);
		cr_assert_eq(iface(w, UP)->querier.last_query_heard.us, w->now.us);
		cr_assert_eq(counters(w, UP)->queries_received[query.protocol][GM_QUERY_GENERAL], 1);
		cr_assert(w->links[UP].vif);
	}
}

/* The kernel answers whoever asks there, and a provider's querier often has an address of elsewhere. */
Test(proxy_query, from_off_link_on_the_upstream_is_noted_all_the_same)
{
	WORLDS(w) {
		struct gm_query query = world_question(w, GM_GENERATION_3, 0);
		struct addr far = world_source(w->family, 0, 1);

		world_start(w, 1);
		world_hear_query(w, UP, &far, &query);
		cr_assert_eq(iface(w, UP)->querier.last_query_heard.us, w->now.us);
		cr_assert_eq(counters(w, UP)->queries_received[query.protocol][GM_QUERY_GENERAL], 1);
		cr_assert_eq(counters(w, UP)->malformed[GM_OFF_LINK_QUERY], 0);
		cr_assert_eq(w->events[EVENT_PACKET_DROP].count, 0);
	}
}

Test(proxy_query, of_our_own_is_ignored)
{
	WORLDS(w) {
		struct gm_query query = world_question(w, GM_GENERATION_3, 0);
		struct addr own = world_host(w->family, DOWN1, ROUTER);

		world_start(w, 1);
		world_hear_query(w, DOWN1, &own, &query);
		cr_assert_eq(counters(w, DOWN1)->ignored[IGNORED_OWN], 1);
		cr_assert_eq(counters(w, DOWN1)->queries_received[query.protocol][GM_QUERY_GENERAL], 0);
	}
}

Test(proxy_refused, is_counted_by_reason_and_told)
{
	WORLDS(w) {
		struct addr src = world_host(w->family, DOWN1, HOST);

		world_start(w, 1);
		proxy_refused(w->proxy, DOWN1, &src, GM_BAD_CHECKSUM);
		proxy_refused(w->proxy, DOWN4, &src, GM_BAD_CHECKSUM);
		cr_assert_eq(counters(w, DOWN1)->malformed[GM_BAD_CHECKSUM], 1);
		cr_assert_eq(w->events[EVENT_PACKET_DROP].count, 1);
		cr_assert_eq(w->proxy->env.counters.unconfigured_packets, 1);
	}
}

Test(proxy_leniency, is_counted)
{
	WORLDS(w) {
		world_start(w, 1);
		proxy_leniency(w->proxy, DOWN1, true, false, 3, 5);
		proxy_leniency(w->proxy, DOWN1, false, true, 0, 2);
		cr_assert_eq(counters(w, DOWN1)->ttl_not_one, 1);
		cr_assert_eq(counters(w, DOWN1)->no_router_alert, 1);
		cr_assert_eq(counters(w, DOWN1)->unknown_records, 3);
		cr_assert_eq(counters(w, DOWN1)->bad_source_records, 7);
	}
}

Test(proxy_upcall, from_an_interface_that_does_not_forward_is_ignored)
{
	WORLDS(w) {
		struct addr a = world_letter(w->family, 'a');

		world_start(w, 1);
		world_packets(w, DOWN4, &a, GROUP, 1);
		world_link_up(w, DOWN1, false);
		world_packets(w, DOWN1, &a, GROUP, 1);
		cr_assert_eq(w->proxy->env.counters.upcalls_ignored, 2);
		cr_assert_eq(w->proxy->env.counters.upcalls[UPCALL_NOCACHE], 2);
		cr_assert_eq(w->n_entries, 0);
	}
}

/* --- time --- */

Test(proxy_tick, long_overdue_leaves_nothing_overdue)
{
	WORLDS(w) {
		struct addr a = world_letter(w->family, 'a');

		world_start(w, 2);
		world_report(w, DOWN1, GM_TO_EX, GROUP, "");
		world_report(w, DOWN1, GM_ALLOW, GROUP + 1, "abc");
		world_report(w, DOWN2, GM_TO_EX, GROUP, "a");
		world_report(w, DOWN2, GM_TO_IN, GROUP, "");
		world_packets(w, UP, &a, GROUP, 1);
		w->now = mtime_after(w->now, mspan_seconds(100000));
		proxy_tick(w->proxy, w->now);
		cr_assert(mtime_before(w->now, proxy_next_deadline(w->proxy)));
		world_settle(w);
		cr_assert_eq(w->n_subscriptions, 0);
	}
}

/* All joined at once and fell silent: they end in slices, and who speaks up in between stays. */
Test(proxy_tick, many_groups_that_end_together_do_so_in_slices)
{
	enum { MANY = 1000 };

	WORLDS(w) {
		const struct table *groups;
		size_t before;

		world_start(w, 1);
		groups = &iface(w, DOWN1)->querier.groups;
		for (unsigned int n = 1; n <= MANY; n++)
			world_report(w, DOWN1, GM_TO_EX, n, "");
		world_settle(w);
		cr_assert_eq(w->n_subscriptions, MANY);
		w->now = mtime_after(w->now, mspan_seconds(271));
		cr_assert(proxy_tick(w->proxy, w->now), "and says that there are more");
		cr_assert(mtime_reached(proxy_next_deadline(w->proxy), w->now));
		cr_assert_geq(groups->count, MANY - PROXY_DEADLINES_A_TICK);
		cr_assert_lt(groups->count, MANY);
		cr_assert_not_null(world_find_group(w, DOWN1, MANY), "the last to be set is the last to end");
		world_report(w, DOWN1, GM_IS_EX, MANY, "");
		for (bool more = true; more;) {
			before = groups->count;
			more = proxy_tick(w->proxy, w->now);
			cr_assert_leq(before - groups->count, PROXY_DEADLINES_A_TICK);
		}
		cr_assert_eq(groups->count, 1);
		world_settle(w);
		cr_assert_not_null(world_find_subscription(w, MANY));
		cr_assert_eq(w->n_subscriptions, 1);
	}
}

Test(proxy_tick, without_interfaces_nothing_is_ever_due)
{
	WORLDS(w) {
		cr_assert(mtime_is_never(proxy_next_deadline(w->proxy)));
		world_start(w, 2);
		for (uint32_t link = UP; link <= DOWN2; link++)
			world_delete_link(w, link);
		world_settle(w);
		cr_assert(mtime_is_never(proxy_next_deadline(w->proxy)));
	}
}

Test(proxy, tells_on_how_many_interfaces_a_group_has_members)
{
	WORLDS(w) {
		struct static_group asked[2] = {{.group = world_group(w->family, 1)}, {.group = world_group(w->family, 1)}};

		asked[1].has_source = true;
		asked[1].source = world_letter(w->family, 'a');
		w->links[DOWN2].settings.statics = asked;
		w->links[DOWN2].settings.n_statics = 2;
		world_start(w, 2);
		world_report(w, DOWN1, GM_TO_EX, 1, "");
		cr_expect_eq(w->events[EVENT_GROUP_JOIN].value, 2, "what is configured is a member too, once");
		world_report(w, DOWN2, GM_TO_EX, 1, "");
		cr_expect_eq(w->events[EVENT_GROUP_JOIN].value, 2);
		world_report(w, DOWN1, GM_TO_IN, 1, "");
		world_pass(w, mspan_seconds(3));
		cr_expect_eq(w->events[EVENT_GROUP_LEAVE].value, 1);
	}
}
