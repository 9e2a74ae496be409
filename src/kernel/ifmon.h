/*
 * News of network interfaces: link and address changes, from netlink on Linux.
 * Never by polling. Needs no privilege, works in a chroot.
 */
#ifndef KERNEL_IFMON_H
#define KERNEL_IFMON_H

#include "ifstate.h"

struct ifmon;

/*
 * Called once for each interface that changed, with all that is known of it now;
 * with exists false when it is gone (name still tells which it was). *state is
 * borrowed for the call. A new name under an old ifindex comes as one call with
 * the new name. An MTU that was too small for a family for a moment is told by itself.
 */
typedef void ifmon_news(void *ctx, const struct ifstate *state);

/* NULL with errno set when netlink is refused. */
struct ifmon *ifmon_open(ifmon_news *news, void *ctx);
void ifmon_close(struct ifmon *ifmon);

int ifmon_fd(const struct ifmon *ifmon);

/*
 * Reads the whole table of interfaces and addresses and reports what differs from
 * what was reported before: at first everything. Also what to do after ENOBUFS,
 * which ifmon_read() does by itself. 0 or -errno.
 */
int ifmon_sync(struct ifmon *ifmon);

/* Reads what is there and reports changes, one call per changed interface. 0 or -errno. */
int ifmon_read(struct ifmon *ifmon);

/* Reports every interface that is known once more, as it was reported last: for who asks with other eyes. */
void ifmon_repeat(struct ifmon *ifmon);

#endif
