/*
 * The kernel's multicast routing of one address family: the whole of it, on base
 * types. Behind this header stand kernel_linux.c and, for tests, kernel_fake.c.
 *
 * A struct kernel holds the multicast routing socket (MRT_INIT, MRT6_INIT), the
 * VIFs, the router's own memberships and the pool of sockets that carries the
 * host side's subscriptions. All that needs privilege happens in kernel_open();
 * everything else works as nobody, in a chroot, without capabilities.
 *
 * Errors are 0 or -errno. An interface that vanished between two calls gives
 * -ENODEV, -ENXIO or -EADDRNOTAVAIL: an ordinary path, not a fault.
 */
#ifndef KERNEL_KERNEL_H
#define KERNEL_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "evidence.h"
#include "gm.h"
#include "mroute.h"
#include "srcset.h"

struct kernel;

struct kernel_options {
	bool has_table;
	uint32_t table; /* Linux: MRT_TABLE, set before MRT_INIT; needs CAP_NET_ADMIN */
	int receive_buffer_bytes;
};

/* Why kernel_open() failed; the first two are the daemon's exit status 2 and 3 (design, section 2). */
enum kernel_refusal { KERNEL_HELD, KERNEL_MISSING, KERNEL_DENIED, KERNEL_FAILED };

struct kernel_error {
	enum kernel_refusal refusal;
	int error;	/* errno */
	char text[512]; /* a whole sentence for the operator: what is missing, who may hold it, what to do */
};

enum kernel_message_kind { KERNEL_PACKET, KERNEL_UPCALL };

/* One thing the multicast routing socket had to say. Valid until the next kernel_recv(). */
struct kernel_message {
	enum kernel_message_kind kind;
	uint32_t ifindex; /* where it arrived */

	struct upcall upcall; /* KERNEL_UPCALL */

	/* KERNEL_PACKET: see wire/packet.h for what starts where. */
	const uint8_t *bytes;
	size_t len;
	struct addr src; /* IPv6; IPv4: from the socket address */
	struct addr dst; /* IPv6 only */
	int hop_limit;	 /* IPv6 only; -1 unknown */
	const uint8_t *hop_options;
	size_t hop_options_len;
};

/*
 * Takes the kernel's multicast routing of this family. NULL with *error filled
 * when it cannot. A receive buffer smaller than asked for (no CAP_NET_ADMIN) is no
 * error: kernel_receive_buffer() tells.
 */
struct kernel *kernel_open(enum family family, const struct kernel_options *options, struct kernel_error *error);

/*
 * Leaves every group, the newest first (the kernel's list makes the other order
 * quadratic), removes every VIF and entry, frees. NULL is allowed.
 */
void kernel_close(struct kernel *kernel);

/* Becomes readable when kernel_recv() has something. */
int kernel_fd(const struct kernel *kernel);

/* Bytes that the receive buffer really has. */
int kernel_receive_buffer(const struct kernel *kernel);

/*
 * Packets that the kernel dropped because the receive buffer was full, since open
 * (SO_MEMINFO).
 */
uint64_t kernel_receive_drops(struct kernel *kernel);

/*
 * Gives the interface a VIF with this TTL threshold and, on a downstream, joins
 * the router's own groups there (224.0.0.2 and 224.0.0.22, RFC 9776 section 4.2.14;
 * ff02::16 and ff02::2, RFC 9777 section 5.2.14). On an interface that has a VIF
 * already it changes the threshold, for entries set from now on. -ENFILE: no VIF is
 * left. -EOVERFLOW: Linux takes sixteen bits of an ifindex for IPv6. Thresholds are
 * IPv4's alone there.
 */
int kernel_iface_add(struct kernel *kernel, uint32_t ifindex, bool downstream, unsigned int threshold);

/*
 * Takes the VIF back. No entry may name it any more: the caller has rewritten them
 * all, because the number outlives the VIF in entries and will be used again. An
 * interface that is gone is no error. counted is all that went through it, as far as was
 * seen: a device takes its VIF along, and then that is what was read last.
 */
void kernel_iface_del(struct kernel *kernel, uint32_t ifindex, struct traffic *counted);

/* All since kernel_iface_add(); never less than the last time. 0, -ENODEV, or -EADDRNOTAVAIL: the device is gone. */
int kernel_iface_count(struct kernel *kernel, uint32_t ifindex, struct iface_traffic *traffic);

/*
 * The next message: 1 with *message filled, 0 when there is nothing more, -errno.
 * Reads in batches; messages about interfaces without a VIF are delivered too.
 */
int kernel_recv(struct kernel *kernel, struct kernel_message *message);

/*
 * Sends an IGMP or MLD message with TTL/hop limit 1 and Router Alert out of one
 * interface, from src; the checksum is the caller's.
 */
int kernel_send(struct kernel *kernel, uint32_t ifindex, const struct addr *src, const struct addr *dst,
		const void *bytes, size_t len);

/*
 * Makes the host side's subscription of this group on this interface be exactly
 * this: INCLUDE of nothing leaves. Carried by the kernel's host stack on a pool of
 * sockets that receive no data; changed in place, adding before removing, so that
 * no leave and no gap is ever seen upstream. An EXCLUDE list longer than a socket
 * takes is sent as EXCLUDE{} (the caller's entries enforce it). On failure the old
 * subscription stands as far as it can.
 */
int kernel_subscribe(struct kernel *kernel, uint32_t ifindex, const struct addr *group, enum gm_filter_mode mode,
		     const struct srcset *sources);

/*
 * Forgets all subscriptions of an interface, without asking whether it still
 * exists: upstream lost, or another one now.
 */
void kernel_unsubscribe_all(struct kernel *kernel, uint32_t ifindex);

/* Adds the entry or changes it in place; its counters go on. Unknown oifs are left out; an unknown iif is -ENODEV. */
int kernel_mroute_set(struct kernel *kernel, const struct mroute *route);
/* An entry that is not there is no error. */
int kernel_mroute_del(struct kernel *kernel, const struct addr *source, const struct addr *group);
/* -EADDRNOTAVAIL: no such entry. */
int kernel_mroute_count(const struct kernel *kernel, const struct addr *source, const struct addr *group,
			struct mroute_count *count);

#endif
