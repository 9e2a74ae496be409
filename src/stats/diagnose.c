#include "diagnose.h"

#include <event2/buffer.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "document.h"
#include "iface_order.h"
#include "json.h"
#include "path.h"
#include "reason.h"
#include "show.h"
#include "sights.h"
#include "stats.h"
#include "suspect.h"
#include "walk.h"

enum {
	KEYS_A_STEP = 256,
	MAX_SUSPECTS = 64,
	LOOKS = 2, /* at as many outgoing interfaces: with one of somebody else before, an answer takes 2 s */
};

struct diagnosis {
	struct document document;
	struct json json;
	struct stats *stats;
	bool has_group, has_source;
	struct addr group, source;
	struct suspect suspects[MAX_SUSPECTS]; /* first on the path first */
	size_t n;
	bool looked_at_links;
	bool looking; /* our look at the wire goes on */
	unsigned int looks;
	struct path path; /* with a group */
	size_t at;	  /* the next interface to be looked at for it */
	struct walk walk; /* over all groups, if none was asked for */
};

/* --- collecting --- */

/* Is it something wrong, or a state that is nobody's fault? With a group everything but forwarding is. */
static bool is_note(const struct diagnosis *d, enum reason reason)
{
	if (d->has_group)
		return false;
	return reason == REASON_NO_MEMBER || reason == REASON_NO_SOURCE_SEEN || reason == REASON_NOT_QUERIER;
}

/* The same thing of the same link is said once, however many groups suffer from it, unless a group was asked for. */
static bool is_known(const struct diagnosis *d, enum reason reason, const char *interface)
{
	for (size_t k = 0; k < d->n; k++)
		if (d->suspects[k].reason == reason && strcmp(d->suspects[k].interface, interface) == 0)
			return true;
	return false;
}

/* Its place is behind what comes earlier on the path; the last one makes room when there are too many. NULL: no place. */
static struct suspect *add(struct diagnosis *d, enum reason reason, const char *interface)
{
	size_t at = d->n;

	if (reason == REASON_FORWARDING || is_known(d, reason, interface))
		return NULL;
	while (at > 0 && d->suspects[at - 1].reason > reason)
		at--;
	if (at == MAX_SUSPECTS)
		return NULL;
	if (d->n < MAX_SUSPECTS)
		d->n++;
	memmove(&d->suspects[at + 1], &d->suspects[at], (d->n - 1 - at) * sizeof(*d->suspects));
	d->suspects[at] = (struct suspect){.reason = reason, .certain = true, .note = is_note(d, reason)};
	strlcpy(d->suspects[at].interface, interface, sizeof(d->suspects[at].interface));
	return &d->suspects[at];
}

/* --- links --- */

static void look_at_deafness(struct diagnosis *d, const struct iface *i)
{
	struct suspect *s;

	if (!reason_is_deaf(d->stats, i))
		return;
	s = add(d, REASON_NO_REPORTS_HEARD, i->name);
	if (s)
		suspect_explain_deafness(s, i, d->stats->now);
}

static const struct membership *membership_of(const struct diagnosis *d)
{
	const struct proxy *p = d->has_group ? d->stats->proxies[addr_family(&d->group)] : NULL;

	return p ? memberdb_find(&p->db, &d->group) : NULL;
}

/* A group that is asked for somewhere has nothing to do with the other downstream links. */
static bool is_on_path(const struct diagnosis *d, const struct iface *i)
{
	const struct membership *m = membership_of(d);
	const struct group *g;

	if (!m || TAILQ_EMPTY(&m->groups) || i->settings->role == ROLE_UPSTREAM)
		return true;
	TAILQ_FOREACH(g, &m->groups, beside)
		if (g->querier->iface == i)
			return true;
	return false;
}

static void look_at_link(struct diagnosis *d, const struct iface *i)
{
	struct suspect *s = is_on_path(d, i) ? add(d, reason_of_iface(i), i->name) : NULL;

	if (s)
		suspect_explain_link(s, i);
	if (i->querier.running && is_on_path(d, i))
		look_at_deafness(d, i);
}

/* Of the family that the group belongs to, or of both. */
static bool is_asked_for(const struct diagnosis *d, enum family family)
{
	return d->stats->proxies[family] && (!d->has_group || addr_family(&d->group) == family);
}

/* Is it to serve a family that is asked for? */
static bool is_to_serve(const struct diagnosis *d, const struct stats_link *link)
{
	for (enum family f = 0; f < FAMILY_COUNT; f++)
		if (is_asked_for(d, f) && link->settings->enabled[f])
			return link->settings->role != ROLE_DISABLED;
	return false;
}

