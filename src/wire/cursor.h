/*
 * The bounds-checked reader: the one place where bytes of a packet are touched.
 * A read beyond the end gives zeroes, moves nowhere and sets overrun for good, so
 * a decoder reads a whole header and asks once. A cursor is a value that borrows
 * its bytes; copy it to look ahead.
 */
#ifndef WIRE_CURSOR_H
#define WIRE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"

struct cursor {
	const uint8_t *at;
	size_t left;
	bool overrun;
};

static inline struct cursor cursor_of(const uint8_t *bytes, size_t len)
{
	return (struct cursor){.at = bytes, .left = len};
}

/* The next n bytes, NULL if there are not so many. Inline, as every report passes here some twenty times. */
static inline const uint8_t *cursor_take(struct cursor *c, size_t n)
{
	const uint8_t *taken = c->at;

	if (c->overrun || n > c->left) {
		c->overrun = true;
		c->left = 0;
		return NULL;
	}
	/* Nothing is added to a NULL pointer, which an empty packet may have. */
	if (n > 0)
		c->at += n;
	c->left -= n;
	return taken;
}

static inline void cursor_skip(struct cursor *c, size_t n)
{
	cursor_take(c, n);
}

/* An unsigned number of one to four bytes, in network order. */
static inline uint32_t cursor_uint(struct cursor *c, size_t bytes)
{
	const uint8_t *taken = cursor_take(c, bytes);
	uint32_t value = 0;

	for (size_t i = 0; taken && i < bytes; i++)
		value = value << 8 | taken[i];
	return value;
}

/* An address of width 4 or 16. */
struct addr cursor_addr(struct cursor *c, uint8_t width);

/* A run of addresses, borrowed; empty if it does not fit. */
struct addrspan cursor_addrs(struct cursor *c, uint16_t count, uint8_t width);

#endif
