/*
 * What all modules of the core work in: the family's words, the effects, the one
 * ordered set of deadlines, the counters of the whole. Owned by the proxy.
 */
#ifndef CORE_ENV_H
#define CORE_ENV_H

#include "counters.h"
#include "deadline.h"
#include "gm.h"
#include "ops.h"
#include "refused.h"

/* What a deadline is embedded in. */
enum deadline_kind {
	DEADLINE_GROUP,		/* struct group */
	DEADLINE_GENERAL_QUERY, /* struct querier */
	DEADLINE_OTHER_QUERIER, /* struct querier */
	DEADLINE_IFACE_RETRY,	/* struct iface */
	DEADLINE_JOIN_RETRY,	/* struct memberdb */
	DEADLINE_SAMPLE,	/* struct mfc */
	DEADLINE_MOVE		/* struct mfc */
};

struct env {
	const struct gm_proto *proto;
	const struct proxy_ops *ops;
	void *ctx;
	struct deadlines deadlines;
	struct proxy_counters counters;
	struct refusals refusals;
	struct mtime now; /* of the input being handled; for records of when, decisions take theirs as an argument */
	uint64_t hash_key;
};

#endif
