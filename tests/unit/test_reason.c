/* Each reason, as it comes about; and what makes the daemon degraded. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "diagnose.h"
#include "iface.h"
#include "reason.h"
#include "shown.h"

static struct verdict of_group(struct shown *s, unsigned int group)
{
	const struct world *w = s->worlds[FAMILY_IPV4] ? s->worlds[FAMILY_IPV4] : s->worlds[FAMILY_IPV6];
	struct addr a = world_group(w->family, group);
	const struct membership *m = memberdb_find(&w->proxy->db, &a);

	shown_turn(s);
	cr_assert(m, "group %u is not known", group);
	return reason_of_group(&s->stats, m);
}

static struct verdict of_member(struct shown *s, const struct world *w, uint32_t link, unsigned int group)
{
	const struct group *g = world_find_group(w, link, group);

	shown_turn(s);
	cr_assert(g, "no member");
	return reason_of_member(&s->stats, g);
}

static struct verdict of_route(struct shown *s, const struct world *w, const struct addr *source, unsigned int group)
{
	struct addr a = world_group(w->family, group);
	const struct flow *f = mfc_find(&w->proxy->mfc, source, &a);

	shown_turn(s);
	cr_assert(f, "no route");
	return reason_of_route(&s->stats, f);
}

static void expect_reason(struct verdict found, enum reason expected, int line)
{
	cr_expect_eq(found.reason, expected, "line %d: %s, not %s", line, reason_name(found.reason), reason_name(expected));
}
#define expect(found, expected) expect_reason(found, expected, __LINE__)

/* Two downstreams, a member of group 1 on the first; somebody upstream asks, so that nothing is amiss there. */
static void begin(struct shown *s, struct world *w)
{
	struct gm_query query = world_question(w, GM_GENERATION_3, 0);
	struct addr rival = world_host(w->family, UP, RIVAL);

	shown_begin(s, w, SHOWN_MAX_GROUPS);
	world_start(w, 2);
	world_hear_query(w, UP, &rival, &query);
	world_report(w, DOWN1, GM_TO_EX, 1, "");
	world_settle(w);
}

/* Time passes, and the upstream's querier and the member go on. */
static void pass(struct world *w, unsigned int hundreds)
{
	struct gm_query query = world_question(w, GM_GENERATION_3, 0);
	struct addr rival = world_host(w->family, UP, RIVAL);

	for (unsigned int k = 0; k < hundreds; k++) {
		world_pass(w, mspan_seconds(100));
		world_hear_query(w, UP, &rival, &query);
		world_report(w, DOWN1, GM_IS_EX, 1, "");
	}
	world_settle(w);
}

Test(reason, is_forwarding_when_it_flows)
{
	WORLDS(w)
	{
		struct addr a = world_letter(w->family, 'a');
		struct shown s;

		begin(&s, w);
		world_packets(w, UP, &a, 1, 1);
		expect(of_group(&s, 1), REASON_FORWARDING);
		expect(of_member(&s, w, DOWN1, 1), REASON_FORWARDING);
		expect(of_route(&s, w, &a, 1), REASON_FORWARDING);
		shown_end(&s);
	}
}

Test(reason, without_a_packet_is_no_source_seen_and_not_certain)
{
	WORLDS(w)
	{
		struct shown s;

		begin(&s, w);
		expect(of_group(&s, 1), REASON_NO_SOURCE_SEEN);
		cr_expect_not(of_group(&s, 1).certain);
		shown_end(&s);
	}
}

/* A flow of the group that this member does not want says nothing of the one that he wants. */
Test(reason, of_a_member_comes_from_the_flows_that_he_wants)
{
	WORLDS(w)
	{
		struct addr b = world_letter(w->family, 'b');
		struct shown s;

		begin(&s, w);
		world_report(w, DOWN2, GM_ALLOW, 2, "a");
		world_packets(w, UP, &b, 2, 5);
		expect(of_route(&s, w, &b, 2), REASON_NO_MEMBER);
		expect(of_member(&s, w, DOWN2, 2), REASON_NO_SOURCE_SEEN);
		shown_end(&s);
	}
}

