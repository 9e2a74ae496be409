/*
 * The core against a small network, in virtual time: hosts of all versions, links
 * that lose packets, go down and are deleted, a kernel that refuses, a second
 * proxy on the same link. After every step the invariants of check() must hold.
 *
 * sim-proxy [--seed N] [--hours H] [scenario ...]; each scenario runs for both
 * families. The seed is printed: the same seed is the same run.
 */
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host.h"

enum { MAX_HOSTS = 24, N_DOWNSTREAMS = 3 };

struct sim;

struct scenario {
	const char *name;
	unsigned int hosts;
	unsigned int generations; /* bit n: generation n takes part */
	unsigned int loss;	  /* of a hundred messages */
	bool flapping;		  /* links go down, are deleted and made again */
	bool refusing;		  /* the kernel refuses now and then */
	bool rivals;		  /* a second proxy on DOWN1 */
	bool fast;		  /* fast-leave */
	bool moving;		  /* sources send on any link */
	bool reloads;		  /* static groups and rules come and go */
	unsigned int version;	  /* that the proxy speaks */
};

static const struct scenario scenarios[] = {
	{.name = "sources", .hosts = 12, .generations = 1 << 3, .version = 3},
	{.name = "versions", .hosts = 18, .generations = 1 << 1 | 1 << 2 | 1 << 3, .version = 3},
	{.name = "older", .hosts = 12, .generations = 1 << 2, .version = 2},
	{.name = "lossy", .hosts = 18, .generations = 1 << 1 | 1 << 2 | 1 << 3, .loss = 25, .version = 3},
	{.name = "flapping", .hosts = 12, .generations = 1 << 2 | 1 << 3, .flapping = true, .version = 3},
	{.name = "refusing", .hosts = 12, .generations = 1 << 3, .refusing = true, .version = 3},
	{.name = "rivals", .hosts = 12, .generations = 1 << 2 | 1 << 3, .rivals = true, .flapping = true, .version = 3},
	{.name = "fast", .hosts = 12, .generations = 1 << 3, .fast = true, .version = 3},
	{.name = "fast-versions", .hosts = 18, .generations = 1 << 1 | 1 << 2 | 1 << 3, .fast = true, .version = 3},
	{.name = "moving", .hosts = 12, .generations = 1 << 3, .moving = true, .flapping = true, .version = 3},
	{.name = "reloads", .hosts = 12, .generations = 1 << 2 | 1 << 3, .reloads = true, .flapping = true,
	 .version = 3},
	{.name = "everything", .hosts = 24, .generations = 1 << 1 | 1 << 2 | 1 << 3, .loss = 10, .flapping = true,
	 .refusing = true, .rivals = true, .fast = true, .moving = true, .reloads = true, .version = 3},
	{.name = "chaos", .hosts = 24, .generations = 1 << 1 | 1 << 2 | 1 << 3, .loss = 10, .flapping = true,
	 .refusing = true, .rivals = true, .version = 3},
};

struct sim {
	const struct scenario *scenario;
	struct wire wire;
	struct sim_host hosts[MAX_HOSTS];
	unsigned int n_hosts;
	struct mtime action; /* when chance strikes next */
	struct mtime contested; /* since when both routers are querier on the link they share */
	struct proxy_counters counted[2];
	uint64_t steps;
	bool ending;
};

/*
 * What reloads put into force and take out again: a link's static groups, and rules for
 * the groups from RULED on, one refused and one trimmed.
 */
enum { RULED = SIM_GROUPS - 2, MAX_STATICS = 3, MAX_RULES = 3 };

static struct static_group statics[FAMILY_COUNT][MAX_STATICS];
static struct filter_rule rules[FAMILY_COUNT][MAX_RULES];

static uint64_t total_steps;
static double total_hours;

/* --- what must hold after every step --- */

/* Every counter is an uint64_t and only grows. */
static void check_counters(struct sim *sim, size_t r)
{
	struct world *w = sim->wire.routers[r];
	const uint64_t *now = (const uint64_t *)(const void *)&w->proxy->env.counters;
	const uint64_t *before = (const uint64_t *)(const void *)&sim->counted[r];

	for (size_t i = 0; i < sizeof(struct proxy_counters) / sizeof(uint64_t); i++)
		if (now[i] < before[i])
			world_violate(w, "counter %zu went back", i);
	sim->counted[r] = w->proxy->env.counters;
}

static bool record_wants(const struct group *g, enum family family, unsigned int source)
{
	struct addr a = world_letter(family, (char)('a' + source));

	return g && group_wants(g, &a);
}

