/*
 * Any bytes as a life of the whole core: reports, queries of rivals, packets, news of
 * interfaces, changed settings, rules and static groups, names that move to other devices,
 * a kernel that refuses, and time, on the in-memory kernel
 * of tests/unit/world.c. After every step what the simulation demands must hold: no
 * entry names its iif among its oifs, subscriptions and entries are what RFC 4605 makes
 * of the records, no deadline is overdue after a tick, counters never go back. In the
 * end everybody leaves, and then nothing may be left; the sanitizer looks for leaks.
 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

enum { N_DOWNSTREAMS = 3, N_GROUPS = 6, N_LETTERS = 6, N_RECORDS = 3, N_RULES = 3, N_STATICS = 2, MAX_STEPS = 600 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* As conf/ would have made them. */
struct lists {
	struct filter_rule rules[N_RULES];
	struct static_group statics[N_STATICS];
};

/* Where the bytes are read; behind their end are zeros. */
struct life {
	const uint8_t *data;
	size_t left;
	struct world *w;
	struct proxy_counters counted;
	struct iface_counters links_counted;
	struct lists lists[UP + N_DOWNSTREAMS + 1][2]; /* in force, and those before: the proxy compares them */
	unsigned int turn[UP + N_DOWNSTREAMS + 1];
};

static uint8_t byte(struct life *life)
{
	if (life->left == 0)
		return 0;
	life->left--;
	return *life->data++;
}

static uint32_t below(struct life *life, uint32_t n)
{
	return byte(life) % n;
}

static uint32_t downstream(struct life *life)
{
	return DOWN1 + below(life, N_DOWNSTREAMS);
}

/* Of both ranges: 232/8 and ff3x::/32 have rules of their own, 224.0.0/24 and ff02::/16 are never proxied. */
static struct addr group(struct life *life)
{
	uint32_t n = below(life, N_GROUPS + 2);
	const uint8_t special4[2][4] = {{232, 1, 1, 1}, {224, 0, 0, 5}};
	const uint8_t special6[2][16] = {{0xff, 0x3e, [15] = 1}, {0xff, 0x02, [15] = 5}};

	if (n < N_GROUPS)
		return world_group(life->w->family, n + 1);
	n -= N_GROUPS;
	return life->w->family == FAMILY_IPV4 ? addr_from_v4(special4[n]) : addr_from_v6(special6[n]);
}

static struct addrspan letters(struct life *life, struct addr addrs[N_LETTERS])
{
	uint8_t bits = byte(life);
	size_t n = 0;

	for (unsigned int i = 0; i < N_LETTERS; i++)
		if (bits & (1u << i))
			addrs[n++] = world_letter(life->w->family, (char)('a' + i));
	return addrspan_of(addrs, n);
}

/* --- what must hold --- */

static void must(struct life *life, bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "%s: %s\n", family_name(life->w->family), what);
	abort();
}

static bool only_grew(const void *now, const void *before, size_t bytes)
{
	const uint64_t *a = now;
	const uint64_t *b = before;

	for (size_t i = 0; i < bytes / sizeof(*a); i++)
		if (a[i] < b[i])
			return false;
	return true;
}

/* The sum of all interfaces, those that are gone included, never goes back either. */
static void check_counters(struct life *life)
{
	const struct proxy *p = life->w->proxy;
	struct iface_counters sum = {0};
	const struct iface *i;

	retired_sum(&p->retired, &sum);

	TAILQ_FOREACH(i, &p->ifaces, entry)
		iface_counters_add(&sum, &i->counters);
	must(life, only_grew(&p->env.counters, &life->counted, sizeof(life->counted)), "a counter went back");
	must(life, only_grew(&sum, &life->links_counted, sizeof(sum)), "a link's counter went back");
	life->counted = p->env.counters;
	life->links_counted = sum;
}

static void check(struct life *life)
{
	world_settle(life->w);
	world_clear_sent(life->w);
	must(life, world_holds(life->w), life->w->violation);
	check_counters(life);
}

/* --- steps --- */

