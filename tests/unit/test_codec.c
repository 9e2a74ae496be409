/* What IGMP and MLD must do alike: every test runs for both, from one row each. */
#include <criterion/criterion.h>

#include "forge.h"

#define FOR_BOTH(cast) for (const struct cast *cast = casts; cast < casts + FAMILY_COUNT; cast++)

static struct forged forged;
static struct decoded got;

static void decode_message(const struct cast *cast, const struct message *m, struct envelope e)
{
	forge_packet(&forged, cast, m, e);
	decode(&got, cast, &forged);
}

static enum gm_protocol protocol_of(const struct cast *cast, enum gm_generation generation)
{
	return gm_protos[cast->family].by_generation[generation];
}

#define assert_refused(cast, m, e, why)                                                                        \
	do {                                                                                                   \
		enum gm_refusal refused_ = refusal_of(cast, m, e);                                             \
		cr_assert_eq(refused_, why, "%s: %s instead of %s", family_name((cast)->family),               \
			     gm_refusal_name(refused_), gm_refusal_name(why));                                 \
	} while (0)

#define assert_accepted() cr_assert_eq(got.refusal, GM_OK, "%s", gm_refusal_name(got.refusal))

static const struct envelope plain;

Test(codec_decode, plain_report_is_one_is_ex_record)
{
	FOR_BOTH(cast) {
		struct message m = forge_plain(cast, cast->report, 0, cast->group);

		decode_message(cast, &m, (struct envelope){.dst = cast->group});
		assert_accepted();
		cr_assert_eq(got.message.kind, GM_REPORT);
		cr_assert_eq(got.message.protocol, protocol_of(cast, GM_GENERATION_2));
		cr_assert_eq(got.message.n_records, 1);
		cr_assert_eq(got.message.records[0].type, GM_IS_EX);
		cr_assert(is(&got.message.records[0].group, cast->group));
		cr_assert_eq(got.message.records[0].sources.count, 0);
		cr_assert(is(&got.info.src, cast->host));
		cr_assert(is(&got.info.dst, cast->group));
		cr_assert_not(got.info.ttl_not_one);
		cr_assert_not(got.info.no_router_alert);
		cr_assert_eq(got.info.unknown_records, 0);
		cr_assert_eq(got.info.bad_source_records, 0);
	}
}

Test(codec_decode, leave_is_one_to_in_record)
{
	FOR_BOTH(cast) {
		struct message m = forge_plain(cast, cast->leave, 0, cast->group);

		decode_message(cast, &m, (struct envelope){.dst = cast->all_routers});
		assert_accepted();
		cr_assert_eq(got.message.kind, GM_LEAVE);
		cr_assert_eq(got.message.protocol, protocol_of(cast, GM_GENERATION_2));
		cr_assert_eq(got.message.n_records, 1);
		cr_assert_eq(got.message.records[0].type, GM_TO_IN);
		cr_assert(is(&got.message.records[0].group, cast->group));
		cr_assert_eq(got.message.records[0].sources.count, 0);
	}
}

Test(codec_decode, leave_to_routers_or_group_only)
{
	FOR_BOTH(cast) {
		struct message m = forge_plain(cast, cast->leave, 0, cast->group);

		assert_refused(cast, &m, ((struct envelope){.dst = cast->all_routers}), GM_OK);
		assert_refused(cast, &m, ((struct envelope){.dst = cast->group}), GM_OK);
		assert_refused(cast, &m, ((struct envelope){.dst = cast->all_systems}), GM_BAD_DESTINATION);
		assert_refused(cast, &m, ((struct envelope){.dst = cast->unicast}), GM_BAD_DESTINATION);
	}
}

