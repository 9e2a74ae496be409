#include "igmp.h"

#include "checksum.h"
#include "message.h"
#include "option.h"

enum {
	IP_VERSION = 4,
	IP_HEADER_BYTES = 20, /* without options; where its fields are (RFC 791 section 3.1): */
	IP_TOTAL_LENGTH_AT = 2,
	IP_FRAGMENT_AT = 6,
	IP_TTL_AT = 8,
	IP_PROTOCOL_AT = 9,
	IP_SOURCE_AT = 12,
	IP_DESTINATION_AT = 16,
	IP_PROTOCOL_IGMP = 2,
	IP_MORE_FRAGMENTS_AND_OFFSET = 0x3fff,
	IGMP_TTL = 1,
	IGMP_SMALLEST = 4, /* as far as the checksum */
};

static const struct message_layout layout = {
	.family = FAMILY_IPV4,
	.address_bytes = 4,
	.types = {
		{0x11, GM_QUERY, GM_IGMPV3},
		{0x22, GM_REPORT, GM_IGMPV3},
		{0x16, GM_REPORT, GM_IGMPV2},
		{0x17, GM_LEAVE, GM_IGMPV2},
		{0x12, GM_REPORT, GM_IGMPV1},
	},
	.response_at = 1,
	.response_bytes = 1,
	.group_at = 4,
	.plain_bytes = 8,
	.response_code = GMCODE_8BIT,
	.response_unit = {100000}, /* a tenth of a second */
	.all_systems = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 224, 0, 0, 1}},
	.all_routers = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 224, 0, 0, 2}},
	.min_mtu = 68, /* RFC 791 section 3.2 */
	.ip_bytes = 24,
};

/* What an IPv4 header says, once it has been believed. */
struct datagram {
	struct cursor payload;
	uint8_t ttl;
	bool router_alert;
};

/*
 * The header's own checksum is not verified: packets come from the kernel, which
 * did. Bytes behind the total length are a link's padding. The header of a
 * fragment lies about what follows, and nobody needs to fragment IGMP.
 */
static enum gm_refusal open_datagram(const struct packet *packet, struct datagram *datagram, struct packet_info *info)
{
	struct cursor c = cursor_of(packet->bytes, packet->len);
	const uint8_t *header = cursor_take(&c, IP_HEADER_BYTES);
	size_t header_bytes, total;

	if (!header)
		return GM_SHORT;
	info->src = addr_from_v4(header + IP_SOURCE_AT);
	info->dst = addr_from_v4(header + IP_DESTINATION_AT);
	if (header[0] >> 4 != IP_VERSION)
		return GM_SHORT;
	header_bytes = (header[0] & 0x0fu) * 4;
	total = get16(header + IP_TOTAL_LENGTH_AT);
	datagram->ttl = header[IP_TTL_AT];
	if (header_bytes < IP_HEADER_BYTES || total < header_bytes)
		return GM_BAD_LENGTH;
	if (packet->len < total)
		return GM_SHORT;
	if (get16(header + IP_FRAGMENT_AT) & IP_MORE_FRAGMENTS_AND_OFFSET)
		return GM_BAD_LENGTH;
	if (header[IP_PROTOCOL_AT] != IP_PROTOCOL_IGMP)
		return GM_UNKNOWN_TYPE;
	datagram->router_alert = option_router_alert(FAMILY_IPV4, c.at, header_bytes - IP_HEADER_BYTES);
	datagram->payload = cursor_of(packet->bytes + header_bytes, total - header_bytes);
	return GM_OK;
}

/*
 * 0.0.0.0 is a host without an address yet (RFC 9776 section 4.2.14) or a
 * snooping switch that asks on nobody's behalf (RFC 4541 section 2.1.1).
 */
static bool source_is_right(const struct addr *src)
{
	static const struct addr broadcast = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

	return !addr_is_multicast(src) && !addr_is_loopback(src) && !addr_equal(src, &broadcast);
}

enum gm_refusal igmp_decode(const struct packet *packet, struct gm_record records[static GM_MAX_RECORDS],
			    struct gm_message *message, struct packet_info *info)
{
	const struct message_type *type;
	struct datagram datagram;
	enum gm_refusal refusal;
	struct cursor payload;

	*info = (struct packet_info){0};
	refusal = open_datagram(packet, &datagram, info);
	if (refusal != GM_OK)
		return refusal;
	payload = datagram.payload;
	if (payload.left < IGMP_SMALLEST)
		return GM_SHORT;
	/* Over "the entire IP payload", trailing bytes too (RFC 9776 sections 4.1.2 and 4.2.2). */
	if (checksum_finish(checksum_add(0, payload.at, payload.left)) != 0)
		return GM_BAD_CHECKSUM;
	type = message_type_find(&layout, payload.at[0]);
	if (!type)
		return GM_UNKNOWN_TYPE;
	/*
	 * A forwarded query could take the querier's role from afar. Hosts with old
	 * stacks send reports with other TTLs, so those are only counted.
	 */
	info->ttl_not_one = datagram.ttl != IGMP_TTL;
	if (type->kind == GM_QUERY && info->ttl_not_one)
		return GM_BAD_TTL;
	if (!source_is_right(&info->src))
		return GM_BAD_SOURCE;
	refusal = message_decode(&layout, type, payload, records, message, info);
	/* Version 1 is older than the option. */
	if (refusal == GM_OK)
		info->no_router_alert = !datagram.router_alert && message->protocol != GM_IGMPV1;
	return refusal;
}

size_t igmp_encode_query(const struct gm_query *query, uint8_t *bytes, size_t size)
{
	size_t len = message_encode_query(&layout, query, bytes, size);
	uint16_t sum;

	if (len == 0)
		return 0;
	sum = checksum_finish(checksum_add(0, bytes, len));
	bytes[MESSAGE_CHECKSUM_AT] = (uint8_t)(sum >> 8);
	bytes[MESSAGE_CHECKSUM_AT + 1] = (uint8_t)sum;
	return len;
}

void igmp_address(const struct addr *src, const struct addr *dst, uint8_t *bytes, size_t len)
{
	(void)src, (void)dst, (void)bytes, (void)len;
}

size_t igmp_max_query_sources(size_t mtu)
{
	return message_max_query_sources(&layout, mtu);
}

struct addr igmp_query_destination(const struct gm_query *query)
{
	return message_query_destination(&layout, query);
}
