/* Events become lines: the words of each kind, its level, and how often it may be told. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "eventlog.h"
#include "line.h"
#include "world.h"

struct heard {
	unsigned int lines;
	int priority;
	char last[2 * LINE_BYTES];
	char before[2 * LINE_BYTES];
};

static void hear(void *ctx, int priority, const char *line)
{
	struct heard *h = ctx;

	h->lines++;
	h->priority = priority;
	memcpy(h->before, h->last, sizeof(h->before));
	snprintf(h->last, sizeof(h->last), "%s", line);
}

static struct addr address(const char *text)
{
	struct addr a;

	cr_assert(addr_parse(text, &a));
	return a;
}

static struct mtime at(int64_t seconds)
{
	return mtime_after((struct mtime){0}, mspan_seconds(seconds));
}

Test(eventlog, tells_a_join_at_debug)
{
	struct heard h = {0};
	struct eventlog log;
	struct addr group = address("239.1.2.3");
	struct addr reporter = address("192.168.1.20");
	struct event e = {.kind = EVENT_GROUP_JOIN, .family = FAMILY_IPV4, .iface = "lan0", .group = &group,
			  .source = &reporter, .value = 1, .mode = GM_EXCLUDE, .protocol = GM_IGMPV3};

	eventlog_init(&log, LOG_DEBUG, hear, &h);
	eventlog_event(&log, at(1), &e);
	cr_expect_eq(h.priority, LOG_DEBUG);
	cr_expect_str_eq(h.last, "event=group_join family=ipv4 interface=lan0 group=239.1.2.3 reporter=192.168.1.20 "
				  "protocol=igmpv3 mode=exclude members=1");
}

Test(eventlog, passes_over_what_nobody_reads)
{
	struct heard h = {0};
	struct eventlog log;
	struct addr group = address("239.1.2.3");
	struct event e = {.kind = EVENT_GROUP_JOIN, .family = FAMILY_IPV4, .iface = "lan0", .group = &group};

	eventlog_init(&log, LOG_INFO, hear, &h);
	eventlog_event(&log, at(1), &e);
	cr_expect_eq(h.lines, 0);
	e.kind = EVENT_IFACE_STATE;
	eventlog_event(&log, at(1), &e);
	cr_expect_eq(h.lines, 1);
}

Test(eventlog, names_the_line_that_admits_a_source)
{
	struct heard h = {0};
	struct eventlog log;
	struct addr group = address("ff3e::1");
	struct addr source = address("2001:db8::7");
	struct event e = {.kind = EVENT_SOURCE_REFUSED, .family = FAMILY_IPV6, .iface = "up0", .group = &group,
			  .source = &source, .word = "source_not_allowed", .cause = FLOW_SOURCE_NOT_ALLOWED};

	eventlog_init(&log, LOG_DEBUG, hear, &h);
	eventlog_event(&log, at(1), &e);
	cr_expect_eq(h.priority, LOG_WARNING);
	cr_expect_str_eq(h.before, "event=source_refused family=ipv6 interface=up0 src=2001:db8::7 group=ff3e::1 "
				  "reason=source_not_allowed");
	cr_expect_str_eq(h.last, "interface up0: \"source 2001:db8::7/128\" would admit it");
}

Test(eventlog, tells_a_failed_join_with_its_errno)
{
	struct heard h = {0};
	struct eventlog log;
	struct addr group = address("239.1.2.3");
	struct event e = {.kind = EVENT_SUBSCRIBE_FAILED, .family = FAMILY_IPV4, .iface = "up0", .group = &group,
			  .error = ENOBUFS, .value = 4};

	eventlog_init(&log, LOG_DEBUG, hear, &h);
	eventlog_event(&log, at(1), &e);
	cr_expect_str_eq(h.last, "event=join_failed family=ipv4 interface=up0 group=239.1.2.3 errno=ENOBUFS retry=4");
	e.error = 9999;
	eventlog_event(&log, at(1), &e);
	cr_expect_str_eq(h.last, "event=join_failed family=ipv4 interface=up0 group=239.1.2.3 errno=9999 retry=4");
	e.error = 0;
	eventlog_event(&log, at(1), &e);
	cr_expect_str_eq(h.last, "event=join_failed family=ipv4 interface=up0 group=239.1.2.3 retry=4");
}

Test(eventlog, holds_back_what_the_network_could_cause_at_will)
{
	struct heard h = {0};
	struct eventlog log;
	struct addr reporter = address("192.0.2.7");
	struct event e = {.kind = EVENT_PACKET_DROP, .family = FAMILY_IPV4, .iface = "lan0", .source = &reporter,
			  .word = "bad_checksum"};

	eventlog_init(&log, LOG_DEBUG, hear, &h);
	for (int i = 0; i < 1000; i++)
		eventlog_event(&log, at(5), &e);
	cr_expect_eq(h.lines, 10);
	eventlog_event(&log, at(14), &e);
	cr_expect_eq(h.lines, 10);
	eventlog_event(&log, at(15), &e);
	cr_expect_eq(h.lines, 11);
	cr_expect_str_eq(h.last, "event=packet_drop family=ipv4 interface=lan0 reporter=192.0.2.7 "
				  "reason=bad_checksum suppressed=991");
	eventlog_event(&log, at(16), &e);
	cr_expect_null(strstr(h.last, "suppressed"));
}

Test(eventlog, holds_back_no_change_of_state)
{
	struct heard h = {0};
	struct eventlog log;
	struct event e = {.kind = EVENT_IFACE_STATE, .family = FAMILY_IPV4, .iface = "lan0", .word = "up", .value = 3};

	eventlog_init(&log, LOG_DEBUG, hear, &h);
	for (int i = 0; i < 1000; i++)
		eventlog_event(&log, at(1), &e);
	cr_expect_eq(h.lines, 1000);
	cr_expect_eq(h.priority, LOG_NOTICE);
	cr_expect_str_eq(h.last, "event=interface_state family=ipv4 interface=lan0 state=up ifindex=3");
}

static struct event drop(const char *word, enum gm_refusal refusal)
{
	return (struct event){.kind = EVENT_PACKET_DROP, .family = FAMILY_IPV4, .iface = "lan0", .word = word,
			      .cause = refusal};
}

Test(eventlog, tells_a_new_reason_in_the_middle_of_a_flood_of_another)
{
	struct heard h = {0};
	struct eventlog log;
	struct event flood = drop("bad_checksum", GM_BAD_CHECKSUM);
	struct event other = drop("short", GM_SHORT);

	eventlog_init(&log, LOG_DEBUG, hear, &h);
	for (int i = 0; i < 1000; i++)
		eventlog_event(&log, at(5), &flood);
	eventlog_event(&log, at(6), &other);
	cr_expect_eq(h.lines, 11);
	cr_expect_str_eq(h.last, "event=packet_drop family=ipv4 interface=lan0 reason=short suppressed=990");
	for (int i = 0; i < 1000; i++)
		eventlog_event(&log, at(7), &other);
	cr_expect_eq(h.lines, 11, "once: both are told now");
	eventlog_event(&log, at(15), &flood);
	eventlog_event(&log, at(15), &other);
	cr_expect_eq(h.lines, 13, "a new window");
}

Test(eventlog, counts_the_lines_of_each_limit_by_itself)
{
	static const char *const names[] = {"groups", "sources", "flows", "memory"};
	struct heard h = {0};
	struct eventlog log;
	struct addr group = address("239.1.2.3");
	struct event e = {.kind = EVENT_LIMIT, .family = FAMILY_IPV4, .iface = "lan0", .group = &group, .value = 7};

	eventlog_init(&log, LOG_DEBUG, hear, &h);
	for (e.cause = 0; e.cause < LIMIT_KINDS; e.cause++) {
		e.word = names[e.cause];
		for (unsigned int i = 0; i < 100 * (e.cause + 1); i++)
			eventlog_event(&log, at(1), &e);
		cr_expect_eq(h.lines, 10 * (e.cause + 1), "ten of %s", e.word);
	}
	e.cause = LIMIT_SOURCES;
	e.word = "sources";
	eventlog_event(&log, at(11), &e);
	cr_expect_str_eq(h.last, "event=limit_reached family=ipv4 interface=lan0 limit=sources value=7 "
				  "group=239.1.2.3 suppressed=190");
}

/* --- sources that are refused, all at once --- */