Test(codec_decode, plain_report_to_any_destination)
{
	FOR_BOTH(cast) {
		struct message m = forge_plain(cast, cast->report, 0, cast->group);

		assert_refused(cast, &m, ((struct envelope){.dst = cast->group}), GM_OK);
		assert_refused(cast, &m, ((struct envelope){.dst = cast->all_systems}), GM_OK);
		assert_refused(cast, &m, ((struct envelope){.dst = cast->unicast}), GM_OK);
	}
}

Test(codec_decode, plain_report_with_trailing_bytes)
{
	FOR_BOTH(cast) {
		struct message m = forge_plain(cast, cast->report, 0, cast->group);

		for (int i = 0; i < 7; i++) {
			put8(&m, 0xdd);
			assert_refused(cast, &m, plain, GM_OK);
		}
	}
}

Test(codec_decode, plain_messages_one_byte_short)
{
	FOR_BOTH(cast) {
		const uint8_t types[] = {cast->query, cast->report, cast->leave};

		for (size_t i = 0; i < 3; i++) {
			struct message m = forge_plain(cast, types[i], 10, cast->group);

			m.len--;
			assert_refused(cast, &m, plain, GM_SHORT);
			m.len = 4;
			assert_refused(cast, &m, plain, GM_SHORT);
		}
	}
}

Test(codec_decode, plain_messages_for_what_is_no_group)
{
	FOR_BOTH(cast) {
		const uint8_t types[] = {cast->report, cast->leave};

		for (size_t i = 0; i < 4; i++) {
			struct message m = forge_plain(cast, types[i % 2], 0, cast->no_group[i / 2]);

			assert_refused(cast, &m, ((struct envelope){.dst = cast->all_routers}), GM_BAD_GROUP);
		}
	}
}

Test(codec_decode, general_query_of_generation_2)
{
	FOR_BOTH(cast) {
		struct message m = forge_plain(cast, cast->query, 100, NULL);

		decode_message(cast, &m, (struct envelope){.src = cast->querier});
		assert_accepted();
		cr_assert_eq(got.message.kind, GM_QUERY);
		cr_assert_eq(got.message.protocol, protocol_of(cast, GM_GENERATION_2));
		cr_assert_eq(got.message.query.protocol, got.message.protocol);
		cr_assert_eq(got.message.n_records, 0);
		cr_assert(addr_equal(&got.message.query.group, &addr_unspecified[cast->family]));
		cr_assert_eq(gm_query_kind(&got.message.query), GM_QUERY_GENERAL);
		cr_assert_eq(got.message.query.max_response.us, cast->family == FAMILY_IPV4 ? 10000000 : 100000);
		cr_assert_eq(got.message.query.interval.us, 0);
		cr_assert_eq(got.message.query.robustness, 0);
		cr_assert_not(got.message.query.suppress);
		cr_assert(got.message.query.to_group);
	}
}

Test(codec_decode, query_of_generation_2_says_its_time_plainly)
{
	FOR_BOTH(cast) {
		unsigned int largest = cast->family == FAMILY_IPV4 ? 255 : 65535;
		struct message m = forge_plain(cast, cast->query, largest, cast->group);

		decode_message(cast, &m, (struct envelope){.dst = cast->group});
		assert_accepted();
		cr_assert_eq(mspan_to_ms(got.message.query.max_response), cast->family == FAMILY_IPV4 ? 25500 : 65535);
		cr_assert_eq(gm_query_kind(&got.message.query), GM_QUERY_GROUP);
	}
}

Test(codec_decode, general_query_of_generation_3)
{
	FOR_BOTH(cast) {
		struct message m = forge_plain(cast, cast->query, 100, NULL);

		forge_query_tail(&m, cast, 0x02, 125, 0, 0, NULL);
		decode_message(cast, &m, (struct envelope){.src = cast->querier});
		assert_accepted();
		cr_assert_eq(got.message.protocol, protocol_of(cast, GM_GENERATION_3));
		cr_assert_eq(gm_query_kind(&got.message.query), GM_QUERY_GENERAL);
		cr_assert_eq(got.message.query.robustness, 2);
		cr_assert_eq(got.message.query.interval.us, 125000000);
		cr_assert_not(got.message.query.suppress);
	}
}

