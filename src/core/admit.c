#include "admit.h"

#include <stdlib.h>

#include "filter.h"
#include "iface.h"

static void count_hit(struct iface *i, size_t rule)
{
	if (rule != FILTER_NO_RULE && i->filter_hits)
		i->filter_hits[rule]++;
}

static bool excludes(enum gm_record_type type)
{
	return type == GM_IS_EX || type == GM_TO_EX;
}

/* Does it ask for sources that it names? */
static bool includes(enum gm_record_type type)
{
	return type == GM_IS_IN || type == GM_TO_IN || type == GM_ALLOW;
}

/*
 * RFC 9776 section 6.4 (and RFC 4604 section 2.2.1) want EXCLUDE records and messages
 * of older versions ignored in the SSM range. Providers depend on them being taken, so
 * that is a choice of the operator's.
 */
static bool passes_ssm(struct iface *i, enum gm_protocol protocol, const struct gm_record *record)
{
	bool odd = excludes(record->type) || gm_generation_of(protocol) < GM_GENERATION_3;

	if (!odd || !addr_is_ssm(&record->group))
		return true;
	if (!i->settings->ssm_strict) {
		i->counters.ssm_lenient++;
		return true;
	}
	i->counters.ignored[IGNORED_SSM]++;
	return false;
}

/* source NULL: the group as a whole. */
static void note_refusal(struct iface *i, const struct addr *group, const struct addr *source, size_t rule)
{
	struct refused what = {
		.ifindex = i->ifindex,
		.group = *group,
		.source = source ? *source : *group,
		.has_source = source != NULL,
		.why = REFUSED_FILTERED,
		.rule = rule,
	};

	refusals_note(&i->env->refusals, i->env->now, &what);
}

static bool refuse_group(struct iface *i, const struct addr *group, size_t rule)
{
	count_hit(i, rule);
	i->counters.ignored[IGNORED_FILTERED_GROUP]++;
	note_refusal(i, group, NULL, rule);
	return false;
}

static void refuse_source(struct iface *i, const struct addr *group, const struct addr *source, size_t rule)
{
	i->counters.ignored[IGNORED_FILTERED_SOURCE]++;
	note_refusal(i, group, source, rule);
}

/* For as many sources as a record can have; what it holds is copied by nobody and ordered by nothing. */
static bool reserve(struct admit_room *room, size_t count)
{
	struct addr *grown;

	if (count <= room->capacity)
		return true;
	grown = realloc(room->addrs, count * sizeof(*grown));
	if (!grown)
		return false;
	room->addrs = grown;
	room->capacity = count;
	return true;
}

/* Keeps the sources that the rules allow, and says how many. */
static size_t keep_allowed(struct iface *i, const struct gm_record *record, struct addr *kept)
{
	size_t n = 0;

	for (size_t k = 0; k < record->sources.count; k++) {
		struct addr source = addrspan_get(&record->sources, k);
		size_t rule;

		if (filter_allows_flow(i->settings, &record->group, &source, &rule))
			kept[n++] = source;
		else
			refuse_source(i, &record->group, &source, rule);
		count_hit(i, rule);
	}
	return n;
}

/* A record that names what it wants: each source is judged for itself, and counts for the rule that decided. */
static bool trim(struct iface *i, const struct gm_record *record, struct admit_room *room, struct gm_record *out)
{
	size_t n;

	if (!reserve(room, record->sources.count)) {
		i->env->counters.no_memory++;
		return false;
	}
	n = keep_allowed(i, record, room->addrs);
	out->sources = addrspan_of(room->addrs, n);
	/* All that it asked for is denied: only a TO_IN still says something, that the rest is not wanted. */
	return n > 0 || record->type == GM_TO_IN;
}

static bool passes_rules(struct iface *i, const struct gm_record *record, struct admit_room *room,
			 struct gm_record *out)
{
	size_t rule;

	if (i->settings->n_rules == 0)
		return true;
	if (!filter_allows_group(i->settings, &record->group, &rule))
		return refuse_group(i, &record->group, rule);
	if (includes(record->type) && record->sources.count > 0)
		return trim(i, record, room, out);
	count_hit(i, rule);
	return true;
}

bool admit_record(struct iface *i, enum gm_protocol protocol, const struct gm_record *record, struct admit_room *room,
		  struct gm_record *out)
{
	if (addr_is_link_scope_group(&record->group)) {
		i->counters.ignored[IGNORED_LINK_LOCAL]++;
		return false;
	}
	*out = *record;
	return passes_ssm(i, protocol, record) && passes_rules(i, record, room, out);
}

void admit_room_fini(struct admit_room *room)
{
	free(room->addrs);
	*room = (struct admit_room){0};
}
