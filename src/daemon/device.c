#include "device.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "budget.h"
#include "codec.h"
#include "log.h"

/* New flows that wait for an answer: a power of two. More of them than there may be entries is no use. */
enum { MAX_NEW_FLOWS = 65536 };

/*
 * What they are counted as, so that the clock is looked at after each: some slices of
 * proxy_work() have 8 joins of 77 us in them, and to answer for a new flow the kernel
 * walks over all that were not read yet (1 ms at 20,000).
 */
enum { WORK_A_SLICE = 32, WORK_AN_ANSWER = 32 };

/*
 * A report may have 8,191 records, when its fragments have been put together again; each
 * may begin a group, and then they are tens of milliseconds of work.
 */
enum { RECORDS_AT_ONCE = 64 };

/* Holds a burst of some 38,000 reports (828 bytes each in the kernel's count). */
enum { RECEIVE_BUFFER_BYTES = 32 * 1024 * 1024 };

/* The longest message of ours: a query as large as an Ethernet jumbo frame. */
enum { MAX_MESSAGE_BYTES = 9216 };

struct device {
	enum family family;
	struct kernel *kernel;
	struct proxy *proxy;
	struct eventlog events;
	struct stats *stats; /* whom we show what happens; NULL: nobody yet, or no more */
	struct mtime now; /* of the input being handled */
	struct gm_record records[GM_MAX_RECORDS];
	bool unread;		   /* the last turn was over before the kernel's messages were */

	/* What the proxy has still to be shown of a message; its bytes are the kernel room's until the next is read. */
	struct gm_message rest;
	struct addr rest_from;
	uint32_t rest_ifindex;

	/* A stack that forgets at its bottom; pages that no burst ever touched cost nothing. */
	struct upcall new_flows[MAX_NEW_FLOWS];
	size_t top; /* counts on, modulo the size */
	size_t n_new_flows;
	uint64_t forgotten_flows;
};

/* --- the core's effects --- */

static int start_iface(void *ctx, uint32_t ifindex, bool downstream, unsigned int threshold)
{
	struct device *d = ctx;

	return kernel_iface_add(d->kernel, ifindex, downstream, threshold);
}

static void stop_iface(void *ctx, uint32_t ifindex, struct traffic *counted)
{
	struct device *d = ctx;

	kernel_iface_del(d->kernel, ifindex, counted);
}

static int send_query(void *ctx, uint32_t ifindex, const struct addr *src, const struct gm_query *query)
{
	struct device *d = ctx;
	const struct codec *codec = &codecs[d->family];
	struct addr dst = codec->query_destination(query);
	uint8_t bytes[MAX_MESSAGE_BYTES];
	size_t len = codec->encode_query(query, bytes, sizeof(bytes));

	if (len == 0)
		return -EMSGSIZE;
	codec->address(src, &dst, bytes, len);
	return kernel_send(d->kernel, ifindex, src, &dst, bytes, len);
}

static size_t max_query_sources(void *ctx, uint32_t mtu)
{
	const struct device *d = ctx;

	return codecs[d->family].max_query_sources(mtu < MAX_MESSAGE_BYTES ? mtu : MAX_MESSAGE_BYTES);
}

static int subscribe(void *ctx, uint32_t ifindex, const struct addr *group, enum gm_filter_mode mode,
		     const struct srcset *sources)
{
	struct device *d = ctx;

	return kernel_subscribe(d->kernel, ifindex, group, mode, sources);
}

static void unsubscribe_all(void *ctx, uint32_t ifindex)
{
	struct device *d = ctx;

	kernel_unsubscribe_all(d->kernel, ifindex);
}

static int set_mroute(void *ctx, const struct mroute *route)
{
	struct device *d = ctx;

	return kernel_mroute_set(d->kernel, route);
}

static int del_mroute(void *ctx, const struct addr *source, const struct addr *group)
{
	struct device *d = ctx;

	return kernel_mroute_del(d->kernel, source, group);
}

static int count_mroute(void *ctx, const struct addr *source, const struct addr *group, struct mroute_count *count)
{
	const struct device *d = ctx;

	return kernel_mroute_count(d->kernel, source, group, count);
}

static bool emit(void *ctx, const struct event *event)
{
	struct device *d = ctx;

	if (d->stats)
		feed_event(&d->stats->feed, d->stats->unix_time, event);
	return eventlog_event(&d->events, d->now, event);
}

static void retire(void *ctx, const struct addr *group, const char *iface, const struct group_totals *counted)
{
	struct device *d = ctx;

	if (d->stats)
		series_retire(&d->stats->series[d->family], d->now, group, iface, counted);
}