Test(codec_decode, source_query_with_everything_set)
{
	FOR_BOTH(cast) {
		struct message m = forge_plain(cast, cast->query, 1, cast->group);

		/* Reserved flags are ignored, S is bit 3, QRV the three lowest; QQIC 0xff is 31 << 10 seconds. */
		forge_query_tail(&m, cast, 0xff, 0xff, 3, 3, cast->source);
		put16(&m, 0xdddd); /* additional data (RFC 9776 section 4.1.10) */
		decode_message(cast, &m, (struct envelope){.dst = cast->group});
		assert_accepted();
		cr_assert_eq(gm_query_kind(&got.message.query), GM_QUERY_GROUP_SOURCE);
		cr_assert(got.message.query.suppress);
		cr_assert_eq(got.message.query.robustness, 7);
		cr_assert_eq(got.message.query.interval.us, INT64_C(31744000000));
		cr_assert_eq(got.message.query.sources.count, 3);
		for (size_t i = 0; i < 3; i++) {
			struct addr source = addrspan_get(&got.message.query.sources, i);

			cr_assert(is(&source, cast->source[i]));
		}
	}
}

Test(codec_decode, query_with_more_sources_than_bytes)
{
	FOR_BOTH(cast) {
		for (unsigned int more = 1; more < 65536; more *= 16) {
			struct message m = forge_plain(cast, cast->query, 1, cast->group);

			forge_query_tail(&m, cast, 0, 125, 3 + more, 3, cast->source);
			assert_refused(cast, &m, plain, GM_BAD_RECORD);
		}
	}
}

Test(codec_decode, query_lengths_between_the_generations)
{
	FOR_BOTH(cast) {
		struct message m = forge_plain(cast, cast->query, 100, NULL);

		for (int i = 1; i < 4; i++) {
			put8(&m, 0);
			assert_refused(cast, &m, plain, GM_BAD_LENGTH);
		}
		put8(&m, 0);
		assert_refused(cast, &m, plain, GM_OK);
	}
}

Test(codec_decode, general_query_to_all_systems_only)
{
	FOR_BOTH(cast) {
		struct message m = forge_plain(cast, cast->query, 100, NULL);

		assert_refused(cast, &m, ((struct envelope){.dst = cast->unicast}), GM_BAD_DESTINATION);
		assert_refused(cast, &m, ((struct envelope){.dst = cast->group}), GM_BAD_DESTINATION);
		forge_query_tail(&m, cast, 2, 125, 0, 0, NULL);
		assert_refused(cast, &m, ((struct envelope){.dst = cast->unicast}), GM_BAD_DESTINATION);
		assert_refused(cast, &m, ((struct envelope){.dst = cast->all_routers}), GM_BAD_DESTINATION);
	}
}

Test(codec_decode, group_query_to_group_or_all_systems)
{
	FOR_BOTH(cast) {
		struct message m = forge_plain(cast, cast->query, 10, cast->group);

		assert_refused(cast, &m, ((struct envelope){.dst = cast->group}), GM_OK);
		assert_refused(cast, &m, ((struct envelope){.dst = cast->all_systems}), GM_OK);
		assert_refused(cast, &m, ((struct envelope){.dst = cast->other_group}), GM_BAD_DESTINATION);
		assert_refused(cast, &m, ((struct envelope){.dst = cast->unicast}), GM_BAD_DESTINATION);
	}
}

Test(codec_decode, query_for_what_is_no_group)
{
	FOR_BOTH(cast) {
		struct message m = forge_plain(cast, cast->query, 10, cast->no_group[0]);

		assert_refused(cast, &m, plain, GM_BAD_GROUP);
		forge_query_tail(&m, cast, 2, 125, 0, 0, NULL);
		assert_refused(cast, &m, plain, GM_BAD_GROUP);
	}
}

