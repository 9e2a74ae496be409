/* What is IGMP's alone. Packets as they were seen on real links, and as nobody should send them. */
#include <criterion/criterion.h>
#include <string.h>

#include "forge.h"

static const struct cast *const v4 = &casts[FAMILY_IPV4];
static const struct envelope plain;
static struct forged forged;
static struct decoded got;

static void decode_bytes(const uint8_t *bytes, size_t len)
{
	memset(&forged, 0, sizeof(forged));
	memcpy(forged.bytes, bytes, len);
	forged.packet.bytes = forged.bytes;
	forged.packet.len = len;
	decode(&got, v4, &forged);
}

static struct message forge_join(void)
{
	struct message m = forge_report(v4, 1);

	forge_record(&m, v4, GM_TO_EX, 0, 0, v4->group, 0, NULL);
	return m;
}

/* 10.0.0.2 > 224.0.0.22: igmp v3 report, 1 group record [gaddr 239.1.2.3 allow { 192.0.2.1 192.0.2.2 }] */
static const uint8_t v3_report[] = {
	0x46, 0xc0, 0x00, 0x30, 0x00, 0x00, 0x40, 0x00, 0x01, 0x02, 0xf9, 0xef,
	0x0a, 0x00, 0x00, 0x02, 0xe0, 0x00, 0x00, 0x16, 0x94, 0x04, 0x00, 0x00,
	0x22, 0x00, 0x63, 0xf3, 0x00, 0x00, 0x00, 0x01, 0x05, 0x00, 0x00, 0x02,
	0xef, 0x01, 0x02, 0x03, 0xc0, 0x00, 0x02, 0x01, 0xc0, 0x00, 0x02, 0x02,
};

Test(igmp_decode, v3_report_byte_for_byte)
{
	struct addr source;

	decode_bytes(v3_report, sizeof(v3_report));
	cr_assert_eq(got.refusal, GM_OK, "%s", gm_refusal_name(got.refusal));
	cr_assert_eq(got.message.kind, GM_REPORT);
	cr_assert_eq(got.message.protocol, GM_IGMPV3);
	cr_assert_eq(got.message.n_records, 1);
	cr_assert_eq(got.message.records, got.records);
	cr_assert_eq(got.records[0].type, GM_ALLOW);
	cr_assert(is(&got.records[0].group, "239.1.2.3"));
	cr_assert_eq(got.records[0].sources.count, 2);
	cr_assert_eq(got.records[0].sources.bytes, forged.bytes + 40, "the sources stay in the packet");
	source = addrspan_get(&got.records[0].sources, 1);
	cr_assert(is(&source, "192.0.2.2"));
	cr_assert(is(&got.info.src, "10.0.0.2"));
	cr_assert(is(&got.info.dst, "224.0.0.22"));
}

/* 10.0.0.1 > 224.0.0.1: igmp query v3 [max resp time 10 s], QRV 2, QQIC 125 */
static const uint8_t v3_query[] = {
	0x46, 0xc0, 0x00, 0x24, 0x00, 0x00, 0x40, 0x00, 0x01, 0x02, 0xfa, 0x11,
	0x0a, 0x00, 0x00, 0x01, 0xe0, 0x00, 0x00, 0x01, 0x94, 0x04, 0x00, 0x00,
	0x11, 0x64, 0xec, 0x1e, 0x00, 0x00, 0x00, 0x00, 0x02, 0x7d, 0x00, 0x00,
};

Test(igmp_decode, v3_query_byte_for_byte)
{
	decode_bytes(v3_query, sizeof(v3_query));
	cr_assert_eq(got.refusal, GM_OK, "%s", gm_refusal_name(got.refusal));
	cr_assert_eq(got.message.kind, GM_QUERY);
	cr_assert_eq(got.message.protocol, GM_IGMPV3);
	cr_assert_eq(got.message.query.max_response.us, 10000000);
	cr_assert_eq(got.message.query.interval.us, 125000000);
	cr_assert_eq(got.message.query.robustness, 2);
}

