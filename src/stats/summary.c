#include "summary.h"

#include <string.h>

#include "line.h"

enum { SUMMARY_GROUPS = 10 };

void summary_init(struct summary *s, struct mtime now)
{
	*s = (struct summary){.started = now, .last = now};
}

static uint64_t sum(const uint64_t *counters, size_t n)
{
	uint64_t total = 0;

	for (size_t i = 0; i < n; i++)
		total += counters[i];
	return total;
}

static uint64_t queries(const uint64_t counters[GM_PROTOCOLS][GM_QUERY_KINDS])
{
	return sum(&counters[0][0], (size_t)GM_PROTOCOLS * GM_QUERY_KINDS);
}

static struct summary_totals totals_of(const struct iface_counters *c)
{
	return (struct summary_totals){
		.reports = sum(c->reports, GM_PROTOCOLS),
		.leaves = sum(c->leaves, GM_PROTOCOLS),
		.queries_sent = queries(c->queries_sent),
		.queries_received = queries(c->queries_received),
		.drops = sum(c->malformed, GM_REFUSALS),
	};
}

static struct summary_totals totals(const struct proxy *p)
{
	struct iface_counters all = p->retired;
	struct summary_totals t;
	const struct iface *i;

	TAILQ_FOREACH(i, &p->ifaces, entry)
		iface_counters_add(&all, &i->counters);
	t = totals_of(&all);
	t.packets = p->env.counters.flows.forwarded_packets;
	t.bytes = p->env.counters.flows.forwarded_bytes;
	t.wrong_interface = p->env.counters.flows.wrong_if_packets;
	return t;
}

static size_t wanted_groups(const struct proxy *p)
{
	const struct table_node *node;
	size_t n = 0;

	for (node = table_walk(&p->db.table, NULL); node; node = table_walk(&p->db.table, node))
		n += membership_is_wanted(TABLE_OBJECT(node, struct membership, node));
	return n;
}

static void write_family(struct summary *s, const struct proxy *p, struct mtime now, bool asked, log_sink *sink,
			 void *ctx)
{
	struct summary_totals t = totals(p);
	struct line l;
	bool quiet;

	t.receive_drops = s->receive_drops;
	quiet = memcmp(&t, &s->told, sizeof(t)) == 0;
	line_begin(&l, "summary");
	line_word(&l, "family", family_name(p->env.proto->family));
	line_number(&l, "interval", (uint64_t)(mtime_since(now, s->last).us / 1000000));
	line_number(&l, "groups", wanted_groups(p));
	line_number(&l, "routes", p->mfc.table.count);
	line_number(&l, "reports", t.reports - s->told.reports);
	line_number(&l, "leaves", t.leaves - s->told.leaves);
	line_number(&l, "queries_sent", t.queries_sent - s->told.queries_sent);
	line_number(&l, "queries_received", t.queries_received - s->told.queries_received);
	line_number(&l, "packets", t.packets - s->told.packets);
	line_number(&l, "bytes", t.bytes - s->told.bytes);
	line_number(&l, "wrong_interface", t.wrong_interface - s->told.wrong_interface);
	line_number(&l, "drops", t.drops - s->told.drops);
	line_number(&l, "receive_drops", t.receive_drops - s->told.receive_drops);
	line_number(&l, "longest_turn_us", (uint64_t)s->longest_turn.us);
	line_number(&l, "uptime", (uint64_t)(mtime_since(now, s->started).us / 1000000));
	sink(ctx, quiet && !asked ? LOG_DEBUG : LOG_INFO, l.text);
	s->told = t;
	s->last = now;
}

static void write_iface(const struct proxy *p, const struct iface *i, log_sink *sink, void *ctx)
{
	struct summary_totals t = totals_of(&i->counters);
	struct line l;

	line_begin(&l, "summary_interface");
	line_word(&l, "family", family_name(p->env.proto->family));
	line_word(&l, "interface", i->name);
	line_word(&l, "role", i->settings->role == ROLE_UPSTREAM ? "upstream" : "downstream");
	line_word(&l, "state", iface_state_name(i->state));
	line_number(&l, "groups", i == p->db.upstream ? p->db.n_joined : i->querier.groups.count);
	line_number(&l, "reports", t.reports);
	line_number(&l, "leaves", t.leaves);
	line_number(&l, "queries_sent", t.queries_sent);
	line_number(&l, "queries_received", t.queries_received);
	line_number(&l, "joins", i->counters.joins);
	line_number(&l, "timeouts", i->counters.timeouts);
	line_number(&l, "drops", t.drops);
	line_number(&l, "sources_refused", i->counters.sources_refused);
	sink(ctx, LOG_INFO, l.text);
}

static void write_group(const struct proxy *p, const struct membership *m, log_sink *sink, void *ctx)
{
	struct group_counters all = {0};
	const struct group *g;
	uint64_t members = 0;
	struct line l;

	TAILQ_FOREACH(g, &m->groups, beside) {
		members++;
		all.reports += g->counters.reports;
		all.leaves += g->counters.leaves;
		all.queries_sent += g->counters.queries_sent;
	}
	line_begin(&l, "summary_group");
	line_word(&l, "family", family_name(p->env.proto->family));
	line_addr(&l, "group", &m->group);
	line_number(&l, "members", members);
	line_word(&l, "upstream", m->joined ? "joined" : m->error ? "failed" : "none");
	line_number(&l, "reports", all.reports);
	line_number(&l, "leaves", all.leaves);
	line_number(&l, "queries_sent", all.queries_sent);
	line_number(&l, "packets", m->counters.forwarded_packets);
	line_number(&l, "bytes", m->counters.forwarded_bytes);
	line_number(&l, "blocked", m->counters.blocked_packets);
	line_number(&l, "wrong_interface", m->counters.wrong_if_packets);
	sink(ctx, LOG_INFO, l.text);
}

/* More packets first; then by address, so that runs compare. */
static bool is_busier(const struct membership *a, const struct membership *b)
{
	if (a->counters.forwarded_packets != b->counters.forwarded_packets)
		return a->counters.forwarded_packets > b->counters.forwarded_packets;
	return addr_cmp(&a->group, &b->group) < 0;
}

/* Keeps the busiest, sorted, in top; returns how many there are. */
static size_t insert_busiest(const struct membership *top[SUMMARY_GROUPS], size_t n, const struct membership *m)
{
	size_t at = n;

	while (at > 0 && is_busier(m, top[at - 1]))
		at--;
	if (at == SUMMARY_GROUPS)
		return n;
	if (n == SUMMARY_GROUPS)
		n--;
	memmove(&top[at + 1], &top[at], (n - at) * sizeof(*top));
	top[at] = m;
	return n + 1;
}

static void write_groups(const struct proxy *p, log_sink *sink, void *ctx)
{
	const struct membership *top[SUMMARY_GROUPS];
	const struct table_node *node;
	size_t n = 0;

	for (node = table_walk(&p->db.table, NULL); node; node = table_walk(&p->db.table, node))
		n = insert_busiest(top, n, TABLE_OBJECT(node, struct membership, node));
	for (size_t i = 0; i < n; i++)
		write_group(p, top[i], sink, ctx);
}

void summary_write(struct summary *s, const struct proxy *p, struct mtime now, bool asked, log_sink *sink, void *ctx)
{
	const struct iface *i;

	write_family(s, p, now, asked, sink, ctx);
	if (!asked)
		return;
	TAILQ_FOREACH(i, &p->ifaces, entry)
		write_iface(p, i, sink, ctx);
	write_groups(p, sink, ctx);
}
