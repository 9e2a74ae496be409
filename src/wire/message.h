/*
 * What IGMP and MLD messages have in common, which is nearly all: one code path,
 * driven by a row that says how the family lays its messages out. The envelope
 * (IP header, TTL, Router Alert, source, checksum) has been accepted before by
 * igmp.c or mld.c; lengths, groups, records and destinations are judged here.
 */
#ifndef WIRE_MESSAGE_H
#define WIRE_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#include "cursor.h"
#include "gm.h"
#include "gmcode.h"
#include "packet.h"

enum { MESSAGE_TYPES = 5, MESSAGE_CHECKSUM_AT = 2 };

/* A number of the type field. A query's protocol is that of the longest form; its length tells. */
struct message_type {
	uint8_t number; /* 0: no such row */
	enum gm_kind kind;
	enum gm_protocol protocol;
};

struct message_layout {
	enum family family;
	uint8_t address_bytes;
	struct message_type types[MESSAGE_TYPES]; /* the query first, then what comes most often */

	/* Messages of generation 1 and 2, and the part of a longer query that looks like them. */
	uint8_t response_at;
	uint8_t response_bytes;
	uint8_t group_at;
	uint8_t plain_bytes;

	enum gmcode_mantissa response_code; /* how generation 3 writes that field */
	struct mspan response_unit;

	struct addr all_systems; /* where general queries go */
	struct addr all_routers; /* where leaves go */

	uint16_t min_mtu;
	uint8_t ip_bytes; /* IP header, its Router Alert included */
};

/* NULL if the family has no such type. */
const struct message_type *message_type_find(const struct message_layout *layout, uint32_t number);

/* The contract is struct codec's; payload begins at the type, info->dst is known. */
enum gm_refusal message_decode(const struct message_layout *layout, const struct message_type *type,
			       struct cursor payload, struct gm_record records[static GM_MAX_RECORDS],
			       struct gm_message *message, struct packet_info *info);

/* These three are struct codec's, but for the checksum, which is left 0. */
size_t message_encode_query(const struct message_layout *layout, const struct gm_query *query, uint8_t *bytes,
			    size_t size);
size_t message_max_query_sources(const struct message_layout *layout, size_t mtu);
struct addr message_query_destination(const struct message_layout *layout, const struct gm_query *query);

#endif
