/*
 * A received packet as the kernel hands it over, before anybody believes it.
 * All pointers are borrowed. What the fields mean differs by family, because the
 * kernel's raw sockets do:
 *   IPv4: bytes start at the IP header, from which the decoder takes source,
 *         destination, TTL and options itself; the fields below are not used.
 *   IPv6: bytes start at the ICMPv6 header; src, dst, hop_limit (-1: unknown)
 *         and the hop-by-hop options header come from control messages.
 */
#ifndef WIRE_PACKET_H
#define WIRE_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"

struct packet {
	const uint8_t *bytes;
	size_t len;
	struct addr src;
	struct addr dst;
	int hop_limit;
	const uint8_t *hop_options; /* NULL: no hop-by-hop header came with it */
	size_t hop_options_len;
};

/* What a decoder found out about a packet beside its message. */
struct packet_info {
	struct addr src;
	struct addr dst;
	bool ttl_not_one;     /* accepted all the same: IGMP reports and leaves (counted) */
	bool no_router_alert; /* accepted all the same: IGMP (counted) */

	/* Records of an accepted report that are not in its message; the others are. */
	uint16_t unknown_records;    /* of a type that we do not know */
	uint16_t bad_source_records; /* with a source that nobody can have */
};

#endif
