#include <criterion/criterion.h>
#include <stdio.h>

#include "group.h"

/*
 * The tables of RFC 9776 section 6.4, a test for each cell, rows for its cases.
 * Sources are letters. Before a record comes, INCLUDE (A) has its source timers 100 s
 * from their ends; EXCLUDE (X,Y) the same for X, and 150 s left of the group timer.
 */
enum { GMI = 270, LMQT = 2, LMQC = 2, SOURCE_LEFT = 100, GROUP_LEFT = 150, OHPI = 260 };
enum { OLDEST_STATE = 170, EXCLUDED_SINCE = 120 }; /* how long ago, for those to be left */

static const struct params params = {2, {125000000}, {10000000}, {1000000}, LMQC};
static const struct group_limits querier = {.max_sources = 512, .querier = true, .version = GM_GENERATION_3};
static const struct group_limits listener = {.max_sources = 512, .querier = false, .version = GM_GENERATION_3};
static const struct mtime now = {1000000000};

struct row {
	const char *was_x; /* A, if it was INCLUDE */
	const char *was_y;
	const char *listed;
	enum gm_filter_mode mode;
	const char *x;
	const char *y;
	/* The timers of x in its order: g GMI, l LMQT, t the group timer's end, - as it was. */
	const char *timers;
	const char *timers_listener; /* while another is querier */
	char group_timer;	     /* the same; 0 in INCLUDE */
	bool group_lowered;	     /* Send Q(G) */
	const char *asked;	     /* Send Q(G,...) */
	bool forwarding;
};

struct bench {
	enum family family;
	struct group *g;
};

static struct mtime at(int seconds)
{
	return mtime_after(now, mspan_seconds(seconds));
}

static struct addr source(enum family family, char letter)
{
	const uint8_t v4[4] = {198, 51, 100, (uint8_t)letter};
	const uint8_t v6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = (uint8_t)letter};

	return family == FAMILY_IPV4 ? addr_from_v4(v4) : addr_from_v6(v6);
}

static struct group_change say_as(struct bench *b, struct mtime when, const struct group_limits *limits,
				  enum gm_generation generation, enum gm_record_type type, const char *letters)
{
	struct addr addrs[26];
	struct gm_record record = {.type = type, .group = b->g->addr};
	size_t n = 0;

	for (; letters[n] != '\0'; n++)
		addrs[n] = source(b->family, letters[n]);
	record.sources = addrspan_of(addrs, n);
	return group_apply(b->g, when, &params, limits, gm_protos[b->family].by_generation[generation], &record);
}

static struct group_change say(struct bench *b, struct mtime when, enum gm_record_type type, const char *letters)
{
	return say_as(b, when, &querier, GM_GENERATION_3, type, letters);
}

static struct bench *bench_new(enum family family)
{
	static struct bench bench;
	const uint8_t v4[4] = {232, 1, 2, 3};
	const uint8_t v6[16] = {0xff, 0x3e, [15] = 3};
	struct addr group = family == FAMILY_IPV4 ? addr_from_v4(v4) : addr_from_v6(v6);

	bench = (struct bench){.family = family, .g = group_new(&group)};
	cr_assert_not_null(bench.g);
	return &bench;
}

static struct bench *bench_free(struct bench *b)
{
	group_free(b->g);
	return NULL;
}

#define FAMILIES(b)                                                                     \
	for (enum family family_ = FAMILY_IPV4; family_ < FAMILY_COUNT; family_++)      \
		for (struct bench *b = bench_new(family_); b; b = bench_free(b))

static struct source *find(const struct bench *b, char letter)
{
	struct addr a = source(b->family, letter);

	for (uint32_t i = 0; i < b->g->n_sources; i++)
		if (addr_equal(&b->g->sources[i].addr, &a))
			return &b->g->sources[i];
	return NULL;
}

static void expect_sets(const struct bench *b, enum gm_filter_mode mode, const char *x, const char *y)
{
	cr_assert_eq(b->g->mode, mode);
	cr_assert_eq(b->g->n_sources, strlen(x) + strlen(y), "%u sources, wanted X=%s Y=%s", b->g->n_sources, x, y);
	for (; *x != '\0'; x++)
		cr_assert(find(b, *x) && !mtime_is_never(find(b, *x)->expires), "%c is not requested", *x);
	for (; *y != '\0'; y++)
		cr_assert(find(b, *y) && mtime_is_never(find(b, *y)->expires), "%c is not excluded", *y);
}

