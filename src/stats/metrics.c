#include "metrics.h"

#include <event2/buffer.h>
#include <stdlib.h>

#include "document.h"
#include "metrics_table.h"
#include "walk.h"

/* Keys looked at, or samples written, between two looks at the network: about a millisecond. */
enum { KEYS_A_STEP = 256, SAMPLES_A_STEP = 256 };

/*
 * First all groups are looked at for their reasons, or all flows are listed, then the
 * families are written one after the other, each whole.
 */
struct scrape {
	struct document document;
	struct metrics_context context;
	bool per_flow;
	struct walk walk;
	size_t capacity; /* of context.flows */
	size_t row;
};

/* --- gathering --- */

static bool add_flow(struct scrape *s, const struct roster_key *key)
{
	struct metrics_context *c = &s->context;

	if (c->n_flows == s->capacity) {
		size_t capacity = s->capacity ? s->capacity * 2 : 64;
		struct roster_key *grown = reallocarray(c->flows, capacity, sizeof(*grown));

		if (!grown)
			return false;
		c->flows = grown;
		s->capacity = capacity;
	}
	c->flows[c->n_flows++] = *key;
	return true;
}

static bool take(struct scrape *s, const struct roster_key *key)
{
	enum family family = s->walk.family;
	const struct membership *m;

	if (s->per_flow)
		return add_flow(s, key);
	m = memberdb_find(&s->context.stats->proxies[family]->db, &key->group);
	if (m)
		s->context.by_reason[family][reason_of_group(s->context.stats, m).reason]++;
	return true;
}

static enum walk_state gather(struct scrape *s)
{
	enum walk_state state = WALK_KEY;
	struct roster_key key;

	for (int k = 0; k < KEYS_A_STEP && state == WALK_KEY; k++) {
		state = walk_next(&s->walk, KEYS_A_STEP, &key);
		if (state == WALK_KEY && !take(s, &key))
			return WALK_NO_MEMORY;
	}
	return state;
}

/* --- writing --- */

static enum document_state write_some(struct scrape *s)
{
	const struct metrics_row *row;

	while (s->row < metrics_rows && metrics_table[s->row].per_flow != s->per_flow)
		s->row++;
	if (s->row == metrics_rows) {
		exposition_end(&s->context.x);
		return DOCUMENT_DONE;
	}
	row = &metrics_table[s->row];
	if (!s->context.cursor.begun)
		exposition_family(&s->context.x, row->name, row->type, row->unit, row->help);
	s->context.cursor.begun = true;
	if (!row->write(&s->context, row, SAMPLES_A_STEP)) {
		s->context.cursor = (struct metrics_cursor){0};
		s->row++;
	}
	return DOCUMENT_MORE;
}

static enum document_state step(struct document *d, struct evbuffer *out)
{
	struct scrape *s = (struct scrape *)d;
	enum walk_state state = gather(s);

	s->context.x.out = out;
	if (state != WALK_END)
		return state == WALK_NO_MEMORY ? DOCUMENT_FAILED : DOCUMENT_MORE;
	return write_some(s);
}

/* --- life --- */

static void scrape_free(struct document *d)
{
	struct scrape *s = (struct scrape *)d;

	walk_fini(&s->walk);
	free(s->context.flows);
	free(s);
}

struct document *metrics_new(const struct stats *stats, enum metrics_format format, bool per_flow)
{
	struct scrape *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->document = (struct document){
		.content_type = metrics_content_type(format),
		.step = step,
		.free = scrape_free,
	};
	s->context.stats = stats;
	s->context.x.format = format;
	s->per_flow = per_flow;
	walk_init(&s->walk, stats->proxies, per_flow ? WALK_FLOWS : WALK_GROUPS);
	return &s->document;
}

void metrics_print_table(FILE *out)
{
	for (size_t k = 0; k < metrics_rows; k++) {
		const struct metrics_row *row = &metrics_table[k];

		fprintf(out, "%s\t%s\t%s\t%s\n", row->name, metric_type_name(row->type),
			*row->labels ? row->labels : "-", row->help);
	}
}
