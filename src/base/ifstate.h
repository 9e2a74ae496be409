/*
 * What the kernel says of one network interface at one moment: made by
 * kernel/ifmon, read by the core. A value; the array belongs to its maker and is
 * borrowed for the length of the call that it is passed to.
 */
#ifndef BASE_IFSTATE_H
#define BASE_IFSTATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"

enum { IFSTATE_NAME_BYTES = 16 };

struct ifstate_addr {
	struct addr addr;
	struct prefix network; /* the on-link prefix */
	struct addr peer;      /* point-to-point: the other end, else equal to addr */
	bool tentative;	       /* IPv6: duplicate address detection has not ended (RFC 4862 5.4) */
};

struct ifstate {
	uint32_t ifindex;
	char name[IFSTATE_NAME_BYTES];
	bool exists; /* false: it is gone, all below is meaningless */
	bool up;     /* administratively up and with carrier (IFF_UP, IFF_RUNNING) */
	bool multicast;
	bool loopback;
	uint32_t mtu;
	const struct ifstate_addr *addrs; /* of both families */
	size_t n_addrs;
};

#endif
