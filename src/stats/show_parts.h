/*
 * The objects of the arrays of /json, one function each; where they stand and when
 * is show.c's. All write whole objects, for each thing that is still there.
 */
#ifndef STATS_SHOW_PARTS_H
#define STATS_SHOW_PARTS_H

#include "json.h"
#include "roster.h"
#include "stats.h"

/* The member "daemon". */
void show_daemon(struct json *j, const struct stats *stats);

/* All objects of arrays that are never long. */
void show_interfaces(struct json *j, const struct stats *stats);
void show_limits(struct json *j, const struct stats *stats);
void show_drops(struct json *j, const struct stats *stats);
void show_filters(struct json *j, const struct stats *stats);
/* At most 1,024 a family. */
void show_refused(struct json *j, const struct stats *stats);

/*
 * The objects of one group, or of one flow. at: 0, or what the last call for it
 * returned; returns 0 when all are written.
 */
typedef size_t show_one(struct json *j, const struct stats *stats, const struct proxy *p, const struct roster_key *key,
			size_t at);
show_one show_group;
show_one show_route;
show_one show_upstream;
show_one show_members;

#endif
