/*
 * A world of the core as the documents of stats/ see it: a struct stats upon one or two
 * worlds, fed by their events and by what their records retire, as the daemon's is. Knows
 * no test library.
 */
#ifndef TESTS_SHOWN_H
#define TESTS_SHOWN_H

#include "document.h"
#include "stats.h"
#include "world.h"

enum { SHOWN_MAX_GROUPS = 1024 };

struct shown {
	struct stats stats;
	struct world *worlds[FAMILY_COUNT];
	struct stats_link upstream; /* what the configuration names, of the first world */

	/* What the kernel says; a test may change it. */
	struct iface_traffic traffic;
	int traffic_error; /* errno */
	uint64_t receive_drops[FAMILY_COUNT];
	uint64_t syslog_lost;
	uint64_t unresolved;
	struct link_evidence link;
	struct route_evidence route;
	struct drop_evidence drops;
	int probe_error; /* errno */
	struct sight sights[2]; /* incoming, outgoing */
};

/* Shows the world, which stays the caller's; shown_end() before it goes. Ends the process when memory is short. */
void shown_begin(struct shown *s, struct world *w, size_t max_groups);
/* The other family's world beside it. */
void shown_add(struct shown *s, struct world *w);
void shown_end(struct shown *s);

/* The instant of the worlds is now; to be called before a document is made, as by each turn of the loop. */
void shown_turn(struct shown *s);

/* The whole of a document, which is freed; NULL when it failed. To be freed. */
char *shown_text(struct document *d);
/* The same, with this called between any two steps. */
char *shown_text_while(struct document *d, void (*between)(void *ctx), void *ctx);

#endif
