/*
 * The forwarding cache: one struct flow for each (S,G) that the kernel has asked
 * about, with the entry that we gave it, what it counted, and why it goes nowhere
 * if it does. Every membership change goes to the flows of the group at once (to all
 * but very many) and in place; unwanted flows have an entry without outgoing interfaces, which silences
 * the kernel; flows whose counter stands still are removed.
 *
 * Owner of the flows: the cache; each also hangs on its group's membership.
 */
#ifndef CORE_MFC_H
#define CORE_MFC_H

#include <stdbool.h>
#include <sys/queue.h>

#include "counters.h"
#include "deadline.h"
#include "env.h"
#include "memberdb.h"
#include "mroute.h"
#include "table.h"

struct iface;

/* Why a flow is not forwarded whoever wants it. */
enum flow_refusal { FLOW_ADMITTED, FLOW_SOURCE_NOT_ALLOWED, FLOW_BAD_SOURCE_SCOPE };

/* A flow is idle when its counter stood still for this many sample intervals. */
enum { FLOW_IDLE_SAMPLES = 6 };

/* How many packets came in on iif, and how many elsewhere. */
struct flow_arrivals {
	uint64_t right;
	uint64_t wrong;
};

struct flow {
	struct table_node node;
	struct membership *membership;
	TAILQ_ENTRY(flow) of_group;
	TAILQ_ENTRY(flow) sampling; /* the one sampled longest ago is first */
	TAILQ_ENTRY(flow) unwanted; /* the oldest first; only while it has no oifs */
	struct addr source;
	struct addr group;
	struct iface *iif;
	uint32_t oifs; /* bit n: the interface with slot n */
	enum flow_refusal refusal;
	bool to_tell; /* of the refusal: the log has not heard of it yet */
	uint32_t epoch; /* of iif, when the flow was put there */

	/* It was heard on another interface: has the source moved, or is it on both? */
	TAILQ_ENTRY(flow) moving;
	struct iface *heard_on; /* NULL: nothing to find out */
	struct mtime decide_at;
	struct flow_arrivals looked; /* as of the last look */
	bool on_two_links;	  /* found out, and looked at again until it is on one for a while */
	unsigned int silent_looks; /* in a row at which only others than iif had packets */
	struct mtime watch_until; /* looked at until then, if nothing else comes */

	bool installed;
	int error; /* why the kernel refused the entry last, 0: it did not */

	struct mroute_count kernel; /* as last read; deltas go to the counters below */
	struct flow_counters counters;
	struct mtime since;
	struct mtime active; /* when packets were last found on iif */
	struct mtime sampled;
	struct flow_arrivals at_sample; /* as of then */
};

/* How many flows there may be in all, of every family together, and how many there are. */
struct flow_room {
	size_t used;
	size_t max; /* may be less than used: then unwanted ones go */
};

struct mfc {
	struct env *env;
	struct memberdb *db;
	struct table table;
	struct flow_list sampling;
	struct flow_list unwanted;
	size_t n_unwanted;
	struct flow_list moving; /* the one to be decided first is first */
	struct membership_list stale; /* those with flows that have not followed a change of interest */
	struct group_list leaving; /* groups that have ended, whose entries have not followed yet; owned */
	size_t follow_left;	      /* flows that may follow before the next mfc_work() */
	struct deadline move;
	struct deadline sample;
	struct mspan sample_interval;
	struct mtime sample_all; /* flows sampled before this are due whatever the interval says */
	bool sampling_due;
	size_t n_expired; /* since the last rest */
	struct mtime rests_until; /* sampling does */
	bool moves_due;
	struct flow *to_judge; /* in sampling: the next to be judged anew; NULL: none */
	uint32_t to_rewrite;   /* slots: with to_judge, entries that name one of them are set again */
	struct flow_room *room; /* borrowed, shared by the families */
	struct iface *slots[MROUTE_MAX_IFACES];
	uint32_t vacating; /* whose interface was detached, and which entries may name until to_judge has been to all */
	uint32_t vacating_ifindexes[MROUTE_MAX_IFACES]; /* what the interface had, whose VIF is still to be stopped */
};

