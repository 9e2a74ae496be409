/*
 * Which hosts of a link are members of a group, and of which of its sources: what
 * RFC 9776 calls explicit tracking (appendix B.2). Exact for hosts that speak
 * generation 3, which never suppress their reports; a host of an older version is
 * heard only by chance, and so is one without an address yet (RFC 9776 section 4.2.14:
 * 0.0.0.0 may be many). Such a group has members that are not tracked, and nobody is to
 * be cut off on the strength of this list then.
 *
 * Bounded: hosts for each group, sources for each host, and both together for each
 * interface, since anybody can make up addresses. What does not fit makes the list
 * incomplete for as long as a membership lives. Owner: the group.
 */
#ifndef CORE_HOSTS_H
#define CORE_HOSTS_H

#include <stdbool.h>
#include <stddef.h>

#include "addr.h"
#include "gm.h"
#include "mtime.h"
#include "srcset.h"

enum { HOSTS_MAX = 1024 };

struct host {
	struct addr addr;
	struct mtime until; /* it counts as gone then, if it is not heard again */
	struct srcset sources;
	enum gm_filter_mode mode;
};

/* What the lists of one interface may take in all: a unit for a host, and one for a source. */
struct hosts_room {
	size_t used;
	size_t max;
};

struct hosts {
	struct host *list; /* sorted by address; at first it is only, so the struct must not be moved */
	struct host only;  /* most groups have one member on a link: no memory of its own for that */
	uint32_t n;
	uint32_t capacity;
	struct mtime incomplete_until; /* somebody may be missing from the list until then */
	struct hosts_room *room; /* shared by the groups of an interface; NULL: no bound */
};

void hosts_fini(struct hosts *h);

/* What the record says of its sender; it stays true until then. A host that wants nothing any more is taken out. */
void hosts_report(struct hosts *h, const struct addr *addr, struct mtime now, struct mtime until,
		  const struct gm_record *record, size_t max_sources);

/* A member that cannot be listed was heard; it is one until then. */
void hosts_untracked(struct hosts *h, struct mtime until);

/*
 * Takes out those that have not been heard in time. To be called before a question is
 * asked, and now and then, or they keep the room of those in other lists; not at every
 * report: with a thousand hosts on a link each would cost a walk.
 */
void hosts_expire(struct hosts *h, struct mtime now);

/* Is everybody who was heard in time in the list? */
bool hosts_is_complete(const struct hosts *h, struct mtime now);

/* Does one of them want everything but a few, or this source? */
bool hosts_any_exclude(const struct hosts *h);
bool hosts_any_wants(const struct hosts *h, const struct addr *source);

#endif
