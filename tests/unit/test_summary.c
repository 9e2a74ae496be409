/* The summary: differences since the last one, from the core's counters, for each family alike. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "line.h"
#include "summary.h"
#include "world.h"

struct heard {
	char text[16384];
	int first_priority;
	unsigned int lines;
};

static void hear(void *ctx, int priority, const char *line)
{
	struct heard *h = ctx;

	if (h->lines++ == 0)
		h->first_priority = priority;
	snprintf(h->text + strlen(h->text), sizeof(h->text) - strlen(h->text), "%s\n", line);
}

static bool says(const struct heard *h, const char *words)
{
	return strstr(h->text, words) != NULL;
}

/* One member of a group on DOWN1, ten packets to it, five to a group that nobody wants. */
static void some_traffic(struct world *w)
{
	struct addr a = world_letter(w->family, 'a');

	world_start(w, 2);
	world_report(w, DOWN1, GM_TO_EX, 1, "");
	world_settle(w);
	world_packets(w, UP, &a, 1, 10);
	world_packets(w, UP, &a, 2, 5);
	world_pass(w, mspan_ms(1));
	proxy_sample(w->proxy, w->now);
	world_settle(w);
}

Test(summary, counts_what_happened_since_the_last)
{
	WORLDS(w)
	{
		struct summary s;
		struct heard first = {0};
		struct heard second = {0};
		struct heard third = {0};
		struct heard fourth = {0};

		summary_init(&s, w->now);
		some_traffic(w);
		world_pass(w, mspan_seconds(3));
		summary_write(&s, w->proxy, w->now, false, hear, &first);
		cr_expect(says(&first, "event=summary family="));
		cr_expect(says(&first, " interval=3 groups=1 routes=2 reports=1 leaves=0 "), "%s", first.text);
		cr_expect(says(&first, " wrong_interface=0 drops=0 receive_drops=0 longest_turn_us=0 uptime=3\n"), "%s", first.text);
		cr_expect_eq(first.first_priority, LOG_INFO);
		world_pass(w, mspan_seconds(4));
		world_report(w, DOWN1, GM_IS_EX, 1, "");
		summary_write(&s, w->proxy, w->now, false, hear, &second);
		cr_expect(says(&second, " interval=4 groups=1 routes=2 reports=1 leaves=0 "), "%s", second.text);
		cr_expect(says(&second, " packets=0 bytes=0 "), "%s", second.text);
		summary_write(&s, w->proxy, w->now, false, hear, &third);
		cr_expect(says(&third, " reports=0 "));
		cr_expect_eq(third.first_priority, LOG_DEBUG, "nothing happened: for debugging only");
		s.receive_drops = 7;
		s.longest_turn = mspan_us(1234);
		summary_write(&s, w->proxy, w->now, false, hear, &fourth);
		cr_expect(says(&fourth, " receive_drops=7 longest_turn_us=1234 "));
		cr_expect_eq(fourth.first_priority, LOG_INFO, "what was lost is told");
	}
}

Test(summary, shows_interfaces_and_groups_when_asked)
{
	WORLDS(w)
	{
		struct summary s;
		struct heard h = {0};

		summary_init(&s, w->now);
		some_traffic(w);
		summary_write(&s, w->proxy, w->now, true, hear, &h);
		cr_expect_eq(h.lines, 1 + 3 + 2, "%s", h.text);
		cr_expect(says(&h, " role=upstream state=up groups=1 "), "%s", h.text);
		cr_expect(says(&h, " role=downstream state=up groups=1 reports=1 "), "%s", h.text);
		cr_expect(says(&h, " members=1 upstream=joined reports=1 leaves=0 queries_sent=0 packets=10 "), "%s", h.text);
		cr_expect(says(&h, " members=0 upstream=none reports=0 "), "%s", h.text);
		cr_expect(says(&h, " blocked=5 "), "%s", h.text);
	}
}

Test(summary, does_not_go_back_when_an_interface_goes)
{
	WORLDS(w)
	{
		struct summary s;
		struct heard h = {0};

		summary_init(&s, w->now);
		w->links[DOWN1].settings.from_pattern = true;
		some_traffic(w);
		world_delete_link(w, DOWN1);
		world_settle(w);
		summary_write(&s, w->proxy, w->now, false, hear, &h);
		cr_expect(says(&h, " groups=0 "), "%s", h.text);
		cr_expect(says(&h, " reports=1 "), "%s", h.text);
	}
}