Test(codec_decode, query_with_sources_and_no_group)
{
	FOR_BOTH(cast) {
		struct message m = forge_plain(cast, cast->query, 10, NULL);

		forge_query_tail(&m, cast, 2, 125, 2, 2, cast->source);
		assert_refused(cast, &m, plain, GM_BAD_GROUP);
	}
}

Test(codec_decode, query_with_another_ttl)
{
	FOR_BOTH(cast) {
		struct message m = forge_plain(cast, cast->query, 100, NULL);

		assert_refused(cast, &m, ((struct envelope){.ttl = 2}), GM_BAD_TTL);
		assert_refused(cast, &m, ((struct envelope){.ttl = 255}), GM_BAD_TTL);
	}
}

Test(codec_decode, bad_checksum)
{
	FOR_BOTH(cast) {
		struct message query = forge_plain(cast, cast->query, 100, NULL);
		struct message report = forge_report(cast, 0);

		assert_refused(cast, &query, ((struct envelope){.bad_checksum = true}), GM_BAD_CHECKSUM);
		assert_refused(cast, &report, ((struct envelope){.bad_checksum = true}), GM_BAD_CHECKSUM);
	}
}

Test(codec_decode, checksum_covers_trailing_bytes)
{
	FOR_BOTH(cast) {
		struct message m = forge_report(cast, 0);

		put16(&m, 0x1234);
		put8(&m, 0x56);
		forge_packet(&forged, cast, &m, plain);
		forged.bytes[forged.packet.len - 1] ^= 1;
		decode(&got, cast, &forged);
		cr_assert_eq(got.refusal, GM_BAD_CHECKSUM);
	}
}

Test(codec_decode, every_other_type_is_unknown)
{
	FOR_BOTH(cast) {
		for (unsigned int type = 0; type < 256; type++) {
			struct message m = forge_plain(cast, (uint8_t)type, 100, cast->group);
			bool known = type == cast->query || type == cast->report || type == cast->leave ||
				     type == cast->report3 || (cast->family == FAMILY_IPV4 && type == 0x12);

			cr_assert_eq(refusal_of(cast, &m, plain) == GM_UNKNOWN_TYPE, !known, "%u", type);
		}
	}
}

Test(codec_decode, report_with_each_record_type)
{
	FOR_BOTH(cast) {
		struct message m = forge_report(cast, 6);

		for (unsigned int type = 1; type <= 6; type++)
			forge_record(&m, cast, type, 0, type % 4, cast->group, type % 4, cast->source);
		decode_message(cast, &m, plain);
		assert_accepted();
		cr_assert_eq(got.message.kind, GM_REPORT);
		cr_assert_eq(got.message.protocol, protocol_of(cast, GM_GENERATION_3));
		cr_assert_eq(got.message.n_records, 6);
		for (unsigned int i = 0; i < 6; i++) {
			const struct gm_record *record = &got.message.records[i];

			cr_assert_eq(record->type, i + 1);
			cr_assert(is(&record->group, cast->group));
			cr_assert_eq(record->sources.count, (i + 1) % 4);
			for (size_t k = 0; k < record->sources.count; k++) {
				struct addr source = addrspan_get(&record->sources, k);

				cr_assert(is(&source, cast->source[k]));
			}
		}
	}
}

Test(codec_decode, report_without_records)
{
	FOR_BOTH(cast) {
		struct message m = forge_report(cast, 0);

		decode_message(cast, &m, plain);
		assert_accepted();
		cr_assert_eq(got.message.n_records, 0);
	}
}

Test(codec_decode, report_to_any_destination)
{
	FOR_BOTH(cast) {
		struct message m = forge_report(cast, 1);

		forge_record(&m, cast, GM_TO_EX, 0, 0, cast->group, 0, NULL);
		assert_refused(cast, &m, ((struct envelope){.dst = cast->unicast}), GM_OK);
		assert_refused(cast, &m, ((struct envelope){.dst = cast->all_systems}), GM_OK);
	}
}

