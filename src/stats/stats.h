/*
 * All that can be seen, in one place: what the documents of this room read. The
 * counters themselves are the core's; here is what goes on beyond the life of the
 * core's records, what only the daemon knows, and how to ask the kernel.
 *
 * Owner: the daemon. Everything that is borrowed lives longer than the struct stats.
 */
#ifndef STATS_STATS_H
#define STATS_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "evidence.h"
#include "feed.h"
#include "histogram.h"
#include "proxy.h"
#include "series.h"
#include "settings.h"
#include "sights.h"

/* Questions to the kernel; all answer at once, as nobody, in a chroot. */
struct stats_ops {
	int (*traffic)(void *ctx, enum family family, uint32_t ifindex, struct iface_traffic *traffic);
	/* Messages lost since the start because they came too fast. */
	uint64_t (*receive_drops)(void *ctx, enum family family);
	/* Lines that syslogd did not take, since the start. */
	uint64_t (*syslog_lost)(void *ctx);
	/* Lines of this syslog level (LOG_*), suppressed and hidden ones included. */
	uint64_t (*log_messages)(void *ctx, int priority);

	/* The monotonic clock, for measuring. */
	struct mtime (*clock)(void *ctx);

	/* The kernel's counters of all flows are to be read, in slices; and whether that is still going on. */
	void (*sample)(void *ctx);
	bool (*is_sampling)(void *ctx);

	/* Flows that the kernel has asked about and that nobody has answered yet; IPv4. 0 or -errno. */
	int (*unresolved)(void *ctx, uint64_t *n);

	/* See base/evidence.h; all zero: nothing could be found out. */
	void (*link)(void *ctx, uint32_t ifindex, enum family family, const struct addr *group,
		     struct link_evidence *evidence);
	void (*route)(void *ctx, const struct addr *source, struct route_evidence *evidence);
	void (*drops)(void *ctx, struct drop_evidence *evidence);
	/*
	 * Looks at one (S,G), or at a group with source NULL, on one interface, incoming before
	 * any filter, outgoing behind all. There is one probe for each direction; -EBUSY: it is in use, -ENOSYS: none.
	 */
	int (*probe_start)(void *ctx, bool outgoing, uint32_t ifindex, const struct addr *source,
			   const struct addr *group);
	void (*probe_stop)(void *ctx, bool outgoing, struct sight *sight);
};

/* An interface that the configuration names, whether it exists or not; patterns are none. */
struct stats_link {
	const char *name;
	const struct iface_settings *settings;
};

/* What only the daemon knows of itself. */
struct stats_daemon {
	const char *version;
	const char *revision; /* "" if nobody knows */
	int64_t pid;
	double start_time; /* Unix seconds */
	const char *config_file;
	uint64_t reloads, reload_failures;
	bool last_reload_ok;
	double last_reload_time; /* of the last good one, Unix seconds */
	size_t max_flows;
};

/* A counter, and when it was last found to have grown; MTIME_NEVER: it has not. */
struct stats_watch {
	uint64_t value;
	struct mtime grew;
};

struct stats {
	const struct proxy *proxies[FAMILY_COUNT]; /* NULL: the family is off */
	const struct stats_ops *ops;
	void *ctx;

	const struct stats_link *links;
	size_t n_links;
	struct stats_daemon daemon;

	struct series series[FAMILY_COUNT]; /* of those families that are on */
	struct series_room series_room;
	struct feed feed;
	struct sights sights;
	struct histogram loop_hold; /* how long each turn of the loop took */
	struct histogram loop_cpu;  /* its processor time */
	uint64_t clients_refused;   /* limit_reached{limit="stats_clients"} */
	size_t max_clients;
	struct stats_watch limits_reached, overruns; /* for stats_health() */
	struct mspan scrape_duration; /* of the last one */

	/* As of this turn of the loop. */
	struct mtime now;
	double unix_time;
};

/* The traffic of an interface, that of its earlier VIFs included. False: it has no VIF now. */
bool stats_traffic(const struct stats *stats, const struct iface *i, struct iface_traffic *traffic);

/* What all interfaces have counted, those that are gone included. */
struct iface_counters stats_count_ifaces(const struct proxy *p);

/* A limit of the whole daemon, as the metrics and JSON name it. */
struct stats_limit {
	const char *name;
	bool known; /* its value is */
	uint64_t value;
	bool counted; /* how much of it is used is known */
	uint64_t used;
	uint64_t reached; /* times that something was refused because of it */
};

enum { STATS_LIMITS = 9 };

/* groups, sources, mfc, vifs, kernel_memberships, kernel_sources, memory, stats_groups, stats_clients. */
void stats_limits(const struct stats *stats, struct stats_limit limits[static STATS_LIMITS]);

/* Looks at what must not have grown lately; to be called every few seconds. */
void stats_watch_health(struct stats *stats);

enum { STATS_CAUSES = 5 };

/*
 * What is wrong (design, section 4, "Health"), each a word ("upstream_down"); returns how
 * many: with none the daemon is up, else degraded.
 */
size_t stats_health(const struct stats *stats, const char *causes[static STATS_CAUSES]);

/* NULL: the family is off, or knows no interface of this name. */
const struct iface *stats_find_iface(const struct stats *stats, enum family family, const char *name);

#endif