/* What a host that answers every query wants is never taken from it. */
static void check_interest(struct sim *sim, size_t r, const struct sim_host *h, unsigned int group)
{
	struct world *w = sim->wire.routers[r];
	const struct iface *i = proxy_find_iface(w->proxy, h->link);
	const struct interest *in = &h->interests[group];
	const struct group *g = world_find_group(w, h->link, group + 1);

	if (!(in->sure & (1u << r)) || !i || i->state != IFACE_UP || (sim->scenario->reloads && group >= RULED))
		return;
	for (unsigned int s = 0; s < SIM_SOURCES; s++)
		if (interest_wants(in, s) && !record_wants(g, w->family, s))
			world_violate(w, "host %u on link %u lost source %c of group %u", h->number, h->link,
				      (int)('a' + s), group + 1);
	if (in->mode == GM_EXCLUDE && (!g || g->mode != GM_EXCLUDE))
		world_violate(w, "host %u on link %u lost group %u", h->number, h->link, group + 1);
}

/* RFC 9776 section 6.6.2: there is a querier on the link that they share, and only one once both have asked. */
static void check_election(struct sim *sim)
{
	unsigned int elected = 0;
	unsigned int up = 0;

	for (size_t r = 0; r < sim->wire.n_routers; r++) {
		const struct iface *i = proxy_find_iface(sim->wire.routers[r]->proxy, DOWN1);

		up += i && i->state == IFACE_UP;
		elected += i && i->state == IFACE_UP && i->querier.elected;
	}
	if (up == 2 && elected == 0)
		world_violate(sim->wire.routers[0], "no querier on the shared link");
	if (elected < 2)
		sim->contested = MTIME_NEVER;
	else
		sim->contested = mtime_earlier(sim->contested, sim->wire.now);
	if (mtime_reached(mtime_after(sim->contested, mspan_seconds(126)), sim->wire.now))
		world_violate(sim->wire.routers[0], "two queriers on one link");
}

/* Only where every query and every report arrives do the RFCs promise anything at an instant. */
static bool loses_nothing(const struct scenario *s)
{
	return s->loss == 0 && !s->refusing;
}

static bool check(struct sim *sim)
{
	bool holds = true;

	sim->steps++;
	if (loses_nothing(sim->scenario)) {
		for (size_t r = 0; r < sim->wire.n_routers; r++)
			for (unsigned int h = 0; h < sim->n_hosts; h++)
				for (unsigned int g = 0; g < SIM_GROUPS; g++)
					check_interest(sim, r, &sim->hosts[h], g);
		check_election(sim);
	}
	for (size_t r = 0; r < sim->wire.n_routers; r++) {
		check_counters(sim, r);
		holds = world_holds(sim->wire.routers[r]) && holds;
	}
	return holds;
}

/* --- the network --- */

static bool is_shared(const struct sim *sim, uint32_t link)
{
	return sim->wire.n_routers == 2 && link == DOWN1;
}

static bool is_present(const struct world *w, uint32_t link)
{
	return w->links[link].state.exists && w->links[link].state.up && w->links[link].vif;
}

static void deliver_query(struct sim *sim, size_t from, const struct world_sent *sent)
{
	for (unsigned int h = 0; h < sim->n_hosts; h++)
		if (sim->hosts[h].link == sent->ifindex && !draw_loss(&sim->wire))
			host_hear(&sim->wire, &sim->hosts[h], sent);
	for (size_t r = 0; r < sim->wire.n_routers; r++) {
		struct world *w = sim->wire.routers[r];

		if (r == from || !is_shared(sim, sent->ifindex) || !is_present(w, sent->ifindex))
			continue;
		if (!draw_loss(&sim->wire))
			world_hear_query(w, sent->ifindex, &sent->src, &sent->query);
	}
}

/* Until nobody has anything to say at this instant. */
static void settle(struct sim *sim)
{
	bool moved;

	do {
		moved = false;
		for (size_t r = 0; r < sim->wire.n_routers; r++) {
			struct world *w = sim->wire.routers[r];

			world_settle(w);
			for (size_t i = 0; i < w->n_sent; i++)
				deliver_query(sim, r, &w->sent[i]);
			moved = moved || w->n_sent > 0;
			world_clear_sent(w);
		}
	} while (moved);
}

/* A link's members have to say again that they are there, when the router has forgotten them. */
static void forget_link(struct sim *sim, size_t r, uint32_t link)
{
	for (unsigned int h = 0; h < sim->n_hosts; h++)
		for (unsigned int g = 0; sim->hosts[h].link == link && g < SIM_GROUPS; g++)
			sim->hosts[h].interests[g].sure &= ~(1u << r);
}