/* Aux Data Len counts words of four bytes: four of seven other proxies get this wrong. */
Test(codec_decode, report_with_aux_data)
{
	FOR_BOTH(cast) {
		struct message m = forge_report(cast, 3);

		forge_record(&m, cast, GM_ALLOW, 3, 2, cast->group, 2, cast->source);
		forge_record(&m, cast, GM_BLOCK, 255, 0, cast->other_group, 0, NULL);
		forge_record(&m, cast, GM_TO_EX, 1, 1, cast->group, 1, cast->source);
		decode_message(cast, &m, plain);
		assert_accepted();
		cr_assert_eq(got.message.n_records, 3);
		cr_assert_eq(got.message.records[0].sources.count, 2);
		cr_assert(is(&got.message.records[1].group, cast->other_group));
		cr_assert_eq(got.message.records[2].type, GM_TO_EX);
		cr_assert_eq(got.message.records[2].sources.count, 1);
	}
}

Test(codec_decode, report_with_aux_data_beyond_its_end)
{
	FOR_BOTH(cast) {
		struct message m = forge_report(cast, 1);

		forge_record(&m, cast, GM_ALLOW, 3, 2, cast->group, 2, cast->source);
		assert_refused(cast, &m, plain, GM_OK);
		m.len--;
		assert_refused(cast, &m, plain, GM_BAD_RECORD);
	}
}

Test(codec_decode, report_with_trailing_bytes)
{
	FOR_BOTH(cast) {
		struct message m = forge_report(cast, 1);

		forge_record(&m, cast, GM_ALLOW, 0, 1, cast->group, 1, cast->source);
		for (int i = 0; i < 40; i++)
			put8(&m, 0xff);
		decode_message(cast, &m, plain);
		assert_accepted();
		cr_assert_eq(got.message.n_records, 1);
	}
}

Test(codec_decode, report_with_unknown_record_types)
{
	FOR_BOTH(cast) {
		struct message m = forge_report(cast, 4);

		forge_record(&m, cast, 0, 1, 1, cast->group, 1, cast->source);
		forge_record(&m, cast, GM_IS_EX, 0, 0, cast->group, 0, NULL);
		/* What its group means is unknown, too. */
		forge_record(&m, cast, 7, 0, 3, cast->no_group[0], 3, cast->source);
		forge_record(&m, cast, 255, 0, 0, cast->other_group, 0, NULL);
		decode_message(cast, &m, plain);
		assert_accepted();
		cr_assert_eq(got.message.n_records, 1);
		cr_assert_eq(got.message.records[0].type, GM_IS_EX);
		cr_assert_eq(got.info.unknown_records, 3);
	}
}

Test(codec_decode, report_with_sources_that_nobody_can_have)
{
	FOR_BOTH(cast) {
		struct message m = forge_report(cast, 4);

		for (size_t i = 0; i < 3; i++) {
			const char *const sources[] = {cast->source[0], cast->no_source[i]};

			forge_record(&m, cast, GM_ALLOW, 0, 2, cast->group, 2, sources);
		}
		forge_record(&m, cast, GM_ALLOW, 0, 1, cast->other_group, 1, cast->source);
		decode_message(cast, &m, plain);
		assert_accepted();
		cr_assert_eq(got.info.bad_source_records, 3);
		cr_assert_eq(got.message.n_records, 1);
		cr_assert(is(&got.message.records[0].group, cast->other_group));
	}
}

Test(codec_decode, report_for_what_is_no_group)
{
	FOR_BOTH(cast) {
		for (size_t i = 0; i < 2; i++) {
			struct message m = forge_report(cast, 2);

			forge_record(&m, cast, GM_TO_EX, 0, 0, cast->group, 0, NULL);
			forge_record(&m, cast, GM_TO_EX, 0, 0, cast->no_group[i], 0, NULL);
			assert_refused(cast, &m, plain, GM_BAD_GROUP);
		}
	}
}

