#include "message.h"

#include <string.h>

enum {
	REPORT_COUNT_AT = 6,	 /* Number of Group Records (RFC 9776 section 4.2.4) */
	RECORD_HEADER_BYTES = 4, /* type, aux data length, number of sources */
	AUX_UNIT_BYTES = 4,	 /* "in units of 32-bit words" (RFC 9776 section 4.2.7) */
	QUERY_TAIL_BYTES = 4,	 /* S and QRV, QQIC, number of sources (RFC 9776 section 4.1) */
	QUERY_SUPPRESS = 0x08,
	QUERY_QRV_MAX = 7,
	MAX_IP_PACKET = 65535,
};

const struct message_type *message_type_find(const struct message_layout *layout, uint32_t number)
{
	for (size_t i = 0; i < MESSAGE_TYPES && layout->types[i].number != 0; i++)
		if (layout->types[i].number == number)
			return &layout->types[i];
	return NULL;
}

/*
 * An IPv4 address kept mapped looks like any IPv6 address on the wire: a record
 * for ::ffff:224.1.1.1 in an MLD report must not become an IPv4 group.
 */
static bool is_group(const struct message_layout *layout, const struct addr *a)
{
	return addr_family(a) == layout->family && addr_is_multicast(a);
}

static bool may_send(const struct message_layout *layout, const struct addr *a)
{
	static const struct addr broadcast = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

	return addr_family(a) == layout->family && !addr_is_unspecified(a) && !addr_is_multicast(a) &&
	       !addr_equal(a, &broadcast);
}

static bool all_may_send(const struct message_layout *layout, const struct addrspan *sources)
{
	for (size_t i = 0; i < sources->count; i++) {
		struct addr source = addrspan_get(sources, i);

		if (!may_send(layout, &source))
			return false;
	}
	return true;
}

static struct addr read_group(const struct message_layout *layout, struct cursor c)
{
	cursor_skip(&c, layout->group_at);
	return cursor_addr(&c, layout->address_bytes);
}

static uint32_t read_response(const struct message_layout *layout, struct cursor c)
{
	cursor_skip(&c, layout->response_at);
	return layout->response_bytes == 1 ? cursor_u8(&c) : cursor_u16(&c);
}

/*
 * RFC 9776 section 7.1, RFC 9777 section 8.1: the length tells generation 3 from
 * the older ones, and a response code of 0 tells IGMPv1 from IGMPv2. MLD has one
 * older generation, so its row gives the same answer for both.
 */
static enum gm_protocol query_protocol(const struct message_layout *layout, size_t len, uint32_t response)
{
	const struct gm_proto *proto = &gm_protos[layout->family];

	if (len > layout->plain_bytes)
		return proto->by_generation[GM_GENERATION_3];
	return proto->by_generation[response == 0 ? GM_GENERATION_1 : GM_GENERATION_2];
}

static struct mspan response_span(const struct message_layout *layout, enum gm_protocol protocol, uint32_t code)
{
	/* An IGMPv1 query says no time: it means 10 seconds (RFC 9776 section 7.2.1, RFC 2236 section 4). */
	if (gm_generation_of(protocol) == GM_GENERATION_1)
		return mspan_seconds(10);
	if (gm_generation_of(protocol) == GM_GENERATION_3)
		code = gmcode_decode((uint16_t)code, layout->response_code);
	return mspan_times(layout->response_unit, code);
}

/* False if the source list exceeds the packet. Trailing bytes are tolerated (RFC 9776 section 4.1.10). */
static bool read_query_tail(const struct message_layout *layout, struct cursor c, struct gm_query *query)
{
	uint32_t flags;

	cursor_skip(&c, layout->plain_bytes);
	flags = cursor_u8(&c);
	query->suppress = (flags & QUERY_SUPPRESS) != 0;
	query->robustness = flags & QUERY_QRV_MAX;
	query->interval = mspan_seconds(gmcode_decode(cursor_u8(&c), GMCODE_8BIT));
	query->sources.count = cursor_u16(&c);
	query->sources = cursor_addrs(&c, query->sources.count, layout->address_bytes);
	return !c.overrun;
}

/*
 * A general query names no group, hence no sources (RFC 9776 section 4.1.11).
 * The sources of a query are not judged further: they are only ever looked up.
 */
static bool query_group_is_right(const struct message_layout *layout, const struct gm_query *query)
{
	if (addr_equal(&query->group, &addr_unspecified[layout->family]))
		return query->sources.count == 0;
	return is_group(layout, &query->group);
}

/*
 * RFC 9776 section 9.1 has general queries to any other address discarded: one
 * forged to a single router makes that one alone change its mind on who is the
 * querier, and nobody else sees why.
 */
static bool query_destination_is_right(const struct message_layout *layout, const struct gm_query *query,
				       const struct addr *dst)
{
	if (addr_equal(dst, &layout->all_systems))
		return true;
	return gm_query_kind(query) != GM_QUERY_GENERAL && addr_equal(dst, &query->group);
}