/* What a log of the flood of refusals says. */
struct told {
	struct eventlog log;
	unsigned int lines;
	unsigned int advice;
	unsigned int suppressed;
	bool heard[300];
};

static void note(void *ctx, int priority, const char *line)
{
	struct told *t = ctx;
	const char *suppressed = strstr(line, "suppressed=");

	cr_assert_eq(priority, LOG_WARNING);
	t->lines += strncmp(line, "event=source_refused ", 21) == 0;
	t->advice += strstr(line, "would admit it") != NULL;
	if (suppressed)
		t->suppressed += (unsigned int)atoi(suppressed + 11);
}

/* Which of the foreign sources it is, from its last two bytes. */
static unsigned int number_of(const struct addr *source)
{
	return source->bytes[14] * 256U + source->bytes[15];
}

static bool pass_on(struct world *w, const struct event *event)
{
	struct told *t = w->hear_ctx;
	bool told = event->kind != EVENT_SOURCE_REFUSED || eventlog_event(&t->log, w->now, event);

	if (event->kind == EVENT_SOURCE_REFUSED && told) {
		cr_assert(!t->heard[number_of(event->source)], "each is told once");
		t->heard[number_of(event->source)] = true;
	}
	return told;
}

static struct addr foreign(enum family family, unsigned int n)
{
	struct addr a = address(family == FAMILY_IPV4 ? "203.0.0.0" : "2001:db8:5::");

