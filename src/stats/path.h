/*
 * The path of a stream, station by station, from the upstream to the hosts that ask for
 * it (design, section 4: what diagnose walks): what was looked at, and what was found
 * there, right or wrong. It accuses nobody: suspects do, and each of them is one of these.
 *
 * Filled one interface at a time, because a bridge's database takes the kernel
 * milliseconds. Bounded; what does not fit is left out.
 */
#ifndef STATS_PATH_H
#define STATS_PATH_H

#include <stddef.h>

#include "ifstate.h"
#include "suspect.h"

struct flow;
struct json;
struct stats;

enum path_state { PATH_OK, PATH_WRONG, PATH_UNKNOWN };

struct path_step {
	const char *name; /* "link" */
	enum path_state state;
	char interface[IFSTATE_NAME_BYTES]; /* "": none in particular */
	char evidence[SUSPECT_TEXT_BYTES];
};

enum { PATH_MAX_STEPS = 128 };

struct path {
	struct path_step steps[PATH_MAX_STEPS];
	size_t n;
};

/* All of one interface: the link, its bridge, who asks and who answers there. Asks the kernel. */
void path_look_at_iface(struct path *path, const struct stats *stats, const struct iface *i, const struct addr *group);
/* The subscription upstream, the kernel's entry, and what was seen of the flow; f NULL: there is none. */
void path_look_at_stream(struct path *path, const struct stats *stats, const struct membership *m,
			 const struct flow *f);

/* "path":[{"step":…,"interface":…,"state":"ok",…}] */
void path_write(const struct path *path, struct json *j);

#endif