Test(reason, of_one_whom_a_rule_cuts_off_is_filtered_though_others_get_it)
{
	struct filter_rule rule = {.has_source = true}; /* borrowed until the world ends */

	WORLDS(w)
	{
		struct addr a = world_letter(w->family, 'a');
		struct addr group = world_group(w->family, 1);
		struct shown s;

		rule.group = prefix_make(&group, w->family == FAMILY_IPV4 ? 32 : 128);
		rule.source = prefix_make(&a, w->family == FAMILY_IPV4 ? 32 : 128);
		w->links[DOWN2].settings.rules = &rule;
		w->links[DOWN2].settings.n_rules = 1;
		begin(&s, w);
		world_report(w, DOWN2, GM_TO_EX, 1, "");
		world_packets(w, UP, &a, 1, 1);
		expect(of_member(&s, w, DOWN2, 1), REASON_FILTERED);
		expect(of_member(&s, w, DOWN1, 1), REASON_FORWARDING);
		expect(of_group(&s, 1), REASON_FORWARDING);
		shown_end(&s);
	}
}

Test(reason, of_a_flow_that_nobody_wants_is_no_member)
{
	WORLDS(w)
	{
		struct addr a = world_letter(w->family, 'a');
		struct shown s;

		begin(&s, w);
		world_packets(w, UP, &a, 7, 1);
		expect(of_route(&s, w, &a, 7), REASON_NO_MEMBER);
		expect(of_group(&s, 7), REASON_NO_MEMBER);
		shown_end(&s);
	}
}

Test(reason, of_a_group_that_a_rule_refused_is_filtered)
{
	struct filter_rule rule = {0}; /* borrowed until the world ends */

	WORLDS(w)
	{
		struct addr a = world_letter(w->family, 'a');
		struct addr group = world_group(w->family, 7);
		struct shown s;

		rule.group = prefix_make(&group, w->family == FAMILY_IPV4 ? 32 : 128);
		w->links[DOWN2].settings.rules = &rule;
		w->links[DOWN2].settings.n_rules = 1;
		begin(&s, w);
		world_report(w, DOWN2, GM_TO_EX, 7, "");
		world_packets(w, UP, &a, 7, 1);
		expect(of_group(&s, 7), REASON_FILTERED);
		shown_end(&s);
	}
}

Test(reason, of_a_group_beyond_a_limit_is_limit)
{
	WORLDS(w)
	{
		struct addr a = world_letter(w->family, 'a');
		struct shown s;

		w->links[DOWN1].settings.max_groups = 1;
		begin(&s, w);
		world_report(w, DOWN1, GM_TO_EX, 7, "");
		world_packets(w, UP, &a, 7, 1);
		expect(of_group(&s, 7), REASON_LIMIT);
		shown_end(&s);
	}
}

Test(reason, names_the_link_first)
{
	WORLDS(w)
	{
		struct shown s;

		begin(&s, w);
		w->links[UP].state.up = false;
		world_news(w, UP);
		expect(of_group(&s, 1), REASON_INTERFACE_DOWN);
		w->links[UP].state.up = true;
		w->links[UP].state.multicast = false;
		world_news(w, UP);
		expect(of_group(&s, 1), REASON_NO_MULTICAST_FLAG);
		world_delete_link(w, UP);
		world_settle(w);
		expect(of_group(&s, 1), REASON_INTERFACE_WAITING);
		shown_end(&s);
	}
}

Test(reason, of_an_upstream_that_never_came_up_is_that_of_its_link)
{
	WORLDS(w)
	{
		struct addr group = world_group(w->family, 1);
		struct shown s;
		char *text;

		w->links[UP].state.multicast = false;
		begin(&s, w);
		cr_assert_null(w->proxy->db.upstream);
		expect(of_group(&s, 1), REASON_NO_MULTICAST_FLAG);
		text = shown_text(diagnose_new(&s.stats, &group, NULL));
		cr_expect(strstr(text, "\"suspects\":[{\"reason\":\"no_multicast_flag\",\"interface\":\"up1\""), "%s", text);
		cr_expect(strstr(text, "\"path\":[{\"step\":\"link\",\"interface\":\"up1\",\"state\":\"wrong\""), "%s", text);
		cr_expect_null(strstr(text, "interface_waiting"), "%s", text);
		free(text);
		shown_end(&s);
	}
}

