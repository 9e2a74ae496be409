/*
 * What a report and an upcall cost the core alone: no root, no kernel, no network; its
 * effects go nowhere. For each family and number of groups, one line a kind of work:
 *
 *	FAMILY GROUPS WORK NANOSECONDS BYTES
 *
 *   decode   one report of one record through wire/
 *   new      a report of one record that makes a group, joins upstream included
 *   refresh  the same report again
 *   timer    a refreshed group's deadline comes up and is put back: at every second report
 *   upcall   a new flow of a group that a host wants
 *
 * BYTES is what each left allocated (new: a group, its counters and its share of the
 * tables). Under callgrind (--instr-atstart=no) each kind makes a dump of its own with
 * `FAMILY GROUPS WORK TIMES` as its trigger; tests/bench/core makes a table of all that.
 *
 * What happens at N groups is the mean over the second half, N/2 to N: that way a table
 * that doubles is counted once, at any N.
 *
 * bench-core [-r REPETITIONS] GROUPS...
 */
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "alloc.h"
#include "codec.h"
#include "frame.h"
#include "proxy.h"

#if defined(__has_include)
#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#endif
#endif
#ifndef CALLGRIND_START_INSTRUMENTATION
#define CALLGRIND_START_INSTRUMENTATION
#define CALLGRIND_STOP_INSTRUMENTATION
#define CALLGRIND_DUMP_STATS_AT(words) ((void)(words))
#define RUNNING_ON_VALGRIND 0
#endif

enum { UP = 1, DOWN = 2, REPORTS_A_TURN = 64, DECODES = 1000, MAX_REPETITIONS = 99 };

/* The kinds of work, in the order in which a round does them. */
enum work { DECODE, NEW, REFRESH, TIMER, UPCALL, WORKS };

static const char *const words[WORKS] = {"decode", "new", "refresh", "timer", "upcall"};

struct bench {
	enum family family;
	struct flow_room flows;
	struct proxy *proxy;
	struct mtime now;
	struct addr host;
	struct addr *groups;
	struct frame frame; /* DECODE */
	struct gm_record record; /* NEW, REFRESH */
	struct gm_message message;
	struct upcall upcall; /* UPCALL */
	uint32_t turn;
	double ns[WORKS][MAX_REPETITIONS];
	double bytes[WORKS];
};

/* --- a world where every effect succeeds at once --- */

static int iface_start(void *ctx, uint32_t ifindex, bool downstream, unsigned int threshold)
{
	(void)ctx, (void)ifindex, (void)downstream, (void)threshold;
	return 0;
}

static void iface_stop(void *ctx, uint32_t ifindex, struct traffic *counted)
{
	(void)ctx, (void)ifindex;
	*counted = (struct traffic){0};
}

static void unsubscribe_all(void *ctx, uint32_t ifindex)
{
	(void)ctx, (void)ifindex;
}

static int send_query(void *ctx, uint32_t ifindex, const struct addr *src, const struct gm_query *query)
{
	(void)ctx, (void)ifindex, (void)src, (void)query;
	return 0;
}

static size_t max_query_sources(void *ctx, uint32_t mtu)
{
	(void)ctx, (void)mtu;
	return 180;
}

static int subscribe(void *ctx, uint32_t ifindex, const struct addr *group, enum gm_filter_mode mode,
		     const struct srcset *sources)
{
	(void)ctx, (void)ifindex, (void)group, (void)mode, (void)sources;
	return 0;
}

static int mroute_set(void *ctx, const struct mroute *route)
{
	(void)ctx, (void)route;
	return 0;
}

static int mroute_del(void *ctx, const struct addr *source, const struct addr *group)
{
	(void)ctx, (void)source, (void)group;
	return 0;
}

static int mroute_count(void *ctx, const struct addr *source, const struct addr *group, struct mroute_count *count)
{
	(void)ctx, (void)source, (void)group;
	count->packets = 1;
	return 0;
}

static void retire(void *ctx, const struct addr *group, const char *iface, const struct group_totals *counted)
{
	(void)ctx, (void)group, (void)iface, (void)counted;
}

static struct mtime effect_clock(void *ctx)
{
	(void)ctx;
	return (struct mtime){0};
}

static bool emit(void *ctx, const struct event *event)
{
	(void)ctx, (void)event;
	return true;
}

static const struct proxy_ops ops = {
	.iface_start = iface_start,
	.iface_stop = iface_stop,
	.send_query = send_query,
	.max_query_sources = max_query_sources,
	.subscribe = subscribe,
	.unsubscribe_all = unsubscribe_all,
	.mroute_set = mroute_set,
	.mroute_del = mroute_del,
	.mroute_count = mroute_count,
	.retire = retire,
	.clock = effect_clock,
	.emit = emit,
};

