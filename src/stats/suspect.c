#include "suspect.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "errno_name.h"
#include "iface.h"
#include "params.h"
#include "proxy.h"
#include "sights.h"

__attribute__((format(printf, 2, 3))) static void say(char text[static SUSPECT_TEXT_BYTES], const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, SUSPECT_TEXT_BYTES, format, ap);
	va_end(ap);
}

static double seconds(struct mspan span)
{
	return (double)span.us / 1e6;
}

/* --- links --- */

void suspect_explain_link(struct suspect *s, const struct iface *i)
{
	const char *error = errno_name(i->error);

	switch (s->reason) {
	case REASON_INTERFACE_WAITING:
		say(s->evidence, "it does not exist, or has no usable %s address", family_name(i->env->proto->family));
		say(s->fix, "ip addr show dev %s", i->name);
		break;
	case REASON_NO_MULTICAST_FLAG:
		say(s->evidence, "the interface lacks the flag MULTICAST");
		say(s->fix, "ip link set dev %s multicast on", i->name);
		break;
	case REASON_LIMIT:
		say(s->evidence, "the kernel has %d multicast interfaces, and all are taken", MROUTE_MAX_IFACES);
		say(s->fix, "disable interfaces that are not needed in mcast-proxy.conf");
		break;
	default:
		say(s->evidence, "the interface is %s%s%s", iface_state_name(i->state), error ? ": " : "",
		    error ? error : "");
		say(s->fix, "ip link set dev %s up", i->name);
		break;
	}
}

void suspect_explain_deafness(struct suspect *s, const struct iface *i, struct mtime now)
{
	say(s->evidence, "%u general queries in %.0f s, and no report of any host came back", i->queries_since_up,
	    seconds(mtime_since(now, i->up_since)));
	say(s->fix, "let IGMP (protocol 2) and MLD (ICMPv6 130-132, 143) in on %s: host firewall, nft list ruleset; "
		    "and look for a snooping switch between",
	    i->name);
}

void suspect_explain_missing(struct suspect *s, const char *config_file)
{
	say(s->evidence, "the interface does not exist");
	say(s->fix, "ip link show; or correct its name in %s", config_file);
}

/* --- what is never proxied --- */

void suspect_explain_family_off(struct suspect *s, enum family family)
{
	say(s->evidence, "%s is switched off", family_name(family));
	say(s->fix, "in mcast-proxy.conf: %s yes, before the interfaces; and a restart", family_name(family));
}

void suspect_explain_link_scope(struct suspect *s)
{
	say(s->evidence, "groups of this scope never leave their link, whoever asks for them");
	say(s->fix, "use a group of a wider scope: 239.0.0.0/8, ff05::/16, ff0e::/16");
}

/* --- the protocol, and our rules --- */

static const char *upstream_name(const struct proxy *p)
{
	return p->db.upstream ? p->db.upstream->name : "";
}

static void explain_join(struct suspect *s, const struct membership *m, struct mtime now)
{
	const char *error = errno_name(m->error);

	say(s->evidence, "the kernel refused the join with %s, %u times in a row; next try in %.0f s",
	    error ? error : "an error", m->failures, seconds(mtime_since(m->retry_at, now)));
	say(s->fix, "sysctl net.ipv4.igmp_max_memberships net.core.optmem_max; and the limit of open files");
}

static void explain_upstream_querier(struct suspect *s, const struct proxy *p, struct mtime now)
{
	struct mtime heard = p->db.upstream->querier.last_query_heard;

	if (mtime_is_never(heard))
		say(s->evidence, "no query was ever heard on %s", upstream_name(p));
	else
		say(s->evidence, "the last query on %s was heard %.0f s ago", upstream_name(p),
		    seconds(mtime_since(now, heard)));
	say(s->fix, "a snooping switch forgets us without a querier: switch one on upstream, or flooding on its port");
}

static void explain_refusal(struct suspect *s, const struct proxy *p, const struct refused *r)
{
	const struct iface *i = proxy_find_iface(p, r->ifindex);
	char source[ADDR_STRLEN], rule[FILTER_RULE_STRLEN];
	const char *limit = r->limit && strcmp(r->limit, "mfc") == 0 ? "flows" : r->limit;

	if (r->why == REFUSED_LIMIT) {
		say(s->evidence, "refused %llu times because max-%s is reached", (unsigned long long)r->count, limit);
		say(s->fix, "raise max-%s in mcast-proxy.conf", limit);
	} else if (r->why == REFUSED_SOURCE) {
		addr_format(&r->source, source);
		say(s->evidence, "source %s is in no network of %s and on none of its source lines", source,
		    i ? i->name : "the interface");
		say(s->fix, "in interface %s: source %s/%u", i ? i->name : "", source,
		    addr_family(&r->source) == FAMILY_IPV4 ? 32 : 128);
	} else if (i && r->rule < i->settings->n_rules) {
		say(s->evidence, "rule %zu of %s refused it %llu times: %s", r->rule + 1, i->name,
		    (unsigned long long)r->count, filter_rule_format(&i->settings->rules[r->rule], rule));
		say(s->fix, "an allow line before it in interface %s", i->name);
	} else {
		say(s->evidence, "rule %zu of an interface that is gone, or has other rules now, refused it %llu times",
		    r->rule + 1, (unsigned long long)r->count);
	}
}

