#include "pool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include "membership.h"
#include "table.h"

struct pool_socket {
	TAILQ_ENTRY(pool_socket) entry; /* the newest first */
	TAILQ_ENTRY(pool_socket) room;
	int fd;
	unsigned int count; /* memberships */
	bool has_room;	    /* is in the list of those */
};

TAILQ_HEAD(pool_socket_list, pool_socket);

/* One socket's share of a subscription. */
struct carrier {
	struct carrier *next;
	struct pool_socket *socket; /* NULL: unused */
	bool exclude;
	struct srcset sources;
};

/*
 * Carried by one socket that excludes, or by one or more that include; by both
 * only while it changes. The first carrier is here, as most have no second.
 */
struct subscription {
	struct table_node node;
	TAILQ_ENTRY(subscription) entry; /* the newest first */
	struct membership what;
	struct carrier first;
};

TAILQ_HEAD(subscription_list, subscription);

struct pool {
	const struct mrt *mrt;
	size_t max_sources; /* a socket and group; lowered when the kernel says so */
	struct table table; /* of subscriptions, by group and interface */
	struct subscription_list subscriptions;
	struct pool_socket_list sockets;
	struct pool_socket_list with_room;
};

/* ---- sockets ---- */

static void set_room(struct pool *pool, struct pool_socket *s, bool has_room)
{
	if (has_room && !s->has_room)
		TAILQ_INSERT_HEAD(&pool->with_room, s, room);
	else if (!has_room && s->has_room)
		TAILQ_REMOVE(&pool->with_room, s, room);
	s->has_room = has_room;
}

static void socket_close(struct pool *pool, struct pool_socket *s)
{
	set_room(pool, s, false);
	TAILQ_REMOVE(&pool->sockets, s, entry);
	close(s->fd);
	free(s);
}

static int socket_open(struct pool *pool, struct pool_socket **out)
{
	struct pool_socket *s;
	int fd = membership_open(pool->mrt);

	if (fd < 0)
		return fd;
	s = calloc(1, sizeof(*s));
	if (!s) {
		close(fd);
		return -ENOMEM;
	}
	s->fd = fd;
	TAILQ_INSERT_HEAD(&pool->sockets, s, entry);
	set_room(pool, s, true);
	*out = s;
	return 0;
}

/* ---- carriers ---- */

static struct carrier *carrier_next(struct carrier *c)
{
	while (c && !c->socket)
		c = c->next;
	return c;
}

/* The carriers in use; the one in hand may be removed on the way. */
#define FOREACH_CARRIER(c, after, sub) \
	for ((c) = carrier_next(&(sub)->first); (c) && ((after) = carrier_next((c)->next), true); (c) = (after))

static bool is_carried_by(struct subscription *sub, const struct pool_socket *s)
{
	struct carrier *c;
	struct carrier *after;

	FOREACH_CARRIER(c, after, sub)
		if (c->socket == s)
			return true;
	return false;
}

static struct carrier *excluding_carrier(struct subscription *sub)
{
	struct carrier *c;
	struct carrier *after;

	FOREACH_CARRIER(c, after, sub)
		if (c->exclude)
			return c;
	return NULL;
}

static struct carrier *including_carrier_with_room(struct subscription *sub, size_t max_sources)
{
	struct carrier *c;
	struct carrier *after;

	FOREACH_CARRIER(c, after, sub)
		if (!c->exclude && c->sources.count < max_sources)
			return c;
	return NULL;
}

/* Not in use before it has a socket. */
static struct carrier *carrier_new(struct subscription *sub)
{
	struct carrier *c = &sub->first;

	if (!c->socket)
		return c;
	c = calloc(1, sizeof(*c));
	if (c) {
		c->next = sub->first.next;
		sub->first.next = c;
	}
	return c;
}

static void carrier_free(struct subscription *sub, struct carrier *c)
{
	struct carrier *before = &sub->first;

	srcset_fini(&c->sources);
	c->socket = NULL;
	c->exclude = false;
	if (c == before)
		return;
	while (before->next != c)
		before = before->next;
	before->next = c->next;
	free(c);
}

/* ---- a carrier comes, changes, goes ---- */

static void leave(struct pool *pool, struct subscription *sub, struct carrier *c)
{
	struct pool_socket *s = c->socket;

	membership_leave(pool->mrt, s->fd, &sub->what);
	carrier_free(sub, c);
	if (--s->count == 0)
		socket_close(pool, s);
	else
		set_room(pool, s, true);
}