static struct mtime timer_of(char word, int left)
{
	switch (word) {
	case 'g':
		return at(GMI);
	case 'l':
		return at(LMQT);
	case 't':
		return at(GROUP_LEFT);
	case '-':
		return at(left);
	default:
		return MTIME_NEVER;
	}
}

static bool contains(const char *letters, char letter)
{
	return strchr(letters, letter) != NULL;
}

/* Which queries are due at now, and for whom. */
static void expect_queries(const struct bench *b, bool group, const char *asked)
{
	cr_assert_eq(b->g->queries_left, group ? LMQC : 0);
	cr_assert_eq(b->g->next_query.us, group ? now.us : MTIME_NEVER.us);
	cr_assert_eq(b->g->next_source_query.us, asked[0] ? now.us : MTIME_NEVER.us);
	for (char c = 'a'; c <= 'z'; c++)
		if (find(b, c))
			cr_assert_eq(find(b, c)->queries_left, contains(asked, c) ? LMQC : 0, "queries of %c", c);
}

static void make_state(struct bench *b, enum gm_filter_mode mode, const struct row *row)
{
	char both[27];

	say(b, at(-OLDEST_STATE), GM_IS_IN, row->was_x);
	if (mode == GM_INCLUDE)
		return;
	snprintf(both, sizeof(both), "%s%s", row->was_x, row->was_y);
	say(b, at(-EXCLUDED_SINCE), GM_IS_EX, both);
}

static void run_row(struct bench *b, enum gm_filter_mode mode, enum gm_record_type type, const struct row *row,
		    bool elected)
{
	const char *timers = elected ? row->timers : row->timers_listener;
	char group_timer = row->group_lowered && !elected ? '-' : row->group_timer;
	struct group_change change;

	make_state(b, mode, row);
	expect_sets(b, mode, row->was_x, row->was_y);
	change = say_as(b, now, elected ? &querier : &listener, GM_GENERATION_3, type, row->listed);
	expect_sets(b, row->mode, row->x, row->y);
	for (size_t i = 0; row->x[i] != '\0'; i++)
		cr_assert_eq(find(b, row->x[i])->expires.us, timer_of(timers[i], SOURCE_LEFT).us, "timer of %c",
			     row->x[i]);
	cr_assert_eq(b->g->expires.us, timer_of(group_timer, GROUP_LEFT).us);
	expect_queries(b, elected && row->group_lowered, elected ? row->asked : "");
	cr_assert_eq(change.forwarding, row->forwarding);
	cr_assert(!change.ignored && change.sources_refused == 0);
}

static void run_rows(enum gm_filter_mode mode, enum gm_record_type type, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		FAMILIES(b)
			run_row(b, mode, type, &rows[i], true);
		FAMILIES(b)
			run_row(b, mode, type, &rows[i], false);
	}
}

#define ROWS(mode, type, ...)                                                              \
	do {                                                                               \
		const struct row rows[] = {__VA_ARGS__};                                   \
		run_rows(mode, type, rows, sizeof(rows) / sizeof(rows[0]));                \
	} while (0)

/* --- INCLUDE (A) --- */

/* IS_IN and ALLOW: INCLUDE (A+B), (B)=GMI. */
#define INCLUDE_ALLOW                                                                      \
	{"abc", "", "bcd", GM_INCLUDE, "abcd", "", "-ggg", "-ggg", 0, false, "", true},    \
	{"abc", "", "bc", GM_INCLUDE, "abc", "", "-gg", "-gg", 0, false, "", false},       \
	{"", "", "d", GM_INCLUDE, "d", "", "g", "g", 0, false, "", true},                  \
	{"abc", "", "", GM_INCLUDE, "abc", "", "---", "---", 0, false, "", false}

Test(group_include, is_in)
{
	ROWS(GM_INCLUDE, GM_IS_IN, INCLUDE_ALLOW);
}

Test(group_include, allow)
{
	ROWS(GM_INCLUDE, GM_ALLOW, INCLUDE_ALLOW);
}

