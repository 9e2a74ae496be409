/*
 * What the kernel can be asked about links and routes by anybody (netlink, and a
 * descriptor of /proc that was opened before chroot): see base/evidence.h. Every
 * question is answered at once; what it does not know stays zero. The longest answer is
 * a bridge's database: where all bridges have more than some 5,000 entries, it stays unread.
 */
#ifndef KERNEL_WITNESS_H
#define KERNEL_WITNESS_H

#include <stdint.h>

#include "addr.h"
#include "evidence.h"

struct witness;

/* Before chroot. NULL with errno set when netlink is refused. */
struct witness *witness_open(void);
void witness_close(struct witness *w);

/* All zero when there is no such interface. group, of that family, may be NULL: then bridges are not asked for it. */
void witness_link(struct witness *w, uint32_t ifindex, enum family family, const struct addr *group,
		  struct link_evidence *evidence);
void witness_route(struct witness *w, const struct addr *source, struct route_evidence *evidence);
void witness_drops(struct witness *w, struct drop_evidence *evidence);

enum { WITNESS_MAIN_TABLE = 253 }; /* of multicast routing, where the configuration names none */

/* Flows of this table that wait for an answer to the kernel's upcall; IPv4. 0 or -errno; -ENOENT: no such table. */
int witness_unresolved(struct witness *w, uint32_t table, uint64_t *n);

#endif
