/*
 * The proxy device of RFC 4605 for one address family, and the only header of this
 * room that the daemon includes to drive it. Packets, upcalls, news of interfaces
 * and the passing of time come in; queries, subscriptions, routes and events leave
 * through struct proxy_ops (ops.h). The proxy owns no descriptor, reads no clock,
 * never logs, never exits, never blocks. Every input takes now, which never goes
 * back.
 *
 * What it holds may be read, not changed, through the fields of its parts.
 */
#ifndef CORE_PROXY_H
#define CORE_PROXY_H

#include <stdbool.h>
#include <stdint.h>

#include "admit.h"
#include "env.h"
#include "iface.h"
#include "ifstate.h"
#include "memberdb.h"
#include "mfc.h"
#include "mroute.h"
#include "retired.h"

TAILQ_HEAD(iface_list, iface);

struct proxy {
	struct env env;
	struct memberdb db;
	struct mfc mfc;
	struct table by_ifindex;
	struct iface_list ifaces;
	struct iface_list removed; /* to be freed when their groups have ended, and no flow refers to them any more */
	struct admit_room admitting;
	struct retired retired;
};

/*
 * hash_key is random and secret; room is what the proxies of all families share. NULL when
 * memory is short; ops, ctx and room are borrowed for life.
 */
struct proxy *proxy_new(enum family family, const struct proxy_ops *ops, void *ctx, uint64_t hash_key,
			struct flow_room *room);
/* Frees all; tells nobody: the kernel's side is closed with kernel_close(). */
void proxy_free(struct proxy *p);

/* How often kernel counters are read, and how many flows there may be in the shared room. */
void proxy_configure(struct proxy *p, struct mspan sample_interval, size_t max_flows);

/*
 * News of an interface, or new settings for it. settings NULL, or of role disabled,
 * or without this family: it is none of ours. The settings are borrowed until the
 * next call for the same interface.
 *
 * When the device of a downstream goes that has settings of its own, not those of a
 * pattern, it becomes absent (iface.h), and the next device of that name takes its place.
 */
void proxy_iface(struct proxy *p, struct mtime now, const struct ifstate *state, const struct iface_settings *settings);

/*
 * New settings for an absent interface, of which no news come: what is configured for its
 * name, or NULL. It is removed if they are not such as keep it. They are borrowed until the
 * next call for it, or news of its name.
 */
void proxy_absent(struct proxy *p, struct iface *i, const struct iface_settings *settings);

/* A decoded message from src on an interface. */
void proxy_input(struct proxy *p, struct mtime now, uint32_t ifindex, const struct addr *src,
		 const struct gm_message *message);

/*
 * More records of a report: one of very many may be shown in parts, the first by
 * proxy_input(), with other inputs in between. Counted as records only.
 */
void proxy_input_rest(struct proxy *p, struct mtime now, uint32_t ifindex, const struct addr *src,
		      const struct gm_message *message);

/* A packet that was refused before it could be a message: counted, told. */
void proxy_refused(struct proxy *p, uint32_t ifindex, const struct addr *src, enum gm_refusal refusal);

/* What decoding found and let pass: counted. */
void proxy_leniency(struct proxy *p, uint32_t ifindex, bool ttl_not_one, bool no_router_alert,
		    unsigned int unknown_records, unsigned int bad_source_records);

void proxy_upcall(struct proxy *p, struct mtime now, const struct upcall *upcall);

/* How many deadlines one tick acts on at most: a millisecond of groups that end, with a flow each. */
enum { PROXY_DEADLINES_A_TICK = 128 };

/*
 * Acts on the deadlines that are due, the earliest first; true: there are more, for the next
 * round, so that reports are read between two slices of 16,384 groups that end together.
 * What is refreshed by such a report is due no more, and that is right: a timer ends when
 * it is looked at (group.h).
 */
bool proxy_tick(struct proxy *p, struct mtime now);
/* When to call proxy_tick() again at the latest; MTIME_NEVER: never. */
struct mtime proxy_next_deadline(const struct proxy *p);

/*
 * One slice of work that is allowed to wait: upstream joins, reading counters. To be
 * called after every round of inputs and ticks; true: there is more, soon.
 */
bool proxy_work(struct proxy *p, struct mtime now);

/* All kernel counters are to be read now; done when proxy_work() returns false. */
void proxy_sample(struct proxy *p, struct mtime now);

/* NULL when the proxy does not know it. */
struct iface *proxy_find_iface(const struct proxy *p, uint32_t ifindex);

#endif
