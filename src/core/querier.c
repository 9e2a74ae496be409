#include "querier.h"

#include <string.h>

#include "iface.h"
#include "memberdb.h"

static const struct mspan tell_version_interval = {60000000};
static const struct mspan longest_adopted = {3600000000};

/* Hosts that may be tracked on an interface: so many for each group allowed, and these at least. */
enum { TRACKED_A_GROUP = 8, TRACKED_AT_LEAST = 4096 };

enum { QUERY_BATCH = 256 }; /* sources in one packet of ours at most; a list of more is split */

static void emit_querier(const struct querier *q)
{
	const struct iface *i = q->iface;
	struct event event = {
		.kind = EVENT_QUERIER,
		.family = i->env->proto->family,
		.iface = i->name,
		.source = q->elected ? &i->address : &q->other_address,
		.value = q->elected,
	};

	i->env->ops->emit(i->env->ctx, &event);
}

/* --- sending --- */

/* The highest that we speak (RFC 9776 section 7.3.1). */
static enum gm_generation our_version(const struct querier *q)
{
	return q->iface->settings->version[q->iface->env->proto->family];
}

/* False when it was not sent (counted). */
static bool send_query(struct querier *q, struct gm_query *query)
{
	struct iface *i = q->iface;
	enum gm_generation version = our_version(q);
	int error;

	query->protocol = i->env->proto->by_generation[version];
	if (version == GM_GENERATION_3) {
		query->interval = q->params.query_interval;
		query->robustness = (uint8_t)q->params.robustness;
	}
	error = i->env->ops->send_query(i->env->ctx, i->ifindex, &i->address, query);
	if (error) {
		i->counters.send_errors++;
		errno_counts_add(&i->send_errors, -error);
		return false;
	}
	i->queries_since_up += gm_query_kind(query) == GM_QUERY_GENERAL;
	i->counters.queries_sent[query->protocol][gm_query_kind(query)]++;
	return true;
}

static bool send_general(struct querier *q)
{
	struct gm_query query = {
		.group = addr_unspecified[q->iface->env->proto->family],
		.max_response = q->params.query_response_interval,
	};

	return send_query(q, &query);
}

/* IGMPv1 knows no group-specific query, and only generation 3 lists sources. */
static void send_specific(struct querier *q, struct group *g, const struct addr *sources, size_t n, bool suppress)
{
	struct gm_query query = {
		.group = g->addr,
		.sources = addrspan_of(sources, n),
		.max_response = q->params.last_member_query_interval,
		.suppress = suppress,
	};

	if (our_version(q) < (n > 0 ? GM_GENERATION_3 : GM_GENERATION_2))
		return;
	if (!send_query(q, &query))
		return;
	g->counters.queries_sent++;
	q->iface->env->counters.groups[g->accounted].queries_sent++;
}

static size_t sources_in_packet(const struct querier *q)
{
	const struct env *env = q->iface->env;
	size_t max = env->ops->max_query_sources(env->ctx, q->iface->mtu);

	/* An MTU too small for any source must not keep us from asking: the send fails, and is counted. */
	if (max == 0)
		return 1;
	return max < QUERY_BATCH ? max : QUERY_BATCH;
}

/* Does the S flag stand on a query for this timer? It is set where the timer is larger than LMQT (6.6.3.1, 6.6.3.2). */
static bool is_long(const struct querier *q, struct mtime now, struct mtime expires)
{
	return mtime_before(mtime_after(now, params_last_member_query_time(&q->params)), expires);
}

/*
 * Section 6.6.3.2: one query (or as many as the MTU asks for) for those sources
 * still to be asked about whose timers are larger than LMQT, with S set, and one
 * for the others.
 */
static void send_sources(struct querier *q, struct mtime now, struct group *g, bool suppress)
{
	struct addr batch[QUERY_BATCH];
	size_t in_packet = sources_in_packet(q);
	size_t n = 0;

	for (uint32_t i = 0; i < g->n_sources; i++) {
		struct source *s = &g->sources[i];

		if (s->queries_left == 0 || mtime_is_never(s->expires) || is_long(q, now, s->expires) != suppress)
			continue;
		s->queries_left--;
		batch[n++] = s->addr;
		if (n == in_packet) {
			send_specific(q, g, batch, n, suppress);
			n = 0;
		}
	}
	if (n > 0)
		send_specific(q, g, batch, n, suppress);
}

static bool sources_left(const struct group *g)
{
	for (uint32_t i = 0; i < g->n_sources; i++)
		if (g->sources[i].queries_left > 0)
			return true;
	return false;
}

static void forget_queries(struct group *g)
{
	g->queries_left = 0;
	for (uint32_t i = 0; i < g->n_sources; i++)
		g->sources[i].queries_left = 0;
	g->next_query = g->next_source_query = MTIME_NEVER;
}

