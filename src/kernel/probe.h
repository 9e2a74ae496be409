/*
 * Two packet sockets, opened while privileged and deaf until asked: each
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
 * Begins to look, within some hundredths of a second and without waiting for it; -EBUSY
 * when it looks already in this direction. Only packets from
 * source (NULL: any) to group count, of one family (-EINVAL), on the interface (-ENODEV) and
 * in the direction: a filter in the kernel sees to that. Frames with a VLAN tag belong to the
 * VLAN's own interface and are not seen.
 */
int probe_start(struct probe *p, bool outgoing, uint32_t ifindex, const struct addr *source, const struct addr *group);
/*
 * Ends it, and says what was seen: every packet is counted, the TTLs are those of the
 * first dozens. All zero when it did not look or could not.
 */
void probe_stop(struct probe *p, bool outgoing, struct sight *sight);

#endif
