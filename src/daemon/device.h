/*
 * The proxy device of one family, whole: the pure core between the kernel's
 * multicast routing below and the log above. Turns the core's effects into kernel
 * calls, and what the kernel says into the core's inputs.
 */
#ifndef DAEMON_DEVICE_H
#define DAEMON_DEVICE_H

#include <stdbool.h>

#include "conf.h"
#include "eventlog.h"
#include "ifstate.h"
#include "kernel.h"
#include "mtime.h"
#include "proxy.h"
#include "stats.h"

struct device;

/*
 * Opens the kernel's multicast routing and puts a core on top. NULL with *error
 * filled. room is shared by the devices and borrowed for life; its limit comes from conf.
 */
struct device *device_open(enum family family, const struct conf *conf, struct flow_room *room, log_sink *sink,
			   struct kernel_error *error);
/* Leaves every group, removes every VIF and entry. NULL is allowed. */
void device_close(struct device *d);

/*
 * Other settings for the whole of it, and for interfaces that are gone and kept; those of all
 * others come with device_iface(). Before the old configuration is freed both must have.
 */
void device_configure(struct device *d, const struct conf *conf);

/* Shows what happens to stats from now on, or to nobody (NULL). Borrowed. */
void device_show(struct device *d, struct stats *stats);

/* The traffic counters of an interface: 0 or -errno. */
int device_traffic(const struct device *d, uint32_t ifindex, struct iface_traffic *traffic);

int device_fd(const struct device *d);
const struct proxy *device_proxy(const struct device *d);

/* News of an interface; settings NULL: not ours. */
void device_iface(struct device *d, struct mtime now, const struct ifstate *state, const struct iface_settings *s);

/*
 * One turn: what the kernel has to say, if its descriptor is readable or the last turn
 * left something; timers; then work that may wait. No longer than share, give or take
 * half a millisecond. True: there is more to do.
 */
bool device_turn(struct device *d, bool readable, struct mspan share);
struct mtime device_next_deadline(const struct device *d);

/* The kernel's counters are to be read now, in slices by device_turn(); done when device_is_sampling() says no more. */
void device_sample(struct device *d, struct mtime now);
bool device_is_sampling(const struct device *d);

/* Messages lost since the start because they came too fast: by the kernel, or new flows by us. */
uint64_t device_receive_drops(struct device *d);

#endif
