#include "refused.h"

#include <stdlib.h>

static const struct addr no_source;

const char *refused_name(enum refused_why why)
{
	static const char *const names[] = {"filtered", "source_not_allowed", "limit"};

	return names[why];
}

bool refusals_init(struct refusals *r, uint64_t hash_key)
{
	TAILQ_INIT(&r->list);
	return table_init(&r->table, hash_key);
}

static void drop(struct refusals *r, struct refused *one)
{
	table_remove(&r->table, &one->node);
	TAILQ_REMOVE(&r->list, one, entry);
	free(one);
}

void refusals_fini(struct refusals *r)
{
	struct refused *one;

	while ((one = TAILQ_FIRST(&r->list)) != NULL)
		drop(r, one);
	table_fini(&r->table);
}

static uint64_t hash(const struct refusals *r, const struct addr *group, const struct addr *source)
{
	return table_hash2(&r->table, source ? source : &no_source, group);
}

static bool is_it(const struct refused *one, uint32_t ifindex, const struct addr *group, const struct addr *source)
{
	return one->ifindex == ifindex && addr_equal(&one->group, group) && one->has_source == (source != NULL) &&
	       (!source || addr_equal(&one->source, source));
}

static struct refused *find(const struct refusals *r, uint32_t ifindex, const struct addr *group,
			    const struct addr *source)
{
	struct table_node *node = table_first(&r->table, hash(r, group, source));

	for (; node; node = table_next(node)) {
		struct refused *one = TABLE_OBJECT(node, struct refused, node);

		if (is_it(one, ifindex, group, source))
			return one;
	}
	return NULL;
}

const struct refused *refusals_find(const struct refusals *r, uint32_t ifindex, const struct addr *group,
				    const struct addr *source)
{
	return find(r, ifindex, group, source);
}

static struct refused *add(struct refusals *r, const struct refused *what, const struct addr *source)
{
	struct refused *one;

	if (r->table.count >= REFUSED_MAX)
		drop(r, TAILQ_FIRST(&r->list));
	one = calloc(1, sizeof(*one));
	if (!one)
		return NULL;
	table_insert(&r->table, &one->node, hash(r, &what->group, source));
	TAILQ_INSERT_TAIL(&r->list, one, entry);
	return one;
}

/* All but the places in table and list. */
static void fill(struct refused *one, const struct refused *what, uint64_t count, struct mtime now)
{
	struct table_node node = one->node;
	struct refused copy = *what;

	copy.entry = one->entry;
	*one = copy;
	one->node = node;
	one->count = count;
	one->last = now;
}

void refusals_note(struct refusals *r, struct mtime now, const struct refused *what)
{
	const struct addr *source = what->has_source ? &what->source : NULL;
	struct refused *one = find(r, what->ifindex, &what->group, source);

	if (one) {
		TAILQ_REMOVE(&r->list, one, entry);
		TAILQ_INSERT_TAIL(&r->list, one, entry);
	} else {
		one = add(r, what, source);
	}
	if (one)
		fill(one, what, one->count + 1, now);
}

void refusals_forget(struct refusals *r, uint32_t ifindex, const struct addr *group, const struct addr *source)
{
	/* As nearly always, and on the way of every join. */
	struct refused *one = r->table.count > 0 ? find(r, ifindex, group, source) : NULL;

	if (one)
		drop(r, one);
}

void refusals_forget_iface(struct refusals *r, uint32_t ifindex)
{
	struct refused *one = TAILQ_FIRST(&r->list);
	struct refused *next;

	for (; one; one = next) {
		next = TAILQ_NEXT(one, entry);
		if (one->ifindex == ifindex)
			drop(r, one);
	}
}
