/* What packet probes see, and which reason that is. */
#include <criterion/criterion.h>
#include <string.h>

#include "iface.h"
#include "reason.h"
#include "shown.h"
#include "sights.h"

/* Members of group 1 on so many links, and a querier upstream. */
static void begin_on(struct shown *s, struct world *w, unsigned int n_links)
{
	struct gm_query query = world_question(w, GM_GENERATION_3, 0);
	struct addr rival = world_host(w->family, UP, RIVAL);

	shown_begin(s, w, SHOWN_MAX_GROUPS);
	cr_assert(sights_init(&s->stats.sights, 1));
	world_start(w, n_links);
	world_hear_query(w, UP, &rival, &query);
	for (unsigned int k = 0; k < n_links; k++)
		world_report(w, DOWN1 + k, GM_TO_EX, 1, "");
	world_settle(w);
	s->sights[0] = (struct sight){.known = true, .packets = 60, .least_ttl = 8, .most_ttl = 8};
	s->sights[0].source = world_letter(w->family, 'a');
	s->sights[1] = (struct sight){.known = true};
}

static void begin(struct shown *s, struct world *w)
{
	begin_on(s, w, 1);
}

static void end(struct shown *s)
{
	sights_fini(&s->stats.sights);
	shown_end(s);
}

/* Turns of the loop for so many tenths of a second. */
static void pass(struct shown *s, struct world *w, unsigned int tenths)
{
	for (unsigned int k = 0; k < tenths; k++) {
		world_pass(w, mspan_ms(100));
		shown_turn(s);
		sights_work(&s->stats);
	}
}

static enum reason reason_now(const struct shown *s, const struct world *w)
{
	struct addr a = world_group(w->family, 1);

	return reason_of_group(&s->stats, memberdb_find(&w->proxy->db, &a)).reason;
}

static bool is_certain(const struct shown *s, const struct world *w)
{
	struct addr a = world_group(w->family, 1);

	return reason_of_group(&s->stats, memberdb_find(&w->proxy->db, &a)).certain;
}

static void flow(struct world *w)
{
	struct addr a = world_letter(w->family, 'a');

	cr_assert_eq(world_packets(w, UP, &a, 1, 10), WORLD_BIT(DOWN1));
}

Test(sights, what_came_in_with_a_small_ttl_and_did_not_leave_is_ttl)
{
	WORLDS(w)
	{
		struct shown s;

		begin(&s, w);
		flow(w);
		s.sights[0].least_ttl = s.sights[0].most_ttl = 1;
		pass(&s, w, 20);
		cr_expect_eq(reason_now(&s, w), REASON_TTL);
		end(&s);
	}
}

/* Entries that name it are rewritten in slices; meanwhile it has no settings any more. */
Test(sights, of_a_link_that_was_removed_may_be_asked_for)
{
	WORLDS(w)
	{
		struct shown s;
		struct addr a = world_letter(w->family, 'a');
		struct addr group = world_group(w->family, 1);

		w->links[DOWN1].settings.from_pattern = true;
		begin(&s, w);
		for (unsigned int n = 1; n <= 300; n++) {
			struct addr source = world_source(w->family, UP, 100 + n);

			world_packets(w, UP, &source, 2, 1);
		}
		flow(w);
		s.sights[0].least_ttl = s.sights[0].most_ttl = 1;
		pass(&s, w, 20);
		world_delete_link(w, DOWN1);
		cr_assert(mfc_is_vacating(&w->proxy->mfc));
		cr_assert(mfc_find(&w->proxy->mfc, &a, &group)->oifs);
		cr_expect_eq(reason_of_route(&s.stats, mfc_find(&w->proxy->mfc, &a, &group)).reason, REASON_TTL);
		end(&s);
	}
}

Test(sights, what_came_in_and_did_not_leave_is_a_firewall)
{
	WORLDS(w)
	{
		struct shown s;

		begin(&s, w);
		flow(w);
		pass(&s, w, 20);
		cr_expect_eq(reason_now(&s, w), REASON_SUSPECT_FIREWALL);
		end(&s);
	}
}

/* Four minutes in which the stream flows to three links, and is asked for there. */
static void four_minutes(struct shown *s, struct world *w)
{
	struct addr a = world_letter(w->family, 'a');

	for (unsigned int k = 0; k < 40; k++) {
		for (uint32_t link = DOWN1; link <= DOWN3; link++)
			world_report(w, link, GM_IS_EX, 1, "");
		cr_assert_eq(world_packets(w, UP, &a, 1, 10), WORLD_BIT(DOWN1) | WORLD_BIT(DOWN2) | WORLD_BIT(DOWN3));
		pass(s, w, 60);
	}
}

/* What is wrong with one must not keep the others from being looked at, nor look well while they wait. */
Test(sights, each_link_has_its_turn)
{
	WORLDS(w)
	{
		struct shown s;

		begin_on(&s, w, 3);
		four_minutes(&s, w);
		cr_expect_eq(reason_now(&s, w), REASON_SUSPECT_FIREWALL);
		s.sights[1].packets = 60;
		four_minutes(&s, w);
		cr_expect_eq(reason_now(&s, w), REASON_FORWARDING);
		end(&s);
	}
}

Test(sights, what_left_is_forwarded)
{
	WORLDS(w)
	{
		struct shown s;

		begin(&s, w);
		flow(w);
		s.sights[1].packets = 1;
		pass(&s, w, 20);
		cr_expect_eq(reason_now(&s, w), REASON_FORWARDING);
		end(&s);
	}
}