static void report(struct life *life)
{
	struct addr sources[N_RECORDS][N_LETTERS];
	struct gm_record records[N_RECORDS];
	const struct gm_proto *proto = &gm_protos[life->w->family];
	uint32_t link = downstream(life);
	uint8_t how = byte(life);
	struct addr src = world_host(life->w->family, link, HOST + how % 4);
	enum gm_generation generation = how & 0x10 ? GM_GENERATION_3 : how & 0x20 ? GM_GENERATION_2 : proto->oldest;
	struct gm_message message = {.kind = GM_REPORT, .records = records, .n_records = 1};

	message.protocol = proto->by_generation[generation];
	if (generation == GM_GENERATION_3)
		message.n_records = 1 + (how >> 6) % N_RECORDS;
	else if (generation == GM_GENERATION_2 && how & 0x40)
		message.kind = GM_LEAVE;
	for (size_t k = 0; k < message.n_records; k++) {
		records[k].group = group(life);
		records[k].type = message.kind == GM_LEAVE ? GM_TO_IN : GM_IS_EX;
		records[k].sources = addrspan_of(sources[k], 0);
		if (generation < GM_GENERATION_3)
			continue;
		records[k].type = (enum gm_record_type)(1 + below(life, GM_BLOCK));
		records[k].sources = letters(life, sources[k]);
	}
	proxy_input(life->w->proxy, life->w->now, link, &src, &message);
}

static void query(struct life *life)
{
	static const unsigned int hosts[] = {RIVAL, RIVAL2, HIGHER, ROUTER, HOST};
	struct addr sources[N_LETTERS];
	const struct gm_proto *proto = &gm_protos[life->w->family];
	uint32_t link = UP + below(life, 1 + N_DOWNSTREAMS);
	uint32_t from = below(life, 7);
	uint8_t how = byte(life);
	enum gm_generation generation = how & 1 ? GM_GENERATION_3 : how & 2 ? GM_GENERATION_2 : proto->oldest;
	struct addr src = addr_unspecified[life->w->family];
	struct gm_query asked = {.group = src, .sources = {.width = 16}, .suppress = how & 4, .to_group = how & 8};

	if (from < 5)
		src = world_host(life->w->family, link, hosts[from]);
	else if (from == 5)
		src = world_source(life->w->family, WORLD_LINKS + 9, 1);
	asked.protocol = proto->by_generation[generation];
	asked.max_response = mspan_ms(100 * (int64_t)byte(life));
	if (how & 0x10 && generation > GM_GENERATION_1)
		asked.group = group(life);
	if (generation == GM_GENERATION_3) {
		asked.robustness = (uint8_t)below(life, 8);
		asked.interval = mspan_seconds(byte(life));
		if (how & 0x10)
			asked.sources = letters(life, sources);
	}
	world_hear_query(life->w, link, &src, &asked);
}

/* The right link, a wrong one, or a source that may go nowhere. */
static void packets(struct life *life)
{
	enum family family = life->w->family;
	uint32_t link = UP + below(life, 1 + N_DOWNSTREAMS);
	uint32_t home = UP + below(life, 1 + N_DOWNSTREAMS);
	uint32_t n = below(life, N_LETTERS + 2);
	struct addr source = world_source(family, home, SOURCE_A + n);

	if (n == N_LETTERS)
		source = addr_unspecified[family];
	else if (n == N_LETTERS + 1)
		source = world_host(FAMILY_IPV6, home, HOST);
	if (addr_family(&source) == family && life->w->links[link].state.exists)
		world_packets(life->w, link, &source, 1 + below(life, N_GROUPS), 1 + below(life, 9));
}

static bool name_is_taken(const struct world *w, const char *name)
{
	for (uint32_t link = UP; link <= UP + N_DOWNSTREAMS; link++)
		if (w->links[link].state.exists && strcmp(w->links[link].state.name, name) == 0)
			return true;
	return false;
}

static void change_link(struct life *life)
{
	uint32_t link = UP + below(life, 1 + N_DOWNSTREAMS);
	struct world_link *l = &life->w->links[link];
	uint8_t host = byte(life);

	switch (below(life, 7)) {
	case 0:
		l->state.up = !l->state.up;
		break;
	case 1:
		if (!l->state.exists && name_is_taken(life->w, l->state.name))
			return;
		l->state.exists = !l->state.exists;
		break;
	case 2:
		l->state.multicast = !l->state.multicast;
		break;
	case 3:
		l->state.n_addrs = l->state.n_addrs ? 0 : 3;
		break;
	case 4:
		l->addrs[2].tentative = !l->addrs[2].tentative;
		break;
	case 5:
		l->state.mtu = host * UINT32_C(10);
		break;
	default:
		l->addrs[0].addr = l->addrs[0].peer = world_source(FAMILY_IPV4, link, 1u + host);
		l->addrs[2].addr = l->addrs[2].peer = world_host(FAMILY_IPV6, link, 1u + host);
		break;
	}
	world_news(life->w, link);
}

