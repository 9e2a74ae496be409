/* What is MLD's alone. */
#include <criterion/criterion.h>
#include <string.h>

#include "forge.h"

static const struct cast *const v6 = &casts[FAMILY_IPV6];
static const struct envelope plain;
static struct forged forged;
static struct decoded got;

static struct message forge_join(void)
{
	struct message m = forge_report(v6, 1);

	forge_record(&m, v6, GM_TO_EX, 0, 0, v6->group, 0, NULL);
	return m;
}

/* fe80::2 > ff02::16: ICMP6, multicast listener report v2, 1 group record [gaddr ff15::1 to_ex { }] */
static const uint8_t v2_report[] = {
	0x8f, 0x00, 0x6f, 0xf5, 0x00, 0x00, 0x00, 0x01, 0x04, 0x00, 0x00, 0x00,
	0xff, 0x15, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x01,
};
static const uint8_t hop_by_hop[] = {0x3a, 0x00, 0x05, 0x02, 0x00, 0x00, 0x01, 0x00};

Test(mld_decode, v2_report_byte_for_byte)
{
	forged.packet = (struct packet){
		.bytes = v2_report,
		.len = sizeof(v2_report),
		.src = addr_of("fe80::2"),
		.dst = addr_of("ff02::16"),
		.hop_limit = 1,
		.hop_options = hop_by_hop,
		.hop_options_len = sizeof(hop_by_hop),
	};
	decode(&got, v6, &forged);
	cr_assert_eq(got.refusal, GM_OK, "%s", gm_refusal_name(got.refusal));
	cr_assert_eq(got.message.protocol, GM_MLDV2);
	cr_assert_eq(got.message.n_records, 1);
	cr_assert_eq(got.records[0].type, GM_TO_EX);
	cr_assert(is(&got.records[0].group, "ff15::1"));
	cr_assert_eq(got.records[0].sources.count, 0);
}

Test(mld_encode, v2_query_byte_for_byte)
{
	static const uint8_t want[28] = {130, 0, 0, 0, 0x27, 0x10, 0, 0, [24] = 0x02, 0x7d};
	struct gm_query query = {
		.protocol = GM_MLDV2,
		.group = addr_unspecified[FAMILY_IPV6],
		.max_response = mspan_seconds(10),
		.interval = mspan_seconds(125),
		.robustness = 2,
	};
	uint8_t bytes[28];

	cr_assert_eq(codecs[FAMILY_IPV6].encode_query(&query, bytes, sizeof(bytes)), sizeof(want));
	cr_assert_eq(memcmp(bytes, want, sizeof(want)), 0, "without addresses there is no checksum");
}

/* As the forge has it, which shares no code with this. */
Test(mld_address, fills_in_the_checksum_whatever_was_there)
{
	struct gm_query query = {
		.protocol = GM_MLDV2,
		.group = addr_unspecified[FAMILY_IPV6],
		.max_response = mspan_seconds(10),
		.interval = mspan_seconds(125),
		.robustness = 2,
	};
	struct addr dst = codecs[FAMILY_IPV6].query_destination(&query);
	struct message m = {0};
	struct addr src;

	cr_assert(addr_parse("fe80::1", &src));
	m.len = codecs[FAMILY_IPV6].encode_query(&query, m.bytes, sizeof(m.bytes));
	forge_packet(&forged, v6, &m, (struct envelope){.src = "fe80::1", .dst = "ff02::1"});
	for (int again = 0; again < 2; again++) {
		codecs[FAMILY_IPV6].address(&src, &dst, m.bytes, m.len);
		cr_expect_arr_eq(m.bytes, forged.packet.bytes, m.len);
	}
}

Test(mld_decode, v2_query_codes_are_exponential)
{
	struct message m = forge_plain(v6, 130, 0x8001, NULL);

	forge_query_tail(&m, v6, 2, 0x80, 0, 0, NULL);
	forge_packet(&forged, v6, &m, plain);
	decode(&got, v6, &forged);
	cr_assert_eq(got.message.query.max_response.us, 32776000);
	cr_assert_eq(got.message.query.interval.us, 128000000);
}

