#include "overview.h"

#include <string.h>

#include "answer.h"
#include "harmless.h"
#include "quantity.h"

enum { KINDS = 32 };

/* How many elements say which word. */
struct tally {
	const char *words[KINDS];
	uint64_t counts[KINDS];
	size_t n;
};

static void tally_add(struct tally *t, const char *word, uint64_t count)
{
	size_t k = 0;

	if (!word || count == 0)
		return;
	while (k < t->n && strcmp(t->words[k], word) != 0)
		k++;
	if (k == KINDS)
		return;
	if (k == t->n)
		t->words[t->n++] = word;
	t->counts[k] += count;
}

/* --- lines --- */

enum { MARGIN = 15 };

/* A line under way: a title, and words with commas between them, which go on below where the screen ends. */
struct line {
	FILE *out;
	size_t width, at;
};

static struct line begin_line(const struct view *view, const char *title)
{
	return (struct line){view->out, view->width, (size_t)fprintf(view->out, "%-*s", MARGIN, title)};
}

/* before: what joins it with the word before. */
static void add_word(struct line *line, const char *before, const char *word)
{
	size_t n = strlen(before) + strlen(word);

	if (line->at > MARGIN && line->at + n > line->width) {
		fprintf(line->out, "%.1s\n%*s%s", before, MARGIN, "", word);
		line->at = MARGIN + strlen(word);
	} else {
		fprintf(line->out, "%s%s", before, word);
		line->at += n;
	}
}

/* "10 forwarding, 2 no_member" */
static void add_tally(struct line *line, const char *before, const struct tally *t)
{
	char word[HARMLESS_WORD_BYTES], text[HARMLESS_WORD_BYTES + 24];

	for (size_t k = 0; k < t->n; k++) {
		snprintf(text, sizeof(text), "%llu %s", (unsigned long long)t->counts[k],
			 harmless(t->words[k], word, sizeof(word)));
		add_word(line, k > 0 ? ", " : before, text);
	}
	fputc('\n', line->out);
}

static void print_word(FILE *out, const char *word)
{
	char text[HARMLESS_WORD_BYTES];

	fputs(word ? harmless(word, text, sizeof(text)) : "-", out);
}

static void print_health(const struct view *view, const json_t *health)
{
	struct line line = begin_line(view, "Health");
	char text[HARMLESS_WORD_BYTES];
	const char *state = answer_word(health, "state");
	json_t *cause;
	size_t k;

	add_word(&line, "", state ? harmless(state, text, sizeof(text)) : "-");
	json_array_foreach(json_object_get(health, "causes"), k, cause)
		if (json_is_string(cause))
			add_word(&line, k > 0 ? ", " : ": ", harmless(json_string_value(cause), text, sizeof(text)));
	fputc('\n', view->out);
}

static void print_daemon(const struct view *view, const json_t *answer)
{
	const json_t *daemon = json_object_get(answer, "daemon");
	char up[QUANTITY_STRLEN];

	begin_line(view, "mcast-proxy");
	print_word(view->out, answer_word(daemon, "version"));
	fprintf(view->out, ", pid %llu, up %s\n", (unsigned long long)answer_count(daemon, "pid"),
		quantity_span(answer_real(answer, "time") - answer_real(daemon, "start_time"), up));
}

static void print_configuration(const struct view *view, const json_t *answer)
{
	const json_t *config = json_object_get(json_object_get(answer, "daemon"), "config");
	char ago[QUANTITY_STRLEN];

	begin_line(view, "Configuration");
	print_word(view->out, answer_word(config, "file"));
	fprintf(view->out, ", read %s ago%s\n",
		quantity_span(answer_real(answer, "time") - answer_real(config, "last_ok_time"), ago),
		answer_is_true(config, "last_ok") ? "" : "; the last reload was REFUSED");
}

static void print_interfaces(const struct view *view, const json_t *answer)
{
	struct line line = begin_line(view, "Interfaces");
	json_t *interface, *family;
	struct tally tally = {0};
	size_t k, f;

	json_array_foreach(json_object_get(answer, "interfaces"), k, interface)
		json_array_foreach(json_object_get(interface, "families"), f, family)
			tally_add(&tally, answer_word(family, "state"), 1);
	add_tally(&line, "", &tally);
}

/* "Groups  12: 10 forwarding, 2 no_source_seen": an array, counted by a word in its elements. */
static void print_counted(const struct view *view, const json_t *answer, const char *title, const char *name,
			  const char *word)
{
	const json_t *array = json_object_get(answer, name), *element;
	struct line line = begin_line(view, title);
	struct tally tally = {0};
	size_t k;

	json_array_foreach(array, k, element)
		tally_add(&tally, answer_word(element, word), 1);
	line.at += (size_t)fprintf(view->out, "%zu", json_array_size(array));
	add_tally(&line, ": ", &tally);
}

/* "none", or what was hit how often. */
static void print_hits(const struct view *view, const json_t *answer, const char *title, const char *name,
		       const char *word, const char *count)
{
	struct line line = begin_line(view, title);
	struct tally tally = {0};
	const json_t *element;
	size_t k;

	json_array_foreach(json_object_get(answer, name), k, element)
		tally_add(&tally, answer_word(element, word), answer_count(element, count));
	if (tally.n == 0)
		fputs("none", view->out);
	add_tally(&line, "", &tally);
}

static uint64_t sum_of(const json_t *array, const char *name)
{
	const json_t *element;
	uint64_t sum = 0;
	size_t k;

	json_array_foreach(array, k, element)
		sum += answer_count(element, name);
	return sum;
}

/* Of the streams that are there now; /metrics has what ever was. */
static void print_forwarded(const struct view *view, const json_t *answer)
{
	const json_t *routes = json_object_get(answer, "routes");
	char bytes[QUANTITY_STRLEN];

	begin_line(view, "Forwarded");
	fprintf(view->out, "%llu packets, %sB of the streams that flow now\n",
		(unsigned long long)sum_of(routes, "packets"), quantity_bytes(sum_of(routes, "bytes"), bytes));
}

bool view_summary(const struct view *view, const json_t *answer)
{
	print_daemon(view, answer);
	print_health(view, json_object_get(json_object_get(answer, "daemon"), "health"));
	print_configuration(view, answer);
	print_interfaces(view, answer);
	print_counted(view, answer, "Groups", "groups", "reason");
	print_counted(view, answer, "Routes", "routes", "reason");
	print_counted(view, answer, "Upstream", "upstream", "state");
	print_forwarded(view, answer);
	print_hits(view, answer, "Limits reached", "limits", "limit", "reached");
	print_hits(view, answer, "Dropped", "drops", "reason", "count");
	print_hits(view, answer, "Refused", "refused", "why", "count");
	return true;
}
