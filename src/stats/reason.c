#include "reason.h"

#include <string.h>

#include "iface.h"
#include "params.h"
#include "sights.h"
#include "stats.h"

const char *reason_name(enum reason reason)
{
	static const char *const names[REASONS] = {
		[REASON_FORWARDING] = "forwarding",
		[REASON_INTERFACE_DOWN] = "interface_down",
		[REASON_INTERFACE_WAITING] = "interface_waiting",
		[REASON_NO_MULTICAST_FLAG] = "no_multicast_flag",
		[REASON_NO_REPORTS_HEARD] = "no_reports_heard",
		[REASON_FILTERED] = "filtered",
		[REASON_LIMIT] = "limit",
		[REASON_NO_MEMBER] = "no_member",
		[REASON_NOT_QUERIER] = "not_querier",
		[REASON_JOIN_FAILED] = "join_failed",
		[REASON_NO_UPSTREAM_QUERIER] = "no_upstream_querier",
		[REASON_RP_FILTER] = "rp_filter",
		[REASON_NO_SOURCE_SEEN] = "no_source_seen",
		[REASON_SOURCE_NOT_ALLOWED] = "source_not_allowed",
		[REASON_WRONG_INTERFACE] = "wrong_interface",
		[REASON_TTL] = "ttl",
		[REASON_SUSPECT_FIREWALL] = "suspect_firewall",
	};

	return names[reason];
}

static struct verdict certainly(enum reason reason)
{
	return (struct verdict){.reason = reason, .certain = true};
}

/* --- links --- */

enum reason reason_of_iface(const struct iface *i)
{
	switch (i->state) {
	case IFACE_WAITING:
		return REASON_INTERFACE_WAITING;
	case IFACE_NO_MULTICAST:
		return REASON_NO_MULTICAST_FLAG;
	case IFACE_LIMIT:
		return REASON_LIMIT;
	case IFACE_DOWN:
	case IFACE_FAILED:
	case IFACE_STATES:
		return REASON_INTERFACE_DOWN;
	case IFACE_UP:
		break;
	}
	return REASON_FORWARDING;
}

static bool is_older(const struct stats *stats, struct mtime at, struct mspan than)
{
	return mtime_is_never(at) || mtime_reached(mtime_after(at, than), stats->now);
}

/*
 * Two query intervals and no report but our own. A link that was asked less than RV times
 * may have lost the questions.
 */
bool reason_is_deaf(const struct stats *stats, const struct iface *i)
{
	struct mspan wait = mspan_times(i->querier.params.query_interval, 2);

	if (i->state != IFACE_UP || !i->querier.running || mtime_is_never(i->up_since))
		return false;
	/* Nor can one tell whose querier has died, before our own first questions are out (RFC 9776 section 6.6.2). */
	if (i->querier.elected &&
	    (i->queries_since_up < i->querier.params.robustness || i->querier.startup_left > 0))
		return false;
	return is_older(stats, i->up_since, wait) && is_older(stats, i->last_report, wait);
}

/* None heard for as long as one that is there would be believed in: RV * QI + QRI, by our own values. */
bool reason_lacks_querier(const struct stats *stats, const struct iface *upstream)
{
	struct params params = params_of(upstream->settings);
	struct mspan wait = params_older_host_present_interval(&params);

	return upstream->state == IFACE_UP && is_older(stats, upstream->up_since, wait) &&
	       is_older(stats, upstream->querier.last_query_heard, wait);
}

/* --- flows --- */

static uint32_t bit(const struct iface *i)
{
	return UINT32_C(1) << i->slot;
}

/* Why a flow that is wanted by this record does not go to its interface. */
static enum reason reason_of_oif(const struct flow *f, const struct group *g)
{
	const struct iface *i = g->querier->iface;
	enum reason link = reason_of_iface(i);

	/* Only an interface that is up has a place among the oifs. */
	if (link != REASON_FORWARDING)
		return link;
	if (f->oifs & bit(i))
		return REASON_FORWARDING;
	if (i == f->iif || !group_wants(g, &f->source))
		return REASON_NO_MEMBER;
	if (!mfc_is_allowed(g, f))
		return REASON_FILTERED;
	return iface_forwards(i) ? REASON_LIMIT : REASON_NOT_QUERIER;
}

static enum reason earlier(enum reason a, enum reason b)
{
	return a < b ? a : b;
}