static int join_on(struct pool *pool, struct pool_socket *s, const struct subscription *sub, const struct addr *source)
{
	return source ? membership_join_source(pool->mrt, s->fd, &sub->what, source) :
			membership_join(pool->mrt, s->fd, &sub->what);
}

/* A socket has one filter for each group and interface, so the carriers of a subscription are on different ones. */
static int socket_with_room(struct pool *pool, struct subscription *sub, struct pool_socket **out)
{
	struct pool_socket *s;

	TAILQ_FOREACH(s, &pool->with_room, room) {
		if (!is_carried_by(sub, s)) {
			*out = s;
			return 0;
		}
	}
	return socket_open(pool, out);
}

/* Joins with source as the first one included, or with NULL excluding none, on whichever socket takes it. */
static int join_somewhere(struct pool *pool, struct subscription *sub, const struct addr *source,
			  struct pool_socket **out)
{
	struct pool_socket *s;
	int r;

	for (;;) {
		r = socket_with_room(pool, sub, &s);
		if (r)
			return r;
		r = join_on(pool, s, sub, source);
		if (!r)
			break;
		if (s->count == 0) {
			/* Even a fresh socket is refused: another one would be too. */
			socket_close(pool, s);
			return r;
		}
		if (r != -ENOBUFS && r != -ENOMEM)
			return r;
		/* Full at fewer than ours; a leave gives room again. */
		set_room(pool, s, false);
	}
	s->count++;
	if (s->count >= POOL_MEMBERSHIPS)
		set_room(pool, s, false);
	*out = s;
	return 0;
}

static int carry(struct pool *pool, struct subscription *sub, const struct addr *source, struct carrier **out)
{
	struct pool_socket *s = NULL;
	struct carrier *c = carrier_new(sub);
	int r;

	if (!c)
		return -ENOMEM;
	r = source && !srcset_add(&c->sources, source) ? -ENOMEM : join_somewhere(pool, sub, source, &s);
	if (r) {
		carrier_free(sub, c);
		return r;
	}
	c->socket = s;
	c->exclude = !source;
	*out = c;
	return 0;
}

/* Changes mode and list of a carrier in place; on failure it is as it was. */
static int change(struct pool *pool, struct subscription *sub, struct carrier *c, bool exclude,
		  const struct srcset *sources)
{
	struct srcset copy = SRCSET_EMPTY;
	int r;

	if (c->exclude == exclude && srcset_equal(&c->sources, sources))
		return 0;
	if (!srcset_copy(&copy, sources))
		return -ENOMEM;
	r = membership_filter(pool->mrt, c->socket->fd, &sub->what, exclude ? GM_EXCLUDE : GM_INCLUDE, &copy);
	if (!r) {
		srcset_swap(&c->sources, &copy);
		c->exclude = exclude;
	}
	srcset_fini(&copy);
	return r;
}

static void leave_including(struct pool *pool, struct subscription *sub)
{
	struct carrier *c;
	struct carrier *after;

	FOREACH_CARRIER(c, after, sub)
		if (!c->exclude)
			leave(pool, sub, c);
}

/* ---- INCLUDE ---- */

/* A list this long was refused. False: it was as short as lists can be. */
static bool lower_max_sources(struct pool *pool, size_t refused)
{
	if (refused <= 1)
		return false;
	if (pool->max_sources > refused / 2)
		pool->max_sources = refused / 2;
	return true;
}

/* Gives a carrier as many of the sources as it takes; *added says how many, 0 when it turned out to be full. */
static int top_up(struct pool *pool, struct subscription *sub, struct carrier *c, const struct addr *sources,
		  size_t count, size_t *added)
{
	struct srcset more = SRCSET_EMPTY;
	size_t room = pool->max_sources - c->sources.count;
	int r = srcset_copy(&more, &c->sources) ? 0 : -ENOMEM;

	*added = count < room ? count : room;
	for (size_t i = 0; !r && i < *added; i++)
		r = srcset_add(&more, &sources[i]) ? 0 : -ENOMEM;
	if (!r)
		r = change(pool, sub, c, false, &more);
	if (r == -ENOBUFS && lower_max_sources(pool, more.count)) {
		*added = 0;
		r = 0;
	}
	srcset_fini(&more);
	return r;
}