Test(igmp_encode, v3_query_byte_for_byte)
{
	struct gm_query query = {
		.protocol = GM_IGMPV3,
		.group = addr_unspecified[FAMILY_IPV4],
		.max_response = mspan_seconds(10),
		.interval = mspan_seconds(125),
		.robustness = 2,
	};
	uint8_t bytes[12];

	cr_assert_eq(codecs[FAMILY_IPV4].encode_query(&query, bytes, sizeof(bytes)), sizeof(bytes));
	cr_assert_eq(memcmp(bytes, v3_query + 24, sizeof(bytes)), 0);
}

Test(igmp_decode, v1_query)
{
	struct message m = forge_plain(v4, 0x11, 0, NULL);

	forge_packet(&forged, v4, &m, (struct envelope){.no_router_alert = true});
	decode(&got, v4, &forged);
	cr_assert_eq(got.refusal, GM_OK);
	cr_assert_eq(got.message.protocol, GM_IGMPV1);
	cr_assert_eq(got.message.query.max_response.us, 10000000);
	cr_assert_not(got.info.no_router_alert, "version 1 has no such option");
}

Test(igmp_decode, v1_query_group_is_ignored)
{
	struct message m = forge_plain(v4, 0x11, 0, "10.1.1.1");

	forge_packet(&forged, v4, &m, plain);
	decode(&got, v4, &forged);
	cr_assert_eq(got.refusal, GM_OK);
	cr_assert_eq(gm_query_kind(&got.message.query), GM_QUERY_GENERAL);
	cr_assert_eq(refusal_of(v4, &m, (struct envelope){.dst = "10.1.1.1"}), GM_BAD_DESTINATION);
}

Test(igmp_decode, v3_query_with_code_0_is_no_v1_query)
{
	struct message m = forge_plain(v4, 0x11, 0, NULL);

	forge_query_tail(&m, v4, 2, 125, 0, 0, NULL);
	forge_packet(&forged, v4, &m, plain);
	decode(&got, v4, &forged);
	cr_assert_eq(got.message.protocol, GM_IGMPV3);
	cr_assert_eq(got.message.query.max_response.us, 0);
}

Test(igmp_decode, v3_query_codes_are_exponential)
{
	struct message m = forge_plain(v4, 0x11, 0x8f, NULL);

	forge_query_tail(&m, v4, 2, 0x80, 0, 0, NULL);
	forge_packet(&forged, v4, &m, plain);
	decode(&got, v4, &forged);
	cr_assert_eq(got.message.query.max_response.us, 24800000);
	cr_assert_eq(got.message.query.interval.us, 128000000);
}

Test(igmp_decode, v1_report)
{
	struct message m = forge_plain(v4, 0x12, 0, v4->group);

	forge_packet(&forged, v4, &m, (struct envelope){.no_router_alert = true});
	decode(&got, v4, &forged);
	cr_assert_eq(got.refusal, GM_OK);
	cr_assert_eq(got.message.protocol, GM_IGMPV1);
	cr_assert_eq(got.message.records[0].type, GM_IS_EX);
	cr_assert_not(got.info.no_router_alert);
}

Test(igmp_encode, v1_query_is_all_zero_but_type_and_checksum)
{
	static const uint8_t want[8] = {0x11, 0, 0xee, 0xff};
	struct gm_query query = {
		.protocol = GM_IGMPV1,
		.group = addr_of("239.1.1.1"),
		.max_response = mspan_seconds(3),
	};
	uint8_t bytes[8];
	struct addr to = codecs[FAMILY_IPV4].query_destination(&query);

	cr_assert_eq(codecs[FAMILY_IPV4].encode_query(&query, bytes, sizeof(bytes)), sizeof(want));
	cr_assert_eq(memcmp(bytes, want, sizeof(want)), 0);
	cr_assert(is(&to, "224.0.0.1"));
}

