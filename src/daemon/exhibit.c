#include "exhibit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "budget.h"
#include "describe.h"
#include "line.h"
#include "log.h"
#include "probe.h"
#include "server.h"
#include "witness.h"

/* How often what grows slowly is looked at: limits, overruns, series of groups that are gone. */
static const struct mspan housekeeping_interval = {5000000};

struct exhibit {
	struct stats stats;
	struct probe *probe;
	struct witness *witness;
	uint32_t table; /* of multicast routing */
	struct device **devices;
	struct stats_link *links;
	struct server *server;
	struct mtime housekeeping_at;
};

/* --- questions --- */

static int ask_traffic(void *ctx, enum family family, uint32_t ifindex, struct iface_traffic *traffic)
{
	const struct exhibit *e = ctx;

	return e->devices[family] ? device_traffic(e->devices[family], ifindex, traffic) : -ENODEV;
}

static uint64_t ask_receive_drops(void *ctx, enum family family)
{
	const struct exhibit *e = ctx;

	return e->devices[family] ? device_receive_drops(e->devices[family]) : 0;
}

static uint64_t ask_syslog_lost(void *ctx)
{
	(void)ctx;
	return log_lost();
}

static uint64_t ask_log_messages(void *ctx, int priority)
{
	(void)ctx;
	return log_count(priority);
}

static struct mtime ask_clock(void *ctx)
{
	(void)ctx;
	return clock_now();
}

static void ask_sample(void *ctx)
{
	const struct exhibit *e = ctx;

	for (enum family f = 0; f < FAMILY_COUNT; f++)
		if (e->devices[f])
			device_sample(e->devices[f], clock_now());
}

static bool ask_is_sampling(void *ctx)
{
	const struct exhibit *e = ctx;

	for (enum family f = 0; f < FAMILY_COUNT; f++)
		if (e->devices[f] && device_is_sampling(e->devices[f]))
			return true;
	return false;
}

static int ask_unresolved(void *ctx, uint64_t *n)
{
	const struct exhibit *e = ctx;

	return e->witness ? witness_unresolved(e->witness, e->table, n) : -ENOSYS;
}

static void ask_link(void *ctx, uint32_t ifindex, enum family family, const struct addr *group,
		     struct link_evidence *evidence)
{
	const struct exhibit *e = ctx;

	*evidence = (struct link_evidence){0};
	if (e->witness)
		witness_link(e->witness, ifindex, family, group, evidence);
}

static void ask_route(void *ctx, const struct addr *source, struct route_evidence *evidence)
{
	const struct exhibit *e = ctx;

	*evidence = (struct route_evidence){0};
	if (e->witness)
		witness_route(e->witness, source, evidence);
}

static void ask_drops(void *ctx, struct drop_evidence *evidence)
{
	const struct exhibit *e = ctx;

	*evidence = (struct drop_evidence){0};
	if (e->witness)
		witness_drops(e->witness, evidence);
}

static int probe_begin(void *ctx, bool outgoing, uint32_t ifindex, const struct addr *source, const struct addr *group)
{
	const struct exhibit *e = ctx;

	return e->probe ? probe_start(e->probe, outgoing, ifindex, source, group) : -ENOSYS;
}

static void probe_end(void *ctx, bool outgoing, struct sight *sight)
{
	const struct exhibit *e = ctx;

	*sight = (struct sight){0};
	if (e->probe)
		probe_stop(e->probe, outgoing, sight);
}

static const struct stats_ops ops = {
	.traffic = ask_traffic,
	.receive_drops = ask_receive_drops,
	.syslog_lost = ask_syslog_lost,
	.log_messages = ask_log_messages,
	.clock = ask_clock,
	.sample = ask_sample,
	.is_sampling = ask_is_sampling,
	.unresolved = ask_unresolved,
	.link = ask_link,
	.route = ask_route,
	.drops = ask_drops,
	.probe_start = probe_begin,
	.probe_stop = probe_end,
};

/* --- what only the daemon knows --- */

static double unix_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* What the configuration names; false when memory is short. */
static bool take_links(struct exhibit *e, const struct conf *conf)
{
	struct stats_link *links = calloc(conf->n_interfaces + 1, sizeof(*links));
	size_t n = 0;

	if (!links)
		return false;
	for (size_t k = 0; k < conf->n_interfaces; k++)
		if (!conf->interfaces[k].pattern)
			links[n++] = (struct stats_link){conf->interfaces[k].name, &conf->interfaces[k].settings};
	free(e->links);
	e->links = links;
	e->stats.links = links;
	e->stats.n_links = n;
	return true;
}

static void take_settings(struct exhibit *e, const struct conf *conf)
{
	e->stats.series_room.max = conf->stats.max_groups;
	e->stats.daemon.max_flows = conf->max_flows;
	e->stats.daemon.last_reload_ok = true;
	e->stats.daemon.last_reload_time = unix_now();
}

/* The devices tell us what they do from now on. */
static bool take_devices(struct exhibit *e)
{
	for (enum family f = 0; f < FAMILY_COUNT; f++) {
		if (!e->devices[f])
			continue;
		if (!series_init(&e->stats.series[f], device_proxy(e->devices[f]), &e->stats.series_room))
			return false;
		e->stats.proxies[f] = device_proxy(e->devices[f]);
		device_show(e->devices[f], &e->stats);
	}
	return true;
}

