#include <criterion/criterion.h>

#include "params.h"

/* The defaults of RFC 9776 section 8, and a set in which no two values could be mixed up. */
static const struct params standard = {2, {125000000}, {10000000}, {1000000}, 2};
static const struct params uneven = {3, {100000000}, {7000000}, {300000}, 5};

static double seconds(struct mspan span)
{
	return mspan_to_seconds(span);
}

Test(params, group_membership_interval_counts_the_response_twice)
{
	cr_assert_eq(seconds(params_group_membership_interval(&standard)), 270.0);
	cr_assert_eq(seconds(params_group_membership_interval(&uneven)), 314.0);
}

Test(params, other_querier_present_interval_counts_half_a_response)
{
	cr_assert_eq(seconds(params_other_querier_present_interval(&standard)), 255.0);
	cr_assert_eq(seconds(params_other_querier_present_interval(&uneven)), 303.5);
}

Test(params, older_host_present_interval_counts_one_response)
{
	cr_assert_eq(seconds(params_older_host_present_interval(&standard)), 260.0);
	cr_assert_eq(seconds(params_older_host_present_interval(&uneven)), 307.0);
}

Test(params, startup_is_robustness_queries_a_quarter_interval_apart)
{
	cr_assert_eq(seconds(params_startup_query_interval(&standard)), 31.25);
	cr_assert_eq(params_startup_query_count(&standard), 2);
	cr_assert_eq(seconds(params_startup_time(&standard)), 42.25);
	cr_assert_eq(seconds(params_startup_query_interval(&uneven)), 25.0);
	cr_assert_eq(params_startup_query_count(&uneven), 3);
	cr_assert_eq(seconds(params_startup_time(&uneven)), 57.3);
}

Test(params, last_member_query_time_is_interval_times_its_own_count)
{
	cr_assert_eq(seconds(params_last_member_query_time(&standard)), 2.0);
	cr_assert_eq(seconds(params_last_member_query_time(&uneven)), 1.5);
}

Test(params, are_taken_from_the_settings)
{
	struct iface_settings settings = {
		.robustness = 3,
		.query_interval = mspan_seconds(100),
		.query_response_interval = mspan_seconds(7),
		.last_member_query_interval = mspan_ms(300),
		.last_member_query_count = 5,
	};
	struct params p = params_of(&settings);

	cr_assert_eq(p.robustness, uneven.robustness);
	cr_assert_eq(p.query_interval.us, uneven.query_interval.us);
	cr_assert_eq(p.query_response_interval.us, uneven.query_response_interval.us);
	cr_assert_eq(p.last_member_query_interval.us, uneven.last_member_query_interval.us);
	cr_assert_eq(p.last_member_query_count, uneven.last_member_query_count);
}
