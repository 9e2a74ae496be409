#include <criterion/criterion.h>
#include <time.h>

#include "chance.h"
#include "table.h"

enum { OBJECTS = 2000, STEPS = 60000 };

struct object {
	struct addr addr;
	struct table_node node;
	bool in;
	unsigned int seen;
};

static struct object objects[OBJECTS];

static void name_objects(void)
{
	for (unsigned int i = 0; i < OBJECTS; i++)
		objects[i].addr = (struct addr){{0xff, 0x1e, [12] = (uint8_t)(i >> 8), [15] = (uint8_t)i}};
}

static struct object *find(const struct table *t, const struct addr *a)
{
	struct table_node *node = table_first(t, table_hash(t, a));

	for (; node; node = table_next(node)) {
		struct object *o = TABLE_OBJECT(node, struct object, node);

		if (addr_equal(&o->addr, a))
			return o;
	}
	return NULL;
}

static void insert(struct table *t, struct object *o)
{
	table_insert(t, &o->node, table_hash(t, &o->addr));
	o->in = true;
}

static void take_out(struct table *t, struct object *o)
{
	table_remove(t, &o->node);
	o->in = false;
}

/* Walks the table; every object that is in it is met once, and no other. */
static void assert_walk(const struct table *t, const struct chance *chance)
{
	size_t met = 0;

	for (size_t i = 0; i < OBJECTS; i++)
		objects[i].seen = 0;
	for (struct table_node *node = table_walk(t, NULL); node; node = table_walk(t, node)) {
		struct object *o = TABLE_OBJECT(node, struct object, node);

		o->seen++;
		met++;
		cr_assert(o->in && o->seen == 1, SEED, SEED_OF(chance));
	}
	cr_assert_eq(met, t->count, SEED, SEED_OF(chance));
}

Test(table, empty)
{
	struct table t;
	struct addr a = addr_unspecified[FAMILY_IPV4];

	cr_assert(table_init(&t, 1));
	cr_assert_eq(t.count, 0);
	cr_assert_null(table_walk(&t, NULL));
	cr_assert_null(table_first(&t, table_hash(&t, &a)));
	table_fini(&t);
}

Test(table, equal_hashes_are_told_apart_by_the_caller)
{
	struct table t;
	struct table_node *node;

	name_objects();
	cr_assert(table_init(&t, 1));
	for (size_t i = 0; i < 100; i++)
		table_insert(&t, &objects[i].node, 42);
	table_insert(&t, &objects[100].node, 42 + 16);
	node = table_first(&t, 42);
	for (size_t i = 0; i < 100; i++, node = table_next(node))
		cr_assert_not_null(node);
	cr_assert_null(node);
	cr_assert_eq(table_first(&t, 42 + 16), &objects[100].node);
	cr_assert_null(table_next(&objects[100].node));
	cr_assert_null(table_first(&t, 42 + 256), "another hash in the same slot");
	table_insert(&t, &objects[101].node, 42 + 256);
	table_insert(&t, &objects[102].node, 42 + 512);
	table_insert(&t, &objects[103].node, 42 + 256);
	cr_assert_eq(table_first(&t, 42 + 256), &objects[103].node);
	cr_assert_eq(table_next(&objects[103].node), &objects[101].node, "the one between is skipped");
	cr_assert_null(table_next(&objects[101].node));
	table_fini(&t);
}

Test(table, hash_depends_on_key_and_order)
{
	struct table a;
	struct table b;

	name_objects();
	cr_assert(table_init(&a, 1));
	cr_assert(table_init(&b, 2));
	cr_assert_neq(table_hash(&a, &objects[1].addr), table_hash(&b, &objects[1].addr));
	cr_assert_eq(table_hash(&a, &objects[1].addr), table_hash(&a, &objects[1].addr));
	cr_assert_neq(table_hash2(&a, &objects[1].addr, &objects[2].addr),
		      table_hash2(&a, &objects[2].addr, &objects[1].addr));
	table_fini(&a);
	table_fini(&b);
}