Test(reason, while_another_is_querier_is_not_querier)
{
	WORLDS(w)
	{
		struct gm_query query = world_question(w, GM_GENERATION_3, 0);
		struct addr rival = world_host(w->family, DOWN1, RIVAL);
		struct addr a = world_letter(w->family, 'a');
		struct shown s;

		begin(&s, w);
		world_hear_query(w, DOWN1, &rival, &query);
		world_settle(w);
		world_packets(w, UP, &a, 1, 1);
		expect(of_member(&s, w, DOWN1, 1), REASON_NOT_QUERIER);
		expect(of_group(&s, 1), REASON_NOT_QUERIER);
		expect(of_route(&s, w, &a, 1), REASON_NOT_QUERIER);
		shown_end(&s);
	}
}

Test(reason, of_a_join_that_the_kernel_refused_is_join_failed)
{
	WORLDS(w)
	{
		const char *causes[STATS_CAUSES];
		struct shown s;

		w->strays = true;
		begin(&s, w);
		w->subscribe_error = ENOBUFS;
		world_report(w, DOWN1, GM_TO_EX, 2, "");
		world_settle(w);
		expect(of_group(&s, 2), REASON_JOIN_FAILED);
		cr_expect(of_group(&s, 2).certain);
		cr_assert_eq(stats_health(&s.stats, causes), 1);
		cr_expect_str_eq(causes[0], "join_failing");
		w->subscribe_error = 0;
		world_pass(w, mspan_seconds(60));
		shown_turn(&s);
		cr_expect_eq(stats_health(&s.stats, causes), 0);
		shown_end(&s);
	}
}

Test(reason, without_a_querier_upstream_says_so_after_its_time)
{
	WORLDS(w)
	{
		struct shown s;

		shown_begin(&s, w, SHOWN_MAX_GROUPS);
		world_start(w, 1);
		world_report(w, DOWN1, GM_TO_EX, 1, "");
		world_pass(w, mspan_seconds(255));
		expect(of_group(&s, 1), REASON_NO_SOURCE_SEEN);
		world_report(w, DOWN1, GM_IS_EX, 1, "");
		world_pass(w, mspan_seconds(10));
		expect(of_group(&s, 1), REASON_NO_UPSTREAM_QUERIER);
		shown_end(&s);
	}
}

Test(reason, of_a_link_where_nobody_ever_answers_is_no_reports_heard)
{
	WORLDS(w)
	{
		struct addr a = world_letter(w->family, 'a');
		struct shown s;

		shown_begin(&s, w, SHOWN_MAX_GROUPS);
		world_start(w, 1);
		world_packets(w, UP, &a, 1, 1);
		expect(of_group(&s, 1), REASON_NO_MEMBER);
		for (int k = 0; k < 6; k++) {
			world_packets(w, UP, &a, 1, 1);
			world_pass(w, mspan_seconds(50));
		}
		expect(of_group(&s, 1), REASON_NO_REPORTS_HEARD);
		world_report(w, DOWN1, GM_TO_EX, 9, "");
		expect(of_group(&s, 1), REASON_NO_MEMBER);
		shown_end(&s);
	}
}

