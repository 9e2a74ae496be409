/*
 * The documents as a client gets them, in slices, while the world goes on between them.
 * What others' parsers see is tested in tests/formats.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diagnose.h"
#include "metrics.h"
#include "page.h"
#include "show.h"
#include "shown.h"

static unsigned int count_of(const char *text, const char *word)
{
	unsigned int n = 0;

	for (; (text = strstr(text, word)) != NULL; text += strlen(word))
		n++;
	return n;
}

/* --- while things come and go --- */

struct coming {
	struct world *w;
	unsigned int next;
};

/* A new group and a flow with each step, one more that leaves at once. */
static void go_on(void *ctx)
{
	struct coming *t = ctx;
	struct addr a = world_letter(t->w->family, 'a');

	world_report(t->w, DOWN1, GM_TO_EX, 5000 + t->next, "");
	world_packets(t->w, UP, &a, 5000 + t->next, 1);
	world_report(t->w, DOWN2, GM_TO_IN, t->next++ % 2000, "");
	world_settle(t->w);
}

static void fill(struct world *w, unsigned int groups)
{
	struct addr a = world_letter(w->family, 'a');

	w->links[DOWN2].settings.fast_leave = true;
	world_start(w, 2);
	for (unsigned int n = 0; n < groups; n++) {
		world_report(w, n % 2 ? DOWN1 : DOWN2, GM_TO_EX, n, "");
		world_packets(w, UP, &a, n, 2);
	}
	world_settle(w);
}

/* Of the groups that were there all the time, those of odd numbers. */
static void expect_each_once(const struct world *w, const char *text, const char *format, unsigned int groups)
{
	for (unsigned int n = 1; n < groups; n += 2) {
		struct addr group = world_group(w->family, n);
		char word[128], name[ADDR_STRLEN];

		snprintf(word, sizeof(word), format, addr_format(&group, name));
		cr_assert_eq(count_of(text, word), 1, "%s: %u times", word, count_of(text, word));
	}
}

Test(answers, have_every_group_and_route_once_while_others_come_and_go, .timeout = 120)
{
	enum { GROUPS = 1500 };

	WORLDS(w)
	{
		struct coming t = {.w = w};
		struct shown s;
		char *text;

		shown_begin(&s, w, SHOWN_MAX_GROUPS);
		fill(w, GROUPS);
		text = shown_text_while(show_new(&s.stats, SHOW_GROUPS), go_on, &t);
		cr_assert(text);
		expect_each_once(w, text, "{\"group\":\"%s\",", GROUPS);
		free(text);
		text = shown_text_while(show_new(&s.stats, SHOW_ROUTES), go_on, &t);
		cr_assert(text);
		expect_each_once(w, text, "{\"group\":\"%s\",", GROUPS);
		free(text);
		text = shown_text_while(metrics_new(&s.stats, METRICS_TEXT, true), go_on, &t);
		cr_assert(text);
		expect_each_once(w, text, "mcast_proxy_sg_forwarded_packets_total{group=\"%s\",", GROUPS);
		free(text);
		cr_expect_gt(t.next, 10, "it took steps");
		shown_end(&s);
	}
}

Test(answers, count_every_group_by_its_reason)
{
	WORLDS(w)
	{
		struct shown s;
		char word[128];
		char *text;

		shown_begin(&s, w, 10);
		fill(w, 100);
		text = shown_text(metrics_new(&s.stats, METRICS_TEXT, false));
		snprintf(word, sizeof(word), "groups_by_reason{family=\"%s\",reason=\"forwarding\"} 100\n", family_name(w->family));
		cr_expect(strstr(text, word));
		cr_expect(strstr(text, "mcast_proxy_groups_without_series 90\n"));
		cr_expect(strstr(text, "mcast_proxy_limit_reached_total{limit=\"stats_groups\"} 90\n"));
		cr_expect(strstr(text, "mcast_proxy_group_reports_received_total{group=\"other\"} 90\n"));
		free(text);
		text = shown_text(page_new(&s.stats));
		cr_expect(strstr(text, "mcast-proxy 1.0, pid 42"));
		cr_expect(strstr(text, "configuration /etc/mcast-proxy.conf, read again 0 times, refused 0 times\n"));
		cr_expect(strstr(text, "\nLIMITS REACHED: stats_groups 90 times\n"), "%s", text);
		snprintf(word, sizeof(word), "%s      100      100        0", family_name(w->family));
		cr_expect(strstr(text, word), "%s", text);
		cr_expect(strstr(text, "forwarding"));
		free(text);
		shown_end(&s);
	}
}

