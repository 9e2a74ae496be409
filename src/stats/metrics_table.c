#include "metrics_table.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "errno_name.h"
#include "iface_order.h"

#define LABELS(...)                                                                                                    \
	((const struct label[]){__VA_ARGS__}), sizeof((const struct label[]){__VA_ARGS__}) / sizeof(struct label)

typedef bool writer(struct metrics_context *c, const struct metrics_row *row, size_t max);

/* --- what all the writers need --- */

static const struct proxy *proxy_of(const struct metrics_context *c, enum family family)
{
	return c->stats->proxies[family];
}

typedef void iface_writer(struct metrics_context *c, const struct metrics_row *row, const struct iface *i);

/* Of each interface, all families of addresses. */
static bool each_iface(struct metrics_context *c, const struct metrics_row *row, iface_writer *write)
{
	struct iface_order order;

	for (enum family f = 0; f < FAMILY_COUNT; f++) {
		iface_order_init(&order, proxy_of(c, f));
		for (size_t k = 0; k < order.n; k++)
			write(c, row, order.list[k]);
		iface_order_fini(&order);
	}
	return false;
}

static const char *family_of(const struct iface *i)
{
	return family_name(i->env->proto->family);
}

static bool is_upstream(const struct iface *i)
{
	return i->settings->role == ROLE_UPSTREAM;
}

/* A counter at this many bytes into a struct of counters. */
static uint64_t number_at(const void *base, size_t at)
{
	uint64_t value;

	memcpy(&value, (const char *)base + at, sizeof(value));
	return value;
}

/* A sample with the labels interface and family. */
static void put_iface(struct metrics_context *c, const struct iface *i, uint64_t value)
{
	exposition_number(&c->x, LABELS({"interface", i->name}, {"family", family_of(i)}), value);
}

/* The protocols of an interface's family, oldest first. */
static enum gm_protocol protocol_of(const struct iface *i, enum gm_generation generation)
{
	return i->env->proto->by_generation[generation];
}

#define EACH_GENERATION(g, i) (enum gm_generation g = (i)->env->proto->oldest; g <= GM_GENERATION_3; g++)

/* --- of the daemon --- */

static bool write_build(struct metrics_context *c, const struct metrics_row *row, size_t max)
{
	const struct stats_daemon *d = &c->stats->daemon;

	(void)row, (void)max;
	exposition_number(&c->x, LABELS({"version", d->version}, {"revision", d->revision}), 1);
	return false;
}

static bool write_start_time(struct metrics_context *c, const struct metrics_row *row, size_t max)
{
	(void)row, (void)max;
	exposition_real(&c->x, NULL, 0, c->stats->daemon.start_time);
	return false;
}