Test(codec_decode, report_with_more_sources_than_bytes)
{
	FOR_BOTH(cast) {
		for (unsigned int claimed = 3; claimed < 65536; claimed = claimed * 2 + 1) {
			struct message m = forge_report(cast, 2);

			forge_record(&m, cast, GM_TO_EX, 0, 0, cast->group, 0, NULL);
			forge_record(&m, cast, GM_ALLOW, 0, claimed, cast->group, 2, cast->source);
			assert_refused(cast, &m, plain, GM_BAD_RECORD);
		}
	}
}

Test(codec_decode, report_with_more_records_than_bytes)
{
	FOR_BOTH(cast) {
		for (unsigned int claimed = 2; claimed < 65536; claimed = claimed * 2 + 1) {
			struct message m = forge_report(cast, claimed);

			forge_record(&m, cast, GM_TO_EX, 0, 0, cast->group, 0, NULL);
			assert_refused(cast, &m, plain, GM_BAD_RECORD);
		}
	}
}

Test(codec_decode, report_cut_at_every_byte)
{
	FOR_BOTH(cast) {
		struct message m = forge_report(cast, 2);

		forge_record(&m, cast, GM_ALLOW, 1, 2, cast->group, 2, cast->source);
		forge_record(&m, cast, GM_IS_IN, 2, 1, cast->other_group, 1, cast->source);
		assert_refused(cast, &m, plain, GM_OK);
		while (m.len-- > 0)
			assert_refused(cast, &m, plain, m.len < 8 ? GM_SHORT : GM_BAD_RECORD);
	}
}

Test(codec_decode, report_as_large_as_a_packet)
{
	FOR_BOTH(cast) {
		size_t room = 65535 - (cast->family == FAMILY_IPV4 ? cast->ip_bytes : 0) - 8;
		unsigned int n = (unsigned int)(room / (4 + cast->address_bytes));
		struct message m = forge_report(cast, n);

		for (unsigned int i = 0; i < n; i++)
			forge_record(&m, cast, GM_IS_EX, 0, 0, cast->group, 0, NULL);
		decode_message(cast, &m, plain);
		assert_accepted();
		cr_assert_eq(got.message.n_records, n);
		m.bytes[7]++; /* one record more than there is */
		assert_refused(cast, &m, plain, GM_BAD_RECORD);
	}
}

Test(codec_decode, one_record_as_large_as_a_packet)
{
	FOR_BOTH(cast) {
		size_t room = 65535 - (cast->family == FAMILY_IPV4 ? cast->ip_bytes : 0) - 12 - cast->address_bytes;
		unsigned int n = (unsigned int)(room / cast->address_bytes);
		struct message m = forge_report(cast, 1);

		forge_record(&m, cast, GM_ALLOW, 0, n, cast->group, 0, NULL);
		for (unsigned int i = 0; i < n; i++)
			put_text(&m, cast, cast->source[i % 3]);
		decode_message(cast, &m, plain);
		assert_accepted();
		cr_assert_eq(got.message.records[0].sources.count, n);
	}
}

static struct gm_query query_for(const struct cast *cast, enum gm_generation generation)
{
	return (struct gm_query){
		.protocol = protocol_of(cast, generation),
		.group = addr_unspecified[cast->family],
		.max_response = mspan_seconds(10),
		.interval = generation == GM_GENERATION_3 ? mspan_seconds(125) : mspan_us(0),
		.robustness = generation == GM_GENERATION_3 ? 2 : 0,
	};
}