/* Within what the grammar lets through (design, section 3). */
static void change_settings(struct life *life)
{
	uint32_t link = UP + below(life, 1 + N_DOWNSTREAMS);
	struct iface_settings *s = &life->w->links[link].settings;
	uint8_t how = byte(life);

	s->query_response_interval = mspan_ms(100 * (1 + (int64_t)byte(life)));
	s->query_interval = mspan_add(s->query_response_interval, mspan_seconds(1 + byte(life)));
	s->last_member_query_interval = mspan_ms(100 * (1 + (int64_t)below(life, 30)));
	s->robustness = 1 + below(life, 7);
	s->last_member_query_count = 1 + below(life, 7);
	s->version[FAMILY_IPV4] = (enum gm_generation)(1 + how % 3);
	s->version[FAMILY_IPV6] = (enum gm_generation)(2 + how % 2);
	s->fast_leave = how & 0x04;
	s->ssm_strict = how & 0x08;
	s->always_forward = how & 0x10;
	s->source_any = how & 0x20;
	s->enabled[life->w->family] = (how & 0xc0) != 0xc0;
	s->max_groups = below(life, 2) ? 16384 : 1 + below(life, N_GROUPS);
	s->max_sources = below(life, 2) ? 512 : 1 + below(life, N_LETTERS);
	s->threshold = 1 + below(life, 255);
	world_news(life->w, link);
}

/* One group, some, or all; and so the sources. */
static struct prefix some(struct life *life, const struct addr *a)
{
	static const unsigned int off_the_end[] = {0, 0, 1, 2};
	unsigned int bits = life->w->family == FAMILY_IPV4 ? 32 : 128;
	uint32_t how = below(life, 5);

	return prefix_make(a, how < 4 ? bits - off_the_end[how] : 0);
}

static struct addr letter(struct life *life)
{
	return world_letter(life->w->family, (char)('a' + below(life, N_LETTERS)));
}

static struct filter_rule rule(struct life *life)
{
	struct addr g = group(life);
	struct addr s = letter(life);
	uint8_t how = byte(life);
	struct prefix groups = some(life, &g);
	struct prefix sources = some(life, &s);

	return (struct filter_rule){.allow = how & 1, .has_source = how & 2, .group = groups, .source = sources};
}

static struct static_group fixed(struct life *life)
{
	struct addr g = world_group(life->w->family, 1 + below(life, N_GROUPS));
	uint8_t how = byte(life);
	struct addr s = letter(life);

	return (struct static_group){.group = g, .has_source = how & 1, .source = s};
}

/* A reload that changes a link's rules and static groups, or that names it by a pattern. */
static void change_lists(struct life *life)
{
	uint32_t link = downstream(life);
	struct iface_settings *s = &life->w->links[link].settings;
	struct lists *lists;

	life->turn[link] = !life->turn[link];
	lists = &life->lists[link][life->turn[link]];
	s->from_pattern = below(life, 4) == 0;
	s->n_rules = below(life, N_RULES + 1);
	s->n_statics = below(life, N_STATICS + 1);
	s->rules = lists->rules;
	s->statics = lists->statics;
	for (size_t k = 0; k < s->n_rules; k++)
		lists->rules[k] = rule(life);
	for (size_t k = 0; k < s->n_statics; k++)
		lists->statics[k] = fixed(life);
	world_news(life->w, link);
}

/* The name of another link, or back; what is absent keeps the name that it waits with. */
static void change_name(struct life *life)
{
	uint32_t link = downstream(life);
	struct ifstate *state = &life->w->links[link].state;
	char name[IFSTATE_NAME_BYTES];

	snprintf(name, sizeof(name), "down%u", DOWN1 + below(life, N_DOWNSTREAMS + 1));
	if (name_is_taken(life->w, name) || (!state->exists && world_find_iface(life->w, link)))
		return;
	memcpy(state->name, name, sizeof(name));
	world_news(life->w, link);
}