/* EXCLUDE (A*B,B-A), (B-A)=0, Delete (A-B), Group Timer=GMI. */
Test(group_include, is_ex)
{
	ROWS(GM_INCLUDE, GM_IS_EX,
	     {"abc", "", "bcd", GM_EXCLUDE, "bc", "d", "--", "--", 'g', false, "", true},
	     {"abc", "", "", GM_EXCLUDE, "", "", "", "", 'g', false, "", true},
	     {"", "", "de", GM_EXCLUDE, "", "de", "", "", 'g', false, "", true});
}

/* INCLUDE (A+B), (B)=GMI, Send Q(G,A-B). */
Test(group_include, to_in)
{
	ROWS(GM_INCLUDE, GM_TO_IN,
	     {"abc", "", "bcd", GM_INCLUDE, "abcd", "", "lggg", "-ggg", 0, false, "a", true},
	     {"abc", "", "", GM_INCLUDE, "abc", "", "lll", "---", 0, false, "abc", false},
	     {"abc", "", "abc", GM_INCLUDE, "abc", "", "ggg", "ggg", 0, false, "", false});
}

/* EXCLUDE (A*B,B-A), (B-A)=0, Delete (A-B), Send Q(G,A*B), Group Timer=GMI. */
Test(group_include, to_ex)
{
	ROWS(GM_INCLUDE, GM_TO_EX,
	     {"abc", "", "bcd", GM_EXCLUDE, "bc", "d", "ll", "--", 'g', false, "bc", true},
	     {"abc", "", "", GM_EXCLUDE, "", "", "", "", 'g', false, "", true},
	     {"", "", "de", GM_EXCLUDE, "", "de", "", "", 'g', false, "", true});
}

/* INCLUDE (A), Send Q(G,A*B). */
Test(group_include, block)
{
	ROWS(GM_INCLUDE, GM_BLOCK,
	     {"abc", "", "bcd", GM_INCLUDE, "abc", "", "-ll", "---", 0, false, "bc", false},
	     {"abc", "", "d", GM_INCLUDE, "abc", "", "---", "---", 0, false, "", false},
	     {"abc", "", "", GM_INCLUDE, "abc", "", "---", "---", 0, false, "", false});
}

/* --- EXCLUDE (X,Y) --- */

/* IS_IN and ALLOW: EXCLUDE (X+A,Y-A), (A)=GMI. */
#define EXCLUDE_ALLOW                                                                                \
	{"abc", "def", "beg", GM_EXCLUDE, "abceg", "df", "-g-gg", "-g-gg", '-', false, "", true},    \
	{"abc", "def", "bg", GM_EXCLUDE, "abcg", "def", "-g-g", "-g-g", '-', false, "", false},      \
	{"", "", "g", GM_EXCLUDE, "g", "", "g", "g", '-', false, "", false},                         \
	{"abc", "def", "", GM_EXCLUDE, "abc", "def", "---", "---", '-', false, "", false}

Test(group_exclude, is_in)
{
	ROWS(GM_EXCLUDE, GM_IS_IN, EXCLUDE_ALLOW);
}

Test(group_exclude, allow)
{
	ROWS(GM_EXCLUDE, GM_ALLOW, EXCLUDE_ALLOW);
}

/* EXCLUDE (A-Y,Y*A), (A-X-Y)=GMI, Delete (X-A), Delete (Y-A), Group Timer=GMI. */
Test(group_exclude, is_ex)
{
	ROWS(GM_EXCLUDE, GM_IS_EX,
	     {"abc", "def", "beg", GM_EXCLUDE, "bg", "e", "-g", "-g", 'g', false, "", true},
	     {"abc", "def", "defg", GM_EXCLUDE, "g", "def", "g", "g", 'g', false, "", false},
	     {"abc", "def", "", GM_EXCLUDE, "", "", "", "", 'g', false, "", true},
	     {"abc", "", "", GM_EXCLUDE, "", "", "", "", 'g', false, "", false});
}

/* EXCLUDE (X+A,Y-A), (A)=GMI, Send Q(G,X-A), Send Q(G). */
Test(group_exclude, to_in)
{
	ROWS(GM_EXCLUDE, GM_TO_IN,
	     {"abc", "def", "beg", GM_EXCLUDE, "abceg", "df", "lglgg", "-g-gg", 'l', true, "ac", true},
	     {"abc", "def", "", GM_EXCLUDE, "abc", "def", "lll", "---", 'l', true, "abc", false},
	     {"", "", "", GM_EXCLUDE, "", "", "", "", 'l', true, "", false});
}

