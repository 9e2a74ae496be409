#include "inbox.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>

enum {
	BATCH = 64,
	PACKET_BYTES = 65536,
	/* A hop-by-hop header has 2048 bytes at most (RFC 8200 section 4.3); beside it stand ifindex and hop limit. */
	CONTROL_BYTES = 2048 + 512,
	PATIENCE = 8, /* errors in a row that are none of our business before the caller hears of one */
};

struct inbox {
	struct mmsghdr heads[BATCH];
	struct iovec vectors[BATCH];
	struct sockaddr_storage from[BATCH];
	unsigned int count;
	unsigned int next;
	bool drained; /* the last batch came back short: the queue was empty */
	uint8_t *packets;
	uint8_t *controls;
};

static void rewind_heads(struct inbox *inbox, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		inbox->heads[i].msg_hdr = (struct msghdr){
			.msg_name = &inbox->from[i],
			.msg_namelen = sizeof(inbox->from[i]),
			.msg_iov = &inbox->vectors[i],
			.msg_iovlen = 1,
			.msg_control = inbox->controls + i * CONTROL_BYTES,
			.msg_controllen = CONTROL_BYTES,
		};
	}
}

struct inbox *inbox_new(void)
{
	struct inbox *inbox = calloc(1, sizeof(*inbox));

	if (!inbox)
		return NULL;
	inbox->packets = malloc((size_t)BATCH * PACKET_BYTES);
	inbox->controls = malloc((size_t)BATCH * CONTROL_BYTES);
	if (!inbox->packets || !inbox->controls) {
		inbox_free(inbox);
		return NULL;
	}
	for (size_t i = 0; i < BATCH; i++)
		inbox->vectors[i] = (struct iovec){inbox->packets + i * PACKET_BYTES, PACKET_BYTES};
	rewind_heads(inbox, BATCH);
	return inbox;
}

void inbox_free(struct inbox *inbox)
{
	if (!inbox)
		return;
	free(inbox->packets);
	free(inbox->controls);
	free(inbox);
}

/*
 * A raw socket reports other people's trouble too (ENETDOWN, EHOSTUNREACH of
 * something that we sent): reading the error clears it, and packets may wait behind.
 */
static int refill(struct inbox *inbox, int fd)
{
	int n = -1;

	/* The kernel wrote lengths and flags into the heads that it used; the others are as they were. */
	rewind_heads(inbox, inbox->count);
	inbox->count = inbox->next = 0;
	for (int i = 0; n < 0 && i < PATIENCE; i++) {
		n = recvmmsg(fd, inbox->heads, BATCH, MSG_DONTWAIT, NULL);
		if (n < 0 && (errno == EAGAIN || errno == EBADF))
			break;
	}
	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;
	inbox->count = (unsigned int)n;
	inbox->drained = n < BATCH;
	return n;
}

int inbox_next(struct inbox *inbox, int fd, struct inbox_item *item)
{
	struct mmsghdr *head;
	int r;

	if (inbox->next == inbox->count) {
		/* Saves a recvmmsg() that would say EAGAIN; what came meanwhile wakes the loop again. */
		if (inbox->drained) {
			inbox->drained = false;
			return 0;
		}
		r = refill(inbox, fd);
		if (r <= 0)
			return r;
	}
	head = &inbox->heads[inbox->next];
	*item = (struct inbox_item){
		.bytes = inbox->vectors[inbox->next].iov_base,
		.len = head->msg_len,
		.from = &inbox->from[inbox->next],
		.head = &head->msg_hdr,
	};
	inbox->next++;
	return 1;
}
