/*
 * The kernel's socket addresses and our sixteen bytes, each made from the other.
 * The family is said, not derived: an MLD report may list ::ffff:192.0.2.1 as a
 * source, and an IPv6 socket wants an IPv6 address for it. Nothing is owned.
 */
#ifndef KERNEL_SOCKADDR_H
#define KERNEL_SOCKADDR_H

#include <stdint.h>
#include <sys/socket.h>

#include "addr.h"

/* Fills *out, an IPv6 address with ifindex as its scope. Returns the length of what counts. */
socklen_t sockaddr_make(struct sockaddr_storage *out, enum family family, const struct addr *a, uint32_t ifindex);

/* Unspecified IPv6 when the family is neither of ours. */
struct addr sockaddr_addr(const struct sockaddr_storage *sa);

#endif
