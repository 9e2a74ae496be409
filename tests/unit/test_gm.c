#include <criterion/criterion.h>
#include <string.h>

#include "gm.h"

/* Every value has a word of its own: labels and JSON are made of them. */
#define assert_words(type, first, count, name)                                                                 \
	for (type i_ = (first); i_ < (count); i_++) {                                                          \
		cr_assert_not_null(name(i_));                                                                  \
		cr_assert_gt(strlen(name(i_)), 0);                                                             \
		for (type k_ = (first); k_ < i_; k_++)                                                         \
			cr_assert_str_neq(name(i_), name(k_));                                                 \
	}

Test(gm_names, every_value_has_its_own)
{
	assert_words(enum gm_protocol, GM_IGMPV1, GM_PROTOCOLS, gm_protocol_name);
	assert_words(enum gm_filter_mode, GM_INCLUDE, GM_EXCLUDE + 1, gm_filter_mode_name);
	assert_words(enum gm_record_type, GM_IS_IN, GM_RECORD_TYPES, gm_record_name);
	assert_words(enum gm_query_kind, GM_QUERY_GENERAL, GM_QUERY_KINDS, gm_query_kind_name);
	assert_words(enum gm_refusal, GM_OK, GM_REFUSALS, gm_refusal_name);
}

Test(gm_names, of_the_contract)
{
	cr_assert_str_eq(gm_protocol_name(GM_IGMPV2), "igmpv2");
	cr_assert_str_eq(gm_protocol_name(GM_MLDV2), "mldv2");
	cr_assert_str_eq(gm_record_name(GM_IS_IN), "is_in");
	cr_assert_str_eq(gm_record_name(GM_BLOCK), "block");
	cr_assert_str_eq(gm_filter_mode_name(GM_INCLUDE), "include");
	cr_assert_str_eq(gm_refusal_name(GM_OFF_LINK_QUERY), "off_link_query");
}

Test(gm_record_type, numbers_of_the_wire)
{
	cr_assert_eq(GM_IS_IN, 1);
	cr_assert_eq(GM_IS_EX, 2);
	cr_assert_eq(GM_TO_IN, 3);
	cr_assert_eq(GM_TO_EX, 4);
	cr_assert_eq(GM_ALLOW, 5);
	cr_assert_eq(GM_BLOCK, 6);
}

Test(gm_proto, rows_agree_with_generations)
{
	for (enum family f = FAMILY_IPV4; f < FAMILY_COUNT; f++) {
		const struct gm_proto *proto = &gm_protos[f];

		cr_assert_eq(proto->family, f);
		for (enum gm_generation g = proto->oldest; g <= GM_GENERATION_3; g++)
			cr_assert_eq(gm_generation_of(proto->by_generation[g]), g);
		/* What is older than the oldest is the oldest. */
		for (enum gm_generation g = GM_GENERATION_1; g < proto->oldest; g++)
			cr_assert_eq(proto->by_generation[g], proto->by_generation[proto->oldest]);
	}
}

Test(gm_query_kind, by_group_and_sources)
{
	struct addr source = {{0x20}};

	for (enum family f = FAMILY_IPV4; f < FAMILY_COUNT; f++) {
		struct gm_query query = {.group = addr_unspecified[f]};

		cr_assert_eq(gm_query_kind(&query), GM_QUERY_GENERAL);
		query.group.bytes[12] = 239;
		cr_assert_eq(gm_query_kind(&query), GM_QUERY_GROUP);
		query.sources = addrspan_of(&source, 1);
		cr_assert_eq(gm_query_kind(&query), GM_QUERY_GROUP_SOURCE);
	}
}
