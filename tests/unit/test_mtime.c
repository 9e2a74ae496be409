#include <criterion/criterion.h>

#include "mtime.h"

Test(mspan, units)
{
	cr_assert_eq(mspan_ms(3).us, 3000);
	cr_assert_eq(mspan_seconds(3).us, 3000000);
	cr_assert_eq(mspan_to_ms(mspan_us(1999)), 1);
	cr_assert_eq(mspan_to_seconds(mspan_ms(1500)), 1.5);
}

Test(mspan, arithmetic)
{
	cr_assert_eq(mspan_add(mspan_ms(1), mspan_us(1)).us, 1001);
	cr_assert_eq(mspan_times(mspan_seconds(125), 2).us, 250000000);
	cr_assert_eq(mspan_divided(mspan_seconds(125), 4).us, 31250000);
	cr_assert_lt(mspan_cmp(mspan_ms(1), mspan_ms(2)), 0);
	cr_assert_eq(mspan_cmp(mspan_ms(2), mspan_us(2000)), 0);
	cr_assert_gt(mspan_cmp(mspan_us(INT64_MAX), mspan_us(INT64_MIN)), 0);
}

Test(mtime, never_stays_never)
{
	cr_assert(mtime_is_never(mtime_after(MTIME_NEVER, mspan_seconds(1))));
	cr_assert(mtime_is_never(mtime_after(MTIME_NEVER, mspan_seconds(-1))));
	cr_assert_not(mtime_is_never((struct mtime){0}));
}

Test(mtime, never_is_later_than_all)
{
	struct mtime late = {INT64_MAX - 1};

	cr_assert(mtime_before(late, MTIME_NEVER));
	cr_assert_not(mtime_before(MTIME_NEVER, MTIME_NEVER));
	cr_assert_not(mtime_reached(MTIME_NEVER, late));
	cr_assert_eq(mtime_earlier(MTIME_NEVER, late).us, late.us);
	cr_assert_eq(mtime_earlier(late, MTIME_NEVER).us, late.us);
}

Test(mtime, reached_at_the_very_instant)
{
	struct mtime now = {1000};

	cr_assert(mtime_reached(now, now));
	cr_assert(mtime_reached((struct mtime){999}, now));
	cr_assert_not(mtime_reached((struct mtime){1001}, now));
	cr_assert_not(mtime_before(now, now));
}

Test(mtime, since_and_after)
{
	struct mtime start = {500};
	struct mtime later = mtime_after(start, mspan_ms(2));

	cr_assert_eq(later.us, 2500);
	cr_assert_eq(mtime_since(later, start).us, 2000);
	cr_assert_eq(mtime_since(start, later).us, -2000);
}
