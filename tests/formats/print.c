/*
 * Prints one answer of the socket, of two worlds that have something of everything in
 * them, what seldom happens too: odd names, a group asked for thrice on one link, errors
 * without a name, refusals, limits, groups beyond the cap.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "describe.h"
#include "diagnose.h"
#include "line.h"
#include "metrics.h"
#include "page.h"
#include "show.h"
#include "reason.h"
#include "shown.h"
#include "summary.h"

static struct filter_rule rules[2][FAMILY_COUNT];
static struct static_group statics[FAMILY_COUNT][2];

static void set_up_links(struct world *w)
{
	enum family f = w->family;
	struct addr denied = world_group(f, 0x300);
	struct addr asked = world_group(f, 1);

	rules[0][f] = (struct filter_rule){.group = prefix_make(&denied, f == FAMILY_IPV4 ? 24 : 120)};
	statics[f][0] = (struct static_group){.group = asked, .has_source = true, .source = world_letter(f, 'a')};
	statics[f][1] = (struct static_group){.group = asked, .has_source = true, .source = world_letter(f, 'b')};
	snprintf(w->links[DOWN1].state.name, sizeof(w->links[DOWN1].state.name), "we\"ird\\\x01\xc3\xa9");
	snprintf(w->links[DOWN4].state.name, sizeof(w->links[DOWN4].state.name), "bad\xff");
	w->links[DOWN1].settings.statics = statics[f];
	w->links[DOWN1].settings.n_statics = 2;
	w->links[DOWN2].settings.rules = rules[f];
	w->links[DOWN2].settings.n_rules = 1;
	w->links[DOWN3].settings.max_groups = 2;
}

static void report_groups(struct world *w)
{
	for (unsigned int n = 1; n <= 40; n++)
		world_report(w, n % 2 ? DOWN1 : DOWN4, GM_TO_EX, n, n % 3 ? "" : "ab");
	world_report(w, DOWN2, GM_ALLOW, 1, "ac");
	world_say(w, DOWN2, HOST2, GM_GENERATION_2, GM_IS_EX, 2, "");
	world_report(w, DOWN2, GM_TO_EX, 0x301, "");
	for (unsigned int n = 1; n <= 4; n++)
		world_report(w, DOWN3, GM_TO_EX, n, "");
	world_report(w, DOWN1, GM_TO_IN, 5, "");
	proxy_refused(w->proxy, DOWN1, &addr_unspecified[w->family], GM_OK + 1);
	world_settle(w);
}

static void send_packets(struct world *w)
{
	struct addr a = world_letter(w->family, 'a');
	struct addr far = world_source(w->family, 9, 1);

	for (unsigned int n = 1; n <= 50; n++)
		world_packets(w, UP, &a, n, n);
	world_packets(w, DOWN2, &a, 2, 3);
	world_packets(w, UP, &far, 3, 3);
	proxy_sample(w->proxy, w->now);
	world_settle(w);
}

static void let_things_fail(struct world *w)
{
	static const int errors[] = {EL2HLT, EL3RST, ENOBUFS};

	for (size_t k = 0; k < sizeof(errors) / sizeof(errors[0]); k++) {
		w->send_error = errors[k];
		world_pass(w, mspan_seconds(130));
	}
	w->send_error = 0;
	w->subscribe_error = ENOBUFS;
	world_report(w, DOWN1, GM_TO_EX, 60, "");
	world_settle(w);
	w->subscribe_error = 0;
}

static void fill(struct world *w)
{
	set_up_links(w);
	world_start(w, 4);
	let_things_fail(w);
	report_groups(w);
	send_packets(w);
	world_pass(w, mspan_seconds(3));
}

static struct document *document_of(struct shown *s, const char *what)
{
	if (strcmp(what, "metrics") == 0)
		return metrics_new(&s->stats, METRICS_TEXT, false);
	if (strcmp(what, "openmetrics") == 0)
		return metrics_new(&s->stats, METRICS_OPENMETRICS, false);
	if (strcmp(what, "metrics-sg") == 0)
		return metrics_new(&s->stats, METRICS_TEXT, true);
	if (strcmp(what, "openmetrics-sg") == 0)
		return metrics_new(&s->stats, METRICS_OPENMETRICS, true);
	if (strcmp(what, "page") == 0)
		return page_new(&s->stats);
	if (strcmp(what, "diagnose") == 0)
		return diagnose_new(&s->stats, NULL, NULL);
	for (enum show_part part = 0; part < SHOW_PARTS; part++)
		if (strcmp(what, show_part_name(part)) == 0)
			return show_new(&s->stats, part);
	return strcmp(what, "json") == 0 ? show_new(&s->stats, SHOW_ALL) : NULL;
}

/* What a listener on /events hears of all that. */
static void print_events(struct shown *s, struct world *w)
{
	struct document *d = feed_listen(&s->stats.feed);
	char *text;

	world_report(w, DOWN1, GM_TO_EX, 99, "");
	world_report(w, DOWN1, GM_TO_IN, 99, "");
	world_pass(w, mspan_seconds(5));
	text = shown_text(d);
	fputs(text, stdout);
	free(text);
}

