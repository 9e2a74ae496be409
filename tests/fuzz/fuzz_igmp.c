/*
 * Any bytes as an IGMP packet. An input is a mode and the bytes from the IPv4
 * header on. Mode bit 0: lengths, protocol and checksum are put right first, so
 * that what stands behind those checks is reached.
 */
#include <stdlib.h>
#include <string.h>

#include "checksum.h"
#include "examine.h"

enum { MODE_FIX = 1, IP_BYTES = 20, SUM_BYTES = 4, MAX_PACKET = 65535 };

static void fix_checksum(uint8_t *message, size_t len)
{
	uint16_t sum;

	if (len < SUM_BYTES)
		return;
	message[2] = message[3] = 0;
	sum = checksum_finish(checksum_add(0, message, len));
	message[2] = (uint8_t)(sum >> 8);
	message[3] = (uint8_t)sum;
}

static void fix(uint8_t *bytes, size_t len)
{
	size_t header;

	if (len < IP_BYTES || len > MAX_PACKET)
		return;
	header = (bytes[0] & 0x0fu) * 4;
	bytes[0] = (uint8_t)(0x40 | (bytes[0] & 0x0f));
	bytes[2] = (uint8_t)(len >> 8);
	bytes[3] = (uint8_t)len;
	bytes[6] = bytes[7] = 0;
	bytes[9] = 2;
	if (header <= len)
		fix_checksum(bytes + header, len - header);
}

/* The query, encoded, behind an IP header of our own. */
static void examine_again(const struct gm_query *query)
{
	static uint8_t bytes[IP_BYTES + MAX_PACKET];
	struct packet packet = {.bytes = bytes};
	struct gm_message again;
	struct addr to = codecs[FAMILY_IPV4].query_destination(query);
	size_t len = codecs[FAMILY_IPV4].encode_query(query, bytes + IP_BYTES, MAX_PACKET - IP_BYTES);

	must(len > 0, "what fitted a packet fits again");
	packet.len = IP_BYTES + len;
	memcpy(bytes, (const uint8_t[]){0x45, 0, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 10, 0, 0, 1}, 16);
	bytes[2] = (uint8_t)(packet.len >> 8);
	bytes[3] = (uint8_t)packet.len;
	memcpy(bytes + 16, addr_wire(&to), 4);
	must(examine(FAMILY_IPV4, &packet, &again), "our own query is accepted");
	must(again.kind == GM_QUERY, "our own query is one");
	examine_same_query(query, &again.query);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gm_message message;
	struct packet packet = {0};
	uint8_t *bytes;

	if (size < 1)
		return 0;
	packet.len = size - 1;
	bytes = examine_copy(data + 1, packet.len);
	if (data[0] & MODE_FIX)
		fix(bytes, packet.len);
	packet.bytes = bytes;
	if (examine(FAMILY_IPV4, &packet, &message) && message.kind == GM_QUERY)
		examine_again(&message.query);
	free(bytes);
	return 0;
}