/* Code 0 would make a version 1 query of it. */
Test(igmp_encode, v2_query_has_never_code_0)
{
	struct gm_query query = {.protocol = GM_IGMPV2, .group = addr_unspecified[FAMILY_IPV4]};
	uint8_t bytes[8];

	codecs[FAMILY_IPV4].encode_query(&query, bytes, sizeof(bytes));
	cr_assert_eq(bytes[1], 1);
}

Test(igmp_decode, missing_router_alert_is_told)
{
	struct message m = forge_join();
	struct message query = forge_plain(v4, 0x11, 100, NULL);

	forge_packet(&forged, v4, &m, (struct envelope){.no_router_alert = true});
	decode(&got, v4, &forged);
	cr_assert_eq(got.refusal, GM_OK);
	cr_assert(got.info.no_router_alert);
	forge_packet(&forged, v4, &query, (struct envelope){.no_router_alert = true});
	decode(&got, v4, &forged);
	cr_assert_eq(got.refusal, GM_OK);
	cr_assert(got.info.no_router_alert);
}

Test(igmp_decode, other_ttl_of_reports_and_leaves_is_told)
{
	struct message report = forge_join();
	struct message leave = forge_plain(v4, 0x17, 0, v4->group);

	forge_packet(&forged, v4, &report, (struct envelope){.ttl = 64});
	decode(&got, v4, &forged);
	cr_assert_eq(got.refusal, GM_OK);
	cr_assert(got.info.ttl_not_one);
	forge_packet(&forged, v4, &leave, (struct envelope){.ttl = 2, .dst = "224.0.0.2"});
	decode(&got, v4, &forged);
	cr_assert_eq(got.refusal, GM_OK);
	cr_assert(got.info.ttl_not_one);
}

Test(igmp_decode, ttl_0)
{
	struct message report = forge_join();
	struct message query = forge_plain(v4, 0x11, 100, NULL);

	forge_packet(&forged, v4, &report, plain);
	forged.bytes[8] = 0;
	decode(&got, v4, &forged);
	cr_assert_eq(got.refusal, GM_OK);
	cr_assert(got.info.ttl_not_one);
	forge_packet(&forged, v4, &query, plain);
	forged.bytes[8] = 0;
	decode(&got, v4, &forged);
	cr_assert_eq(got.refusal, GM_BAD_TTL);
}

Test(igmp_decode, sources)
{
	struct message report = forge_join();
	struct message query = forge_plain(v4, 0x11, 100, NULL);
	static const struct {
		const char *src;
		enum gm_refusal refusal;
	} cases[] = {
		{"0.0.0.0", GM_OK},
		{"10.0.0.1", GM_OK},
		{"169.254.1.1", GM_OK},
		{"127.0.0.1", GM_BAD_SOURCE},
		{"224.0.0.1", GM_BAD_SOURCE},
		{"239.255.255.255", GM_BAD_SOURCE},
		{"255.255.255.255", GM_BAD_SOURCE},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cr_assert_eq(refusal_of(v4, &report, (struct envelope){.src = cases[i].src}), cases[i].refusal);
		cr_assert_eq(refusal_of(v4, &query, (struct envelope){.src = cases[i].src}), cases[i].refusal);
	}
}

Test(igmp_ip_header, cut_at_every_byte)
{
	struct message m = forge_join();
	size_t len;

	forge_packet(&forged, v4, &m, plain);
	len = forged.packet.len;
	for (size_t i = 0; i < len; i++) {
		forged.packet.len = i;
		decode(&got, v4, &forged);
		cr_assert_eq(got.refusal, GM_SHORT, "%zu", i);
	}
}

Test(igmp_ip_header, no_bytes_at_all)
{
	forged.packet = (struct packet){.bytes = NULL, .len = 0};
	decode(&got, v4, &forged);
	cr_assert_eq(got.refusal, GM_SHORT);
}

