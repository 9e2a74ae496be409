#include <criterion/criterion.h>

#include "chance.h"
#include "hosts.h"

/*
 * Hosts and sources are numbers here. The naive model is RFC 9776 section 4.2.13 from the
 * sender's side: what each host wants, as a set of bits of all sources.
 */
enum { N_HOSTS = 6, N_SOURCES = 8, ALL = (1 << N_SOURCES) - 1, MAX_SOURCES = 512 };

static const struct mtime never = {INT64_MAX};
static const struct mtime now = {1000000000};

static struct addr host_addr(enum family family, unsigned int n)
{
	const uint8_t v4[4] = {10, 0, (uint8_t)(n >> 8), (uint8_t)n};
	const uint8_t v6[16] = {0xfe, 0x80, [14] = (uint8_t)(n >> 8), [15] = (uint8_t)n};

	return family == FAMILY_IPV4 ? addr_from_v4(v4) : addr_from_v6(v6);
}

static struct addr source_addr(enum family family, unsigned int n)
{
	const uint8_t v4[4] = {198, 18, (uint8_t)(n >> 8), (uint8_t)n};
	const uint8_t v6[16] = {0x20, 0x01, 0x0d, 0xb8, [14] = (uint8_t)(n >> 8), [15] = (uint8_t)n};

	return family == FAMILY_IPV4 ? addr_from_v4(v4) : addr_from_v6(v6);
}

struct list {
	enum family family;
	struct hosts hosts;
	size_t max_sources;
};

/* mask: the record's sources, bit by bit. */
static void say(struct list *l, unsigned int host, struct mtime until, enum gm_record_type type, unsigned int mask)
{
	struct addr sources[N_SOURCES];
	struct addr addr = host_addr(l->family, host);
	struct gm_record record = {.type = type};
	size_t n = 0;

	for (unsigned int s = N_SOURCES; s > 0; s--)
		if (mask & (1u << (s - 1)))
			sources[n++] = source_addr(l->family, s - 1);
	record.sources = addrspan_of(sources, n);
	hosts_report(&l->hosts, &addr, now, until, &record, l->max_sources);
}

static bool any_wants(const struct list *l, unsigned int source)
{
	struct addr a = source_addr(l->family, source);

	return hosts_any_wants(&l->hosts, &a);
}

static struct list *list_free(struct list *l)
{
	hosts_fini(&l->hosts);
	return NULL;
}

