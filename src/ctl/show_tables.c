/* `mcast-proxyctl show`: which tables, from which resource. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "answer.h"
#include "commands.h"
#include "overview.h"
#include "screen.h"
#include "views.h"

/* What can be shown. The resource is what -j prints. */
static const struct shown {
	const char *word;
	const char *path;
	view_function *view;
	const char *rates_of; /* the array that -i can compare with itself; NULL: none */
} all_shown[] = {
	{"summary", "/json", view_summary, NULL},
	{"interfaces", "/json/interfaces", view_interfaces, NULL},
	{"groups", "/json/groups", view_groups, "groups"},
	{"routes", "/json/routes", view_routes, "routes"},
	{"members", "/json/members", view_members, NULL},
	{"upstream", "/json/upstream", view_upstream, NULL},
	{"limits", "/json/limits", view_limits, NULL},
	{"drops", "/json/drops", view_drops, NULL},
};

static const struct shown *find_shown(const char *word)
{
	for (size_t k = 0; k < sizeof(all_shown) / sizeof(all_shown[0]); k++)
		if (strcmp(all_shown[k].word, word) == 0)
			return &all_shown[k];
	return NULL;
}

static enum errand_status written(bool ok)
{
	if (ok && fflush(stdout) == 0 && !ferror(stdout))
		return ERRAND_OK;
	fprintf(stderr, "mcast-proxyctl: cannot write the output\n");
	return ERRAND_WRONG;
}

static enum errand_status show_json(const struct errand *errand, const char *path)
{
	json_t *answer = answer_get(errand, path, NULL);
	enum errand_status status = answer ? written(answer_dump(answer, stdout)) : ERRAND_UNREACHABLE;

	json_decref(answer);
	return status;
}

static void wait_seconds(double seconds)
{
	struct timespec left = {.tv_sec = (time_t)seconds};

	left.tv_nsec = (long)((seconds - (double)left.tv_sec) * 1e9);
	nanosleep(&left, NULL);
}

static struct view make_view(const struct rates *rates)
{
	return (struct view){.out = stdout, .width = screen_size().width, .rates = rates};
}

static enum errand_status show_one(const struct errand *errand, const struct shown *shown)
{
	const struct view view = make_view(NULL);
	json_t *answer = answer_get(errand, shown->path, NULL);
	enum errand_status status = answer ? written(shown->view(&view, answer)) : ERRAND_UNREACHABLE;

	json_decref(answer);
	return status;
}

/* Two samples, and what happened between them. */
static enum errand_status show_rates(const struct errand *errand, const struct shown *shown)
{
	json_t *before = answer_get(errand, shown->path, NULL), *now;
	enum errand_status status = ERRAND_UNREACHABLE;

	if (!before)
		return status;
	wait_seconds(errand->interval);
	now = answer_get(errand, shown->path, NULL);
	if (now) {
		struct rates rates;
		const struct view view = make_view(&rates);

		rates_init(&rates, before, now, shown->rates_of);
		status = written(shown->view(&view, now));
		rates_fini(&rates);
	}
	json_decref(now);
	json_decref(before);
	return status;
}

/* The drops, and below them our own rules: how often each was hit, and whom they refuse now. */
static enum errand_status show_drops(const struct errand *errand)
{
	static const struct shown below[] = {
		{"filters", "/json/filters", view_filters, NULL},
		{"refused", "/json/refused", view_refused, NULL},
	};
	enum errand_status status = show_one(errand, find_shown("drops"));

	for (size_t k = 0; k < sizeof(below) / sizeof(below[0]) && status == ERRAND_OK; k++)
		status = show_one(errand, &below[k]);
	return status;
}

/* Without a word: what one looks at first, from one answer, so that the parts agree. */
static enum errand_status show_first(const struct errand *errand)
{
	static view_function *const views[] = {view_summary, view_interfaces, view_groups, view_routes};
	const struct view view = make_view(NULL);
	json_t *answer = answer_get(errand, "/json", NULL);
	bool ok = true;

	if (!answer)
		return ERRAND_UNREACHABLE;
	for (size_t k = 0; k < sizeof(views) / sizeof(views[0]) && ok; k++) {
		if (k > 0)
			putchar('\n');
		ok = views[k](&view, answer);
	}
	json_decref(answer);
	return written(ok);
}

enum errand_status command_show(const struct errand *errand)
{
	const struct shown *shown = errand->n_words > 0 ? find_shown(errand->words[0]) : NULL;

	if (errand->n_words > 0 && !shown)
		return command_misused("there is nothing to show called", errand->words[0]);
	if (errand->interval > 0 && (!shown || !shown->rates_of || errand->json))
		return command_misused("-i is for show groups, show routes (without -j) and top", NULL);
	if (errand->json)
		return show_json(errand, shown ? shown->path : "/json");
	if (!shown)
		return show_first(errand);
	if (errand->interval > 0)
		return show_rates(errand, shown);
	return shown->view == view_drops ? show_drops(errand) : show_one(errand, shown);
}