Test(igmp_ip_header, padding_behind_total_length)
{
	struct message m = forge_join();

	forge_packet(&forged, v4, &m, plain);
	memset(forged.bytes + forged.packet.len, 0x77, 60);
	forged.packet.len += 13;
	decode(&got, v4, &forged);
	cr_assert_eq(got.refusal, GM_OK);
	cr_assert_eq(got.message.n_records, 1);
}

Test(igmp_ip_header, total_length_of_what_was_not_received)
{
	struct message m = forge_join();

	forge_packet(&forged, v4, &m, plain);
	forged.bytes[3]++;
	decode(&got, v4, &forged);
	cr_assert_eq(got.refusal, GM_SHORT);
	cr_assert(is(&got.info.src, v4->host));
	forged.bytes[2] = 0xff;
	decode(&got, v4, &forged);
	cr_assert_eq(got.refusal, GM_SHORT);
}

Test(igmp_ip_header, total_length_below_header_length)
{
	struct message m = forge_join();

	forge_packet(&forged, v4, &m, plain);
	forged.bytes[3] = 23;
	decode(&got, v4, &forged);
	cr_assert_eq(got.refusal, GM_BAD_LENGTH);
	forged.bytes[3] = 0;
	decode(&got, v4, &forged);
	cr_assert_eq(got.refusal, GM_BAD_LENGTH);
	forged.bytes[3] = 24; /* a header alone */
	decode(&got, v4, &forged);
	cr_assert_eq(got.refusal, GM_SHORT);
}

Test(igmp_ip_header, every_version_and_header_length)
{
	struct message m = forge_join();

	for (unsigned int first = 0; first < 256; first++) {
		enum gm_refusal want = GM_SHORT;

		forge_packet(&forged, v4, &m, plain);
		forged.bytes[0] = (uint8_t)first;
		decode(&got, v4, &forged);
		if (first >> 4 == 4 && first != 0x46)
			cr_assert_neq(got.refusal, GM_OK, "%#x", first);
		if (first >> 4 == 4 && (first & 15) < 5)
			want = GM_BAD_LENGTH;
		else if (first >> 4 == 4)
			continue;
		cr_assert_eq(got.refusal, want, "%#x", first);
	}
}

Test(igmp_ip_header, fragments)
{
	struct message m = forge_join();

	for (unsigned int bit = 0; bit < 16; bit++) {
		forge_packet(&forged, v4, &m, plain);
		forged.bytes[6] = (uint8_t)(1u << bit >> 8);
		forged.bytes[7] = (uint8_t)(1u << bit);
		decode(&got, v4, &forged);
		/* Bit 15 is reserved, bit 14 says "don't fragment"; the rest makes a fragment of it. */
		cr_assert_eq(got.refusal, bit >= 14 ? GM_OK : GM_BAD_LENGTH, "%u", bit);
	}
}

Test(igmp_ip_header, other_protocols)
{
	struct message m = forge_join();

	forge_packet(&forged, v4, &m, plain);
	forged.bytes[9] = 17;
	decode(&got, v4, &forged);
	cr_assert_eq(got.refusal, GM_UNKNOWN_TYPE);
}

Test(igmp_ip_header, malformed_options_hold_no_router_alert)
{
	static const uint8_t options[][4] = {
		{148, 4, 0, 1}, {148, 3, 0, 0}, {148, 5, 0, 0}, {148, 0, 0, 0},
		{0, 148, 4, 0}, {7, 255, 0, 0}, {1, 1, 1, 148},
	};
	struct message m = forge_join();

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		forge_packet(&forged, v4, &m, plain);
		memcpy(forged.bytes + 20, options[i], 4);
		decode(&got, v4, &forged);
		cr_assert_eq(got.refusal, GM_OK);
		cr_assert(got.info.no_router_alert, "%zu", i);
	}
}
