#include "describe.h"

#include <inttypes.h>
#include <stdio.h>

#include "errno_name.h"

/* A description in the making. */
struct words {
	struct atom *atoms;
	size_t n;
};

typedef void detail(struct words *w, const struct event *e);

static void say_word(struct words *w, const char *key, const char *word)
{
	if (word && *word)
		w->atoms[w->n++] = (struct atom){.key = key, .kind = ATOM_WORD, .word = word};
}

static void say_number(struct words *w, const char *key, uint64_t number)
{
	w->atoms[w->n++] = (struct atom){.key = key, .kind = ATOM_NUMBER, .number = number};
}

static void say_addr(struct words *w, const char *key, const struct addr *addr)
{
	if (addr)
		w->atoms[w->n++] = (struct atom){.key = key, .kind = ATOM_ADDR, .addr = addr};
}

static void say_errno(struct words *w, int error)
{
	if (error > 0)
		w->atoms[w->n++] = (struct atom){.key = "errno", .kind = ATOM_ERRNO, .number = (uint64_t)error};
}

static void group_detail(struct words *w, const struct event *e)
{
	say_addr(w, "group", e->group);
	say_addr(w, "reporter", e->source);
	say_word(w, "protocol", gm_protocol_name(e->protocol));
	say_word(w, "mode", gm_filter_mode_name(e->mode));
	say_number(w, "members", e->value);
	say_word(w, "reason", e->word);
}

static void route_detail(struct words *w, const struct event *e)
{
	say_addr(w, "group", e->group);
	say_addr(w, "src", e->source);
	say_number(w, "oifs", e->value);
	say_word(w, "reason", e->word);
	say_errno(w, e->error);
}

static void iface_detail(struct words *w, const struct event *e)
{
	say_word(w, "state", e->word);
	say_number(w, "ifindex", e->value);
	say_errno(w, e->error);
}

static void querier_detail(struct words *w, const struct event *e)
{
	say_addr(w, "querier", e->source);
	say_number(w, "self", e->value);
}

static void version_detail(struct words *w, const struct event *e)
{
	say_addr(w, "querier", e->source);
	say_word(w, "protocol", gm_protocol_name(e->protocol));
}

static void subscribe_detail(struct words *w, const struct event *e)
{
	say_addr(w, "group", e->group);
	say_errno(w, e->error);
	say_number(w, "retry", e->value);
}

static void refused_detail(struct words *w, const struct event *e)
{
	say_addr(w, "src", e->source);
	say_addr(w, "group", e->group);
	say_word(w, "reason", e->word);
}

static void drop_detail(struct words *w, const struct event *e)
{
	say_addr(w, "reporter", e->source);
	say_word(w, "reason", e->word);
}

static void limit_detail(struct words *w, const struct event *e)
{
	say_word(w, "limit", e->word);
	if (e->value > 0)
		say_number(w, "value", e->value);
	say_addr(w, "group", e->group);
}

static const struct {
	const char *name;
	detail *detail;
} kinds[EVENT_KINDS] = {
	[EVENT_IFACE_STATE] = {"interface_state", iface_detail},
	[EVENT_QUERIER] = {"querier_change", querier_detail},
	[EVENT_WRONG_VERSION] = {"wrong_version", version_detail},
	[EVENT_GROUP_JOIN] = {"group_join", group_detail},
	[EVENT_GROUP_LEAVE] = {"group_leave", group_detail},
	[EVENT_SUBSCRIBE_FAILED] = {"join_failed", subscribe_detail},
	[EVENT_ROUTE_ADD] = {"route_add", route_detail},
	[EVENT_ROUTE_CHANGE] = {"route_change", route_detail},
	[EVENT_ROUTE_DELETE] = {"route_delete", route_detail},
	[EVENT_ROUTE_MOVED] = {"route_moved", route_detail},
	[EVENT_ROUTE_FAILED] = {"route_failed", route_detail},
	[EVENT_SOURCE_REFUSED] = {"source_refused", refused_detail},
	[EVENT_PACKET_DROP] = {"packet_drop", drop_detail},
	[EVENT_LIMIT] = {"limit_reached", limit_detail},
};

const char *describe_name(enum event_kind kind)
{
	return kinds[kind].name;
}

size_t describe_event(const struct event *event, struct atom atoms[static DESCRIBE_ATOMS])
{
	struct words w = {.atoms = atoms};

	say_word(&w, "family", family_name(event->family));
	say_word(&w, "interface", event->iface);
	kinds[event->kind].detail(&w, event);
	return w.n;
}

const char *describe_value(const struct atom *atom, char text[static DESCRIBE_VALUE_BYTES])
{
	switch (atom->kind) {
	case ATOM_ADDR:
		return addr_format(atom->addr, text);
	case ATOM_ERRNO:
		return errno_text((int)atom->number, text);
	case ATOM_NUMBER:
		snprintf(text, DESCRIBE_VALUE_BYTES, "%" PRIu64, atom->number);
		return text;
	case ATOM_WORD:
		break;
	}
	return atom->word;
}
