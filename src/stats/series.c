#include "series.h"

#include <stdlib.h>
#include <string.h>

#include "iface.h"

/* How long a group that is gone keeps its place: more than the five minutes after which Prometheus calls a series stale. */
static const struct mspan linger = {600000000};
/* Half a millisecond, and ten thousand may have gone at once. */
enum { EXPIRE_AT_ONCE = 256 };

_Static_assert(sizeof(struct group_totals) % sizeof(uint64_t) == 0, "nothing but counters in it");
enum { TOTALS = sizeof(struct group_totals) / sizeof(uint64_t) };

static void add(struct group_totals *to, const struct group_totals *more)
{
	uint64_t *sum = (uint64_t *)to;
	const uint64_t *term = (const uint64_t *)more;

	for (size_t k = 0; k < TOTALS; k++)
		sum[k] += term[k];
}

static void subtract(struct group_totals *from, const struct group_totals *less)
{
	uint64_t *sum = (uint64_t *)from;
	const uint64_t *term = (const uint64_t *)less;

	for (size_t k = 0; k < TOTALS; k++)
		sum[k] -= term[k];
}

bool series_init(struct series *s, const struct proxy *proxy, struct series_room *room)
{
	*s = (struct series){.proxy = proxy, .room = room};
	TAILQ_INIT(&s->gone);
	return table_init(&s->table, proxy->env.hash_key);
}

static void free_one(struct one_series *one)
{
	free(one->shares);
	free(one);
}

void series_fini(struct series *s)
{
	for (size_t k = 0; k < s->table.count; k++)
		free_one(s->sorted[k]);
	free(s->sorted);
	table_fini(&s->table);
}

static struct one_series *find(const struct series *s, const struct addr *group)
{
	struct table_node *node = table_first(&s->table, table_hash(&s->table, group));

	for (; node; node = table_next(node)) {
		struct one_series *one = TABLE_OBJECT(node, struct one_series, node);

		if (addr_equal(&one->group, group))
			return one;
	}
	return NULL;
}

