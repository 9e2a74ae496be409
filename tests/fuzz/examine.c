#include "examine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void must(bool truth, const char *what)
{
	if (truth)
		return;
	fprintf(stderr, "does not hold: %s\n", what);
	abort();
}

uint8_t *examine_copy(const uint8_t *bytes, size_t len)
{
	uint8_t *copied;

	if (len == 0)
		return NULL;
	copied = malloc(len);
	must(copied != NULL, "memory");
	memcpy(copied, bytes, len);
	return copied;
}

static void examine_span(const struct packet *packet, const struct addrspan *span, size_t width)
{
	size_t bytes = (size_t)span->count * width;

	if (span->count == 0)
		return;
	must(span->width == width, "a span has the width of its family");
	must(span->bytes >= packet->bytes, "a span begins in the packet");
	must(bytes <= packet->len && (size_t)(span->bytes - packet->bytes) <= packet->len - bytes,
	     "a span ends in the packet");
}

static void examine_record(enum family family, const struct packet *packet, const struct gm_record *record)
{
	must(record->type >= GM_IS_IN && record->type < GM_RECORD_TYPES, "a record has a type");
	must(addr_family(&record->group) == family, "a group is of the packet's family");
	must(addr_is_multicast(&record->group), "a group is multicast");
	examine_span(packet, &record->sources, addr_wire_bytes(&record->group));
	for (size_t i = 0; i < record->sources.count; i++) {
		struct addr source = addrspan_get(&record->sources, i);

		must(addr_family(&source) == family, "a source is of the packet's family");
		must(!addr_is_multicast(&source) && !addr_is_unspecified(&source), "somebody can have that source");
	}
}

static void examine_query(enum family family, const struct packet *packet, const struct gm_query *query)
{
	must(query->protocol < GM_PROTOCOLS, "a query has a protocol");
	must(addr_family(&query->group) == family, "a query's group is of the packet's family");
	must(query->robustness <= 7, "QRV has three bits");
	must(query->max_response.us >= 0 && query->interval.us >= 0, "times do not run back");
	examine_span(packet, &query->sources, addr_wire_bytes(&query->group));
	if (gm_query_kind(query) == GM_QUERY_GENERAL)
		must(query->sources.count == 0, "a general query has no sources");
	else
		must(addr_is_multicast(&query->group), "a query's group is multicast");
}

bool examine(enum family family, const struct packet *packet, struct gm_message *message)
{
	static struct gm_record records[GM_MAX_RECORDS];
	struct packet_info info;
	enum gm_refusal refusal;

	memset(&info, 0xa5, sizeof(info));
	memset(message, 0xa5, sizeof(*message));
	refusal = codecs[family].decode(packet, records, message, &info);
	must(refusal < GM_REFUSALS, "a refusal has a name");
	/* Of an IP header that is cut off nothing is told (codec.h). */
	if (family == FAMILY_IPV4 && refusal != GM_SHORT)
		must(addr_family(&info.src) == family && addr_family(&info.dst) == family, "addresses are told");
	if (refusal != GM_OK)
		return false;
	must(message->kind <= GM_LEAVE && message->protocol < GM_PROTOCOLS, "a message has a kind and a protocol");
	if (message->kind == GM_QUERY) {
		must(message->n_records == 0, "a query has no records");
		examine_query(family, packet, &message->query);
		return true;
	}
	must(message->n_records <= GM_MAX_RECORDS, "records fit their array");
	must(message->kind == GM_REPORT || message->n_records == 1, "a leave is one record");
	for (size_t i = 0; i < message->n_records; i++)
		examine_record(family, packet, &message->records[i]);
	return true;
}

/* Encoding never says less than one unit, so a time of 0 comes back longer; every other is one that the codes know. */
static bool same_time(struct mspan received, struct mspan again)
{
	return received.us == again.us || received.us == 0;
}

void examine_same_query(const struct gm_query *received, const struct gm_query *again)
{
	must(received->protocol == again->protocol, "the protocol comes back");
	must(addr_equal(&received->group, &again->group), "the group comes back");
	must(same_time(received->max_response, again->max_response), "the response time comes back");
	must(same_time(received->interval, again->interval), "the interval comes back");
	must(received->robustness == again->robustness, "the robustness comes back");
	must(received->suppress == again->suppress, "the S flag comes back");
	must(received->sources.count == again->sources.count, "the number of sources comes back");
	for (size_t i = 0; i < received->sources.count; i++) {
		struct addr a = addrspan_get(&received->sources, i);
		struct addr b = addrspan_get(&again->sources, i);

		must(addr_equal(&a, &b), "every source comes back");
	}
}
