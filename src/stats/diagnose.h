/*
 * Why a stream does not flow: walks its path and names what is wrong, first thing on
 * the path first, with the evidence and the command that mends it (design, section 4,
 * "Why"). May take two seconds, because packets have to be watched; waits, and never
 * holds the loop.
 */
#ifndef STATS_DIAGNOSE_H
#define STATS_DIAGNOSE_H

struct addr;
struct document;
struct stats;

/* group, source: NULL: all. The answer is JSON. NULL when memory is short. */
struct document *diagnose_new(struct stats *stats, const struct addr *group, const struct addr *source);

#endif