Test(answers, give_both_families_one_room_for_series)
{
	struct world *v4 = world_new(FAMILY_IPV4);
	struct world *v6 = world_new(FAMILY_IPV6);
	struct shown s;
	char *text;

	shown_begin(&s, v4, 10);
	shown_add(&s, v6);
	fill(v4, 6);
	fill(v6, 6);
	text = shown_text(metrics_new(&s.stats, METRICS_TEXT, false));
	cr_expect(strstr(text, "mcast_proxy_limit{limit=\"stats_groups\"} 10\n"));
	cr_expect(strstr(text, "mcast_proxy_limit_reached_total{limit=\"stats_groups\"} 2\n"));
	cr_expect(strstr(text, "mcast_proxy_groups_without_series 2\n"));
	cr_expect_eq(s.stats.series_room.used, 10);
	free(text);
	shown_end(&s);
	world_free(v6);
	world_free(v4);
}

Test(answers, end_in_openmetrics_with_their_end)
{
	WORLDS(w)
	{
		struct shown s;
		char *text;

		shown_begin(&s, w, 10);
		fill(w, 3);
		text = shown_text(metrics_new(&s.stats, METRICS_OPENMETRICS, false));
		cr_expect_str_eq(text + strlen(text) - 6, "# EOF\n");
		cr_expect(strstr(text, "# TYPE mcast_proxy_joins counter\n"));
		cr_expect(strstr(text, "# TYPE mcast_proxy_build info\n"));
		free(text);
		text = shown_text(metrics_new(&s.stats, METRICS_TEXT, false));
		cr_expect_null(strstr(text, "# EOF"));
		cr_expect(strstr(text, "# TYPE mcast_proxy_joins_total counter\n"));
		cr_expect(strstr(text, "# TYPE mcast_proxy_build_info gauge\n"));
		free(text);
		shown_end(&s);
	}
}

/* 2^53 + 1 is the first whole number that a double has not. */
Test(answers, keep_every_digit_of_a_counter)
{
	WORLDS(w)
	{
		struct shown s;
		char *text;

		shown_begin(&s, w, 10);
		fill(w, 1);
		s.traffic.counted.bytes_out = UINT64_C(9007199254740993);
		text = shown_text(metrics_new(&s.stats, METRICS_TEXT, false));
		cr_expect(strstr(text, "} 9007199254740993\n"));
		free(text);
		text = shown_text(show_new(&s.stats, SHOW_INTERFACES));
		cr_expect(strstr(text, "\"bytes_out\":9007199254740993"));
		free(text);
		shown_end(&s);
	}
}

Test(answers, show_no_traffic_of_an_interface_without_a_vif)
{
	WORLDS(w)
	{
		struct shown s;
		char *text;

		shown_begin(&s, w, 10);
		fill(w, 1);
		s.traffic_error = 99;
		text = shown_text(metrics_new(&s.stats, METRICS_TEXT, false));
		cr_expect_null(strstr(text, "interface_transmit_bytes_total{"));
		free(text);
		text = shown_text(show_new(&s.stats, SHOW_INTERFACES));
		cr_expect_eq(count_of(text, "\"traffic\":null"), 3);
		free(text);
		shown_end(&s);
	}
}

/* --- the path --- */

