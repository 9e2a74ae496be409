#include "roster.h"

#include <stdlib.h>
#include <string.h>

#include "memberdb.h"
#include "mfc.h"

/* A table that shrinks all the time is not waited for for ever: then some may be missed. */
enum { MAX_RESTARTS = 4 };

void roster_init(struct roster *r, const struct table *table, roster_read *read)
{
	*r = (struct roster){.table = table, .read = read};
}

void roster_fini(struct roster *r)
{
	free(r->keys);
	r->keys = NULL;
}

bool roster_group(const struct table_node *node, struct roster_key *key)
{
	const struct membership *m = TABLE_OBJECT(node, struct membership, node);

	*key = (struct roster_key){.group = m->group};
	return true;
}

bool roster_flow(const struct table_node *node, struct roster_key *key)
{
	const struct flow *f = TABLE_OBJECT(node, struct flow, node);

	*key = (struct roster_key){.group = f->group, .source = f->source};
	return true;
}

/* --- collecting --- */

/* From the first slot on. */
static bool begin(struct roster *r)
{
	size_t capacity = r->table->count + r->table->count / 8 + 16;

	if (capacity > r->capacity) {
		struct roster_key *keys = reallocarray(r->keys, capacity, sizeof(*keys));

		if (!keys)
			return false;
		r->keys = keys;
		r->capacity = capacity;
	}
	r->n = 0;
	r->slot = 0;
	r->n_slots = r->table->n_slots;
	return true;
}

/*
 * A table that grows splits slots into new ones at its end, where what was collected is
 * met once more; one that shrinks puts its last slots among those that we have passed.
 */
static bool has_shrunk(const struct roster *r)
{
	return r->table->n_slots < r->n_slots;
}

static bool append(struct roster *r, const struct roster_key *key)
{
	if (r->n == r->capacity) {
		struct roster_key *grown = reallocarray(r->keys, r->capacity * 2, sizeof(*grown));

		if (!grown)
			return false;
		r->keys = grown;
		r->capacity *= 2;
	}
	r->keys[r->n++] = *key;
	return true;
}

static bool collect_slot(struct roster *r)
{
	const struct table_node *node;

	for (node = r->table->slots[r->slot++]; node; node = node->next) {
		struct roster_key key;

		if (r->read(node, &key) && !append(r, &key))
			return false;
	}
	return true;
}

/* --- the heap: keys[0] is the least --- */

static bool is_less(const struct roster *r, size_t a, size_t b)
{
	return memcmp(&r->keys[a], &r->keys[b], sizeof(*r->keys)) < 0;
}

static void swap(struct roster *r, size_t a, size_t b)
{
	struct roster_key key = r->keys[a];

	r->keys[a] = r->keys[b];
	r->keys[b] = key;
}

static void sift_up(struct roster *r, size_t at)
{
	while (at > 0 && is_less(r, at, (at - 1) / 2)) {
		swap(r, at, (at - 1) / 2);
		at = (at - 1) / 2;
	}
}

static void sift_down(struct roster *r)
{
	size_t at = 0;

	for (;;) {
		size_t least = at;

		for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < r->n; child++)
			if (is_less(r, child, least))
				least = child;
		if (least == at)
			return;
		swap(r, at, least);
		at = least;
	}
}

enum roster_state roster_collect(struct roster *r, size_t max)
{
	size_t enough;

	if (r->collected)
		return ROSTER_READY;
	if (!r->keys || (has_shrunk(r) && r->restarts++ < MAX_RESTARTS))
		if (!begin(r))
			return ROSTER_FAILED;
	r->n_slots = r->table->n_slots;
	enough = r->slot + max;
	while (r->slot < r->n_slots && r->slot < enough) {
		size_t before = r->n;

		if (!collect_slot(r))
			return ROSTER_FAILED;
		for (size_t k = before; k < r->n; k++)
			sift_up(r, k);
	}
	r->collected = r->slot >= r->n_slots;
	return r->collected ? ROSTER_READY : ROSTER_MORE;
}

static bool is_last(const struct roster *r, const struct roster_key *key)
{
	return r->has_last && memcmp(&r->last, key, sizeof(*key)) == 0;
}

bool roster_next(struct roster *r, struct roster_key *key)
{
	do {
		if (r->n == 0)
			return false;
		*key = r->keys[0];
		r->keys[0] = r->keys[--r->n];
		sift_down(r);
	} while (is_last(r, key));
	r->last = *key;
	r->has_last = true;
	return true;
}
