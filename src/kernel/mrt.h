/*
 * Linux has two multicast routing interfaces, MRT_ on the IGMP raw socket and
 * MRT6_ on the ICMPv6 one: twins with different structures. This is the one place
 * that knows both: a row of numbers, words and functions for each. Everything
 * above works through the row and does not ask for the family.
 *
 * Rows are constants. VIF means MIF as well. Functions return 0 or -errno.
 */
#ifndef KERNEL_MRT_H
#define KERNEL_MRT_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "addr.h"
#include "evidence.h"
#include "kernel.h"
#include "mroute.h"

enum { MRT_OWN_GROUPS = 2 };

/* An entry in VIF numbers. thresholds[vif] 0: not an oif; else only packets with a larger TTL leave there. */
struct mrt_entry {
	struct addr source;
	struct addr group;
	unsigned int parent;
	uint8_t thresholds[MROUTE_MAX_IFACES];
};

struct mrt_upcall {
	enum upcall_kind kind;
	unsigned int vif;
	struct addr source;
	struct addr group;
};

struct mrt {
	enum family family;
	int domain;
	int protocol;
	int level;		 /* of all options below */
	int opt_table, opt_init, opt_done;
	int opt_pim, opt_assert; /* what makes WRONGVIF upcalls come, and the weaker substitute */

	const char *name;	    /* "IPv4" */
	const char *missing;	    /* what to say when MRT_INIT is not known */
	const char *missing_table;  /* ... and MRT_TABLE */
	const char *raw_sockets;    /* /proc/net/raw, raw6: who else may hold it */
	const char *max_sources;    /* the sysctl of sources in a socket's filter, */
	unsigned int usual_sources; /* and what it is by default */

	/* The router's own: where reports and leaves go. */
	struct addr own_groups[MRT_OWN_GROUPS];

	/* All socket options that want privilege, and those that MRT_INIT should find set. */
	int (*prepare)(int fd);

	int (*vif_add)(int fd, unsigned int vif, uint32_t ifindex, uint8_t threshold);
	int (*vif_del)(int fd, unsigned int vif);
	int (*vif_count)(int fd, unsigned int vif, struct iface_traffic *traffic);

	int (*entry_set)(int fd, const struct mrt_entry *entry);
	int (*entry_del)(int fd, const struct addr *source, const struct addr *group);
	int (*entry_count)(int fd, const struct addr *source, const struct addr *group, struct mroute_count *count);

	/* True, with *upcall filled, when the datagram is the kernel's own word and not a packet. */
	bool (*upcall)(const uint8_t *bytes, size_t len, struct mrt_upcall *upcall);
	/* What control messages tell of a packet. */
	void (*control)(struct msghdr *head, struct kernel_message *message);
	/* Puts in the control message that names interface and source; head has room for it. */
	void (*address)(struct msghdr *head, uint32_t ifindex, const struct addr *src);
};

extern const struct mrt mrt4;
extern const struct mrt mrt6;

/* setsockopt() of a number, as 0 or -errno. */
static inline int mrt_option(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value)) ? -errno : 0;
}

/* Makes this the one control message of head, which has room for it. */
static inline void mrt_set_control(struct msghdr *head, int level, int type, const void *data, size_t bytes)
{
	struct cmsghdr *c;

	head->msg_controllen = CMSG_SPACE(bytes);
	c = CMSG_FIRSTHDR(head);
	c->cmsg_level = level;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(bytes);
	memcpy(CMSG_DATA(c), data, bytes);
}

#endif
