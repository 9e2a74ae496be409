#include "play.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first difference is the one that is told. */
static bool differs(struct play *p, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool differs(struct play *p, const char *format, ...)
{
	va_list args;

	if (p->failure[0] != '\0')
		return false;
	va_start(args, format);
	vsnprintf(p->failure, sizeof(p->failure), format, args);
	va_end(args);
	return false;
}

/* --- words --- */

/* A source as its letter. */
static char letter_of(enum family family, const struct addr *a)
{
	for (char letter = 'a'; letter <= 'z'; letter++) {
		struct addr named = world_letter(family, letter);

		if (addr_equal(a, &named))
			return letter;
	}
	return '?';
}

static double seconds(const struct play *p, struct mtime end)
{
	return mtime_is_never(end) ? -1 : mspan_to_seconds(mtime_since(end, p->w->now));
}

static void tell_engine(const struct play *p, const struct group *g, FILE *out)
{
	if (!g) {
		fprintf(out, "nothing");
		return;
	}
	fprintf(out, "%s %.6f", gm_filter_mode_name(g->mode), g->mode == GM_EXCLUDE ? seconds(p, g->expires) : -1);
	for (uint32_t i = 0; i < g->n_sources; i++)
		fprintf(out, " %c %.6f", letter_of(p->w->family, &g->sources[i].addr),
			seconds(p, g->sources[i].expires));
}

static void tell_model(const struct play *p, const struct model_record *r, FILE *out)
{
	if (!r) {
		fprintf(out, "nothing");
		return;
	}
	fprintf(out, "%s %.6f", gm_filter_mode_name(r->mode), seconds(p, r->timer));
	for (size_t i = 0; i < r->n_sources; i++)
		fprintf(out, " %c %.6f", letter_of(p->w->family, &r->sources[i].addr), seconds(p, r->sources[i].timer));
}

static bool record_differs(struct play *p, uint32_t link, unsigned int group)
{
	char text[400];
	FILE *out = fmemopen(text, sizeof(text), "w");

	if (!out)
		abort();
	fprintf(out, "engine: ");
	tell_engine(p, world_find_group(p->w, link, group), out);
	fprintf(out, "; model: ");
	tell_model(p, model_record(&p->m, link, group), out);
	fclose(out);
	return differs(p, "link %u group %u: %s", link, group, text);
}

/* --- records --- */

static bool same_instant(struct mtime a, struct mtime b)
{
	return a.us == b.us;
}

static const struct source *find_source(const struct group *g, const struct addr *a)
{
	for (uint32_t i = 0; i < g->n_sources; i++)
		if (addr_equal(&g->sources[i].addr, a))
			return &g->sources[i];
	return NULL;
}

static bool same_record(const struct group *g, const struct model_record *r)
{
	if (!g || !r)
		return !g && !r;
	if (g->mode != r->mode || g->n_sources != r->n_sources)
		return false;
	if (g->mode == GM_EXCLUDE && !same_instant(g->expires, r->timer))
		return false;
	for (size_t i = 0; i < r->n_sources; i++) {
		const struct source *s = find_source(g, &r->sources[i].addr);

		if (!s || !same_instant(s->expires, r->sources[i].timer))
			return false;
	}
	return true;
}

bool compare_record(struct play *p, uint32_t link, unsigned int group)
{
	if (same_record(world_find_group(p->w, link, group), model_record(&p->m, link, group)))
		return true;
	return record_differs(p, link, group);
}

/* --- what comes of the records: RFC 4605 --- */

static bool same_sources(const struct srcset *a, const struct set *b)
{
	for (size_t i = 0; i < a->count; i++)
		if (!set_has(b, &a->addrs[i]))
			return false;
	return a->count == b->n;
}

static bool compare_subscription(struct play *p, unsigned int group)
{
	const struct world_subscription *s = world_find_subscription(p->w, group);
	enum gm_filter_mode mode;
	struct set sources;
	bool wanted = model_merge(&p->m, group, &mode, &sources) && p->m.links[UP].attached;

	if (!wanted && !s)
		return true;
	if (wanted && s && s->mode == mode && same_sources(&s->sources, &sources))
		return true;
	return differs(p, "group %u upstream: engine %s of %u, model %s of %zu", group,
		       s ? gm_filter_mode_name(s->mode) : "nothing", s ? s->sources.count : 0,
		       wanted ? gm_filter_mode_name(mode) : "nothing", wanted ? sources.n : 0);
}

static uint64_t bits_of(const struct mroute *route)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < route->n_oifs; i++)
		bits |= WORLD_BIT(route->oifs[i]);
	return bits;
}

static bool compare_entries(struct play *p, unsigned int group)
{
	struct addr g = world_group(p->w->family, group);

	for (size_t i = 0; i < p->w->n_entries; i++) {
		const struct mroute *route = &p->w->entries[i].route;
		uint64_t wanted = model_oifs(&p->m, &route->source, group, route->iif);

		if (addr_equal(&route->group, &g) && bits_of(route) != wanted)
			return differs(p, "group %u source %c from link %u goes to %#jx, model %#jx", group,
				       letter_of(p->w->family, &route->source), route->iif, (uintmax_t)bits_of(route),
				       (uintmax_t)wanted);
	}
	return true;
}

