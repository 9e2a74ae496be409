/*
 * A hash table of objects that embed a struct table_node. Why not a library's:
 * uthash costs 56 bytes a node (ours 16, twice per group), cannot take a hash
 * keyed at run time, and does not build under -Wconversion.
 *
 * The hash is keyed: senders choose group and source addresses, and must not be
 * able to choose collisions. The table owns its slots, never the objects.
 *
 * It grows and shrinks by a slot at a time (linear hashing, Litwin 1980): to put 65,536
 * objects into twice the slots at once would hold everything else for milliseconds.
 */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"

struct table_node {
	struct table_node *next;
	uint64_t hash;
};

struct table {
	struct table_node **slots;
	size_t n_slots; /* in use */
	size_t room;	/* a power of two */
	size_t count;
	uint64_t key;
};

/* The object around a node, as offsetof() tells. */
#define TABLE_OBJECT(node, type, member) ((type *)(void *)((char *)(node)-offsetof(type, member)))

/* False when memory is short; then there is nothing to fini. */
bool table_init(struct table *t, uint64_t key) __attribute__((warn_unused_result));
/* The caller has freed or forgotten the objects before. */
void table_fini(struct table *t);

uint64_t table_hash(const struct table *t, const struct addr *a);
uint64_t table_hash2(const struct table *t, const struct addr *a, const struct addr *b);

/*
 * Never fails: when memory for more slots is short, chains get longer. The
 * caller has checked that no equal object is there.
 */
void table_insert(struct table *t, struct table_node *node, uint64_t hash);
/* The node must be in the table. */
void table_remove(struct table *t, struct table_node *node);

/*
 * The nodes of one hash: start with table_first(), go on with table_next();
 * NULL ends. Other hashes may be among the chain and are skipped.
 */
struct table_node *table_first(const struct table *t, uint64_t hash);
struct table_node *table_next(const struct table_node *node);

/*
 * All nodes, in no order: start with NULL, end with NULL. Nothing may be
 * inserted or removed on the way.
 */
struct table_node *table_walk(const struct table *t, const struct table_node *after);

/*
 * Some node, NULL when there is none. For who takes out all of them, others in between
 * as it comes: it is one pass in all, where table_walk() from the start would step over
 * what is empty already each time.
 */
struct table_node *table_any(struct table *t);

#endif
