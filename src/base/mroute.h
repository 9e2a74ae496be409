/*
 * The nouns of multicast forwarding between core/ and kernel/. Interfaces are
 * named by ifindex; VIF and MIF numbers never leave kernel/.
 */
#ifndef BASE_MROUTE_H
#define BASE_MROUTE_H

#include <stddef.h>
#include <stdint.h>

#include "addr.h"

/* MAXVIFS and MAXMIFS of every kernel that we know. */
enum { MROUTE_MAX_IFACES = 32 };

/* One (S,G) entry of the kernel's forwarding cache. Without oifs it silences the flow. */
struct mroute {
	struct addr source;
	struct addr group;
	uint32_t iif;
	uint32_t oifs[MROUTE_MAX_IFACES];
	size_t n_oifs;
};

/*
 * The kernel's counters of one entry. packets and bytes count what *matched*,
 * wrong-interface packets included (design, section 4). They restart at 0 when an
 * entry is deleted, and wrap at the width of the kernel's long.
 */
struct mroute_count {
	uint64_t packets;
	uint64_t bytes;
	uint64_t wrong_if;
};

/* What is done to an entry; "add", "update", "delete". */
enum mroute_op { MROUTE_ADD, MROUTE_UPDATE, MROUTE_DELETE, MROUTE_OPS };

const char *mroute_op_name(enum mroute_op op);

enum upcall_kind { UPCALL_NOCACHE, UPCALL_WRONGVIF, UPCALL_WHOLEPKT, UPCALL_WRVIFWHOLE, UPCALL_KINDS };

/* "nocache" */
const char *upcall_kind_name(enum upcall_kind kind);

/* The kernel asks: a packet of (S,G) arrived on ifindex and matched no entry, or came in on the wrong interface. */
struct upcall {
	enum upcall_kind kind;
	uint32_t ifindex;
	struct addr source;
	struct addr group;
};

#endif
