#include "eventlog.h"

#include <stdio.h>

#include "describe.h"
#include "line.h"
#include "mfc.h"

enum { LINES_A_WINDOW = 10 };
static const struct mspan window = {10000000};

static const struct {
	int priority;
	bool limited; /* somebody else decides how often it happens */
	bool apart;   /* each cause by itself: one must not hide another */
} kinds[EVENT_KINDS] = {
	[EVENT_IFACE_STATE] = {LOG_NOTICE, false, false},
	[EVENT_QUERIER] = {LOG_NOTICE, true, false},
	[EVENT_WRONG_VERSION] = {LOG_WARNING, true, false},
	[EVENT_GROUP_JOIN] = {LOG_DEBUG, false, false},
	[EVENT_GROUP_LEAVE] = {LOG_DEBUG, false, false},
	[EVENT_SUBSCRIBE_FAILED] = {LOG_WARNING, true, false},
	[EVENT_ROUTE_ADD] = {LOG_DEBUG, false, false},
	[EVENT_ROUTE_CHANGE] = {LOG_DEBUG, false, false},
	[EVENT_ROUTE_DELETE] = {LOG_DEBUG, false, false},
	[EVENT_ROUTE_MOVED] = {LOG_NOTICE, true, false},
	[EVENT_ROUTE_FAILED] = {LOG_WARNING, true, false},
	[EVENT_SOURCE_REFUSED] = {LOG_WARNING, true, true},
	[EVENT_PACKET_DROP] = {LOG_WARNING, true, false},
	[EVENT_LIMIT] = {LOG_WARNING, true, true},
};

void eventlog_init(struct eventlog *log, int max_priority, log_sink *sink, void *ctx)
{
	*log = (struct eventlog){.max_priority = max_priority, .sink = sink, .ctx = ctx};
}

static struct eventlog_bucket *bucket_of(struct eventlog *log, const struct event *e)
{
	return &log->buckets[e->kind][kinds[e->kind].apart ? e->cause : 0];
}

/* May this one be told? A new window starts afresh; what was held back is told with its first line. */
static bool take(struct eventlog_bucket *b, struct mtime now, const struct event *e)
{
	uint32_t bit = UINT32_C(1) << e->cause;

	if (b->lines == 0 || mtime_reached(mtime_after(b->begun, window), now)) {
		b->begun = now;
		b->lines = 0;
		b->told = 0;
	}
	if (b->lines >= LINES_A_WINDOW && (b->told & bit)) {
		b->suppressed += !e->again;
		return false;
	}
	b->lines++;
	b->told |= bit;
	return true;
}

/* For the operator who reads the log: the very line to add, which has a space and so stands on its own. */
static void tell_source_line(const struct eventlog *log, const struct event *e)
{
	char text[LINE_BYTES];
	char addr[ADDR_STRLEN];
	unsigned int bits = e->family == FAMILY_IPV4 ? 32 : 128;

	snprintf(text, sizeof(text), "interface %s: \"source %s/%u\" would admit it", e->iface,
		 addr_format(e->source, addr), bits);
	log->sink(log->ctx, LOG_WARNING, text);
}

bool eventlog_event(struct eventlog *log, struct mtime now, const struct event *event)
{
	struct eventlog_bucket *bucket = bucket_of(log, event);
	struct atom atoms[DESCRIBE_ATOMS];
	char value[DESCRIBE_VALUE_BYTES];
	struct line l;
	size_t n;

	if (kinds[event->kind].priority > log->max_priority)
		return true;
	if (kinds[event->kind].limited && !take(bucket, now, event))
		return false;
	line_begin(&l, describe_name(event->kind));
	n = describe_event(event, atoms);
	for (size_t k = 0; k < n; k++)
		line_word(&l, atoms[k].key, describe_value(&atoms[k], value));
	if (bucket->suppressed > 0)
		line_number(&l, "suppressed", bucket->suppressed);
	bucket->suppressed = 0;
	log->sink(log->ctx, kinds[event->kind].priority, l.text);
	if (event->kind == EVENT_SOURCE_REFUSED && event->cause == FLOW_SOURCE_NOT_ALLOWED)
		tell_source_line(log, event);
	return true;
}
