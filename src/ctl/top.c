/* `mcast-proxyctl top`: the busiest groups, now. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "answer.h"
#include "commands.h"
#include "grid.h"
#include "keyboard.h"
#include "quantity.h"
#include "rates.h"
#include "screen.h"

#define CLEAR_SCREEN "\033[H\033[2J"

enum { HEAD_LINES = 3, ROWS_WITHOUT_SCREEN = 20 };

static const double DEFAULT_INTERVAL = 2;

/* A group in the order of what it carries. */
struct busy {
	const json_t *group;
	struct rate rate;
	size_t place; /* in the daemon's order, which decides between equals */
};

/* --- the order --- */

static int by_traffic(const void *a, const void *b)
{
	const struct busy *x = a, *y = b;

	if (x->rate.bits != y->rate.bits)
		return x->rate.bits > y->rate.bits ? -1 : 1;
	if (x->rate.packets != y->rate.packets)
		return x->rate.packets > y->rate.packets ? -1 : 1;
	return x->place < y->place ? -1 : x->place > y->place;
}

/* The caller frees it. */
static struct busy *sort_groups(const json_t *groups, const struct rates *rates)
{
	struct busy *list = calloc(json_array_size(groups) + 1, sizeof(*list));
	const json_t *group;
	size_t k;

	if (!list)
		return NULL;
	json_array_foreach(groups, k, group) {
		list[k] = (struct busy){.group = group, .place = k};
		rates_find(rates, group, &list[k].rate);
	}
	qsort(list, json_array_size(groups), sizeof(*list), by_traffic);
	return list;
}

/* --- the table --- */

static const struct grid_column columns[] = {
	{"Group", GRID_ADDR, 0},   {"Packets/s", GRID_NUMBER, 0}, {"Bit/s", GRID_NUMBER, 0},
	{"Packets", GRID_NUMBER, 2}, {"Bytes", GRID_NUMBER, 3},	  {"Reason", GRID_WORD, 1},
	{"Interfaces", GRID_LIST, 1},
};

/* Those on which it is asked for, each once. */
static void put_interfaces(struct grid *g, const json_t *members)
{
	char names[256] = "";
	const json_t *member;
	size_t k, n = 0;

	json_array_foreach(members, k, member) {
		const char *name = answer_word(member, "interface");

		if (name && n < sizeof(names))
			n += (size_t)snprintf(names + n, sizeof(names) - n, "%s%s", n > 0 ? "," : "", name);
	}
	grid_put(g, names);
}

static void put_busy(struct grid *g, const struct busy *busy)
{
	char text[QUANTITY_STRLEN];

	grid_put(g, answer_word(busy->group, "group"));
	grid_put(g, quantity_rate(busy->rate.packets, text));
	grid_put(g, quantity_rate(busy->rate.bits, text));
	grid_printf(g, "%llu", (unsigned long long)answer_count(busy->group, "forwarded_packets"));
	grid_put(g, quantity_bytes(answer_count(busy->group, "forwarded_bytes"), text));
	grid_put(g, answer_word(busy->group, "reason"));
	put_interfaces(g, json_object_get(busy->group, "members"));
}

static void print_head(const json_t *now, const struct busy *list, size_t n)
{
	time_t seconds = (time_t)answer_real(now, "time");
	char text[16], packets[QUANTITY_STRLEN], bits[QUANTITY_STRLEN];
	struct rate sum = {0};
	struct tm tm;

	for (size_t k = 0; k < n; k++) {
		sum.packets += list[k].rate.packets;
		sum.bits += list[k].rate.bits;
	}
	localtime_r(&seconds, &tm);
	strftime(text, sizeof(text), "%H:%M:%S", &tm);
	printf("%s  %zu group%s, %s packets/s, %s bit/s forwarded\n\n", text, n, n == 1 ? "" : "s",
	       quantity_rate(sum.packets, packets), quantity_rate(sum.bits, bits));
}

static bool print_table(const struct busy *list, size_t n, struct screen_size size)
{
	size_t lines = size.height == SIZE_MAX ? ROWS_WITHOUT_SCREEN + 1 : size.height - HEAD_LINES;
	struct grid g;
	bool ok;

	grid_init(&g, columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t k = 0; k < n && k < lines; k++)
		put_busy(&g, &list[k]);
	ok = grid_print(&g, stdout, size.width, size.height > HEAD_LINES ? lines : 0);
	grid_fini(&g);
	return ok;
}

static bool draw(const struct keyboard *keyboard, const json_t *before, const json_t *now)
{
	const json_t *groups = json_object_get(now, "groups");
	struct rates rates;
	struct busy *list;
	bool ok = false;

	rates_init(&rates, before, now, "groups");
	list = sort_groups(groups, &rates);
	if (list) {
		if (keyboard->screen)
			fputs(CLEAR_SCREEN, stdout);
		print_head(now, list, json_array_size(groups));
		ok = print_table(list, json_array_size(groups), screen_size());
		if (!keyboard->screen)
			putchar('\n');
	}
	free(list);
	rates_fini(&rates);
	return ok && fflush(stdout) == 0;
}

/* --- again and again --- */

/* Each table is of the time since the last sample, so the first one comes after an interval. */
static enum errand_status refresh(const struct errand *errand, const struct keyboard *keyboard)
{
	double interval = errand->interval > 0 ? errand->interval : DEFAULT_INTERVAL;
	json_t *before = answer_get(errand, "/json/groups", &keyboard->unblocked);
	bool ok = before != NULL;

	for (long n = 0; ok && (errand->count == 0 || n < errand->count); n++) {
		json_t *now;

		if (!keyboard_wait(keyboard, interval))
			break;
		now = answer_get(errand, "/json/groups", &keyboard->unblocked);
		ok = now && draw(keyboard, before, now);
		json_decref(before);
		before = now;
	}
	json_decref(before);
	return ok ? ERRAND_OK : ERRAND_UNREACHABLE;
}

enum errand_status command_top(const struct errand *errand)
{
	struct keyboard keyboard;
	enum errand_status status;

	if (errand->json)
		return command_misused("top has no JSON form; see show -j groups", NULL);
	keyboard_take(&keyboard);
	status = refresh(errand, &keyboard);
	keyboard_give_back(&keyboard);
	return status;
}
