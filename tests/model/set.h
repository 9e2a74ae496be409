/*
 * A set of addresses for the reference model: an unsorted array, looked through from
 * the front, handed about by value. Nothing here is meant to be fast.
 */
#ifndef TESTS_MODEL_SET_H
#define TESTS_MODEL_SET_H

#include <stdbool.h>
#include <stddef.h>

#include "addr.h"

enum { SET_MAX = 24 };

struct set {
	struct addr addrs[SET_MAX];
	size_t n;
};

bool set_has(const struct set *s, const struct addr *a);
/* Ends the process when the set is full. */
void set_put(struct set *s, const struct addr *a);
struct set set_of(const struct addrspan *span);

/* A+B, A-B and A*B of RFC 9776 section 6.4. */
struct set set_plus(const struct set *a, const struct set *b);
struct set set_minus(const struct set *a, const struct set *b);
struct set set_times(const struct set *a, const struct set *b);
bool set_same(const struct set *a, const struct set *b);

#endif
