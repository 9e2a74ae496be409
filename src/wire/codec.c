#include "codec.h"

#include "igmp.h"
#include "mld.h"

const struct codec codecs[FAMILY_COUNT] = {
	[FAMILY_IPV4] = {
		.decode = igmp_decode,
		.encode_query = igmp_encode_query,
		.address = igmp_address,
		.max_query_sources = igmp_max_query_sources,
		.query_destination = igmp_query_destination,
	},
	[FAMILY_IPV6] = {
		.decode = mld_decode,
		.encode_query = mld_encode_query,
		.address = mld_address,
		.max_query_sources = mld_max_query_sources,
		.query_destination = mld_query_destination,
	},
};
