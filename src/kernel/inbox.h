/*
 * What the multicast routing socket received and nobody has taken yet: one batch
 * of datagrams at a time. A datagram that was handed out is valid until the next
 * call. Buffers are as large as an IP packet can be; pages that no packet ever
 * touched cost nothing.
 */
#ifndef KERNEL_INBOX_H
#define KERNEL_INBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct inbox;

/* The datagram's bytes, where it came from, and its control messages in head. */
struct inbox_item {
	const uint8_t *bytes;
	size_t len;
	const struct sockaddr_storage *from;
	struct msghdr *head;
};

/* NULL when memory is short. */
struct inbox *inbox_new(void);
void inbox_free(struct inbox *inbox);

/* 1 with *item filled, 0 when the socket had no more, -errno. */
int inbox_next(struct inbox *inbox, int fd, struct inbox_item *item);

#endif