/* After one was sent: when the next is due, or from when on it may be. */
static struct mtime after_query(const struct querier *q, struct mtime now, bool left)
{
	return mtime_after(now, left ? q->params.last_member_query_interval : group_query_spacing);
}

static void send_group_query(struct querier *q, struct mtime now, struct group *g)
{
	if (g->queries_left == 0) {
		g->next_query = MTIME_NEVER;
		return;
	}
	g->queries_left--;
	send_specific(q, g, NULL, 0, is_long(q, now, g->expires));
	g->next_query = after_query(q, now, g->queries_left > 0);
}

static void send_source_queries(struct querier *q, struct mtime now, struct group *g)
{
	if (!sources_left(g)) {
		g->next_source_query = MTIME_NEVER;
		return;
	}
	send_sources(q, now, g, true);
	send_sources(q, now, g, false);
	g->next_source_query = after_query(q, now, sources_left(g));
}

static void send_due_queries(struct querier *q, struct mtime now, struct group *g)
{
	/* Another router asks now, or nobody can be asked. */
	if (!q->elected || q->iface->state != IFACE_UP) {
		forget_queries(g);
		return;
	}
	if (mtime_reached(g->next_query, now))
		send_group_query(q, now, g);
	if (mtime_reached(g->next_source_query, now))
		send_source_queries(q, now, g);
}

/* --- life --- */

/* Section 6.6.2: all routers start as querier, and ask RV times at the startup interval. */
static void begin_as_querier(struct querier *q, struct mtime now)
{
	q->elected = true;
	q->params = params_of(q->iface->settings);
	q->startup_left = params_startup_query_count(&q->params);
	deadline_set(&q->iface->env->deadlines, &q->general, now);
}

static size_t max_tracked(const struct querier *q)
{
	return TRACKED_AT_LEAST + (size_t)TRACKED_A_GROUP * q->iface->settings->max_groups;
}

bool querier_start(struct querier *q, struct iface *iface, struct mtime now)
{
	memset(q, 0, sizeof(*q));
	if (!table_init(&q->groups, iface->env->hash_key))
		return false;
	q->iface = iface;
	q->tracked.max = max_tracked(q);
	q->general.kind = DEADLINE_GENERAL_QUERY;
	q->other.kind = DEADLINE_OTHER_QUERIER;
	q->last_query_heard = MTIME_NEVER;
	q->hosts_known_from = MTIME_NEVER;
	q->running = true;
	begin_as_querier(q, now);
	return true;
}

/*
 * Hosts that were there before us, or joined while the link was down, are in no list. All
 * are asked by the first general query, ours or another querier's; until they have had
 * the time to answer, fast leave would cut them off.
 */
static void note_general(struct querier *q, struct mtime now, struct mspan response)
{
	if (mspan_cmp(response, q->params.query_response_interval) < 0)
		response = q->params.query_response_interval;
	if (mtime_is_never(q->hosts_known_from))
		q->hosts_known_from = mtime_after(now, response);
	q->last_general = now;
}

void querier_suspend(struct querier *q)
{
	deadline_cancel(&q->iface->env->deadlines, &q->general);
	deadline_cancel(&q->iface->env->deadlines, &q->other);
}

void querier_resume(struct querier *q, struct mtime now)
{
	q->hosts_known_from = MTIME_NEVER;
	if (q->elected)
		begin_as_querier(q, now);
	else
		querier_other_due(q, now);
}

void querier_doubt(struct querier *q, struct mtime now)
{
	struct params params = params_of(q->iface->settings);

	q->doubted_until = mtime_after(now, params_startup_time(&params));
	q->epoch++;
}

/* An epoch comes again after 65,536 devices: by then the walk through the groups is long over. */
void querier_catch_up(struct querier *q, struct group *g)
{
	if (g->epoch == q->epoch)
		return;
	g->epoch = q->epoch;
	group_lower_all(g, q->doubted_until);
	querier_arm(q, g);
}

void querier_stop(struct querier *q)
{
	deadline_cancel(&q->iface->env->deadlines, &q->general);
	deadline_cancel(&q->iface->env->deadlines, &q->other);
	table_fini(&q->groups);
	q->running = false;
	q->elected = false;
}

void querier_configure(struct querier *q)
{
	struct params before = q->params;

	q->tracked.max = max_tracked(q);
	q->params = params_of(q->iface->settings);
	if (q->elected)
		return;
	/* The querier's word stands until it says another (section 4.1.6, 4.1.7); the rest is ours. */
	if (q->adopted_robustness)
		q->params.robustness = before.robustness;
	if (q->adopted_interval)
		q->params.query_interval = before.query_interval;
}

/* --- groups --- */

