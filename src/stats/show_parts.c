#include "show_parts.h"

#include <string.h>

#include "iface_order.h"
#include "reason.h"

/* --- words --- */

static const char *role_name(const struct iface_settings *settings)
{
	return settings->role == ROLE_UPSTREAM ? "upstream" : "downstream";
}

static void put_addrs(struct json *j, const char *name, const struct srcset *set)
{
	json_open(j, name, '[');
	for (size_t k = 0; k < set->count; k++)
		json_addr(j, NULL, &set->addrs[k]);
	json_close(j, ']');
}

/* How long until then; null: never. */
static void put_until(struct json *j, const char *name, const struct stats *stats, struct mtime at)
{
	if (mtime_is_never(at))
		json_null(j, name);
	else
		json_seconds(j, name, mtime_since(at, stats->now));
}

static void put_since(struct json *j, const char *name, const struct stats *stats, struct mtime at)
{
	json_seconds(j, name, mtime_since(stats->now, at));
}

static void put_verdict(struct json *j, struct verdict verdict)
{
	json_string(j, "reason", reason_name(verdict.reason));
	json_bool(j, "certain", verdict.certain);
}

/* Microseconds; the largest means that there is none. */
static void put_latency(struct json *j, const char *name, uint32_t us)
{
	if (us == MEMBERSHIP_NO_LATENCY)
		json_null(j, name);
	else
		json_real6(j, name, (double)us / 1e6);
}

/* --- the daemon --- */

static void put_turns(struct json *j, const char *name, const struct histogram *turns)
{
	json_open(j, name, '{');
	json_number(j, "count", turns->count);
	json_real6(j, "sum", (double)turns->sum_us / 1e6);
	json_real6(j, "longest", (double)turns->longest.us / 1e6);
	json_close(j, '}');
}

static void put_config(struct json *j, const struct stats_daemon *d)
{
	json_open(j, "config", '{');
	json_string(j, "file", d->config_file);
	json_number(j, "reloads", d->reloads);
	json_number(j, "reload_failures", d->reload_failures);
	json_bool(j, "last_ok", d->last_reload_ok);
	json_real(j, "last_ok_time", d->last_reload_time);
	json_close(j, '}');
}

static void put_health(struct json *j, const struct stats *stats)
{
	const char *causes[STATS_CAUSES];
	size_t n = stats_health(stats, causes);

	json_open(j, "health", '{');
	json_string(j, "state", n > 0 ? "degraded" : "ok");
	json_open(j, "causes", '[');
	for (size_t k = 0; k < n; k++)
		json_string(j, NULL, causes[k]);
	json_close(j, ']');
	json_close(j, '}');
}

void show_daemon(struct json *j, const struct stats *stats)
{
	const struct stats_daemon *d = &stats->daemon;

	json_open(j, "daemon", '{');
	json_string(j, "version", d->version);
	json_string(j, "revision", *d->revision ? d->revision : NULL);
	json_number(j, "pid", (uint64_t)d->pid);
	json_real(j, "start_time", d->start_time);
	put_config(j, d);
	put_health(j, stats);
	json_number(j, "syslog_lost", stats->ops->syslog_lost(stats->ctx));
	json_number(j, "events_dropped", stats->feed.dropped);
	put_turns(j, "loop_hold", &stats->loop_hold);
	put_turns(j, "loop_cpu", &stats->loop_cpu);
	json_real6(j, "scrape_duration", (double)stats->scrape_duration.us / 1e6);
	json_close(j, '}');
}

/* --- interfaces --- */

static void put_by_protocol(struct json *j, const char *name, const struct gm_proto *proto, const uint64_t *counts)
{
	json_open(j, name, '{');
	for (enum gm_generation g = proto->oldest; g <= GM_GENERATION_3; g++)
		json_number(j, gm_protocol_name(proto->by_generation[g]), counts[proto->by_generation[g]]);
	json_close(j, '}');
}