#define LISTS(l)                                                                                    \
	for (enum family l##_family = FAMILY_IPV4; l##_family < FAMILY_COUNT; l##_family++)         \
		for (struct list l##_list = {.family = l##_family, .max_sources = MAX_SOURCES}, *l = &l##_list; l; \
		     l = list_free(l))

/* --- what each record says of its sender --- */

struct model {
	bool exclude;
	unsigned int mask;
};

static void model_say(struct model *m, enum gm_record_type type, unsigned int mask)
{
	bool becomes = type == GM_TO_IN || type == GM_IS_EX || type == GM_TO_EX;
	bool wanted = type == GM_ALLOW || type == GM_IS_IN;

	if (becomes) {
		m->exclude = type != GM_TO_IN;
		m->mask = mask;
	} else if (wanted != m->exclude) {
		m->mask |= mask;
	} else {
		m->mask &= ~mask;
	}
}

static unsigned int model_wants(const struct model *m)
{
	return m->exclude ? ~m->mask & ALL : m->mask;
}

static void expect_model(const struct list *l, const struct model models[N_HOSTS], const struct chance *c)
{
	unsigned int wanted = 0;
	unsigned int members = 0;
	bool exclude = false;

	for (size_t k = 0; k < N_HOSTS; k++) {
		wanted |= model_wants(&models[k]);
		exclude = exclude || models[k].exclude;
		members += models[k].exclude || models[k].mask != 0;
	}
	for (unsigned int s = 0; s < N_SOURCES; s++)
		cr_assert_eq(any_wants(l, s), (wanted >> s) & 1, "source %u, " SEED, s, SEED_OF(c));
	cr_assert_eq(hosts_any_exclude(&l->hosts), exclude, SEED, SEED_OF(c));
	cr_assert_eq(l->hosts.n, members, SEED, SEED_OF(c));
}

Test(hosts_report, of_random_records_is_what_a_naive_model_says)
{
	struct chance c = chance_start();

	LISTS(l) {
		struct model models[N_HOSTS] = {0};

		for (size_t k = 0; k < 20000; k++) {
			unsigned int host = chance_below(&c, N_HOSTS);
			enum gm_record_type type = (enum gm_record_type)(GM_IS_IN + chance_below(&c, 6));
			unsigned int mask = chance_below(&c, 4) ? chance_below(&c, ALL + 1) : 0;

			say(l, host, never, type, mask);
			model_say(&models[host], type, mask);
			expect_model(l, models, &c);
		}
		cr_assert(hosts_is_complete(&l->hosts, now));
	}
}

Test(hosts_report, that_wants_nothing_any_more_takes_its_host_out)
{
	LISTS(l) {
		say(l, 1, never, GM_IS_EX, 0);
		say(l, 2, never, GM_ALLOW, 3);
		say(l, 1, never, GM_TO_IN, 0);
		cr_assert_eq(l->hosts.n, 1);
		cr_assert_not(hosts_any_exclude(&l->hosts));
		say(l, 2, never, GM_BLOCK, 3);
		cr_assert_eq(l->hosts.n, 0);
		say(l, 3, never, GM_BLOCK, 1);
		cr_assert_eq(l->hosts.n, 0, "of one that was not there");
	}
}

/* Section 5.2: the answer to a source-specific query names what was asked for, of a host in EXCLUDE too. */
Test(hosts_report, an_answer_about_sources_is_no_change_of_mode)
{
	LISTS(l) {
		say(l, 1, never, GM_TO_EX, 2);
		say(l, 1, never, GM_IS_IN, 1);
		cr_assert(hosts_any_exclude(&l->hosts));
		cr_assert(any_wants(l, 0) && !any_wants(l, 1) && any_wants(l, 2));
		say(l, 2, never, GM_IS_IN, 7);
		say(l, 2, never, GM_IS_IN, 1);
		cr_assert(any_wants(l, 1), "asked about one, it wants the others as ever");
	}
}

/* --- time --- */

Test(hosts_expire, takes_out_who_was_not_heard_in_time)
{
	LISTS(l) {
		say(l, 1, mtime_after(now, mspan_seconds(10)), GM_IS_IN, 1);
		say(l, 2, mtime_after(now, mspan_seconds(20)), GM_IS_IN, 2);
		say(l, 3, mtime_after(now, mspan_seconds(10)), GM_IS_IN, 4);
		say(l, 3, mtime_after(now, mspan_seconds(30)), GM_ALLOW, 8);
		hosts_expire(&l->hosts, mtime_after(now, mspan_seconds(10)));
		cr_assert_eq(l->hosts.n, 2);
		cr_assert_not(any_wants(l, 0));
		cr_assert(any_wants(l, 1) && any_wants(l, 2) && any_wants(l, 3));
		hosts_expire(&l->hosts, mtime_after(now, mspan_seconds(30)));
		cr_assert_eq(l->hosts.n, 0);
	}
}

/* --- bounds --- */

static void expect_incomplete_until(const struct list *l, struct mtime until)
{
	cr_assert_not(hosts_is_complete(&l->hosts, (struct mtime){until.us - 1}));
	cr_assert(hosts_is_complete(&l->hosts, until));
}

Test(hosts_bounds, one_host_too_many_makes_it_incomplete_for_its_membership)
{
	LISTS(l) {
		struct mtime until = mtime_after(now, mspan_seconds(260));

		for (unsigned int k = 0; k < HOSTS_MAX; k++)
			say(l, k, never, GM_IS_EX, 0);
		cr_assert(hosts_is_complete(&l->hosts, now));
		say(l, HOSTS_MAX, until, GM_IS_EX, 0);
		cr_assert_eq(l->hosts.n, HOSTS_MAX);
		expect_incomplete_until(l, until);
		say(l, 7, never, GM_BLOCK, 1);
		cr_assert_eq(l->hosts.n, HOSTS_MAX, "who is in it goes on to be tracked");
	}
}

Test(hosts_bounds, one_source_too_many_makes_it_incomplete_and_keeps_no_half_truth)
{
	static const enum gm_record_type types[] = {GM_IS_IN, GM_IS_EX, GM_TO_IN, GM_TO_EX, GM_ALLOW};

	for (size_t k = 0; k < sizeof(types) / sizeof(types[0]); k++) {
		LISTS(l) {
			struct mtime until = mtime_after(now, mspan_seconds(260));

			l->max_sources = 3;
			say(l, 1, until, types[k], 7);
			cr_assert(hosts_is_complete(&l->hosts, now));
			say(l, 1, until, types[k], 7);
			cr_assert(hosts_is_complete(&l->hosts, now), "the same again");
			say(l, 1, until, types[k], 15);
			expect_incomplete_until(l, until);
			cr_assert_eq(l->hosts.n, 0);
		}
	}
}

/* As the group timer does: a querier with shorter intervals may have been elected in between. */
/* A later report with a shorter membership, after a reload, does not take the first host's away. */
Test(hosts_bounds, the_longest_membership_says_how_long)
{
	LISTS(l) {
		struct mtime until = mtime_after(now, mspan_seconds(260));

		hosts_untracked(&l->hosts, until);
		hosts_untracked(&l->hosts, mtime_after(now, mspan_seconds(10)));
		expect_incomplete_until(l, until);
	}
}

Test(hosts_bounds, all_groups_of_an_interface_share_one_room)
{
	LISTS(l) {
		struct hosts_room room = {.max = 10};
		struct hosts other = {.room = &room};
		struct addr host = host_addr(l->family, 1);
		struct gm_record everything = {.type = GM_IS_EX, .sources.width = 16};

		l->hosts.room = &room;
		say(l, 1, never, GM_IS_IN, 1);
		say(l, 2, never, GM_IS_EX, 0);
		cr_assert_eq(l->hosts.n, 2);
		cr_assert_eq(room.used, 2 + l->hosts.list[0].sources.capacity);
		say(l, 2, never, GM_TO_EX, 0xff);
		cr_assert_eq(l->hosts.n, 1, "it would be 2 + 4 + 8");
		expect_incomplete_until(l, never);
		for (unsigned int k = 0; k < 5; k++)
			say(l, 10 + k, never, GM_IS_EX, 0);
		cr_assert_eq(room.used, 10);
		hosts_report(&other, &host, now, never, &everything, MAX_SOURCES);
		cr_assert_eq(other.n, 0);
		cr_assert_not(hosts_is_complete(&other, now));
		say(l, 10, never, GM_TO_IN, 0);
		hosts_report(&other, &host, now, never, &everything, MAX_SOURCES);
		cr_assert_eq(other.n, 1);
		hosts_fini(&other);
		hosts_fini(&l->hosts);
		cr_assert_eq(room.used, 0);
	}
}

/* A packet of many sources that the host never had, in the worst order, takes no time to speak of. */
Test(hosts_bounds, a_long_list_costs_no_more_than_what_is_kept)
{
	enum { MANY = 16000 };
	static struct addr sources[MANY];

	LISTS(l) {
		struct addr host = host_addr(l->family, 1);
		struct gm_record record = {.type = GM_BLOCK};

		for (unsigned int k = 0; k < MANY; k++)
			sources[k] = source_addr(l->family, MANY - k + N_SOURCES);
		record.sources = addrspan_of(sources, MANY);
		say(l, 1, never, GM_IS_IN, ALL);
		hosts_report(&l->hosts, &host, now, never, &record, MAX_SOURCES);
		cr_assert_eq(l->hosts.list[0].sources.count, N_SOURCES);
		cr_assert(hosts_is_complete(&l->hosts, now));
	}
}