static enum gm_refusal decode_query(const struct message_layout *layout, struct cursor payload,
				    struct gm_message *message, const struct packet_info *info)
{
	uint32_t response = read_response(layout, payload);
	struct gm_query query = {.group = read_group(layout, payload), .to_group = true};

	if (payload.left > layout->plain_bytes && payload.left - layout->plain_bytes < QUERY_TAIL_BYTES)
		return GM_BAD_LENGTH;
	query.protocol = query_protocol(layout, payload.left, response);
	query.max_response = response_span(layout, query.protocol, response);
	/* RFC 1112 appendix I: the group of a version 1 query is "ignored when received". */
	if (gm_generation_of(query.protocol) == GM_GENERATION_1)
		query.group = addr_unspecified[layout->family];
	if (gm_generation_of(query.protocol) == GM_GENERATION_3 && !read_query_tail(layout, payload, &query))
		return GM_BAD_RECORD;
	if (!query_group_is_right(layout, &query))
		return GM_BAD_GROUP;
	if (!query_destination_is_right(layout, &query, &info->dst))
		return GM_BAD_DESTINATION;
	*message = (struct gm_message){.kind = GM_QUERY, .protocol = query.protocol, .query = query};
	return GM_OK;
}

/* Field by field: clearing the query, which a report has not, would be a tenth of its decoding. */
static void set_records(struct gm_message *message, const struct message_type *type, const struct gm_record *records,
			size_t n)
{
	message->kind = type->kind;
	message->protocol = type->protocol;
	message->records = records;
	message->n_records = n;
}

/*
 * Reports and leaves of generations 1 and 2 say one group; what they say in
 * terms of generation 3 is RFC 9776 section 7.3.2. More bytes may follow (RFC 2236
 * section 2.5). A leave goes to the routers (RFC 2236 section 3, RFC 2710 section
 * 4); hosts that send it to the group are tolerated, any other way would let one
 * host hide its forged leave from all that could object.
 */
static enum gm_refusal decode_plain(const struct message_layout *layout, const struct message_type *type,
				    struct cursor payload, struct gm_record *record, struct gm_message *message,
				    const struct packet_info *info)
{
	bool leave = type->kind == GM_LEAVE;

	*record = (struct gm_record){
		.type = leave ? GM_TO_IN : GM_IS_EX,
		.group = read_group(layout, payload),
		.sources = {.width = layout->address_bytes},
	};
	if (!is_group(layout, &record->group))
		return GM_BAD_GROUP;
	if (leave && !addr_equal(&info->dst, &layout->all_routers) && !addr_equal(&info->dst, &record->group))
		return GM_BAD_DESTINATION;
	set_records(message, type, record, 1);
	return GM_OK;
}

static bool type_is_known(const struct gm_record *record)
{
	return record->type >= GM_IS_IN && record->type < GM_RECORD_TYPES;
}

/* False if the record exceeds the packet. */
static bool read_record(const struct message_layout *layout, struct cursor *c, struct gm_record *record)
{
	uint8_t width = layout->address_bytes;
	const uint8_t *header = cursor_take(c, RECORD_HEADER_BYTES + (size_t)width);

	if (!header)
		return false;
	record->type = (enum gm_record_type)header[0];
	record->group = width == 4 ? addr_from_v4(header + RECORD_HEADER_BYTES) : addr_from_v6(header + RECORD_HEADER_BYTES);
	record->sources = cursor_addrs(c, get16(header + 2), width);
	cursor_skip(c, (size_t)header[1] * AUX_UNIT_BYTES);
	return !c->overrun;
}

/*
 * Any destination will do: a router "MUST accept and process" reports to any of
 * its addresses, unicast or multicast (RFC 9776 section 4.2.15).
 *
 * "Unrecognized Record Type values MUST be silently ignored" (RFC 9776 section
 * 4.2.13): that record, not the others of its report. The RFCs say nothing of
 * sources that nobody can have (unspecified, multicast, an IPv4 address in MLD),
 * and host kernels do not check what their applications ask for. Passed on, such
 * a source could make our own kernel refuse the merged filter of the group, for
 * all its members; refusing the packet would silence a whole host for one bad
 * application. So that record alone is ignored too, and both are counted. No
 * application can make its kernel report a group that is not multicast.
 */
static enum gm_refusal decode_records(const struct message_layout *layout, const struct message_type *type,
				      struct cursor payload, struct gm_record *records, struct gm_message *message,
				      struct packet_info *info)
{
	size_t n = 0;
	uint32_t count;

	cursor_skip(&payload, REPORT_COUNT_AT);
	count = cursor_u16(&payload);
	/* What cannot fit is refused before the walk; this also keeps count within GM_MAX_RECORDS. */
	if (count > payload.left / (RECORD_HEADER_BYTES + layout->address_bytes) || count > GM_MAX_RECORDS)
		return GM_BAD_RECORD;
	for (uint32_t i = 0; i < count; i++) {
		if (!read_record(layout, &payload, &records[n]))
			return GM_BAD_RECORD;
		if (!type_is_known(&records[n])) {
			info->unknown_records++;
			continue;
		}
		if (!is_group(layout, &records[n].group))
			return GM_BAD_GROUP;
		if (all_may_send(layout, &records[n].sources))
			n++;
		else
			info->bad_source_records++;
	}
	set_records(message, type, records, n);
	return GM_OK;
}

