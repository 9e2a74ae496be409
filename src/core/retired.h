/*
 * What interfaces that are gone had counted. The last of them are remembered by their names,
 * so that one that comes again (a ppp0 that was dialled anew, a link that a reload took out and
 * put in) counts on from where it was: counters never go back. All others are added up.
 */
#ifndef CORE_RETIRED_H
#define CORE_RETIRED_H

#include <stddef.h>
#include <sys/queue.h>

#include "counters.h"

struct iface;
struct retired_iface;

TAILQ_HEAD(retired_list, retired_iface);

struct retired {
	struct retired_list list; /* the oldest first */
	size_t n;
	struct iface_counters others;
};

/* How many names are remembered. */
enum { RETIRED_MAX = 64 };

void retired_init(struct retired *r);
void retired_fini(struct retired *r);

/* It is going, or has gone and counted more since: takes over its counters, which are 0 then. */
void retired_keep(struct retired *r, struct iface *i);

/* One of this name is there now, and has counted nothing yet: gives it what the one before had counted. */
void retired_give_back(struct retired *r, const char *name, struct iface *i);

/* Adds all that is kept here. */
void retired_sum(const struct retired *r, struct iface_counters *sum);

#endif