/* EXCLUDE (A-Y,Y*A), (A-X-Y)=Group Timer, Delete (X-A), Delete (Y-A), Send Q(G,A-Y), Group Timer=GMI. */
Test(group_exclude, to_ex)
{
	ROWS(GM_EXCLUDE, GM_TO_EX,
	     {"abc", "def", "beg", GM_EXCLUDE, "bg", "e", "ll", "-t", 'g', false, "bg", true},
	     {"abc", "def", "def", GM_EXCLUDE, "", "def", "", "", 'g', false, "", false},
	     {"abc", "def", "", GM_EXCLUDE, "", "", "", "", 'g', false, "", true});
}

/* EXCLUDE (X+(A-Y),Y), (A-X-Y)=Group Timer, Send Q(G,A-Y). */
Test(group_exclude, block)
{
	ROWS(GM_EXCLUDE, GM_BLOCK,
	     {"abc", "def", "beg", GM_EXCLUDE, "abcg", "def", "-l-l", "---t", '-', false, "bg", false},
	     {"abc", "def", "e", GM_EXCLUDE, "abc", "def", "---", "---", '-', false, "", false},
	     {"abc", "def", "", GM_EXCLUDE, "abc", "def", "---", "---", '-', false, "", false});
}

/* --- queries that are under way --- */

/* Section 6.6.3.2: only sources whose timer is larger than LMQT are lowered and asked for. */
Test(group_queries, a_source_already_asked_for_is_not_asked_for_anew)
{
	FAMILIES(b) {
		say(b, now, GM_IS_IN, "a");
		say(b, now, GM_BLOCK, "a");
		find(b, 'a')->queries_left = 1;
		say(b, at(1), GM_BLOCK, "a");
		cr_assert_eq(find(b, 'a')->expires.us, at(LMQT).us);
		cr_assert_eq(find(b, 'a')->queries_left, 1);
	}
}

/* A second leave must not give the group more time than the first did. */
Test(group_queries, a_repeated_leave_does_not_prolong)
{
	FAMILIES(b) {
		say(b, now, GM_IS_EX, "");
		say(b, now, GM_TO_IN, "");
		say(b, at(1), GM_TO_IN, "");
		cr_assert_eq(b->g->expires.us, at(LMQT).us);
	}
}

Test(group_queries, an_answer_restores_the_timer)
{
	FAMILIES(b) {
		say(b, now, GM_IS_EX, "");
		say(b, now, GM_TO_IN, "");
		say(b, at(1), GM_IS_EX, "");
		cr_assert_eq(b->g->expires.us, at(1 + GMI).us);
		cr_assert(mtime_is_never(b->g->left_at));
	}
}

/* IGMPv1 has no specific queries at all, IGMPv2 none about sources: what cannot be asked for must time out. */
Test(group_queries, nothing_is_lowered_that_our_version_cannot_ask_for)
{
	FAMILIES(b) {
		for (enum gm_generation version = GM_GENERATION_1; version <= GM_GENERATION_2; version++) {
			const struct group_limits limits = {.max_sources = 512, .querier = true, .version = version};

			say(b, now, GM_IS_IN, "a");
			say(b, now, GM_IS_EX, "a");
			say_as(b, now, &limits, GM_GENERATION_3, GM_TO_IN, "");
			cr_assert_eq(find(b, 'a')->expires.us, at(GMI).us);
			cr_assert_eq(b->g->expires.us, at(version == GM_GENERATION_1 ? GMI : LMQT).us);
			expect_queries(b, version == GM_GENERATION_2, "");
		}
	}
}

/* --- the passing of time (sections 6.3, 6.5) --- */

Test(group_expire, a_source_of_include_is_gone_at_its_end)
{
	FAMILIES(b) {
		say(b, now, GM_IS_IN, "a");
		say(b, at(10), GM_IS_IN, "b");
		cr_assert_not(group_expire(b->g, at(GMI - 1)).forwarding);
		cr_assert(group_expire(b->g, at(GMI)).forwarding);
		expect_sets(b, GM_INCLUDE, "b", "");
		cr_assert_eq(group_next(b->g).us, at(GMI + 10).us);
		cr_assert(group_expire(b->g, at(GMI + 10)).forwarding);
		cr_assert(group_is_empty(b->g));
		cr_assert(mtime_is_never(group_next(b->g)));
	}
}

