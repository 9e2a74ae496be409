/*
 * The pidfile: locked while we live, so that a second daemon with the same one is
 * told so; its directory's descriptor is kept, to remove it from inside a chroot.
 */
#ifndef DAEMON_PIDFILE_H
#define DAEMON_PIDFILE_H

#include "privileges.h"

struct pidfile;

/*
 * NULL after an error line: it cannot be made, or its owner lives. Makes the directory
 * if only that is missing, for the user that we shall be.
 */
struct pidfile *pidfile_take(const char *path, const struct privileges *privileges);
/* Writes our process id, after any fork. */
void pidfile_publish(struct pidfile *p);
/* Removes it; where its directory is not ours, leaves it empty. NULL is allowed. */
void pidfile_drop(struct pidfile *p);

#endif
