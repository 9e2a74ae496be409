/* Events become lines: the words of each kind, its level, and how often it may be told. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "eventlog.h"
#include "line.h"

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
			  .source = &reporter, .mode = GM_EXCLUDE, .protocol = GM_IGMPV3};

	eventlog_init(&log, LOG_DEBUG, hear, &h);
	eventlog_event(&log, at(1), &e);
	cr_expect_eq(h.priority, LOG_DEBUG);
	cr_expect_str_eq(h.last, "event=group_join family=ipv4 interface=lan0 group=239.1.2.3 reporter=192.168.1.20 "
				  "protocol=igmpv3 mode=exclude");
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
			  .source = &source};

	eventlog_init(&log, LOG_DEBUG, hear, &h);
	eventlog_event(&log, at(1), &e);
	cr_expect_eq(h.priority, LOG_WARNING);
	cr_expect_str_eq(h.before, "event=source_refused family=ipv6 interface=up0 src=2001:db8::7 group=ff3e::1");
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