	a.bytes[14] = (uint8_t)(n / 256);
	a.bytes[15] = (uint8_t)n;
	return a;
}

static unsigned int told_among(const struct told *t, unsigned int first, unsigned int end)
{
	unsigned int n = 0;

	for (; first < end; first++)
		n += t->heard[first];
	return n;
}

/* Each sends one packet and is never heard again. */
Test(eventlog, tells_of_every_refused_source_in_the_end)
{
	WORLDS(w)
	{
		struct told t = {0};

		eventlog_init(&t.log, LOG_INFO, note, &t);
		w->hear = pass_on;
		w->hear_ctx = &t;
		world_start(w, 1);
		for (unsigned int n = 0; n < 300; n++) {
			struct addr source = foreign(w->family, n);

			world_packets(w, UP, &source, 1, 1);
		}
		cr_expect_eq(t.lines, 10);
		world_pass(w, mspan_seconds(300));
		cr_expect_eq(t.lines, 256);
		cr_expect_eq(t.advice, 256);
		cr_expect_eq(told_among(&t, 0, 256), 256, "the first ones");
		cr_expect_eq(t.suppressed, 290, "held back at first, not at each try");
		cr_expect_eq(proxy_find_iface(w->proxy, UP)->counters.sources_refused, 300);
		world_pass(w, mspan_seconds(80));
		cr_expect_eq(w->n_entries, 0, "nobody stays to be told for ever");
		w->hear = NULL;
	}
}

Test(eventlog, has_no_advice_for_a_source_of_bad_scope)
{
	WORLDS(w)
	{
		struct told t = {0};
		struct addr local = address(w->family == FAMILY_IPV4 ? "169.254.0.9" : "fe80::9");
		struct addr source = foreign(w->family, 1);

		eventlog_init(&t.log, LOG_INFO, note, &t);
		w->hear = pass_on;
		w->hear_ctx = &t;
		world_start(w, 1);
		world_packets(w, UP, &local, 1, 1);
		cr_expect_eq(t.lines, 1);
		cr_expect_eq(t.advice, 0);
		for (unsigned int group = 2; group < 40; group++)
			world_packets(w, UP, &local, group, 1);
		cr_expect_eq(t.lines, 1, "once a minute");
		world_packets(w, UP, &source, 1, 1);
		cr_expect_eq(t.lines, 2);
		cr_expect_eq(t.advice, 1);
		w->hear = NULL;
	}
}