Test(group_expire, a_requested_source_of_exclude_becomes_excluded)
{
	FAMILIES(b) {
		say(b, now, GM_IS_IN, "a");
		say(b, at(10), GM_IS_EX, "ab");
		expect_sets(b, GM_EXCLUDE, "a", "b");
		cr_assert(group_expire(b->g, at(GMI)).forwarding);
		expect_sets(b, GM_EXCLUDE, "", "ab");
		cr_assert_eq(group_next(b->g).us, at(10 + GMI).us);
	}
}

Test(group_expire, exclude_ends_as_include_of_what_is_requested)
{
	FAMILIES(b) {
		say(b, now, GM_IS_EX, "bc");
		say(b, at(10), GM_ALLOW, "a");
		cr_assert(group_expire(b->g, at(GMI)).forwarding);
		expect_sets(b, GM_INCLUDE, "a", "");
		cr_assert(mtime_is_never(b->g->expires));
		cr_assert_not(group_is_empty(b->g));
	}
}

Test(group_expire, exclude_with_nothing_requested_ends_empty)
{
	FAMILIES(b) {
		say(b, now, GM_IS_EX, "bc");
		cr_assert_not(group_expire(b->g, at(GMI - 1)).forwarding);
		cr_assert(group_expire(b->g, at(GMI)).forwarding);
		cr_assert(group_is_empty(b->g));
	}
}

Test(group_expire, a_report_read_at_the_last_instant_wins)
{
	FAMILIES(b) {
		say(b, now, GM_IS_EX, "");
		say(b, at(GMI), GM_IS_EX, "");
		cr_assert_not(group_expire(b->g, at(GMI)).forwarding);
		expect_sets(b, GM_EXCLUDE, "", "");
	}
}

/* --- what is wanted --- */

static bool wants(const struct bench *b, char letter)
{
	struct addr a = source(b->family, letter);

	return group_wants(b->g, &a);
}

static void expect_filter(const struct bench *b, const char *letters)
{
	struct srcset filter = SRCSET_EMPTY;

	cr_assert(group_filter(b->g, &filter));
	cr_assert_eq(filter.count, strlen(letters));
	for (; *letters != '\0'; letters++) {
		struct addr a = source(b->family, *letters);

		cr_assert(srcset_contains(&filter, &a), "%c is not in the filter", *letters);
	}
	srcset_fini(&filter);
}

Test(group_wants, nothing_at_first)
{
	FAMILIES(b) {
		cr_assert(group_is_empty(b->g));
		cr_assert_not(wants(b, 'a'));
		expect_filter(b, "");
	}
}

Test(group_wants, include_only_what_is_listed)
{
	FAMILIES(b) {
		say(b, now, GM_IS_IN, "ab");
		cr_assert(wants(b, 'a') && wants(b, 'b'));
		cr_assert_not(wants(b, 'c'));
		expect_filter(b, "ab");
	}
}

Test(group_wants, exclude_all_but_what_is_excluded)
{
	FAMILIES(b) {
		say(b, now, GM_IS_EX, "ab");
		say(b, now, GM_ALLOW, "bc");
		cr_assert(wants(b, 'b') && wants(b, 'c') && wants(b, 'z'));
		cr_assert_not(wants(b, 'a'));
		expect_filter(b, "a");
	}
}

/* --- older hosts (section 7.3.2) --- */

static void older_report(struct bench *b, struct mtime when, enum gm_generation generation)
{
	say_as(b, when, &querier, generation, GM_IS_EX, "");
}

Test(group_compatibility, lasts_for_the_older_host_present_interval)
{
	FAMILIES(b) {
		cr_assert_eq(group_compatibility(b->g), GM_GENERATION_3);
		older_report(b, now, GM_GENERATION_2);
		cr_assert_eq(group_compatibility(b->g), GM_GENERATION_2);
		group_expire(b->g, at(OHPI - 1));
		cr_assert_eq(group_compatibility(b->g), GM_GENERATION_2);
		group_expire(b->g, at(OHPI));
		cr_assert_eq(group_compatibility(b->g), GM_GENERATION_3);
		cr_assert_not(group_is_empty(b->g));
	}
}