bool compare_group(struct play *p, unsigned int group)
{
	for (uint32_t i = DOWN1; i <= UP + STEP_DOWNSTREAMS; i++)
		if (!compare_record(p, i, group))
			return false;
	return compare_subscription(p, group) && compare_entries(p, group);
}

/* --- elections --- */

bool compare_link(struct play *p, uint32_t link)
{
	const struct iface *i = proxy_find_iface(p->w->proxy, link);
	const struct model_link *l = &p->m.links[link];
	bool running = i && p->w->links[link].vif;

	if (link <= UP)
		return true;
	if (running != l->attached)
		return differs(p, "link %u: engine %d, model %d", link, running, l->attached);
	if (running && i->querier.elected != l->querier)
		return differs(p, "link %u: we are %squerier, in the model %squerier", link,
			       i->querier.elected ? "" : "not ", l->querier ? "" : "not ");
	if (running && !l->querier && !addr_equal(&i->querier.other_address, &l->other))
		return differs(p, "link %u: another querier than in the model", link);
	return true;
}

/* --- what was sent --- */

/* The words of a query are all as configured: who adopts another's values does not ask. */
static bool check_words(struct play *p, const struct world_sent *sent)
{
	const struct world_link *link = &p->w->links[sent->ifindex];
	const struct iface_settings *s = &link->settings;
	enum gm_generation version = s->version[p->w->family];
	bool third = version == GM_GENERATION_3;
	bool general = addr_is_unspecified(&sent->query.group);
	struct mspan response = general ? s->query_response_interval : s->last_member_query_interval;

	if (sent->query.protocol != gm_protos[p->w->family].by_generation[version])
		return differs(p, "link %u: a query of the wrong version", sent->ifindex);
	if (sent->query.max_response.us != response.us)
		return differs(p, "link %u: a query with the wrong response time", sent->ifindex);
	if (sent->query.robustness != (third ? s->robustness : 0) ||
	    sent->query.interval.us != (third ? s->query_interval.us : 0))
		return differs(p, "link %u: a query with QRV %u, QQI %g s", sent->ifindex, sent->query.robustness,
			       mspan_to_seconds(sent->query.interval));
	return true;
}

static bool is_of(const struct world_sent *sent, const struct model_query *q)
{
	return same_instant(sent->at, q->at) && sent->ifindex == q->link && addr_equal(&sent->query.group, &q->group) &&
	       sent->query.suppress == q->suppress && (sent->query.sources.count > 0) == (q->sources.n > 0);
}

/* Takes what the engine sent for one query of the model out of the list: all sources, each once. */
static bool take(struct play *p, const struct model_query *q, bool *taken)
{
	size_t expected = q->sources.n ? q->sources.n : 1;

	for (size_t i = 0; i < p->w->n_sent && expected > 0; i++) {
		const struct world_sent *sent = &p->w->sent[i];

		if (taken[i] || !is_of(sent, q))
			continue;
		if (sent->sources.count > expected)
			return false;
		for (size_t k = 0; k < sent->sources.count; k++)
			if (!set_has(&q->sources, &sent->sources.addrs[k]))
				return false;
		expected -= sent->sources.count ? sent->sources.count : 1;
		taken[i] = true;
	}
	return expected == 0;
}

static bool query_differs(struct play *p, const char *who, struct mtime at, uint32_t link, const struct addr *group,
			  size_t n, bool suppress)
{
	char text[ADDR_STRLEN];

	return differs(p, "%s alone sent a query at %.6f s from now, link %u, %s, %zu sources%s", who, seconds(p, at),
		       link, addr_format(group, text), n, suppress ? ", S" : "");
}

bool compare_sent(struct play *p)
{
	bool taken[2 * MODEL_SENT] = {false};
	bool same = p->w->n_sent <= 2 * MODEL_SENT;

	for (size_t i = 0; i < p->w->n_sent && same; i++)
		same = check_words(p, &p->w->sent[i]);
	for (size_t i = 0; i < p->m.n_sent && same; i++) {
		const struct model_query *q = &p->m.sent[i];

		if (!take(p, q, taken))
			same = query_differs(p, "the model", q->at, q->link, &q->group, q->sources.n, q->suppress);
	}
	for (size_t i = 0; i < p->w->n_sent && same; i++) {
		const struct world_sent *s = &p->w->sent[i];

		if (!taken[i])
			same = query_differs(p, "the engine", s->at, s->ifindex, &s->query.group, s->sources.count,
					     s->query.suppress);
	}
	p->m.n_sent = 0;
	world_clear_sent(p->w);
	return same;
}

bool compare_all(struct play *p)
{
	bool same = compare_sent(p);

	for (uint32_t i = DOWN1; i <= UP + STEP_DOWNSTREAMS; i++)
		same = same && compare_link(p, i);
	for (unsigned int g = 1; g <= MODEL_GROUPS; g++)
		same = same && compare_group(p, g);
	if (same && !world_holds(p->w))
		same = differs(p, "%.200s", p->w->violation);
	return same;
}