/* Encodes, puts an envelope around it, decodes; the addresses of the query must live on. */
static void round_trip(const struct cast *cast, const struct gm_query *query)
{
	struct message m = {0};
	struct addr to = codecs[cast->family].query_destination(query);
	char text[ADDR_STRLEN];

	m.len = codecs[cast->family].encode_query(query, m.bytes, sizeof(m.bytes));
	cr_assert_gt(m.len, 0);
	decode_message(cast, &m, (struct envelope){.src = cast->querier, .dst = addr_format(&to, text)});
	assert_accepted();
	cr_assert_eq(got.message.kind, GM_QUERY);
	cr_assert_eq(got.message.protocol, query->protocol);
	cr_assert(addr_equal(&got.message.query.group, &query->group));
	cr_assert_eq(got.message.query.max_response.us, query->max_response.us);
	cr_assert_eq(got.message.query.interval.us, query->interval.us);
	cr_assert_eq(got.message.query.robustness, query->robustness);
	cr_assert_eq(got.message.query.suppress, query->suppress);
	cr_assert_eq(got.message.query.sources.count, query->sources.count);
	for (size_t i = 0; i < query->sources.count; i++) {
		struct addr sent = addrspan_get(&query->sources, i);
		struct addr received = addrspan_get(&got.message.query.sources, i);

		cr_assert(addr_equal(&sent, &received));
	}
}

Test(codec_encode, general_query_round_trip)
{
	FOR_BOTH(cast) {
		for (enum gm_generation g = GM_GENERATION_1; g <= GM_GENERATION_3; g++) {
			struct gm_query query = query_for(cast, g);

			round_trip(cast, &query);
		}
	}
}

Test(codec_encode, group_query_round_trip)
{
	FOR_BOTH(cast) {
		for (enum gm_generation g = GM_GENERATION_2; g <= GM_GENERATION_3; g++) {
			struct gm_query query = query_for(cast, g);

			query.group = addr_of(cast->group);
			query.max_response = mspan_seconds(1);
			query.suppress = g == GM_GENERATION_3;
			round_trip(cast, &query);
		}
	}
}

Test(codec_encode, source_query_round_trip)
{
	FOR_BOTH(cast) {
		struct addr sources[3];
		struct gm_query query = query_for(cast, GM_GENERATION_3);

		for (size_t i = 0; i < 3; i++)
			sources[i] = addr_of(cast->source[i]);
		query.group = addr_of(cast->group);
		query.robustness = 7;
		for (size_t n = 0; n <= 3; n++) {
			query.sources = addrspan_of(sources, n);
			round_trip(cast, &query);
		}
	}
}

Test(codec_encode, robustness_that_does_not_fit_is_0)
{
	FOR_BOTH(cast) {
		struct gm_query query = query_for(cast, GM_GENERATION_3);
		uint8_t bytes[64];
		size_t len;

		for (unsigned int qrv = 0; qrv < 256; qrv++) {
			query.robustness = (uint8_t)qrv;
			query.suppress = true;
			len = codecs[cast->family].encode_query(&query, bytes, sizeof(bytes));
			cr_assert_eq(len, cast->plain_bytes + 4);
			cr_assert_eq(bytes[cast->plain_bytes], 0x08 | (qrv <= 7 ? qrv : 0));
		}
	}
}

Test(codec_encode, buffer_one_byte_too_small)
{
	FOR_BOTH(cast) {
		struct addr source = addr_of(cast->source[0]);
		uint8_t bytes[64];

		for (enum gm_generation g = GM_GENERATION_2; g <= GM_GENERATION_3; g++) {
			struct gm_query query = query_for(cast, g);
			size_t len = cast->plain_bytes;

			query.group = addr_of(cast->group);
			if (g == GM_GENERATION_3) {
				query.sources = addrspan_of(&source, 1);
				len += 4 + cast->address_bytes;
			}
			cr_assert_eq(codecs[cast->family].encode_query(&query, bytes, len), len);
			cr_assert_eq(codecs[cast->family].encode_query(&query, bytes, len - 1), 0);
			cr_assert_eq(codecs[cast->family].encode_query(&query, bytes, 0), 0);
		}
	}
}

