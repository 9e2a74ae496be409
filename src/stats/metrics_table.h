/*
 * The catalogue: one row a family of metrics. What is not in here is no metric; the
 * manual mcast-proxy-stats(7) is held against it by a test.
 */
#ifndef STATS_METRICS_TABLE_H
#define STATS_METRICS_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "exposition.h"
#include "reason.h"
#include "roster.h"
#include "stats.h"

/* Where a family that is written in slices goes on. */
struct metrics_cursor {
	bool begun;
	bool has_last;
	struct addr last; /* the group written last */
	size_t flow;	  /* the next one's place in the list */
};

/* What one scrape works with. */
struct metrics_context {
	const struct stats *stats;
	struct exposition x;
	struct metrics_cursor cursor;
	struct roster_key *flows; /* in order, of both families; of a scrape per flow */
	size_t n_flows;
	uint64_t by_reason[FAMILY_COUNT][REASONS]; /* groups, counted before the first family is written */
};

struct metrics_row {
	const char *name;
	enum metric_type type;
	const char *unit;   /* the name's last word, or NULL */
	const char *labels; /* by comma; "" */
	const char *help;
	bool per_flow; /* shown on /metrics/sg alone */
	/* Writes about max samples; true: there are more. */
	bool (*write)(struct metrics_context *c, const struct metrics_row *row, size_t max);
	/* Which number: of the rows that share a writer. */
	size_t at;
};

extern const struct metrics_row metrics_table[];
extern const size_t metrics_rows;

#endif
