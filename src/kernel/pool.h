/*
 * The host side's subscriptions of one family, as the kernel's host stack carries
 * them: memberships and source filters on UDP sockets that are never bound and so
 * never receive anything. The kernel merges all of an interface's sockets (EXCLUDE
 * if any is, with the intersection of the lists less every included source; else
 * the union), sends the reports, answers queries and speaks to older queriers.
 *
 * Why many sockets: the kernel allows 20 IPv4 memberships a socket and 10 (IPv4) or
 * 64 (IPv6) sources a membership, and walks a socket's list for every change. So a
 * membership of ours is carried by one socket, or by several when it includes more
 * sources than one takes. None of these limits is the user's.
 *
 * The pool owns its sockets and its record of them. The record always equals what
 * the kernel was told and accepted; a change that fails half-way is undone to what
 * stood before.
 */
#ifndef KERNEL_POOL_H
#define KERNEL_POOL_H

#include <stdint.h>

#include "addr.h"
#include "gm.h"
#include "mrt.h"
#include "srcset.h"

enum {
	POOL_MEMBERSHIPS = 20, /* a socket: igmp_max_memberships' default, and what keeps a join at 2-3 microseconds */
};

struct pool;

/* NULL when memory is short. Reads the sysctl of sources a membership, so call it before chroot. */
struct pool *pool_new(const struct mrt *mrt);
/* Leaves everything, the newest first. NULL is allowed. */
void pool_free(struct pool *pool);

/* As kernel_subscribe() and kernel_unsubscribe_all() say. */
int pool_subscribe(struct pool *pool, uint32_t ifindex, const struct addr *group, enum gm_filter_mode mode,
		   const struct srcset *sources);
void pool_unsubscribe_all(struct pool *pool, uint32_t ifindex);

#endif
