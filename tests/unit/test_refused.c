/* What our own rules and limits refused lately: found, counted, bounded, forgotten. */
#include <criterion/criterion.h>

#include "refused.h"
#include "world.h"

static struct refused refusal(unsigned int group, uint32_t ifindex)
{
	return (struct refused){.ifindex = ifindex, .group = world_group(FAMILY_IPV4, group), .why = REFUSED_LIMIT, .limit = "groups", .value = 7};
}

static void note(struct refusals *r, int64_t seconds, unsigned int group, uint32_t ifindex)
{
	struct refused what = refusal(group, ifindex);

	refusals_note(r, (struct mtime){seconds * 1000000}, &what);
}

static const struct refused *find(const struct refusals *r, unsigned int group, uint32_t ifindex)
{
	struct addr a = world_group(FAMILY_IPV4, group);

	return refusals_find(r, ifindex, &a, NULL);
}

Test(refused, are_counted_and_know_the_last_time_and_reason)
{
	struct refusals r;
	struct refused what = refusal(1, DOWN1);

	cr_assert(refusals_init(&r, 1));
	note(&r, 5, 1, DOWN1);
	note(&r, 6, 1, DOWN2);
	what.why = REFUSED_FILTERED;
	what.rule = 3;
	refusals_note(&r, (struct mtime){9000000}, &what);
	cr_assert(find(&r, 1, DOWN1));
	cr_expect_eq(find(&r, 1, DOWN1)->count, 2);
	cr_expect_eq(find(&r, 1, DOWN1)->why, REFUSED_FILTERED);
	cr_expect_eq(find(&r, 1, DOWN1)->rule, 3);
	cr_expect_eq(find(&r, 1, DOWN1)->last.us, 9000000);
	cr_expect_eq(find(&r, 1, DOWN2)->count, 1);
	cr_expect_null(find(&r, 2, DOWN1));
	cr_expect_eq(TAILQ_FIRST(&r.list)->ifindex, DOWN2, "refused longest ago");
	refusals_fini(&r);
}

Test(refused, of_a_source_are_not_those_of_the_group)
{
	struct refusals r;
	struct refused what = refusal(1, DOWN1);

	cr_assert(refusals_init(&r, 1));
	what.has_source = true;
	what.source = world_letter(FAMILY_IPV4, 'a');
	refusals_note(&r, (struct mtime){1}, &what);
	cr_expect_null(find(&r, 1, DOWN1));
	cr_expect(refusals_find(&r, DOWN1, &what.group, &what.source));
	refusals_forget(&r, DOWN1, &what.group, NULL);
	cr_expect(refusals_find(&r, DOWN1, &what.group, &what.source));
	refusals_forget(&r, DOWN1, &what.group, &what.source);
	cr_expect_null(refusals_find(&r, DOWN1, &what.group, &what.source));
	refusals_fini(&r);
}

/* Whoever can send reports chooses groups: the table must not grow with them. */
Test(refused, are_bounded_and_the_oldest_go)
{
	struct refusals r;

	cr_assert(refusals_init(&r, 1));
	for (unsigned int n = 0; n < REFUSED_MAX; n++)
		note(&r, n, n, DOWN1);
	note(&r, REFUSED_MAX, 0, DOWN1);
	note(&r, REFUSED_MAX + 1, REFUSED_MAX, DOWN1);
	cr_expect_eq(r.table.count, REFUSED_MAX);
	cr_expect(find(&r, 0, DOWN1), "refused again, so not the oldest");
	cr_expect_null(find(&r, 1, DOWN1));
	cr_expect(find(&r, REFUSED_MAX, DOWN1));
	refusals_fini(&r);
}

Test(refused, go_with_their_interface)
{
	struct refusals r;

	cr_assert(refusals_init(&r, 1));
	for (unsigned int n = 0; n < 10; n++)
		note(&r, n, n, n % 2 ? DOWN1 : DOWN2);
	refusals_forget_iface(&r, DOWN1);
	cr_expect_eq(r.table.count, 5);
	cr_expect_null(find(&r, 1, DOWN1));
	cr_expect(find(&r, 2, DOWN2));
	refusals_fini(&r);
}

Test(refused, by_a_rule_are_forgotten_when_the_rule_goes)
{
	struct filter_rule rule = {0}; /* borrowed until the world ends */

	WORLDS(w)
	{
		struct addr group = world_group(w->family, 1);

		rule.group = prefix_make(&group, w->family == FAMILY_IPV4 ? 32 : 128);
		w->links[DOWN1].settings.rules = &rule;
		w->links[DOWN1].settings.n_rules = 1;
		world_start(w, 1);
		world_report(w, DOWN1, GM_TO_EX, 1, "");
		cr_assert(refusals_find(&w->proxy->env.refusals, DOWN1, &group, NULL));
		w->links[DOWN1].settings.n_rules = 0;
		world_news(w, DOWN1);
		cr_expect_null(refusals_find(&w->proxy->env.refusals, DOWN1, &group, NULL));
		world_settle(w);
	}
}

Test(refused, by_a_limit_are_forgotten_when_there_is_room)
{
	WORLDS(w)
	{
		struct addr group = world_group(w->family, 2);

		w->links[DOWN1].settings.max_groups = 1;
		w->links[DOWN1].settings.fast_leave = true;
		world_start(w, 1);
		world_pass(w, w->links[DOWN1].settings.query_response_interval); /* the hosts are known */
		world_report(w, DOWN1, GM_TO_EX, 1, "");
		world_report(w, DOWN1, GM_TO_EX, 2, "");
		cr_assert(refusals_find(&w->proxy->env.refusals, DOWN1, &group, NULL));
		world_pass(w, mspan_seconds(10)); /* then all hosts are known, and the leave is a fast one */
		world_report(w, DOWN1, GM_TO_IN, 1, "");
		world_settle(w);
		world_report(w, DOWN1, GM_TO_EX, 2, "");
		cr_expect_null(refusals_find(&w->proxy->env.refusals, DOWN1, &group, NULL));
	}
}
