/*
 * The metrics, Prometheus' classic text (0.0.4) or OpenMetrics 1.0, from one table of
 * families: name, type, unit, help, labels, and where the numbers are. The table is
 * also what the manual is compared with.
 */
#ifndef STATS_METRICS_H
#define STATS_METRICS_H

#include <stdbool.h>
#include <stdio.h>

struct document;
struct stats;

enum metrics_format { METRICS_TEXT, METRICS_OPENMETRICS };

const char *metrics_content_type(enum metrics_format format);

/*
 * One scrape: without per_flow what /metrics shows, with it what /metrics/sg shows (the
 * families that have one series for each (S,G)). NULL when memory is short. Complete
 * families one after the other, series sorted, so that two scrapes can be compared.
 */
struct document *metrics_new(const struct stats *stats, enum metrics_format format, bool per_flow);

/* One line a family: name, type, labels by comma ("-": none), help; for the test that compares the manual. */
void metrics_print_table(FILE *out);

#endif