Test(answers, tell_the_path_of_a_stream_from_the_upstream_to_the_member)
{
	WORLDS(w)
	{
		struct addr a = world_letter(w->family, 'a');
		struct addr group = world_group(w->family, 1);
		const char *at;
		struct shown s;
		char *text;

		shown_begin(&s, w, 10);
		world_start(w, 2);
		s.link = (struct link_evidence){
			.rp_filter = RP_FILTER_STRICT,
			.all_multicast = true,
			.bridge = {.known = true, .ifindex = 99, .name = "br7", .snooping = true, .group_known = true},
		};
		world_report(w, DOWN1, GM_TO_EX, 1, "");
		world_settle(w);
		world_packets(w, UP, &a, 1, 1);
		shown_turn(&s);
		text = shown_text(diagnose_new(&s.stats, &group, &a));
		at = text;
		cr_assert(at = strstr(at, "\"path\":[{\"step\":\"link\",\"interface\":\"up1\",\"state\":\"ok\""), "%s", text);
		cr_assert(at = strstr(at, "takes all multicast"), "%s", text);
		cr_assert(at = strstr(at, "{\"step\":\"bridge\",\"interface\":\"up1\""), "%s", text);
		cr_assert(at = strstr(at, "port of br7: snooping, without a querier, so it floods"), "%s", text);
		cr_expect_eq(strstr(at, "strict") != NULL, w->family == FAMILY_IPV4, "%s", text);
		cr_assert(at = strstr(at, "{\"step\":\"upstream_querier\",\"interface\":\"up1\",\"state\":\"unknown\""), "%s", text);
		cr_assert(at = strstr(at, "{\"step\":\"querier\",\"interface\":\"down2\",\"state\":\"ok\""), "%s", text);
		cr_assert(at = strstr(at, "{\"step\":\"reports\",\"interface\":\"down2\",\"state\":\"ok\""), "%s", text);
		cr_assert(at = strstr(at, "{\"step\":\"member\",\"interface\":\"down2\",\"state\":\"ok\""), "%s", text);
		cr_assert(at = strstr(at, "{\"step\":\"join\",\"interface\":\"up1\",\"state\":\"ok\""), "%s", text);
		cr_assert(at = strstr(at, "{\"step\":\"entry\",\"interface\":\"up1\",\"state\":\"ok\""), "%s", text);
		cr_assert(at = strstr(at, "{\"step\":\"wire_out\",\"interface\":\"down2\",\"state\":\"unknown\""), "%s", text);
		cr_expect_null(strstr(text, "down3"), "nobody asks there: %s", text);
		free(text);
		shown_end(&s);
	}
}

Test(answers, tell_of_a_family_that_is_off_and_of_groups_that_never_leave_their_link)
{
	struct world *w = world_new(FAMILY_IPV4);
	struct addr other = world_group(FAMILY_IPV6, 1);
	struct addr near;
	struct shown s;
	char *text;

	shown_begin(&s, w, 10);
	world_start(w, 1);
	text = shown_text(diagnose_new(&s.stats, &other, NULL));
	cr_expect(strstr(text, "\"reason\":\"interface_waiting\""), "%s", text);
	cr_expect(strstr(text, "ipv6 is switched off"), "%s", text);
	free(text);
	cr_assert(addr_parse("224.0.0.251", &near));
	text = shown_text(diagnose_new(&s.stats, &near, NULL));
	cr_expect(strstr(text, "\"reason\":\"filtered\""), "%s", text);
	cr_expect(strstr(text, "never leave their link"), "%s", text);
	free(text);
	shown_end(&s);
	world_free(w);
}

/* --- order --- */

Test(answers, have_members_and_oifs_in_order_of_their_names)
{
	WORLDS(w)
	{
		struct addr a = world_letter(w->family, 'a');
		struct shown s;
		char *text;

		shown_begin(&s, w, 10);
		world_start(w, 3);
		for (uint32_t link = DOWN3; link >= DOWN1; link--)
			world_report(w, link, GM_TO_EX, 1, "");
		world_packets(w, UP, &a, 1, 1);
		text = shown_text(show_new(&s.stats, SHOW_ROUTES));
		cr_expect(strstr(text, "\"oifs\":[\"down2\",\"down3\",\"down4\"]"), "%s", text);
		free(text);
		text = shown_text(show_new(&s.stats, SHOW_GROUPS));
		cr_expect_lt(strstr(text, "\"interface\":\"down2\""), strstr(text, "\"interface\":\"down3\""));
		cr_expect_lt(strstr(text, "\"interface\":\"down3\""), strstr(text, "\"interface\":\"down4\""));
		free(text);
		shown_end(&s);
	}
}

