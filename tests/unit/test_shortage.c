/*
 * What the core says when memory is short, which is no limit of ours. The linker puts
 * the allocator below in the place of the real one (room.am); it has no blocks of one size.
 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "world.h"

enum { GROUP = 1 };

void *__real_calloc(size_t n, size_t each);
void *__real_realloc(void *p, size_t bytes);
void *__wrap_calloc(size_t n, size_t each);
void *__wrap_realloc(void *p, size_t bytes);

static size_t short_of; /* bytes; 0: nothing is short */

void *__wrap_calloc(size_t n, size_t each)
{
	return short_of != 0 && n * each == short_of ? NULL : __real_calloc(n, each);
}

void *__wrap_realloc(void *p, size_t bytes)
{
	return bytes != 0 && bytes == short_of ? NULL : __real_realloc(p, bytes);
}

/* It is counted as memory, once, and as no limit. */
static void expect_shortage_told(const struct world *w)
{
	const struct proxy_counters *counters = &w->proxy->env.counters;

	cr_assert_eq(counters->no_memory, 1);
	cr_assert_eq(counters->limit_groups, 0);
	cr_assert_eq(counters->limit_sources, 0);
	cr_assert_eq(proxy_find_iface(w->proxy, DOWN1)->counters.ignored[IGNORED_LIMIT], 0);
	cr_assert_str_eq(w->events[EVENT_LIMIT].word, "memory");
	cr_assert_eq(w->events[EVENT_LIMIT].count, 1);
}

Test(shortage, of_a_groups_record_is_no_limit_of_groups)
{
	static const size_t blocks[] = {sizeof(struct group), sizeof(struct membership)};

	for (size_t k = 0; k < sizeof(blocks) / sizeof(blocks[0]); k++) {
		WORLDS(w) {
			world_start(w, 1);
			short_of = blocks[k];
			world_report(w, DOWN1, GM_TO_EX, GROUP, "");
			short_of = 0;
			cr_assert_null(world_find_group(w, DOWN1, GROUP));
			expect_shortage_told(w);
			world_report(w, DOWN1, GM_TO_EX, GROUP, "");
			cr_assert_not_null(world_find_group(w, DOWN1, GROUP), "it is tried again");
		}
	}
}

Test(shortage, of_room_for_a_source_is_no_limit_of_sources)
{
	WORLDS(w) {
		world_start(w, 1);
		world_report(w, DOWN1, GM_IS_IN, GROUP, "ab");
		short_of = 4 * sizeof(struct source);
		world_report(w, DOWN1, GM_ALLOW, GROUP, "c");
		short_of = 0;
		cr_assert_eq(world_find_group(w, DOWN1, GROUP)->n_sources, 2);
		expect_shortage_told(w);
		world_report(w, DOWN1, GM_ALLOW, GROUP, "c");
		cr_assert_eq(world_find_group(w, DOWN1, GROUP)->n_sources, 3);
	}
}
