#include "eventlog.h"

#include <stdio.h>

#include "line.h"
#include "mfc.h"

enum { LINES_A_WINDOW = 10 };
static const struct mspan window = {10000000};

typedef void detail(struct line *l, const struct event *e);

static void group_detail(struct line *l, const struct event *e)
{
	line_addr(l, "group", e->group);
	line_addr(l, "reporter", e->source);
	line_word(l, "protocol", gm_protocol_name(e->protocol));
	line_word(l, "mode", gm_filter_mode_name(e->mode));
	line_word(l, "reason", e->word);
}

static void route_detail(struct line *l, const struct event *e)
{
	line_addr(l, "group", e->group);
	line_addr(l, "src", e->source);
	line_number(l, "oifs", e->value);
	line_word(l, "reason", e->word);
	line_errno(l, e->error);
}

static void iface_detail(struct line *l, const struct event *e)
{
	line_word(l, "state", e->word);
	line_number(l, "ifindex", e->value);
	line_errno(l, e->error);
}

static void querier_detail(struct line *l, const struct event *e)
{
	line_addr(l, "querier", e->source);
	line_number(l, "self", e->value);
}

static void version_detail(struct line *l, const struct event *e)
{
	line_addr(l, "querier", e->source);
	line_word(l, "protocol", gm_protocol_name(e->protocol));
}

static void subscribe_detail(struct line *l, const struct event *e)
{
	line_addr(l, "group", e->group);
	line_errno(l, e->error);
	line_number(l, "retry", e->value);
}

static void refused_detail(struct line *l, const struct event *e)
{
	line_addr(l, "src", e->source);
	line_addr(l, "group", e->group);
	line_word(l, "reason", e->word);
}

static void drop_detail(struct line *l, const struct event *e)
{
	line_addr(l, "reporter", e->source);
	line_word(l, "reason", e->word);
}

static void limit_detail(struct line *l, const struct event *e)
{
	line_word(l, "limit", e->word);
	if (e->value > 0)
		line_number(l, "value", e->value);
	line_addr(l, "group", e->group);
}

static const struct {
	const char *name;
	int priority;
	bool limited; /* somebody else decides how often it happens */
	bool apart;   /* each cause by itself: one must not hide another */
	detail *detail;
} kinds[EVENT_KINDS] = {
	[EVENT_IFACE_STATE] = {"interface_state", LOG_NOTICE, false, false, iface_detail},
	[EVENT_QUERIER] = {"querier_change", LOG_NOTICE, true, false, querier_detail},
	[EVENT_WRONG_VERSION] = {"wrong_version", LOG_WARNING, true, false, version_detail},
	[EVENT_GROUP_JOIN] = {"group_join", LOG_DEBUG, false, false, group_detail},
	[EVENT_GROUP_LEAVE] = {"group_leave", LOG_DEBUG, false, false, group_detail},
	[EVENT_SUBSCRIBE_FAILED] = {"join_failed", LOG_WARNING, true, false, subscribe_detail},
	[EVENT_ROUTE_ADD] = {"route_add", LOG_DEBUG, false, false, route_detail},
	[EVENT_ROUTE_CHANGE] = {"route_change", LOG_DEBUG, false, false, route_detail},
	[EVENT_ROUTE_DELETE] = {"route_delete", LOG_DEBUG, false, false, route_detail},
	[EVENT_ROUTE_MOVED] = {"route_moved", LOG_NOTICE, true, false, route_detail},
	[EVENT_ROUTE_FAILED] = {"route_failed", LOG_WARNING, true, false, route_detail},
	[EVENT_SOURCE_REFUSED] = {"source_refused", LOG_WARNING, true, true, refused_detail},
	[EVENT_PACKET_DROP] = {"packet_drop", LOG_WARNING, true, false, drop_detail},
	[EVENT_LIMIT] = {"limit_reached", LOG_WARNING, true, true, limit_detail},
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
	struct line l;

	if (kinds[event->kind].priority > log->max_priority)
		return true;
	if (kinds[event->kind].limited && !take(bucket, now, event))
		return false;
	line_begin(&l, kinds[event->kind].name);
	line_word(&l, "family", family_name(event->family));
	line_word(&l, "interface", event->iface);
	kinds[event->kind].detail(&l, event);
	if (bucket->suppressed > 0)
		line_number(&l, "suppressed", bucket->suppressed);
	bucket->suppressed = 0;
	log->sink(log->ctx, kinds[event->kind].priority, l.text);
	if (event->kind == EVENT_SOURCE_REFUSED && event->cause == FLOW_SOURCE_NOT_ALLOWED)
		tell_source_line(log, event);
	return true;
}