/* One a line: the name of an event, and the keys that it has when everything is known of it. */
static void print_event_words(const struct world *w)
{
	struct addr group = world_group(w->family, 1), source = world_letter(w->family, 'a');

	for (enum event_kind kind = 0; kind < EVENT_KINDS; kind++) {
		struct event e = {.kind = kind, .iface = "i", .group = &group, .source = &source, .word = "w", .value = 1, .error = 1};
		struct atom atoms[DESCRIBE_ATOMS];
		size_t n = describe_event(&e, atoms);

		puts(describe_name(kind));
		for (size_t k = 0; k < n; k++)
			puts(atoms[k].key);
	}
}

/* "event=NAME key=value": the same of a line. */
static void print_line_words(void *ctx, int priority, const char *line)
{
	char text[LINE_BYTES], *rest = text, *pair;
	bool first = true;

	(void)ctx, (void)priority;
	snprintf(text, sizeof(text), "%s", line);
	while ((pair = strsep(&rest, " ")) != NULL) {
		const char *key = strsep(&pair, "=");

		puts(first && pair ? pair : key);
		first = false;
	}
}

/* All the words that a manual has to explain. */
static void print_words(const struct world *w)
{
	struct summary summary;

	print_event_words(w);
	summary_init(&summary, w->now);
	summary_write(&summary, w->proxy, w->now, true, print_line_words, NULL);
	for (enum reason r = 0; r < REASONS; r++)
		puts(reason_name(r));
	for (enum gm_refusal r = GM_OK + 1; r < GM_REFUSALS; r++)
		puts(gm_refusal_name(r));
	for (enum ignored k = 0; k < IGNORED_KINDS; k++)
		puts(ignored_name(k));
}

int main(int argc, char **argv)
{
	struct world *v4 = world_new(FAMILY_IPV4);
	struct world *v6 = world_new_beside(FAMILY_IPV6, v4);
	struct shown s;
	struct document *d;
	char *text;

	if (argc != 2)
		errx(1, "usage: print-shown table|words|events|ANSWER");
	if (strcmp(argv[1], "table") == 0)
		metrics_print_table(stdout);
	shown_begin(&s, v4, 30);
	shown_add(&s, v6);
	fill(v4);
	fill(v6);
	shown_turn(&s);
	stats_watch_health(&s.stats);
	s.traffic = (struct iface_traffic){.vif = 1, .counted = {.packets_in = 5, .bytes_out = UINT64_C(9007199254740993)}};
	histogram_observe(&s.stats.loop_hold, mspan_us(700));
	histogram_observe(&s.stats.loop_cpu, mspan_us(150));
	if (strcmp(argv[1], "events") == 0)
		print_events(&s, v4);
	if (strcmp(argv[1], "words") == 0)
		print_words(v4);
	d = document_of(&s, argv[1]);
	text = d ? shown_text(d) : NULL;
	if (text)
		fputs(text, stdout);
	free(text);
	shown_end(&s);
	world_free(v6);
	world_free(v4);
	return 0;
}