static bool account(void *ctx, const struct addr *group, bool joined)
{
	struct device *d = ctx;

	return d->stats && series_account(&d->stats->series[d->family], group, joined);
}

static struct mtime effect_clock(void *ctx)
{
	(void)ctx;
	return clock_now();
}

static const struct proxy_ops ops = {
	.iface_start = start_iface,
	.iface_stop = stop_iface,
	.send_query = send_query,
	.max_query_sources = max_query_sources,
	.subscribe = subscribe,
	.unsubscribe_all = unsubscribe_all,
	.mroute_set = set_mroute,
	.mroute_del = del_mroute,
	.mroute_count = count_mroute,
	.retire = retire,
	.account = account,
	.clock = effect_clock,
	.emit = emit,
};

/* --- life --- */

static uint64_t random_key(void)
{
	uint64_t key;

	arc4random_buf(&key, sizeof(key));
	return key;
}

static struct kernel *open_kernel(enum family family, const struct conf *conf, struct kernel_error *error)
{
	struct kernel_options options = {
		.has_table = conf->has_table,
		.table = conf->table,
		.receive_buffer_bytes = RECEIVE_BUFFER_BYTES,
	};
	struct kernel *kernel = kernel_open(family, &options, error);

	if (kernel && kernel_receive_buffer(kernel) < RECEIVE_BUFFER_BYTES)
		log_printf(LOG_WARNING,
			   "%s: the receive buffer has %d bytes instead of %d, bursts of reports may be lost: "
			   "sysctl net.core.rmem_max=%d, or CAP_NET_ADMIN",
			   family_name(family), kernel_receive_buffer(kernel), RECEIVE_BUFFER_BYTES,
			   RECEIVE_BUFFER_BYTES);
	return kernel;
}

struct device *device_open(enum family family, const struct conf *conf, struct flow_room *room, log_sink *sink,
			   struct kernel_error *error)
{
	struct device *d = calloc(1, sizeof(*d));

	*error = (struct kernel_error){.refusal = KERNEL_FAILED, .error = ENOMEM, .text = "out of memory"};
	if (!d)
		return NULL;
	d->family = family;
	eventlog_init(&d->events, log_max_priority(), sink, NULL);
	d->proxy = proxy_new(family, &ops, d, random_key(), room);
	d->kernel = d->proxy ? open_kernel(family, conf, error) : NULL;
	if (!d->kernel) {
		proxy_free(d->proxy);
		free(d);
		return NULL;
	}
	device_configure(d, conf);
	return d;
}

/* Of an interface that is gone no news come: what is kept of it gets its new settings here. */
static void configure_absent(struct device *d, const struct conf *conf)
{
	struct iface *i = TAILQ_FIRST(&d->proxy->ifaces);
	struct iface *next;

	for (; i; i = next) {
		next = TAILQ_NEXT(i, entry);
		if (iface_is_absent(i))
			proxy_absent(d->proxy, i, conf_find(conf, i->name, false));
	}
}

void device_configure(struct device *d, const struct conf *conf)
{
	proxy_configure(d->proxy, conf->stats.sample_interval, conf->max_flows);
	configure_absent(d, conf);
}

void device_close(struct device *d)
{
	if (!d)
		return;
	proxy_free(d->proxy);
	kernel_close(d->kernel);
	free(d);
}

void device_show(struct device *d, struct stats *stats)
{
	d->stats = stats;
}

int device_traffic(const struct device *d, uint32_t ifindex, struct iface_traffic *traffic)
{
	return kernel_iface_count(d->kernel, ifindex, traffic);
}

int device_fd(const struct device *d)
{
	return kernel_fd(d->kernel);
}

const struct proxy *device_proxy(const struct device *d)
{
	return d->proxy;
}

/* --- what the kernel says --- */

/* The next part of what is left of a report; it may have none. */
static struct gm_message cut_part(struct device *d)
{
	struct gm_message part = d->rest;

	if (part.n_records > RECORDS_AT_ONCE)
		part.n_records = RECORDS_AT_ONCE;
	d->rest.records += part.n_records;
	d->rest.n_records -= part.n_records;
	return part;
}

/* Returns how many records it had. */
static size_t rest_of_packet(struct device *d)
{
	struct gm_message part = cut_part(d);

	proxy_input_rest(d->proxy, d->now, d->rest_ifindex, &d->rest_from, &part);
	return part.n_records;
}