Test(answers, have_one_series_for_a_link_that_asks_in_several_ways)
{
	struct static_group asked[2] = {{.has_source = true}, {.has_source = true}}; /* borrowed until the world ends */

	WORLDS(w)
	{
		struct shown s;
		char *text;

		for (int k = 0; k < 2; k++) {
			asked[k].group = world_group(w->family, 1);
			asked[k].source = world_letter(w->family, (char)('a' + k));
		}
		w->links[DOWN1].settings.statics = asked;
		w->links[DOWN1].settings.n_statics = 2;
		shown_begin(&s, w, 10);
		world_start(w, 1);
		world_report(w, DOWN1, GM_ALLOW, 1, "c");
		world_say(w, DOWN1, HOST2, GM_GENERATION_3, GM_ALLOW, 1, "c");
		text = shown_text(metrics_new(&s.stats, METRICS_TEXT, false));
		cr_expect_eq(count_of(text, "\nmcast_proxy_group_members{"), 1);
		cr_expect(strstr(text, ",interface=\"down2\"} 2\n"), "the hosts that are tracked");
		free(text);
		shown_end(&s);
	}
}

/* --- diagnosis --- */

static char *diagnosis(struct shown *s, const struct world *w, unsigned int group)
{
	struct addr a = world_group(w->family, group);

	shown_turn(s);
	return shown_text(diagnose_new(&s->stats, group ? &a : NULL, NULL));
}

Test(diagnosis, accuses_nothing_when_nothing_is_wrong)
{
	WORLDS(w)
	{
		struct shown s;
		char *text;

		shown_begin(&s, w, 10);
		fill(w, 3);
		text = diagnosis(&s, w, 0);
		cr_expect(strstr(text, "\"suspects\":[],\"notes\":[],\"path\":[]}"), "%s", text);
		free(text);
		text = diagnosis(&s, w, 1);
		cr_expect(strstr(text, "\"suspects\":[]"), "%s", text);
		free(text);
		shown_end(&s);
	}
}

Test(diagnosis, of_a_group_takes_for_a_suspect_what_else_is_a_note)
{
	WORLDS(w)
	{
		struct shown s;
		char *text;

		shown_begin(&s, w, 10);
		world_start(w, 1);
		world_report(w, DOWN1, GM_TO_EX, 1, "");
		text = diagnosis(&s, w, 0);
		cr_expect(strstr(text, "\"suspects\":[],\"notes\":[{\"reason\":\"no_source_seen\""), "%s", text);
		free(text);
		text = diagnosis(&s, w, 1);
		cr_expect(strstr(text, "\"suspects\":[{\"reason\":\"no_source_seen\""), "%s", text);
		free(text);
		text = diagnosis(&s, w, 77);
		cr_expect(strstr(text, "\"suspects\":[{\"reason\":\"no_member\""), "%s", text);
		free(text);
		shown_end(&s);
	}
}

Test(diagnosis, names_the_first_thing_on_the_path_first)
{
	WORLDS(w)
	{
		struct addr far = world_source(w->family, 30, 1);
		struct shown s;
		const char *down, *source;
		char *text;

		shown_begin(&s, w, 10);
		world_start(w, 2);
		world_report(w, DOWN1, GM_TO_EX, 1, "");
		world_packets(w, UP, &far, 1, 1);
		world_link_up(w, DOWN2, false);
		world_settle(w);
		text = diagnosis(&s, w, 0);
		down = strstr(text, "\"reason\":\"interface_down\"");
		source = strstr(text, "\"reason\":\"source_not_allowed\"");
		cr_assert(down && source, "%s", text);
		cr_expect_lt(down, source);
		cr_expect(strstr(source, "\"fix\":\"in interface up1: source "), "%s", text);
		free(text);
		shown_end(&s);
	}
}