Test(codec_encode, times_are_rounded_down_and_clipped)
{
	static const int64_t tries_us[] = {0, 1, 999, 1000, 99999, 100000, 12700000, 12800000, 13100000, 25600000,
					   3174400000, 3174500000, 8387584000, 8387585000, INT64_MAX};

	FOR_BOTH(cast) {
		for (size_t i = 0; i < sizeof(tries_us) / sizeof(tries_us[0]); i++) {
			for (enum gm_generation g = GM_GENERATION_2; g <= GM_GENERATION_3; g++) {
				int64_t unit = cast->family == FAMILY_IPV4 ? 100000 : 1000;
				struct gm_query query = query_for(cast, g);
				struct message m = {0};

				query.max_response = mspan_us(tries_us[i]);
				m.len = codecs[cast->family].encode_query(&query, m.bytes, sizeof(m.bytes));
				decode_message(cast, &m, plain);
				assert_accepted();
				cr_assert_eq(got.message.protocol, query.protocol);
				cr_assert_geq(got.message.query.max_response.us, unit);
				if (tries_us[i] >= unit)
					cr_assert_leq(got.message.query.max_response.us, tries_us[i]);
			}
		}
	}
}

Test(codec_encode, interval_beyond_the_code_is_the_largest)
{
	FOR_BOTH(cast) {
		struct gm_query query = query_for(cast, GM_GENERATION_3);
		uint8_t bytes[64];

		query.interval = mspan_seconds(1000000);
		codecs[cast->family].encode_query(&query, bytes, sizeof(bytes));
		cr_assert_eq(bytes[cast->plain_bytes + 1], 0xff);
		query.interval = mspan_ms(500);
		codecs[cast->family].encode_query(&query, bytes, sizeof(bytes));
		cr_assert_eq(bytes[cast->plain_bytes + 1], 1);
	}
}

/* A query with that many sources fits the MTU, with one more it does not. */
Test(codec_encode, as_many_sources_as_fit)
{
	static const size_t mtus[] = {1280, 1281, 1499, 1500, 9000, 65535};
	static struct addr sources[16384];
	static uint8_t bytes[FORGE_BYTES];

	FOR_BOTH(cast) {
		struct gm_query query = query_for(cast, GM_GENERATION_3);

		query.group = addr_of(cast->group);
		for (size_t i = 0; i < 16384; i++)
			sources[i] = addr_of(cast->source[0]);
		for (size_t i = 0; i < sizeof(mtus) / sizeof(mtus[0]); i++) {
			size_t n = codecs[cast->family].max_query_sources(mtus[i]);
			size_t room = mtus[i] - cast->ip_bytes;

			query.sources = addrspan_of(sources, n);
			cr_assert_gt(codecs[cast->family].encode_query(&query, bytes, room), 0);
			query.sources = addrspan_of(sources, n + 1);
			cr_assert_eq(codecs[cast->family].encode_query(&query, bytes, room), 0);
		}
	}
}

Test(codec_encode, some_sources_whatever_the_mtu)
{
	FOR_BOTH(cast) {
		const struct codec *codec = &codecs[cast->family];

		cr_assert_gt(codec->max_query_sources(0), 0);
		cr_assert_gt(codec->max_query_sources(40), 0);
		cr_assert_leq(codec->max_query_sources(SIZE_MAX), 65535 / cast->address_bytes);
		cr_assert_eq(codec->max_query_sources(65536), codec->max_query_sources(65535));
	}
}

Test(codec_encode, destination)
{
	FOR_BOTH(cast) {
		struct gm_query query = query_for(cast, GM_GENERATION_3);
		struct addr to = codecs[cast->family].query_destination(&query);

		cr_assert(is(&to, cast->all_systems));
		query.group = addr_of(cast->group);
		to = codecs[cast->family].query_destination(&query);
		cr_assert(is(&to, cast->group));
	}
}
