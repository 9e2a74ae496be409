/* Counters of interfaces that are gone: they belong to names, and none of them is lost. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "iface.h"
#include "retired.h"

/* An interface that has counted so much; only what retired_* looks at is there. */
static struct iface counting(const char *name, uint64_t joins)
{
	struct iface i = {.counters = {.joins = joins}};

	snprintf(i.name, sizeof(i.name), "%s", name);
	return i;
}

static uint64_t kept_joins(const struct retired *r)
{
	struct iface_counters sum = {0};

	retired_sum(r, &sum);
	return sum.joins;
}

Test(retired, come_back_with_the_name)
{
	struct iface gone = counting("ppp0", 5), other = counting("ppp1", 7), back = {0};
	struct retired r;

	retired_init(&r);
	errno_counts_add(&gone.send_errors, ENETDOWN);
	retired_keep(&r, &gone);
	retired_keep(&r, &other);
	cr_expect_eq(gone.counters.joins, 0, "nothing is counted twice");
	cr_expect_eq(kept_joins(&r), 12);
	gone.counters.joins = 2; /* a group that ended later */
	retired_keep(&r, &gone);
	retired_give_back(&r, "ppp0", &back);
	cr_expect_eq(back.counters.joins, 7);
	cr_expect_eq(back.send_errors.list[0].error, ENETDOWN);
	cr_expect_eq(back.send_errors.list[0].count, 1);
	cr_expect_eq(kept_joins(&r), 7);
	retired_fini(&r);
}

Test(retired, new_names_begin_at_nothing)
{
	struct iface fresh = {0};
	struct retired r;

	retired_init(&r);
	retired_give_back(&r, "eth0", &fresh);
	cr_expect_eq(fresh.counters.joins, 0);
	retired_fini(&r);
}

Test(retired, are_bounded_and_none_is_lost)
{
	struct iface back = {0};
	struct retired r;
	char name[16];

	retired_init(&r);
	for (int k = 0; k < 2 * RETIRED_MAX; k++) {
		struct iface gone;

		snprintf(name, sizeof(name), "ppp%d", k);
		gone = counting(name, 1);
		retired_keep(&r, &gone);
		cr_assert_leq(r.n, RETIRED_MAX);
	}
	cr_expect_eq(kept_joins(&r), 2 * RETIRED_MAX);
	retired_give_back(&r, "ppp0", &back);
	cr_expect_eq(back.counters.joins, 0, "the oldest names are forgotten, their sum is not");
	retired_give_back(&r, name, &back);
	cr_expect_eq(back.counters.joins, 1);
	retired_fini(&r);
}
