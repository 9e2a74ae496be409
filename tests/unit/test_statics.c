#include <criterion/criterion.h>
#include <errno.h>

#include "world.h"

enum { GROUP = 1 };

/* The static groups of DOWN1, as the configuration may have them: (*,1), (a,2), (b,2). */
static void set_statics(struct world *w, struct static_group statics[static 3], size_t n)
{
	statics[0] = (struct static_group){.group = world_group(w->family, GROUP)};
	statics[1] = (struct static_group){world_group(w->family, GROUP + 1), true, world_letter(w->family, 'a')};
	statics[2] = (struct static_group){world_group(w->family, GROUP + 1), true, world_letter(w->family, 'b')};
	w->links[DOWN1].settings.statics = statics;
	w->links[DOWN1].settings.n_statics = n;
}

static void expect_subscription(const struct world *w, unsigned int group, enum gm_filter_mode mode,
				const char *letters)
{
	const struct world_subscription *s = world_find_subscription(w, group);

	cr_assert_not_null(s);
	cr_assert_eq(s->mode, mode);
	cr_assert(world_set_is(w->family, &s->sources, letters));
}

static uint64_t flow_in(struct world *w, char source, unsigned int group)
{
	struct addr a = world_letter(w->family, source);

	return world_packets(w, UP, &a, group, 1);
}

static uint64_t oifs_of(const struct world *w, char source, unsigned int group)
{
	struct addr a = world_letter(w->family, source);

	return world_oifs(w, &a, group);
}

Test(statics, are_joined_at_the_start_without_any_report)
{
	struct static_group statics[3];

	WORLDS(w) {
		set_statics(w, statics, 3);
		world_start(w, 2);
		expect_subscription(w, GROUP, GM_EXCLUDE, "");
		expect_subscription(w, GROUP + 1, GM_INCLUDE, "ab");
		cr_assert_eq(w->subscribe_calls, 2);
		cr_assert_eq(flow_in(w, 'z', GROUP), WORLD_BIT(DOWN1));
		cr_assert_eq(flow_in(w, 'a', GROUP + 1), WORLD_BIT(DOWN1));
		cr_assert_eq(flow_in(w, 'c', GROUP + 1), 0);
		cr_assert_null(world_find_group(w, DOWN1, GROUP), "no host has said a word");
	}
}

Test(statics, never_time_out)
{
	struct static_group statics[3];

	WORLDS(w) {
		set_statics(w, statics, 3);
		world_start(w, 1);
		world_pass(w, mspan_seconds(100000));
		cr_assert_eq(w->n_subscriptions, 2);
		cr_assert_eq(w->subscribe_calls, 2);
	}
}

Test(statics, stay_when_hosts_come_and_go)
{
	struct static_group statics[3];

	WORLDS(w) {
		set_statics(w, statics, 3);
		world_start(w, 1);
		flow_in(w, 'a', GROUP);
		flow_in(w, 'a', GROUP + 1);
		flow_in(w, 'c', GROUP + 1);
		world_report(w, DOWN1, GM_TO_EX, GROUP, "a");
		world_report(w, DOWN1, GM_ALLOW, GROUP + 1, "c");
		world_settle(w);
		expect_subscription(w, GROUP, GM_EXCLUDE, "");
		expect_subscription(w, GROUP + 1, GM_INCLUDE, "abc");
		cr_assert_eq(oifs_of(w, 'a', GROUP), WORLD_BIT(DOWN1));
		cr_assert_eq(oifs_of(w, 'c', GROUP + 1), WORLD_BIT(DOWN1));
		world_report(w, DOWN1, GM_TO_IN, GROUP, "");
		world_report(w, DOWN1, GM_BLOCK, GROUP + 1, "c");
		world_pass(w, mspan_seconds(2));
		cr_assert_null(world_find_group(w, DOWN1, GROUP));
		expect_subscription(w, GROUP, GM_EXCLUDE, "");
		expect_subscription(w, GROUP + 1, GM_INCLUDE, "ab");
		cr_assert_eq(oifs_of(w, 'a', GROUP), WORLD_BIT(DOWN1));
		cr_assert_eq(oifs_of(w, 'c', GROUP + 1), 0);
	}
}

Test(statics, survive_the_upstream)
{
	struct static_group statics[3];

	WORLDS(w) {
		set_statics(w, statics, 3);
		world_start(w, 1);
		world_delete_link(w, UP);
		world_settle(w);
		cr_assert_eq(w->n_subscriptions, 0);
		w->links[UP].state.exists = true;
		world_news(w, UP);
		world_settle(w);
		expect_subscription(w, GROUP, GM_EXCLUDE, "");
		expect_subscription(w, GROUP + 1, GM_INCLUDE, "ab");
	}
}

