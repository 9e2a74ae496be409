#include "shown.h"

#include <err.h>
#include <errno.h>
#include <event2/buffer.h>
#include <stdlib.h>
#include <string.h>

/* --- the kernel and the daemon, as far as stats asks them --- */

static int op_traffic(void *ctx, enum family family, uint32_t ifindex, struct iface_traffic *traffic)
{
	const struct shown *s = ctx;

	(void)family, (void)ifindex;
	if (s->traffic_error)
		return -s->traffic_error;
	*traffic = s->traffic;
	return 0;
}

static uint64_t op_receive_drops(void *ctx, enum family family)
{
	const struct shown *s = ctx;

	return s->receive_drops[family];
}

static uint64_t op_syslog_lost(void *ctx)
{
	const struct shown *s = ctx;

	return s->syslog_lost;
}

static uint64_t op_log_messages(void *ctx, int priority)
{
	(void)ctx;
	return (uint64_t)priority;
}

static struct mtime op_clock(void *ctx)
{
	const struct shown *s = ctx;

	return s->stats.now;
}

static void op_sample(void *ctx)
{
	const struct shown *s = ctx;

	for (enum family f = 0; f < FAMILY_COUNT; f++)
		if (s->worlds[f])
			proxy_sample(s->worlds[f]->proxy, s->worlds[f]->now);
}

static bool op_is_sampling(void *ctx)
{
	(void)ctx;
	return false;
}

static int op_unresolved(void *ctx, uint64_t *n)
{
	const struct shown *s = ctx;

	*n = s->unresolved;
	return 0;
}

static void op_link(void *ctx, uint32_t ifindex, enum family family, const struct addr *group,
		    struct link_evidence *evidence)
{
	const struct shown *s = ctx;

	(void)ifindex, (void)family, (void)group;
	*evidence = s->link;
}

static void op_route(void *ctx, const struct addr *source, struct route_evidence *evidence)
{
	const struct shown *s = ctx;

	(void)source;
	*evidence = s->route;
}

static void op_drops(void *ctx, struct drop_evidence *evidence)
{
	const struct shown *s = ctx;

	*evidence = s->drops;
}

static int op_probe_start(void *ctx, bool outgoing, uint32_t ifindex, const struct addr *source,
			  const struct addr *group)
{
	const struct shown *s = ctx;

	(void)outgoing, (void)ifindex, (void)source, (void)group;
	return -s->probe_error;
}

static void op_probe_stop(void *ctx, bool outgoing, struct sight *sight)
{
	const struct shown *s = ctx;

	*sight = s->sights[outgoing];
}

static const struct stats_ops shown_ops = {
	.traffic = op_traffic,
	.receive_drops = op_receive_drops,
	.syslog_lost = op_syslog_lost,
	.log_messages = op_log_messages,
	.clock = op_clock,
	.sample = op_sample,
	.is_sampling = op_is_sampling,
	.unresolved = op_unresolved,
	.link = op_link,
	.route = op_route,
	.drops = op_drops,
	.probe_start = op_probe_start,
	.probe_stop = op_probe_stop,
};

/* --- what the device does with the core's words --- */

static bool hear(struct world *w, const struct event *event)
{
	struct shown *s = w->hear_ctx;

	feed_event(&s->stats.feed, s->stats.unix_time, event);
	return true;
}

static bool account(struct world *w, const struct addr *group, bool joined)
{
	struct shown *s = w->hear_ctx;

	return series_account(&s->stats.series[w->family], group, joined);
}

static void bury(struct world *w, const struct addr *group, const char *iface, const struct group_totals *counted)
{
	struct shown *s = w->hear_ctx;

	series_retire(&s->stats.series[w->family], w->now, group, iface, counted);
}

/* --- life --- */

void shown_add(struct shown *s, struct world *w)
{
	s->worlds[w->family] = w;
	s->stats.proxies[w->family] = w->proxy;
	if (!series_init(&s->stats.series[w->family], w->proxy, &s->stats.series_room))
		err(1, "shown");
	w->hear = hear;
	w->bury = bury;
	w->account = account;
	w->hear_ctx = s;
	shown_turn(s);
}

void shown_begin(struct shown *s, struct world *w, size_t max_groups)
{
	*s = (struct shown){.stats.ops = &shown_ops};
	s->stats.ctx = s;
	s->upstream = (struct stats_link){w->links[UP].state.name, &w->links[UP].settings};
	s->stats.links = &s->upstream;
	s->stats.n_links = 1;
	s->stats.daemon = (struct stats_daemon){
		.version = "1.0",
		.revision = "abc",
		.pid = 42,
		.start_time = 1700000000.125,
		.config_file = "/etc/mcast-proxy.conf",
		.last_reload_ok = true,
		.last_reload_time = 1700000000.125,
		.max_flows = 65536,
	};
	s->stats.max_clients = 32;
	s->stats.limits_reached.grew = s->stats.overruns.grew = MTIME_NEVER;
	feed_init(&s->stats.feed);
	s->stats.series_room.max = max_groups;
	shown_add(s, w);
}

void shown_end(struct shown *s)
{
	for (enum family f = 0; f < FAMILY_COUNT; f++) {
		struct world *w = s->worlds[f];

		if (!w)
			continue;
		w->hear = NULL;
		w->bury = NULL;
		w->account = NULL;
		series_fini(&s->stats.series[f]);
	}
}

void shown_turn(struct shown *s)
{
	for (enum family f = 0; f < FAMILY_COUNT; f++)
		if (s->worlds[f])
			s->stats.now = s->worlds[f]->now;
	s->stats.unix_time = 1700000000 + (double)s->stats.now.us / 1e6;
}

/* --- documents --- */

static char *text_of(struct evbuffer *out)
{
	size_t len = evbuffer_get_length(out);
	char *text = malloc(len + 1);

	if (!text)
		err(1, "shown");
	evbuffer_remove(out, text, len);
	text[len] = '\0';
	return text;
}

char *shown_text_while(struct document *d, void (*between)(void *ctx), void *ctx)
{
	struct evbuffer *out = evbuffer_new();
	enum document_state state;
	char *text;

	if (!d || !out)
		err(1, "shown");
	while ((state = d->step(d, out)) == DOCUMENT_MORE)
		if (between)
			between(ctx);
	d->free(d);
	text = state == DOCUMENT_FAILED ? NULL : text_of(out);
	evbuffer_free(out);
	return text;
}

char *shown_text(struct document *d)
{
	return shown_text_while(d, NULL, NULL);
}
