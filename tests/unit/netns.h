/*
 * A network namespace of a test's own: made by unshare() in the test's process,
 * gone with it. Nothing here ever touches the namespace the test was started in.
 */
#ifndef TESTS_NETNS_H
#define TESTS_NETNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Skips the running test when this process may not make a namespace. */
void netns_enter(void);

/* Runs a shell command; it has to succeed. */
void netns_sh(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * One end of a pair is called name, the other name-x: what goes into one comes out
 * of the other. The x end has no IPv6, so that it is silent. Both are up.
 */
void netns_veth(const char *name);

/* A packet socket on an interface, without what the interface itself sends. */
int netns_tap(const char *name);

uint32_t netns_ifindex(const char *name);

/* Lines of a file that hold both words; NULL matches every line. */
size_t netns_lines(const char *file, const char *one, const char *two);

/* Descriptors that this process has open. */
size_t netns_descriptors(void);

enum { NETNS_PATIENCE_MS = 10000 }; /* how long anything may take that is bound to happen */

/* The monotonic clock, ms. */
int64_t netns_now_ms(void);

/* False when fd has not become readable until then. */
bool netns_readable(int fd, int64_t deadline_ms);

/* The next frame on a tap, or -1 at the deadline. */
ssize_t netns_frame(int tap, uint8_t *bytes, size_t size, int64_t deadline_ms);

/* Becomes nobody, for good, without any capability. */
void netns_become_nobody(void);

#endif