static void explain_querier(struct suspect *s, const struct iface *i)
{
	char address[ADDR_STRLEN];

	addr_format(&i->querier.other_address, address);
	say(s->evidence, "%s is the querier of %s, and forwards there", address, i->name);
	say(s->fix, "if it does not: stop it, or say always-forward yes in interface %s", i->name);
}

/* --- what was seen on the wire --- */

static void explain_rp_filter(struct suspect *s, const struct proxy *p, const struct iface *i, const struct sighting *seen)
{
	const struct iface *back = proxy_find_iface(p, seen->way_back);
	char source[ADDR_STRLEN];

	addr_format(&seen->in.source, source);
	say(s->evidence,
	    "%llu packets of %s came in on %s within %.1f s, where rp_filter is %s, and the way back is %s%s; IPReversePathFilter grew by %llu",
	    (unsigned long long)seen->in.packets, source, i->name, seconds(sights_look_time),
	    seen->rp_filter == RP_FILTER_STRICT ? "strict" : "loose", seen->way_back == 0 ? "unknown" : "by ",
	    seen->way_back == 0 ? "" : (back ? back->name : "another interface"), (unsigned long long)seen->rp_drops);
	say(s->fix, "sysctl net/ipv4/conf/all/rp_filter=0 net/ipv4/conf/%s/rp_filter=0; or: ip route add %s/32 dev %s",
	    i->name, source, i->name);
}

static void explain_ttl(struct suspect *s, const struct iface *oif, const struct sighting *seen)
{
	say(s->evidence, "packets come in with TTL %u, and none left on %s, whose threshold is %u", seen->in.most_ttl,
	    oif->name, oif->threshold);
	say(s->fix, "let the source send with a TTL above %u", oif->threshold);
}

static void explain_firewall(struct suspect *s, const struct iface *oif, const struct sighting *seen)
{
	if (oif)
		say(s->evidence, "%llu packets came in within %.1f s, and none left on %s",
		    (unsigned long long)seen->in.packets, seconds(sights_look_time), oif->name);
	else
		say(s->evidence, "%llu packets came in within %.1f s, and the kernel did not ask about them",
		    (unsigned long long)seen->in.packets, seconds(sights_look_time));
	say(s->fix, "nft list ruleset; or iptables-save: let the group through");
}

static void explain_silence(struct suspect *s, const struct proxy *p, const struct sighting *seen)
{
	if (seen && sighting_is_nothing(seen))
		say(s->evidence, "it is asked for on %s, and nothing came in within %.1f s", upstream_name(p),
		    seconds(sights_look_time));
	else
		say(s->evidence, "it is asked for on %s, and nothing arrives", upstream_name(p));
	say(s->fix, "is the source sending? tcpdump -ni %s multicast", upstream_name(p));
}

/* --- all others --- */

void suspect_explain(struct suspect *s, const struct charge *c, struct mtime now)
{
	if (c->refused)
		explain_refusal(s, c->proxy, c->refused);
	else if (s->reason == REASON_JOIN_FAILED)
		explain_join(s, c->membership, now);
	else if (s->reason == REASON_NO_UPSTREAM_QUERIER)
		explain_upstream_querier(s, c->proxy, now);
	else if (s->reason == REASON_NOT_QUERIER && c->iface)
		explain_querier(s, c->iface);
	else if (s->reason == REASON_RP_FILTER && c->seen && c->iface)
		explain_rp_filter(s, c->proxy, c->iface, c->seen);
	else if (s->reason == REASON_TTL && c->seen && c->iface)
		explain_ttl(s, c->iface, c->seen);
	else if (s->reason == REASON_SUSPECT_FIREWALL && c->seen)
		explain_firewall(s, c->iface == c->proxy->db.upstream ? NULL : c->iface, c->seen);
	else if (s->reason == REASON_NO_SOURCE_SEEN)
		explain_silence(s, c->proxy, c->seen);
	else if (s->reason == REASON_NO_MEMBER) {
		say(s->evidence, "no host on any downstream asks for it");
		say(s->fix, "join it on a host, or add a static group");
	} else if (s->reason == REASON_INTERFACE_WAITING && !c->proxy->db.upstream) {
		const char *family = family_name(c->proxy->env.proto->family);

		say(s->evidence, "no upstream takes part in %s", family);
		say(s->fix, "in mcast-proxy.conf: an upstream that exists, with %s yes", family);
	} else if (s->reason == REASON_WRONG_INTERFACE) {
		say(s->evidence, "its packets come in on another interface than before");
		say(s->fix, "mcast-proxyctl show routes");
	} else {
		say(s->evidence, "%s", reason_name(s->reason));
	}
}
