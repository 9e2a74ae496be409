/*
 * Which groups have time series of their own, and what they counted beyond the life
 * of the core's records, so that a counter never goes back (design, section 4;
 * research: a group keeps its series until it has been gone for a while; groups
 * beyond the cap add to group="other", which only grows; nobody is ever re-ranked).
 * The cap is a security limit: whoever can send reports chooses group addresses.
 *
 * A group's counters are base + what the core's records hold now. What has no series is
 * what the core added up while nobody kept an account of it, and what series had that are
 * gone, so that nothing is counted twice or lost. One of a family; owner: struct stats.
 */
#ifndef STATS_SERIES_H
#define STATS_SERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "addr.h"
#include "counters.h"
#include "memberdb.h"
#include "mtime.h"
#include "proxy.h"
#include "table.h"

/* What records of the group on the interface of this name had counted when they ended. */
struct series_share {
	char iface[IFSTATE_NAME_BYTES];
	struct group_totals base;
};

struct one_series {
	struct table_node node;
	struct addr group;
	struct group_totals base; /* of records that have ended, less what was in "other" before; modulo 2^64 */
	struct series_share *shares; /* owned */
	size_t n_shares;
	struct mtime gone_since; /* when a record of it ended last; MTIME_NEVER: it was joined since, or lives on */
	TAILQ_ENTRY(one_series) gone; /* only while gone_since is not never */
};

TAILQ_HEAD(series_list, one_series);

/* How many series there may be: those of all families together. A smaller max takes nobody's away. */
struct series_room {
	size_t max;
	size_t used;
};

struct series {
	const struct proxy *proxy;
	struct series_room *room; /* borrowed, shared by the families */
	struct table table;
	struct one_series **sorted; /* all of them, by group; owned */
	struct series_list gone;   /* the one that may lose its place first is first */
	struct group_totals ended; /* what series that lost their place had counted; modulo 2^64 */
	uint64_t refused;	   /* groups that found no place: limit_reached{limit="stats_groups"} */
};

/* False when memory is short. */
bool series_init(struct series *s, const struct proxy *proxy, struct series_room *room)
	__attribute__((warn_unused_result));
void series_fini(struct series *s);

/*
 * Has the group a series (struct proxy_ops, account)? With joined, when it is joined on an
 * interface, it gets one if there is room. What it counted before stays with "other".
 */
bool series_account(struct series *s, const struct addr *group, bool joined);
/* A record of it has ended, on that interface or of its flows (NULL): what it counted (struct proxy_ops, retire). */
void series_retire(struct series *s, struct mtime now, const struct addr *group, const char *iface,
		   const struct group_totals *counted);
/*
 * Those that have been gone for longer than any scraper remembers lose their place; to be
 * called now and then. A few hundred at once: true: there are more.
 */
bool series_expire(struct series *s, struct mtime now);

/* All that was ever counted of this series' group. */
struct group_totals series_totals(const struct series *s, const struct one_series *one);
/* All that was ever counted of groups while they had no series. */
struct group_totals series_other(const struct series *s);
/* What is known of a group now, with or without a series. */
struct group_totals series_of_group(const struct series *s, const struct membership *m);
/*
 * Of a group on one interface. If the group has a series, with all that it ever counted
 * there while it had one; flows belong to no interface and are 0.
 */
struct group_totals series_of_member(const struct series *s, const struct group *g);

/* How many of the groups that the core knows have no series. */
size_t series_groups_without(const struct series *s);

/* The first series after this group in the order of addresses; NULL: none. after NULL: the first of all. */
const struct one_series *series_next(const struct series *s, const struct addr *after);

#endif
