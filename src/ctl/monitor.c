/* `mcast-proxyctl monitor`: the daemon's events, a line each, as they come, for as long as both live. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "answer.h"
#include "channel.h"
#include "commands.h"
#include "harmless.h"

/* An event is a few hundred bytes. */
enum { LINE_BYTES = 65536 };

/* Bytes on their way to becoming lines. */
struct lines {
	char bytes[LINE_BYTES];
	size_t n;
};

/* "14:03:07.250", of this machine's clock and zone. */
static void print_time(double unix_time)
{
	time_t seconds = (time_t)unix_time;
	struct tm tm;
	char text[16];

	localtime_r(&seconds, &tm);
	strftime(text, sizeof(text), "%H:%M:%S", &tm);
	printf("%s.%03d", text, (int)((unix_time - (double)seconds) * 1000));
}

static void print_member(const char *name, const json_t *value)
{
	char text[HARMLESS_WORD_BYTES], key[HARMLESS_WORD_BYTES];

	harmless(name, key, sizeof(key));
	if (json_is_string(value))
		printf(" %s=%s", key, harmless(json_string_value(value), text, sizeof(text)));
	else if (json_is_integer(value))
		printf(" %s=%lld", key, (long long)json_integer_value(value));
	else if (json_is_number(value))
		printf(" %s=%.3f", key, json_number_value(value));
	else if (json_is_boolean(value))
		printf(" %s=%s", key, json_is_true(value) ? "yes" : "no");
}

static void print_event(json_t *event)
{
	char name[HARMLESS_WORD_BYTES];
	const char *key;
	json_t *value;

	print_time(answer_real(event, "time"));
	printf(" %s", harmless(answer_word(event, "event") ? answer_word(event, "event") : "-", name, sizeof(name)));
	json_object_foreach(event, key, value)
		if (strcmp(key, "time") != 0 && strcmp(key, "event") != 0)
			print_member(key, value);
	putchar('\n');
}

static bool is_asked_for(const struct errand *errand, const json_t *event)
{
	const char *family = answer_word(event, "family");

	for (enum family f = 0; family && f < FAMILY_COUNT; f++)
		if (strcmp(family, family_name(f)) == 0)
			return errand->families[f];
	return true;
}

/* One line, of which a terminal takes no harm. */
static void print(const struct errand *errand, json_t *event)
{
	if (errand->json) {
		json_dumpf(event, stdout, JSON_ENSURE_ASCII | JSON_COMPACT | JSON_REAL_PRECISION(15));
		putchar('\n');
	} else {
		print_event(event);
	}
}

/* False when the line is no event, or cannot be written. */
static bool tell(const struct errand *errand, const char *line, size_t n)
{
	json_t *event = json_loadb(line, n, 0, NULL);

	if (!json_is_object(event)) {
		fprintf(stderr, "mcast-proxyctl: the daemon sent a line that is no event\n");
		json_decref(event);
		return false;
	}
	if (is_asked_for(errand, event))
		print(errand, event);
	json_decref(event);
	/* Whoever reads a pipe wants the event now. */
	return fflush(stdout) == 0;
}

/* Tells all whole lines; keeps what is left. */
static bool tell_lines(const struct errand *errand, struct lines *lines)
{
	char *at = lines->bytes, *end = lines->bytes + lines->n, *newline;

	while ((newline = memchr(at, '\n', (size_t)(end - at)))) {
		if (newline > at && !tell(errand, at, (size_t)(newline - at)))
			return false;
		at = newline + 1;
	}
	lines->n = (size_t)(end - at);
	memmove(lines->bytes, at, lines->n);
	if (lines->n < sizeof(lines->bytes))
		return true;
	fprintf(stderr, "mcast-proxyctl: the daemon sent a line of more than %d bytes\n", LINE_BYTES);
	return false;
}

static void follow(const struct errand *errand, struct channel *channel, struct lines *lines)
{
	ssize_t n;

	while ((n = channel_read(channel, lines->bytes + lines->n, sizeof(lines->bytes) - lines->n)) > 0) {
		lines->n += (size_t)n;
		if (!tell_lines(errand, lines))
			return;
	}
	if (n == 0)
		fprintf(stderr, "mcast-proxyctl: the daemon closed the connection\n");
}

enum errand_status command_monitor(const struct errand *errand)
{
	struct lines *lines = calloc(1, sizeof(*lines));
	struct channel channel;

	channel_init(&channel, CHANNEL_PATIENCE_MS, NULL);
	if (lines && channel_ask(&channel, errand->socket, "/events")) {
		if (channel.status == 200) {
			/* Nothing may happen for days. */
			channel.patience_ms = CHANNEL_NO_LIMIT_MS;
			follow(errand, &channel, lines);
		} else {
			channel_complain(&channel, "/events");
		}
	}
	channel_close(&channel);
	free(lines);
	return ERRAND_UNREACHABLE;
}