static void look_at_missing(struct diagnosis *d)
{
	const struct membership *m = membership_of(d);

	if (m && !TAILQ_EMPTY(&m->groups))
		return;
	for (size_t k = 0; k < d->stats->n_links; k++) {
		const struct stats_link *link = &d->stats->links[k];
		struct suspect *s;

		if (!is_to_serve(d, link) || stats_find_iface(d->stats, FAMILY_IPV4, link->name) ||
		    stats_find_iface(d->stats, FAMILY_IPV6, link->name))
			continue;
		s = add(d, REASON_INTERFACE_WAITING, link->name);
		if (!s)
			continue;
		suspect_explain_missing(s, d->stats->daemon.config_file);
	}
}

static void look_at_links(struct diagnosis *d)
{
	look_at_missing(d);
	for (enum family f = 0; f < FAMILY_COUNT; f++) {
		struct iface_order order;

		if (!is_asked_for(d, f))
			continue;
		iface_order_init(&order, d->stats->proxies[f]);
		for (size_t k = 0; k < order.n; k++)
			look_at_link(d, order.list[k]);
		iface_order_fini(&order);
	}
}

/* --- groups --- */

/* What our rules and limits have noted of the group, on any link. */
static const struct refused *find_refusal(const struct proxy *p, const struct addr *group, enum reason reason)
{
	const struct refused *r;

	TAILQ_FOREACH(r, &p->env.refusals.list, entry) {
		enum reason of_it = r->why == REFUSED_FILTERED	 ? REASON_FILTERED
				    : r->why == REFUSED_SOURCE ? REASON_SOURCE_NOT_ALLOWED
							       : REASON_LIMIT;

		if (of_it == reason && addr_equal(&r->group, group))
			return r;
	}
	return NULL;
}

/* Links, and whether anybody is heard on them, have been looked at before. */
static bool is_of_a_link(const struct diagnosis *d, enum reason reason)
{
	for (size_t k = 0; k < d->n; k++)
		if (reason <= REASON_NO_REPORTS_HEARD && d->suspects[k].reason == reason)
			return true;
	return false;
}

/* oif: the interface that it concerns, NULL: none in particular. */
static const struct iface *place_of(const struct charge *c, enum reason reason, const struct iface *oif)
{
	if (c->refused)
		return proxy_find_iface(c->proxy, c->refused->ifindex);
	switch (reason) {
	case REASON_NO_MEMBER:
	case REASON_NO_REPORTS_HEARD:
		return NULL;
	case REASON_NOT_QUERIER:
	case REASON_TTL:
	case REASON_FILTERED:
	case REASON_LIMIT:
		return oif;
	case REASON_SUSPECT_FIREWALL:
		return c->seen && c->seen->silent && oif ? oif : c->proxy->db.upstream;
	default:
		return c->proxy->db.upstream;
	}
}

/* source NULL: whatever comes for the group. */
static void accuse(struct diagnosis *d, const struct proxy *p, const struct addr *group, const struct addr *source,
		   const struct iface *oif, struct verdict verdict)
{
	struct charge c = {
		.proxy = p,
		.membership = memberdb_find(&p->db, group),
		.seen = sights_find(d->stats, source, group),
		.refused = find_refusal(p, group, verdict.reason),
	};
	struct suspect *s;

	if (is_of_a_link(d, verdict.reason))
		return;
	c.iface = place_of(&c, verdict.reason, oif);
	s = add(d, verdict.reason, c.iface ? c.iface->name : "");
	if (!s)
		return;
	s->certain = verdict.certain;
	s->has_group = true;
	s->group = *group;
	s->has_source = source != NULL;
	if (source)
		s->source = *source;
	suspect_explain(s, &c, d->stats->now);
}

/* Whose flow speaks for the group: the one that was asked for, else one that has a reason. */
static const struct flow *flow_of(const struct diagnosis *d, const struct proxy *p, const struct membership *m)
{
	const struct flow *f;

	if (d->has_source)
		return mfc_find(&p->mfc, &d->source, &d->group);
	TAILQ_FOREACH(f, &m->flows, of_group)
		if (!reason_is_idle(d->stats, f) && reason_of_route(d->stats, f).reason != REASON_FORWARDING)
			return f;
	TAILQ_FOREACH(f, &m->flows, of_group)
		if (!reason_is_idle(d->stats, f))
			return f;
	return NULL;
}

/* Each link where it is asked for has a reason of its own. */
static void look_at_members(struct diagnosis *d, const struct proxy *p, const struct membership *m)
{
	const struct flow *f = flow_of(d, p, m);
	const struct group *g;

	TAILQ_FOREACH(g, &m->groups, beside)
		accuse(d, p, &m->group, f ? &f->source : NULL, g->querier->iface, reason_of_member(d->stats, g));
}

