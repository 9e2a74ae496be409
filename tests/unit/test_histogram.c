/* How long things took, in buckets whose bounds belong to them. */
#include <criterion/criterion.h>

#include "histogram.h"

Test(histogram, puts_a_bound_into_its_own_bucket)
{
	for (unsigned int k = 0; k < HISTOGRAM_BOUNDS; k++) {
		struct histogram h = {0};

		histogram_observe(&h, histogram_bounds[k]);
		cr_expect_eq(h.buckets[k], 1);
		histogram_observe(&h, mspan_add(histogram_bounds[k], mspan_us(1)));
		cr_expect_eq(h.buckets[k], 1, "longer than the bound");
		cr_expect(k + 1 == HISTOGRAM_BOUNDS || h.buckets[k + 1] == 1);
		cr_expect_eq(h.count, 2);
	}
}

Test(histogram, counts_what_is_longer_than_all_and_less_than_nothing)
{
	struct histogram h = {0};

	histogram_observe(&h, mspan_seconds(11));
	cr_expect_eq(h.sum_us, 11000000);
	for (unsigned int k = 0; k < HISTOGRAM_BOUNDS; k++)
		cr_expect_eq(h.buckets[k], 0);
	histogram_observe(&h, mspan_us(-5));
	cr_expect_eq(h.buckets[0], 1);
	cr_expect_eq(h.count, 2);
	cr_expect_eq(h.sum_us, 11000000);
	cr_expect_eq(h.longest.us, 11000000);
}