/* --- what chance does --- */

static void change_interest(struct sim *sim)
{
	struct sim_host *h = &sim->hosts[draw(&sim->wire, sim->n_hosts)];
	enum gm_filter_mode mode = draw(&sim->wire, 2) ? GM_EXCLUDE : GM_INCLUDE;
	unsigned int mask = draw(&sim->wire, 3) ? draw(&sim->wire, 1 << SIM_SOURCES) : 0;

	host_want(&sim->wire, h, draw(&sim->wire, SIM_GROUPS), mode, mask);
}

/* Packets: of sources beside the upstream, of hosts, of strangers. */
static void send_packets(struct sim *sim)
{
	struct world *w = sim->wire.routers[draw(&sim->wire, (unsigned int)sim->wire.n_routers)];
	uint32_t link = draw(&sim->wire, 2) ? UP : DOWN1 + draw(&sim->wire, N_DOWNSTREAMS);
	struct addr source = world_letter(w->family, (char)('a' + draw(&sim->wire, SIM_SOURCES)));

	if (link != UP && draw(&sim->wire, 2))
		source = world_source(w->family, link, HOST + draw(&sim->wire, 4));
	if (draw(&sim->wire, 20) == 0)
		source = world_source(w->family, 99, draw(&sim->wire, 4));
	if (is_present(w, link))
		world_packets(w, link, &source, 1 + draw(&sim->wire, SIM_GROUPS), 1 + draw(&sim->wire, 100));
}

static void flap(struct sim *sim)
{
	size_t r = draw(&sim->wire, (unsigned int)sim->wire.n_routers);
	struct world *w = sim->wire.routers[r];
	uint32_t link = UP + draw(&sim->wire, r == 0 ? N_DOWNSTREAMS + 1 : 2);
	struct ifstate *state = &w->links[link].state;

	if (!state->exists || !state->up || draw(&sim->wire, 4) == 0) {
		state->exists = true;
		state->up = true;
	} else if (draw(&sim->wire, 2)) {
		state->up = false;
	} else {
		state->exists = false;
	}
	forget_link(sim, r, link);
	world_news(w, link);
}

static void toggle_refusal(struct sim *sim)
{
	struct world *w = sim->wire.routers[0];
	uint32_t link = UP + draw(&sim->wire, N_DOWNSTREAMS + 1);
	int *const errors[] = {&w->subscribe_error, &w->set_error, &w->send_error, &w->links[link].start_error};
	int *error = errors[draw(&sim->wire, 4)];

	w->strays = true;
	*error = *error ? 0 : ENOBUFS;
}

static void make_lists(enum family family)
{
	struct addr refused = world_group(family, RULED + 1);
	struct addr trimmed = world_group(family, RULED + 2);
	struct addr a = world_letter(family, 'a');

	statics[family][0] = (struct static_group){world_group(family, 1), true, world_letter(family, 'b')};
	statics[family][1] = (struct static_group){world_group(family, 1), true, a};
	statics[family][2] = (struct static_group){.group = world_group(family, RULED + 1)};
	rules[family][0] = (struct filter_rule){.group = prefix_make(&refused, 128)};
	rules[family][1] = (struct filter_rule){true, true, prefix_make(&trimmed, 128), prefix_make(&a, 128)};
	rules[family][2] = (struct filter_rule){.group = prefix_make(&trimmed, 128)};
}

static void set_lists(struct world *w, uint32_t link, size_t n_statics, size_t n_rules)
{
	struct iface_settings *s = &w->links[link].settings;

	s->statics = statics[w->family];
	s->n_statics = n_statics;
	s->rules = rules[w->family];
	s->n_rules = n_rules;
	world_news(w, link);
}

static void reload(struct sim *sim)
{
	uint32_t link = DOWN1 + draw(&sim->wire, N_DOWNSTREAMS);

	set_lists(sim->wire.routers[0], link, draw(&sim->wire, MAX_STATICS + 1), draw(&sim->wire, MAX_RULES + 1));
}

static void act(struct sim *sim)
{
	unsigned int what = draw(&sim->wire, 100);

	if (what < 5 && sim->scenario->flapping)
		flap(sim);
	else if (what < 10 && sim->scenario->refusing)
		toggle_refusal(sim);
	else if (what < 15 && sim->scenario->reloads)
		reload(sim);
	else if (what < 50)
		change_interest(sim);
	else
		send_packets(sim);
	sim->action = mtime_after(sim->wire.now, draw_span(&sim->wire, mspan_seconds(draw(&sim->wire, 4) ? 2 : 40)));
}

/* --- time --- */

