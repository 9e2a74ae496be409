/*
 * How often something took how long: cumulative buckets with the bounds that the
 * metrics catalogue names, a sum and a count, which only grow.
 */
#ifndef BASE_HISTOGRAM_H
#define BASE_HISTOGRAM_H

#include <stdint.h>

#include "mtime.h"

enum { HISTOGRAM_BOUNDS = 12 };

/* Upper bounds, in order: 1 ms to 10 s. What took longer is in the count alone. */
extern const struct mspan histogram_bounds[HISTOGRAM_BOUNDS];

struct histogram {
	uint64_t buckets[HISTOGRAM_BOUNDS]; /* bucket n: those that took no longer than bound n and longer than bound n-1 */
	uint64_t count;
	uint64_t sum_us;
	struct mspan longest;
};

/* One that took so long; less than nothing counts as nothing. */
void histogram_observe(struct histogram *h, struct mspan took);

#endif
