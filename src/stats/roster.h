/*
 * The keys of a hash table at about one moment, to be gone through in order and in
 * slices: collected a few slots at a time, ordered by a heap that gives one after the
 * other. Whoever comes or goes meanwhile may be missed, or be gone when his turn
 * comes; nobody is given twice.
 */
#ifndef STATS_ROSTER_H
#define STATS_ROSTER_H

#include <stdbool.h>
#include <stddef.h>

#include "addr.h"
#include "table.h"

struct roster_key {
	struct addr group;
	struct addr source; /* of flows; else all zero */
};

/* What a node of the table stands for. False: it is not to be listed. */
typedef bool roster_read(const struct table_node *node, struct roster_key *key);

struct roster {
	const struct table *table;
	roster_read *read;
	struct roster_key *keys; /* a heap, the least first */
	size_t n;
	size_t capacity;
	size_t slot;	/* the next to be looked at */
	size_t n_slots; /* that the table had at the last look */
	unsigned int restarts;
	struct roster_key last; /* given, so that nobody is given twice */
	bool has_last;
	bool collected;
};

enum roster_state { ROSTER_MORE, ROSTER_READY, ROSTER_FAILED };

/* table is borrowed; 32 bytes for each key will be allocated. */
void roster_init(struct roster *r, const struct table *table, roster_read *read);
void roster_fini(struct roster *r);

/* Collects; to be called until it is ready. About max keys are looked at. ROSTER_FAILED: memory is short. */
enum roster_state roster_collect(struct roster *r, size_t max);

/* The next key in order, taken out; false when none is left. Only when it is ready. */
bool roster_next(struct roster *r, struct roster_key *key);

/* Readers of the core's tables. */
roster_read roster_group; /* struct memberdb, table */
roster_read roster_flow;  /* struct mfc, table */

#endif
