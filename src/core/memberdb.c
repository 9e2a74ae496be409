#include "memberdb.h"

#include <stdlib.h>

#include "iface.h"

/*
 * A refused join is tried again after this, each group's by its own count: one that is
 * hopeless must not be tried every second only because others succeed.
 */
static const struct mspan backoff[MEMBERDB_BACKOFFS] = {
	{1000000}, {2000000}, {4000000}, {8000000}, {16000000}, {32000000}, {60000000},
};

/*
 * What a leave counts as in a slice, in joins: Linux goes through the list of all that are joined for it.
 * That was a millisecond each for the first of 16,384 that left.
 */
enum { LEAVE_COST = 8 };

bool memberdb_init(struct memberdb *db, struct env *env)
{
	*db = (struct memberdb){.env = env};
	STAILQ_INIT(&db->unmerged);
	TAILQ_INIT(&db->pending);
	TAILQ_INIT(&db->kept);
	for (size_t k = 0; k < MEMBERDB_BACKOFFS; k++)
		TAILQ_INIT(&db->failed[k]);
	db->retry.kind = DEADLINE_JOIN_RETRY;
	return table_init(&db->table, env->hash_key);
}

static struct membership_list *queue_of(struct memberdb *db, const struct membership *m)
{
	if (m->queue == MEMBERSHIP_FAILED)
		return &db->failed[m->backoff];
	return m->queue == MEMBERSHIP_PENDING ? &db->pending : &db->kept;
}

static void dequeue(struct memberdb *db, struct membership *m)
{
	if (m->queue != MEMBERSHIP_SETTLED)
		TAILQ_REMOVE(queue_of(db, m), m, queued);
	m->queue = MEMBERSHIP_SETTLED;
}

static void enqueue(struct memberdb *db, struct membership *m, enum membership_queue queue)
{
	dequeue(db, m);
	m->queue = queue;
	TAILQ_INSERT_TAIL(queue_of(db, m), m, queued);
}

/* Nothing of it is on its way. */
static void settle(struct memberdb *db, struct membership *m)
{
	if (m->joined || membership_is_wanted(m))
		enqueue(db, m, MEMBERSHIP_KEPT);
	else
		dequeue(db, m);
}

/* What its flows had counted. */
static void retire_flows(struct memberdb *db, const struct membership *m)
{
	struct group_totals counted = {.flows = m->counters};

	db->env->ops->retire(db->env->ctx, &m->group, NULL, &counted);
}

static void destroy(struct memberdb *db, struct membership *m)
{
	dequeue(db, m);
	if (m->joined)
		db->n_joined--;
	db->n_accounted -= m->accounted;
	table_remove(&db->table, &m->node);
	retire_flows(db, m);
	srcset_fini(&m->sources);
	free(m);
}

void memberdb_fini(struct memberdb *db)
{
	struct table_node *node;

	while ((node = table_any(&db->table)) != NULL)
		destroy(db, TABLE_OBJECT(node, struct membership, node));
	deadline_cancel(&db->env->deadlines, &db->retry);
	srcset_fini(&db->merged);
	srcset_fini(&db->one);
	table_fini(&db->table);
}

static struct membership *find(const struct memberdb *db, const struct addr *group, uint64_t hash)
{
	struct table_node *node = table_first(&db->table, hash);

	for (; node; node = table_next(node)) {
		struct membership *m = TABLE_OBJECT(node, struct membership, node);

		if (addr_equal(&m->group, group))
			return m;
	}
	return NULL;
}

struct membership *memberdb_find(const struct memberdb *db, const struct addr *group)
{
	return find(db, group, table_hash(&db->table, group));
}

static void now_accounted(struct memberdb *db, struct membership *m)
{
	struct group *g;

	m->accounted = true;
	db->n_accounted++;
	TAILQ_FOREACH(g, &m->groups, beside)
		g->accounted = true;
}

void memberdb_ask_account(struct memberdb *db, struct membership *m, bool joined)
{
	if (db->env->ops->account(db->env->ctx, &m->group, joined) && !m->accounted)
		now_accounted(db, m);
}

struct membership *memberdb_get(struct memberdb *db, const struct addr *group)
{
	uint64_t hash = table_hash(&db->table, group);
	struct membership *m = find(db, group, hash);

	if (m)
		return m;
	m = calloc(1, sizeof(*m));
	if (!m) {
		db->env->counters.no_memory++;
		return NULL;
	}
	m->group = *group;
	m->mode = GM_INCLUDE;
	m->join_to_forward_us = m->leave_to_prune_us = MEMBERSHIP_NO_LATENCY;
	TAILQ_INIT(&m->groups);
	TAILQ_INIT(&m->flows);
	table_insert(&db->table, &m->node, hash);
	memberdb_account(db, m, false);
	return m;
}