static struct mtime next_instant(const struct sim *sim)
{
	struct mtime next = sim->ending ? MTIME_NEVER : sim->action;

	for (unsigned int h = 0; h < sim->n_hosts; h++)
		next = mtime_earlier(next, host_next(&sim->hosts[h]));
	for (size_t r = 0; r < sim->wire.n_routers; r++)
		next = mtime_earlier(next, proxy_next_deadline(sim->wire.routers[r]->proxy));
	return next;
}

static void set_clock(struct sim *sim, struct mtime now)
{
	sim->wire.now = now;
	for (size_t r = 0; r < sim->wire.n_routers; r++)
		sim->wire.routers[r]->now = now;
}

/* What arrives at an instant is read before its timers are looked at. */
static bool step(struct sim *sim, struct mtime now)
{
	set_clock(sim, now);
	for (unsigned int h = 0; h < sim->n_hosts; h++)
		host_due(&sim->wire, &sim->hosts[h]);
	if (!sim->ending && mtime_reached(sim->action, now))
		act(sim);
	settle(sim);
	return check(sim);
}

static bool run_to(struct sim *sim, struct mtime until)
{
	while (mtime_reached(next_instant(sim), until))
		if (!step(sim, next_instant(sim)))
			return false;
	return step(sim, until);
}

static bool run(struct sim *sim, struct mspan span)
{
	return run_to(sim, mtime_after(sim->wire.now, span));
}

/* --- a run --- */

/* The second proxy has the lower address on the shared link, and an upstream of its own. */
static void make_rival(struct world *w)
{
	w->links[DOWN1].addrs[0].addr = world_host(FAMILY_IPV4, DOWN1, RIVAL);
	w->links[DOWN1].addrs[2].addr = world_host(FAMILY_IPV6, DOWN1, RIVAL);
}

static void add_router(struct sim *sim, enum family family)
{
	struct world *w = world_new(family);
	uint32_t last = sim->wire.n_routers > 0 ? DOWN1 : UP + N_DOWNSTREAMS;

	for (uint32_t link = DOWN1; link <= WORLD_LINKS; link++) {
		w->links[link].settings.version[family] = (enum gm_generation)sim->scenario->version;
		w->links[link].settings.fast_leave = sim->scenario->fast;
		w->links[link].settings.source_any = sim->scenario->moving;
		/* Of the others what hosts asked for outlives the device. */
		w->links[link].settings.from_pattern = link == DOWN3;
	}
	w->now = sim->wire.now = (struct mtime){INT64_C(1000000000)};
	if (sim->wire.n_routers > 0)
		make_rival(w);
	for (uint32_t link = UP; link <= last; link++)
		world_news(w, link);
	sim->wire.routers[sim->wire.n_routers++] = w;
}

static void add_hosts(struct sim *sim, enum family family)
{
	enum gm_generation oldest = gm_protos[family].oldest;

	while (sim->n_hosts < sim->scenario->hosts) {
		enum gm_generation generation = (enum gm_generation)(1 + draw(&sim->wire, 3));

		if (!(sim->scenario->generations & (1u << generation)))
			continue;
		host_init(&sim->hosts[sim->n_hosts], DOWN1 + sim->n_hosts % N_DOWNSTREAMS, HOST + sim->n_hosts,
			  generation < oldest ? oldest : generation);
		sim->n_hosts++;
	}
}

static void end_trouble(struct sim *sim)
{
	sim->ending = true;
	sim->wire.loss = 0;
	for (size_t r = 0; r < sim->wire.n_routers; r++) {
		struct world *w = sim->wire.routers[r];

		w->subscribe_error = w->set_error = w->send_error = 0;
		for (uint32_t link = UP; link <= UP + N_DOWNSTREAMS; link++) {
			w->links[link].start_error = 0;
			if (w->links[link].state.exists && w->links[link].state.up)
				continue;
			w->links[link].state.exists = w->links[link].state.up = true;
			if (r == 0 || link <= DOWN1)
				world_news(w, link);
		}
	}
}

static size_t count_groups(const struct world *w)
{
	const struct iface *i;
	size_t n = 0;

	TAILQ_FOREACH(i, &w->proxy->ifaces, entry)
		n += i->querier.running ? i->querier.groups.count : 0;
	return n;
}

static void expect_no_groups(struct sim *sim, const char *when)
{
	for (size_t r = 0; r < sim->wire.n_routers; r++) {
		struct world *w = sim->wire.routers[r];

		if (count_groups(w) > 0 || w->n_subscriptions > 0)
			world_violate(w, "%zu groups and %zu subscriptions are left %s", count_groups(w),
				      w->n_subscriptions, when);
	}
}

