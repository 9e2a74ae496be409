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

struct cursor cursor_of(const uint8_t *bytes, size_t len);

void cursor_skip(struct cursor *c, size_t n);

/* An unsigned number of one to four bytes, in network order. */
uint32_t cursor_uint(struct cursor *c, size_t bytes);

/* An address of width 4 or 16. */
struct addr cursor_addr(struct cursor *c, uint8_t width);

/* A run of addresses, borrowed; empty if it does not fit. */
struct addrspan cursor_addrs(struct cursor *c, uint16_t count, uint8_t width);

#endif