/* What a sender chooses, addresses that differ in few bits, must spread: no slot holds many. */
Test(table, neighbours_spread)
{
	struct table t;
	size_t longest = 0;

	name_objects();
	cr_assert(table_init(&t, UINT64_C(0x0123456789abcdef)));
	for (size_t i = 0; i < OBJECTS; i++)
		insert(&t, &objects[i]);
	for (size_t i = 0; i < t.n_slots; i++) {
		size_t length = 0;

		for (const struct table_node *node = t.slots[i]; node; node = node->next)
			length++;
		longest = length > longest ? length : longest;
	}
	cr_assert_leq(longest, 10);
	table_fini(&t);
}

Test(table, grows_and_shrinks)
{
	struct table t;
	size_t smallest;

	name_objects();
	cr_assert(table_init(&t, 3));
	smallest = t.n_slots;
	for (size_t i = 0; i < OBJECTS; i++)
		insert(&t, &objects[i]);
	cr_assert_geq(t.n_slots, OBJECTS / 2);
	for (size_t i = 0; i < OBJECTS; i++)
		take_out(&t, &objects[i]);
	cr_assert_eq(t.n_slots, smallest);
	table_fini(&t);
}

/* --- emptying --- */

static double shorter(double a, double b)
{
	return a < b ? a : b;
}

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* How long it takes to fill a table with n objects and to empty it. */
static double fill_and_empty(struct table_node *nodes, size_t n)
{
	struct table t;
	struct chance chance = {.state = n};
	struct table_node *node;
	double start = seconds();

	cr_assert(table_init(&t, 5));
	for (size_t i = 0; i < n; i++)
		table_insert(&t, &nodes[i], (uint64_t)chance_below(&chance, UINT32_MAX));
	while ((node = table_any(&t)) != NULL)
		table_remove(&t, node);
	cr_assert_eq(t.count, 0);
	table_fini(&t);
	return seconds() - start;
}

/* SIGTERM has two seconds. If each object were looked for from the first slot on, it would take 1,024 times as long. */
Test(table, is_emptied_in_one_pass)
{
	enum { FEW = 4096, MANY = 32 * FEW };
	struct table_node *nodes = calloc(MANY, sizeof(*nodes));
	double few = 1e9, many = 1e9;

	cr_assert_not_null(nodes);
	for (int i = 0; i < 3; i++) {
		few = shorter(few, fill_and_empty(nodes, FEW));
		many = shorter(many, fill_and_empty(nodes, MANY));
	}
	cr_assert_lt(many, 250 * few, "%g s and %g s", few, many);
	free(nodes);
}

Test(table, any_is_one_that_is_in_it)
{
	struct table t;
	struct chance chance = chance_start();

	name_objects();
	cr_assert(table_init(&t, 4));
	cr_assert_null(table_any(&t));
	for (size_t i = 0; i < OBJECTS; i++)
		insert(&t, &objects[i]);
	while (t.count > 0) {
		struct object *o = TABLE_OBJECT(table_any(&t), struct object, node);

		cr_assert(o->in);
		take_out(&t, o);
		o = &objects[chance_below(&chance, OBJECTS)];
		cr_assert_eq(find(&t, &o->addr), o->in ? o : NULL, SEED, SEED_OF(&chance));
		if (!o->in && chance_below(&chance, 4) == 0)
			insert(&t, o);
	}
	assert_walk(&t, &chance);
	table_fini(&t);
}

Test(table, random_steps_as_a_naive_model)
{
	struct chance chance = chance_start();
	struct table t;
	size_t count = 0;

	name_objects();
	cr_assert(table_init(&t, chance.seed));
	for (unsigned int step = 0; step < STEPS; step++) {
		struct object *o = &objects[chance_below(&chance, OBJECTS)];
		/* It fills for a time, then empties: both resizes happen. */
		bool filling = step / 10000 % 2 == 0;

		if (!o->in && (filling || chance_below(&chance, 8) == 0)) {
			insert(&t, o);
			count++;
		} else if (o->in && (!filling || chance_below(&chance, 8) == 0)) {
			take_out(&t, o);
			count--;
		}
		cr_assert_eq(t.count, count, SEED, SEED_OF(&chance));
		o = &objects[chance_below(&chance, OBJECTS)];
		cr_assert_eq(find(&t, &o->addr), o->in ? o : NULL, SEED, SEED_OF(&chance));
		if (step % 1000 == 0)
			assert_walk(&t, &chance);
	}
	table_fini(&t);
}