Test(statics, go_with_their_interface_and_come_back_with_it)
{
	struct static_group statics[3];

	WORLDS(w) {
		set_statics(w, statics, 3);
		world_start(w, 2);
		world_report(w, DOWN2, GM_ALLOW, GROUP + 1, "b");
		flow_in(w, 'a', GROUP);
		world_delete_link(w, DOWN1);
		world_settle(w);
		cr_assert_null(world_find_subscription(w, GROUP));
		expect_subscription(w, GROUP + 1, GM_INCLUDE, "b");
		cr_assert_eq(oifs_of(w, 'a', GROUP), 0);
		w->links[DOWN1].state.exists = true;
		world_news(w, DOWN1);
		world_settle(w);
		expect_subscription(w, GROUP, GM_EXCLUDE, "");
		expect_subscription(w, GROUP + 1, GM_INCLUDE, "ab");
		cr_assert_eq(oifs_of(w, 'a', GROUP), WORLD_BIT(DOWN1));
	}
}

Test(statics, get_nothing_while_the_link_is_down_and_keep_their_subscription)
{
	struct static_group statics[3];

	WORLDS(w) {
		set_statics(w, statics, 1);
		world_start(w, 1);
		flow_in(w, 'a', GROUP);
		world_link_up(w, DOWN1, false);
		world_settle(w);
		cr_assert_eq(oifs_of(w, 'a', GROUP), 0);
		world_link_up(w, DOWN1, true);
		world_settle(w);
		cr_assert_eq(oifs_of(w, 'a', GROUP), WORLD_BIT(DOWN1));
		cr_assert_eq(w->subscribe_calls, 1);
	}
}

/* A reload: what stays is not touched, what is new is joined, what is gone is left. */
Test(statics, change_with_the_settings_and_only_by_the_difference)
{
	struct static_group statics[3];
	struct static_group copy[3];

	WORLDS(w) {
		set_statics(w, statics, 2);
		world_start(w, 1);
		flow_in(w, 'a', GROUP);
		flow_in(w, 'a', GROUP + 1);
		cr_assert_eq(w->subscribe_calls, 2);
		cr_assert_eq(w->set_calls, 2);
		set_statics(w, copy, 2);
		world_news(w, DOWN1);
		world_settle(w);
		cr_assert_eq(w->subscribe_calls, 2, "the same again");
		set_statics(w, statics, 3);
		world_news(w, DOWN1);
		world_settle(w);
		cr_assert_eq(w->subscribe_calls, 3);
		expect_subscription(w, GROUP + 1, GM_INCLUDE, "ab");
		set_statics(w, copy, 1);
		world_news(w, DOWN1);
		world_settle(w);
		cr_assert_eq(w->subscribe_calls, 4);
		cr_assert_eq(w->n_subscriptions, 1);
		cr_assert_eq(w->set_calls, 3, "only the flow that nobody wants any more");
		cr_assert_eq(oifs_of(w, 'a', GROUP + 1), 0);
		cr_assert_eq(oifs_of(w, 'a', GROUP), WORLD_BIT(DOWN1));
	}
}

Test(statics, of_another_source_replace_without_a_gap)
{
	struct static_group all[3];
	struct static_group one;

	WORLDS(w) {
		set_statics(w, all, 1);
		world_start(w, 1);
		flow_in(w, 'a', GROUP);
		one = (struct static_group){world_group(w->family, GROUP), true, world_letter(w->family, 'a')};
		w->links[DOWN1].settings.statics = &one;
		world_news(w, DOWN1);
		world_settle(w);
		cr_assert_eq(w->set_calls, 1, "it flows all the time");
		expect_subscription(w, GROUP, GM_INCLUDE, "a");
	}
}

Test(statics, of_the_other_family_are_none_of_ours)
{
	struct static_group other;

	WORLDS(w) {
		other = (struct static_group){.group = world_group((enum family)(FAMILY_IPV6 - w->family), GROUP)};
		w->links[DOWN1].settings.statics = &other;
		w->links[DOWN1].settings.n_statics = 1;
		world_start(w, 1);
		cr_assert_eq(w->subscribe_calls, 0);
	}
}

Test(statics, are_not_asked_about_by_rules)
{
	struct filter_rule deny;
	struct static_group statics[3];

	WORLDS(w) {
		deny = (struct filter_rule){.group = prefix_make(&addr_unspecified[w->family], 0)};
		set_statics(w, statics, 1);
		w->links[DOWN1].settings.rules = &deny;
		w->links[DOWN1].settings.n_rules = 1;
		world_start(w, 1);
		cr_assert_eq(flow_in(w, 'a', GROUP), WORLD_BIT(DOWN1));
		world_report(w, DOWN1, GM_TO_EX, GROUP + 1, "");
		cr_assert_eq(flow_in(w, 'a', GROUP + 1), 0);
	}
}

Test(statics, that_cannot_be_joined_are_tried_again)
{
	struct static_group statics[3];

	WORLDS(w) {
		set_statics(w, statics, 1);
		w->subscribe_error = ENOBUFS;
		world_start(w, 1);
		cr_assert_eq(w->n_subscriptions, 0);
		w->subscribe_error = 0;
		world_pass(w, mspan_seconds(1));
		expect_subscription(w, GROUP, GM_EXCLUDE, "");
	}
}
