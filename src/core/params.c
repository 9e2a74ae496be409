#include "params.h"

struct params params_of(const struct iface_settings *settings)
{
	return (struct params){
		.robustness = settings->robustness,
		.query_interval = settings->query_interval,
		.query_response_interval = settings->query_response_interval,
		.last_member_query_interval = settings->last_member_query_interval,
		.last_member_query_count = settings->last_member_query_count,
	};
}

static struct mspan robust_interval(const struct params *p)
{
	return mspan_times(p->query_interval, p->robustness);
}

struct mspan params_group_membership_interval(const struct params *p)
{
	return mspan_add(robust_interval(p), mspan_times(p->query_response_interval, 2));
}

struct mspan params_other_querier_present_interval(const struct params *p)
{
	return mspan_add(robust_interval(p), mspan_divided(p->query_response_interval, 2));
}

struct mspan params_older_host_present_interval(const struct params *p)
{
	return mspan_add(robust_interval(p), p->query_response_interval);
}

struct mspan params_startup_query_interval(const struct params *p)
{
	return mspan_divided(p->query_interval, 4);
}

unsigned int params_startup_query_count(const struct params *p)
{
	return p->robustness;
}

struct mspan params_startup_time(const struct params *p)
{
	struct mspan asking = mspan_times(params_startup_query_interval(p), params_startup_query_count(p) - 1);

	return mspan_add(asking, mspan_add(p->query_response_interval, p->last_member_query_interval));
}

struct mspan params_last_member_query_time(const struct params *p)
{
	return mspan_times(p->last_member_query_interval, p->last_member_query_count);
}
