#include "page.h"

#include <event2/buffer.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "document.h"
#include "iface_order.h"
#include "reason.h"
#include "stats.h"
#include "walk.h"

enum { KEYS_A_STEP = 512, BUSIEST = 10 };

/* The groups that carried most, and how many there are of each reason: looked at in slices, then all is written at once. */
struct page {
	struct document document;
	const struct stats *stats;
	struct walk walk;
	uint64_t by_reason[REASONS];
	struct busy {
		struct addr group;
		uint64_t packets;
	} top[BUSIEST];
	size_t n_top;
};

/* --- looking --- */

static void note_busy(struct page *p, const struct addr *group, uint64_t packets)
{
	size_t at = p->n_top;

	while (at > 0 && packets > p->top[at - 1].packets)
		at--;
	if (at == BUSIEST)
		return;
	if (p->n_top < BUSIEST)
		p->n_top++;
	memmove(&p->top[at + 1], &p->top[at], (p->n_top - 1 - at) * sizeof(*p->top));
	p->top[at] = (struct busy){.group = *group, .packets = packets};
}

static void look_at(struct page *p, const struct addr *group)
{
	const struct membership *m = memberdb_find(&p->stats->proxies[p->walk.family]->db, group);

	if (!m)
		return;
	p->by_reason[reason_of_group(p->stats, m).reason]++;
	note_busy(p, &m->group, series_of_group(&p->stats->series[p->walk.family], m).flows.forwarded_packets);
}

static enum walk_state look(struct page *p)
{
	enum walk_state state = WALK_KEY;
	struct roster_key key;

	for (int k = 0; k < KEYS_A_STEP && state == WALK_KEY; k++) {
		state = walk_next(&p->walk, KEYS_A_STEP, &key);
		if (state == WALK_KEY)
			look_at(p, &key.group);
	}
	return state;
}

/* --- writing --- */

static void write_head(const struct page *p, struct evbuffer *out)
{
	const struct stats *stats = p->stats;
	const char *causes[STATS_CAUSES];
	size_t n = stats_health(stats, causes);

	evbuffer_add_printf(out, "mcast-proxy %s, pid %lld, up %.0f s: %s", stats->daemon.version,
			    (long long)stats->daemon.pid, stats->unix_time - stats->daemon.start_time,
			    n > 0 ? "DEGRADED" : "ok");
	for (size_t k = 0; k < n; k++)
		evbuffer_add_printf(out, "%s%s", k > 0 ? ", " : ": ", causes[k]);
	evbuffer_add_printf(out, "\nconfiguration %s, read again %" PRIu64 " times, refused %" PRIu64 " times%s\n",
			    stats->daemon.config_file, stats->daemon.reloads, stats->daemon.reload_failures,
			    stats->daemon.last_reload_ok ? "" : ", the last time too");
	evbuffer_add_printf(out, "\nSee also /metrics /metrics/sg /json /events /diagnose?group=G /healthz\n");
}

static uint64_t count_malformed(const struct proxy *p)
{
	struct iface_counters all = stats_count_ifaces(p);
	uint64_t n = 0;

	for (enum gm_refusal r = GM_OK + 1; r < GM_REFUSALS; r++)
		n += all.malformed[r];
	return n;
}

/* What the summary in the log says of a family, since the start. */
static void write_family(const struct stats *stats, const struct proxy *p, struct evbuffer *out)
{
	const struct proxy_counters *c = &p->env.counters;

	evbuffer_add_printf(out, "%-4s %8zu %8zu %8zu %12" PRIu64 " %15" PRIu64 " %8" PRIu64 " %8" PRIu64 "\n",
			    family_name(p->env.proto->family), p->db.n_joined, p->mfc.table.count, p->mfc.n_unwanted,
			    c->flows.forwarded_packets, c->flows.forwarded_bytes, count_malformed(p),
			    stats->ops->receive_drops(stats->ctx, p->env.proto->family));
}

