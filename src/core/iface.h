/*
 * One interface of one address family, as the proxy sees it: what the operator
 * wants of it, what the kernel says of it, and what came of the two. Owner: the
 * proxy; life: from the first news of a configured interface until it is gone or
 * no longer configured.
 *
 * A downstream that the configuration names outlives its device: absent, with
 * ifindex 0 and without VIF, it keeps what its hosts asked for, until that runs out
 * or a device of that name is there again.
 */
#ifndef CORE_IFACE_H
#define CORE_IFACE_H

#include <stdbool.h>
#include <sys/queue.h>

#include "counters.h"
#include "deadline.h"
#include "env.h"
#include "ifstate.h"
#include "querier.h"
#include "settings.h"
#include "srcset.h"
#include "table.h"

enum iface_state {
	IFACE_WAITING,	    /* it has no usable address yet, or too small an MTU */
	IFACE_DOWN,	    /* no link, or administratively down */
	IFACE_NO_MULTICAST, /* lacks IFF_MULTICAST */
	IFACE_LIMIT,	    /* the kernel has no VIF left */
	IFACE_FAILED,	    /* the kernel refused; tried again by deadline */
	IFACE_UP,
	IFACE_STATES
};

struct iface {
	struct table_node node; /* by ifindex, in the proxy; not while it is absent */
	TAILQ_ENTRY(iface) entry;
	struct env *env;
	uint32_t ifindex; /* 0: absent */
	char name[IFSTATE_NAME_BYTES];
	enum iface_state state;
	int error; /* why IFACE_FAILED */
	bool told; /* its state has been told once */
	unsigned int slot; /* its place in the oif sets of flows, while IFACE_UP */
	uint32_t epoch;	   /* counts how often it left the kernel: flows of an earlier one came in on a VIF that is gone */

	const struct iface_settings *settings; /* borrowed from the configuration */
	enum iface_role role;		       /* of settings; what it was started as */
	unsigned int threshold;
	uint32_t mtu;
	struct addr address; /* what we send from: the lowest of the link */
	struct ifstate_addr *addrs; /* of this family */
	size_t n_addrs;

	struct querier querier; /* downstream only */
	struct deadline retry;
	struct srcset refused; /* sources that the log has heard of, so that each is told once */
	struct mtime tell_scope; /* when a source of bad scope may be told again */
	struct group **statics; /* from the configuration, beside what hosts ask for */
	size_t n_statics;
	uint64_t *filter_hits; /* one for each rule of settings; NULL: none, or no memory */
	struct iface_counters counters;
	struct errno_counts send_errors;

	struct mtime up_since;		  /* MTIME_NEVER: it is not up */
	struct mtime last_report;	  /* heard of others than us since then; MTIME_NEVER: none */
	unsigned int queries_since_up; /* general ones that we sent since then */
};

/* "up", "waiting", "down": the words of logs and JSON. */
const char *iface_state_name(enum iface_state state);

/* Tells that something of the group was refused because of a limit; the caller counts. */
void iface_tell_limit(const struct iface *i, enum event_limit limit, const struct addr *group, uint64_t value);

/* As yet absent, and without a name. */
struct iface *iface_new(struct env *env);
void iface_free(struct iface *i);

/* What news or settings changed, as far as flows and groups are concerned. */
struct iface_changes {
	bool sources;	 /* others may come in */
	bool rules;	 /* others may be asked for */
	bool forwarding; /* it need, or need not, be querier to forward */
};

/* Takes over name, MTU and addresses; false when memory is short. */
bool iface_learn(struct iface *i, const struct ifstate *state, struct iface_changes *changes)
	__attribute__((warn_unused_result));

/*
 * Other settings: hit counters of an allow/deny list that stays the same go on.
 * The old settings are still readable.
 */
void iface_configure(struct iface *i, const struct iface_settings *settings, struct iface_changes *changes);

/* What state the news and the settings ask for: IFACE_UP, or why not. */
enum iface_state iface_wanted(const struct iface *i, const struct ifstate *state);

/*
 * Below the smallest MTU of its family the kernel takes the family off the device and forgets
 * every membership there, while VIF and sockets go on as if nothing were (Linux).
 */
bool iface_mtu_suffices(const struct iface *i);

/* Its device is gone, and what is known of its hosts waits for another of that name. */
bool iface_is_absent(const struct iface *i);

/* A tentative address may be another host's, and is when duplicate address detection failed. */
bool iface_is_own(const struct iface *i, const struct addr *a);
/* In a network of the interface, the peer of a point-to-point link, or link-local. */
bool iface_is_on_link(const struct iface *i, const struct addr *a);

/* May a flow with this source come in here (design, section 3)? Scope is not asked. */
bool iface_admits(const struct iface *i, const struct addr *source);

/* Does this interface send to its link: it is up and we are its querier, or need not be (RFC 4605 section 3)? */
bool iface_forwards(const struct iface *i);

#endif
