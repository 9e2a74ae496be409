/*
 * What is said to the kernel about one socket's membership of one group on one
 * interface, in the options of RFC 3678, and what it refuses: ENOBUFS or ENOMEM
 * when a socket has no room for a membership, ENOBUFS when a membership has none for
 * so many sources. Nothing is remembered here; pool knows what stands.
 *
 * Functions return 0 or -errno.
 */
#ifndef KERNEL_MEMBERSHIP_H
#define KERNEL_MEMBERSHIP_H

#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "gm.h"
#include "mrt.h"
#include "srcset.h"

/* More sources than this are never put on one socket, whatever the sysctl allows: optmem_max is a limit too. */
enum { MEMBERSHIP_MAX_SOURCES = 64 };

enum { MEMBERSHIP_FDS_KEPT = 64 }; /* descriptors left to the rest of the daemon */

struct membership {
	struct addr group;
	uint32_t ifindex;
};

/* A socket for memberships that receives nothing; -EMFILE when only the kept descriptors are left. */
int membership_open(const struct mrt *mrt);

/* How many sources the sysctl allows now, in our bounds; its default when it cannot be read. */
size_t membership_max_sources(const struct mrt *mrt);

/* EXCLUDE of nothing. */
int membership_join(const struct mrt *mrt, int fd, const struct membership *what);

/* INCLUDE of one source. */
int membership_join_source(const struct mrt *mrt, int fd, const struct membership *what, const struct addr *source);

/* Another mode and list for a membership that stands. INCLUDE of nothing would be a leave: not for this. */
int membership_filter(const struct mrt *mrt, int fd, const struct membership *what, enum gm_filter_mode mode,
		      const struct srcset *sources);

/* What is not there needs no leaving. */
void membership_leave(const struct mrt *mrt, int fd, const struct membership *what);

#endif
