#include "table.h"

#include <stdlib.h>
#include <string.h>

enum {
	TABLE_MIN_SLOTS = 16,
	SPARSE = 8, /* slots for each object that are too many */
	MERGES_A_REMOVAL = 2 * SPARSE,
};

/* The finaliser of splitmix64: a bijection in which every input bit reaches every output bit. */
static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

static uint64_t hash_addr(uint64_t key, const struct addr *a)
{
	uint64_t half[2];

	memcpy(half, a->bytes, sizeof(half));
	return mix(mix(half[0] ^ key) ^ half[1]);
}

uint64_t table_hash(const struct table *t, const struct addr *a)
{
	return hash_addr(t->key, a);
}

uint64_t table_hash2(const struct table *t, const struct addr *a, const struct addr *b)
{
	return hash_addr(hash_addr(t->key, a), b);
}

bool table_init(struct table *t, uint64_t key)
{
	*t = (struct table){.n_slots = TABLE_MIN_SLOTS, .room = TABLE_MIN_SLOTS, .key = key};
	t->slots = calloc(t->room, sizeof(struct table_node *));
	return t->slots != NULL;
}

void table_fini(struct table *t)
{
	free(t->slots);
	*t = (struct table){0};
}

/* A slot that is not there yet is still part of the one that it will be split from. */
static size_t slot_of(const struct table *t, uint64_t hash)
{
	size_t i = (size_t)hash & (t->room - 1);

	return i < t->n_slots ? i : i & (t->room / 2 - 1);
}

static void push(const struct table *t, struct table_node *node)
{
	struct table_node **slot = &t->slots[slot_of(t, node->hash)];

	node->next = *slot;
	*slot = node;
}

static bool double_room(struct table *t)
{
	struct table_node **slots = reallocarray(t->slots, t->room * 2, sizeof(struct table_node *));

	if (!slots)
		return false;
	t->slots = slots;
	t->room *= 2;
	return true;
}

static void halve_room(struct table *t)
{
	struct table_node **slots = reallocarray(t->slots, t->room / 2, sizeof(struct table_node *));

	/* Memory that cannot be given back is no failure. */
	if (slots)
		t->slots = slots;
	t->room /= 2;
}

/* Puts the nodes of a chain where they belong now. */
static void push_all(const struct table *t, struct table_node *node)
{
	struct table_node *next;

	for (; node; node = next) {
		next = node->next;
		push(t, node);
	}
}

static void split(struct table *t)
{
	struct table_node **from, *chain;

	if (t->n_slots == t->room && !double_room(t))
		return;
	from = &t->slots[t->n_slots & (t->room / 2 - 1)];
	chain = *from;
	*from = NULL;
	t->slots[t->n_slots++] = NULL;
	push_all(t, chain);
}

static void merge(struct table *t)
{
	struct table_node *chain = t->slots[--t->n_slots];

	push_all(t, chain);
	if (t->n_slots == t->room / 2)
		halve_room(t);
}

void table_insert(struct table *t, struct table_node *node, uint64_t hash)
{
	if (t->count >= t->n_slots)
		split(t);
	node->hash = hash;
	push(t, node);
	t->count++;
}

void table_remove(struct table *t, struct table_node *node)
{
	struct table_node **at = &t->slots[slot_of(t, node->hash)];

	while (*at != node)
		at = &(*at)->next;
	*at = node->next;
	t->count--;
	for (int i = 0; i < MERGES_A_REMOVAL && t->n_slots > TABLE_MIN_SLOTS && t->count < t->n_slots / SPARSE; i++)
		merge(t);
}

struct table_node *table_first(const struct table *t, uint64_t hash)
{
	struct table_node *node = t->slots[slot_of(t, hash)];

	while (node && node->hash != hash)
		node = node->next;
	return node;
}

struct table_node *table_next(const struct table_node *node)
{
	struct table_node *next = node->next;

	while (next && next->hash != node->hash)
		next = next->next;
	return next;
}

struct table_node *table_walk(const struct table *t, const struct table_node *after)
{
	size_t i = 0;

	if (after && after->next)
		return after->next;
	if (after)
		i = slot_of(t, after->hash) + 1;
	for (; i < t->n_slots; i++)
		if (t->slots[i])
			return t->slots[i];
	return NULL;
}

/* From the end, where slots that are empty can be done without. */
struct table_node *table_any(struct table *t)
{
	while (t->n_slots > TABLE_MIN_SLOTS && !t->slots[t->n_slots - 1])
		merge(t);
	return t->slots[t->n_slots - 1] ? t->slots[t->n_slots - 1] : table_walk(t, NULL);
}