/* The first place whose group is not before this one. */
static size_t position(const struct series *s, const struct addr *group)
{
	size_t low = 0;
	size_t high = s->table.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (addr_cmp(&s->sorted[middle]->group, group) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* What the core's record of a group on an interface holds now; the configuration's own has heard nothing. */
static struct group_totals live_there(const struct group *g)
{
	if (g->is_static)
		return (struct group_totals){0};
	return (struct group_totals){
		.reports = g->counters.reports,
		.leaves = g->counters.leaves,
		.queries_sent = g->counters.queries_sent,
		.joins = 1,
	};
}

/* What the core's records of a group hold now. */
static struct group_totals live(const struct membership *m)
{
	struct group_totals t = {.flows = m->counters};
	const struct group *g;

	TAILQ_FOREACH(g, &m->groups, beside) {
		struct group_totals there = live_there(g);

		add(&t, &there);
	}
	return t;
}

static struct one_series *insert(struct series *s, const struct addr *group)
{
	size_t n = s->table.count;
	size_t at = position(s, group);
	struct one_series **sorted;
	struct one_series *one;

	sorted = reallocarray(s->sorted, n + 1, sizeof(struct one_series *));
	if (sorted)
		s->sorted = sorted;
	one = sorted ? calloc(1, sizeof(*one)) : NULL;
	if (!one)
		return NULL;
	one->group = *group;
	one->gone_since = MTIME_NEVER;
	memmove(&sorted[at + 1], &sorted[at], (n - at) * sizeof(struct one_series *));
	sorted[at] = one;
	table_insert(&s->table, &one->node, table_hash(&s->table, group));
	s->room->used++;
	return one;
}

static void not_gone(struct series *s, struct one_series *one)
{
	if (!mtime_is_never(one->gone_since))
		TAILQ_REMOVE(&s->gone, one, gone);
	one->gone_since = MTIME_NEVER;
}

static struct one_series *begin(struct series *s, const struct addr *group)
{
	const struct membership *m = memberdb_find(&s->proxy->db, group);
	struct one_series *one = s->room->used < s->room->max ? insert(s, group) : NULL;
	struct group_totals before = {0};

	if (!one) {
		s->refused++;
		return NULL;
	}
	/* What it counted until now stays in "other", which never goes back. */
	if (m)
		before = live(m);
	subtract(&one->base, &before);
	return one;
}

bool series_account(struct series *s, const struct addr *group, bool joined)
{
	struct one_series *one = find(s, group);

	if (one && joined)
		not_gone(s, one);
	if (!one && joined)
		one = begin(s, group);
	return one != NULL;
}

static struct series_share *find_share(const struct one_series *one, const char *iface)
{
	for (size_t k = 0; k < one->n_shares; k++)
		if (strcmp(one->shares[k].iface, iface) == 0)
			return &one->shares[k];
	return NULL;
}

/* There are as many as interfaces, and these are few. NULL when memory is short: then it begins at 0 once more. */
static struct series_share *share_of(struct one_series *one, const char *iface)
{
	struct series_share *share = find_share(one, iface);
	struct series_share *more;

	if (share)
		return share;
	more = reallocarray(one->shares, one->n_shares + 1, sizeof(*more));
	if (!more)
		return NULL;
	one->shares = more;
	share = &more[one->n_shares++];
	*share = (struct series_share){0};
	strlcpy(share->iface, iface, sizeof(share->iface));
	return share;
}

void series_retire(struct series *s, struct mtime now, const struct addr *group, const char *iface,
		   const struct group_totals *counted)
{
	struct one_series *one = find(s, group);
	struct series_share *share = one && iface ? share_of(one, iface) : NULL;

	if (!one)
		return;
	add(&one->base, counted);
	if (share)
		add(&share->base, counted);
	not_gone(s, one);
	one->gone_since = now;
	TAILQ_INSERT_TAIL(&s->gone, one, gone);
}

/* Is nobody asking for it, and does nothing flow? Then the core has forgotten it. */
static bool is_gone(const struct series *s, const struct one_series *one)
{
	return memberdb_find(&s->proxy->db, &one->group) == NULL;
}

/* The next that has been gone for long enough; NULL: none yet. The end of one that lives on is told again. */
static struct one_series *next_gone(struct series *s, struct mtime now)
{
	struct one_series *one;

	while ((one = TAILQ_FIRST(&s->gone)) != NULL && mtime_reached(mtime_after(one->gone_since, linger), now)) {
		not_gone(s, one);
		if (is_gone(s, one))
			return one;
	}
	return NULL;
}

static void close_gaps(struct series *s, size_t n)
{
	size_t kept = 0;

	for (size_t k = 0; k < n; k++)
		if (s->sorted[k])
			s->sorted[kept++] = s->sorted[k];
}

bool series_expire(struct series *s, struct mtime now)
{
	struct one_series *gone[EXPIRE_AT_ONCE];
	size_t at[EXPIRE_AT_ONCE];
	size_t all = s->table.count;
	size_t n = 0;

	/* All places first: gaps cannot be searched. */
	for (; n < EXPIRE_AT_ONCE && (gone[n] = next_gone(s, now)) != NULL; n++)
		at[n] = position(s, &gone[n]->group);
	for (size_t k = 0; k < n; k++) {
		s->sorted[at[k]] = NULL;
		table_remove(&s->table, &gone[k]->node);
		add(&s->ended, &gone[k]->base);
		free_one(gone[k]);
	}
	s->room->used -= n;
	if (n > 0)
		close_gaps(s, all);
	return n == EXPIRE_AT_ONCE;
}

struct group_totals series_of_group(const struct series *s, const struct membership *m)
{
	const struct one_series *one = find(s, &m->group);
	struct group_totals t = live(m);

	if (one)
		add(&t, &one->base);
	return t;
}

struct group_totals series_of_member(const struct series *s, const struct group *g)
{
	const struct one_series *one = find(s, &g->addr);
	const struct series_share *share = one ? find_share(one, g->querier->iface->name) : NULL;
	struct group_totals t = live_there(g);

	if (share && !g->is_static)
		add(&t, &share->base);
	return t;
}

struct group_totals series_totals(const struct series *s, const struct one_series *one)
{
	const struct membership *m = memberdb_find(&s->proxy->db, &one->group);
	struct group_totals t = one->base;
	struct group_totals now;

	if (!m)
		return t;
	now = live(m);
	add(&t, &now);
	return t;
}

struct group_totals series_other(const struct series *s)
{
	struct group_totals t = s->proxy->env.counters.groups[false];

	add(&t, &s->ended);
	return t;
}

size_t series_groups_without(const struct series *s)
{
	return s->proxy->db.table.count - s->proxy->db.n_accounted;
}

const struct one_series *series_next(const struct series *s, const struct addr *after)
{
	size_t at = after ? position(s, after) : 0;

	if (after && at < s->table.count && addr_equal(&s->sorted[at]->group, after))
		at++;
	return at < s->table.count ? s->sorted[at] : NULL;
}