struct group *querier_find(const struct querier *q, const struct addr *group)
{
	struct table_node *node = table_first(&q->groups, table_hash(&q->groups, group));

	for (; node; node = table_next(node)) {
		struct group *g = TABLE_OBJECT(node, struct group, node);

		if (addr_equal(&g->addr, group))
			return g;
	}
	return NULL;
}

struct group *querier_add(struct querier *q, struct mtime now, const struct membership *m)
{
	struct env *env = q->iface->env;
	struct group *g;

	if (q->groups.count >= q->iface->settings->max_groups) {
		env->counters.limit_groups++;
		q->iface->counters.groups_refused++;
		return NULL;
	}
	g = group_new(&m->group);
	if (!g) {
		env->counters.no_memory++;
		return NULL;
	}
	g->querier = q;
	g->epoch = q->epoch;
	g->hosts.room = &q->tracked;
	g->since = now;
	g->awaiting = true;
	g->deadline.kind = DEADLINE_GROUP;
	table_insert(&q->groups, &g->node, m->node.hash); /* of the same key: querier_start() */
	return g;
}

void querier_remove(struct querier *q, struct group *g)
{
	deadline_cancel(&q->iface->env->deadlines, &g->deadline);
	table_remove(&q->groups, &g->node);
}

void querier_arm(struct querier *q, struct group *g)
{
	deadline_no_later(&q->iface->env->deadlines, &g->deadline, group_next(g));
}

static void count_report(struct querier *q, struct group *g, enum gm_record_type type,
			 const struct group_change *change)
{
	struct iface *i = q->iface;
	struct group_totals *totals = &i->env->counters.groups[g->accounted];

	if (type == GM_TO_IN || type == GM_BLOCK) {
		g->counters.leaves++;
		totals->leaves++;
	} else {
		g->counters.reports++;
		totals->reports++;
	}
	if (change->ignored)
		i->counters.ignored[IGNORED_COMPATIBILITY]++;
	if (change->sources_refused > 0) {
		i->counters.ignored[IGNORED_LIMIT]++;
		i->env->counters.limit_sources += change->sources_refused;
	}
	if (change->no_memory > 0)
		i->env->counters.no_memory += change->no_memory;
}

/*
 * Hosts of an older version suppress each other's reports: what they say makes no list.
 * Their membership lasts longer than the older host present timer, so that alone does
 * not tell when the list is whole again.
 */
static void note_host(const struct querier *q, struct mtime now, struct group *g, enum gm_protocol protocol,
		      const struct gm_record *record, const struct addr *reporter)
{
	struct mtime until = mtime_after(now, params_group_membership_interval(&q->params));

	if (gm_generation_of(protocol) == GM_GENERATION_3 && !addr_is_unspecified(reporter))
		hosts_report(&g->hosts, reporter, now, until, record, q->iface->settings->max_sources);
	else if (record->type != GM_TO_IN || record->sources.count > 0)
		hosts_untracked(&g->hosts, until);
}

struct group_change querier_report(struct querier *q, struct mtime now, struct group *g, enum gm_protocol protocol,
				   const struct gm_record *record, const struct addr *reporter)
{
	struct group_limits limits = {
		.max_sources = q->iface->settings->max_sources,
		.querier = q->elected,
		.fast_leave = q->iface->settings->fast_leave && mtime_reached(q->hosts_known_from, now),
		.version = our_version(q),
	};
	struct group_change change;

	querier_catch_up(q, g);
	note_host(q, now, g, protocol, record, reporter);
	change = group_apply(g, now, &q->params, &limits, protocol, record);

	g->protocol = protocol;
	g->last_reporter = *reporter;
	count_report(q, g, record->type, &change);
	return change;
}

bool querier_was_left(const struct querier *q, struct mtime now, const struct group *g)
{
	struct mspan enough = mspan_times(params_last_member_query_time(&q->params), 2);

	return !mtime_is_never(g->left_at) && mspan_cmp(mtime_since(now, g->left_at), enough) <= 0;
}

struct group_change querier_group_due(struct querier *q, struct mtime now, struct group *g)
{
	struct group_change change;

	querier_catch_up(q, g);
	change = group_expire(g, now);
	/* Once in a membership at least: silent hosts must not keep the room of the interface. */
	hosts_expire(&g->hosts, now);
	if (mtime_reached(g->next_query, now) || mtime_reached(g->next_source_query, now))
		send_due_queries(q, now, g);
	return change;
}

/* --- election (section 6.6.2) --- */

/*
 * QQI may be nearly nine hours. A single query that says so, from whoever has a low
 * address, would silence the link for days: who is really that slow must put up with our
 * taking over between two queries of his.
 */
static struct mspan bearable(const struct params *ours, struct mspan interval)
{
	struct mspan most = mspan_cmp(ours->query_interval, longest_adopted) > 0 ? ours->query_interval : longest_adopted;

