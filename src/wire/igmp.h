/*
 * IGMP: RFC 1112 appendix I (version 1), RFC 2236 (2), RFC 9776 (3). What is
 * IGMP's alone: the IPv4 header around it, the checks of the envelope, the
 * numbers. The functions are those of struct codec (codec.h).
 */
#ifndef WIRE_IGMP_H
#define WIRE_IGMP_H

#include "gm.h"
#include "packet.h"

enum gm_refusal igmp_decode(const struct packet *packet, struct gm_record records[static GM_MAX_RECORDS],
			    struct gm_message *message, struct packet_info *info);
size_t igmp_encode_query(const struct gm_query *query, uint8_t *bytes, size_t size);
void igmp_address(const struct addr *src, const struct addr *dst, uint8_t *bytes, size_t len);
size_t igmp_max_query_sources(size_t mtu);
struct addr igmp_query_destination(const struct gm_query *query);

#endif
