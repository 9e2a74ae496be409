/* A table gone through in order and in slices, while others change it. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "chance.h"
#include "roster.h"

enum { ALL = 3000, SLICE = 7 };

struct thing {
	struct table_node node;
	struct addr name;
	bool in_table;
	bool stayed; /* from the first slice to the last */
	unsigned int given;
};

struct things {
	struct table table;
	struct thing list[ALL];
};

static bool read_thing(const struct table_node *node, struct roster_key *key)
{
	*key = (struct roster_key){.group = TABLE_OBJECT(node, struct thing, node)->name};
	return true;
}

static bool read_none(const struct table_node *node, struct roster_key *key)
{
	(void)node, (void)key;
	return false;
}

static struct things *things_new(unsigned int n)
{
	struct things *t = calloc(1, sizeof(*t));

	cr_assert(t && table_init(&t->table, UINT64_C(0x5eed)));
	for (unsigned int k = 0; k < ALL; k++)
		t->list[k].name = addr_from_v4((uint8_t[]){239, 1, (uint8_t)(k >> 8), (uint8_t)k});
	for (unsigned int k = 0; k < n; k++) {
		table_insert(&t->table, &t->list[k].node, table_hash(&t->table, &t->list[k].name));
		t->list[k].in_table = t->list[k].stayed = true;
	}
	return t;
}

static void things_free(struct things *t)
{
	table_fini(&t->table);
	free(t);
}

static void toggle(struct things *t, unsigned int k)
{
	struct thing *thing = &t->list[k];

	if (thing->in_table)
		table_remove(&t->table, &thing->node);
	else
		table_insert(&t->table, &thing->node, table_hash(&t->table, &thing->name));
	thing->in_table = !thing->in_table;
	thing->stayed = false;
}

/* All that the roster gives, in order; how many. */
static unsigned int give(struct roster *r, struct things *t)
{
	struct roster_key key;
	struct addr last = {{0}};
	unsigned int n = 0;

	while (roster_next(r, &key)) {
		unsigned int k = (unsigned int)key.group.bytes[14] << 8 | key.group.bytes[15];

		cr_assert_lt(addr_cmp(&last, &key.group), 0, "out of order, or twice");
		cr_assert_lt(k, ALL);
		t->list[k].given++;
		last = key.group;
		n++;
	}
	return n;
}

Test(roster, gives_all_in_order)
{
	struct things *t = things_new(ALL);
	struct roster r;
	unsigned int slices = 0;

	roster_init(&r, &t->table, read_thing);
	while (roster_collect(&r, SLICE) == ROSTER_MORE)
		slices++;
	cr_expect_gt(slices, 10, "not in one go");
	cr_expect_eq(roster_collect(&r, SLICE), ROSTER_READY, "and stays so");
	cr_expect_eq(give(&r, t), ALL);
	roster_fini(&r);
	things_free(t);
}

Test(roster, of_an_empty_table_is_empty)
{
	struct things *t = things_new(0);
	struct roster r;

	roster_init(&r, &t->table, read_thing);
	while (roster_collect(&r, SLICE) == ROSTER_MORE)
		continue;
	cr_expect_eq(give(&r, t), 0);
	roster_fini(&r);
	things_free(t);
}

Test(roster, leaves_out_what_its_reader_does)
{
	struct things *t = things_new(100);
	struct roster r;

	roster_init(&r, &t->table, read_none);
	while (roster_collect(&r, SLICE) == ROSTER_MORE)
		continue;
	cr_expect_eq(give(&r, t), 0);
	roster_fini(&r);
	things_free(t);
}

/* Between the slices the table grows, or it shrinks, or things come and go. */
static void go_through(struct things *t, struct chance *c, unsigned int comings, unsigned int goings)
{
	struct roster r;

	roster_init(&r, &t->table, read_thing);
	while (roster_collect(&r, SLICE) == ROSTER_MORE) {
		for (unsigned int k = 0; k < comings + goings; k++) {
			unsigned int at = chance_below(c, ALL);

			if (chance_below(c, comings + goings) < comings ? !t->list[at].in_table : t->list[at].in_table)
				toggle(t, at);
		}
	}
	give(&r, t);
	roster_fini(&r);
	for (unsigned int k = 0; k < ALL; k++)
		cr_assert(!t->list[k].stayed || t->list[k].given == 1, "%u, which stayed; " SEED, k, SEED_OF(c));
}

Test(roster, misses_nobody_who_stays_while_the_table_grows)
{
	struct chance c = chance_start();

	for (int run = 0; run < 20; run++) {
		struct things *t = things_new(200);

		go_through(t, &c, 40, 0);
		things_free(t);
	}
}

Test(roster, misses_nobody_who_stays_while_others_come_and_go)
{
	struct chance c = chance_start();

	for (int run = 0; run < 20; run++) {
		struct things *t = things_new(1500);

		go_through(t, &c, 3, 3);
		things_free(t);
	}
}

/* It begins again when the table has shrunk under it, and at last goes on with what there is. */
Test(roster, begins_again_when_the_table_shrinks_but_not_for_ever)
{
	struct things *t = things_new(ALL);
	struct roster r;
	unsigned int gone = 0;
	unsigned int slices = 0;

	roster_init(&r, &t->table, read_thing);
	for (; roster_collect(&r, 100) == ROSTER_MORE; slices++) {
		cr_assert_lt(slices, 1000);
		for (unsigned int k = 0; slices == 5 && k < ALL * 9 / 10; k++, gone++)
			toggle(t, gone);
	}
	give(&r, t);
	for (unsigned int k = 0; k < ALL; k++)
		cr_expect(!t->list[k].stayed || t->list[k].given == 1, "%u, which stayed", k);
	roster_fini(&r);
	things_free(t);
}
