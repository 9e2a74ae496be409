/*
 * The bounds-checked reader: the one place where bytes of a packet are touched.
 * A read beyond the end gives zeroes, moves nowhere and sets overrun for good, so
 * a decoder reads a whole header and asks once. What every report passes takes a header
 * in one piece instead, and reads its fields at their places. A cursor is a value that borrows
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

/* Two bytes that were taken, in network order. */
static inline uint16_t get16(const uint8_t *taken)
{
	return (uint16_t)(taken[0] << 8 | taken[1]);
}

/* The next one or two bytes as a number. */
static inline uint8_t cursor_u8(struct cursor *c)
{
	const uint8_t *taken = cursor_take(c, 1);

	return taken ? taken[0] : 0;
}

static inline uint16_t cursor_u16(struct cursor *c)
{
	const uint8_t *taken = cursor_take(c, 2);

	return taken ? get16(taken) : 0;
}

/* An address of width 4 or 16. */
static inline struct addr cursor_addr(struct cursor *c, uint8_t width)
{
	const uint8_t *taken = cursor_take(c, width);

	if (!taken)
		return addr_unspecified[width == 4 ? FAMILY_IPV4 : FAMILY_IPV6];
	return width == 4 ? addr_from_v4(taken) : addr_from_v6(taken);
}

/* A run of addresses, borrowed; empty if it does not fit. */
static inline struct addrspan cursor_addrs(struct cursor *c, uint16_t count, uint8_t width)
{
	const uint8_t *taken = cursor_take(c, (size_t)count * width);

	return (struct addrspan){.bytes = taken, .count = taken ? count : 0, .width = width};
}

#endif
