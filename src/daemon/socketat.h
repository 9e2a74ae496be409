/*
 * Unix sockets by their name in a directory that is open. An address holds no more than
 * 108 bytes, which a path may exceed, and inside a chroot the path does not exist: the
 * descriptor of its directory does.
 *
 * Both change the working directory for the time of the call: not for threads.
 */
#ifndef DAEMON_SOCKETAT_H
#define DAEMON_SOCKETAT_H

/* As connect(2) and bind(2); 0 or -errno, -ENAMETOOLONG when not even the name fits. */
int socketat_connect(int directory, const char *name, int fd);
int socketat_bind(int directory, const char *name, int fd);

#endif
