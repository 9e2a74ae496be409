#include "path.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "errno_name.h"
#include "evidence.h"
#include "iface.h"
#include "json.h"
#include "proxy.h"
#include "reason.h"
#include "sights.h"
#include "stats.h"

/* i NULL: it belongs to no interface. */
__attribute__((format(printf, 5, 6))) static void add(struct path *path, const char *name, const struct iface *i,
						      enum path_state state, const char *format, ...)
{
	struct path_step *step = &path->steps[path->n];
	va_list ap;

	if (path->n == PATH_MAX_STEPS)
		return;
	path->n++;
	*step = (struct path_step){.name = name, .state = state};
	if (i)
		strlcpy(step->interface, i->name, sizeof(step->interface));
	va_start(ap, format);
	vsnprintf(step->evidence, sizeof(step->evidence), format, ap);
	va_end(ap);
}

static enum path_state right_if(bool right)
{
	return right ? PATH_OK : PATH_WRONG;
}

static double seconds_since(const struct stats *stats, struct mtime then)
{
	return (double)mtime_since(stats->now, then).us / 1e6;
}

/* --- an interface --- */

static const char *mode_name(enum gm_filter_mode mode)
{
	return mode == GM_EXCLUDE ? "EXCLUDE" : "INCLUDE";
}

static void look_at_link(struct path *path, const struct iface *i, const struct link_evidence *link)
{
	const char *error = errno_name(i->error);
	char address[ADDR_STRLEN] = "no address";

	if (!addr_is_unspecified(&i->address))
		addr_format(&i->address, address);
	add(path, "link", i, right_if(reason_of_iface(i) == REASON_FORWARDING), "%s%s%s, %s, MTU %u%s%s%s",
	    iface_state_name(i->state), error ? ": " : "", error ? error : "", address, i->mtu,
	    link->promiscuous ? ", promiscuous" : "", link->all_multicast ? ", takes all multicast" : "",
	    link->forwarding_known && !link->forwarding ? ", without multicast forwarding" : "");
}

/* Strict is no fault by itself: whether it drops the source, the suspects say. */
static void look_at_rp_filter(struct path *path, const struct iface *i, const struct link_evidence *link)
{
	static const char *const words[] = {
		[RP_FILTER_UNKNOWN] = "unknown",
		[RP_FILTER_OFF] = "off",
		[RP_FILTER_STRICT] = "strict: sources must be routed back there",
		[RP_FILTER_LOOSE] = "loose: sources must be routed somewhere",
	};

	add(path, "rp_filter", i, link->rp_filter == RP_FILTER_UNKNOWN ? PATH_UNKNOWN : PATH_OK, "%s",
	    words[link->rp_filter]);
}

/* A bridge without a querier floods (design, section 4): that is said, and no fault. */
static void look_at_bridge(struct path *path, const struct iface *i, const struct bridge_evidence *b)
{
	const char *listed = b->router_port ? "everything is sent here" : "the group is sent here";
	bool asks = b->querier || b->querier_seen;

	if (!b->known)
		return;
	if (!b->router_port && !b->group_listed)
		listed = b->group_known ? "the group is not in its database here" : "its database was not read";
	add(path, "bridge", i, b->group_known || !b->snooping ? PATH_OK : PATH_UNKNOWN, "%s%s: %s, %s, %s%s",
	    b->ifindex == i->ifindex ? "is " : "port of ", b->name, b->snooping ? "snooping" : "no snooping",
	    asks ? "with a querier" : "without a querier, so it floods", listed,
	    b->ifindex != i->ifindex && !b->flood ? ", flooding off" : "");
}

static void look_at_upstream(struct path *path, const struct stats *stats, const struct iface *i)
{
	struct mtime heard = i->querier.last_query_heard;

	if (mtime_is_never(heard))
		add(path, "upstream_querier", i, reason_lacks_querier(stats, i) ? PATH_WRONG : PATH_UNKNOWN,
		    "no query heard yet");
	else
		add(path, "upstream_querier", i, right_if(!reason_lacks_querier(stats, i)),
		    "last query heard %.0f s ago", seconds_since(stats, heard));
}

static void look_at_querier(struct path *path, const struct iface *i)
{
	char address[ADDR_STRLEN];

	if (i->querier.elected)
		add(path, "querier", i, PATH_OK, "we are");
	else
		add(path, "querier", i, right_if(iface_forwards(i)), "%s is",
		    addr_format(&i->querier.other_address, address));
}

static void look_at_reports(struct path *path, const struct stats *stats, const struct iface *i)
{
	if (!mtime_is_never(i->last_report))
		add(path, "reports", i, right_if(!reason_is_deaf(stats, i)), "last report heard %.0f s ago",
		    seconds_since(stats, i->last_report));
	else
		add(path, "reports", i, reason_is_deaf(stats, i) ? PATH_WRONG : PATH_UNKNOWN,
		    "no report heard yet, after %u general queries", i->queries_since_up);
}