void memberdb_release(struct memberdb *db, struct membership *m)
{
	if (TAILQ_EMPTY(&m->groups) && TAILQ_EMPTY(&m->flows) && m->queue == MEMBERSHIP_SETTLED && !m->joined &&
	    !m->is_unmerged)
		destroy(db, m);
}

void memberdb_link(struct membership *m, struct group *g)
{
	g->membership = m;
	g->accounted = m->accounted;
	TAILQ_INSERT_TAIL(&m->groups, g, beside);
}

void memberdb_unlink(struct membership *m, struct group *g)
{
	TAILQ_REMOVE(&m->groups, g, beside);
	g->membership = NULL;
}

bool membership_is_wanted(const struct membership *m)
{
	return m->mode == GM_EXCLUDE || m->sources.count > 0;
}

bool membership_is_first_on_iface(const struct membership *m, const struct group *g)
{
	const struct group *other = TAILQ_FIRST(&m->groups);

	while (other->querier != g->querier)
		other = TAILQ_NEXT(other, beside);
	return other == g;
}

uint64_t membership_count_ifaces(const struct membership *m)
{
	const struct group *g;
	uint64_t n = 0;

	TAILQ_FOREACH(g, &m->groups, beside)
		n += membership_is_first_on_iface(m, g);
	return n;
}

/* --- the merge --- */

static bool any_exclude(const struct membership *m)
{
	const struct group *g;

	TAILQ_FOREACH(g, &m->groups, beside)
		if (g->mode == GM_EXCLUDE)
			return true;
	return false;
}

/* "If any of the records has EXCLUDE mode": the sources that all such exclude... */
static bool intersect_excludes(struct memberdb *db, const struct membership *m)
{
	const struct group *g;
	bool first = true;

	TAILQ_FOREACH(g, &m->groups, beside) {
		if (g->mode != GM_EXCLUDE)
			continue;
		if (!group_filter(g, first ? &db->merged : &db->one))
			return false;
		if (!first)
			srcset_intersect(&db->merged, &db->one);
		first = false;
	}
	return true;
}

/* ... minus those that some INCLUDE record wants. */
static bool subtract_includes(struct memberdb *db, const struct membership *m)
{
	const struct group *g;

	TAILQ_FOREACH(g, &m->groups, beside) {
		if (g->mode != GM_INCLUDE)
			continue;
		if (!group_filter(g, &db->one))
			return false;
		srcset_subtract(&db->merged, &db->one);
	}
	return true;
}

static bool unite_includes(struct memberdb *db, const struct membership *m)
{
	const struct group *g;

	TAILQ_FOREACH(g, &m->groups, beside)
		if (!group_filter(g, &db->one) || !srcset_union(&db->merged, &db->one))
			return false;
	return true;
}

/* RFC 4605 section 4.1, as RFC 9776 section 3.2 merges sockets into an interface. */
static enum gm_filter_mode merge(struct memberdb *db, const struct membership *m)
{
	enum gm_filter_mode mode = any_exclude(m) ? GM_EXCLUDE : GM_INCLUDE;
	bool done;

	srcset_clear(&db->merged);
	if (mode == GM_EXCLUDE)
		done = intersect_excludes(db, m) && subtract_includes(db, m);
	else
		done = unite_includes(db, m);
	if (done)
		return mode;
	/* Short of memory: ask for too much rather than too little; the entries sort it out. */
	db->env->counters.no_memory++;
	srcset_clear(&db->merged);
	return GM_EXCLUDE;
}

static void merge_again(struct memberdb *db, struct membership *m)
{
	enum gm_filter_mode mode = merge(db, m);

	if (mode == m->mode && srcset_equal(&db->merged, &m->sources))
		return;
	m->mode = mode;
	if (db->merged.count == 0) {
		srcset_clear(&m->sources);
	} else if (!srcset_copy(&m->sources, &db->merged)) {
		db->env->counters.no_memory++;
		m->mode = GM_EXCLUDE;
		srcset_clear(&m->sources);
	}
	if (db->upstream)
		enqueue(db, m, MEMBERSHIP_PENDING);
	else
		settle(db, m);
}

void memberdb_changed(struct memberdb *db, struct membership *m)
{
	if (!m->is_unmerged)
		STAILQ_INSERT_TAIL(&db->unmerged, m, unmerged);
	m->is_unmerged = true;
}

void memberdb_merge_changed(struct memberdb *db)
{
	struct membership *m;

	while ((m = STAILQ_FIRST(&db->unmerged)) != NULL) {
		STAILQ_REMOVE_HEAD(&db->unmerged, unmerged);
		m->is_unmerged = false;
		merge_again(db, m);
		memberdb_release(db, m);
	}
}