static uint64_t of_all_protocols(const uint64_t *counts)
{
	uint64_t n = 0;

	for (enum gm_protocol p = 0; p < GM_PROTOCOLS; p++)
		n += counts[p];
	return n;
}

static void put_records(struct json *j, const struct iface_counters *c)
{
	json_open(j, "records", '{');
	for (enum gm_record_type t = GM_IS_IN; t < GM_RECORD_TYPES; t++)
		json_number(j, gm_record_name(t), c->records[GM_IGMPV3][t] + c->records[GM_MLDV2][t]);
	json_close(j, '}');
}

static void put_queries(struct json *j, const char *name, const uint64_t counts[GM_PROTOCOLS][GM_QUERY_KINDS])
{
	json_open(j, name, '{');
	for (enum gm_query_kind kind = 0; kind < GM_QUERY_KINDS; kind++) {
		uint64_t n = 0;

		for (enum gm_protocol p = 0; p < GM_PROTOCOLS; p++)
			n += counts[p][kind];
		json_number(j, gm_query_kind_name(kind), n);
	}
	json_close(j, '}');
}

static void put_drops(struct json *j, const struct iface_counters *c)
{
	json_open(j, "malformed", '{');
	for (enum gm_refusal r = GM_OK + 1; r < GM_REFUSALS; r++)
		json_number(j, gm_refusal_name(r), c->malformed[r]);
	json_close(j, '}');
	json_open(j, "ignored", '{');
	for (enum ignored k = 0; k < IGNORED_KINDS; k++)
		json_number(j, ignored_name(k), c->ignored[k]);
	json_close(j, '}');
}

static void put_counters(struct json *j, const struct iface *i)
{
	const struct iface_counters *c = &i->counters;

	json_open(j, "counters", '{');
	put_by_protocol(j, "reports", i->env->proto, c->reports);
	put_records(j, c);
	json_number(j, "leaves", of_all_protocols(c->leaves));
	put_queries(j, "queries_sent", c->queries_sent);
	put_queries(j, "queries_received", c->queries_received);
	put_drops(j, c);
	json_number(j, "send_errors", c->send_errors);
	json_number(j, "wrong_version_queries", c->wrong_version_queries);
	json_number(j, "querier_changes", c->querier_changes);
	json_number(j, "joins", c->joins);
	json_number(j, "timeouts", c->timeouts);
	json_number(j, "sources_refused", c->sources_refused);
	json_number(j, "bad_source_scope", c->bad_source_scope);
	json_number(j, "ssm_lenient", c->ssm_lenient);
	json_number(j, "ttl_not_one", c->ttl_not_one);
	json_number(j, "no_router_alert", c->no_router_alert);
	json_number(j, "unknown_records", c->unknown_records);
	json_number(j, "bad_source_records", c->bad_source_records);
	json_close(j, '}');
}

/* As they are in use: the configuration's, or those of the other querier (RFC 9776 section 4.1.6 and 4.1.7). */
static void put_params(struct json *j, const struct querier *q)
{
	if (!q->running) {
		json_null(j, "robustness");
		json_null(j, "query_interval");
		return;
	}
	json_number(j, "robustness", q->params.robustness);
	json_real(j, "query_interval", (double)q->params.query_interval.us / 1e6);
}

static void put_querier(struct json *j, const struct stats *stats, const struct iface *i)
{
	const struct querier *q = &i->querier;
	bool other = q->running && !q->elected;

	json_open(j, "querier", '{');
	json_bool(j, "self", q->running && q->elected);
	json_addr(j, "address", other ? &q->other_address : q->running && q->elected ? &i->address : NULL);
	put_until(j, "expires", stats, other && q->other.armed ? q->other.at : MTIME_NEVER);
	put_params(j, q);
	json_close(j, '}');
}