static void expect_nothing(struct sim *sim)
{
	for (size_t r = 0; r < sim->wire.n_routers; r++) {
		struct world *w = sim->wire.routers[r];

		if (w->n_entries > 0 || w->proxy->mfc.table.count > 0 || w->proxy->db.table.count > 0)
			world_violate(w, "%zu entries, %zu flows, %zu memberships are left", w->n_entries,
				      w->proxy->mfc.table.count, w->proxy->db.table.count);
	}
}

/* With nothing lost and only hosts that know how to leave, the last member query time is all it takes. */
static bool leaves_are_exact(const struct scenario *s)
{
	return s->generations == 1 << 3 && loses_nothing(s) && !s->flapping;
}

/* Trouble ends, all becomes as wanted, everyone leaves, everything is forgotten. */
static bool run_end(struct sim *sim)
{
	end_trouble(sim);
	if (!run(sim, mspan_seconds(300)))
		return false;
	for (size_t r = 0; r < sim->wire.n_routers; r++)
		sim->wire.routers[r]->strays = false;
	if (!check(sim))
		return false;
	for (uint32_t link = DOWN1; link < DOWN1 + N_DOWNSTREAMS && sim->scenario->reloads; link++)
		set_lists(sim->wire.routers[0], link, 0, 0);
	for (unsigned int h = 0; h < sim->n_hosts; h++)
		host_leave_all(&sim->wire, &sim->hosts[h]);
	if (!run(sim, mspan_seconds(2)))
		return false;
	if (leaves_are_exact(sim->scenario))
		expect_no_groups(sim, "after the last member query time");
	if (!run(sim, mspan_seconds(600)))
		return false;
	expect_no_groups(sim, "at the end");
	expect_nothing(sim);
	return check(sim);
}

static bool run_scenario(const struct scenario *scenario, enum family family, uint64_t seed, double hours)
{
	struct sim *sim = calloc(1, sizeof(*sim));
	bool passed;

	if (!sim)
		err(1, "sim");
	sim->scenario = scenario;
	sim->wire.chance = seed;
	sim->wire.loss = scenario->loss;
	sim->contested = MTIME_NEVER;
	make_lists(family);
	add_router(sim, family);
	if (scenario->rivals)
		add_router(sim, family);
	add_hosts(sim, family);
	settle(sim);
	sim->action = sim->wire.now;
	passed = run(sim, mspan_ms((int64_t)(hours * 3600e3))) && run_end(sim);
	printf("%s %s/%s: %ju steps, %.1f h, seed %ju\n", passed ? "ok" : "not ok", scenario->name, family_name(family),
	       (uintmax_t)sim->steps, hours, (uintmax_t)seed);
	for (size_t r = 0; r < sim->wire.n_routers; r++) {
		struct world *w = sim->wire.routers[r];

		if (w->violation[0] != '\0')
			printf("# router %zu, %.6f s: %s\n", r, (double)(w->now.us - 1000000000) / 1e6, w->violation);
		world_free(w);
	}
	total_steps += sim->steps;
	total_hours += hours;
	free(sim);
	return passed;
}

static bool is_chosen(const char *name, int argc, char *const argv[])
{
	for (int i = 0; i < argc; i++)
		if (strcmp(name, argv[i]) == 0)
			return true;
	return argc == 0;
}

static int usage(void)
{
	fprintf(stderr, "usage: sim-proxy [--seed N] [--hours H] [scenario ...]\nscenarios:");
	for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++)
		fprintf(stderr, " %s", scenarios[i].name);
	fprintf(stderr, "\n");
	return 2;
}

int main(int argc, char *argv[])
{
	static const struct option options[] = {
		{"seed", required_argument, NULL, 's'},
		{"hours", required_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	uint64_t seed = (uint64_t)time(NULL);
	double hours = 3;
	unsigned int passed = 0;
	unsigned int failed = 0;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 's')
			seed = strtoull(optarg, NULL, 0);
		else if (c == 'h')
			hours = strtod(optarg, NULL);
		else
			return usage();
	}
	for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++) {
		if (!is_chosen(scenarios[i].name, argc - optind, argv + optind))
			continue;
		for (enum family family = FAMILY_IPV4; family < FAMILY_COUNT; family++) {
			if (run_scenario(&scenarios[i], family, seed, hours))
				passed++;
			else
				failed++;
		}
	}
	printf("# %ju steps, %.1f hours of virtual time\n", (uintmax_t)total_steps, total_hours);
	printf("sim: %u passed, %u failed\n", passed, failed);
	return failed > 0 || passed == 0;
}
