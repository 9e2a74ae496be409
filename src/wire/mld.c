#include "mld.h"

#include <arpa/inet.h>

#include "checksum.h"
#include "message.h"
#include "option.h"

enum {
	ICMPV6_NEXT_HEADER = 58,
	ICMPV6_SMALLEST = 4,	/* as far as the checksum */
	ICMPV6_LARGEST = 65535, /* an IPv6 payload without the jumbo option */
	EXTENSION_UNIT_BYTES = 8,
	MLD_HOP_LIMIT = 1,
};

static const struct message_layout layout = {
	.family = FAMILY_IPV6,
	.address_bytes = 16,
	.types = {
		{130, GM_QUERY, GM_MLDV2},
		{143, GM_REPORT, GM_MLDV2},
		{131, GM_REPORT, GM_MLDV1},
		{132, GM_LEAVE, GM_MLDV1},
	},
	.response_at = 4,
	.response_bytes = 2,
	.group_at = 8,
	.plain_bytes = 24,
	.response_code = GMCODE_16BIT,
	.response_unit = {1000}, /* a millisecond */
	.all_systems = {{0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}},
	.all_routers = {{0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2}},
	.min_mtu = 1280, /* RFC 8200 section 5 */
	.ip_bytes = 48,
};

/* RFC 8200 section 8.1: of the pseudo-header, too. */
static inline uint16_t checksum_between(const struct addr *src, const struct addr *dst, const uint8_t *bytes, size_t len)
{
	uint64_t sum = (uint64_t)htonl((uint32_t)len) + htonl(ICMPV6_NEXT_HEADER);

	sum = checksum_add(sum, src->bytes, sizeof(src->bytes));
	sum = checksum_add(sum, dst->bytes, sizeof(dst->bytes));
	return checksum_finish(checksum_add(sum, bytes, len));
}

/* RFC 8200 section 4.3: next header, length in units of eight bytes beyond the first eight, options. */
static bool has_router_alert(const struct packet *packet)
{
	struct cursor c = cursor_of(packet->hop_options, packet->hop_options ? packet->hop_options_len : 0);
	size_t bytes;

	cursor_skip(&c, 1);
	bytes = ((size_t)cursor_u8(&c) + 1) * EXTENSION_UNIT_BYTES;
	if (c.overrun || bytes > packet->hop_options_len)
		return false;
	return option_router_alert(FAMILY_IPV6, c.at, bytes - 2);
}

/*
 * RFC 9777 section 5.1.14: queries come from a link-local address. Reports may
 * come from :: while a host has none yet (RFC 9777 section 5.2.14, RFC 3810's
 * 5.2.13; RFC 3590 section 4 for version 1).
 */
static bool source_is_right(const struct addr *src, enum gm_kind kind)
{
	if (addr_equal(src, &addr_unspecified[FAMILY_IPV6]))
		return kind != GM_QUERY;
	return addr_family(src) == FAMILY_IPV6 && addr_is_link_local(src);
}

/* Whatever fails one of these came from beyond the link, or from nobody (RFC 9777 sections 6.2 and 7.4). */
static enum gm_refusal check_envelope(const struct packet *packet, enum gm_kind kind)
{
	if (packet->hop_limit != MLD_HOP_LIMIT)
		return GM_BAD_TTL;
	if (!has_router_alert(packet))
		return GM_NO_ROUTER_ALERT;
	return source_is_right(&packet->src, kind) ? GM_OK : GM_BAD_SOURCE;
}

enum gm_refusal mld_decode(const struct packet *packet, struct gm_record records[static GM_MAX_RECORDS],
			   struct gm_message *message, struct packet_info *info)
{
	const struct message_type *type;
	enum gm_refusal refusal;

	*info = (struct packet_info){.src = packet->src, .dst = packet->dst};
	if (packet->len < ICMPV6_SMALLEST)
		return GM_SHORT;
	if (packet->len > ICMPV6_LARGEST)
		return GM_BAD_LENGTH;
	if (checksum_between(&packet->src, &packet->dst, packet->bytes, packet->len) != 0)
		return GM_BAD_CHECKSUM;
	type = message_type_find(&layout, packet->bytes[0]);
	if (!type)
		return GM_UNKNOWN_TYPE;
	refusal = check_envelope(packet, type->kind);
	if (refusal != GM_OK)
		return refusal;
	return message_decode(&layout, type, cursor_of(packet->bytes, packet->len), records, message, info);
}

size_t mld_encode_query(const struct gm_query *query, uint8_t *bytes, size_t size)
{
	return message_encode_query(&layout, query, bytes, size);
}

void mld_address(const struct addr *src, const struct addr *dst, uint8_t *bytes, size_t len)
{
	uint16_t sum;

	bytes[MESSAGE_CHECKSUM_AT] = bytes[MESSAGE_CHECKSUM_AT + 1] = 0;
	sum = checksum_between(src, dst, bytes, len);
	bytes[MESSAGE_CHECKSUM_AT] = (uint8_t)(sum >> 8);
	bytes[MESSAGE_CHECKSUM_AT + 1] = (uint8_t)sum;
}

size_t mld_max_query_sources(size_t mtu)
{
	return message_max_query_sources(&layout, mtu);
}

struct addr mld_query_destination(const struct gm_query *query)
{
	return message_query_destination(&layout, query);
}
