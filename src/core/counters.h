/*
 * What the core counts. These are the one record of truth: log lines, metrics
 * and summaries are all made from them. 64 bits, they only grow.
 */
#ifndef CORE_COUNTERS_H
#define CORE_COUNTERS_H

#include <stdint.h>

#include <stddef.h>

#include "evidence.h"
#include "gm.h"
#include "histogram.h"
#include "mroute.h"

/* Well-formed, and yet not acted upon. */
enum ignored {
	IGNORED_OWN,		/* our own, which the kernel loops back to us */
	IGNORED_NOT_CONFIGURED, /* from an interface that has no role, or a report from the upstream */
	IGNORED_LINK_LOCAL,	/* a group that must stay on its link */
	IGNORED_LIMIT,		/* max-groups or max-sources reached */
	IGNORED_FILTERED_GROUP, /* refused by an allow/deny rule */
	IGNORED_FILTERED_SOURCE, /* a record's source was */
	IGNORED_SSM,		/* EXCLUDE or an old version in the SSM range, with ssm-strict */
	IGNORED_COMPATIBILITY,	/* what an older host's presence makes void (RFC 9776 section 7.3.2) */
	IGNORED_KINDS
};

/* "own": the words of labels and JSON. */
const char *ignored_name(enum ignored kind);

/* How often which errno came; once the list is full, the last one stands for the rest. */
enum { ERRNO_COUNTS = 8 };
struct errno_counts {
	struct {
		int error;
		uint64_t count; /* 0: this place and those behind it are free */
	} list[ERRNO_COUNTS];
};

void errno_counts_add(struct errno_counts *counts, int error);
void errno_counts_merge(struct errno_counts *to, const struct errno_counts *more);

/* Of one interface and family. */
struct iface_counters {
	uint64_t reports[GM_PROTOCOLS]; /* messages */
	uint64_t leaves[GM_PROTOCOLS];
	uint64_t records[GM_PROTOCOLS][GM_RECORD_TYPES];
	uint64_t queries_received[GM_PROTOCOLS][GM_QUERY_KINDS];
	uint64_t queries_sent[GM_PROTOCOLS][GM_QUERY_KINDS];
	uint64_t malformed[GM_REFUSALS];
	uint64_t ttl_not_one; /* accepted all the same */
	uint64_t no_router_alert;
	uint64_t unknown_records;
	uint64_t bad_source_records; /* passed over: they name a source that nobody can have */
	uint64_t ignored[IGNORED_KINDS];
	uint64_t send_errors;
	uint64_t groups_refused; /* by max-groups */
	uint64_t wrong_version_queries;
	uint64_t querier_changes;
	uint64_t joins;	   /* groups that came */
	uint64_t timeouts; /* groups that ran out without a leave */
	uint64_t sources_refused;  /* flows whose source no network and no source line admits */
	uint64_t bad_source_scope; /* flows whose source means nothing beyond its link */
	uint64_t ssm_lenient; /* EXCLUDE or an old version in the SSM range, accepted */
	struct traffic traffic; /* of the VIFs that it had before this one */
};

/* to += more: what an interface counted outlives it in the sums. */
void iface_counters_add(struct iface_counters *to, const struct iface_counters *more);

/* Of one group on one downstream interface; they live as long as its membership there. */
struct group_counters {
	uint64_t reports;
	uint64_t leaves;
	uint64_t queries_sent;
};

/*
 * What the kernel forwarded of a flow, or of all flows of a group (design, section
 * 4): forwarded are packets that matched an entry with at least one outgoing
 * interface, minus wrong-interface ones; blocked is the same while there was none.
 */
struct flow_counters {
	uint64_t forwarded_packets;
	uint64_t forwarded_bytes;
	uint64_t blocked_packets;
	uint64_t wrong_if_packets;
};

/*
 * What a group has counted on all its interfaces; also what a record of it has, when
 * it ends. joins: it got its first member on a link; timeouts: it ran out there.
 */
struct group_totals {
	uint64_t reports, leaves, queries_sent, joins, timeouts;
	struct flow_counters flows;
};

/* Of one family as a whole. */
struct proxy_counters {
	uint64_t unconfigured_packets; /* from interfaces that have no role */
	uint64_t upcalls[UPCALL_KINDS];
	uint64_t upcalls_ignored; /* from an interface that forwards nothing, or of a group never proxied */
	uint64_t mroute_done[MROUTE_OPS], mroute_failed[MROUTE_OPS];
	uint64_t mroute_abandoned; /* entries that the kernel kept when their interface went */
	uint64_t upstream_joins, upstream_leaves, upstream_join_failures;
	uint64_t limit_groups, limit_sources, limit_flows, limit_vifs;
	uint64_t no_memory;
	struct flow_counters flows; /* the sum of all, those that ended included */
	/* The same of groups: [true] while somebody kept an account of them (ops.h), [false] while nobody did. */
	struct group_totals groups[2];

	/* Design, section 4, "Latency". */
	struct histogram join_to_forward, leave_to_prune;
	uint64_t joins_without_traffic;
};

#endif
