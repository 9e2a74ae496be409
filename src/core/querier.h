/*
 * The router side of one downstream interface: who is querier (RFC 9776 section
 * 6.6.2), the general queries, and the groups with their specific queries. Lives
 * inside its struct iface; owns its groups.
 *
 * A group's forwarding change is not acted upon here: functions that can change
 * one return it, and the proxy tells the membership database.
 */
#ifndef CORE_QUERIER_H
#define CORE_QUERIER_H

#include <stdbool.h>

#include "deadline.h"
#include "env.h"
#include "gm.h"
#include "group.h"
#include "params.h"
#include "table.h"

struct iface;

struct querier {
	struct iface *iface;
	struct params params;	     /* in force: ours, or the elected querier's (section 4.1.6, 4.1.7) */
	struct table groups;
	struct hosts_room tracked;   /* shared by the groups' lists of hosts */
	struct deadline general;     /* the next general query */
	struct deadline other;	     /* the other querier counts as gone */
	struct addr other_address;   /* who is querier while we are not */
	struct mtime last_general;     /* query on the link, ours or the querier's: members answered it */
	struct mtime last_query_heard; /* of another querier; MTIME_NEVER: none */
	struct mtime hosts_known_from; /* the lists of hosts lack somebody before; MTIME_NEVER: nobody was asked yet */
	struct mtime tell_version;   /* when a query of another version may be told again */
	struct mtime doubted_until;  /* groups of an earlier epoch that nobody asks for again end then */
	uint16_t epoch;		     /* counts the devices that have gone from under the groups */
	unsigned int startup_left;   /* of the startup series */
	bool elected;		     /* we are the querier */
	bool adopted_robustness;     /* params has the elected querier's, not ours */
	bool adopted_interval;
	bool running;
};

/* Begins as querier, with the startup series (section 6.6.2). False when memory is short. */
bool querier_start(struct querier *q, struct iface *iface, struct mtime now) __attribute__((warn_unused_result));

/* Takes its timers out of the set. All groups have been removed before. */
void querier_stop(struct querier *q);

/* The link went away, and came back: no queries meanwhile, then a startup series. Groups stay until they time out. */
void querier_suspend(struct querier *q);
void querier_resume(struct querier *q, struct mtime now);

/*
 * The link is another device under the old name: what hosts of the old one asked for
 * goes on, but only until a startup series has shown who is there. Comes before
 * querier_resume(). Costs the same for any number of groups: each has its timers lowered
 * when it is looked at next, by querier_catch_up() at the latest.
 */
void querier_doubt(struct querier *q, struct mtime now);
/* Lowers the group's timers if it is still in doubt; to be called for all soon after querier_doubt(). */
void querier_catch_up(struct querier *q, struct group *g);

/* The settings have changed: timers that run keep their ends, new ones use the new values. */
void querier_configure(struct querier *q);

/* The group's record; NULL when it has none here. */
struct group *querier_find(const struct querier *q, const struct addr *group);

/* A new, empty record of the membership's group; NULL at max-groups (counted) or when memory is short. */
struct group *querier_add(struct querier *q, struct mtime now, const struct membership *m);

/* The group has left the table; the caller frees. */
void querier_remove(struct querier *q, struct group *g);

/* One record of a report to a group that is in the table. */
struct group_change querier_report(struct querier *q, struct mtime now, struct group *g, enum gm_protocol protocol,
				   const struct gm_record *record, const struct addr *reporter);

/* A query from src, not our own. */
void querier_query(struct querier *q, struct mtime now, const struct addr *src, const struct gm_query *query);

/* Deadlines that popped. */
void querier_general_due(struct querier *q, struct mtime now);
void querier_other_due(struct querier *q, struct mtime now);
struct group_change querier_group_due(struct querier *q, struct mtime now, struct group *g);

/*
 * Did it end because of a leave, and not long after it? What runs out later than the
 * queries allow for has timed out.
 */
bool querier_was_left(const struct querier *q, struct mtime now, const struct group *g);

/* Puts the group's deadline back where its timers say. */
void querier_arm(struct querier *q, struct group *g);

#endif
