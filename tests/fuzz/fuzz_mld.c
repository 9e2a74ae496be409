/*
 * Any bytes as an MLD packet. An input is a mode, source, destination, hop limit
 * (255: unknown), the number of bytes of hop-by-hop options, these, and the bytes
 * from the ICMPv6 header on. Mode bit 0: the checksum is put right first; bit 1:
 * source, hop limit and options are replaced by right ones.
 */
#include <stdlib.h>

#include "checksum.h"
#include "cursor.h"
#include "examine.h"

enum { MODE_FIX_CHECKSUM = 1, MODE_FIX_ENVELOPE = 2, HOP_LIMIT_UNKNOWN = 255, MAX_PACKET = 65535, SUM_BYTES = 4 };

static const uint8_t right_options[] = {58, 0, 5, 2, 0, 0, 1, 0};
static const struct addr right_source = {{0xfe, 0x80, [15] = 1}};

static void fix_envelope(struct packet *packet)
{
	packet->src = right_source;
	packet->hop_limit = 1;
	packet->hop_options = right_options;
	packet->hop_options_len = sizeof(right_options);
}

static void fix_checksum(const struct packet *packet, uint8_t *bytes)
{
	const uint8_t rest[8] = {0, 0, (uint8_t)(packet->len >> 8), (uint8_t)packet->len, 0, 0, 0, 58};
	uint64_t sum;
	uint16_t folded;

	if (packet->len < SUM_BYTES)
		return;
	bytes[2] = bytes[3] = 0;
	sum = checksum_add(0, packet->src.bytes, 16);
	sum = checksum_add(sum, packet->dst.bytes, 16);
	sum = checksum_add(sum, rest, sizeof(rest));
	folded = checksum_finish(checksum_add(sum, bytes, packet->len));
	bytes[2] = (uint8_t)(folded >> 8);
	bytes[3] = (uint8_t)folded;
}

static void examine_again(const struct gm_query *query)
{
	static uint8_t bytes[MAX_PACKET];
	struct packet packet = {.bytes = bytes, .dst = codecs[FAMILY_IPV6].query_destination(query)};
	struct gm_message again;

	packet.len = codecs[FAMILY_IPV6].encode_query(query, bytes, sizeof(bytes));
	must(packet.len > 0, "what fitted a packet fits again");
	fix_envelope(&packet);
	fix_checksum(&packet, bytes);
	must(examine(FAMILY_IPV6, &packet, &again), "our own query is accepted");
	must(again.kind == GM_QUERY, "our own query is one");
	examine_same_query(query, &again.query);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_of(data, size);
	struct packet packet = {0};
	struct gm_message message;
	uint8_t *bytes, *options;
	uint32_t mode = cursor_u8(&c);

	packet.src = cursor_addr(&c, 16);
	packet.dst = cursor_addr(&c, 16);
	packet.hop_limit = cursor_u8(&c);
	if (packet.hop_limit == HOP_LIMIT_UNKNOWN)
		packet.hop_limit = -1;
	packet.hop_options_len = cursor_u8(&c);
	if (c.overrun || c.left < packet.hop_options_len)
		return 0;
	options = examine_copy(c.at, packet.hop_options_len);
	packet.hop_options = options;
	cursor_skip(&c, packet.hop_options_len);
	packet.len = c.left;
	bytes = examine_copy(c.at, packet.len);
	packet.bytes = bytes;
	if (mode & MODE_FIX_ENVELOPE)
		fix_envelope(&packet);
	if (mode & MODE_FIX_CHECKSUM)
		fix_checksum(&packet, bytes);
	if (examine(FAMILY_IPV6, &packet, &message) && message.kind == GM_QUERY)
		examine_again(&message.query);
	free(bytes);
	free(options);
	return 0;
}
