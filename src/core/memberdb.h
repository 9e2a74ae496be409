/*
 * The membership database of RFC 4605 section 4.1: for each group the merge of its
 * subscriptions on all downstream interfaces, and what has become of it upstream.
 * Only differences go out, and they wait in a queue so that a flood of joins never
 * delays a report: memberdb_work() sends them in slices.
 *
 * A struct membership is also where the flows of the group hang, wanted or not, so
 * that a join finds them at once. It lives while it has a group record, a flow or
 * an unfinished join. Owner: the database.
 */
#ifndef CORE_MEMBERDB_H
#define CORE_MEMBERDB_H

#include <stdbool.h>
#include <sys/queue.h>

#include "counters.h"
#include "deadline.h"
#include "env.h"
#include "group.h"
#include "srcset.h"
#include "table.h"

struct flow;
struct iface;

TAILQ_HEAD(group_list, group);
TAILQ_HEAD(flow_list, flow);
TAILQ_HEAD(membership_list, membership);
STAILQ_HEAD(membership_row, membership);

/* How many waiting times there are between tries of a join that failed. */
enum { MEMBERDB_BACKOFFS = 7 };

/* Whoever is wanted or joined is in a queue, so that nobody has to look for them among all that only have flows. */
enum membership_queue {
	MEMBERSHIP_SETTLED, /* neither: in none */
	MEMBERSHIP_PENDING,
	MEMBERSHIP_FAILED,
	MEMBERSHIP_KEPT /* nothing to be done: it is joined, or there is no upstream */
};

struct membership {
	struct table_node node;
	struct addr group;
	struct group_list groups; /* its records on downstream interfaces */
	struct flow_list flows;
	TAILQ_ENTRY(membership) stale; /* only while n_stale > 0 */
	uint32_t n_flows;
	uint32_t n_stale; /* so many flows, the first ones, have not followed yet what changed */
	STAILQ_ENTRY(membership) unmerged;
	TAILQ_ENTRY(membership) queued;
	struct mtime retry_at; /* MEMBERSHIP_FAILED */

	/* The merge; INCLUDE of nothing: nobody wants it. */
	struct srcset sources;
	enum gm_filter_mode mode : 8; /* bytes, not words: there are as many of these as groups */

	enum membership_queue queue : 8;
	bool is_unmerged;
	bool joined : 1;       /* upstream has a subscription of ours */
	bool accounted : 1;    /* somebody keeps an account of it (struct proxy_ops) */
	uint8_t n_leaving : 6; /* groups that have ended, whose entries follow yet; MEMBERSHIP_MANY_LEAVING: or more */
	uint8_t failures : 4;  /* of the join, one after the other; no more than there are backoffs */
	uint8_t backoff : 4;   /* MEMBERSHIP_FAILED: in which of the queues */
	int16_t error;	  /* why the last join failed, 0: it did not */

	struct flow_counters counters; /* of all its flows, those that ended included */
	uint32_t join_to_forward_us; /* the last ones; MEMBERSHIP_NO_LATENCY: none yet */
	uint32_t leave_to_prune_us;
};

#define MEMBERSHIP_NO_LATENCY UINT32_MAX
enum { MEMBERSHIP_MANY_LEAVING = 63 };

struct memberdb {
	struct env *env;
	struct table table;
	struct iface *upstream; /* NULL: none is attached */
	struct membership_row unmerged;
	struct membership_list pending;
	struct membership_list kept;
	struct membership_list failed[MEMBERDB_BACKOFFS]; /* by how long they wait, the first to be tried first */
	struct deadline retry;
	struct srcset merged; /* scratch */
	struct srcset one;    /* scratch */
	size_t n_joined;
	size_t n_accounted;
	struct errno_counts join_errors;
};

bool memberdb_init(struct memberdb *db, struct env *env) __attribute__((warn_unused_result));
/* Groups and flows have been taken out before. */
void memberdb_fini(struct memberdb *db);

struct membership *memberdb_find(const struct memberdb *db, const struct addr *group);
/* Finds or makes; NULL when memory is short. */
struct membership *memberdb_get(struct memberdb *db, const struct addr *group);
/* Frees it if nothing holds it any more. */
void memberdb_release(struct memberdb *db, struct membership *m);

/* Does anybody keep an account of it from now on? joined: the group gets its first member on an interface. */
void memberdb_ask_account(struct memberdb *db, struct membership *m, bool joined);

static inline void memberdb_account(struct memberdb *db, struct membership *m, bool joined)
{
	if (db->env->ops->account)
		memberdb_ask_account(db, m, joined);
}

void memberdb_link(struct membership *m, struct group *g);
void memberdb_unlink(struct membership *m, struct group *g);

/* What is asked for on some interface has changed; the membership stays until it has been merged. */
void memberdb_changed(struct memberdb *db, struct membership *m);
/*
 * Merges all that changed again (RFC 4605 section 4.1) and queues what differs. Once for
 * each group, not for each of its records: a report may have 8,000 of them.
 */
void memberdb_merge_changed(struct memberdb *db);

/* Is anybody on any interface asking for the group? */
bool membership_is_wanted(const struct membership *m);

/*
 * On how many interfaces, and whether this record is the first of its own: beside the
 * record of a link's hosts there may be several that the configuration asks for.
 */
uint64_t membership_count_ifaces(const struct membership *m);
bool membership_is_first_on_iface(const struct membership *m, const struct group *g);

/* Another upstream, or none: everything wanted is asked for again there. */
void memberdb_set_upstream(struct memberdb *db, struct iface *upstream);

/* Sends up to max subscriptions, fewer if they are leaves; true when more are waiting. */
bool memberdb_work(struct memberdb *db, struct mtime now, size_t max);

/* The deadline of those that failed popped: the ones that waited long enough are tried again. */
void memberdb_retry_due(struct memberdb *db, struct mtime now);

#endif
