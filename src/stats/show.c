#include "show.h"

#include <event2/buffer.h>
#include <stdlib.h>

#include "document.h"
#include "iface_order.h"
#include "json.h"
#include "roster.h"
#include "show_parts.h"
#include "stats.h"

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
	enum family family;
	struct roster roster;
	bool roster_begun;
	struct roster_key key;
	size_t at; /* in the list of objects of key; 0: the next key is to be taken */
};

/* An array of one object for each group or flow, which can be many: through a roster, in slices. */
static const struct {
	const char *name;
	roster_read *read; /* NULL: it is written in one go */
	show_one *one;
	void (*all)(struct json *j, const struct stats *stats);
} parts[SHOW_PARTS] = {
	[SHOW_INTERFACES] = {"interfaces", NULL, NULL, show_interfaces},
	[SHOW_GROUPS] = {"groups", roster_group, show_group, NULL},
	[SHOW_ROUTES] = {"routes", roster_flow, show_route, NULL},
	[SHOW_UPSTREAM] = {"upstream", roster_group, show_upstream, NULL},
	[SHOW_LIMITS] = {"limits", NULL, NULL, show_limits},
	[SHOW_DROPS] = {"drops", NULL, NULL, show_drops},
	[SHOW_MEMBERS] = {"members", roster_group, show_members, NULL},
	[SHOW_FILTERS] = {"filters", NULL, NULL, show_filters},
	[SHOW_REFUSED] = {"refused", NULL, NULL, show_refused},
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

static const struct table *table_of(const struct show *s, const struct proxy *p)
{
	return parts[s->part].read == roster_flow ? &p->mfc.table : &p->db.table;
}

static void next_family(struct show *s)
{
	roster_fini(&s->roster);
	s->roster_begun = false;
	s->family++;
}

/* The objects of the next key, or more of those of the last; false when none is left. */
static bool write_next(struct show *s, const struct proxy *p)
{
	if (s->at == 0 && !roster_next(&s->roster, &s->key))
		return false;
	s->at = parts[s->part].one(&s->json, s->stats, p, &s->key, s->at);
	return true;
}

/* One slice of the roster of one family; false when memory is short. */
static bool write_slice(struct show *s, const struct proxy *p)
{
	size_t enough = evbuffer_get_length(s->json.out) + BYTES_A_STEP;
	enum roster_state state;

	if (!s->roster_begun)
		roster_init(&s->roster, table_of(s, p), parts[s->part].read);
	s->roster_begun = true;
	state = roster_collect(&s->roster, KEYS_A_STEP);
	if (state != ROSTER_READY)
		return state == ROSTER_MORE;
	for (int k = 0; k < KEYS_A_STEP && evbuffer_get_length(s->json.out) < enough; k++) {
		if (!write_next(s, p)) {
			next_family(s);
			break;
		}
	}
	return true;
}

static void end_part(struct show *s)
{
	json_close(&s->json, ']');
	s->part_begun = false;
	s->family = 0;
	s->part = s->wanted == SHOW_ALL ? s->part + 1 : SHOW_PARTS;
}

static bool write_part(struct show *s)
{
	if (!s->part_begun)
		json_open(&s->json, parts[s->part].name, '[');
	s->part_begun = true;
	if (!parts[s->part].read) {
		parts[s->part].all(&s->json, s->stats);
		end_part(s);
	} else if (s->family == FAMILY_COUNT) {
		end_part(s);
	} else if (!s->stats->proxies[s->family]) {
		s->family++;
	} else {
		return write_slice(s, s->stats->proxies[s->family]);
	}
	return true;
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

	roster_fini(&s->roster);
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