/* Where the flow was seen not to leave; NULL: nowhere. */
static const struct iface *silent_oif(const struct diagnosis *d, const struct proxy *p, const struct flow *f)
{
	const struct sighting *seen = sights_find(d->stats, &f->source, &f->group);
	uint32_t silent = seen ? seen->silent & f->oifs : 0;

	return silent ? p->mfc.slots[ffs((int)silent) - 1] : NULL;
}

/* A source was named: its own flow says more than the group. */
static void look_at_flow(struct diagnosis *d, const struct proxy *p, const struct membership *m)
{
	const struct flow *f = mfc_find(&p->mfc, &d->source, &d->group);

	accuse(d, p, &d->group, &d->source, f ? silent_oif(d, p, f) : NULL,
	       f ? reason_of_route(d->stats, f) : reason_of_absence(d->stats, m, &d->source));
}

/* What no configuration of links and no host could change; false: nothing of that kind. */
static bool is_out_of_the_question(struct diagnosis *d)
{
	const struct proxy *p = d->stats->proxies[addr_family(&d->group)];
	struct suspect *s;

	if (p && !addr_is_link_scope_group(&d->group))
		return false;
	s = add(d, p ? REASON_FILTERED : REASON_INTERFACE_WAITING, "");
	if (!s)
		return true;
	s->has_group = true;
	s->group = d->group;
	if (p)
		suspect_explain_link_scope(s);
	else
		suspect_explain_family_off(s, addr_family(&d->group));
	return true;
}

static void look_at_the_group(struct diagnosis *d)
{
	const struct proxy *p = d->stats->proxies[addr_family(&d->group)];
	const struct membership *m = membership_of(d);

	if (is_out_of_the_question(d))
		return;
	if (m && d->has_source)
		look_at_flow(d, p, m);
	if (m && !TAILQ_EMPTY(&m->groups))
		look_at_members(d, p, m);
	else
		accuse(d, p, &d->group, NULL, NULL,
		       (struct verdict){reason_of_nobody(d->stats, p, &d->group), .certain = true});
}

/* --- looks at the wire --- */

/* The n-th outgoing interface of the flow; NULL: it has not so many. */
static const struct iface *nth_oif(const struct proxy *p, const struct flow *f, unsigned int n)
{
	for (unsigned int slot = 0; slot < MROUTE_MAX_IFACES; slot++)
		if ((f->oifs & UINT32_C(1) << slot) && n-- == 0)
			return p->mfc.slots[slot];
	return NULL;
}

/* Begins the next look that could tell something; true: there is none. */
static bool no_more_looks(struct diagnosis *d)
{
	const struct membership *m = membership_of(d);
	const struct proxy *p = d->has_group ? d->stats->proxies[addr_family(&d->group)] : NULL;
	const struct flow *f = m ? flow_of(d, p, m) : NULL;
	const struct iface *out = f ? nth_oif(p, f, d->looks) : NULL;

	if (d->looks == LOOKS || !m || TAILQ_EMPTY(&m->groups) || !sights_can_look(d->stats))
		return true;
	if (out)
		d->looking = sights_look(d->stats, &f->source, &f->group, f->iif, out);
	else if (d->looks == 0 && !f && p->db.upstream && p->db.upstream->state == IFACE_UP)
		d->looking = sights_look(d->stats, d->has_source ? &d->source : NULL, &d->group, p->db.upstream, NULL);
	else
		return true;
	return false;
}

/* True: all was seen that can be. */
static bool look_at_wire(struct diagnosis *d)
{
	if (sights_is_looking(d->stats))
		return false;
	d->looks += d->looking;
	d->looking = false;
	return no_more_looks(d);
}

/* --- the path --- */

/* The n-th interface on the path, the upstream first; NULL: this one is not on it. */
static const struct iface *nth_on_path(const struct diagnosis *d, const struct iface_order *order, size_t n)
{
	const struct iface *i = order->list[n % order->n];
	bool is_upstream = i->settings->role == ROLE_UPSTREAM;

	return is_upstream == (n < order->n) && is_on_path(d, i) ? i : NULL;
}

/* One interface at a time: the kernel takes milliseconds for a bridge's database. True: there are more. */
static bool look_along_path(struct diagnosis *d)
{
	const struct iface *i = NULL;
	struct iface_order order;

	iface_order_init(&order, d->stats->proxies[addr_family(&d->group)]);
	while (d->at < 2 * order.n && !i)
		i = nth_on_path(d, &order, d->at++);
	if (i)
		path_look_at_iface(&d->path, d->stats, i, &d->group);
	iface_order_fini(&order);
	return i != NULL;
}

