/*
 * A set of source addresses: a sorted array without duplicates, with the set
 * algebra of RFC 9776 section 6 and RFC 4605 section 4.1. The set owns its array.
 *
 * Life: zero it (SRCSET_EMPTY) or srcset_init(), srcset_fini() at the end.
 * Functions that may need memory return false when there is none and leave the
 * set as it was.
 */
#ifndef BASE_SRCSET_H
#define BASE_SRCSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"

struct srcset {
	struct addr *addrs;
	uint32_t count;
	uint32_t capacity;
};

#define SRCSET_EMPTY ((struct srcset){0})

void srcset_init(struct srcset *set);
void srcset_fini(struct srcset *set);
/* Empties the set and keeps its memory. */
void srcset_clear(struct srcset *set);
/* Makes *a and *b change places. */
void srcset_swap(struct srcset *a, struct srcset *b);

/* Adding what is there already is success. */
bool srcset_add(struct srcset *set, const struct addr *a) __attribute__((warn_unused_result));
bool srcset_contains(const struct srcset *set, const struct addr *a);
bool srcset_equal(const struct srcset *a, const struct srcset *b);

bool srcset_copy(struct srcset *into, const struct srcset *from) __attribute__((warn_unused_result));
/* into = into + other */
bool srcset_union(struct srcset *into, const struct srcset *other) __attribute__((warn_unused_result));
/* into = into * other */
void srcset_intersect(struct srcset *into, const struct srcset *other);
/* into = into - other */
void srcset_subtract(struct srcset *into, const struct srcset *other);

#endif