/*
 * From here on what the kernel has may differ from what it was told, by what it refused.
 * Reading and deleting an entry fail where there is none, and nowhere else: it loses them.
 */
static void refuse(struct life *life)
{
	static const int errors[] = {0, ENOBUFS, ENODEV, ENOENT, EADDRNOTAVAIL, ENOMEM, EPERM};
	int error = errors[below(life, 7)];
	struct world *w = life->w;
	uint32_t what = below(life, 5);

	if (what == 3) {
		w->n_entries = 0;
		return;
	}
	w->strays = true;
	switch (what) {
	case 0:
		w->send_error = error;
		break;
	case 1:
		w->subscribe_error = error;
		break;
	case 2:
		w->set_error = error;
		break;
	default:
		w->links[UP + below(life, 1 + N_DOWNSTREAMS)].start_error = error;
		break;
	}
}

/* To the next deadline or a microsecond beside, or for up to four minutes. */
static void pass(struct life *life)
{
	uint8_t how = byte(life);
	struct mtime next = proxy_next_deadline(life->w->proxy);

	if (how < 192) {
		world_pass(life->w, how < 96 ? mspan_ms(20 * (int64_t)how) : mspan_seconds((how - 95) * 5 / 2));
	} else if (!mtime_is_never(next)) {
		next.us += how % 3 - 1;
		if (!mtime_before(next, life->w->now))
			world_pass_to(life->w, next);
	}
}

static void step(struct life *life)
{
	static void (*const steps[])(struct life *) = {
		report, report, report, report, query, packets, packets, pass, pass,
		change_link, change_settings, refuse, change_lists, change_name,
	};

	steps[below(life, sizeof(steps) / sizeof(*steps))](life);
}

/* --- the end: the kernel gives way, and all leave or run out --- */

static void mend(struct world *w)
{
	const struct iface_settings usual = w->links[WORLD_LINKS].settings;

	w->send_error = w->subscribe_error = w->set_error = 0;
	for (uint32_t i = UP; i <= UP + N_DOWNSTREAMS; i++)
		w->links[i].start_error = 0;
	/* Half an hour of the shortest intervals would be all that the fuzzer does. */
	for (uint32_t i = DOWN1; i <= UP + N_DOWNSTREAMS; i++) {
		w->links[i].settings = usual;
		world_news(w, i);
	}
}

static void leave_all(struct life *life)
{
	struct world *w = life->w;

	for (uint32_t link = DOWN1; link <= UP + N_DOWNSTREAMS; link++)
		for (unsigned int g = 1; g <= N_GROUPS; g++)
			world_say(w, link, HOST, GM_GENERATION_3, GM_TO_IN, g, "");
	check(life);
	/* The groups that nobody left run out by themselves: 7 * 281.6 s and twice 25.6 s at most (8.4). */
	world_pass(w, mspan_seconds(7 * 282 + 60));
	check(life);
	must(life, w->n_subscriptions == 0, "all have left, and something is still subscribed");
	for (uint32_t link = DOWN1; link <= UP + N_DOWNSTREAMS; link++)
		for (unsigned int g = 1; g <= N_GROUPS; g++)
			must(life, !world_find_group(w, link, g), "all have left, and a group is still there");
	must(life, w->proxy->db.n_joined == 0, "all have left, and something is still joined");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct life life = {.data = data, .left = size};
	uint8_t how = byte(&life);

	life.w = world_new(how & 1 ? FAMILY_IPV6 : FAMILY_IPV4);
	life.w->query_sources = how & 2 ? 2 : 180;
	life.w->count_mask = how & 4 ? UINT32_MAX : UINT64_MAX;
	life.w->count_from = how & 8 ? UINT32_MAX - 3 : 0;
	proxy_configure(life.w->proxy, mspan_seconds(60), how & 16 ? 4 : 65536);
	world_start(life.w, N_DOWNSTREAMS);
	for (unsigned int n = 0; life.left > 0 && n < MAX_STEPS; n++) {
		step(&life);
		check(&life);
	}
	mend(life.w);
	leave_all(&life);
	world_free(life.w);
	return 0;
}
