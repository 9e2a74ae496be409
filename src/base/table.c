#include "table.h"

#include <stdlib.h>
#include <string.h>

enum { TABLE_MIN_SLOTS = 16 };

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
	*t = (struct table){.n_slots = TABLE_MIN_SLOTS, .key = key};
	t->slots = calloc(t->n_slots, sizeof(struct table_node *));
	return t->slots != NULL;
}

void table_fini(struct table *t)
{
	free(t->slots);
	*t = (struct table){0};
}

static struct table_node **slot_of(const struct table *t, uint64_t hash)
{
	return &t->slots[hash & (t->n_slots - 1)];
}

static void push(const struct table *t, struct table_node *node)
{
	struct table_node **slot = slot_of(t, node->hash);

	node->next = *slot;
	*slot = node;
}

static void resize(struct table *t, size_t n_slots)
{
	struct table bigger = *t;
	struct table_node *node;
	struct table_node *next;

	bigger.n_slots = n_slots;
	bigger.slots = calloc(n_slots, sizeof(struct table_node *));
	if (!bigger.slots)
		return;
	for (size_t i = 0; i < t->n_slots; i++) {
		for (node = t->slots[i]; node; node = next) {
			next = node->next;
			push(&bigger, node);
		}
	}
	free(t->slots);
	*t = bigger;
}

void table_insert(struct table *t, struct table_node *node, uint64_t hash)
{
	if (t->count >= t->n_slots)
		resize(t, t->n_slots * 2);
	node->hash = hash;
	push(t, node);
	t->count++;
}

void table_remove(struct table *t, struct table_node *node)
{
	struct table_node **at = slot_of(t, node->hash);

	while (*at != node)
		at = &(*at)->next;
	*at = node->next;
	t->count--;
	if (t->n_slots > TABLE_MIN_SLOTS && t->count < t->n_slots / 8)
		resize(t, t->n_slots / 2);
}

struct table_node *table_first(const struct table *t, uint64_t hash)
{
	struct table_node *node = *slot_of(t, hash);

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
		i = (size_t)(after->hash & (t->n_slots - 1)) + 1;
	for (; i < t->n_slots; i++)
		if (t->slots[i])
			return t->slots[i];
	return NULL;
}
