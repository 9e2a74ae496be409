#include <criterion/criterion.h>

#include "rates.h"

static json_t *parse(const char *text)
{
	json_t *value = json_loads(text, 0, NULL);

	cr_assert(value != NULL);
	return value;
}

/* The rate of the array's first element from the one answer to the other; false: there is none. */
static bool find(const char *before_text, const char *now_text, const char *name, struct rate *rate)
{
	json_t *before = before_text ? parse(before_text) : NULL, *now = parse(now_text);
	struct rates rates;
	bool found;

	rates_init(&rates, before, now, name);
	found = rates_find(&rates, json_array_get(json_object_get(now, name), 0), rate);
	rates_fini(&rates);
	json_decref(before);
	json_decref(now);
	return found;
}

Test(rates, are_what_was_added_in_a_second)
{
	struct rate rate;

	cr_assert(find("{\"time\":10.5,\"groups\":[{\"group\":\"239.1.1.1\",\"forwarded_packets\":100,\"forwarded_bytes\":1000}]}",
		       "{\"time\":12.5,\"groups\":[{\"group\":\"239.1.1.1\",\"forwarded_packets\":150,\"forwarded_bytes\":51000}]}",
		       "groups", &rate));
	cr_expect_float_eq(rate.packets, 25, 1e-9);
	cr_expect_float_eq(rate.bits, 200000, 1e-6);
}

Test(rates, of_a_route_are_those_of_its_own_source)
{
	struct rate rate;

	cr_assert(find("{\"time\":1,\"routes\":[{\"group\":\"239.1.1.1\",\"source\":\"10.0.0.1\",\"packets\":9,\"bytes\":9},"
		       "{\"group\":\"239.1.1.1\",\"source\":\"10.0.0.2\",\"packets\":4,\"bytes\":40}]}",
		       "{\"time\":2,\"routes\":[{\"group\":\"239.1.1.1\",\"source\":\"10.0.0.2\",\"packets\":7,\"bytes\":70}]}",
		       "routes", &rate));
	cr_expect_float_eq(rate.packets, 3, 1e-9);
	cr_expect_float_eq(rate.bits, 240, 1e-9);
}

Test(rates, count_from_nothing_after_a_restart)
{
	struct rate rate;

	cr_assert(find("{\"time\":1,\"groups\":[{\"group\":\"ff3e::1\",\"forwarded_packets\":1000,\"forwarded_bytes\":1000}]}",
		       "{\"time\":2,\"groups\":[{\"group\":\"ff3e::1\",\"forwarded_packets\":5,\"forwarded_bytes\":50}]}", "groups",
		       &rate));
	cr_expect_float_eq(rate.packets, 5, 1e-9);
}

Test(rates, are_unknown_of_what_was_not_there_before)
{
	struct rate rate;
	const char *now = "{\"time\":2,\"groups\":[{\"group\":\"239.1.1.1\",\"forwarded_packets\":5,\"forwarded_bytes\":50}]}";

	cr_expect_not(find("{\"time\":1,\"groups\":[]}", now, "groups", &rate));
	cr_expect_not(find(NULL, now, "groups", &rate));
}

Test(rates, are_unknown_while_no_time_has_passed)
{
	struct rate rate;
	const char *now = "{\"time\":2,\"groups\":[{\"group\":\"239.1.1.1\",\"forwarded_packets\":5,\"forwarded_bytes\":50}]}";

	cr_expect_not(find(now, now, "groups", &rate));
}
