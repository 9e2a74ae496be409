/*
 * What packet probes have seen of single streams: the last links of the path leave no
 * trace of their own in any counter (design: "Evidence"). One stream at a time is looked
 * at, inward where it should come in and outward where it should leave, for whoever
 * asks (/diagnose) and, at other times, for those that are suspicious: at most once a
 * minute each, one a second in all. Nobody waits for it, and nothing is sent.
 *
 * What was seen is remembered for a while, in a bounded table: anybody can make up
 * groups and sources. Owner: struct stats.
 */
#ifndef STATS_SIGHTS_H
#define STATS_SIGHTS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "addr.h"
#include "evidence.h"
#include "mroute.h"
#include "mtime.h"
#include "table.h"
#include "walk.h"

struct iface;
struct stats;

enum { SIGHTS_MAX = 1024 };

/* How long a look takes. */
extern const struct mspan sights_look_time;

struct sighting {
	struct table_node node;
	TAILQ_ENTRY(sighting) entry;
	struct addr group;
	struct addr source; /* unspecified: whatever comes for the group, which nobody forwards */
	uint32_t iif;	    /* the ifindex where it should come in */
	struct mtime at;    /* the last look ended */
	struct sight in;    /* at that look */
	uint64_t rp_drops;  /* what IPReversePathFilter grew by meanwhile */
	enum rp_filter rp_filter;
	bool way_back_is_here;	/* the route to the source leads where it came in; or nobody knows */
	uint32_t way_back;	/* ifindex, 0: unreachable or unknown */

	/* Slots of outgoing interfaces: where something left, and where nothing did though enough came in. */
	uint32_t left, silent;
	struct mtime looked[MROUTE_MAX_IFACES]; /* outward, at that slot; 0: never */
};

TAILQ_HEAD(sighting_list, sighting);

/* The look that is going on. */
struct look {
	bool going_on;
	struct addr group, source;
	uint32_t iif;
	bool outward;	   /* at slot, too */
	unsigned int slot;
	struct mtime until;
	struct mtime rest_until; /* after it */
	uint64_t rp_drops;	 /* when it began */
};

struct sights {
	struct table table;
	struct sighting_list list; /* the oldest first */
	struct look look;
	struct walk walk; /* over the groups, for suspicious ones */
	bool walking;
	struct mtime search_at;
	struct mtime reserve_again; /* or whoever asks every second would keep all others from being looked at */
};

/* False when memory is short. Without it (all zero) nothing was ever seen, and nothing is looked at. */
bool sights_init(struct sights *s, uint64_t hash_key) __attribute__((warn_unused_result));
void sights_fini(struct sights *s);

/* source NULL: what came for the group from anybody. NULL: not seen in the last two minutes. */
const struct sighting *sights_find(const struct stats *stats, const struct addr *source, const struct addr *group);

/*
 * Begins a look, inward on in and, if out is not NULL, outward there. False while another
 * one is going on, and where none is possible. What cannot be looked at (no probe, no such
 * interface any more) is a look that knows nothing.
 */
bool sights_look(struct stats *stats, const struct addr *source, const struct addr *group, const struct iface *in,
		 const struct iface *out);
bool sights_can_look(const struct stats *stats);
/* Somebody waits for an answer: for as long as that may take nobody suspicious is looked for, half of the time at most. */
void sights_reserve(struct stats *stats);
bool sights_is_looking(const struct stats *stats);

/* Ends a look whose time is over, and looks for somebody suspicious. To be called at the end of every turn. */
void sights_work(struct stats *stats);
struct mtime sights_next_deadline(const struct stats *stats);

/* Too few packets came in to say anything about those that did not leave. */
bool sighting_is_enough(const struct sighting *s);
/* Reverse-path filtering drops what came in. */
bool sighting_is_filtered(const struct sighting *s);
/* Nothing came in at all. */
bool sighting_is_nothing(const struct sighting *s);

#endif