static void put_traffic(struct json *j, const struct traffic *t)
{
	if (!t) {
		json_null(j, "traffic");
		return;
	}
	json_open(j, "traffic", '{');
	json_number(j, "packets_in", t->packets_in);
	json_number(j, "bytes_in", t->bytes_in);
	json_number(j, "packets_out", t->packets_out);
	json_number(j, "bytes_out", t->bytes_out);
	json_close(j, '}');
}

static void put_family(struct json *j, const struct stats *stats, const struct iface *i)
{
	enum family family = i->env->proto->family;
	enum gm_generation version = i->settings->version[family];
	struct iface_traffic traffic;
	bool has_vif = stats_traffic(stats, i, &traffic);

	json_open(j, NULL, '{');
	json_string(j, "family", family_name(family));
	json_string(j, "state", iface_state_name(i->state));
	json_bool(j, "up", i->state == IFACE_UP);
	json_string(j, "reason", reason_name(reason_of_iface(i)));
	json_errno(j, "errno", i->error);
	json_addr(j, "address", i->state == IFACE_UP ? &i->address : NULL);
	if (has_vif && traffic.vif >= 0)
		json_number(j, "vif", (uint64_t)traffic.vif);
	else
		json_null(j, "vif");
	json_string(j, "protocol", gm_protocol_name(i->env->proto->by_generation[version]));
	put_querier(j, stats, i);
	json_number(j, "groups", i == stats->proxies[family]->db.upstream ? stats->proxies[family]->db.n_joined
									  : i->querier.groups.count);
	put_counters(j, i);
	put_traffic(j, has_vif ? &traffic.counted : NULL);
	json_close(j, '}');
}

/* The device is not there: nothing is known of it but that it is waited for. */
static void put_absent_family(struct json *j, enum family family)
{
	json_open(j, NULL, '{');
	json_string(j, "family", family_name(family));
	json_string(j, "state", iface_state_name(IFACE_WAITING));
	json_bool(j, "up", false);
	json_string(j, "reason", reason_name(REASON_INTERFACE_WAITING));
	json_null(j, "errno");
	json_null(j, "address");
	json_null(j, "vif");
	json_null(j, "protocol");
	json_null(j, "querier");
	json_number(j, "groups", 0);
	json_null(j, "counters");
	json_null(j, "traffic");
	json_close(j, '}');
}

static const struct stats_link *find_link(const struct stats *stats, const char *name)
{
	for (size_t k = 0; k < stats->n_links; k++)
		if (strcmp(stats->links[k].name, name) == 0)
			return &stats->links[k];
	return NULL;
}

static void put_families(struct json *j, const struct stats *stats, const char *name,
			 const struct iface_settings *settings)
{
	json_open(j, "families", '[');
	for (enum family f = 0; f < FAMILY_COUNT; f++) {
		const struct iface *i = stats_find_iface(stats, f, name);

		if (i)
			put_family(j, stats, i);
		else if (stats->proxies[f] && settings->enabled[f])
			put_absent_family(j, f);
	}
	json_close(j, ']');
}

/* One interface of the system is one struct iface in each family that is on. */
static void put_iface(struct json *j, const struct stats *stats, const char *name)
{
	const struct iface *v4 = stats_find_iface(stats, FAMILY_IPV4, name);
	const struct iface *i = v4 ? v4 : stats_find_iface(stats, FAMILY_IPV6, name);
	const struct stats_link *link = find_link(stats, name);
	const struct iface_settings *settings = i ? i->settings : link->settings;

	json_open(j, NULL, '{');
	json_string(j, "name", name);
	if (i && i->ifindex)
		json_number(j, "ifindex", i->ifindex);
	else
		json_null(j, "ifindex");
	json_string(j, "role", role_name(settings));
	put_families(j, stats, name, settings);
	json_close(j, '}');
}

/* Those that the configuration names and those that a pattern found. */
void show_interfaces(struct json *j, const struct stats *stats)
{
	struct name_list names;

	name_list_init(&names, stats);
	for (size_t k = 0; k < names.n; k++)
		put_iface(j, stats, names.list[k]);
	name_list_fini(&names);
}