bool mfc_init(struct mfc *mfc, struct env *env, struct memberdb *db, struct flow_room *room)
	__attribute__((warn_unused_result));
/* Frees what is known; the kernel's entries go with the kernel's socket. */
void mfc_fini(struct mfc *mfc);

/* How often counters are read, and how many flows there may be in the shared room. */
void mfc_configure(struct mfc *mfc, struct mspan sample_interval, size_t max_flows);

/* Gives the interface a slot for the oif sets; false when all are taken. */
bool mfc_attach(struct mfc *mfc, struct iface *i) __attribute__((warn_unused_result));
/*
 * Nothing new goes there or comes in there from now on. All entries that name the interface
 * go: flows that came in there are deleted, others rewritten, about a hundred at once, the
 * rest in slices by mfc_work(). When none is left, and not before, because the number of a VIF
 * outlives it in the entries, the VIF is stopped and its place free for another. As long as
 * mfc_is_vacating() flows refer to the interface: it must not be freed.
 */
void mfc_detach(struct mfc *mfc, struct iface *i);
bool mfc_is_attached(const struct mfc *mfc, const struct iface *i);
/* Is any interface still named by entries after it was detached? */
bool mfc_is_vacating(const struct mfc *mfc);
/* Must the interface wait with mfc_attach(), for the last place or for what had its own ifindex? */
bool mfc_must_wait(const struct mfc *mfc, const struct iface *i);

struct flow *mfc_find(const struct mfc *mfc, const struct addr *source, const struct addr *group);

/* Do the rules of the record's interface let the flow out there? */
bool mfc_is_allowed(const struct group *g, const struct flow *f);

/* The kernel asks about a flow that came in on i (RFC 4605 section 4.3). */
void mfc_upcall(struct mfc *mfc, struct mtime now, struct iface *i, const struct addr *source,
		const struct addr *group);

/*
 * A packet of a flow came in on i, which is not where its entry says: RFC 4605 knows
 * no RPF, so the entry follows its source if nothing comes in on the old interface any
 * more, and stays if packets come in on both.
 */
void mfc_wrong_iface(struct mfc *mfc, struct mtime now, struct iface *i, const struct addr *source,
		     const struct addr *group);
/* The move deadline popped. */
void mfc_move_due(struct mfc *mfc);

/* What is wanted of the group has changed on some interface; however often, it is followed once. */
void mfc_interest_changed(struct mfc *mfc, struct membership *m);
/*
 * The last member of a group has left, and interest has been changed: how long that took is
 * observed when all its entries have followed. Takes over the record, which is in no list
 * of its membership any more.
 */
void mfc_observe_prune(struct mfc *mfc, struct membership *m, struct group *g);
/* Did packets of the group go out to its interface since it was asked for there? Reads counters of its flows. */
bool mfc_has_flowed(struct mfc *mfc, const struct group *g);

/*
 * Follows all such changes: forwarding first, then the upstream. To be called at the end of
 * every input. Between two calls of mfc_work() about a thousand flows follow at once, those
 * beyond, and all while there are such, in slices by mfc_work(), so that one packet cannot
 * set 65,536 entries while all others wait.
 */
void mfc_follow_interest(struct mfc *mfc);

/*
 * An interface forwards that did not, or the other way round; its rules or the sources
 * that it admits have changed: all flows are judged anew, in slices, by mfc_work(). However
 * many interfaces change at once, it is one walk.
 */
void mfc_judge_all(struct mfc *mfc);
/* The same, and its threshold has changed, which entries that name it take when they are set again. */
void mfc_rewrite(struct mfc *mfc, const struct iface *i);

/* The sampling deadline popped. */
void mfc_sample_due(struct mfc *mfc);
/*
 * Flows follow their groups; up to max others are decided upon, judged, evicted, sampled;
 * true when more are due.
 */
bool mfc_work(struct mfc *mfc, struct mtime now, size_t max);
/* All flows are due now. */
void mfc_sample_all(struct mfc *mfc, struct mtime now);

#endif