static void write_families(const struct page *p, struct evbuffer *out)
{
	evbuffer_add_printf(out, "\n%-4s %8s %8s %8s %12s %15s %8s %8s\n", "", "JOINED", "ROUTES", "BLOCKED", "PACKETS",
			    "BYTES", "DROPPED", "OVERRUN");
	for (enum family f = 0; f < FAMILY_COUNT; f++)
		if (p->stats->proxies[f])
			write_family(p->stats, p->stats->proxies[f], out);
}

/* Those that mattered. */
static void write_limits(const struct page *p, struct evbuffer *out)
{
	struct stats_limit limits[STATS_LIMITS];
	size_t n = 0;

	stats_limits(p->stats, limits);
	for (size_t k = 0; k < STATS_LIMITS; k++)
		if (limits[k].reached > 0)
			evbuffer_add_printf(out, "%s%s %" PRIu64 " times", n++ > 0 ? ", " : "\nLIMITS REACHED: ",
					    limits[k].name, limits[k].reached);
	if (n > 0)
		evbuffer_add_printf(out, "\n");
}

static void write_iface(struct evbuffer *out, const struct iface *i)
{
	const struct querier *q = &i->querier;
	char address[ADDR_STRLEN] = "-";

	if (q->running)
		addr_format(q->elected ? &i->address : &q->other_address, address);
	evbuffer_add_printf(out, "%-15s %-4s %-10s %-12s %6zu  %s%s\n", i->name, family_name(i->env->proto->family),
			    i->settings->role == ROLE_UPSTREAM ? "upstream" : "downstream", iface_state_name(i->state),
			    q->running ? q->groups.count : 0, address, q->running && q->elected ? " (us)" : "");
}

static void write_ifaces(const struct page *p, struct evbuffer *out)
{
	evbuffer_add_printf(out, "\n%-15s %-4s %-10s %-12s %6s  %s\n", "INTERFACE", "", "ROLE", "STATE", "GROUPS",
			    "QUERIER");
	for (enum family f = 0; f < FAMILY_COUNT; f++) {
		struct iface_order order;

		iface_order_init(&order, p->stats->proxies[f]);
		for (size_t k = 0; k < order.n; k++)
			write_iface(out, order.list[k]);
		iface_order_fini(&order);
	}
}

static void write_groups(const struct page *p, struct evbuffer *out)
{
	char group[ADDR_STRLEN];

	evbuffer_add_printf(out, "\nGROUPS BY REASON\n");
	for (enum reason r = 0; r < REASONS; r++)
		if (p->by_reason[r] > 0)
			evbuffer_add_printf(out, "%-20s %8" PRIu64 "\n", reason_name(r), p->by_reason[r]);
	evbuffer_add_printf(out, "\n%-40s %s\n", "BUSIEST GROUPS", "PACKETS");
	for (size_t k = 0; k < p->n_top; k++)
		evbuffer_add_printf(out, "%-40s %" PRIu64 "\n", addr_format(&p->top[k].group, group),
				    p->top[k].packets);
}

static enum document_state step(struct document *d, struct evbuffer *out)
{
	struct page *p = (struct page *)d;
	enum walk_state state = look(p);

	if (state != WALK_END)
		return state == WALK_NO_MEMORY ? DOCUMENT_FAILED : DOCUMENT_MORE;
	write_head(p, out);
	write_families(p, out);
	write_limits(p, out);
	write_ifaces(p, out);
	write_groups(p, out);
	return DOCUMENT_DONE;
}

static void page_free(struct document *d)
{
	struct page *p = (struct page *)d;

	walk_fini(&p->walk);
	free(p);
}

struct document *page_new(const struct stats *stats)
{
	struct page *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->document = (struct document){.content_type = "text/plain; charset=utf-8", .step = step, .free = page_free};
	p->stats = stats;
	walk_init(&p->walk, stats->proxies, WALK_GROUPS);
	return &p->document;
}