/* --- groups --- */

static const char *join_state_name(const struct membership *m)
{
	switch (m->queue) {
	case MEMBERSHIP_PENDING:
		return "pending";
	case MEMBERSHIP_FAILED:
		return "failed";
	case MEMBERSHIP_SETTLED:
	case MEMBERSHIP_KEPT:
		break;
	}
	return m->joined ? "joined" : "none";
}

/* The members that /json/upstream and a group's "upstream" have in common. */
static void put_join(struct json *j, const struct stats *stats, const struct membership *m)
{
	json_string(j, "state", join_state_name(m));
	json_string(j, "mode", gm_filter_mode_name(m->mode));
	put_addrs(j, "sources", &m->sources);
	json_errno(j, "errno", m->error);
	json_number(j, "failures", m->failures);
	put_until(j, "retry", stats, m->queue == MEMBERSHIP_FAILED ? m->retry_at : MTIME_NEVER);
}

/* The source list of the filter mode: what INCLUDE includes, or what EXCLUDE excludes. */
static void put_filter(struct json *j, const struct group *g)
{
	struct srcset sources = SRCSET_EMPTY;

	json_string(j, "mode", gm_filter_mode_name(g->mode));
	if (group_filter(g, &sources))
		put_addrs(j, "sources", &sources);
	else
		json_null(j, "sources");
	srcset_fini(&sources);
}

/* What only hosts can have said; the configuration's own groups have nothing of it. */
static void put_heard(struct json *j, const struct stats *stats, const struct group *g)
{
	const struct gm_proto *proto = g->querier->iface->env->proto;
	bool complete = hosts_is_complete(&g->hosts, stats->now);

	json_string(j, "protocol", g->is_static ? NULL : gm_protocol_name(g->protocol));
	json_string(j, "compatibility",
		    g->is_static ? NULL : gm_protocol_name(proto->by_generation[group_compatibility(g)]));
	json_addr(j, "last_reporter", g->is_static ? NULL : &g->last_reporter);
	put_since(j, "uptime", stats, g->since);
	put_until(j, "expires", stats, g->is_static ? MTIME_NEVER : group_expires(g));
	if (g->is_static || !complete)
		json_null(j, "hosts");
	else
		json_number(j, "hosts", g->hosts.n);
}

/* What hosts, and we, have said of a group. */
static void put_said(struct json *j, const struct group_totals *t)
{
	json_number(j, "reports", t->reports);
	json_number(j, "leaves", t->leaves);
	json_number(j, "queries_sent", t->queries_sent);
	json_number(j, "joins", t->joins);
	json_number(j, "timeouts", t->timeouts);
}

static void put_member(struct json *j, const struct stats *stats, const struct group *g)
{
	enum family family = g->querier->iface->env->proto->family;
	struct group_totals said = series_of_member(&stats->series[family], g);

	json_open(j, NULL, '{');
	json_string(j, "interface", g->querier->iface->name);
	put_verdict(j, reason_of_member(stats, g));
	json_bool(j, "static", g->is_static);
	put_filter(j, g);
	put_heard(j, stats, g);
	put_said(j, &said);
	json_close(j, '}');
}

static void put_totals(struct json *j, const struct group_totals *t)
{
	put_said(j, t);
	json_number(j, "forwarded_packets", t->flows.forwarded_packets);
	json_number(j, "forwarded_bytes", t->flows.forwarded_bytes);
	json_number(j, "blocked_packets", t->flows.blocked_packets);
	json_number(j, "wrong_interface_packets", t->flows.wrong_if_packets);
}

/* By interface; of those of one link the hosts' own first, which only one can be, then by the first source asked for. */
static bool stands_before(const struct group *a, const struct group *b)
{
	int order = strcmp(a->querier->iface->name, b->querier->iface->name);

	if (order != 0 || a->is_static != b->is_static)
		return order != 0 ? order < 0 : b->is_static;
	if (a->n_sources == 0 || b->n_sources == 0)
		return a->n_sources < b->n_sources;
	return addr_cmp(&a->sources[0].addr, &b->sources[0].addr) < 0;
}

