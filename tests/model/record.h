/*
 * One group on one link as RFC 9776 section 6.2 keeps it: (group, group timer, filter
 * mode, (source, source timer)*), with what is still to be asked (6.6.3), the older
 * hosts (7.3) and the hosts that are known. A part of the model: see model.h.
 */
#ifndef TESTS_MODEL_RECORD_H
#define TESTS_MODEL_RECORD_H

#include "gm.h"
#include "mtime.h"
#include "set.h"
#include "settings.h"

enum { MODEL_HOSTS = 8 };

/* A timer that does not run is MTIME_NEVER. In EXCLUDE such sources are the Y of (X,Y). */
struct model_source {
	struct addr addr;
	struct mtime timer;
	unsigned int asks; /* retransmissions left */
};

/* What a host has said it wants (section 4.2.13). */
struct model_host {
	struct addr addr;
	enum gm_filter_mode mode;
	struct set sources;
	struct mtime until;
};

struct model_record {
	bool exists;
	struct addr group;
	enum gm_filter_mode mode;
	struct mtime timer;
	struct model_source sources[SET_MAX];
	size_t n_sources;
	struct mtime v1_host, v2_host; /* when they count as gone */
	unsigned int asks;
	struct mtime next_ask, next_source_ask; /* with none left: not before that */
	struct model_host hosts[MODEL_HOSTS];
	size_t n_hosts;
	struct mtime untracked_until; /* a host that cannot be tracked may be there */
};

/* What the link is as the tables need to know it; intervals as sections 8.4 to 8.13 derive them. */
struct model_terms {
	struct mtime now;
	struct mspan gmi, ohpi, lmqt, lmqi;
	unsigned int lmqc;
	enum gm_generation version;
	bool querier;
	bool fast_leave;
};

/* X of EXCLUDE(X,Y), or all of INCLUDE; and Y. */
struct set record_running(const struct model_record *r);
struct set record_stopped(const struct model_record *r);

void record_report(struct model_record *r, const struct model_terms *terms, enum gm_generation generation,
		   const struct gm_record *said, const struct addr *host);
/* Timers that are due at now. */
void record_expire(struct model_record *r, struct mtime now);
/* Another router's query with S clear was heard (6.6.1). */
void record_lower(struct model_record *r, struct mtime to, const struct set *sources);
/* Section 6.3. */
bool record_forwards(const struct model_record *r, const struct addr *source);
/* Nothing more will be asked. */
void record_hush(struct model_record *r);

#endif
