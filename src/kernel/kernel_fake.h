/*
 * The other side of the fake kernel: what a test does to it, and what it can look
 * at. The fake stands behind kernel.h like Linux does, refuses what Linux refuses,
 * and keeps everything in memory. Entries hold VIF numbers, as Linux's do, so that
 * a number given out again while an entry names it does here the harm it does there.
 *
 * What is borrowed from it is valid until the next call that changes the same thing.
 */
#ifndef KERNEL_KERNEL_FAKE_H
#define KERNEL_KERNEL_FAKE_H

#include "kernel.h"

enum kernel_fake_call {
	KERNEL_FAKE_IFACE_ADD,
	KERNEL_FAKE_RECV,
	KERNEL_FAKE_SEND,
	KERNEL_FAKE_SUBSCRIBE,
	KERNEL_FAKE_MROUTE_SET,
	KERNEL_FAKE_MROUTE_DEL,
	KERNEL_FAKE_CALLS
};

/*
 * kernel_open() with options.table = KERNEL_FAKE_REFUSE + an enum kernel_refusal is
 * refused like that: there is no struct kernel yet that a test could talk to.
 */
enum { KERNEL_FAKE_REFUSE = 0x7e570000 };

/* An interface appears or goes. One that goes takes its VIF along, but not the VIF's number. False: no memory. */
bool kernel_fake_link(struct kernel *kernel, uint32_t ifindex, bool exists);

/* The next calls of this kind, so many, return -error and do nothing else. */
void kernel_fake_fail(struct kernel *kernel, enum kernel_fake_call call, int error, unsigned int times);

/* How often it was called, refused calls too. */
unsigned long kernel_fake_calls(const struct kernel *kernel, enum kernel_fake_call call);

/*
 * Puts something into the receive queue; all of it is copied. Of a packet the
 * fields of struct kernel_message count that its kind has. False: no memory.
 */
bool kernel_fake_receive(struct kernel *kernel, const struct kernel_message *message);

void kernel_fake_set_drops(struct kernel *kernel, uint64_t drops);

struct kernel_fake_vif {
	uint32_t ifindex; /* 0: the number is free */
	bool exists;	  /* false: the device went, the number is still taken */
	bool downstream;
	unsigned int threshold;
	struct iface_traffic traffic; /* a test may write here; the number is filled in */
};

/* NULL when the interface has no VIF number. */
struct kernel_fake_vif *kernel_fake_vif(struct kernel *kernel, uint32_t ifindex);

/* Entries that named a VIF at the moment when kernel_iface_del() gave its number back: a caller's mistake. */
size_t kernel_fake_orphans(const struct kernel *kernel);

/* The entry in today's interfaces: 0 for an iif without VIF. False: there is none. */
bool kernel_fake_mroute(const struct kernel *kernel, const struct addr *source, const struct addr *group,
			struct mroute *out);
size_t kernel_fake_mroutes(const struct kernel *kernel);
/* Where a test writes an entry's counters; NULL: no such entry. */
struct mroute_count *kernel_fake_mroute_counter(struct kernel *kernel, const struct addr *source,
						const struct addr *group);

/* What the host side subscribes; NULL when it does not. *mode may be NULL. */
const struct srcset *kernel_fake_subscription(const struct kernel *kernel, uint32_t ifindex,
					      const struct addr *group, enum gm_filter_mode *mode);
size_t kernel_fake_subscriptions(const struct kernel *kernel);

struct kernel_fake_sent {
	uint32_t ifindex;
	struct addr src;
	struct addr dst;
	size_t len;
	const uint8_t *bytes;
};

/* What was sent since the last kernel_fake_forget_sent(), the oldest first; NULL past the end. */
const struct kernel_fake_sent *kernel_fake_sent(const struct kernel *kernel, size_t i);
void kernel_fake_forget_sent(struct kernel *kernel);

#endif