Test(group_compatibility, block_is_void_beside_an_older_host)
{
	FAMILIES(b) {
		older_report(b, now, GM_GENERATION_2);
		say(b, now, GM_ALLOW, "a");
		cr_assert(say(b, at(1), GM_BLOCK, "a").ignored);
		cr_assert_eq(find(b, 'a')->expires.us, at(GMI).us);
		expect_queries(b, false, "");
	}
}

Test(group_compatibility, sources_of_to_ex_are_void_beside_an_older_host)
{
	FAMILIES(b) {
		older_report(b, now, GM_GENERATION_2);
		cr_assert_not(say(b, at(1), GM_TO_EX, "ab").ignored);
		expect_sets(b, GM_EXCLUDE, "", "");
		cr_assert_eq(b->g->expires.us, at(1 + GMI).us);
	}
}

Test(group_compatibility, a_leave_counts_beside_generation_2)
{
	FAMILIES(b) {
		older_report(b, at(-1), GM_GENERATION_2);
		cr_assert_not(say_as(b, now, &querier, GM_GENERATION_2, GM_TO_IN, "").ignored);
		expect_queries(b, true, "");
		cr_assert_eq(b->g->expires.us, at(LMQT).us);
		cr_assert_eq(b->g->left_at.us, now.us);
	}
}

/* IGMPv1 hosts know no leave: only time ends their membership. MLD's oldest version has one. */
Test(group_compatibility, a_leave_is_void_beside_generation_1)
{
	FAMILIES(b) {
		enum gm_generation oldest = gm_protos[b->family].oldest;

		older_report(b, now, oldest);
		older_report(b, now, GM_GENERATION_2);
		cr_assert_eq(say(b, at(1), GM_TO_IN, "").ignored, oldest == GM_GENERATION_1);
		cr_assert_eq(b->g->expires.us, at(oldest == GM_GENERATION_1 ? GMI : 1 + LMQT).us);
	}
}

Test(group_compatibility, a_leave_shows_no_older_host)
{
	FAMILIES(b) {
		say(b, now, GM_IS_EX, "");
		say_as(b, now, &querier, GM_GENERATION_2, GM_TO_IN, "");
		cr_assert_eq(group_compatibility(b->g), GM_GENERATION_3);
	}
}

/* --- limits --- */

Test(group_limits, sources_beyond_max_sources_are_refused_and_counted)
{
	const struct group_limits two = {.max_sources = 2, .querier = true, .version = GM_GENERATION_3};

	FAMILIES(b) {
		cr_assert_eq(say_as(b, now, &two, GM_GENERATION_3, GM_IS_IN, "abcd").sources_refused, 2);
		expect_sets(b, GM_INCLUDE, "ab", "");
		cr_assert_eq(say_as(b, at(1), &two, GM_GENERATION_3, GM_IS_IN, "abc").sources_refused, 1);
		cr_assert_eq(find(b, 'a')->expires.us, at(1 + GMI).us);
	}
}

/* What the record itself deletes makes room for what it brings. */
Test(group_limits, a_full_list_may_be_replaced_by_another)
{
	static const enum gm_record_type types[] = {GM_IS_EX, GM_TO_EX};
	const struct group_limits two = {.max_sources = 2, .querier = true, .version = GM_GENERATION_3};

	for (size_t i = 0; i < 2; i++) {
		FAMILIES(b) {
			say_as(b, now, &two, GM_GENERATION_3, GM_IS_IN, "ab");
			cr_assert_eq(say_as(b, now, &two, GM_GENERATION_3, types[i], "cd").sources_refused, 0);
			expect_sets(b, GM_EXCLUDE, "", "cd");
			cr_assert_eq(say_as(b, now, &two, GM_GENERATION_3, types[i], "ef").sources_refused, 0);
			expect_sets(b, GM_EXCLUDE, "ef", "");
		}
	}
}

/*
 * A channel change of a host with a full list: its new sources must not be refused because of
 * the old ones, which then run out, and the group with them.
 */