/* Of all who might want it: the earliest on the path. */
static enum reason reason_of_oifs(const struct flow *f)
{
	enum reason reason = REASONS;
	const struct group *g;

	TAILQ_FOREACH(g, &f->membership->groups, beside)
		reason = earlier(reason, reason_of_oif(f, g));
	return reason == REASONS ? REASON_NO_MEMBER : reason;
}

/* Packets come in elsewhere, and none where the entry says. */
static bool has_moved(const struct flow *f)
{
	return f->heard_on && f->silent_looks > 0;
}

bool reason_is_idle(const struct stats *stats, const struct flow *f)
{
	const struct proxy *p = stats->proxies[f->iif->env->proto->family];

	return mtime_reached(mtime_after(f->active, mspan_times(p->mfc.sample_interval, 2)), stats->now);
}

/* What a look on the wire says of a flow that the kernel was told to send there. */
static enum reason reason_on_wire(const struct stats *stats, const struct flow *f, const struct iface *oif)
{
	const struct sighting *seen = sights_find(stats, &f->source, &f->group);

	if (!seen || (seen->left & bit(oif)))
		return REASON_FORWARDING;
	if (sighting_is_filtered(seen))
		return REASON_RP_FILTER;
	if (!(seen->silent & bit(oif)))
		return REASON_FORWARDING;
	return seen->in.most_ttl <= oif->threshold ? REASON_TTL : REASON_SUSPECT_FIREWALL;
}

/* Of all interfaces that it goes to: FORWARDING if it leaves on one of them. */
static enum reason reason_of_leaving(const struct stats *stats, const struct flow *f)
{
	const struct proxy *p = stats->proxies[f->iif->env->proto->family];
	enum reason reason = REASONS;

	for (unsigned int slot = 0; slot < MROUTE_MAX_IFACES; slot++)
		if (f->oifs & UINT32_C(1) << slot)
			reason = earlier(reason, reason_on_wire(stats, f, p->mfc.slots[slot]));
	return reason;
}

struct verdict reason_of_route(const struct stats *stats, const struct flow *f)
{
	enum reason link = reason_of_iface(f->iif);

	if (link != REASON_FORWARDING)
		return certainly(link);
	if (f->refusal != FLOW_ADMITTED)
		return certainly(REASON_SOURCE_NOT_ALLOWED);
	if (f->oifs == 0)
		return certainly(reason_of_oifs(f));
	/* On two links at once is told too, though it is forwarded (design, section 5, "forwarding"). */
	if (has_moved(f) || f->on_two_links)
		return certainly(REASON_WRONG_INTERFACE);
	if (reason_is_idle(stats, f))
		return reason_of_absence(stats, f->membership, &f->source);
	return certainly(reason_of_leaving(stats, f));
}

/* --- groups --- */

/* Of a flow and one who wants it. */
static enum reason reason_of_delivery(const struct stats *stats, const struct flow *f, const struct group *g)
{
	enum reason link = reason_of_iface(f->iif);
	enum reason oif;

	if (link != REASON_FORWARDING)
		return link;
	if (f->refusal != FLOW_ADMITTED)
		return REASON_SOURCE_NOT_ALLOWED;
	oif = reason_of_oif(f, g);
	if (oif != REASON_FORWARDING)
		return oif;
	return has_moved(f) ? REASON_WRONG_INTERFACE : reason_on_wire(stats, f, g->querier->iface);
}

/* Does it come in at all, elsewhere than where it is wanted? */
static bool is_coming(const struct stats *stats, const struct flow *f, const struct group *g)
{
	if (f->iif == g->querier->iface || !group_wants(g, &f->source))
		return false;
	return !(f->oifs & bit(g->querier->iface)) || has_moved(f) || !reason_is_idle(stats, f);
}

/*
 * Of the flows that this record wants and that do not begin on its own link: FORWARDING if
 * one of them gets there, else the earliest reason on the path; REASONS: there is none.
 */
static enum reason reason_of_wanted(const struct stats *stats, const struct group *g)
{
	enum reason reason = REASONS;
	const struct flow *f;

	TAILQ_FOREACH(f, &g->membership->flows, of_group) {
		if (is_coming(stats, f, g))
			reason = earlier(reason, reason_of_delivery(stats, f, g));
		/* There may be 65,536 of them, and nearly always the first gets there. */
		if (reason == REASON_FORWARDING)
			break;
	}
	return reason;
}

