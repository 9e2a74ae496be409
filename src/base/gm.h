/*
 * The nouns of group management, as RFC 9776 (IGMPv3) names them; MLD's differ
 * in words only (RFC 9777). Decoded values, never wire codes: a query's times are
 * spans here. The wire room makes and reads these, the core room acts on them.
 */
#ifndef BASE_GM_H
#define BASE_GM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "mtime.h"

enum gm_protocol { GM_IGMPV1, GM_IGMPV2, GM_IGMPV3, GM_MLDV1, GM_MLDV2, GM_PROTOCOLS };

/*
 * What a version can say, whatever its family: 1 has no leave, 2 has leaves and
 * group-specific queries (IGMPv2, MLDv1), 3 has source lists (IGMPv3, MLDv2).
 */
enum gm_generation { GM_GENERATION_1 = 1, GM_GENERATION_2, GM_GENERATION_3 };

enum gm_filter_mode { GM_INCLUDE, GM_EXCLUDE };

/* RFC 9776 section 4.2.6; the numbers are those of the wire. */
enum gm_record_type { GM_IS_IN = 1, GM_IS_EX, GM_TO_IN, GM_TO_EX, GM_ALLOW, GM_BLOCK, GM_RECORD_TYPES };

enum gm_kind { GM_QUERY, GM_REPORT, GM_LEAVE };

enum gm_query_kind { GM_QUERY_GENERAL, GM_QUERY_GROUP, GM_QUERY_GROUP_SOURCE, GM_QUERY_KINDS };

/*
 * One record of a report. A report of generation 1 or 2 is one IS_EX record
 * without sources, a leave one TO_IN record without sources (RFC 9776 7.3.2).
 */
struct gm_record {
	enum gm_record_type type;
	struct addr group;
	struct addrspan sources;
};

struct gm_query {
	enum gm_protocol protocol;
	struct addr group; /* unspecified of the right family: a general query */
	struct addrspan sources;
	struct mspan max_response;
	struct mspan interval;	/* QQI; generation 3 only, else 0 */
	uint8_t robustness;	/* QRV; generation 3 only, else 0 */
	bool suppress;		/* the S flag */
	bool to_group;		/* received: was sent to its group or to the all-systems group */
};

/* One received message; records and spans are borrowed from the decoder's caller. */
struct gm_message {
	enum gm_kind kind;
	enum gm_protocol protocol;
	struct gm_query query;		 /* GM_QUERY */
	const struct gm_record *records; /* GM_REPORT, GM_LEAVE */
	size_t n_records;
};

/* More records do not fit an IP packet (8 bytes each, 65,535 in all). */
enum { GM_MAX_RECORDS = 8191 };

/*
 * Why a received packet was refused (design, section 5), each with a counter.
 * GM_OK is no refusal.
 */
enum gm_refusal {
	GM_OK,
	GM_SHORT,
	GM_BAD_CHECKSUM,
	GM_BAD_LENGTH,
	GM_BAD_TTL,
	GM_NO_ROUTER_ALERT,
	GM_BAD_SOURCE,
	GM_BAD_DESTINATION,
	GM_BAD_GROUP,
	GM_BAD_RECORD,
	GM_OFF_LINK_QUERY,
	GM_UNKNOWN_TYPE,
	GM_REFUSALS
};

/* What one family calls its protocol, and what a version belongs to. */
struct gm_proto {
	enum family family;
	const char *name; /* "igmp", "mld" */
	enum gm_protocol by_generation[GM_GENERATION_3 + 1];
	enum gm_generation oldest;
	bool speaks_link_local; /* queries come from a link-local address (RFC 9777 section 5.1.14) */
	uint32_t min_mtu;	/* bytes; a link with less does not carry this family (RFC 791; RFC 8200 section 5) */
};

extern const struct gm_proto gm_protos[FAMILY_COUNT];

/* "igmpv2"; "include"; "is_in"; "general"; "bad_checksum": the words of logs, labels and JSON. */
const char *gm_protocol_name(enum gm_protocol protocol);
enum gm_generation gm_generation_of(enum gm_protocol protocol);
const char *gm_filter_mode_name(enum gm_filter_mode mode);
const char *gm_record_name(enum gm_record_type type);
const char *gm_query_kind_name(enum gm_query_kind kind);
const char *gm_refusal_name(enum gm_refusal refusal);

/* General, group-specific or group-and-source-specific (RFC 9776 section 4.1.11). */
enum gm_query_kind gm_query_kind(const struct gm_query *query);

#endif
