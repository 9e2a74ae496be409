/*
 * The summary lines of the log, from the core's counters: `event=summary` for each
 * family, as differences since the last one, so that dashboards can add them up; and
 * on request the interfaces and the busiest groups, as they stand.
 */
#ifndef STATS_SUMMARY_H
#define STATS_SUMMARY_H

#include <stdbool.h>

#include "eventlog.h"
#include "mtime.h"
#include "proxy.h"

/* The sums that a summary tells; also what the last one told. */
struct summary_totals {
	uint64_t reports, leaves, queries_sent, queries_received, drops;
	uint64_t packets, bytes, wrong_interface;
	uint64_t receive_drops;
};

struct summary {
	struct mtime started; /* of the daemon */
	struct mtime last;
	struct summary_totals told;
	uint64_t receive_drops; /* messages that came too fast, since the start: the caller's to set */
	struct mspan longest_turn; /* of the daemon's loop, since the last summary: the caller's to set */
};

void summary_init(struct summary *s, struct mtime now);

/*
 * One line; at debug level when nothing happened since the last and nobody asked.
 * With asked, the interfaces and the ten groups with most packets follow.
 */
void summary_write(struct summary *s, const struct proxy *p, struct mtime now, bool asked, log_sink *sink, void *ctx);

#endif
