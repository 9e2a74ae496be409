/*
 * The router-side record of one group on one downstream interface: filter mode,
 * group timer, source timers, older-host timers (RFC 9776 section 6.2, RFC 9777
 * section 7.2). This file is the section 6.4 tables and nothing else: it knows the
 * time that it is told and no interface, kernel or database.
 *
 * Timers are absolute instants. A source or group changes state only when
 * group_apply() or group_expire() is called, never by the mere passing of time: a
 * report that is read before the timers of the same moment are looked at wins.
 *
 * Owner: the querier of the interface. Life: group_new(), group_apply() as reports
 * come, group_expire() when its deadline pops, group_free().
 */
#ifndef CORE_GROUP_H
#define CORE_GROUP_H

#include <stdbool.h>
#include <sys/queue.h>

#include "counters.h"
#include "deadline.h"
#include "gm.h"
#include "hosts.h"
#include "params.h"
#include "srcset.h"
#include "table.h"

struct membership;
struct querier;

/*
 * INCLUDE: every source has a running timer. EXCLUDE(X,Y): sources with a running
 * timer are X (requested), those with a stopped one, MTIME_NEVER, are Y (excluded).
 */
struct source {
	struct addr addr;
	struct mtime expires;
	uint8_t queries_left; /* group-and-source-specific queries still to send */
	bool listed;	      /* in the record now being applied */
	bool fresh;	      /* was added by it */
};

struct group {
	struct table_node node; /* in the querier's table */
	struct deadline deadline;
	struct querier *querier;
	struct membership *membership; /* of all interfaces together */
	TAILQ_ENTRY(group) beside;     /* the group's records on other interfaces */

	struct addr addr;
	struct mtime expires;	/* the group timer; runs in EXCLUDE only */
	struct mtime host_v1;	/* older host present timers; MTIME_NEVER: none */
	struct mtime host_v2;
	/*
	 * When the queries still to be sent are due, about the group and about its sources,
	 * each with an interval of its own; with none left: until when a new one has to wait.
	 */
	struct mtime next_query;
	struct mtime next_source_query;
	struct mtime since;
	struct mtime left_at; /* the last record took something away, then: MTIME_NEVER: it did not */
	struct source *sources; /* sorted */
	uint32_t n_sources;
	uint32_t capacity;
	enum gm_filter_mode mode : 8;
	enum gm_protocol protocol : 8; /* of the last report */
	uint8_t queries_left; /* group-specific queries still to send */
	bool awaiting;	      /* nothing has flowed since it was asked for, and that is not long ago */
	bool accounted;	      /* as its membership */
	uint16_t epoch;	      /* the querier's, as of which its timers are right */
	bool is_static;	      /* from the configuration: no host, no timer; not in the querier's table */

	struct hosts hosts;
	struct addr last_reporter;
	struct group_counters counters;
};

/* For so long after a join we wait for its first packet, to say how long it took. */
extern const struct mspan group_awaits_traffic;

/* No question is put again at once within this time of the last. */
extern const struct mspan group_query_spacing;

/* What applying a record or the passing of time did. */
struct group_change {
	bool forwarding;	/* which sources are wanted is not what it was */
	bool ignored;		/* void in the group's compatibility mode (RFC 9776 section 7.3.2) */
	uint32_t sources_refused; /* not taken in: max_sources */
	uint32_t no_memory;	  /* not taken in for want of it */
};

struct group_limits {
	uint32_t max_sources;
	bool querier; /* false: neither send queries nor lower timers (RFC 9776 section 6.6.3) */
	bool fast_leave; /* what no host wants goes at once, if all of them are known */
	enum gm_generation version; /* ours: 1 can ask about no group, 2 about no source */
};

/* NULL when memory is short. It begins as INCLUDE of nothing: no state at all (section 6.4). */
struct group *group_new(const struct addr *addr);
/* What the configuration asks for: EXCLUDE{}, or INCLUDE{source}. Nothing is ever applied to it. */
struct group *group_new_static(const struct addr *addr, const struct addr *source);
void group_free(struct group *g);

/*
 * One record of a report heard by protocol, through the tables of section 6.4, after
 * the older-host rules of 7.3.2.
 */
struct group_change group_apply(struct group *g, struct mtime now, const struct params *params,
				const struct group_limits *limits, enum gm_protocol protocol,
				const struct gm_record *record);

/* Lets run out what is due at now (sections 6.3, 6.5). */
struct group_change group_expire(struct group *g, struct mtime now);

/* A querier other than us asks with S clear: lower what it asks about (section 6.6.1). */
void group_lower(struct group *g, struct mtime now, struct mspan span, const struct addrspan *sources);

/* All that is wanted runs out at that instant at the latest, if nobody asks for it again. */
void group_lower_all(struct group *g, struct mtime until);

/* When it ends if nobody reports any more: the group timer's end, or the last source timer's. */
struct mtime group_expires(const struct group *g);

/* Who else decides about sources: may this one be asked for? */
typedef bool group_judge(const void *ctx, const struct addr *group, const struct addr *source);

/* Takes out the requested sources that may not be; what is excluded stays. True when some were. */
bool group_keep_allowed(struct group *g, group_judge *allows, const void *ctx);

/* The earliest instant at which something of it is due. */
struct mtime group_next(const struct group *g);

/* Nothing is left of it: no source in INCLUDE. */
bool group_is_empty(const struct group *g);

/* Section 6.3: is traffic of this source wanted here? */
bool group_wants(const struct group *g, const struct addr *source);

/* Section 7.3.2: the oldest version among the group's hosts. */
enum gm_generation group_compatibility(const struct group *g);

/* The filter that the forwarding rules make of it: INCLUDE sources, or what EXCLUDE excludes (Y). */
bool group_filter(const struct group *g, struct srcset *sources) __attribute__((warn_unused_result));

#endif
