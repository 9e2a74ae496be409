#include "feed.h"

#include <event2/buffer.h>
#include <stdbool.h>
#include <stdlib.h>

#include "describe.h"
#include "document.h"
#include "json.h"

/* What waits for a listener at most. */
enum { BACKLOG_BYTES = 65536 };

struct feed_listener {
	struct document document;
	TAILQ_ENTRY(feed_listener) entry;
	struct feed *feed;
	struct evbuffer *backlog;
	uint64_t dropped; /* since he was told last */
};

void feed_init(struct feed *feed)
{
	TAILQ_INIT(&feed->listeners);
	feed->dropped = 0;
}

/* --- telling --- */

static void write_atom(struct json *j, const struct atom *atom)
{
	char value[DESCRIBE_VALUE_BYTES];

	if (atom->kind == ATOM_NUMBER)
		json_number(j, atom->key, atom->number);
	else
		json_string(j, atom->key, describe_value(atom, value));
}

static void begin_line(struct json *j, double unix_time, const char *name)
{
	json_open(j, NULL, '{');
	json_real(j, "time", unix_time);
	json_string(j, "event", name);
}

static void end_line(struct json *j)
{
	json_close(j, '}');
	evbuffer_add(j->out, "\n", 1);
}

static void tell_dropped(struct feed_listener *l, double unix_time)
{
	struct json j = {.out = l->backlog};

	begin_line(&j, unix_time, "events_dropped");
	json_number(&j, "count", l->dropped);
	end_line(&j);
	l->dropped = 0;
}

static void tell(struct feed_listener *l, double unix_time, const struct atom *atoms, size_t n, const char *name)
{
	struct json j = {.out = l->backlog};

	if (evbuffer_get_length(l->backlog) >= BACKLOG_BYTES) {
		l->dropped++;
		l->feed->dropped++;
		return;
	}
	if (l->dropped > 0)
		tell_dropped(l, unix_time);
	begin_line(&j, unix_time, name);
	for (size_t k = 0; k < n; k++)
		write_atom(&j, &atoms[k]);
	end_line(&j);
}

void feed_tell(struct feed *feed, double unix_time, const char *name, const struct atom *atoms, size_t n)
{
	struct feed_listener *l;

	TAILQ_FOREACH(l, &feed->listeners, entry)
		tell(l, unix_time, atoms, n, name);
}

void feed_event(struct feed *feed, double unix_time, const struct event *event)
{
	struct atom atoms[DESCRIBE_ATOMS];

	if (!TAILQ_EMPTY(&feed->listeners))
		feed_tell(feed, unix_time, describe_name(event->kind), atoms, describe_event(event, atoms));
}

/* --- listening --- */

static enum document_state step(struct document *d, struct evbuffer *out)
{
	struct feed_listener *l = (struct feed_listener *)d;

	if (evbuffer_get_length(l->backlog) > 0)
		evbuffer_add_buffer(out, l->backlog);
	return DOCUMENT_WAIT;
}

static void listener_free(struct document *d)
{
	struct feed_listener *l = (struct feed_listener *)d;

	TAILQ_REMOVE(&l->feed->listeners, l, entry);
	evbuffer_free(l->backlog);
	free(l);
}

struct document *feed_listen(struct feed *feed)
{
	struct feed_listener *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->document = (struct document){.content_type = "application/x-ndjson", .step = step, .free = listener_free};
	l->feed = feed;
	l->backlog = evbuffer_new();
	if (!l->backlog) {
		free(l);
		return NULL;
	}
	TAILQ_INSERT_TAIL(&feed->listeners, l, entry);
	return &l->document;
}
