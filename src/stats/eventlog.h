/*
 * Events to log lines: which words, at which level, how often. At most a few lines
 * of one kind in a while, the rest is counted and told as suppressed=N, so that
 * nobody on the network can fill the log, and no flood hides that something else
 * happens as well: each limit counts its own lines, and of the reasons why packets
 * are dropped each is told at least once in a while.
 */
#ifndef STATS_EVENTLOG_H
#define STATS_EVENTLOG_H

#include <stdbool.h>
#include <stdint.h>
#include <syslog.h>

#include "event.h"
#include "mtime.h"

/* Takes one finished line; priority is syslog's LOG_*. */
typedef void log_sink(void *ctx, int priority, const char *line);

struct eventlog_bucket {
	struct mtime begun;
	unsigned int lines;
	uint32_t told; /* bit n: cause n was, in this window */
	uint64_t suppressed;
};

/* Of one kind of event: how many causes may have a bucket each. */
enum { EVENTLOG_APART = LIMIT_KINDS };

struct eventlog {
	int max_priority;
	log_sink *sink;
	void *ctx;
	struct eventlog_bucket buckets[EVENT_KINDS][EVENTLOG_APART];
};

/*
 * Events less urgent than max_priority (LOG_*) are passed over: to write the line of
 * one costs more than all the rest of the report that it is about.
 */
void eventlog_init(struct eventlog *log, int max_priority, log_sink *sink, void *ctx);

/*
 * Tells of one event. False: held back for now, and counted as suppressed unless it was so
 * before; one that nobody reads is as good as told.
 */
bool eventlog_event(struct eventlog *log, struct mtime now, const struct event *event);

#endif
