#include <criterion/criterion.h>
#include <string.h>

#include "chance.h"
#include "srcset.h"

static struct addr number(unsigned int n)
{
	/* Both families mixed, and an order that is not that of n. */
	struct addr a = {{0x20, (uint8_t)(n * 167), (uint8_t)(n >> 8), (uint8_t)n}};
	uint8_t v4[4] = {(uint8_t)(n * 91), 0, (uint8_t)(n >> 8), (uint8_t)n};

	return n % 2 ? a : addr_from_v4(v4);
}

static struct srcset set_of(size_t n, const unsigned int numbers[])
{
	struct srcset set = SRCSET_EMPTY;

	for (size_t i = 0; i < n; i++) {
		struct addr a = number(numbers[i]);

		cr_assert(srcset_add(&set, &a));
	}
	return set;
}

#define SET(...)                                                                                               \
	set_of(sizeof((unsigned int[]){__VA_ARGS__}) / sizeof(unsigned int), (unsigned int[]){__VA_ARGS__})

static void assert_same(struct srcset *got, struct srcset want)
{
	cr_assert(srcset_equal(got, &want));
	cr_assert(srcset_equal(&want, got));
	srcset_fini(&want);
	srcset_fini(got);
}

Test(srcset, empty)
{
	struct srcset a;
	struct srcset b = SRCSET_EMPTY;
	struct addr x = number(1);

	srcset_init(&a);
	cr_assert(srcset_equal(&a, &b));
	cr_assert_not(srcset_contains(&a, &x));
	cr_assert(srcset_union(&a, &b));
	cr_assert(srcset_copy(&a, &b));
	srcset_intersect(&a, &b);
	srcset_subtract(&a, &b);
	cr_assert_eq(a.count, 0);
	srcset_fini(&a);
	srcset_fini(&a);
}

Test(srcset, add_keeps_order_and_no_twins)
{
	struct srcset set = SET(5, 3, 9, 3, 5, 1, 2);

	cr_assert_eq(set.count, 5);
	for (size_t i = 1; i < set.count; i++)
		cr_assert_lt(addr_cmp(&set.addrs[i - 1], &set.addrs[i]), 0);
	srcset_fini(&set);
}

Test(srcset, clear_keeps_memory)
{
	struct srcset set = SET(1, 2, 3);
	const struct addr *memory = set.addrs;
	struct addr x = number(7);

	srcset_clear(&set);
	cr_assert_eq(set.count, 0);
	cr_assert(srcset_add(&set, &x));
	cr_assert_eq(set.addrs, memory);
	srcset_fini(&set);
}

Test(srcset, swap)
{
	struct srcset a = SET(1, 2);
	struct srcset b = SET(3);

	srcset_swap(&a, &b);
	assert_same(&a, SET(3));
	assert_same(&b, SET(2, 1));
}

Test(srcset, copy_over_larger_and_smaller)
{
	struct srcset a = SET(1, 2, 3, 4, 5, 6, 7);
	struct srcset b = SET(8, 9);

	cr_assert(srcset_copy(&a, &b));
	cr_assert(srcset_equal(&a, &b));
	srcset_fini(&b);
	b = SET(1, 2, 3, 4, 5, 6, 7, 8, 9);
	cr_assert(srcset_copy(&a, &b));
	srcset_fini(&b);
	assert_same(&a, SET(1, 2, 3, 4, 5, 6, 7, 8, 9));
}

Test(srcset, algebra)
{
	struct srcset other = SET(3, 4, 5, 6);
	struct srcset a = SET(1, 2, 3, 4);

	cr_assert(srcset_union(&a, &other));
	assert_same(&a, SET(1, 2, 3, 4, 5, 6));
	a = SET(1, 2, 3, 4);
	srcset_intersect(&a, &other);
	assert_same(&a, SET(3, 4));
	a = SET(1, 2, 3, 4);
	srcset_subtract(&a, &other);
	assert_same(&a, SET(1, 2));
	srcset_fini(&other);
}

Test(srcset, with_itself)
{
	struct srcset a = SET(1, 2, 3);

	cr_assert(srcset_union(&a, &a));
	cr_assert_eq(a.count, 3);
	srcset_intersect(&a, &a);
	cr_assert_eq(a.count, 3);
	cr_assert(srcset_copy(&a, &a));
	cr_assert_eq(a.count, 3);
	srcset_subtract(&a, &a);
	cr_assert_eq(a.count, 0);
	srcset_fini(&a);
}

/* The model: a truth for each number. */
enum { NUMBERS = 200, SETS = 3, STEPS = 20000 };

struct model {
	bool in[NUMBERS];
};

static void assert_model(const struct srcset *set, const struct model *model, const struct chance *chance)
{
	size_t count = 0;

	for (unsigned int n = 0; n < NUMBERS; n++) {
		struct addr a = number(n);

		cr_assert_eq(srcset_contains(set, &a), model->in[n], SEED, SEED_OF(chance));
		count += model->in[n];
	}
	cr_assert_eq(set->count, count, SEED, SEED_OF(chance));
	for (size_t i = 1; i < set->count; i++)
		cr_assert_lt(addr_cmp(&set->addrs[i - 1], &set->addrs[i]), 0, SEED, SEED_OF(chance));
}

static void add(struct srcset *set, struct model *model, unsigned int n)
{
	struct addr a = number(n);

	cr_assert(srcset_add(set, &a));
	model->in[n] = true;
}

static void combine(uint32_t operation, struct srcset *a, struct model *am, const struct srcset *b,
		    const struct model *bm)
{
	struct model was = *am;

	switch (operation) {
	case 0:
		cr_assert(srcset_union(a, b));
		break;
	case 1:
		srcset_intersect(a, b);
		break;
	case 2:
		srcset_subtract(a, b);
		break;
	default:
		cr_assert(srcset_copy(a, b));
		break;
	}
	for (unsigned int n = 0; n < NUMBERS; n++) {
		bool a_in = was.in[n], b_in = bm->in[n];
		const bool results[] = {a_in || b_in, a_in && b_in, a_in && !b_in, b_in};

		am->in[n] = results[operation];
	}
}

Test(srcset, random_steps_as_a_naive_model)
{
	static struct srcset sets[SETS];
	static struct model models[SETS];
	struct chance chance = chance_start();

	for (unsigned int step = 0; step < STEPS; step++) {
		uint32_t at = chance_below(&chance, SETS);
		uint32_t other = (at + 1 + chance_below(&chance, SETS - 1)) % SETS;
		uint32_t what = chance_below(&chance, 40);

		if (what < 36)
			add(&sets[at], &models[at], chance_below(&chance, NUMBERS));
		else
			combine(what - 36, &sets[at], &models[at], &sets[other], &models[other]);
		if (step % 16 == 0)
			assert_model(&sets[at], &models[at], &chance);
		cr_assert_eq(srcset_equal(&sets[at], &sets[other]),
			     memcmp(&models[at], &models[other], sizeof(models[0])) == 0, SEED, SEED_OF(&chance));
	}
	for (size_t i = 0; i < SETS; i++)
		srcset_fini(&sets[i]);
}