/* The routers' own addresses end in .1, as in the lab of tests/netns. */
static void add_iface(struct bench *b, uint32_t ifindex, struct iface_settings *s)
{
	struct addr host = b->host;
	struct ifstate_addr address = {.network = prefix_make(&host, b->family == FAMILY_IPV4 ? 24 : 64)};
	struct ifstate state = {.ifindex = ifindex, .exists = true, .up = true, .multicast = true, .mtu = 1500,
				.addrs = &address, .n_addrs = 1};

	address.addr = address.network.addr;
	address.addr.bytes[15] = 1;
	address.peer = address.addr;
	snprintf(state.name, sizeof(state.name), "%s", ifindex == UP ? "up0" : "down1");
	s->role = ifindex == UP ? ROLE_UPSTREAM : ROLE_DOWNSTREAM;
	proxy_iface(b->proxy, b->now, &state, s);
}

/* What the core is shown, made beforehand, so that making it is not counted. */
static void prepare_inputs(struct bench *b, uint32_t size)
{
	int ipv6 = b->family == FAMILY_IPV6;

	frame_host(ipv6, b->host.bytes);
	b->groups = calloc(size, sizeof(*b->groups));
	if (!b->groups)
		err(1, "groups");
	for (uint32_t n = 0; n < size; n++)
		frame_group(ipv6, n, b->groups[n].bytes);
	frame_report(&b->frame, ipv6 ? FRAME_MLD2 : FRAME_V3, 1, 1);
	b->record = (struct gm_record){.type = GM_IS_EX, .sources = {.width = 16}};
	b->message = (struct gm_message){
		.kind = GM_REPORT,
		.protocol = gm_protos[b->family].by_generation[GM_GENERATION_3],
		.records = &b->record,
		.n_records = 1,
	};
	b->upcall = (struct upcall){.kind = UPCALL_NOCACHE, .ifindex = UP, .source = b->host};
	b->upcall.source.bytes[0] = ipv6 ? 0x20 : 0; /* global: a link-local source goes nowhere */
}

static void start(struct bench *b, struct iface_settings settings[2], uint32_t size)
{
	prepare_inputs(b, size);
	b->now = (struct mtime){INT64_C(1000000000)};
	b->turn = 0;
	b->flows = (struct flow_room){.max = SIZE_MAX};
	b->proxy = proxy_new(b->family, &ops, NULL, UINT64_C(0x5eed), &b->flows);
	if (!b->proxy)
		err(1, "proxy");
	for (uint32_t i = UP; i <= DOWN; i++) {
		settings[i - UP] = (struct iface_settings){
			.enabled = {true, true},
			.query_interval = mspan_seconds(125),
			.query_response_interval = mspan_seconds(10),
			.last_member_query_interval = mspan_seconds(1),
			.robustness = 2,
			.last_member_query_count = 2,
			.version = {GM_GENERATION_3, GM_GENERATION_3},
			.threshold = 1,
			.max_groups = 1000000,
			.max_sources = 512,
			.source_any = true,
		};
		add_iface(b, i, &settings[i - UP]);
	}
}

/* --- one of each kind of work --- */

/* What the daemon does after every round of input. */
static void turn(struct bench *b)
{
	while (proxy_tick(b->proxy, b->now))
		continue;
	while (proxy_work(b->proxy, b->now))
		continue;
}

static void report(struct bench *b, uint32_t n)
{
	b->record.group = b->groups[n];
	proxy_input(b->proxy, b->now, DOWN, &b->host, &b->message);
	if (++b->turn % REPORTS_A_TURN == 0)
		turn(b);
}

static void upcall(struct bench *b, uint32_t n)
{
	b->upcall.group = b->groups[n];
	proxy_upcall(b->proxy, b->now, &b->upcall);
}

static void decode(struct bench *b, uint32_t n)
{
	static struct gm_record records[GM_MAX_RECORDS];
	struct packet packet = {.bytes = b->frame.bytes + FRAME_IP_AT, .len = b->frame.len - FRAME_IP_AT};
	struct packet_info info;
	struct gm_message message;

	(void)n;
	if (b->family == FAMILY_IPV6) {
		packet.bytes = b->frame.bytes + b->frame.message_at;
		packet.len = b->frame.len - b->frame.message_at;
		memcpy(packet.src.bytes, b->frame.bytes + FRAME_IP_AT + 8, 16);
		memcpy(packet.dst.bytes, b->frame.bytes + FRAME_IP_AT + 24, 16);
		packet.hop_limit = 1;
		packet.hop_options = b->frame.bytes + FRAME_HOP_OPTIONS_AT;
		packet.hop_options_len = FRAME_HOP_OPTIONS_BYTES;
	}
	if (codecs[b->family].decode(&packet, records, &message, &info) != GM_OK || message.n_records != 1)
		errx(1, "the report was refused");
}

