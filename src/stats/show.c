#include "show.h"

#include <event2/buffer.h>
#include <stdlib.h>

#include "document.h"
#include "iface_order.h"
#include "json.h"
#include "show_parts.h"
#include "stats.h"
#include "walk.h"

/* Keys looked at, and bytes written, between two looks at the network: about a millisecond. */
enum { KEYS_A_STEP = 512, BYTES_A_STEP = 16384 };

/* --- the document --- */

struct show {
	struct document document;
	const struct stats *stats;
	struct json json;
	enum show_part wanted;
	enum show_part part; /* being written; SHOW_PARTS: all are */
	bool begun;	     /* the head of the document, */
	bool part_begun;     /* of the array */
	struct walk walk;
	struct roster_key key;
	size_t at; /* in the list of objects of key; 0: the next key is to be taken */
};

/* Of each group or flow, which can be many, in slices; the others in one go. */
static const struct {
	const char *name;
	void (*all)(struct json *j, const struct stats *stats);
	show_one *one; /* NULL: all */
	enum walk_over over;
} parts[SHOW_PARTS] = {
	[SHOW_INTERFACES] = {"interfaces", .all = show_interfaces},
	[SHOW_GROUPS] = {"groups", .one = show_group, .over = WALK_GROUPS},
	[SHOW_ROUTES] = {"routes", .one = show_route, .over = WALK_FLOWS},
	[SHOW_UPSTREAM] = {"upstream", .one = show_upstream, .over = WALK_GROUPS},
	[SHOW_LIMITS] = {"limits", .all = show_limits},
	[SHOW_DROPS] = {"drops", .all = show_drops},
	[SHOW_MEMBERS] = {"members", .one = show_members, .over = WALK_GROUPS},
	[SHOW_FILTERS] = {"filters", .all = show_filters},
	[SHOW_REFUSED] = {"refused", .all = show_refused},
};

const char *show_part_name(enum show_part part)
{
	return parts[part].name;
}

static void begin(struct show *s)
{
	json_open(&s->json, NULL, '{');
	json_number(&s->json, "schema", SHOW_SCHEMA);
	json_real(&s->json, "time", s->stats->unix_time);
	if (s->wanted == SHOW_ALL)
		show_daemon(&s->json, s->stats);
	s->begun = true;
}

/* The objects of the next key, or more of those of the last. */
static enum walk_state write_next(struct show *s)
{
	enum walk_state state = s->at == 0 ? walk_next(&s->walk, KEYS_A_STEP, &s->key) : WALK_KEY;

	if (state == WALK_KEY)
		s->at = parts[s->part].one(&s->json, s->stats, s->stats->proxies[s->walk.family], &s->key, s->at);
	return state;
}

static enum walk_state write_slice(struct show *s)
{
	size_t enough = evbuffer_get_length(s->json.out) + BYTES_A_STEP;
	enum walk_state state = WALK_KEY;

	for (int k = 0; k < KEYS_A_STEP && state == WALK_KEY && evbuffer_get_length(s->json.out) < enough; k++)
		state = write_next(s);
	return state;
}

static void begin_part(struct show *s)
{
	json_open(&s->json, parts[s->part].name, '[');
	s->part_begun = true;
	walk_init(&s->walk, s->stats->proxies, parts[s->part].over);
}

static void end_part(struct show *s)
{
	json_close(&s->json, ']');
	s->part_begun = false;
	s->part = s->wanted == SHOW_ALL ? s->part + 1 : SHOW_PARTS;
}

/* False when memory is short. */
static bool write_part(struct show *s)
{
	enum walk_state state = WALK_END;

	if (!s->part_begun)
		begin_part(s);
	if (parts[s->part].one)
		state = write_slice(s);
	else
		parts[s->part].all(&s->json, s->stats);
	if (state == WALK_END)
		end_part(s);
	return state != WALK_NO_MEMORY;
}

static enum document_state step(struct document *d, struct evbuffer *out)
{
	struct show *s = (struct show *)d;

	s->json.out = out;
	if (!s->begun)
		begin(s);
	else if (s->part < SHOW_PARTS)
		return write_part(s) ? DOCUMENT_MORE : DOCUMENT_FAILED;
	else {
		json_close(&s->json, '}');
		evbuffer_add(out, "\n", 1);
		return DOCUMENT_DONE;
	}
	return DOCUMENT_MORE;
}

static void show_free(struct document *d)
{
	struct show *s = (struct show *)d;

	walk_fini(&s->walk);
	free(s);
}

struct document *show_new(const struct stats *stats, enum show_part part)
{
	struct show *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->document = (struct document){.content_type = "application/json", .step = step, .free = show_free};
	s->stats = stats;
	s->wanted = part;
	s->part = part == SHOW_ALL ? 0 : part;
	return &s->document;
}