/* MLD has no version whose code is always 0: that is a version 1 query which wants answers at once. */
Test(mld_decode, v1_query_with_code_0)
{
	struct message m = forge_plain(v6, 130, 0, NULL);

	forge_packet(&forged, v6, &m, plain);
	decode(&got, v6, &forged);
	cr_assert_eq(got.refusal, GM_OK);
	cr_assert_eq(got.message.protocol, GM_MLDV1);
	cr_assert_eq(got.message.query.max_response.us, 0);
}

Test(mld_decode, hop_limit)
{
	struct message query = forge_plain(v6, 130, 100, NULL);
	struct message report = forge_join();
	struct message leave = forge_plain(v6, 132, 0, v6->group);
	const struct message *all[] = {&query, &report, &leave};

	for (size_t i = 0; i < 3; i++) {
		cr_assert_eq(refusal_of(v6, all[i], (struct envelope){.dst = v6->all_systems, .ttl = 2}), GM_BAD_TTL);
		cr_assert_eq(refusal_of(v6, all[i], (struct envelope){.dst = v6->all_systems, .ttl = -1}), GM_BAD_TTL,
			     "an unknown hop limit is no 1");
		forge_packet(&forged, v6, all[i], plain);
		forged.packet.hop_limit = 0;
		decode(&got, v6, &forged);
		cr_assert_eq(got.refusal, GM_BAD_TTL);
	}
}

Test(mld_decode, missing_router_alert)
{
	struct message query = forge_plain(v6, 130, 100, NULL);
	struct message report = forge_join();

	cr_assert_eq(refusal_of(v6, &query, (struct envelope){.no_router_alert = true}), GM_NO_ROUTER_ALERT);
	cr_assert_eq(refusal_of(v6, &report, (struct envelope){.no_router_alert = true}), GM_NO_ROUTER_ALERT);
}

static enum gm_refusal with_hop_options(const uint8_t *bytes, size_t len)
{
	struct message m = forge_join();

	forge_packet(&forged, v6, &m, plain);
	forged.packet.hop_options = bytes;
	forged.packet.hop_options_len = len;
	decode(&got, v6, &forged);
	return got.refusal;
}

Test(mld_decode, hop_options_with_padding_around)
{
	static const uint8_t pad1[] = {58, 0, 0, 0, 5, 2, 0, 0};
	static const uint8_t padn[] = {58, 1, 1, 4, 9, 9, 9, 9, 0, 1, 0, 5, 2, 0, 0, 0};
	static const uint8_t other_first[] = {58, 1, 0x1e, 2, 5, 2, 0, 5, 2, 0, 0, 1, 2, 0, 0, 0};

	cr_assert_eq(with_hop_options(pad1, sizeof(pad1)), GM_OK);
	cr_assert_eq(with_hop_options(padn, sizeof(padn)), GM_OK);
	cr_assert_eq(with_hop_options(other_first, sizeof(other_first)), GM_OK);
}

Test(mld_decode, hop_options_that_are_none)
{
	static const uint8_t other_value[] = {58, 0, 5, 2, 0, 1, 1, 0};
	static const uint8_t other_length[] = {58, 0, 5, 3, 0, 0, 0, 0};
	static const uint8_t hidden[] = {58, 0, 1, 4, 5, 2, 0, 0};
	static const uint8_t longer_than_it_is[] = {58, 1, 5, 2, 0, 0, 1, 0};
	static const uint8_t behind_its_end[] = {58, 0, 1, 4, 0, 0, 0, 0, 5, 2, 0, 0, 1, 2, 0, 0};

	cr_assert_eq(with_hop_options(other_value, 8), GM_NO_ROUTER_ALERT);
	cr_assert_eq(with_hop_options(other_length, 8), GM_NO_ROUTER_ALERT);
	cr_assert_eq(with_hop_options(hidden, 8), GM_NO_ROUTER_ALERT);
	cr_assert_eq(with_hop_options(longer_than_it_is, 8), GM_NO_ROUTER_ALERT);
	cr_assert_eq(with_hop_options(behind_its_end, 16), GM_NO_ROUTER_ALERT);
	cr_assert_eq(with_hop_options(NULL, 8), GM_NO_ROUTER_ALERT);
	for (size_t len = 0; len < sizeof(hop_by_hop); len++)
		cr_assert_eq(with_hop_options(hop_by_hop, len), GM_NO_ROUTER_ALERT, "%zu", len);
}

