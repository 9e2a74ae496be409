/*
 * Why: the one reason that every group, every membership on an interface and every
 * (S,G) carries (design, section 4). The names are a contract, their order is the
 * order on the path, in which the first one found is named.
 */
#ifndef STATS_REASON_H
#define STATS_REASON_H

#include <stdbool.h>

#include "memberdb.h"
#include "mfc.h"
#include "mtime.h"
#include "proxy.h"

struct stats;

enum reason {
	REASON_FORWARDING,
	REASON_INTERFACE_DOWN,
	REASON_INTERFACE_WAITING,
	REASON_NO_MULTICAST_FLAG,
	REASON_NO_REPORTS_HEARD,
	REASON_FILTERED,
	REASON_LIMIT,
	REASON_NO_MEMBER,
	REASON_NOT_QUERIER,
	REASON_JOIN_FAILED,
	REASON_NO_UPSTREAM_QUERIER,
	REASON_RP_FILTER,
	REASON_NO_SOURCE_SEEN,
	REASON_SOURCE_NOT_ALLOWED,
	REASON_WRONG_INTERFACE,
	REASON_TTL,
	REASON_SUSPECT_FIREWALL,
	REASONS
};

/* What was found out; certain is false while a probe could still tell more. */
struct verdict {
	enum reason reason;
	bool certain;
};

/* "no_source_seen" */
const char *reason_name(enum reason reason);

/* Why the interface, as it is, serves nobody; REASON_FORWARDING: it does. */
enum reason reason_of_iface(const struct iface *i);
/* A downstream on which nobody answers, though he should have had time to. */
bool reason_is_deaf(const struct stats *stats, const struct iface *i);
/* An upstream where no query was heard for so long that a snooping switch will have forgotten us. */
bool reason_lacks_querier(const struct stats *stats, const struct iface *upstream);

/* Its counter stood still for two sample intervals: nothing comes, or nothing gets as far. */
bool reason_is_idle(const struct stats *stats, const struct flow *f);

struct verdict reason_of_route(const struct stats *stats, const struct flow *f);
/* Of a stream that is asked for and has no entry; source NULL: of the group. */
struct verdict reason_of_absence(const struct stats *stats, const struct membership *m, const struct addr *source);
/* Of the group's record on its interface. */
struct verdict reason_of_member(const struct stats *stats, const struct group *g);
/* Why nobody has joined a group, as far as we know: NO_MEMBER, if nothing kept him from it. */
enum reason reason_of_nobody(const struct stats *stats, const struct proxy *p, const struct addr *group);
struct verdict reason_of_group(const struct stats *stats, const struct membership *m);

#endif