	return mspan_cmp(interval, most) > 0 ? most : interval;
}

/* Section 4.1.6 and 4.1.7: take over the querier's robustness and interval; 0 says nothing. */
static void adopt(struct querier *q, const struct gm_query *query)
{
	q->params = params_of(q->iface->settings);
	q->adopted_robustness = query->robustness > 0;
	q->adopted_interval = query->interval.us > 0;
	if (q->adopted_robustness)
		q->params.robustness = query->robustness;
	if (q->adopted_interval)
		q->params.query_interval = bearable(&q->params, query->interval);
}

/*
 * How long the other querier is believed to be present. Section 6.6.2 says an
 * interval from any query of its, but memberships are refreshed by the answers to
 * general queries alone: one that went silent after a specific query would be waited
 * for until they had run out. It has a query interval to come up with its first.
 */
static struct mtime present_until(const struct querier *q, struct mtime now)
{
	struct mtime until = mtime_after(q->last_general, params_other_querier_present_interval(&q->params));
	struct mtime soonest = mtime_after(now, q->params.query_interval);

	return mtime_before(until, soonest) ? soonest : until;
}

/* Has somebody lower than this router already won? Then its queries change nothing. */
static bool has_lost(const struct querier *q, const struct addr *src)
{
	return !q->elected && q->other.armed && addr_cmp(&q->other_address, src) < 0;
}

static void yield_to(struct querier *q, struct mtime now, const struct addr *src, const struct gm_query *query)
{
	bool news = q->elected || !addr_equal(&q->other_address, src);
	bool general = gm_query_kind(query) == GM_QUERY_GENERAL;
	bool present = q->elected || general;

	q->elected = false;
	q->other_address = *src;
	adopt(q, query);
	if (general)
		note_general(q, now, query->max_response);
	deadline_cancel(&q->iface->env->deadlines, &q->general);
	if (present)
		deadline_set(&q->iface->env->deadlines, &q->other, present_until(q, now));
	if (!news)
		return;
	q->iface->counters.querier_changes++;
	emit_querier(q);
}

/* While another is querier, its specific queries lower our timers too, unless S is set (section 6.6.1). */
static void lower_by_query(struct querier *q, struct mtime now, const struct gm_query *query)
{
	struct group *g = addr_is_unspecified(&query->group) ? NULL : querier_find(q, &query->group);
	struct mspan each = q->params.last_member_query_interval;

	if (!g || query->suppress)
		return;
	/* A querier with a longer interval than ours waits longer for its answers; none waits for less than ours. */
	if (mspan_cmp(query->max_response, each) > 0)
		each = query->max_response;
	querier_catch_up(q, g);
	group_lower(g, now, mspan_times(each, q->params.last_member_query_count), &query->sources);
	querier_arm(q, g);
}

/* Section 7.3.1: all routers of a link must be set to the same version; a mismatch is told once a minute. */
static void wrong_version(struct querier *q, struct mtime now, const struct addr *src, enum gm_protocol protocol)
{
	const struct iface *i = q->iface;
	struct event event = {
		.kind = EVENT_WRONG_VERSION,
		.family = i->env->proto->family,
		.iface = i->name,
		.source = src,
		.protocol = protocol,
	};

	q->iface->counters.wrong_version_queries++;
	if (!mtime_reached(q->tell_version, now))
		return;
	q->tell_version = mtime_after(now, tell_version_interval);
	i->env->ops->emit(i->env->ctx, &event);
}

void querier_query(struct querier *q, struct mtime now, const struct addr *src, const struct gm_query *query)
{
	struct iface *i = q->iface;

	if (query->protocol != i->env->proto->by_generation[our_version(q)])
		wrong_version(q, now, src, query->protocol);
	q->last_query_heard = now;
	/* Two others below us: the lowest is querier while it is there, and the second will fall silent by itself. */
	if (has_lost(q, src))
		return;
	/* A query from nobody (RFC 4541 section 2.1.1) is heard and never wins. */
	if (!addr_is_unspecified(src) && addr_cmp(src, &i->address) < 0)
		yield_to(q, now, src, query);
	if (!q->elected)
		lower_by_query(q, now, query);
}

void querier_other_due(struct querier *q, struct mtime now)
{
	begin_as_querier(q, now);
	q->iface->counters.querier_changes++;
	emit_querier(q);
}

void querier_general_due(struct querier *q, struct mtime now)
{
	bool starting = q->startup_left > 1;

	if (send_general(q))
		note_general(q, now, q->params.query_response_interval);
	if (q->startup_left > 0)
		q->startup_left--;
	deadline_set(&q->iface->env->deadlines, &q->general,
		     mtime_after(now, starting ? params_startup_query_interval(&q->params) : q->params.query_interval));
}
