/*
 * MLD: RFC 2710 (version 1), RFC 9777 (2). What is MLD's alone: the checks of
 * the envelope, the pseudo-header, the numbers. The functions are those of
 * struct codec (codec.h).
 */
#ifndef WIRE_MLD_H
#define WIRE_MLD_H

#include "gm.h"
#include "packet.h"

enum gm_refusal mld_decode(const struct packet *packet, struct gm_record records[static GM_MAX_RECORDS],
			   struct gm_message *message, struct packet_info *info);
size_t mld_encode_query(const struct gm_query *query, uint8_t *bytes, size_t size);
void mld_address(const struct addr *src, const struct addr *dst, uint8_t *bytes, size_t len);
size_t mld_max_query_sources(size_t mtu);
struct addr mld_query_destination(const struct gm_query *query);

#endif