/* The next in order; they are few, and hang on the group as they came. */
static const struct group *member_after(const struct membership *m, const struct group *last)
{
	const struct group *next = NULL;
	const struct group *g;

	TAILQ_FOREACH(g, &m->groups, beside)
		if ((!last || stands_before(last, g)) && (!next || stands_before(g, next)))
			next = g;
	return next;
}

static void put_members_of(struct json *j, const struct stats *stats, const struct membership *m)
{
	const struct group *g = NULL;

	json_open(j, "members", '[');
	while ((g = member_after(m, g)) != NULL)
		put_member(j, stats, g);
	json_close(j, ']');
}

size_t show_group(struct json *j, const struct stats *stats, const struct proxy *p, const struct roster_key *key,
		  size_t at)
{
	const struct membership *m = memberdb_find(&p->db, &key->group);
	struct group_totals totals;

	(void)at;
	if (!m)
		return 0;
	totals = series_of_group(&stats->series[p->env.proto->family], m);
	json_open(j, NULL, '{');
	json_addr(j, "group", &m->group);
	json_string(j, "family", family_name(p->env.proto->family));
	put_verdict(j, reason_of_group(stats, m));
	json_open(j, "upstream", '{');
	put_join(j, stats, m);
	json_close(j, '}');
	put_members_of(j, stats, m);
	put_totals(j, &totals);
	put_latency(j, "last_join_to_forward", m->join_to_forward_us);
	put_latency(j, "last_leave_to_prune", m->leave_to_prune_us);
	json_close(j, '}');
	return 0;
}

size_t show_upstream(struct json *j, const struct stats *stats, const struct proxy *p, const struct roster_key *key,
		     size_t at)
{
	const struct membership *m = memberdb_find(&p->db, &key->group);

	(void)at;
	if (!m || (!membership_is_wanted(m) && m->queue == MEMBERSHIP_SETTLED))
		return 0;
	json_open(j, NULL, '{');
	json_string(j, "interface", p->db.upstream ? p->db.upstream->name : NULL);
	json_string(j, "family", family_name(p->env.proto->family));
	json_addr(j, "group", &m->group);
	put_join(j, stats, m);
	json_close(j, '}');
	return 0;
}

/* --- hosts --- */

enum { HOSTS_A_STEP = 32 };

static void put_host(struct json *j, const struct stats *stats, const struct group *g, const struct host *host)
{
	json_open(j, NULL, '{');
	json_addr(j, "group", &g->addr);
	json_string(j, "family", family_name(g->querier->iface->env->proto->family));
	json_string(j, "interface", g->querier->iface->name);
	json_addr(j, "host", &host->addr);
	json_string(j, "mode", gm_filter_mode_name(host->mode));
	put_addrs(j, "sources", &host->sources);
	put_until(j, "expires", stats, host->until);
	json_close(j, '}');
}

/* at counts the hosts of all the group's interfaces, one after the other. */
size_t show_members(struct json *j, const struct stats *stats, const struct proxy *p, const struct roster_key *key,
		    size_t at)
{
	const struct membership *m = memberdb_find(&p->db, &key->group);
	size_t end = at + HOSTS_A_STEP;
	const struct group *g;
	size_t n = 0;

	if (!m)
		return 0;
	for (g = member_after(m, NULL); g; g = member_after(m, g)) {
		for (uint32_t k = 0; k < g->hosts.n; k++, n++) {
			if (n == end)
				return end;
			if (n >= at)
				put_host(j, stats, g, &g->hosts.list[k]);
		}
	}
	return 0;
}

/* --- flows --- */