/* Adds the first of missing to those that are included, on as many sockets as it takes. */
static int grow(struct pool *pool, struct subscription *sub, const struct srcset *missing, size_t count)
{
	struct carrier *c;
	size_t added;
	int r;

	for (size_t i = 0; i < count; i += added) {
		added = 1;
		c = including_carrier_with_room(sub, pool->max_sources);
		if (c)
			r = top_up(pool, sub, c, &missing->addrs[i], count - i, &added);
		else
			r = carry(pool, sub, &missing->addrs[i], &c);
		if (r)
			return r;
	}
	return 0;
}

/* Takes what is not wanted from those that are included. Goes on after an error: the less is left the better. */
static int shrink(struct pool *pool, struct subscription *sub, const struct srcset *wanted)
{
	struct carrier *c;
	struct carrier *after;
	struct srcset keep;
	int result = 0;
	int r;

	FOREACH_CARRIER(c, after, sub) {
		if (c->exclude)
			continue;
		srcset_init(&keep);
		r = srcset_copy(&keep, &c->sources) ? 0 : -ENOMEM;
		srcset_intersect(&keep, wanted);
		if (!r && keep.count == 0)
			leave(pool, sub, c);
		else if (!r)
			r = change(pool, sub, c, false, &keep);
		srcset_fini(&keep);
		result = result ? result : r;
	}
	return result;
}

static int included(struct subscription *sub, struct srcset *all)
{
	struct carrier *c;
	struct carrier *after;

	srcset_clear(all);
	FOREACH_CARRIER(c, after, sub)
		if (!c->exclude && !srcset_union(all, &c->sources))
			return -ENOMEM;
	return 0;
}

/* The excluding socket changes sides, last of all, with the last of missing: the others include all the rest by now. */
static int convert(struct pool *pool, struct subscription *sub, struct carrier *x, const struct srcset *missing,
		   size_t count)
{
	struct srcset set = SRCSET_EMPTY;
	int r = 0;

	if (count == 0) {
		leave(pool, sub, x);
		return 0;
	}
	for (size_t i = 0; !r && i < count; i++)
		r = srcset_add(&set, &missing->addrs[missing->count - count + i]) ? 0 : -ENOMEM;
	if (!r)
		r = change(pool, sub, x, false, &set);
	srcset_fini(&set);
	return r;
}

static int add_included(struct pool *pool, struct subscription *sub, const struct srcset *wanted)
{
	struct carrier *x = excluding_carrier(sub);
	struct srcset have = SRCSET_EMPTY;
	struct srcset missing = SRCSET_EMPTY;
	bool refused = false;
	size_t last = 0;
	int r;

	do {
		r = included(sub, &have);
		if (!r && !srcset_copy(&missing, wanted))
			r = -ENOMEM;
		srcset_subtract(&missing, &have);
		if (x)
			last = missing.count < pool->max_sources ? missing.count : pool->max_sources;
		if (!r)
			r = grow(pool, sub, &missing, missing.count - last);
		if (!r && x) {
			r = convert(pool, sub, x, &missing, last);
			refused = r == -ENOBUFS;
		}
	} while (refused && lower_max_sources(pool, last));
	srcset_fini(&have);
	srcset_fini(&missing);
	return r;
}

static int set_include(struct pool *pool, struct subscription *sub, const struct srcset *wanted)
{
	struct srcset before = SRCSET_EMPTY;
	int r = included(sub, &before);

	if (!r)
		r = add_included(pool, sub, wanted);
	if (!r)
		r = shrink(pool, sub, wanted);
	else if (excluding_carrier(sub))
		leave_including(pool, sub);
	else
		(void)shrink(pool, sub, &before);
	srcset_fini(&before);
	return r;
}

/* ---- EXCLUDE ---- */

/* A list that no socket takes becomes EXCLUDE of none: more comes in than was asked for, never less. */
static int exclude_on(struct pool *pool, struct subscription *sub, struct carrier *x, const struct srcset *list)
{
	static const struct srcset none;
	int r = list->count > pool->max_sources ? -ENOBUFS : change(pool, sub, x, true, list);

	return r == -ENOBUFS ? change(pool, sub, x, true, &none) : r;
}

static int set_exclude(struct pool *pool, struct subscription *sub, const struct srcset *list)
{
	struct carrier *x = excluding_carrier(sub);
	bool fresh = false;
	int r = 0;

	if (!x)
		x = carrier_next(&sub->first);
	if (!x) {
		fresh = true;
		r = carry(pool, sub, NULL, &x);
	}
	if (r)
		return r;
	r = exclude_on(pool, sub, x, list);
	if (!r)
		leave_including(pool, sub);
	else if (fresh)
		leave(pool, sub, x);
	return r;
}