/* For as long as we believed in it nobody was asked, and nobody answered. */
Test(reason, of_a_link_whose_querier_died_is_not_that_nobody_answers)
{
	WORLDS(w)
	{
		struct gm_query query = world_question(w, GM_GENERATION_3, 0);
		struct addr rival = world_host(w->family, DOWN1, RIVAL);
		struct shown s;
		const struct iface *i;

		begin(&s, w);
		i = proxy_find_iface(w->proxy, DOWN1);
		pass(w, 6);
		world_hear_query(w, DOWN1, &rival, &query);
		cr_assert_not(i->querier.elected);
		world_pass(w, mspan_seconds(257));
		shown_turn(&s);
		cr_assert(i->querier.elected);
		cr_expect_not(reason_is_deaf(&s.stats, i), "it is asked again just now");
		world_pass(w, mspan_seconds(300));
		shown_turn(&s);
		cr_expect(reason_is_deaf(&s.stats, i));
		shown_end(&s);
	}
}

Test(reason, of_a_source_from_elsewhere_is_source_not_allowed)
{
	WORLDS(w)
	{
		struct addr far = world_source(w->family, 30, 1);
		struct shown s;

		begin(&s, w);
		world_packets(w, UP, &far, 1, 1);
		expect(of_route(&s, w, &far, 1), REASON_SOURCE_NOT_ALLOWED);
		expect(of_group(&s, 1), REASON_SOURCE_NOT_ALLOWED);
		shown_end(&s);
	}
}

/* --- health --- */

static bool is_degraded_by(struct shown *s, const char *cause)
{
	const char *causes[STATS_CAUSES];
	size_t n;

	shown_turn(s);
	stats_watch_health(&s->stats);
	n = stats_health(&s->stats, causes);
	for (size_t k = 0; k < n; k++)
		if (strcmp(causes[k], cause) == 0)
			return true;
	return false;
}

/* `ipv6 yes`, and the only upstream says `ipv6 no`: there is nothing to wait for. */
Test(health, is_not_degraded_for_want_of_an_upstream_that_nobody_configured)
{
	WORLDS(w)
	{
		struct shown s;

		begin(&s, w);
		w->links[UP].settings.enabled[w->family] = false;
		world_news(w, UP);
		cr_assert_null(w->proxy->db.upstream);
		cr_expect_not(is_degraded_by(&s, "upstream_down"));
		w->links[UP].settings.enabled[w->family] = true;
		cr_expect(is_degraded_by(&s, "upstream_down"), "it is configured and not there");
		world_news(w, UP);
		world_settle(w);
		cr_expect_not(is_degraded_by(&s, "upstream_down"));
		shown_end(&s);
	}
}

Test(health, is_degraded_while_the_upstream_is_not_up)
{
	WORLDS(w)
	{
		struct shown s;

		begin(&s, w);
		cr_expect_not(is_degraded_by(&s, "upstream_down"));
		world_link_up(w, UP, false);
		cr_expect(is_degraded_by(&s, "upstream_down"));
		world_link_up(w, UP, true);
		world_settle(w);
		cr_expect_not(is_degraded_by(&s, "upstream_down"));
		shown_end(&s);
	}
}

Test(health, is_degraded_for_five_minutes_after_a_limit_or_an_overrun)
{
	WORLDS(w)
	{
		struct shown s;

		w->links[DOWN1].settings.max_groups = 1;
		begin(&s, w);
		cr_expect_not(is_degraded_by(&s, "limit_reached"));
		cr_expect_not(is_degraded_by(&s, "receive_overrun"));
		world_report(w, DOWN1, GM_TO_EX, 2, "");
		s.receive_drops[w->family] = 3;
		cr_expect(is_degraded_by(&s, "limit_reached"));
		cr_expect(is_degraded_by(&s, "receive_overrun"));
		world_pass(w, mspan_seconds(299));
		cr_expect(is_degraded_by(&s, "limit_reached"));
		pass(w, 1);
		cr_expect_not(is_degraded_by(&s, "limit_reached"));
		cr_expect_not(is_degraded_by(&s, "receive_overrun"));
		shown_end(&s);
	}
}

Test(health, is_degraded_after_a_reload_that_was_refused)
{
	WORLDS(w)
	{
		struct shown s;

		begin(&s, w);
		cr_expect_not(is_degraded_by(&s, "reload_failed"));
		s.stats.daemon.last_reload_ok = false;
		cr_expect(is_degraded_by(&s, "reload_failed"));
		shown_end(&s);
	}
}