static void all_timers(struct bench *b, uint32_t n)
{
	(void)n;
	turn(b);
}

static double now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

/* Does it for the groups from first to end, and takes what one of them took. */
static void measure(struct bench *b, enum work work, void (*one)(struct bench *, uint32_t), uint32_t first,
		    uint32_t end, int repetition)
{
	double before;

	CALLGRIND_START_INSTRUMENTATION;
	before = now_ns();
	for (uint32_t n = first; n < end; n++)
		one(b, n);
	b->ns[work][repetition] = (now_ns() - before) / (end - first);
	CALLGRIND_STOP_INSTRUMENTATION;
}

static void dump(const struct bench *b, enum work work, uint32_t size, uint32_t times)
{
	char trigger[64];

	snprintf(trigger, sizeof(trigger), "%s %u %s %u", family_name(b->family), size, words[work], times);
	CALLGRIND_DUMP_STATS_AT(trigger);
}

/*
 * The querier asks every 125 seconds and every group is reported again; its entry in the
 * set of deadlines stays where it was, and comes up in the third round.
 */
static void refresh_and_pop(struct bench *b, uint32_t size, int repetition)
{
	b->now = mtime_after(b->now, mspan_seconds(125));
	turn(b);
	measure(b, REFRESH, report, 0, size, repetition);
	dump(b, REFRESH, size, size);
	b->now = mtime_after(b->now, mspan_seconds(125));
	turn(b);
	for (uint32_t n = 0; n < size; n++)
		report(b, n);
	b->now = mtime_after(b->now, mspan_seconds(125));
	measure(b, TIMER, all_timers, 0, 1, repetition);
	b->ns[TIMER][repetition] /= size;
	dump(b, TIMER, size, size);
}

static void round_of(struct bench *b, uint32_t size, int repetition)
{
	struct iface_settings settings[2];
	uint32_t half = size / 2;
	size_t before;

	start(b, settings, size);
	turn(b);
	measure(b, DECODE, decode, 0, DECODES, repetition);
	dump(b, DECODE, size, DECODES);

	/* Instructions are counted without the watch's own. */
	alloc_watch(!RUNNING_ON_VALGRIND);
	for (uint32_t n = 0; n < half; n++)
		report(b, n);
	measure(b, NEW, report, half, size, repetition);
	b->bytes[NEW] = (double)alloc_live() / size;
	dump(b, NEW, size, size - half);

	refresh_and_pop(b, size, repetition);
	if (b->proxy->db.n_joined != size)
		errx(1, "%zu of %u groups are there", b->proxy->db.n_joined, size);

	before = alloc_live();
	for (uint32_t n = 0; n < half; n++)
		upcall(b, n);
	measure(b, UPCALL, upcall, half, size, repetition);
	b->bytes[UPCALL] = (double)(alloc_live() - before) / size;
	dump(b, UPCALL, size, size - half);
	if (b->proxy->mfc.table.count != size)
		errx(1, "%zu of %u flows are there", b->proxy->mfc.table.count, size);
	alloc_watch(false);
	proxy_free(b->proxy);
	free(b->groups);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

static void bench(struct bench *b, uint32_t size, int repetitions)
{
	for (int r = 0; r < repetitions; r++)
		round_of(b, size, r);
	for (enum work w = DECODE; w < WORKS; w++) {
		qsort(b->ns[w], (size_t)repetitions, sizeof(b->ns[w][0]), compare);
		printf("%s %u %s %.0f %.0f\n", family_name(b->family), size, words[w], b->ns[w][repetitions / 2],
		       b->bytes[w]);
	}
}

int main(int argc, char **argv)
{
	static struct bench b;
	int repetitions = 1;
	int option;

	while ((option = getopt(argc, argv, "r:")) != -1) {
		if (option != 'r')
			return 2;
		repetitions = atoi(optarg);
	}
	if (repetitions < 1 || repetitions > MAX_REPETITIONS)
		errx(2, "1 to %d repetitions", MAX_REPETITIONS);
	for (enum family f = 0; f < FAMILY_COUNT; f++) {
		b.family = f;
		for (int i = optind; i < argc; i++) {
			int size = atoi(argv[i]);

			/* max-flows is as it is by default. */
			if (size < 2 || size > 65536)
				errx(2, "2 to 65536 groups");
			bench(&b, (uint32_t)size, repetitions);
		}
	}
	return 0;
}