static void look_at_stream(struct diagnosis *d)
{
	const struct membership *m = membership_of(d);

	if (m)
		path_look_at_stream(&d->path, d->stats, m, flow_of(d, d->stats->proxies[addr_family(&d->group)], m));
}

/* One of all groups: what serves somebody is no suspect. */
static void look_at_any(struct diagnosis *d, const struct proxy *p, const struct membership *m)
{
	if (reason_of_group(d->stats, m).reason == REASON_FORWARDING)
		return;
	if (TAILQ_EMPTY(&m->groups))
		accuse(d, p, &m->group, NULL, NULL, reason_of_group(d->stats, m));
	else
		look_at_members(d, p, m);
}

static enum document_state look_at_groups(struct diagnosis *d)
{
	static const enum document_state meaning[] = {
		[WALK_MORE] = DOCUMENT_MORE,
		[WALK_KEY] = DOCUMENT_MORE,
		[WALK_END] = DOCUMENT_DONE,
		[WALK_NO_MEMORY] = DOCUMENT_FAILED,
	};
	enum walk_state state = WALK_KEY;
	struct roster_key key;

	for (int k = 0; k < KEYS_A_STEP && state == WALK_KEY; k++) {
		const struct proxy *p;
		const struct membership *m;

		state = walk_next(&d->walk, KEYS_A_STEP, &key);
		p = state == WALK_KEY ? d->stats->proxies[d->walk.family] : NULL;
		m = p ? memberdb_find(&p->db, &key.group) : NULL;
		if (m)
			look_at_any(d, p, m);
	}
	return meaning[state];
}

/* --- the answer --- */

static void write_suspect(struct json *j, const struct suspect *s)
{
	json_open(j, NULL, '{');
	json_string(j, "reason", reason_name(s->reason));
	json_string(j, "interface", *s->interface ? s->interface : NULL);
	json_addr(j, "group", s->has_group ? &s->group : NULL);
	json_addr(j, "source", s->has_source ? &s->source : NULL);
	json_bool(j, "certain", s->certain);
	json_string(j, "evidence", s->evidence);
	json_string(j, "fix", *s->fix ? s->fix : NULL);
	json_close(j, '}');
}

static void write_list(struct diagnosis *d, const char *name, bool notes)
{
	json_open(&d->json, name, '[');
	for (size_t k = 0; k < d->n; k++)
		if (d->suspects[k].note == notes)
			write_suspect(&d->json, &d->suspects[k]);
	json_close(&d->json, ']');
}

static void write_answer(struct diagnosis *d)
{
	json_open(&d->json, NULL, '{');
	json_number(&d->json, "schema", SHOW_SCHEMA);
	json_addr(&d->json, "group", d->has_group ? &d->group : NULL);
	json_addr(&d->json, "source", d->has_source ? &d->source : NULL);
	write_list(d, "suspects", false);
	write_list(d, "notes", true);
	path_write(&d->path, &d->json);
	json_close(&d->json, '}');
	evbuffer_add(d->json.out, "\n", 1);
}

/* One slice of looking; DONE: all was looked at. */
static enum document_state look(struct diagnosis *d)
{
	if (!d->looked_at_links) {
		look_at_links(d);
		d->looked_at_links = true;
		return DOCUMENT_MORE;
	}
	if (!d->has_group)
		return look_at_groups(d);
	if (!look_at_wire(d))
		return d->looking || sights_is_looking(d->stats) ? DOCUMENT_WAIT : DOCUMENT_MORE;
	if (look_along_path(d))
		return DOCUMENT_MORE;
	look_at_stream(d);
	look_at_the_group(d);
	return DOCUMENT_DONE;
}

static enum document_state step(struct document *document, struct evbuffer *out)
{
	struct diagnosis *d = (struct diagnosis *)document;
	enum document_state state = look(d);

	if (state != DOCUMENT_DONE)
		return state;
	d->json.out = out;
	write_answer(d);
	return DOCUMENT_DONE;
}

static void diagnosis_free(struct document *document)
{
	struct diagnosis *d = (struct diagnosis *)document;

	walk_fini(&d->walk);
	free(d);
}

struct document *diagnose_new(struct stats *stats, const struct addr *group, const struct addr *source)
{
	struct diagnosis *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->document = (struct document){.content_type = "application/json", .step = step, .free = diagnosis_free};
	d->stats = stats;
	walk_init(&d->walk, stats->proxies, WALK_GROUPS);
	d->has_group = group != NULL;
	if (group)
		sights_reserve(stats);
	d->has_source = source != NULL;
	if (group)
		d->group = *group;
	if (source)
		d->source = *source;
	return &d->document;
}
