#include "stats.h"

#include <errno.h>
#include <string.h>

#include "iface.h"

/* A limit hit, a receive buffer overrun: for so long it is not to be called healthy (design, section 4). */
static const struct mspan recent = {300000000};

const struct iface *stats_find_iface(const struct stats *stats, enum family family, const char *name)
{
	const struct iface *i;

	if (!stats->proxies[family])
		return NULL;
	TAILQ_FOREACH(i, &stats->proxies[family]->ifaces, entry)
		if (strcmp(i->name, name) == 0)
			return i;
	return NULL;
}

bool stats_traffic(const struct stats *stats, const struct iface *i, struct iface_traffic *traffic)
{
	*traffic = (struct iface_traffic){0};
	if (stats->ops->traffic(stats->ctx, i->env->proto->family, i->ifindex, traffic) != 0)
		return false;
	traffic_add(&traffic->counted, &i->counters.traffic);
	return true;
}

struct iface_counters stats_count_ifaces(const struct proxy *p)
{
	struct iface_counters all = {0};
	const struct iface *i;

	retired_sum(&p->retired, &all);

	TAILQ_FOREACH(i, &p->ifaces, entry)
		iface_counters_add(&all, &i->counters);
	return all;
}

/* --- limits --- */

enum place {
	OF_GROUPS,
	OF_SOURCES,
	OF_MFC,
	OF_VIFS,
	OF_KERNEL_MEMBERSHIPS,
	OF_KERNEL_SOURCES,
	OF_MEMORY,
	OF_STATS_GROUPS,
	OF_STATS_CLIENTS
};

/* How often a join was refused with this errno. */
static uint64_t join_errors(const struct proxy *p, int error)
{
	for (size_t k = 0; k < ERRNO_COUNTS; k++)
		if (p->db.join_errors.list[k].error == error)
			return p->db.join_errors.list[k].count;
	return 0;
}

static void add_family(const struct stats *stats, enum family f, struct stats_limit limits[static STATS_LIMITS])
{
	const struct proxy *p = stats->proxies[f];
	const struct proxy_counters *c = &p->env.counters;

	limits[OF_GROUPS].reached += c->limit_groups;
	limits[OF_SOURCES].reached += c->limit_sources;
	limits[OF_MFC].reached += c->limit_flows;
	limits[OF_MFC].used += p->mfc.table.count;
	limits[OF_VIFS].reached += c->limit_vifs;
	limits[OF_KERNEL_MEMBERSHIPS].reached += join_errors(p, ENOBUFS) + join_errors(p, EMFILE);
	limits[OF_KERNEL_SOURCES].reached += join_errors(p, ENOMEM);
	limits[OF_MEMORY].reached += c->no_memory;
	limits[OF_STATS_GROUPS].reached += stats->series[f].refused;
}

/* They are the interfaces' own; the smallest says where it will pinch first. */
static void least_of_ifaces(const struct stats *stats, struct stats_limit limits[static STATS_LIMITS])
{
	const struct iface *i;

	for (enum family f = 0; f < FAMILY_COUNT; f++) {
		if (!stats->proxies[f])
			continue;
		TAILQ_FOREACH(i, &stats->proxies[f]->ifaces, entry) {
			struct stats_limit *groups = &limits[OF_GROUPS];
			struct stats_limit *sources = &limits[OF_SOURCES];

			if (i->settings->role != ROLE_DOWNSTREAM)
				continue;
			if (!groups->known || i->settings->max_groups < groups->value)
				groups->value = i->settings->max_groups;
			if (!sources->known || i->settings->max_sources < sources->value)
				sources->value = i->settings->max_sources;
			groups->known = sources->known = true;
		}
	}
}

void stats_limits(const struct stats *stats, struct stats_limit limits[static STATS_LIMITS])
{
	static const char *const names[STATS_LIMITS] = {
		"groups", "sources", "mfc", "vifs", "kernel_memberships", "kernel_sources", "memory", "stats_groups",
		"stats_clients",
	};

	memset(limits, 0, STATS_LIMITS * sizeof(*limits));
	for (size_t k = 0; k < STATS_LIMITS; k++)
		limits[k].name = names[k];
	least_of_ifaces(stats, limits);
	for (enum family f = 0; f < FAMILY_COUNT; f++)
		if (stats->proxies[f])
			add_family(stats, f, limits);
	limits[OF_MFC].known = limits[OF_MFC].counted = true;
	limits[OF_MFC].value = stats->daemon.max_flows;
	limits[OF_VIFS].known = true;
	limits[OF_VIFS].value = MROUTE_MAX_IFACES;
	limits[OF_STATS_GROUPS].known = limits[OF_STATS_GROUPS].counted = true;
	limits[OF_STATS_GROUPS].value = stats->series_room.max;
	limits[OF_STATS_GROUPS].used = stats->series_room.used;
	limits[OF_STATS_CLIENTS].known = true;
	limits[OF_STATS_CLIENTS].value = stats->max_clients;
	limits[OF_STATS_CLIENTS].reached = stats->clients_refused;
}

/* --- health --- */

/* A family that no upstream is configured for has nothing that could come up. */
static bool wants_upstream(const struct stats *stats, enum family f)
{
	for (size_t k = 0; k < stats->n_links; k++)
		if (stats->links[k].settings->role == ROLE_UPSTREAM && stats->links[k].settings->enabled[f])
			return true;
	return false;
}

static bool upstream_is_down(const struct stats *stats, enum family f)
{
	const struct iface *upstream = stats->proxies[f]->db.upstream;

	return wants_upstream(stats, f) && (!upstream || upstream->state != IFACE_UP);
}

static bool is_join_failing(const struct proxy *p)
{
	for (size_t k = 0; k < MEMBERDB_BACKOFFS; k++)
		if (!TAILQ_EMPTY(&p->db.failed[k]))
			return true;
	return false;
}

static bool is_recent(const struct stats *stats, struct mtime at)
{
	return !mtime_is_never(at) && !mtime_reached(mtime_after(at, recent), stats->now);
}

/* What grows and is looked at now and then: when did it grow last? */
static void watch(const struct stats *stats, struct stats_watch *w, uint64_t value)
{
	if (value != w->value)
		w->grew = stats->now;
	w->value = value;
}

void stats_watch_health(struct stats *stats)
{
	struct stats_limit limits[STATS_LIMITS];
	uint64_t reached = 0;
	uint64_t overruns = 0;

	stats_limits(stats, limits);
	for (size_t k = 0; k < OF_STATS_GROUPS; k++)
		reached += limits[k].reached;
	for (enum family f = 0; f < FAMILY_COUNT; f++)
		if (stats->proxies[f])
			overruns += stats->ops->receive_drops(stats->ctx, f);
	watch(stats, &stats->limits_reached, reached);
	watch(stats, &stats->overruns, overruns);
}

size_t stats_health(const struct stats *stats, const char *causes[static STATS_CAUSES])
{
	bool down = false;
	bool failing = false;
	size_t n = 0;

	for (enum family f = 0; f < FAMILY_COUNT; f++) {
		if (!stats->proxies[f])
			continue;
		down = down || upstream_is_down(stats, f);
		failing = failing || is_join_failing(stats->proxies[f]);
	}
	if (down)
		causes[n++] = "upstream_down";
	if (failing)
		causes[n++] = "join_failing";
	if (is_recent(stats, stats->limits_reached.grew))
		causes[n++] = "limit_reached";
	if (is_recent(stats, stats->overruns.grew))
		causes[n++] = "receive_overrun";
	if (!stats->daemon.last_reload_ok)
		causes[n++] = "reload_failed";
	return n;
}