static bool write_cpu(struct metrics_context *c, const struct metrics_row *row, size_t max)
{
	struct rusage u = {0};

	(void)row, (void)max;
	getrusage(RUSAGE_SELF, &u);
	exposition_real(&c->x, NULL, 0,
			(double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
				(double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6);
	return false;
}

/* A number of struct stats itself. */
static bool write_stats_number(struct metrics_context *c, const struct metrics_row *row, size_t max)
{
	(void)max;
	exposition_number(&c->x, NULL, 0, number_at(c->stats, row->at));
	return false;
}

static bool write_reload_successful(struct metrics_context *c, const struct metrics_row *row, size_t max)
{
	(void)row, (void)max;
	exposition_number(&c->x, NULL, 0, c->stats->daemon.last_reload_ok);
	return false;
}

static bool write_reload_time(struct metrics_context *c, const struct metrics_row *row, size_t max)
{
	(void)row, (void)max;
	exposition_real(&c->x, NULL, 0, c->stats->daemon.last_reload_time);
	return false;
}

static bool write_log_messages(struct metrics_context *c, const struct metrics_row *row, size_t max)
{
	static const char *const levels[] = {"emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"};

	(void)row, (void)max;
	for (size_t k = 0; k < sizeof(levels) / sizeof(levels[0]); k++)
		exposition_number(&c->x, LABELS({"level", levels[k]}), c->stats->ops->log_messages(c->stats->ctx, (int)k));
	return false;
}

static bool write_syslog_lost(struct metrics_context *c, const struct metrics_row *row, size_t max)
{
	(void)row, (void)max;
	exposition_number(&c->x, NULL, 0, c->stats->ops->syslog_lost(c->stats->ctx));
	return false;
}

static bool write_events_dropped(struct metrics_context *c, const struct metrics_row *row, size_t max)
{
	(void)row, (void)max;
	exposition_number(&c->x, NULL, 0, c->stats->feed.dropped);
	return false;
}

static bool write_scrape_duration(struct metrics_context *c, const struct metrics_row *row, size_t max)
{
	(void)row, (void)max;
	exposition_real(&c->x, NULL, 0, (double)c->stats->scrape_duration.us / 1e6);
	return false;
}

static bool write_loop_hold(struct metrics_context *c, const struct metrics_row *row, size_t max)
{
	(void)row, (void)max;
	exposition_histogram(&c->x, NULL, 0, &c->stats->loop_hold);
	return false;
}

static bool write_loop_cpu(struct metrics_context *c, const struct metrics_row *row, size_t max)
{
	(void)row, (void)max;
	exposition_histogram(&c->x, NULL, 0, &c->stats->loop_cpu);
	return false;
}

/* --- of interfaces --- */

static void put_info(struct metrics_context *c, const struct metrics_row *row, const struct iface *i)
{
	char ifindex[16];

	(void)row;
	snprintf(ifindex, sizeof(ifindex), "%u", i->ifindex);
	exposition_number(&c->x,
			  LABELS({"interface", i->name}, {"family", family_of(i)},
				 {"role", is_upstream(i) ? "upstream" : "downstream"}, {"ifindex", ifindex}),
			  1);
}

static void put_up(struct metrics_context *c, const struct metrics_row *row, const struct iface *i)
{
	(void)row;
	put_iface(c, i, i->state == IFACE_UP);
}

/* An interface without a VIF has no counters: a gap in the series says so, a 0 would be a number. */
static void put_traffic(struct metrics_context *c, const struct metrics_row *row, const struct iface *i)
{
	struct iface_traffic traffic;

	if (stats_traffic(c->stats, i, &traffic))
		put_iface(c, i, number_at(&traffic.counted, row->at));
}

static void put_version(struct metrics_context *c, const struct metrics_row *row, const struct iface *i)
{
	(void)row;
	put_iface(c, i, (uint64_t)i->settings->version[i->env->proto->family]);
}

static void put_querier(struct metrics_context *c, const struct metrics_row *row, const struct iface *i)
{
	(void)row;
	if (!is_upstream(i))
		put_iface(c, i, i->querier.running && i->querier.elected);
}

static void put_querier_address(struct metrics_context *c, const struct metrics_row *row, const struct iface *i)
{
	char address[ADDR_STRLEN];

	(void)row;
	if (!i->querier.running)
		return;
	addr_format(i->querier.elected ? &i->address : &i->querier.other_address, address);
	exposition_number(&c->x, LABELS({"interface", i->name}, {"family", family_of(i)}, {"address", address}), 1);
}

static void put_querier_expiry(struct metrics_context *c, const struct metrics_row *row, const struct iface *i)
{
	struct mspan left = {0};

	(void)row;
	if (is_upstream(i))
		return;
	if (i->querier.running && !i->querier.elected && i->querier.other.armed)
		left = mtime_since(i->querier.other.at, c->stats->now);
	exposition_real(&c->x, LABELS({"interface", i->name}, {"family", family_of(i)}),
			left.us > 0 ? (double)left.us / 1e6 : 0);
}

/* A counter of struct iface_counters. */
static void put_counter(struct metrics_context *c, const struct metrics_row *row, const struct iface *i)
{
	put_iface(c, i, number_at(&i->counters, row->at));
}

static void put_by_protocol(struct metrics_context *c, const struct metrics_row *row, const struct iface *i)
{
	for EACH_GENERATION (g, i) {
		enum gm_protocol protocol = protocol_of(i, g);

		exposition_number(&c->x, LABELS({"interface", i->name}, {"protocol", gm_protocol_name(protocol)}),
				  number_at(&i->counters, row->at + sizeof(uint64_t) * protocol));
	}
}

/* Records are generation 3's alone. */
static void put_records(struct metrics_context *c, const struct metrics_row *row, const struct iface *i)
{
	enum gm_protocol protocol = protocol_of(i, GM_GENERATION_3);

	(void)row;
	for (enum gm_record_type t = GM_IS_IN; t < GM_RECORD_TYPES; t++)
		exposition_number(&c->x,
				  LABELS({"interface", i->name}, {"protocol", gm_protocol_name(protocol)},
					 {"record", gm_record_name(t)}),
				  i->counters.records[protocol][t]);
}

static void put_queries(struct metrics_context *c, const struct metrics_row *row, const struct iface *i)
{
	for EACH_GENERATION (g, i) {
		enum gm_protocol protocol = protocol_of(i, g);

		for (enum gm_query_kind kind = 0; kind < GM_QUERY_KINDS; kind++)
			exposition_number(
				&c->x,
				LABELS({"interface", i->name}, {"protocol", gm_protocol_name(protocol)},
				       {"kind", gm_query_kind_name(kind)}),
				number_at(&i->counters,
					  row->at + sizeof(uint64_t) * (protocol * GM_QUERY_KINDS + kind)));
	}
}

static void put_reason(struct metrics_context *c, const struct iface *i, const char *reason, uint64_t value)
{
	exposition_number(&c->x, LABELS({"interface", i->name}, {"family", family_of(i)}, {"reason", reason}), value);
}

static void put_malformed(struct metrics_context *c, const struct metrics_row *row, const struct iface *i)
{
	(void)row;
	for (enum gm_refusal r = GM_OK + 1; r < GM_REFUSALS; r++)
		put_reason(c, i, gm_refusal_name(r), i->counters.malformed[r]);
}

static void put_ignored(struct metrics_context *c, const struct metrics_row *row, const struct iface *i)
{
	(void)row;
	for (enum ignored k = 0; k < IGNORED_KINDS; k++)
		put_reason(c, i, ignored_name(k), i->counters.ignored[k]);
}

/* Accepted all the same, or but for that part; the words are those of JSON. */
static void put_irregular(struct metrics_context *c, const struct metrics_row *row, const struct iface *i)
{
	(void)row;
	put_reason(c, i, "ssm_lenient", i->counters.ssm_lenient);
	put_reason(c, i, "ttl_not_one", i->counters.ttl_not_one);
	put_reason(c, i, "no_router_alert", i->counters.no_router_alert);
	put_reason(c, i, "unknown_records", i->counters.unknown_records);
	put_reason(c, i, "bad_source_records", i->counters.bad_source_records);
}

/* Those that have no name share one series. */
static void put_errnos(struct metrics_context *c, const struct iface *i, const struct errno_counts *counts)
{
	uint64_t others = 0;

	for (size_t k = 0; k < ERRNO_COUNTS && counts->list[k].count > 0; k++) {
		const char *name = errno_name(counts->list[k].error);

		if (name)
			put_reason(c, i, name, counts->list[k].count);
		else
			others += counts->list[k].count;
	}
	if (others > 0)
		put_reason(c, i, "other", others);
}

static void put_send_errors(struct metrics_context *c, const struct metrics_row *row, const struct iface *i)
{
	(void)row;
	put_errnos(c, i, &i->send_errors);
}

static void put_groups(struct metrics_context *c, const struct metrics_row *row, const struct iface *i)
{
	(void)row;
	if (!is_upstream(i))
		put_iface(c, i, i->querier.groups.count);
}

static void put_filter_hits(struct metrics_context *c, const struct metrics_row *row, const struct iface *i)
{
	char rule[24];

	(void)row;
	for (size_t k = 0; i->filter_hits && k < i->settings->n_rules; k++) {
		snprintf(rule, sizeof(rule), "%zu", k + 1);
		exposition_number(&c->x, LABELS({"interface", i->name}, {"family", family_of(i)}, {"rule", rule}),
				  i->filter_hits[k]);
	}
}

/* Of the upstream alone. */
static const struct iface *upstream_of(const struct metrics_context *c, enum family family)
{
	const struct iface *i;

	if (!proxy_of(c, family))
		return NULL;
	TAILQ_FOREACH(i, &proxy_of(c, family)->ifaces, entry)
		if (is_upstream(i))
			return i;
	return NULL;
}

static bool write_upstream(struct metrics_context *c, const struct metrics_row *row, size_t max)
{
	(void)max;
	for (enum family f = 0; f < FAMILY_COUNT; f++) {
		const struct iface *i = upstream_of(c, f);

		if (i)
			put_iface(c, i, number_at(&proxy_of(c, f)->env.counters, row->at));
	}
	return false;
}

static bool write_join_failures(struct metrics_context *c, const struct metrics_row *row, size_t max)
{
	(void)row, (void)max;
	for (enum family f = 0; f < FAMILY_COUNT; f++) {
		const struct iface *i = upstream_of(c, f);

		if (i)
			put_errnos(c, i, &proxy_of(c, f)->db.join_errors);
	}
	return false;
}

static bool write_memberships(struct metrics_context *c, const struct metrics_row *row, size_t max)
{
	(void)row, (void)max;
	for (enum family f = 0; f < FAMILY_COUNT; f++) {
		const struct iface *i = upstream_of(c, f);

		if (i)
			put_iface(c, i, proxy_of(c, f)->db.n_joined);
	}
	return false;
}

#define IFACE_WRITER(name)                                                                                             \
	static bool write_##name(struct metrics_context *c, const struct metrics_row *row, size_t max)                 \
	{                                                                                                              \
		(void)max;                                                                                             \
		return each_iface(c, row, put_##name);                                                                 \
	}

IFACE_WRITER(info)
IFACE_WRITER(up)
IFACE_WRITER(traffic)
IFACE_WRITER(version)
IFACE_WRITER(querier)
IFACE_WRITER(querier_address)
IFACE_WRITER(querier_expiry)
IFACE_WRITER(counter)
IFACE_WRITER(by_protocol)
IFACE_WRITER(records)
IFACE_WRITER(queries)
IFACE_WRITER(malformed)
IFACE_WRITER(ignored)
IFACE_WRITER(irregular)
IFACE_WRITER(send_errors)
IFACE_WRITER(groups)
IFACE_WRITER(filter_hits)

/* --- of a family as a whole --- */

static void put_family(struct metrics_context *c, enum family f, uint64_t value)
{
	exposition_number(&c->x, LABELS({"family", family_name(f)}), value);
}

static bool write_receive_drops(struct metrics_context *c, const struct metrics_row *row, size_t max)
{
	(void)row, (void)max;
	for (enum family f = 0; f < FAMILY_COUNT; f++)
		if (proxy_of(c, f))
			put_family(c, f, c->stats->ops->receive_drops(c->stats->ctx, f));
	return false;
}

/* A counter of struct proxy_counters. */
static bool write_family_counter(struct metrics_context *c, const struct metrics_row *row, size_t max)
{
	(void)max;
	for (enum family f = 0; f < FAMILY_COUNT; f++)
		if (proxy_of(c, f))
			put_family(c, f, number_at(&proxy_of(c, f)->env.counters, row->at));
	return false;
}

static bool write_family_histogram(struct metrics_context *c, const struct metrics_row *row, size_t max)
{
	(void)max;
	for (enum family f = 0; f < FAMILY_COUNT; f++) {
		const char *at = proxy_of(c, f) ? (const char *)&proxy_of(c, f)->env.counters + row->at : NULL;

		if (at)
			exposition_histogram(&c->x, LABELS({"family", family_name(f)}),
					     (const struct histogram *)(const void *)at);
	}
	return false;
}

static void put_word(struct metrics_context *c, enum family f, const char *label, const char *word, uint64_t value)
{
	exposition_number(&c->x, LABELS({"family", family_name(f)}, {label, word}), value);
}

static bool write_entries(struct metrics_context *c, const struct metrics_row *row, size_t max)
{
	(void)row, (void)max;
	for (enum family f = 0; f < FAMILY_COUNT; f++) {
		if (!proxy_of(c, f))
			continue;
		put_word(c, f, "state", "forwarding",
			 proxy_of(c, f)->mfc.table.count - proxy_of(c, f)->mfc.n_unwanted);
		put_word(c, f, "state", "blocked", proxy_of(c, f)->mfc.n_unwanted);
	}
	return false;
}

static bool write_unresolved(struct metrics_context *c, const struct metrics_row *row, size_t max)
{
	uint64_t n = 0;

	(void)row, (void)max;
	if (proxy_of(c, FAMILY_IPV4) && c->stats->ops->unresolved && c->stats->ops->unresolved(c->stats->ctx, &n) == 0)
		put_family(c, FAMILY_IPV4, n);
	return false;
}

static bool write_operations(struct metrics_context *c, const struct metrics_row *row, size_t max)
{
	(void)max;
	for (enum family f = 0; f < FAMILY_COUNT; f++) {
		if (!proxy_of(c, f))
			continue;
		for (enum mroute_op op = 0; op < MROUTE_OPS; op++)
			put_word(c, f, "operation", mroute_op_name(op),
				 number_at(&proxy_of(c, f)->env.counters, row->at + sizeof(uint64_t) * op));
	}
	return false;
}

static bool write_upcalls(struct metrics_context *c, const struct metrics_row *row, size_t max)
{
	(void)row, (void)max;
	for (enum family f = 0; f < FAMILY_COUNT; f++) {
		if (!proxy_of(c, f))
			continue;
		for (enum upcall_kind kind = 0; kind < UPCALL_KINDS; kind++)
			put_word(c, f, "kind", upcall_kind_name(kind), proxy_of(c, f)->env.counters.upcalls[kind]);
	}
	return false;
}

static bool write_by_reason(struct metrics_context *c, const struct metrics_row *row, size_t max)
{
	(void)row, (void)max;
	for (enum family f = 0; f < FAMILY_COUNT; f++) {
		if (!proxy_of(c, f))
			continue;
		for (enum reason r = 0; r < REASONS; r++)
			put_word(c, f, "reason", reason_name(r), c->by_reason[f][r]);
	}
	return false;
}

/* --- limits --- */

static bool write_limits(struct metrics_context *c, const struct metrics_row *row, size_t max)
{
	struct stats_limit limits[STATS_LIMITS];

	(void)max;
	stats_limits(c->stats, limits);
	for (size_t k = 0; k < STATS_LIMITS; k++)
		if (row->type == METRIC_COUNTER)
			exposition_number(&c->x, LABELS({"limit", limits[k].name}), limits[k].reached);
		else if (limits[k].known)
			exposition_number(&c->x, LABELS({"limit", limits[k].name}), limits[k].value);
	return false;
}

static bool write_without_series(struct metrics_context *c, const struct metrics_row *row, size_t max)
{
	uint64_t n = 0;

	(void)row, (void)max;
	for (enum family f = 0; f < FAMILY_COUNT; f++)
		if (proxy_of(c, f))
			n += series_groups_without(&c->stats->series[f]);
	exposition_number(&c->x, NULL, 0, n);
	return false;
}

/* --- of groups --- */

static void put_group(struct metrics_context *c, const char *group, const struct metrics_row *row,
		      const struct group_totals *totals)
{
	exposition_number(&c->x, LABELS({"group", group}), number_at(totals, row->at));
}

/* What has no series of its own, of both families in one. */
static void put_other(struct metrics_context *c, const struct metrics_row *row)
{
	uint64_t value = 0;

	for (enum family f = 0; f < FAMILY_COUNT; f++) {
		struct group_totals totals;

		if (!proxy_of(c, f))
			continue;
		totals = series_other(&c->stats->series[f]);
		value += number_at(&totals, row->at);
	}
	exposition_number(&c->x, LABELS({"group", "other"}), value);
}

/* Addresses of IPv4 come before those of IPv6, so one cursor goes through both. */
static const struct one_series *next_series(const struct metrics_context *c, const struct series **of)
{
	const struct metrics_cursor *at = &c->cursor;

	for (enum family f = 0; f < FAMILY_COUNT; f++) {
		const struct one_series *one = NULL;

		*of = &c->stats->series[f];
		if (proxy_of(c, f))
			one = series_next(*of, at->has_last ? &at->last : NULL);
		if (one)
			return one;
	}
	return NULL;
}

/* A counter of struct group_totals, of each group that has series, and of the others together. */
static bool write_group_counter(struct metrics_context *c, const struct metrics_row *row, size_t max)
{
	const struct one_series *one;
	const struct series *of;
	char group[ADDR_STRLEN];

	while (max-- > 0) {
		struct group_totals totals;

		one = next_series(c, &of);
		if (!one) {
			put_other(c, row);
			return false;
		}
		totals = series_totals(of, one);
		put_group(c, addr_format(&one->group, group), row, &totals);
		c->cursor.last = one->group;
		c->cursor.has_last = true;
	}
	return true;
}

/* How many there are on the link of this record, all of whose records of the group are looked at. */
static uint64_t count_members(const struct membership *m, const struct querier *q, struct mtime now)
{
	const struct group *g;

	TAILQ_FOREACH(g, &m->groups, beside)
		if (g->querier == q && !g->is_static && hosts_is_complete(&g->hosts, now) && g->hosts.n > 0)
			return g->hosts.n;
	return 1;
}

/* Hosts where they are tracked, else 1 for each interface. */
static void put_members(struct metrics_context *c, const struct membership *m)
{
	char group[ADDR_STRLEN];
	const struct group *g;

	addr_format(&m->group, group);
	TAILQ_FOREACH(g, &m->groups, beside)
		if (membership_is_first_on_iface(m, g))
			exposition_number(&c->x,
					  LABELS({"group", group}, {"interface", g->querier->iface->name}),
					  count_members(m, g->querier, c->stats->now));
}

static bool write_members(struct metrics_context *c, const struct metrics_row *row, size_t max)
{
	const struct one_series *one;
	const struct series *of;

	(void)row;
	while (max-- > 0 && (one = next_series(c, &of)) != NULL) {
		const struct membership *m = memberdb_find(&of->proxy->db, &one->group);

		if (m)
			put_members(c, m);
		c->cursor.last = one->group;
		c->cursor.has_last = true;
	}
	return next_series(c, &of) != NULL;
}

/* --- of flows --- */

static void put_flow(struct metrics_context *c, const struct metrics_row *row, const struct flow *f)
{
	char group[ADDR_STRLEN], source[ADDR_STRLEN];

	exposition_number(&c->x,
			  LABELS({"group", addr_format(&f->group, group)}, {"source", addr_format(&f->source, source)}),
			  number_at(&f->counters, row->at));
}

/* Those flows that were there when the scrape began. */
static bool write_flow_counter(struct metrics_context *c, const struct metrics_row *row, size_t max)
{
	while (max-- > 0 && c->cursor.flow < c->n_flows) {
		const struct roster_key *key = &c->flows[c->cursor.flow++];
		const struct mfc *mfc = &proxy_of(c, addr_family(&key->group))->mfc;
		const struct flow *f = mfc_find(mfc, &key->source, &key->group);

		if (f)
			put_flow(c, row, f);
	}
	return c->cursor.flow < c->n_flows;
}

/* --- the catalogue --- */

#define IF "interface,family"
#define DAEMON(field) offsetof(struct stats, daemon.field)
#define IFACE(field) offsetof(struct iface_counters, field)
#define PROXY(field) offsetof(struct proxy_counters, field)
#define GROUP(field) offsetof(struct group_totals, field)
#define FLOW(field) offsetof(struct flow_counters, field)
#define TRAFFIC(field) offsetof(struct traffic, field)
#define P "mcast_proxy_"

#define FORWARDED "handed to the kernel for output: TTL and firewall drops come later and are included"

const struct metrics_row metrics_table[] = {
	{P "build", METRIC_INFO, NULL, "version,revision", "The program that runs.", false, write_build, 0},
	{"process_start_time_seconds", METRIC_GAUGE, "seconds", "", "When the daemon started, Unix time.", false,
	 write_start_time, 0},
	{"process_cpu_seconds", METRIC_COUNTER, "seconds", "", "Processor time used, in user and system mode.", false,
	 write_cpu, 0},
	{P "config_reloads", METRIC_COUNTER, NULL, "", "Times that the configuration was read again, failures included.",
	 false, write_stats_number, DAEMON(reloads)},
	{P "config_reload_failures", METRIC_COUNTER, NULL, "", "Reloads that were refused; the old configuration went on.",
	 false, write_stats_number, DAEMON(reload_failures)},
	{P "config_last_reload_successful", METRIC_GAUGE, NULL, "",
	 "1 if the last reload, or the start, took the configuration.", false, write_reload_successful, 0},
	{P "config_last_reload_success_timestamp_seconds", METRIC_GAUGE, "seconds", "",
	 "When the configuration in force was taken, Unix time.", false, write_reload_time, 0},
	{P "log_messages", METRIC_COUNTER, NULL, "level", "Log lines by syslog level, suppressed ones included.", false,
	 write_log_messages, 0},
	{P "syslog_lost", METRIC_COUNTER, NULL, "", "Log lines that syslogd did not take.", false, write_syslog_lost, 0},
	{P "events_dropped", METRIC_COUNTER, NULL, "", "Events that a listener on /events had no room for.", false,
	 write_events_dropped, 0},
	{P "loop_hold_seconds", METRIC_HISTOGRAM, "seconds", "",
	 "How long one turn of the event loop took, in which nothing else was done.", false, write_loop_hold, 0},
	{P "loop_cpu_seconds", METRIC_HISTOGRAM, "seconds", "",
	 "The processor time of one turn of the event loop: what of loop_hold_seconds is the daemon's own.", false,
	 write_loop_cpu, 0},
	{P "scrape_duration_seconds", METRIC_GAUGE, "seconds", "",
	 "How long the last scrape took, reading of the kernel's counters and waiting between slices included.", false,
	 write_scrape_duration, 0},

	{P "interface", METRIC_INFO, NULL, "interface,family,role,ifindex", "The interfaces that have a role.", false,
	 write_info, 0},
	{P "interface_up", METRIC_GAUGE, NULL, IF, "1 if it has link, address and VIF.", false, write_up, 0},
	{P "interface_receive_packets", METRIC_COUNTER, NULL, IF,
	 "Multicast packets that came in to be forwarded.", false, write_traffic,
	 TRAFFIC(packets_in)},
	{P "interface_receive_bytes", METRIC_COUNTER, "bytes", IF, "Their bytes, IP header included.", false,
	 write_traffic, TRAFFIC(bytes_in)},
	{P "interface_transmit_packets", METRIC_COUNTER, NULL, IF,
	 "Multicast packets forwarded out of it, before the firewall.", false, write_traffic,
	 TRAFFIC(packets_out)},
	{P "interface_transmit_bytes", METRIC_COUNTER, "bytes", IF, "Their bytes, IP header included.", false,
	 write_traffic, TRAFFIC(bytes_out)},
	{P "interface_protocol_version", METRIC_GAUGE, NULL, IF, "The highest version spoken there: 1, 2, 3.", false,
	 write_version, 0},
	{P "querier", METRIC_GAUGE, NULL, IF, "1 if we are the querier of the link.", false, write_querier, 0},
	{P "querier_address", METRIC_INFO, NULL, IF ",address", "Who is the querier of the link.", false,
	 write_querier_address, 0},
	{P "querier_changes", METRIC_COUNTER, NULL, IF, "Times that the querier of the link changed.", false,
	 write_counter, IFACE(querier_changes)},
	{P "querier_expiry_seconds", METRIC_GAUGE, "seconds", IF,
	 "How long until the other querier counts as gone; 0 if we are querier.", false, write_querier_expiry, 0},
	{P "reports_received", METRIC_COUNTER, NULL, "interface,protocol", "Report messages.", false,
	 write_by_protocol, IFACE(reports)},
	{P "records_received", METRIC_COUNTER, NULL, "interface,protocol,record",
	 "Group records in IGMPv3 and MLDv2 reports.", false, write_records, 0},
	{P "leaves_received", METRIC_COUNTER, NULL, "interface,protocol", "IGMPv2 leaves and MLDv1 dones.", false,
	 write_by_protocol, IFACE(leaves)},
	{P "queries_received", METRIC_COUNTER, NULL, "interface,protocol,kind", "Queries of others.", false,
	 write_queries, IFACE(queries_received)},
	{P "queries_sent", METRIC_COUNTER, NULL, "interface,protocol,kind", "Our queries.", false, write_queries,
	 IFACE(queries_sent)},
	{P "wrong_version_queries", METRIC_COUNTER, NULL, IF, "Queries of another version than ours.", false,
	 write_counter, IFACE(wrong_version_queries)},
	{P "malformed_packets", METRIC_COUNTER, NULL, IF ",reason", "Messages refused because they break the RFCs.", false,
	 write_malformed, 0},
	{P "ignored_packets", METRIC_COUNTER, NULL, IF ",reason",
	 "Messages and records that are well-formed and not acted upon.", false, write_ignored, 0},
	{P "irregular_packets", METRIC_COUNTER, NULL, IF ",reason",
	 "Messages and records that break the RFCs in a way that does no harm, and are acted upon as far as they can be.",
	 false, write_irregular, 0},
	{P "send_errors", METRIC_COUNTER, NULL, IF ",reason", "Queries that could not be sent, by errno.", false,
	 write_send_errors, 0},
	{P "groups", METRIC_GAUGE, NULL, IF, "Groups with members on the link.", false, write_groups, 0},
	{P "joins", METRIC_COUNTER, NULL, IF, "Groups that got their first member on the link.", false, write_counter,
	 IFACE(joins)},
	{P "membership_timeouts", METRIC_COUNTER, NULL, IF, "Groups that ran out without a leave.", false, write_counter,
	 IFACE(timeouts)},
	{P "sources_refused", METRIC_COUNTER, NULL, IF,
	 "Flows whose source is in no network of the interface and on no source line.", false, write_counter,
	 IFACE(sources_refused)},
	{P "sources_bad_scope", METRIC_COUNTER, NULL, IF,
	 "Flows whose source means nothing beyond its link: never forwarded, whatever the source lines say.", false,
	 write_counter, IFACE(bad_source_scope)},
	{P "filter_hits", METRIC_COUNTER, NULL, IF ",rule",
	 "What the allow and deny lines decided; rule counts them from 1.", false, write_filter_hits, 0},

	{P "unconfigured_packets", METRIC_COUNTER, NULL, "family",
	 "Messages from interfaces that have no role, or are not up.", false, write_family_counter,
	 PROXY(unconfigured_packets)},
	{P "socket_receive_drops", METRIC_COUNTER, NULL, "family",
	 "Messages lost because they came faster than they were read.", false,
	 write_receive_drops, 0},
	{P "upstream_joins", METRIC_COUNTER, NULL, IF, "Groups joined upstream.", false, write_upstream,
	 PROXY(upstream_joins)},
	{P "upstream_leaves", METRIC_COUNTER, NULL, IF, "Groups left upstream.", false, write_upstream,
	 PROXY(upstream_leaves)},
	{P "upstream_join_failures", METRIC_COUNTER, NULL, IF ",reason", "Joins that the kernel refused, by errno.", false,
	 write_join_failures, 0},
	{P "upstream_memberships", METRIC_GAUGE, NULL, IF, "Groups that are joined upstream.", false, write_memberships,
	 0},
	{P "mfc_entries", METRIC_GAUGE, NULL, "family,state",
	 "Entries of the forwarding cache; blocked ones have no outgoing interface.", false, write_entries, 0},
	{P "mfc_unresolved", METRIC_GAUGE, NULL, "family",
	 "Flows that the kernel has asked about and got no answer yet; Linux tells it for IPv4.", false, write_unresolved,
	 0},
	{P "mfc_operations", METRIC_COUNTER, NULL, "family,operation", "Changes of the forwarding cache.", false,
	 write_operations, PROXY(mroute_done)},
	{P "mfc_operation_failures", METRIC_COUNTER, NULL, "family,operation", "Changes that the kernel refused.", false,
	 write_operations, PROXY(mroute_failed)},
	{P "upcalls", METRIC_COUNTER, NULL, "family,kind", "Questions of the kernel.", false, write_upcalls, 0},
	{P "upcalls_ignored", METRIC_COUNTER, NULL, "family",
	 "Questions about groups that are never forwarded, or from interfaces without a role.", false,
	 write_family_counter, PROXY(upcalls_ignored)},
	{P "limit", METRIC_GAUGE, NULL, "limit", "The limits in force.", false, write_limits, 0},
	{P "limit_reached", METRIC_COUNTER, NULL, "limit", "Times that something was refused because of a limit.", false,
	 write_limits, 0},
	{P "join_to_forward_seconds", METRIC_HISTOGRAM, "seconds", "family",
	 "From the first report for a group on a link until the kernel's entry of a flow names the link.", false,
	 write_family_histogram, PROXY(join_to_forward)},
	{P "joins_without_traffic", METRIC_COUNTER, NULL, "family",
	 "Joins for which nothing flowed within ten seconds.", false, write_family_counter,
	 PROXY(joins_without_traffic)},
	{P "leave_to_prune_seconds", METRIC_HISTOGRAM, "seconds", "family",
	 "From the leave until nothing is forwarded to the link any more; shows the last member query time.", false,
	 write_family_histogram, PROXY(leave_to_prune)},

	{P "groups_by_reason", METRIC_GAUGE, NULL, "family,reason", "Groups by why they flow or do not.", false,
	 write_by_reason, 0},
	{P "groups_without_series", METRIC_GAUGE, NULL, "",
	 "Groups that found no place among those with series of their own; they add to group=other.", false,
	 write_without_series, 0},
	{P "group_members", METRIC_GAUGE, NULL, "group,interface",
	 "Hosts where they are tracked, else 1 for a link with members.", false, write_members, 0},
	{P "group_reports_received", METRIC_COUNTER, NULL, "group", "Reports for the group.", false, write_group_counter,
	 GROUP(reports)},
	{P "group_leaves_received", METRIC_COUNTER, NULL, "group", "Leaves, TO_IN and BLOCK records.", false,
	 write_group_counter, GROUP(leaves)},
	{P "group_queries_sent", METRIC_COUNTER, NULL, "group", "Our group-specific queries.", false,
	 write_group_counter, GROUP(queries_sent)},
	{P "group_forwarded_packets", METRIC_COUNTER, NULL, "group", "Packets " FORWARDED ".", false,
	 write_group_counter, GROUP(flows.forwarded_packets)},
	{P "group_forwarded_bytes", METRIC_COUNTER, "bytes", "group",
	 "Bytes " FORWARDED "; IP headers count, and wrong-interface packets too.", false, write_group_counter,
	 GROUP(flows.forwarded_bytes)},
	{P "group_blocked_packets", METRIC_COUNTER, NULL, "group", "Packets that came while nobody wanted them.", false,
	 write_group_counter, GROUP(flows.blocked_packets)},
	{P "group_wrong_interface_packets", METRIC_COUNTER, NULL, "group",
	 "Packets that came in on another interface than their entry's.", false, write_group_counter,
	 GROUP(flows.wrong_if_packets)},

	{P "sg_forwarded_packets", METRIC_COUNTER, NULL, "group,source", "Packets " FORWARDED ".", true,
	 write_flow_counter, FLOW(forwarded_packets)},
	{P "sg_forwarded_bytes", METRIC_COUNTER, "bytes", "group,source",
	 "Bytes " FORWARDED "; IP headers count, and wrong-interface packets too.", true, write_flow_counter,
	 FLOW(forwarded_bytes)},
	{P "sg_blocked_packets", METRIC_COUNTER, NULL, "group,source", "Packets that came while nobody wanted them.", true,
	 write_flow_counter, FLOW(blocked_packets)},
	{P "sg_wrong_interface_packets", METRIC_COUNTER, NULL, "group,source",
	 "Packets that came in on another interface than their entry's.", true, write_flow_counter,
	 FLOW(wrong_if_packets)},
};

const size_t metrics_rows = sizeof(metrics_table) / sizeof(metrics_table[0]);
