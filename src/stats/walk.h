/*
 * All groups, or all flows, of both families one after the other, in order and in
 * slices: through a roster of each family. A family that is off has none.
 */
#ifndef STATS_WALK_H
#define STATS_WALK_H

#include <stdbool.h>
#include <stddef.h>

#include "addr.h"
#include "roster.h"

struct proxy;

enum walk_over { WALK_GROUPS, WALK_FLOWS };

struct walk {
	const struct proxy *const *proxies;
	enum walk_over over;
	enum family family; /* being gone through; FAMILY_COUNT: done */
	struct roster roster;
	bool begun; /* the roster of family is */
};

enum walk_state {
	WALK_MORE, /* a slice of work was done, there is no key yet: go on in the next step */
	WALK_KEY,
	WALK_END,
	WALK_NO_MEMORY
};

/* proxies, FAMILY_COUNT of them, NULL for a family that is off, are borrowed. */
void walk_init(struct walk *w, const struct proxy *const *proxies, enum walk_over over);
/* May be called more than once, and of one that is all zero. */
void walk_fini(struct walk *w);

/* The next key, which is one of proxies[w->family]. About max keys are looked at before it says WALK_MORE. */
enum walk_state walk_next(struct walk *w, size_t max, struct roster_key *key);

#endif