Test(group_limits, sources_on_their_way_out_make_room_for_those_of_a_change_to_include)
{
	const struct group_limits three = {.max_sources = 3, .querier = true, .version = GM_GENERATION_3};

	FAMILIES(b) {
		struct group_change change;

		say_as(b, at(-OLDEST_STATE), &three, GM_GENERATION_3, GM_IS_IN, "abc");
		change = say_as(b, now, &three, GM_GENERATION_3, GM_TO_IN, "cde");
		cr_assert_eq(change.sources_refused, 0);
		cr_assert(change.forwarding);
		expect_sets(b, GM_INCLUDE, "cde", "");
		change = say_as(b, at(1), &three, GM_GENERATION_3, GM_TO_IN, "df");
		cr_assert_eq(change.sources_refused, 0);
		expect_sets(b, GM_INCLUDE, "def", "");
		cr_assert_eq(find(b, 'e')->expires.us, at(1 + LMQT).us, "no more go than have to");
		cr_assert_eq(find(b, 'd')->expires.us, at(1 + GMI).us);
		cr_assert_eq(say_as(b, at(1), &three, GM_GENERATION_3, GM_TO_IN, "ghijk").sources_refused, 2);
		expect_sets(b, GM_INCLUDE, "ghi", "");
	}
}

Test(group_limits, sources_on_their_way_out_make_room_beside_exclude_too)
{
	const struct group_limits three = {.max_sources = 3, .querier = true, .version = GM_GENERATION_3};

	FAMILIES(b) {
		say_as(b, at(-OLDEST_STATE), &three, GM_GENERATION_3, GM_IS_IN, "ab");
		say_as(b, at(-EXCLUDED_SINCE), &three, GM_GENERATION_3, GM_IS_EX, "abz");
		expect_sets(b, GM_EXCLUDE, "ab", "z");
		cr_assert_eq(say_as(b, now, &three, GM_GENERATION_3, GM_TO_IN, "cd").sources_refused, 0);
		expect_sets(b, GM_EXCLUDE, "cd", "z");
	}
}

/* Nothing is lowered that we do not ask about, and so nothing is on its way out. */
Test(group_limits, as_listener_no_source_makes_room)
{
	const struct group_limits three = {.max_sources = 3, .querier = false, .version = GM_GENERATION_3};

	FAMILIES(b) {
		say_as(b, now, &three, GM_GENERATION_3, GM_IS_IN, "abc");
		cr_assert_eq(say_as(b, now, &three, GM_GENERATION_3, GM_TO_IN, "cd").sources_refused, 1);
		expect_sets(b, GM_INCLUDE, "abc", "");
	}
}

/* --- another router's questions (section 6.6.1) --- */

static void lower(struct bench *b, struct mtime when, const char *letters)
{
	struct addr addrs[26];
	struct addrspan span;
	size_t n = 0;

	for (; letters[n] != '\0'; n++)
		addrs[n] = source(b->family, letters[n]);
	span = addrspan_of(addrs, n);
	group_lower(b->g, when, mspan_seconds(LMQT), &span);
}

Test(group_lower, a_group_query_lowers_the_group_timer_only)
{
	FAMILIES(b) {
		say(b, now, GM_IS_EX, "c");
		say(b, now, GM_ALLOW, "a");
		lower(b, now, "");
		cr_assert_eq(b->g->expires.us, at(LMQT).us);
		cr_assert_eq(find(b, 'a')->expires.us, at(GMI).us);
	}
}

Test(group_lower, a_source_query_lowers_the_timers_of_its_sources_only)
{
	FAMILIES(b) {
		say(b, now, GM_IS_EX, "c");
		say(b, now, GM_ALLOW, "ab");
		lower(b, now, "acz");
		expect_sets(b, GM_EXCLUDE, "ab", "c");
		cr_assert_eq(find(b, 'a')->expires.us, at(LMQT).us);
		cr_assert_eq(find(b, 'b')->expires.us, at(GMI).us);
		cr_assert_eq(b->g->expires.us, at(GMI).us);
	}
}

Test(group_lower, never_prolongs)
{
	FAMILIES(b) {
		say(b, now, GM_IS_EX, "");
		lower(b, at(GMI - 1), "");
		cr_assert_eq(b->g->expires.us, at(GMI).us);
	}
}