/* The outgoing interface whose name comes next; slots are taken as interfaces come. */
static const char *oif_after(const struct proxy *p, const struct flow *f, const char *last)
{
	const char *next = NULL;

	for (unsigned int slot = 0; slot < MROUTE_MAX_IFACES; slot++) {
		const char *name = f->oifs & (UINT32_C(1) << slot) ? p->mfc.slots[slot]->name : NULL;

		if (name && (!last || strcmp(name, last) > 0) && (!next || strcmp(name, next) < 0))
			next = name;
	}
	return next;
}

static void put_oifs(struct json *j, const struct proxy *p, const struct flow *f)
{
	const char *name = NULL;

	json_open(j, "oifs", '[');
	while ((name = oif_after(p, f, name)) != NULL)
		json_string(j, NULL, name);
	json_close(j, ']');
}

size_t show_route(struct json *j, const struct stats *stats, const struct proxy *p, const struct roster_key *key,
		  size_t at)
{
	const struct flow *f = mfc_find(&p->mfc, &key->source, &key->group);

	(void)at;
	if (!f)
		return 0;
	json_open(j, NULL, '{');
	json_addr(j, "group", &f->group);
	json_addr(j, "source", &f->source);
	json_string(j, "family", family_name(p->env.proto->family));
	json_string(j, "iif", f->iif->name);
	put_oifs(j, p, f);
	json_string(j, "state", f->oifs ? "forwarding" : "blocked");
	put_verdict(j, reason_of_route(stats, f));
	json_errno(j, "errno", f->error);
	put_since(j, "age", stats, f->since);
	put_since(j, "idle", stats, f->active);
	json_number(j, "packets", f->counters.forwarded_packets);
	json_number(j, "bytes", f->counters.forwarded_bytes);
	json_number(j, "blocked_packets", f->counters.blocked_packets);
	json_number(j, "wrong_interface_packets", f->counters.wrong_if_packets);
	json_close(j, '}');
	return 0;
}

/* --- limits, drops, rules, refusals --- */

static void put_limit(struct json *j, const char *name, const struct iface *i, uint64_t value, uint64_t used,
		      uint64_t reached)
{
	json_open(j, NULL, '{');
	json_string(j, "limit", name);
	json_string(j, "interface", i ? i->name : NULL);
	json_string(j, "family", i ? family_name(i->env->proto->family) : NULL);
	json_number(j, "value", value);
	json_number(j, "used", used);
	json_number(j, "reached", reached);
	json_close(j, '}');
}

/* Of each downstream its own; those of the daemon as a whole come before. */
static void put_iface_limits(struct json *j, const struct proxy *p)
{
	struct iface_order order;

	iface_order_init(&order, p);
	for (size_t k = 0; k < order.n; k++) {
		const struct iface *i = order.list[k];

		if (i->settings->role == ROLE_DOWNSTREAM)
			put_limit(j, "groups", i, i->settings->max_groups, i->querier.groups.count,
				  i->counters.groups_refused);
	}
	iface_order_fini(&order);
}

void show_limits(struct json *j, const struct stats *stats)
{
	struct stats_limit limits[STATS_LIMITS];

	stats_limits(stats, limits);
	for (size_t k = 0; k < STATS_LIMITS; k++) {
		json_open(j, NULL, '{');
		json_string(j, "limit", limits[k].name);
		json_null(j, "interface");
		json_null(j, "family");
		if (limits[k].known)
			json_number(j, "value", limits[k].value);
		else
			json_null(j, "value");
		if (limits[k].counted)
			json_number(j, "used", limits[k].used);
		else
			json_null(j, "used");
		json_number(j, "reached", limits[k].reached);
		json_close(j, '}');
	}
	for (enum family f = 0; f < FAMILY_COUNT; f++)
		if (stats->proxies[f])
			put_iface_limits(j, stats->proxies[f]);
}

static void put_drop(struct json *j, const char *iface, const char *family, const char *kind, const char *reason,
		     uint64_t count)
{
	if (count == 0)
		return;
	json_open(j, NULL, '{');
	json_string(j, "interface", iface);
	json_string(j, "family", family);
	json_string(j, "kind", kind);
	json_string(j, "reason", reason);
	json_number(j, "count", count);
	json_close(j, '}');
}

