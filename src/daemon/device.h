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

int device_fd(const struct device *d);
const struct proxy *device_proxy(const struct device *d);

/* Handles what the kernel has to say; bounded, so that timers get their turn: true, there may be more. */
bool device_read(struct device *d, struct mtime now);

/* News of an interface; settings NULL: not ours. */
void device_iface(struct device *d, struct mtime now, const struct ifstate *state, const struct iface_settings *s);

/* Timers, then one slice of work that may wait; true: there is more of it. */
bool device_run(struct device *d, struct mtime now);
struct mtime device_next_deadline(const struct device *d);

/* The kernel's counters are to be read now, in slices by device_run(); done when device_is_sampling() says no more. */
void device_sample(struct device *d, struct mtime now);
bool device_is_sampling(const struct device *d);

/* As kernel_receive_drops() says: messages lost since the start because they came too fast. */
uint64_t device_receive_drops(struct device *d);

#endif