Test(mld_decode, sources)
{
	struct message query = forge_plain(v6, 130, 100, NULL);
	struct message report = forge_join();
	struct message old_report = forge_plain(v6, 131, 0, v6->group);
	struct message leave = forge_plain(v6, 132, 0, v6->group);
	static const struct {
		const char *src;
		enum gm_refusal report, query;
	} cases[] = {
		{"fe80::1", GM_OK, GM_OK},
		{"febf::1", GM_OK, GM_OK},
		{"::", GM_OK, GM_BAD_SOURCE},
		{"fec0::1", GM_BAD_SOURCE, GM_BAD_SOURCE},
		{"2001:db8::1", GM_BAD_SOURCE, GM_BAD_SOURCE},
		{"::1", GM_BAD_SOURCE, GM_BAD_SOURCE},
		{"ff02::1", GM_BAD_SOURCE, GM_BAD_SOURCE},
		{"::ffff:169.254.1.1", GM_BAD_SOURCE, GM_BAD_SOURCE},
		{"::ffff:0.0.0.0", GM_BAD_SOURCE, GM_BAD_SOURCE},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct envelope e = {.src = cases[i].src};
		struct envelope to_routers = {.src = cases[i].src, .dst = v6->all_routers};

		cr_assert_eq(refusal_of(v6, &query, e), cases[i].query, "%s", e.src);
		cr_assert_eq(refusal_of(v6, &report, e), cases[i].report, "%s", e.src);
		cr_assert_eq(refusal_of(v6, &old_report, e), cases[i].report, "%s", e.src);
		cr_assert_eq(refusal_of(v6, &leave, to_routers), cases[i].report, "%s", e.src);
	}
}

Test(mld_decode, checksum_covers_the_addresses)
{
	struct message m = forge_join();

	forge_packet(&forged, v6, &m, plain);
	forged.packet.src.bytes[15] ^= 1;
	decode(&got, v6, &forged);
	cr_assert_eq(got.refusal, GM_BAD_CHECKSUM);
	forge_packet(&forged, v6, &m, plain);
	forged.packet.dst.bytes[15] ^= 1;
	decode(&got, v6, &forged);
	cr_assert_eq(got.refusal, GM_BAD_CHECKSUM);
}

/* Zero bytes do not change a sum, but the pseudo-header's length does. */
Test(mld_decode, checksum_covers_the_length)
{
	struct message m = forge_join();

	forge_packet(&forged, v6, &m, plain);
	forged.packet.len += 2;
	decode(&got, v6, &forged);
	cr_assert_eq(got.refusal, GM_BAD_CHECKSUM);
}

Test(mld_decode, shorter_than_a_header)
{
	struct message m = forge_join();

	for (m.len = 0; m.len < 4; m.len++)
		cr_assert_eq(refusal_of(v6, &m, plain), GM_SHORT);
	forged.packet = (struct packet){.bytes = NULL};
	decode(&got, v6, &forged);
	cr_assert_eq(got.refusal, GM_SHORT);
}

Test(mld_decode, longer_than_a_packet)
{
	struct message m = forge_join();

	m.len = 65535;
	cr_assert_eq(refusal_of(v6, &m, plain), GM_OK);
	m.len = 65536;
	cr_assert_eq(refusal_of(v6, &m, plain), GM_BAD_LENGTH);
}

Test(mld_decode, addresses_are_told_even_of_refused_packets)
{
	struct message m = forge_join();

	forge_packet(&forged, v6, &m, (struct envelope){.bad_checksum = true});
	decode(&got, v6, &forged);
	cr_assert(is(&got.info.src, v6->host));
	cr_assert(is(&got.info.dst, v6->report_to));
}