/* Returns how many records of it were handled. */
static size_t packet(struct device *d, const struct kernel_message *m)
{
	struct packet raw = {
		.bytes = m->bytes,
		.len = m->len,
		.src = m->src,
		.dst = m->dst,
		.hop_limit = m->hop_limit,
		.hop_options = m->hop_options,
		.hop_options_len = m->hop_options_len,
	};
	struct packet_info info = {.src = m->src};
	struct gm_message part;
	enum gm_refusal refusal = codecs[d->family].decode(&raw, d->records, &d->rest, &info);

	if (refusal != GM_OK) {
		d->rest.n_records = 0;
		proxy_refused(d->proxy, m->ifindex, &info.src, refusal);
		return 0;
	}
	proxy_leniency(d->proxy, m->ifindex, info.ttl_not_one, info.no_router_alert, info.unknown_records,
		       info.bad_source_records);
	d->rest_from = info.src;
	d->rest_ifindex = m->ifindex;
	part = cut_part(d);
	proxy_input(d->proxy, d->now, m->ifindex, &info.src, &part);
	return part.n_records;
}

/*
 * New flows wait until reports are done, so that a burst of them delays no join, and
 * the newest is answered first: Linux keeps unanswered flows in a list with the newest
 * in front, which it walks for each answer (10,000 new IPv4 flows at once, oldest
 * first: 250 ms of processor time). What it says of known flows keeps its place. The
 * oldest of too many is forgotten: the kernel asks for it again after ten seconds.
 */
static void push_new_flow(struct device *d, const struct upcall *u)
{
	d->new_flows[d->top++ % MAX_NEW_FLOWS] = *u;
	if (d->n_new_flows < MAX_NEW_FLOWS)
		d->n_new_flows++;
	else
		d->forgotten_flows++;
}

static void answer_new_flows(struct device *d, struct budget budget)
{
	bool spent = false;

	for (; d->n_new_flows > 0 && !spent; d->n_new_flows--) {
		proxy_upcall(d->proxy, d->now, &d->new_flows[--d->top % MAX_NEW_FLOWS]);
		spent = budget_spent(&budget, WORK_AN_ANSWER);
	}
}

/* Returns how much work it was. */
static size_t take(struct device *d, const struct kernel_message *m)
{
	if (m->kind != KERNEL_UPCALL)
		return 1 + packet(d, m);
	if (m->upcall.kind == UPCALL_NOCACHE)
		push_new_flow(d, &m->upcall);
	else
		proxy_upcall(d->proxy, d->now, &m->upcall);
	return 1;
}

/* The next piece of what the kernel has to say: 1 with *work set to what it was, 0 when there is no more, -errno. */
static int read_some(struct device *d, size_t *work)
{
	struct kernel_message message;
	int error;

	if (d->rest.n_records > 0) {
		*work = rest_of_packet(d);
		return 1;
	}
	error = kernel_recv(d->kernel, &message);
	if (error > 0)
		*work = take(d, &message);
	return error;
}

static void read_messages(struct device *d, struct budget budget)
{
	size_t work = 0;
	int error;

	do
		error = read_some(d, &work);
	while (error > 0 && !budget_spent(&budget, work));
	if (error < 0)
		log_printf(LOG_WARNING, "%s: receiving failed: %s", family_name(d->family), strerror(-error));
	d->unread = error > 0;
}

static bool do_slices(struct device *d, struct budget budget)
{
	bool more;

	do
		more = proxy_work(d->proxy, d->now);
	while (more && !budget_spent(&budget, WORK_A_SLICE));
	return more;
}

/*
 * Five eighths of the time at most are for reading, so that no report waits long behind
 * new flows, one eighth for these, the rest for what may wait; what one of them leaves is
 * the next one's. Each does at least one piece, so that none starves.
 */
bool device_turn(struct device *d, bool readable, struct mspan share)
{
	struct mtime start = clock_now();
	struct mspan eighth = mspan_divided(share, 8);
	bool more;

	d->now = start;
	if (readable || d->unread)
		read_messages(d, budget_until(mtime_after(start, mspan_times(eighth, 5))));
	answer_new_flows(d, budget_until(mtime_after(start, mspan_times(eighth, 6))));
	d->now = clock_now();
	more = proxy_tick(d->proxy, d->now);
	more = do_slices(d, budget_until(mtime_after(start, share))) || more;
	return more || d->unread || d->n_new_flows > 0;
}

void device_iface(struct device *d, struct mtime now, const struct ifstate *state, const struct iface_settings *s)
{
	d->now = now;
	proxy_iface(d->proxy, now, state, s);
}

struct mtime device_next_deadline(const struct device *d)
{
	return proxy_next_deadline(d->proxy);
}

void device_sample(struct device *d, struct mtime now)
{
	proxy_sample(d->proxy, now);
}

bool device_is_sampling(const struct device *d)
{
	return d->proxy->mfc.sampling_due;
}

uint64_t device_receive_drops(struct device *d)
{
	return kernel_receive_drops(d->kernel) + d->forgotten_flows;
}
