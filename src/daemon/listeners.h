/*
 * Where the stats socket listens: the unix socket of the configuration, loopback
 * ports, and what systemd hands over (LISTEN_FDS). Made while privileged; the
 * directory's descriptor is kept, to take the socket away from inside a chroot.
 */
#ifndef DAEMON_LISTENERS_H
#define DAEMON_LISTENERS_H

#include <stdbool.h>
#include <stddef.h>

#include "conf.h"
#include "privileges.h"

struct listeners;

/* At the very start, before anybody opens or closes descriptors: what systemd has handed over. NULL when memory is short. */
struct listeners *listeners_new(void);

/*
 * False after an error line that names the line of the configuration: somebody lives at
 * the socket, a directory or group is missing, a port is taken.
 */
bool listeners_open(struct listeners *l, const struct conf_stats *conf, const struct privileges *privileges);

/* Takes the socket away and closes what nobody has taken over. NULL is allowed. */
void listeners_free(struct listeners *l);

/* The next descriptor, which is the caller's from now on; -1: no more. */
int listeners_take(struct listeners *l);

#endif
