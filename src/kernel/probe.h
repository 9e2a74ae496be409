/*
 * Two packet sockets, opened while privileged and deaf until asked (protocol 0): each
 * can look at one (S,G) on one interface for a moment. Inward it sees packets before
 * reverse-path filtering and the firewall, outward behind FORWARD, with the TTL that
 * they leave with. Needs no privilege after probe_open().
 */
#ifndef KERNEL_PROBE_H
#define KERNEL_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "addr.h"
#include "evidence.h"

struct probe;

/* NULL with errno set when packet sockets are refused: then there is less evidence, nothing worse. */
struct probe *probe_open(void);
void probe_close(struct probe *p);

/*
 * Begins to look; -EBUSY when it looks already. Only multicast packets from source to
 * group (a filter in the kernel sees to that) on the interface and in the direction.
 */
int probe_start(struct probe *p, bool outgoing, uint32_t ifindex, const struct addr *source, const struct addr *group);
/* Ends it, and says what was seen. */
void probe_stop(struct probe *p, bool outgoing, struct sight *sight);

#endif
