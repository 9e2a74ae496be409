#include "histogram.h"

const struct mspan histogram_bounds[HISTOGRAM_BOUNDS] = {
	{1000}, {2500}, {5000}, {10000}, {25000}, {50000}, {100000}, {250000}, {500000}, {1000000}, {2500000}, {10000000},
};

void histogram_observe(struct histogram *h, struct mspan took)
{
	unsigned int n = 0;

	if (took.us < 0)
		took.us = 0;
	while (n < HISTOGRAM_BOUNDS && mspan_cmp(took, histogram_bounds[n]) > 0)
		n++;
	if (n < HISTOGRAM_BOUNDS)
		h->buckets[n]++;
	h->count++;
	h->sum_us += (uint64_t)took.us;
	if (mspan_cmp(took, h->longest) > 0)
		h->longest = took;
}