static void look_at_member(struct path *path, const struct stats *stats, const struct iface *i,
			   const struct addr *group)
{
	const struct membership *m = memberdb_find(&stats->proxies[addr_family(group)]->db, group);
	const struct group *g;
	size_t n = 0;

	if (m)
		TAILQ_FOREACH(g, &m->groups, beside) {
			if (g->querier->iface != i)
				continue;
			add(path, "member", i, PATH_OK, "%s, %s mode, %u sources, for %.0f s",
			    g->is_static ? "by configuration" : "hosts ask for it", mode_name(g->mode), g->n_sources,
			    seconds_since(stats, g->since));
			n++;
		}
	if (n == 0)
		add(path, "member", i, PATH_WRONG, "no host asks for it");
}

void path_look_at_iface(struct path *path, const struct stats *stats, const struct iface *i, const struct addr *group)
{
	struct link_evidence link = {0};

	stats->ops->link(stats->ctx, i->ifindex, addr_family(group), group, &link);
	look_at_link(path, i, &link);
	look_at_bridge(path, i, &link.bridge);
	if (i->settings->role == ROLE_UPSTREAM) {
		if (addr_family(group) == FAMILY_IPV4)
			look_at_rp_filter(path, i, &link);
		look_at_upstream(path, stats, i);
	} else if (i->querier.running) {
		look_at_querier(path, i);
		look_at_reports(path, stats, i);
		look_at_member(path, stats, i, group);
	}
}

/* --- the stream --- */

static void look_at_join(struct path *path, const struct iface *upstream, const struct membership *m)
{
	const char *error = errno_name(m->error);

	if (m->queue == MEMBERSHIP_FAILED)
		add(path, "join", upstream, PATH_WRONG, "refused by the kernel: %s", error ? error : "an error");
	else if (m->joined)
		add(path, "join", upstream, PATH_OK, "joined, %s mode, %u sources",
		    mode_name(m->mode), m->sources.count);
	else
		add(path, "join", upstream, PATH_UNKNOWN, "not joined%s",
		    membership_is_wanted(m) ? " yet" : ": nobody asks for it");
}

static void look_at_entry(struct path *path, const struct stats *stats, const struct flow *f)
{
	const char *error = errno_name(f->error);
	char source[ADDR_STRLEN];

	add(path, "entry", f->iif, f->oifs ? PATH_OK : PATH_WRONG, "from %s, to %d interfaces%s%s",
	    addr_format(&f->source, source), __builtin_popcount(f->oifs), error ? ", refused by the kernel: " : "",
	    error ? error : "");
	add(path, "packets_in", f->iif, right_if(!reason_is_idle(stats, f)),
	    "%llu forwarded, %llu blocked, %llu by another interface; the last came in %.0f s ago or earlier",
	    (unsigned long long)f->counters.forwarded_packets, (unsigned long long)f->counters.blocked_packets,
	    (unsigned long long)f->counters.wrong_if_packets, seconds_since(stats, f->active));
}

/* What the probes saw on the wire, inward and outward. */
static void look_at_wire(struct path *path, const struct stats *stats, const struct flow *f)
{
	const struct proxy *p = stats->proxies[addr_family(&f->group)];
	const struct sighting *seen = sights_find(stats, &f->source, &f->group);

	if (seen && sighting_is_nothing(seen))
		add(path, "wire_in", f->iif, PATH_WRONG, "nothing within %.1f s", (double)sights_look_time.us / 1e6);
	else if (seen && seen->in.known)
		add(path, "wire_in", f->iif, PATH_OK, "%llu packets within %.1f s, TTL %u to %u",
		    (unsigned long long)seen->in.packets, (double)sights_look_time.us / 1e6, seen->in.least_ttl, seen->in.most_ttl);
	for (unsigned int slot = 0; slot < MROUTE_MAX_IFACES; slot++) {
		uint32_t bit = UINT32_C(1) << slot;

		if (!(f->oifs & bit))
			continue;
		if (seen && (seen->left & bit))
			add(path, "wire_out", p->mfc.slots[slot], PATH_OK, "packets leave");
		else if (seen && (seen->silent & bit))
			add(path, "wire_out", p->mfc.slots[slot], PATH_WRONG, "none left");
		else
			add(path, "wire_out", p->mfc.slots[slot], PATH_UNKNOWN, "nobody looked");
	}
}

void path_look_at_stream(struct path *path, const struct stats *stats, const struct membership *m,
			 const struct flow *f)
{
	const struct iface *upstream = stats->proxies[addr_family(&m->group)]->db.upstream;

	if (upstream)
		look_at_join(path, upstream, m);
	if (!f) {
		add(path, "entry", upstream, PATH_WRONG, "none: the kernel saw no packet of it");
		return;
	}
	look_at_entry(path, stats, f);
	look_at_wire(path, stats, f);
}

/* --- the answer --- */

void path_write(const struct path *path, struct json *j)
{
	static const char *const states[] = {[PATH_OK] = "ok", [PATH_WRONG] = "wrong", [PATH_UNKNOWN] = "unknown"};

	json_open(j, "path", '[');
	for (size_t k = 0; k < path->n; k++) {
		const struct path_step *step = &path->steps[k];

		json_open(j, NULL, '{');
		json_string(j, "step", step->name);
		json_string(j, "interface", *step->interface ? step->interface : NULL);
		json_string(j, "state", states[step->state]);
		json_string(j, "evidence", step->evidence);
		json_close(j, '}');
	}
	json_close(j, ']');
}