/* ---- subscriptions ---- */

static uint64_t hash_of(const struct pool *pool, uint32_t ifindex, const struct addr *group)
{
	struct addr as_addr = {{0}};

	memcpy(as_addr.bytes, &ifindex, sizeof(ifindex));
	return table_hash2(&pool->table, group, &as_addr);
}

static struct subscription *find(const struct pool *pool, uint64_t hash, uint32_t ifindex, const struct addr *group)
{
	struct subscription *sub;

	for (struct table_node *n = table_first(&pool->table, hash); n; n = table_next(n)) {
		sub = TABLE_OBJECT(n, struct subscription, node);
		if (sub->what.ifindex == ifindex && addr_equal(&sub->what.group, group))
			return sub;
	}
	return NULL;
}

static struct subscription *subscription_new(struct pool *pool, uint64_t hash, uint32_t ifindex,
					     const struct addr *group)
{
	struct subscription *sub = calloc(1, sizeof(*sub));

	if (!sub)
		return NULL;
	sub->what = (struct membership){.group = *group, .ifindex = ifindex};
	table_insert(&pool->table, &sub->node, hash);
	TAILQ_INSERT_HEAD(&pool->subscriptions, sub, entry);
	return sub;
}

static void subscription_free(struct pool *pool, struct subscription *sub)
{
	struct carrier *c;
	struct carrier *after;

	FOREACH_CARRIER(c, after, sub)
		leave(pool, sub, c);
	table_remove(&pool->table, &sub->node);
	TAILQ_REMOVE(&pool->subscriptions, sub, entry);
	free(sub);
}

int pool_subscribe(struct pool *pool, uint32_t ifindex, const struct addr *group, enum gm_filter_mode mode,
		   const struct srcset *sources)
{
	uint64_t hash = hash_of(pool, ifindex, group);
	struct subscription *sub = find(pool, hash, ifindex, group);
	int r;

	if (mode == GM_INCLUDE && sources->count == 0) {
		if (sub)
			subscription_free(pool, sub);
		return 0;
	}
	/* To the kernel, interface 0 means any that it likes. */
	if (!ifindex)
		return -ENODEV;
	if (!sub)
		sub = subscription_new(pool, hash, ifindex, group);
	if (!sub)
		return -ENOMEM;
	r = mode == GM_EXCLUDE ? set_exclude(pool, sub, sources) : set_include(pool, sub, sources);
	if (!carrier_next(&sub->first))
		subscription_free(pool, sub);
	return r;
}

void pool_unsubscribe_all(struct pool *pool, uint32_t ifindex)
{
	struct subscription *sub;
	struct subscription *next;

	for (sub = TAILQ_FIRST(&pool->subscriptions); sub; sub = next) {
		next = TAILQ_NEXT(sub, entry);
		if (sub->what.ifindex == ifindex)
			subscription_free(pool, sub);
	}
}

/* ---- the pool ---- */

struct pool *pool_new(const struct mrt *mrt)
{
	struct pool *pool = calloc(1, sizeof(*pool));
	uint64_t key;

	if (!pool)
		return NULL;
	arc4random_buf(&key, sizeof(key));
	if (!table_init(&pool->table, key)) {
		free(pool);
		return NULL;
	}
	pool->mrt = mrt;
	pool->max_sources = membership_max_sources(mrt);
	TAILQ_INIT(&pool->subscriptions);
	TAILQ_INIT(&pool->sockets);
	TAILQ_INIT(&pool->with_room);
	return pool;
}

static void forget(struct pool *pool, struct subscription *sub)
{
	struct carrier *c;
	struct carrier *after;

	FOREACH_CARRIER(c, after, sub)
		carrier_free(sub, c);
	TAILQ_REMOVE(&pool->subscriptions, sub, entry);
	free(sub);
}

/*
 * Closing the newest socket first, of which the kernel drops the newest membership
 * first, finds each at the head of the interface's own list; the other way round
 * every leave walks it all.
 */
void pool_free(struct pool *pool)
{
	struct pool_socket *s;
	struct subscription *sub;

	if (!pool)
		return;
	while ((s = TAILQ_FIRST(&pool->sockets)) != NULL)
		socket_close(pool, s);
	while ((sub = TAILQ_FIRST(&pool->subscriptions)) != NULL)
		forget(pool, sub);
	table_fini(&pool->table);
	free(pool);
}