/* Packets come in, and the kernel asks nobody about them: something is in their way. */
static enum reason reason_of_arrivals(const struct iface *upstream, const struct sighting *seen)
{
	const struct refused *r = refusals_find(&upstream->env->refusals, upstream->ifindex, &seen->group, &seen->in.source);

	if (sighting_is_filtered(seen))
		return REASON_RP_FILTER;
	if (r)
		return r->why == REFUSED_LIMIT ? REASON_LIMIT : REASON_SOURCE_NOT_ALLOWED;
	return REASON_SUSPECT_FIREWALL;
}

/* The kernel has taken it, or would not have it yet; NULL: there is none. */
static const struct iface *find_upstream(const struct proxy *p)
{
	const struct iface *i;

	if (p->db.upstream)
		return p->db.upstream;
	TAILQ_FOREACH(i, &p->ifaces, entry)
		if (i->settings->role == ROLE_UPSTREAM)
			return i;
	return NULL;
}

/* What is known of the way from the upstream. */
struct verdict reason_of_absence(const struct stats *stats, const struct membership *m, const struct addr *source)
{
	const struct iface *upstream = find_upstream(stats->proxies[addr_family(&m->group)]);
	const struct sighting *seen = sights_find(stats, source, &m->group);
	bool nothing = seen && sighting_is_nothing(seen);

	if (!upstream)
		return certainly(REASON_INTERFACE_WAITING);
	if (upstream->state != IFACE_UP)
		return certainly(reason_of_iface(upstream));
	if (m->queue == MEMBERSHIP_FAILED)
		return certainly(REASON_JOIN_FAILED);
	if (seen && sighting_is_enough(seen))
		return certainly(reason_of_arrivals(upstream, seen));
	if (reason_lacks_querier(stats, upstream))
		return (struct verdict){REASON_NO_UPSTREAM_QUERIER, nothing};
	return (struct verdict){REASON_NO_SOURCE_SEEN, nothing};
}

struct verdict reason_of_member(const struct stats *stats, const struct group *g)
{
	const struct iface *i = g->querier->iface;
	enum reason link = reason_of_iface(i);
	enum reason flows;

	if (link != REASON_FORWARDING)
		return certainly(link);
	if (!iface_forwards(i))
		return certainly(REASON_NOT_QUERIER);
	flows = reason_of_wanted(stats, g);
	if (flows != REASONS)
		return certainly(flows);
	return reason_of_absence(stats, g->membership, NULL);
}

/* Is there any link where hosts can be heard? One that is down cannot tell. */
static bool all_are_deaf(const struct stats *stats, const struct proxy *p)
{
	const struct iface *i;
	bool any = false;

	TAILQ_FOREACH(i, &p->ifaces, entry) {
		if (!i->querier.running || i->state != IFACE_UP)
			continue;
		if (!reason_is_deaf(stats, i))
			return false;
		any = true;
	}
	return any;
}

/* Did a rule or limit of ours refuse the group on some link? */
static enum reason reason_of_refusal(const struct proxy *p, const struct addr *group)
{
	enum reason reason = REASON_NO_MEMBER;
	const struct iface *i;

	TAILQ_FOREACH(i, &p->ifaces, entry) {
		const struct refused *r = refusals_find(&p->env.refusals, i->ifindex, group, NULL);

		if (r)
			reason = earlier(reason, r->why == REFUSED_LIMIT ? REASON_LIMIT : REASON_FILTERED);
	}
	return reason;
}

enum reason reason_of_nobody(const struct stats *stats, const struct proxy *p, const struct addr *group)
{
	enum reason refusal = reason_of_refusal(p, group);

	if (refusal == REASON_NO_MEMBER && all_are_deaf(stats, p))
		return REASON_NO_REPORTS_HEARD;
	return refusal;
}

/* A flow that goes to the upstream alone serves whoever asks there: nobody downstream has to. */
struct verdict reason_of_group(const struct stats *stats, const struct membership *m)
{
	const struct proxy *p = stats->proxies[addr_family(&m->group)];
	struct verdict first = {.reason = REASONS};
	const struct group *g;

	TAILQ_FOREACH(g, &m->groups, beside) {
		struct verdict v = reason_of_member(stats, g);

		if (v.reason == REASON_FORWARDING)
			return v;
		if (v.reason < first.reason)
			first = v;
	}
	return first.reason == REASONS ? certainly(reason_of_nobody(stats, p, &m->group)) : first;
}