Test(summary, shows_the_ten_busiest_groups)
{
	WORLDS(w)
	{
		struct addr a = world_letter(w->family, 'a');
		struct summary s;
		struct heard h = {0};

		summary_init(&s, w->now);
		world_start(w, 1);
		for (unsigned int group = 1; group <= 30; group++) {
			world_report(w, DOWN1, GM_TO_EX, group, "");
			world_packets(w, UP, &a, group, group);
		}
		world_pass(w, mspan_ms(1));
		proxy_sample(w->proxy, w->now);
		world_settle(w);
		summary_write(&s, w->proxy, w->now, true, hear, &h);
		cr_expect_eq(h.lines, 1 + 2 + 10, "%s", h.text);
		for (unsigned int packets = 21; packets <= 30; packets++) {
			char words[32];

			snprintf(words, sizeof(words), " packets=%u bytes=", packets);
			cr_expect(says(&h, words), "%s in %s", words, h.text);
		}
	}
}

/* The lines of one event. */
static unsigned int lines_of(const struct heard *h, const char *event)
{
	unsigned int n = 0;

	for (const char *at = h->text; (at = strstr(at, event)) != NULL; at++)
		n++;
	return n;
}

Test(summary, tells_what_was_refused_in_a_line_of_its_own)
{
	WORLDS(w)
	{
		struct addr foreign = world_source(w->family, 99, 1);
		struct summary s;
		struct heard first = {0};
		struct heard second = {0};

		summary_init(&s, w->now);
		world_start(w, 1);
		world_packets(w, UP, &foreign, 1, 1);
		world_packets(w, UP, &foreign, 2, 1);
		world_pass(w, mspan_seconds(5));
		summary_write(&s, w->proxy, w->now, false, hear, &first);
		cr_expect(says(&first, "event=summary_refused family="), "%s", first.text);
		cr_expect(says(&first, " interval=5 sources_refused=2\n"), "only what happened: %s", first.text);
		summary_write(&s, w->proxy, w->now, false, hear, &second);
		cr_expect_eq(lines_of(&second, "event=summary_refused"), 0, "%s", second.text);
	}
}

Test(summary, shows_the_hits_of_each_rule_when_asked)
{
	WORLDS(w)
	{
		struct addr group = world_group(w->family, 1);
		struct addr a = world_letter(w->family, 'a');
		struct filter_rule rules[] = {
			{.allow = true, .has_source = true, .group = prefix_make(&group, 128), .source = prefix_make(&a, 128)},
			{.group = prefix_make(&group, 128)},
			{.group = prefix_make(&a, 128)},
		};
		struct summary s;
		struct heard h = {0};

		summary_init(&s, w->now);
		w->links[DOWN1].settings.rules = rules;
		w->links[DOWN1].settings.n_rules = 3;
		world_start(w, 1);
		world_report(w, DOWN1, GM_ALLOW, 1, "abc");
		summary_write(&s, w->proxy, w->now, true, hear, &h);
		cr_expect_eq(lines_of(&h, "event=summary_filter"), 2, "%s", h.text);
		cr_expect(says(&h, " rule=1 action=allow group="), "%s", h.text);
		cr_expect(says(&h, " rule=2 action=deny group="), "%s", h.text);
		cr_expect(says(&h, " hits=1\n"), "%s", h.text);
		cr_expect(says(&h, " hits=2\n"), "%s", h.text);
		cr_expect(says(&h, "event=summary_interface_ignored "), "%s", h.text);
		cr_expect(says(&h, " filtered_source=2\n"), "%s", h.text);
		cr_expect(says(&h, " filtered_sources=2\n"), "%s", h.text);
	}
}

/* Sets all of them, whatever their names are. */
static void fill(void *counters, size_t size)
{
	uint64_t *each = counters;

	for (size_t i = 0; i < size / sizeof(*each); i++)
		each[i] = 1234567;
}

Test(summary, has_room_for_everything_at_once)
{
	WORLDS(w)
	{
		struct summary s;
		struct heard h = {0};
		struct iface *up;

		summary_init(&s, w->now);
		world_start(w, 0);
		up = proxy_find_iface(w->proxy, UP);
		snprintf(up->name, sizeof(up->name), "fifteenletters0");
		fill(&up->counters, sizeof(up->counters));
		fill(&w->proxy->env.counters, sizeof(w->proxy->env.counters));
		summary_write(&s, w->proxy, w->now, true, hear, &h);
		cr_expect_eq(h.lines, 5, "%s", h.text);
		cr_expect(says(&h, " wrong_version=1234567\n"), "the last key of summary_refused: %s", h.text);
		cr_expect(says(&h, " unknown_type=1234567\n"), "of summary_interface_drops: %s", h.text);
		cr_expect(says(&h, " router_alert_lenient=1234567\n"), "of summary_interface_ignored: %s", h.text);
		cr_expect(says(&h, " sources_refused=1234567\n"), "of summary_interface: %s", h.text);
		cr_expect(says(&h, " uptime=0\n"), "of summary: %s", h.text);
	}
}