Test(sights, two_packets_are_not_enough_to_accuse_anybody)
{
	WORLDS(w)
	{
		struct shown s;

		begin(&s, w);
		flow(w);
		s.sights[0].packets = 2;
		pass(&s, w, 20);
		cr_expect_eq(reason_now(&s, w), REASON_FORWARDING);
		end(&s);
	}
}

Test(sights, a_probe_that_could_not_look_accuses_nobody)
{
	WORLDS(w)
	{
		struct shown s;

		begin(&s, w);
		flow(w);
		s.sights[0].known = s.sights[1].known = false;
		pass(&s, w, 20);
		cr_expect_eq(reason_now(&s, w), REASON_FORWARDING);
		end(&s);
	}
}

Test(sights, that_nothing_comes_is_certain_when_it_was_looked_for)
{
	WORLDS(w)
	{
		struct shown s;

		begin(&s, w);
		s.sights[0].packets = 0;
		shown_turn(&s);
		cr_expect_eq(reason_now(&s, w), REASON_NO_SOURCE_SEEN);
		cr_expect_not(is_certain(&s, w));
		pass(&s, w, 80);
		cr_expect_eq(reason_now(&s, w), REASON_NO_SOURCE_SEEN);
		cr_expect(is_certain(&s, w));
		end(&s);
	}
}

Test(sights, a_source_whose_way_back_is_elsewhere_is_filtered_where_that_is_strict)
{
	WORLDS(w)
	{
		struct shown s;

		begin(&s, w);
		s.link.rp_filter = RP_FILTER_STRICT;
		s.route = (struct route_evidence){.known = true, .ifindex = DOWN1};
		pass(&s, w, 80);
		cr_expect_eq(reason_now(&s, w), REASON_RP_FILTER);
		end(&s);
	}
}

Test(sights, loose_filtering_wants_any_way_back)
{
	WORLDS(w)
	{
		struct shown s;

		begin(&s, w);
		s.link.rp_filter = RP_FILTER_LOOSE;
		s.route = (struct route_evidence){.known = true, .ifindex = DOWN1};
		pass(&s, w, 80);
		cr_expect_eq(reason_now(&s, w), REASON_SUSPECT_FIREWALL);
		s.route.ifindex = 0;
		pass(&s, w, 700);
		cr_expect_eq(reason_now(&s, w), REASON_RP_FILTER);
		end(&s);
	}
}

Test(sights, are_forgotten_after_two_minutes)
{
	WORLDS(w)
	{
		struct addr a = world_letter(w->family, 'a');
		struct addr group = world_group(w->family, 1);
		struct shown s;

		begin(&s, w);
		flow(w);
		pass(&s, w, 20);
		cr_assert(sights_find(&s.stats, &a, &group));
		world_pass(w, mspan_seconds(121));
		shown_turn(&s);
		cr_expect_null(sights_find(&s.stats, &a, &group));
		end(&s);
	}
}

static unsigned int count_looks(struct shown *s, struct world *w, unsigned int tenths)
{
	unsigned int looks = 0;

	for (unsigned int k = 0; k < tenths; k++) {
		bool before = sights_is_looking(&s->stats);

		pass(s, w, 1);
		looks += !before && sights_is_looking(&s->stats);
	}
	return looks;
}

/* A look a minute while it is wrong, one in ten minutes while it is right. */
Test(sights, suspicious_streams_are_looked_at_once_a_minute)
{
	WORLDS(w)
	{
		struct shown s;
		unsigned int looks;

		begin(&s, w);
		s.sights[0].packets = 0;
		looks = count_looks(&s, w, 1800);
		cr_expect_geq(looks, 2);
		cr_expect_leq(looks, 3);
		end(&s);
	}
}

Test(sights, one_look_at_a_time)
{
	WORLDS(w)
	{
		struct addr group = world_group(w->family, 1);
		const struct iface *up;
		struct shown s;

		begin(&s, w);
		shown_turn(&s);
		up = w->proxy->db.upstream;
		cr_expect(sights_look(&s.stats, NULL, &group, up, NULL));
		cr_expect_not(sights_look(&s.stats, NULL, &group, up, NULL));
		pass(&s, w, 6);
		cr_expect_not(s.stats.sights.look.going_on);
		cr_expect(sights_is_looking(&s.stats), "the probe has to let go");
		pass(&s, w, 1);
		cr_expect_not(sights_is_looking(&s.stats));
		end(&s);
	}
}

Test(sights, are_bounded_and_the_oldest_go)
{
	WORLDS(w)
	{
		struct addr first = world_group(w->family, 1);
		struct shown s;

		begin(&s, w);
		for (unsigned int k = 1; k <= SIGHTS_MAX + 1; k++) {
			struct addr group = world_group(w->family, k);

			world_pass(w, mspan_ms(100));
			shown_turn(&s);
			s.stats.sights.search_at = MTIME_NEVER; /* nobody else looks */
			cr_assert(sights_look(&s.stats, NULL, &group, w->proxy->db.upstream, NULL));
			s.stats.sights.look.until = s.stats.now;
			sights_work(&s.stats);
		}
		cr_expect_eq(s.stats.sights.table.count, SIGHTS_MAX);
		cr_expect_null(sights_find(&s.stats, NULL, &first));
		end(&s);
	}
}

Test(sights, of_nobody_else_are_begun_while_somebody_waits_for_an_answer)
{
	WORLDS(w)
	{
		struct shown s;

		begin(&s, w);
		flow(w);
		sights_reserve(&s.stats);
		pass(&s, w, 19);
		cr_expect_not(sights_is_looking(&s.stats));
		sights_reserve(&s.stats);
		pass(&s, w, 3);
		cr_expect(sights_is_looking(&s.stats), "the search goes on after that, whoever asks again");
		end(&s);
	}
}
