/*
 * Bytes to nouns and back, one row a family. The decoders are total: any bytes
 * give either a message or the reason why not; they allocate nothing, keep
 * nothing and read nothing beyond the packet.
 */
#ifndef WIRE_CODEC_H
#define WIRE_CODEC_H

#include "gm.h"
#include "packet.h"

struct codec {
	/*
	 * Validates the whole packet before anything of it is reported, then fills
	 * *message. Records go to the caller's array of GM_MAX_RECORDS; they and
	 * their source spans borrow from it and from the packet. *info is filled as
	 * far as the packet was understood (src and dst are valid unless the answer
	 * is GM_SHORT on an IP header). Anything but GM_OK means: refuse, count.
	 * RFC 9776 section 4 and 9, RFC 9777 section 5 and 10, RFC 2236, RFC 1112,
	 * RFC 2710; which checks are strict is design section 5.
	 */
	enum gm_refusal (*decode)(const struct packet *packet, struct gm_record records[static GM_MAX_RECORDS],
				  struct gm_message *message, struct packet_info *info);

	/*
	 * Writes a query of query->protocol, without IP header, and returns its
	 * length; 0 if size is too small. IGMP's checksum is filled in, MLD's is
	 * left 0. Times are rounded down to
	 * what the exponential codes can say, never below one unit.
	 */
	size_t (*encode_query)(const struct gm_query *query, uint8_t *bytes, size_t size);

	/*
	 * Fills in the checksum that wants to know the addresses (RFC 8200 section 8.1); for
	 * IGMP, where none does, there is nothing left to do.
	 */
	void (*address)(const struct addr *src, const struct addr *dst, uint8_t *bytes, size_t len);

	/* How many sources a query of generation 3 may carry on a link of this MTU, IP header and options counted. */
	size_t (*max_query_sources)(size_t mtu);

	/* Where a query goes: all-systems for a general one (224.0.0.1, ff02::1), else its group. */
	struct addr (*query_destination)(const struct gm_query *query);
};

extern const struct codec codecs[FAMILY_COUNT];

#endif
