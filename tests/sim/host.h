/*
 * Hosts as RFC 9776 section 5 (RFC 9777 section 6) wants them, and older ones: they
 * report changes at once and repeat them, and answer general, group and source
 * queries within the maximum response time. Each is on one link and has an interest
 * in each group: a filter over a handful of sources.
 */
#ifndef SIM_HOST_H
#define SIM_HOST_H

#include "world.h"

enum { SIM_GROUPS = 6, SIM_SOURCES = 6, SIM_ROBUSTNESS = 2 };

struct interest {
	enum gm_filter_mode mode;
	unsigned int mask; /* bit n: the source with letter 'a' + n; INCLUDE of 0: none */
	unsigned int sure; /* bit n: router n has heard all of it since its link is up */

	/* A state change that is still to be repeated (RFC 9776 section 5.1). */
	struct mtime repeat;
	unsigned int mode_left;
	unsigned int source_left[SIM_SOURCES];

	/* An answer to a group's or its sources' query (section 5.2). */
	struct mtime answer;
	bool asked_all;
	unsigned int asked;
};

struct sim_host {
	uint32_t link;
	unsigned int number;
	enum gm_generation generation;
	struct mtime general; /* the answer to a general query */
	struct interest interests[SIM_GROUPS];
};

/* What hosts live in: the clock, the wire, chance. */
struct wire {
	struct mtime now;
	uint64_t chance;
	unsigned int loss; /* of a hundred messages */
	struct world *routers[2];
	size_t n_routers;
};

/* 0 to limit - 1. */
unsigned int draw(struct wire *wire, unsigned int limit);
/* 0 to the whole of span. */
struct mspan draw_span(struct wire *wire, struct mspan span);
bool draw_loss(struct wire *wire);

void host_init(struct sim_host *h, uint32_t link, unsigned int number, enum gm_generation generation);
/* Wants this of the group from now on; older hosts know everything or nothing. */
void host_want(struct wire *wire, struct sim_host *h, unsigned int group, enum gm_filter_mode mode, unsigned int mask);
void host_leave_all(struct wire *wire, struct sim_host *h);
void host_hear(struct wire *wire, struct sim_host *h, const struct world_sent *sent);
/* Sends what is due. */
void host_due(struct wire *wire, struct sim_host *h);
struct mtime host_next(const struct sim_host *h);

bool interest_wants(const struct interest *in, unsigned int source);

#endif
