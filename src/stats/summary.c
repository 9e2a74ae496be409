#include "summary.h"

#include <string.h>

#include "line.h"
#include "stats.h"

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

/* The keys of the line; short, so that all of them fit into one. */
static const char *const refused_names[SUMMARY_REFUSED] = {
	[REFUSED_SOURCES] = "sources_refused",
	[REFUSED_BAD_SOURCE_SCOPE] = "bad_source_scope",
	[REFUSED_FILTERED_GROUPS] = "filtered_groups",
	[REFUSED_FILTERED_SOURCES] = "filtered_sources",
	[REFUSED_SSM] = "ssm_ignored",
	[LENIENT_SSM] = "ssm_lenient",
	[REFUSED_LIMIT_GROUPS] = "limit_groups",
	[REFUSED_LIMIT_SOURCES] = "limit_sources",
	[REFUSED_LIMIT_FLOWS] = "limit_flows",
	[REFUSED_LIMIT_VIFS] = "limit_vifs",
	[FAILED_MEMORY] = "no_memory",
	[FAILED_JOINS] = "join_failures",
	[FAILED_ROUTES] = "route_failures",
	[ABANDONED_ROUTES] = "routes_abandoned",
	[FAILED_SENDS] = "send_errors",
	[WRONG_VERSIONS] = "wrong_version",
};

static void sum_refused(uint64_t refused[SUMMARY_REFUSED], const struct iface_counters *i,
			const struct proxy_counters *p)
{
	refused[REFUSED_SOURCES] = i->sources_refused;
	refused[REFUSED_BAD_SOURCE_SCOPE] = i->bad_source_scope;
	refused[REFUSED_FILTERED_GROUPS] = i->ignored[IGNORED_FILTERED_GROUP];
	refused[REFUSED_FILTERED_SOURCES] = i->ignored[IGNORED_FILTERED_SOURCE];
	refused[REFUSED_SSM] = i->ignored[IGNORED_SSM];
	refused[LENIENT_SSM] = i->ssm_lenient;
	refused[REFUSED_LIMIT_GROUPS] = p->limit_groups;
	refused[REFUSED_LIMIT_SOURCES] = p->limit_sources;
	refused[REFUSED_LIMIT_FLOWS] = p->limit_flows;
	refused[REFUSED_LIMIT_VIFS] = p->limit_vifs;
	refused[FAILED_MEMORY] = p->no_memory;
	refused[FAILED_JOINS] = p->upstream_join_failures;
	refused[FAILED_ROUTES] = sum(p->mroute_failed, MROUTE_OPS);
	refused[ABANDONED_ROUTES] = p->mroute_abandoned;
	refused[FAILED_SENDS] = i->send_errors;
	refused[WRONG_VERSIONS] = i->wrong_version_queries;
}

static struct summary_totals totals(const struct proxy *p)
{
	struct iface_counters all = stats_count_ifaces(p);
	struct summary_totals t = totals_of(&all);

	sum_refused(t.refused, &all, &p->env.counters);
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

/* A line has room for what happened, not for all that could. */
static void line_nonzero(struct line *l, const char *key, uint64_t value)
{
	if (value > 0)
		line_number(l, key, value);
}

static void write_refused(const struct summary *s, const struct proxy *p, const struct summary_totals *t,
			  struct mtime now, log_sink *sink, void *ctx)
{
	struct line l;

	if (memcmp(t->refused, s->told.refused, sizeof(t->refused)) == 0)
		return;
	line_begin(&l, "summary_refused");
	line_word(&l, "family", family_name(p->env.proto->family));
	line_number(&l, "interval", (uint64_t)(mtime_since(now, s->last).us / 1000000));
	for (size_t k = 0; k < SUMMARY_REFUSED; k++)
		line_nonzero(&l, refused_names[k], t->refused[k] - s->told.refused[k]);
	sink(ctx, LOG_INFO, l.text);
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
	write_refused(s, p, &t, now, sink, ctx);
	s->told = t;
	s->last = now;
}

static void begin_iface(struct line *l, const struct iface *i, const char *event)
{
	line_begin(l, event);
	line_word(l, "family", family_name(i->env->proto->family));
	line_word(l, "interface", i->name);
}

static void write_iface(const struct proxy *p, const struct iface *i, log_sink *sink, void *ctx)
{
	struct summary_totals t = totals_of(&i->counters);
	struct line l;

	begin_iface(&l, i, "summary_interface");
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

/* Why packets were dropped. */
static void write_drops(const struct iface *i, log_sink *sink, void *ctx)
{
	struct line l;

	if (sum(i->counters.malformed, GM_REFUSALS) == 0)
		return;
	begin_iface(&l, i, "summary_interface_drops");
	for (enum gm_refusal k = 0; k < GM_REFUSALS; k++)
		line_nonzero(&l, gm_refusal_name(k), i->counters.malformed[k]);
	sink(ctx, LOG_INFO, l.text);
}

/* What was understood and not followed, or followed though it was odd. */
static void write_ignored(const struct iface *i, log_sink *sink, void *ctx)
{
	const struct iface_counters *c = &i->counters;
	struct line l;
	size_t empty;

	begin_iface(&l, i, "summary_interface_ignored");
	empty = l.len;
	for (enum ignored k = 0; k < IGNORED_KINDS; k++)
		line_nonzero(&l, ignored_name(k), c->ignored[k]);
	line_nonzero(&l, "unknown_records", c->unknown_records);
	line_nonzero(&l, "bad_source_records", c->bad_source_records);
	line_nonzero(&l, "bad_source_scope", c->bad_source_scope);
	line_nonzero(&l, "wrong_version", c->wrong_version_queries);
	line_nonzero(&l, "send_errors", c->send_errors);
	line_nonzero(&l, "ssm_lenient", c->ssm_lenient);
	line_nonzero(&l, "ttl_lenient", c->ttl_not_one);
	line_nonzero(&l, "router_alert_lenient", c->no_router_alert);
	if (l.len > empty)
		sink(ctx, LOG_INFO, l.text);
}

static void write_rule(const struct iface *i, size_t rule, log_sink *sink, void *ctx)
{
	const struct filter_rule *r = &i->settings->rules[rule];
	char text[PREFIX_STRLEN];
	struct line l;

	begin_iface(&l, i, "summary_filter");
	line_number(&l, "rule", rule + 1);
	line_word(&l, "action", r->allow ? "allow" : "deny");
	line_word(&l, "group", prefix_format(&r->group, text));
	if (r->has_source)
		line_word(&l, "src", prefix_format(&r->source, text));
	line_number(&l, "hits", i->filter_hits[rule]);
	sink(ctx, LOG_INFO, l.text);
}

static void write_rules(const struct iface *i, log_sink *sink, void *ctx)
{
	for (size_t rule = 0; i->filter_hits && rule < i->settings->n_rules; rule++)
		if (i->filter_hits[rule] > 0)
			write_rule(i, rule, sink, ctx);
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
	TAILQ_FOREACH(i, &p->ifaces, entry) {
		write_iface(p, i, sink, ctx);
		write_drops(i, sink, ctx);
		write_ignored(i, sink, ctx);
		write_rules(i, sink, ctx);
	}
	write_groups(p, sink, ctx);
}
