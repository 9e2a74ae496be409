/*
 * How samples are written down: Prometheus' text format 0.0.4 and OpenMetrics 1.0.
 * What a family is called in each, its header, the escapes, the numbers; knows
 * nothing of what is counted.
 */
#ifndef STATS_EXPOSITION_H
#define STATS_EXPOSITION_H

#include <stddef.h>
#include <stdint.h>

#include "histogram.h"
#include "metrics.h"

struct evbuffer;

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_INFO, METRIC_HISTOGRAM };

struct exposition {
	struct evbuffer *out; /* borrowed; may be another one at each step */
	enum metrics_format format;
	const char *name; /* of the family being written */
	enum metric_type type;
};

struct label {
	const char *name;
	const char *value;
};

/* "counter" */
const char *metric_type_name(enum metric_type type);

/* Begins a family; name is the base name, without _total or _info. unit may be NULL. All are literals of ours. */
void exposition_family(struct exposition *x, const char *name, enum metric_type type, const char *unit,
		       const char *help);
/* One sample of it: whole numbers exactly, whatever their size. */
void exposition_number(struct exposition *x, const struct label *labels, size_t n, uint64_t value);
void exposition_real(struct exposition *x, const struct label *labels, size_t n, double value);
void exposition_histogram(struct exposition *x, const struct label *labels, size_t n, const struct histogram *h);
/* Behind the last family: OpenMetrics can tell a whole answer from one that was cut. */
void exposition_end(struct exposition *x);

#endif
