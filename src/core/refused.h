/*
 * What our own rules and limits have refused lately, so that whoever asks why a stream
 * does not flow can be told (design, section 4, "Why"). A bounded table of a family,
 * the oldest goes: anybody can make up groups and sources. Owner: the proxy.
 */
#ifndef CORE_REFUSED_H
#define CORE_REFUSED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "addr.h"
#include "mtime.h"
#include "table.h"

enum { REFUSED_MAX = 1024 };

enum refused_why {
	REFUSED_FILTERED, /* by an allow/deny line */
	REFUSED_SOURCE,	  /* no network of the interface and no source line admits it */
	REFUSED_LIMIT
};

struct refused {
	struct table_node node;
	TAILQ_ENTRY(refused) entry;
	uint32_t ifindex;
	struct addr group;
	struct addr source; /* with has_source */
	bool has_source;
	enum refused_why why;
	size_t rule;	   /* REFUSED_FILTERED: its place in the list, from 0 */
	const char *limit; /* REFUSED_LIMIT: "groups", "sources", "mfc"; a literal */
	uint64_t value;	   /* of the limit */
	uint64_t count;
	struct mtime last;
};

TAILQ_HEAD(refused_list, refused);

struct refusals {
	struct table table;
	struct refused_list list; /* the one refused longest ago is first */
};

/* "filtered", "source_not_allowed", "limit": the names of the reasons. */
const char *refused_name(enum refused_why why);

/* False when memory is short. */
bool refusals_init(struct refusals *r, uint64_t hash_key) __attribute__((warn_unused_result));
void refusals_fini(struct refusals *r);

/* One more; what of *what is no key (ifindex, group, source) replaces what was known. Without memory it is forgotten. */
void refusals_note(struct refusals *r, struct mtime now, const struct refused *what);

/* NULL: not refused lately. source NULL: the group as such. */
const struct refused *refusals_find(const struct refusals *r, uint32_t ifindex, const struct addr *group,
				    const struct addr *source);

/* It is admitted now. */
void refusals_forget(struct refusals *r, uint32_t ifindex, const struct addr *group, const struct addr *source);
/* The interface has other rules now, or is gone. */
void refusals_forget_iface(struct refusals *r, uint32_t ifindex);

#endif
