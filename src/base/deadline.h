/*
 * An ordered set of deadlines that are embedded in the objects they belong to.
 * It keeps no callbacks: the caller pops what is due and acts on it.
 *
 * An object's true next deadline may move later at any time without telling
 * the set (a refreshed membership does so at every report): the entry is then
 * a lower bound, pops early, and the caller puts it back at the true time. What
 * must never happen is that the true deadline is earlier than the entry:
 * deadline_no_later() sees to that.
 *
 * Life: zero a struct deadline, set kind, then use it; deadline_cancel() before
 * the memory around it is freed. The set owns nothing.
 */
#ifndef BASE_DEADLINE_H
#define BASE_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/tree.h>

#include "mtime.h"

struct deadline {
	RB_ENTRY(deadline) entry;
	struct mtime at;
	uint16_t kind; /* the caller's: which object this is embedded in */
	bool armed;
};

RB_HEAD(deadline_tree, deadline);

struct deadlines {
	struct deadline_tree tree;
	struct deadline *walk; /* the next to be met; NULL: nobody walks */
};

void deadlines_init(struct deadlines *set);

/*
 * Puts d at the instant, behind all that were set for the same, from wherever it was;
 * MTIME_NEVER takes it out.
 */
void deadline_set(struct deadlines *set, struct deadline *d, struct mtime at);

/* As deadline_set(), but leaves an entry that is already due earlier. */
void deadline_no_later(struct deadlines *set, struct deadline *d, struct mtime at);

void deadline_cancel(struct deadlines *set, struct deadline *d);

/* The earliest instant in the set, MTIME_NEVER when it is empty. */
struct mtime deadlines_next(const struct deadlines *set);

/*
 * A walk through the set in slices, which holds while entries come and go: every entry
 * that was there at its beginning and stays where it is is met once, the earliest first.
 * One that is set anew on the way may or may not be. There is one walk: another begins at the first.
 */
void deadlines_walk(struct deadlines *set);
/* NULL: it is over. */
struct deadline *deadlines_walk_on(struct deadlines *set);

/* Takes out and returns the earliest entry that is due at now; NULL if none is. */
struct deadline *deadlines_pop(struct deadlines *set, struct mtime now);

#endif
