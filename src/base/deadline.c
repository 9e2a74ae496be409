#include "deadline.h"

#include <stddef.h>

/* What is set for the same instant as another goes behind it: never 0, nothing is ever looked up. */
static int deadline_cmp(const struct deadline *a, const struct deadline *b)
{
	return a->at.us < b->at.us ? -1 : 1;
}

RB_PROTOTYPE(deadline_tree, deadline, entry, deadline_cmp)
RB_GENERATE(deadline_tree, deadline, entry, deadline_cmp)

void deadlines_init(struct deadlines *set)
{
	RB_INIT(&set->tree);
	set->walk = NULL;
}

void deadline_cancel(struct deadlines *set, struct deadline *d)
{
	if (!d->armed)
		return;
	if (set->walk == d)
		set->walk = RB_NEXT(deadline_tree, &set->tree, d);
	RB_REMOVE(deadline_tree, &set->tree, d);
	d->armed = false;
}

void deadline_set(struct deadlines *set, struct deadline *d, struct mtime at)
{
	deadline_cancel(set, d);
	if (mtime_is_never(at))
		return;
	d->at = at;
	(void)RB_INSERT(deadline_tree, &set->tree, d);
	d->armed = true;
}

void deadline_no_later(struct deadlines *set, struct deadline *d, struct mtime at)
{
	if (!d->armed || mtime_before(at, d->at))
		deadline_set(set, d, at);
}

struct mtime deadlines_next(const struct deadlines *set)
{
	const struct deadline *first = RB_MIN(deadline_tree, (struct deadline_tree *)&set->tree);

	return first ? first->at : MTIME_NEVER;
}

void deadlines_walk(struct deadlines *set)
{
	set->walk = RB_MIN(deadline_tree, &set->tree);
}

struct deadline *deadlines_walk_on(struct deadlines *set)
{
	struct deadline *d = set->walk;

	if (d)
		set->walk = RB_NEXT(deadline_tree, &set->tree, d);
	return d;
}

struct deadline *deadlines_pop(struct deadlines *set, struct mtime now)
{
	struct deadline *first = RB_MIN(deadline_tree, &set->tree);

	if (!first || !mtime_reached(first->at, now))
		return NULL;
	deadline_cancel(set, first);
	return first;
}
