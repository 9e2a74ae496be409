/*
 * Events as they happen, one JSON object a line, to whoever stays to hear them
 * (/events). A listener who does not read loses events, not our memory: what did not
 * fit is counted, and told to him as one line when there is room again.
 */
#ifndef STATS_FEED_H
#define STATS_FEED_H

#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "event.h"

struct atom;
struct document;

TAILQ_HEAD(feed_listeners, feed_listener);

struct feed {
	struct feed_listeners listeners;
	uint64_t dropped; /* events that a listener had no room for */
};

void feed_init(struct feed *feed);

/* Tells all listeners; costs nothing when there are none. unix_time in seconds. */
void feed_event(struct feed *feed, double unix_time, const struct event *event);

/* The same of the daemon itself, in its own words. */
void feed_tell(struct feed *feed, double unix_time, const char *name, const struct atom *atoms, size_t n);

/* A document that goes on until it is freed; NULL when memory is short. */
struct document *feed_listen(struct feed *feed);

#endif