static void put_iface_drops(struct json *j, const struct iface *i)
{
	const char *family = family_name(i->env->proto->family);

	for (enum gm_refusal r = GM_OK + 1; r < GM_REFUSALS; r++)
		put_drop(j, i->name, family, "malformed", gm_refusal_name(r), i->counters.malformed[r]);
	for (enum ignored k = 0; k < IGNORED_KINDS; k++)
		put_drop(j, i->name, family, "ignored", ignored_name(k), i->counters.ignored[k]);
	put_drop(j, i->name, family, "flow", "source_not_allowed", i->counters.sources_refused);
	put_drop(j, i->name, family, "flow", "bad_source_scope", i->counters.bad_source_scope);
}

void show_drops(struct json *j, const struct stats *stats)
{
	for (enum family f = 0; f < FAMILY_COUNT; f++) {
		const struct proxy *p = stats->proxies[f];
		struct iface_order order;

		if (!p)
			continue;
		iface_order_init(&order, p);
		for (size_t k = 0; k < order.n; k++)
			put_iface_drops(j, order.list[k]);
		iface_order_fini(&order);
		put_drop(j, NULL, family_name(f), "receive_buffer", "overrun", stats->ops->receive_drops(stats->ctx, f));
		put_drop(j, NULL, family_name(f), "ignored", "not_configured", p->env.counters.unconfigured_packets);
		put_drop(j, NULL, family_name(f), "upcall", "ignored", p->env.counters.upcalls_ignored);
	}
	put_drop(j, NULL, NULL, "syslog", "lost", stats->ops->syslog_lost(stats->ctx));
	put_drop(j, NULL, NULL, "events", "dropped", stats->feed.dropped);
}

static void put_rule(struct json *j, const struct iface *i, size_t k)
{
	char text[FILTER_RULE_STRLEN];

	json_open(j, NULL, '{');
	json_string(j, "interface", i->name);
	json_string(j, "family", family_name(i->env->proto->family));
	json_number(j, "rule", k + 1);
	json_string(j, "text", filter_rule_format(&i->settings->rules[k], text));
	json_number(j, "hits", i->filter_hits ? i->filter_hits[k] : 0);
	json_close(j, '}');
}

void show_filters(struct json *j, const struct stats *stats)
{
	for (enum family f = 0; f < FAMILY_COUNT; f++) {
		struct iface_order order;

		iface_order_init(&order, stats->proxies[f]);
		for (size_t k = 0; k < order.n; k++)
			for (size_t n = 0; n < order.list[k]->settings->n_rules; n++)
				put_rule(j, order.list[k], n);
		iface_order_fini(&order);
	}
}

static void put_refused(struct json *j, const struct stats *stats, const struct proxy *p, const struct refused *r)
{
	const struct iface *i = proxy_find_iface(p, r->ifindex);

	json_open(j, NULL, '{');
	json_string(j, "interface", i ? i->name : NULL);
	json_string(j, "family", family_name(p->env.proto->family));
	json_addr(j, "group", &r->group);
	json_addr(j, "source", r->has_source ? &r->source : NULL);
	json_string(j, "why", refused_name(r->why));
	if (r->why == REFUSED_FILTERED)
		json_number(j, "rule", r->rule + 1);
	else
		json_null(j, "rule");
	json_string(j, "limit", r->limit);
	json_number(j, "count", r->count);
	put_since(j, "age", stats, r->last);
	json_close(j, '}');
}

void show_refused(struct json *j, const struct stats *stats)
{
	for (enum family f = 0; f < FAMILY_COUNT; f++) {
		const struct refused *r;

		if (!stats->proxies[f])
			continue;
		TAILQ_FOREACH(r, &stats->proxies[f]->env.refusals.list, entry)
			put_refused(j, stats, stats->proxies[f], r);
	}
}
