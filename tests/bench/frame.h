/*
 * Ethernet frames for the benchmarks: reports, leaves and stream packets of both
 * families, right in every byte, numbered: group n is 239.1.0.0 + n or ff1e::1:0 + n,
 * source n is 10.0.0.2 + n or fd00::2 + n, the host is 10.0.1.11 or fe80::11.
 */
#ifndef BENCH_FRAME_H
#define BENCH_FRAME_H

#include <stddef.h>
#include <stdint.h>

enum frame_kind { FRAME_V2, FRAME_V3, FRAME_MLD1, FRAME_MLD2, FRAME_KINDS };

enum {
	FRAME_BYTES = 1514,
	FRAME_IP_AT = 14,
	FRAME_HOP_OPTIONS_AT = FRAME_IP_AT + 40, /* IPv6 */
	FRAME_HOP_OPTIONS_BYTES = 8,
};

struct frame {
	uint8_t bytes[FRAME_BYTES];
	size_t len;
	size_t message_at; /* the IGMP or ICMPv6 header */
};

/* The word for it: "v2", "v3", "mld1", "mld2"; FRAME_KINDS if it is none. */
enum frame_kind frame_kind_of(const char *word);
int frame_is_ipv6(enum frame_kind kind);

/* The sixteen bytes of struct addr. */
void frame_group(int ipv6, uint32_t number, uint8_t bytes[16]);
void frame_host(int ipv6, uint8_t bytes[16]);

/* A report of so many groups from this one on (old versions: of this one alone), each EXCLUDE of nothing. */
void frame_report(struct frame *frame, enum frame_kind kind, uint32_t group, unsigned int records);
/* The host wants the group no more. */
void frame_leave(struct frame *frame, enum frame_kind kind, uint32_t group);
/* A stream packet of the smallest kind, TTL 16. */
void frame_data(struct frame *frame, int ipv6, uint32_t source, uint32_t group);

#endif
