#include "deadline.h"

#include <stddef.h>

static int deadline_cmp(const struct deadline *a, const struct deadline *b)
{
	if (a->at.us != b->at.us)
		return a->at.us < b->at.us ? -1 : 1;
	/* A burst is one instant to all its groups, so this is the usual case. */
	if (a->serial != b->serial)
		return a->serial < b->serial ? -1 : 1;
	return 0;
}

RB_PROTOTYPE(deadline_tree, deadline, entry, deadline_cmp)
RB_GENERATE(deadline_tree, deadline, entry, deadline_cmp)

void deadlines_init(struct deadlines *set)
{
	RB_INIT(&set->tree);
	set->serial = 0;
}

void deadline_cancel(struct deadlines *set, struct deadline *d)
{
	if (!d->armed)
		return;
	RB_REMOVE(deadline_tree, &set->tree, d);
	d->armed = false;
}

void deadline_set(struct deadlines *set, struct deadline *d, struct mtime at)
{
	deadline_cancel(set, d);
	if (mtime_is_never(at))
		return;
	d->at = at;
	/* A serial that wrapped round may meet its twin at the same instant: take the next. */
	do
		d->serial = set->serial++;
	while (RB_INSERT(deadline_tree, &set->tree, d) != NULL);
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

struct deadline *deadlines_pop(struct deadlines *set, struct mtime now)
{
	struct deadline *first = RB_MIN(deadline_tree, &set->tree);

	if (!first || !mtime_reached(first->at, now))
		return NULL;
	deadline_cancel(set, first);
	return first;
}
