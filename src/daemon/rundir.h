/*
 * The directory of a file that lives as long as we do, as /run/mcast-proxy: /run is empty
 * after every boot, so one directory of our own there is ours to make. Its descriptor is
 * kept, to take the file away from inside a chroot.
 */
#ifndef DAEMON_RUNDIR_H
#define DAEMON_RUNDIR_H

#include <limits.h>
#include <sys/types.h>

#include "privileges.h"

/*
 * The descriptor of path's directory, which the caller closes, and the file's name there;
 * -errno. A directory that is not there is made with mode 0750, for the user that we shall
 * be and this group (without root: as whoever we are).
 */
int rundir_open(const char *path, const struct privileges *privileges, gid_t gid, char name[static NAME_MAX + 1]);

#endif