enum gm_refusal message_decode(const struct message_layout *layout, const struct message_type *type,
			       struct cursor payload, struct gm_record records[static GM_MAX_RECORDS],
			       struct gm_message *message, struct packet_info *info)
{
	bool has_records = type->kind == GM_REPORT && gm_generation_of(type->protocol) == GM_GENERATION_3;
	size_t shortest = has_records ? REPORT_COUNT_AT + 2u : layout->plain_bytes;

	if (payload.left < shortest)
		return GM_SHORT;
	if (has_records)
		return decode_records(layout, type, payload, records, message, info);
	if (type->kind == GM_QUERY)
		return decode_query(layout, payload, message, info);
	return decode_plain(layout, type, payload, &records[0], message, info);
}

static void put_uint(uint8_t *bytes, uint32_t value, size_t n)
{
	for (size_t i = n; i > 0; i--) {
		bytes[i - 1] = (uint8_t)value;
		value >>= 8;
	}
}

static void put_addr(uint8_t *bytes, const struct addr *a, uint8_t width)
{
	memcpy(bytes, a->bytes + sizeof(a->bytes) - width, width);
}

/* In whole units: at least one, at most what 32 bits hold. */
static uint32_t whole_units(struct mspan span, struct mspan unit)
{
	int64_t units = span.us / unit.us;

	if (units < 1)
		return 1;
	return units > UINT32_MAX ? UINT32_MAX : (uint32_t)units;
}

static uint32_t response_code(const struct message_layout *layout, const struct gm_query *query)
{
	uint32_t units = whole_units(query->max_response, layout->response_unit);
	uint32_t linear_max = (UINT32_C(1) << (8 * layout->response_bytes)) - 1;

	switch (gm_generation_of(query->protocol)) {
	case GM_GENERATION_1:
		return 0;
	case GM_GENERATION_2:
		return units < linear_max ? units : linear_max;
	case GM_GENERATION_3:
		break;
	}
	return gmcode_encode(units, layout->response_code);
}

static void put_query_tail(const struct message_layout *layout, const struct gm_query *query, uint16_t n_sources,
			   uint8_t *tail)
{
	/* A robustness that the field cannot say is written as 0 (RFC 9776 section 4.1.6). */
	uint8_t qrv = query->robustness > QUERY_QRV_MAX ? 0 : query->robustness;
	uint32_t seconds = whole_units(query->interval, mspan_seconds(1));

	tail[0] = (uint8_t)((query->suppress ? QUERY_SUPPRESS : 0) | qrv);
	put_uint(tail + 1, gmcode_encode(seconds, GMCODE_8BIT), 1);
	put_uint(tail + 2, n_sources, 2);
	for (size_t i = 0; i < n_sources; i++) {
		struct addr source = addrspan_get(&query->sources, i);

		put_addr(tail + QUERY_TAIL_BYTES + i * layout->address_bytes, &source, layout->address_bytes);
	}
}

size_t message_encode_query(const struct message_layout *layout, const struct gm_query *query, uint8_t *bytes,
			    size_t size)
{
	enum gm_generation generation = gm_generation_of(query->protocol);
	uint16_t n_sources = gm_query_kind(query) == GM_QUERY_GROUP_SOURCE ? query->sources.count : 0;
	size_t len = layout->plain_bytes;

	if (generation == GM_GENERATION_3)
		len += QUERY_TAIL_BYTES + (size_t)n_sources * layout->address_bytes;
	if (size < len)
		return 0;
	memset(bytes, 0, len);
	bytes[0] = layout->types[0].number;
	put_uint(bytes + layout->response_at, response_code(layout, query), layout->response_bytes);
	if (generation != GM_GENERATION_1)
		put_addr(bytes + layout->group_at, &query->group, layout->address_bytes);
	if (generation == GM_GENERATION_3)
		put_query_tail(layout, query, n_sources, bytes + layout->plain_bytes);
	return len;
}

size_t message_max_query_sources(const struct message_layout *layout, size_t mtu)
{
	size_t overhead = (size_t)layout->ip_bytes + layout->plain_bytes + QUERY_TAIL_BYTES;

	/* No link of the family has a smaller MTU, no IP packet is larger. */
	if (mtu < layout->min_mtu)
		mtu = layout->min_mtu;
	if (mtu > MAX_IP_PACKET)
		mtu = MAX_IP_PACKET;
	return (mtu - overhead) / layout->address_bytes;
}

struct addr message_query_destination(const struct message_layout *layout, const struct gm_query *query)
{
	if (gm_query_kind(query) == GM_QUERY_GENERAL || gm_generation_of(query->protocol) == GM_GENERATION_1)
		return layout->all_systems;
	return query->group;
}