/* With a key that is secret already: anybody can make up groups and sources. */
static bool take_sights(struct exhibit *e)
{
	const struct proxy *p = e->stats.proxies[FAMILY_IPV4] ? e->stats.proxies[FAMILY_IPV4] : e->stats.proxies[FAMILY_IPV6];

	return p && sights_init(&e->stats.sights, p->env.hash_key);
}

struct exhibit *exhibit_new(struct device *devices[static FAMILY_COUNT], const struct conf *conf,
			    const char *config_file, struct probe *probe, struct witness *witness)
{
	struct exhibit *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->devices = devices;
	e->probe = probe;
	e->witness = witness;
	e->table = conf->has_table ? conf->table : WITNESS_MAIN_TABLE;
	e->stats.ops = &ops;
	e->stats.ctx = e;
	e->stats.now = clock_now();
	e->stats.unix_time = unix_now();
	e->stats.limits_reached.grew = e->stats.overruns.grew = MTIME_NEVER;
	feed_init(&e->stats.feed);
	e->stats.daemon = (struct stats_daemon){
		.version = PACKAGE_VERSION,
		.revision = REVISION,
		.pid = getpid(),
		.start_time = e->stats.unix_time,
		.config_file = config_file,
	};
	if (!take_devices(e) || !take_sights(e) || !take_links(e, conf)) {
		exhibit_free(e);
		return NULL;
	}
	take_settings(e, conf);
	return e;
}

void exhibit_free(struct exhibit *e)
{
	if (!e)
		return;
	server_free(e->server);
	for (enum family f = 0; f < FAMILY_COUNT; f++) {
		if (!e->stats.proxies[f])
			continue;
		device_show(e->devices[f], NULL);
		series_fini(&e->stats.series[f]);
	}
	sights_fini(&e->stats.sights);
	free(e->links);
	free(e);
}

bool exhibit_serve(struct exhibit *e, struct event_base *base, struct listeners *listeners)
{
	int fd;

	e->server = server_new(base, &e->stats);
	while (e->server && (fd = listeners_take(listeners)) >= 0) {
		if (!server_listen(e->server, fd)) {
			close(fd);
			return false;
		}
	}
	return e->server != NULL;
}

bool exhibit_reloaded(struct exhibit *e, const struct conf *conf)
{
	e->stats.daemon.reloads++;
	if (conf && take_links(e, conf)) {
		take_settings(e, conf);
		return true;
	}
	e->stats.daemon.reload_failures++;
	e->stats.daemon.last_reload_ok = false;
	return false;
}

static size_t describe_reload(const struct exhibit *e, const struct reload_refusal *refusal, struct atom *atoms)
{
	size_t n = 0;

	atoms[n++] = (struct atom){.key = "result", .kind = ATOM_WORD, .word = refusal ? "failed" : "ok"};
	atoms[n++] = (struct atom){
		.key = "file", .kind = ATOM_WORD, .word = refusal ? refusal->file : e->stats.daemon.config_file};
	if (refusal && refusal->line > 0)
		atoms[n++] = (struct atom){.key = "line", .kind = ATOM_NUMBER, .number = refusal->line};
	if (refusal)
		atoms[n++] = (struct atom){.key = "reason", .kind = ATOM_WORD, .word = refusal->reason};
	if (refusal && refusal->token)
		atoms[n++] = (struct atom){.key = "token", .kind = ATOM_WORD, .word = refusal->token};
	return n;
}

void exhibit_tell_reload(struct exhibit *e, const struct reload_refusal *refusal)
{
	static const char name[] = "config_reload";
	struct atom atoms[DESCRIBE_ATOMS];
	size_t n = describe_reload(e, refusal, atoms);
	char value[DESCRIBE_VALUE_BYTES];
	struct line l;

	line_begin(&l, name);
	for (size_t k = 0; k < n; k++)
		line_word(&l, atoms[k].key, describe_value(&atoms[k], value));
	log_line(refusal ? LOG_ERR : LOG_INFO, l.text);
	feed_tell(&e->stats.feed, e->stats.unix_time, name, atoms, n);
}

/* --- turns --- */

void exhibit_turn(struct exhibit *e, struct mtime now)
{
	e->stats.now = now;
	e->stats.unix_time = unix_now();
}

void exhibit_held(struct exhibit *e, struct mspan held, struct mspan cpu)
{
	histogram_observe(&e->stats.loop_hold, held);
	histogram_observe(&e->stats.loop_cpu, cpu);
}

/* True: there is more to do at once. */
static bool keep_house(struct exhibit *e)
{
	bool more = false;

	if (!mtime_reached(e->housekeeping_at, e->stats.now))
		return false;
	stats_watch_health(&e->stats);
	for (enum family f = 0; f < FAMILY_COUNT; f++)
		if (e->stats.proxies[f] && series_expire(&e->stats.series[f], e->stats.now))
			more = true;
	if (!more)
		e->housekeeping_at = mtime_after(e->stats.now, housekeeping_interval);
	return more;
}

bool exhibit_work(struct exhibit *e)
{
	bool more = keep_house(e);

	sights_work(&e->stats);
	return server_work(e->server) || more;
}

struct mtime exhibit_next_deadline(const struct exhibit *e)
{
	return mtime_earlier(mtime_earlier(e->housekeeping_at, sights_next_deadline(&e->stats)),
			     server_next_deadline(e->server));
}
