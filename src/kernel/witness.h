/*
 * What the kernel can be asked about links and routes by anybody (netlink, and two
 * descriptors of /proc that were opened before chroot): see base/evidence.h. Every
 * question is answered at once; what it does not know stays zero.
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

/* group may be NULL: then bridges are not asked for it. */
void witness_link(struct witness *w, uint32_t ifindex, const struct addr *group, struct link_evidence *evidence);
void witness_route(struct witness *w, const struct addr *source, struct route_evidence *evidence);
void witness_drops(struct witness *w, struct drop_evidence *evidence);

#endif
