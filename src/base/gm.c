#include "gm.h"

const struct gm_proto gm_protos[FAMILY_COUNT] = {
	[FAMILY_IPV4] = {
		.family = FAMILY_IPV4,
		.name = "igmp",
		.by_generation = {[GM_GENERATION_1] = GM_IGMPV1, [GM_GENERATION_2] = GM_IGMPV2, [GM_GENERATION_3] = GM_IGMPV3},
		.oldest = GM_GENERATION_1,
		.min_mtu = 68,
	},
	[FAMILY_IPV6] = {
		.family = FAMILY_IPV6,
		.name = "mld",
		.by_generation = {[GM_GENERATION_1] = GM_MLDV1, [GM_GENERATION_2] = GM_MLDV1, [GM_GENERATION_3] = GM_MLDV2},
		.oldest = GM_GENERATION_2,
		.speaks_link_local = true,
		.min_mtu = 1280,
	},
};

static const struct {
	const char *name;
	enum gm_generation generation;
} protocols[GM_PROTOCOLS] = {
	[GM_IGMPV1] = {"igmpv1", GM_GENERATION_1}, [GM_IGMPV2] = {"igmpv2", GM_GENERATION_2},
	[GM_IGMPV3] = {"igmpv3", GM_GENERATION_3}, [GM_MLDV1] = {"mldv1", GM_GENERATION_2},
	[GM_MLDV2] = {"mldv2", GM_GENERATION_3},
};

const char *gm_protocol_name(enum gm_protocol protocol)
{
	return protocols[protocol].name;
}

enum gm_generation gm_generation_of(enum gm_protocol protocol)
{
	return protocols[protocol].generation;
}

const char *gm_filter_mode_name(enum gm_filter_mode mode)
{
	return mode == GM_INCLUDE ? "include" : "exclude";
}

const char *gm_record_name(enum gm_record_type type)
{
	static const char *const names[GM_RECORD_TYPES] = {
		[GM_IS_IN] = "is_in", [GM_IS_EX] = "is_ex", [GM_TO_IN] = "to_in",
		[GM_TO_EX] = "to_ex", [GM_ALLOW] = "allow", [GM_BLOCK] = "block",
	};

	return names[type];
}

const char *gm_query_kind_name(enum gm_query_kind kind)
{
	static const char *const names[GM_QUERY_KINDS] = {
		[GM_QUERY_GENERAL] = "general",
		[GM_QUERY_GROUP] = "group",
		[GM_QUERY_GROUP_SOURCE] = "group_source",
	};

	return names[kind];
}

const char *gm_refusal_name(enum gm_refusal refusal)
{
	static const char *const names[GM_REFUSALS] = {
		[GM_OK] = "ok",
		[GM_SHORT] = "short",
		[GM_BAD_CHECKSUM] = "bad_checksum",
		[GM_BAD_LENGTH] = "bad_length",
		[GM_BAD_TTL] = "bad_ttl",
		[GM_NO_ROUTER_ALERT] = "no_router_alert",
		[GM_BAD_SOURCE] = "bad_source",
		[GM_BAD_DESTINATION] = "bad_destination",
		[GM_BAD_GROUP] = "bad_group",
		[GM_BAD_RECORD] = "bad_record",
		[GM_OFF_LINK_QUERY] = "off_link_query",
		[GM_UNKNOWN_TYPE] = "unknown_type",
	};

	return names[refusal];
}

enum gm_query_kind gm_query_kind(const struct gm_query *query)
{
	if (addr_is_unspecified(&query->group))
		return GM_QUERY_GENERAL;
	return query->sources.count == 0 ? GM_QUERY_GROUP : GM_QUERY_GROUP_SOURCE;
}
