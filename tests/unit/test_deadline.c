#include <criterion/criterion.h>

#include "chance.h"
#include "deadline.h"

static struct mtime at(int64_t us)
{
	return (struct mtime){us};
}

Test(deadline, empty_set)
{
	struct deadlines set;

	deadlines_init(&set);
	cr_assert(mtime_is_never(deadlines_next(&set)));
	cr_assert_null(deadlines_pop(&set, at(INT64_MAX)));
}

Test(deadline, pops_what_is_due_in_order)
{
	struct deadlines set;
	struct deadline d[3] = {0};

	deadlines_init(&set);
	deadline_set(&set, &d[0], at(30));
	deadline_set(&set, &d[1], at(10));
	deadline_set(&set, &d[2], at(20));
	cr_assert_eq(deadlines_next(&set).us, 10);
	cr_assert_null(deadlines_pop(&set, at(9)));
	cr_assert_eq(deadlines_pop(&set, at(20)), &d[1]);
	cr_assert_not(d[1].armed);
	cr_assert_eq(deadlines_pop(&set, at(20)), &d[2]);
	cr_assert_null(deadlines_pop(&set, at(20)));
	cr_assert_eq(deadlines_next(&set).us, 30);
}

Test(deadline, ties_go_in_the_order_of_setting)
{
	struct deadlines set;
	struct deadline d[10] = {0};

	deadlines_init(&set);
	for (int i = 0; i < 10; i++)
		deadline_set(&set, &d[i * 7 % 10], at(5));
	for (int i = 0; i < 10; i++)
		cr_assert_eq(deadlines_pop(&set, at(5)), &d[i * 7 % 10]);
}

Test(deadline, moves_both_ways)
{
	struct deadlines set;
	struct deadline d = {0};

	deadlines_init(&set);
	deadline_set(&set, &d, at(10));
	deadline_set(&set, &d, at(20));
	cr_assert_eq(deadlines_next(&set).us, 20);
	deadline_set(&set, &d, at(5));
	cr_assert_eq(deadlines_next(&set).us, 5);
	cr_assert_eq(deadlines_pop(&set, at(5)), &d);
	cr_assert_null(deadlines_pop(&set, at(100)));
}

Test(deadline, never_takes_out)
{
	struct deadlines set;
	struct deadline d = {0};

	deadlines_init(&set);
	deadline_set(&set, &d, at(10));
	deadline_set(&set, &d, MTIME_NEVER);
	cr_assert_not(d.armed);
	cr_assert(mtime_is_never(deadlines_next(&set)));
	deadline_no_later(&set, &d, MTIME_NEVER);
	cr_assert_not(d.armed);
}

Test(deadline, cancel_twice)
{
	struct deadlines set;
	struct deadline d = {0};

	deadlines_init(&set);
	deadline_cancel(&set, &d);
	deadline_set(&set, &d, at(10));
	deadline_cancel(&set, &d);
	deadline_cancel(&set, &d);
	cr_assert_null(deadlines_pop(&set, at(100)));
}

Test(deadline, no_later_only_moves_earlier)
{
	struct deadlines set;
	struct deadline d = {0};

	deadlines_init(&set);
	deadline_no_later(&set, &d, at(10));
	cr_assert_eq(deadlines_next(&set).us, 10);
	deadline_no_later(&set, &d, at(20));
	cr_assert_eq(deadlines_next(&set).us, 10);
	deadline_no_later(&set, &d, MTIME_NEVER);
	cr_assert_eq(deadlines_next(&set).us, 10);
	deadline_no_later(&set, &d, at(5));
	cr_assert_eq(deadlines_next(&set).us, 5);
}

/* Objects 0 to 9 at instants of two each: 0, 0, 1, 1, ... */
static void set_pairs(struct deadlines *set, struct deadline d[static 10])
{
	deadlines_init(set);
	for (int i = 0; i < 10; i++)
		deadline_set(set, &d[i], at(i / 2));
}

Test(deadline, a_walk_meets_all_in_their_order_and_takes_none_out)
{
	struct deadlines set;
	struct deadline d[10] = {0};

	set_pairs(&set, d);
	cr_assert_null(deadlines_walk_on(&set), "none has begun");
	for (int round = 0; round < 2; round++) {
		deadlines_walk(&set);
		for (int i = 0; i < 10; i++)
			cr_assert_eq(deadlines_walk_on(&set), &d[i]);
		cr_assert_null(deadlines_walk_on(&set));
	}
	cr_assert_eq(deadlines_pop(&set, at(0)), &d[0]);
}

/* What is cancelled, popped or put elsewhere in front of the walker does not stop it. */
Test(deadline, a_walk_goes_on_when_the_next_one_goes)
{
	struct deadlines set;
	struct deadline d[10] = {0};

	set_pairs(&set, d);
	deadlines_walk(&set);
	cr_assert_eq(deadlines_pop(&set, at(0)), &d[0]);
	cr_assert_eq(deadlines_walk_on(&set), &d[1]);
	deadline_set(&set, &d[1], at(0));
	deadline_cancel(&set, &d[2]);
	deadline_cancel(&set, &d[3]);
	cr_assert_eq(deadlines_walk_on(&set), &d[4]);
	deadline_set(&set, &d[5], at(100));
	deadline_set(&set, &d[7], at(0));
	cr_assert_eq(deadlines_walk_on(&set), &d[6]);
	cr_assert_eq(deadlines_walk_on(&set), &d[8]);
	cr_assert_eq(deadlines_walk_on(&set), &d[9]);
	deadline_cancel(&set, &d[5]);
	cr_assert_null(deadlines_walk_on(&set));
}

enum { OBJECTS = 64, STEPS = 50000 };

static int64_t earliest(const int64_t due[static OBJECTS])
{
	int64_t least = INT64_MAX;

	for (size_t i = 0; i < OBJECTS; i++)
		if (due[i] < least)
			least = due[i];
	return least;
}

/* The model: an array of instants, INT64_MAX for those that are not set. */
Test(deadline, random_steps_as_a_naive_model)
{
	struct chance chance = chance_start();
	struct deadline objects[OBJECTS] = {0};
	int64_t due[OBJECTS];
	int64_t now = 0;
	struct deadlines set;

	deadlines_init(&set);
	for (size_t i = 0; i < OBJECTS; i++)
		due[i] = INT64_MAX;
	for (unsigned int step = 0; step < STEPS; step++) {
		uint32_t i = chance_below(&chance, OBJECTS);
		int64_t when = now + chance_below(&chance, 50);
		struct deadline *popped;

		switch (chance_below(&chance, 8)) {
		case 0:
			deadline_cancel(&set, &objects[i]);
			due[i] = INT64_MAX;
			break;
		case 1:
		case 2:
			deadline_no_later(&set, &objects[i], at(when));
			due[i] = when < due[i] ? when : due[i];
			break;
		case 3:
		case 4:
		case 5:
			deadline_set(&set, &objects[i], at(when));
			due[i] = when;
			break;
		default:
			now += chance_below(&chance, 10);
			popped = deadlines_pop(&set, at(now));
			cr_assert_eq(popped != NULL, earliest(due) <= now, SEED, SEED_OF(&chance));
			if (popped) {
				cr_assert_eq(due[popped - objects], earliest(due), SEED, SEED_OF(&chance));
				due[popped - objects] = INT64_MAX;
			}
			break;
		}
		cr_assert_eq(deadlines_next(&set).us, earliest(due), SEED, SEED_OF(&chance));
	}
}