/* --- upstream --- */

/* What it was to the upstream before; leaves of groups that nobody holds end here. */
static void begin_anew(struct memberdb *db, struct membership *m)
{
	m->queue = MEMBERSHIP_SETTLED;
	m->joined = false;
	m->error = 0;
	m->failures = 0;
	if (db->upstream && membership_is_wanted(m))
		enqueue(db, m, MEMBERSHIP_PENDING);
	else
		settle(db, m);
	memberdb_release(db, m);
}

void memberdb_set_upstream(struct memberdb *db, struct iface *upstream)
{
	struct membership_list all = TAILQ_HEAD_INITIALIZER(all);
	struct membership *m;

	TAILQ_CONCAT(&all, &db->pending, queued);
	TAILQ_CONCAT(&all, &db->kept, queued);
	for (size_t k = 0; k < MEMBERDB_BACKOFFS; k++)
		TAILQ_CONCAT(&all, &db->failed[k], queued);
	db->upstream = upstream;
	db->n_joined = 0;
	deadline_cancel(&db->env->deadlines, &db->retry);
	while ((m = TAILQ_FIRST(&all)) != NULL) {
		TAILQ_REMOVE(&all, m, queued);
		begin_anew(db, m);
	}
}

static void join_failed(struct memberdb *db, struct membership *m, struct mtime now, int error)
{
	struct env *env = db->env;
	uint8_t level = m->failures < MEMBERDB_BACKOFFS ? m->failures : MEMBERDB_BACKOFFS - 1;
	struct event event = {
		.kind = EVENT_SUBSCRIBE_FAILED,
		.family = env->proto->family,
		.iface = db->upstream->name,
		.group = &m->group,
		.error = -error,
		.value = (uint64_t)(backoff[level].us / 1000000),
	};

	env->counters.upstream_join_failures++;
	errno_counts_add(&db->join_errors, -error);
	m->error = (int16_t)-error;
	_Static_assert(MEMBERDB_BACKOFFS < 16, "they have four bits each");
	m->failures = (level + 1U) & 0xfU;
	m->backoff = level & 0xfU;
	m->retry_at = mtime_after(now, backoff[level]);
	enqueue(db, m, MEMBERSHIP_FAILED);
	deadline_no_later(&env->deadlines, &db->retry, m->retry_at);
	env->ops->emit(env->ctx, &event);
}

static void settled(struct memberdb *db, struct membership *m)
{
	bool wanted = membership_is_wanted(m);

	m->error = 0;
	m->failures = 0;
	if (wanted && !m->joined) {
		db->env->counters.upstream_joins++;
		db->n_joined++;
	} else if (!wanted && m->joined) {
		db->env->counters.upstream_leaves++;
		db->n_joined--;
	}
	m->joined = wanted;
	settle(db, m);
}

static void subscribe(struct memberdb *db, struct membership *m, struct mtime now)
{
	struct env *env = db->env;
	int error;

	dequeue(db, m);
	/* Came and went while it waited. After a failure the kernel's state is unknown: then leave to be sure. */
	if (!membership_is_wanted(m) && !m->joined && !m->error) {
		memberdb_release(db, m);
		return;
	}
	error = env->ops->subscribe(env->ctx, db->upstream->ifindex, &m->group, m->mode, &m->sources);
	if (error) {
		join_failed(db, m, now, error);
		return;
	}
	settled(db, m);
	memberdb_release(db, m);
}

bool memberdb_work(struct memberdb *db, struct mtime now, size_t max)
{
	struct membership *m;

	while (max > 0 && (m = TAILQ_FIRST(&db->pending)) != NULL) {
		size_t cost = membership_is_wanted(m) ? 1 : LEAVE_COST;

		max -= cost < max ? cost : max;
		subscribe(db, m, now);
	}
	return !TAILQ_EMPTY(&db->pending);
}

/* Each queue is in the order of its waiting; the earliest of those that go on to wait. */
static struct mtime retry_queue(struct memberdb *db, struct membership_list *queue, struct mtime now)
{
	struct membership *m;

	while ((m = TAILQ_FIRST(queue)) != NULL && mtime_reached(m->retry_at, now))
		enqueue(db, m, MEMBERSHIP_PENDING);
	return m ? m->retry_at : MTIME_NEVER;
}

void memberdb_retry_due(struct memberdb *db, struct mtime now)
{
	struct mtime next = MTIME_NEVER;

	for (size_t k = 0; k < MEMBERDB_BACKOFFS; k++)
		next = mtime_earlier(next, retry_queue(db, &db->failed[k], now));
	deadline_set(&db->env->deadlines, &db->retry, next);
}
