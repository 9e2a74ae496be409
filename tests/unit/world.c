#include "world.h"

#include <err.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void world_violate(struct world *w, const char *format, ...)
{
	va_list args;

	if (w->violation[0] != '\0')
		return;
	va_start(args, format);
	vsnprintf(w->violation, sizeof(w->violation), format, args);
	va_end(args);
}

/* One more element in a growing array: its address. */
static void *another(void **array, size_t *count, size_t *capacity, size_t bytes)
{
	if (*count == *capacity) {
		*capacity = *capacity ? *capacity * 2 : 8;
		*array = realloc(*array, *capacity * bytes);
		if (!*array)
			err(1, "world");
	}
	memset((char *)*array + *count * bytes, 0, bytes);
	return (char *)*array + (*count)++ * bytes;
}

#define ANOTHER(w, array) another((void **)&(w)->array, &(w)->n_##array, &(w)->array##_capacity, sizeof(*(w)->array))

static void add_or_die(struct srcset *set, const struct addr *a)
{
	if (!srcset_add(set, a))
		err(1, "world");
}

/* --- addresses --- */

struct addr world_group(enum family family, unsigned int n)
{
	const uint8_t v4[4] = {239, 1, (uint8_t)(n >> 8), (uint8_t)n};
	const uint8_t v6[16] = {0xff, 0x0e, [13] = 1, [14] = (uint8_t)(n >> 8), [15] = (uint8_t)n};

	return family == FAMILY_IPV4 ? addr_from_v4(v4) : addr_from_v6(v6);
}

struct addr world_source(enum family family, uint32_t link, unsigned int n)
{
	const uint8_t v4[4] = {10, (uint8_t)link, (uint8_t)(n >> 8), (uint8_t)n};
	const uint8_t v6[16] = {0x20, 0x01, 0x0d, 0xb8, 0, (uint8_t)link, [14] = (uint8_t)(n >> 8), [15] = (uint8_t)n};

	return family == FAMILY_IPV4 ? addr_from_v4(v4) : addr_from_v6(v6);
}

struct addr world_host(enum family family, uint32_t link, unsigned int n)
{
	const uint8_t v6[16] = {0xfe, 0x80, [13] = (uint8_t)link, [14] = (uint8_t)(n >> 8), [15] = (uint8_t)n};

	return family == FAMILY_IPV4 ? world_source(family, link, n) : addr_from_v6(v6);
}

struct addr world_letter(enum family family, char letter)
{
	return world_source(family, UP, SOURCE_A + (unsigned int)(letter - 'a'));
}

size_t world_letters(enum family family, const char *letters, struct addr addrs[static 26])
{
	size_t n = 0;

	for (; letters[n] != '\0' && n < 26; n++)
		addrs[n] = world_letter(family, letters[n]);
	return n;
}

bool world_set_is(enum family family, const struct srcset *set, const char *letters)
{
	struct addr addrs[26];
	size_t n = world_letters(family, letters, addrs);

	for (size_t i = 0; i < n; i++)
		if (!srcset_contains(set, &addrs[i]))
			return false;
	return set->count == n;
}

/* --- the kernel --- */

static bool has_vif(const struct world *w, uint32_t ifindex)
{
	return ifindex > 0 && ifindex <= WORLD_LINKS && w->links[ifindex].vif;
}

static bool names(const struct mroute *route, uint32_t ifindex)
{
	if (route->iif == ifindex)
		return true;
	for (size_t i = 0; i < route->n_oifs; i++)
		if (route->oifs[i] == ifindex)
			return true;
	return false;
}

static size_t count_vifs(const struct world *w)
{
	size_t n = 0;

	for (uint32_t i = 1; i <= WORLD_LINKS; i++)
		n += w->links[i].vif;
	return n;
}

static int op_iface_start(void *ctx, uint32_t ifindex, bool downstream, unsigned int threshold)
{
	struct world *w = ctx;
	struct world_link *link = &w->links[ifindex];

	if (link->start_error)
		return -link->start_error;
	if (!link->vif && count_vifs(w) >= MROUTE_MAX_IFACES)
		return -ENFILE;
	link->vif = true;
	link->downstream = downstream;
	link->threshold = threshold;
	link->starts++;
	return 0;
}

static void op_iface_stop(void *ctx, uint32_t ifindex, struct traffic *counted)
{
	struct world *w = ctx;

	*counted = w->links[ifindex].traffic;
	w->links[ifindex].traffic = (struct traffic){0};
	if (!has_vif(w, ifindex))
		world_violate(w, "link %u stopped without having been started", ifindex);
	for (size_t i = 0; i < w->n_entries; i++)
		if (names(&w->entries[i].route, ifindex))
			world_violate(w, "link %u stopped while an entry names it", ifindex);
	w->links[ifindex].vif = false;
	w->links[ifindex].stops++;
}

static int op_send_query(void *ctx, uint32_t ifindex, const struct addr *src, const struct gm_query *query)
{
	struct world *w = ctx;
	struct world_sent *sent;

	if (!has_vif(w, ifindex) || !w->links[ifindex].state.up)
		world_violate(w, "query sent to link %u, which is not up", ifindex);
	if (query->sources.count > 1 && query->sources.count > w->query_sources)
		world_violate(w, "query of %u sources does not fit", (unsigned int)query->sources.count);
	if (w->send_error)
		return -w->send_error;
	sent = ANOTHER(w, sent);
	sent->at = w->now;
	sent->ifindex = ifindex;
	sent->src = *src;
	sent->query = *query;
	for (size_t i = 0; i < query->sources.count; i++) {
		struct addr a = addrspan_get(&query->sources, i);

		add_or_die(&sent->sources, &a);
	}
	sent->query.sources = addrspan_of(sent->sources.addrs, sent->sources.count);
	return 0;
}

static size_t op_max_query_sources(void *ctx, uint32_t mtu)
{
	const struct world *w = ctx;

	(void)mtu;
	return w->query_sources;
}

static struct world_subscription *find_subscription(const struct world *w, const struct addr *group)
{
	for (size_t i = 0; i < w->n_subscriptions; i++)
		if (addr_equal(&w->subscriptions[i].group, group))
			return &w->subscriptions[i];
	return NULL;
}

static void drop_subscription(struct world *w, struct world_subscription *s)
{
	srcset_fini(&s->sources);
	*s = w->subscriptions[--w->n_subscriptions];
}

static bool is_refused_group(const struct world *w, const struct addr *group)
{
	struct addr refused = world_group(w->family, w->refused_group);

	return w->refused_group > 0 && addr_equal(group, &refused);
}

static int op_subscribe(void *ctx, uint32_t ifindex, const struct addr *group, enum gm_filter_mode mode,
			const struct srcset *sources)
{
	struct world *w = ctx;
	struct world_subscription *s = find_subscription(w, group);

	w->subscribe_calls++;
	if (!has_vif(w, ifindex) || w->links[ifindex].downstream)
		world_violate(w, "subscription on link %u, which is no upstream", ifindex);
	if (w->n_subscriptions > 0 && w->subscribed_on != ifindex)
		world_violate(w, "subscriptions on link %u and %u at once", w->subscribed_on, ifindex);
	if (w->subscribe_error)
		return -w->subscribe_error;
	if (is_refused_group(w, group))
		return -ENOBUFS;
	w->subscribed_on = ifindex;
	if (mode == GM_INCLUDE && sources->count == 0) {
		if (s)
			drop_subscription(w, s);
		else if (!w->strays)
			world_violate(w, "left a group that was not joined");
		return 0;
	}
	if (!s)
		s = ANOTHER(w, subscriptions);
	s->group = *group;
	s->mode = mode;
	if (!srcset_copy(&s->sources, sources))
		err(1, "world");
	return 0;
}

static void op_unsubscribe_all(void *ctx, uint32_t ifindex)
{
	struct world *w = ctx;

	w->unsubscribe_all_calls++;
	while (w->subscribed_on == ifindex && w->n_subscriptions > 0)
		drop_subscription(w, &w->subscriptions[0]);
}

static struct world_entry *find_entry(const struct world *w, const struct addr *source, const struct addr *group)
{
	for (size_t i = 0; i < w->n_entries; i++)
		if (addr_equal(&w->entries[i].route.source, source) && addr_equal(&w->entries[i].route.group, group))
			return &w->entries[i];
	return NULL;
}

static void check_route(struct world *w, const struct mroute *route)
{
	if (!has_vif(w, route->iif))
		world_violate(w, "entry with link %u as iif, which has no VIF", route->iif);
	for (size_t i = 0; i < route->n_oifs; i++) {
		if (route->oifs[i] == route->iif)
			world_violate(w, "entry with its iif %u among the oifs", route->iif);
		if (!has_vif(w, route->oifs[i]))
			world_violate(w, "entry with link %u as oif, which has no VIF", route->oifs[i]);
		for (size_t k = 0; k < i; k++)
			if (route->oifs[k] == route->oifs[i])
				world_violate(w, "entry with oif %u twice", route->oifs[i]);
	}
}

static int op_mroute_set(void *ctx, const struct mroute *route)
{
	struct world *w = ctx;
	struct world_entry *entry = find_entry(w, &route->source, &route->group);

	w->set_calls++;
	check_route(w, route);
	if (w->set_error)
		return -w->set_error;
	if (!entry) {
		entry = ANOTHER(w, entries);
		entry->count.packets = w->count_from;
		entry->count.bytes = w->count_from;
	}
	entry->route = *route;
	return 0;
}

static int op_mroute_del(void *ctx, const struct addr *source, const struct addr *group)
{
	struct world *w = ctx;
	struct world_entry *entry = find_entry(w, source, group);

	w->del_calls++;
	if (w->del_error)
		return -w->del_error;
	if (!entry)
		return -ENOENT;
	*entry = w->entries[--w->n_entries];
	return 0;
}

static int op_mroute_count(void *ctx, const struct addr *source, const struct addr *group, struct mroute_count *count)
{
	struct world *w = ctx;
	struct world_entry *entry = find_entry(w, source, group);

	if (w->count_error)
		return -w->count_error;
	if (!entry)
		return -EADDRNOTAVAIL;
	count->packets = entry->count.packets & w->count_mask;
	count->bytes = entry->count.bytes & w->count_mask;
	count->wrong_if = entry->count.wrong_if & w->count_mask;
	return 0;
}

static bool op_emit(void *ctx, const struct event *event)
{
	struct world *w = ctx;
	struct world_event *e = &w->events[event->kind];

	e->count++;
	e->at = w->now;
	snprintf(e->iface, sizeof(e->iface), "%s", event->iface ? event->iface : "");
	snprintf(e->word, sizeof(e->word), "%s", event->word ? event->word : "");
	e->group = event->group ? *event->group : addr_unspecified[w->family];
	e->source = event->source ? *event->source : addr_unspecified[w->family];
	e->value = event->value;
	e->error = event->error;
	e->mode = event->mode;
	if (event->family != w->family)
		world_violate(w, "event %d of the wrong family", (int)event->kind);
	return w->hear ? w->hear(w, event) : true;
}

static bool op_account(void *ctx, const struct addr *group, bool joined)
{
	struct world *w = ctx;

	return w->account && w->account(w, group, joined);
}

static void op_retire(void *ctx, const struct addr *group, const char *iface, const struct group_totals *counted)
{
	struct world *w = ctx;

	if (w->bury)
		w->bury(w, group, iface, counted);
	w->retired.reports += counted->reports;
	w->retired.leaves += counted->leaves;
	w->retired.queries_sent += counted->queries_sent;
	w->retired.joins += counted->joins;
	w->retired.timeouts += counted->timeouts;
	w->retired.flows.forwarded_packets += counted->flows.forwarded_packets;
	w->retired.flows.forwarded_bytes += counted->flows.forwarded_bytes;
	w->retired.flows.blocked_packets += counted->flows.blocked_packets;
	w->retired.flows.wrong_if_packets += counted->flows.wrong_if_packets;
}

/* An effect takes as long as the test says. */
static struct mtime op_clock(void *ctx)
{
	const struct world *w = ctx;

	return mtime_after(w->now, w->effects_take);
}

static const struct proxy_ops world_ops = {
	.iface_start = op_iface_start,
	.iface_stop = op_iface_stop,
	.send_query = op_send_query,
	.max_query_sources = op_max_query_sources,
	.subscribe = op_subscribe,
	.unsubscribe_all = op_unsubscribe_all,
	.mroute_set = op_mroute_set,
	.mroute_del = op_mroute_del,
	.mroute_count = op_mroute_count,
	.retire = op_retire,
	.account = op_account,
	.clock = op_clock,
	.emit = op_emit,
};

/* --- life --- */

static struct ifstate_addr on_link(const struct addr *a, unsigned int bits)
{
	return (struct ifstate_addr){.addr = *a, .network = prefix_make(a, bits), .peer = *a};
}

/* Addresses of both families on every link, as on a real one: the proxy picks its own. */
static void make_link(struct world_link *link, uint32_t ifindex)
{
	struct addr v4 = world_source(FAMILY_IPV4, ifindex, ROUTER);
	struct addr v6 = world_source(FAMILY_IPV6, ifindex, ROUTER);
	struct addr local = world_host(FAMILY_IPV6, ifindex, ROUTER);

	link->addrs[0] = on_link(&v4, 16);
	link->addrs[1] = on_link(&v6, 48);
	link->addrs[2] = on_link(&local, 64);
	link->state = (struct ifstate){.ifindex = ifindex, .exists = true, .up = true, .multicast = true, .mtu = 1500};
	link->state.addrs = link->addrs;
	link->state.n_addrs = 3;
	snprintf(link->state.name, sizeof(link->state.name), "%s%u", ifindex == UP ? "up" : "down", ifindex);
	link->settings = (struct iface_settings){
		.role = ifindex == UP ? ROLE_UPSTREAM : ROLE_DOWNSTREAM,
		.enabled = {true, true},
		.query_interval = mspan_seconds(125),
		.query_response_interval = mspan_seconds(10),
		.last_member_query_interval = mspan_seconds(1),
		.robustness = 2,
		.last_member_query_count = 2,
		.version = {GM_GENERATION_3, GM_GENERATION_3},
		.threshold = 1,
		.max_groups = 16384,
		.max_sources = 512,
	};
}

static struct world *new_world(enum family family, struct flow_room *room)
{
	struct world *w = calloc(1, sizeof(*w));

	if (!w)
		err(1, "world");
	w->family = family;
	w->now = (struct mtime){INT64_C(1000000000)};
	w->query_sources = 180;
	w->count_mask = UINT64_MAX;
	for (uint32_t i = 1; i <= WORLD_LINKS; i++)
		make_link(&w->links[i], i);
	w->flows.max = 65536;
	w->proxy = proxy_new(family, &world_ops, w, UINT64_C(0x5eed), room ? room : &w->flows);
	if (!w->proxy)
		err(1, "world");
	return w;
}

struct world *world_new(enum family family)
{
	return new_world(family, NULL);
}

struct world *world_new_beside(enum family family, struct world *other)
{
	return new_world(family, &other->flows);
}

void world_clear_sent(struct world *w)
{
	for (size_t i = 0; i < w->n_sent; i++)
		srcset_fini(&w->sent[i].sources);
	w->n_sent = 0;
}

void world_free(struct world *w)
{
	proxy_free(w->proxy);
	world_clear_sent(w);
	while (w->n_subscriptions > 0)
		drop_subscription(w, &w->subscriptions[0]);
	free(w->sent);
	free(w->entries);
	free(w->subscriptions);
	free(w);
}

/* --- interfaces --- */

struct iface *world_find_iface(const struct world *w, uint32_t link)
{
	struct iface *i;

	TAILQ_FOREACH(i, &w->proxy->ifaces, entry)
		if (strcmp(i->name, w->links[link].state.name) == 0)
			return i;
	return NULL;
}

void world_news(struct world *w, uint32_t link)
{
	struct world_link *l = &w->links[link];
	struct iface *i;

	l->turn = !l->turn;
	l->told[l->turn] = l->settings;
	proxy_iface(w->proxy, w->now, &l->state, &l->told[l->turn]);
	i = world_find_iface(w, link);
	if (i && iface_is_absent(i))
		proxy_absent(w->proxy, i, &l->told[l->turn]);
}

void world_start(struct world *w, uint32_t n_downstreams)
{
	for (uint32_t i = UP; i <= UP + n_downstreams; i++)
		world_news(w, i);
	world_settle(w);
}

void world_link_up(struct world *w, uint32_t link, bool up)
{
	w->links[link].state.up = up;
	world_news(w, link);
}

void world_delete_link(struct world *w, uint32_t link)
{
	w->links[link].state.exists = false;
	world_news(w, link);
}

/* --- packets --- */

void world_say(struct world *w, uint32_t link, unsigned int host, enum gm_generation generation,
	       enum gm_record_type type, unsigned int group, const char *letters)
{
	struct addr sources[26];
	struct addr src = world_host(w->family, link, host);
	struct gm_record record = {.type = type, .group = world_group(w->family, group)};
	struct gm_message message = {
		.kind = generation < GM_GENERATION_3 && type == GM_TO_IN ? GM_LEAVE : GM_REPORT,
		.protocol = gm_protos[w->family].by_generation[generation],
		.records = &record,
		.n_records = 1,
	};

	record.sources = addrspan_of(sources, world_letters(w->family, letters, sources));
	proxy_input(w->proxy, w->now, link, &src, &message);
}

void world_report(struct world *w, uint32_t link, enum gm_record_type type, unsigned int group, const char *letters)
{
	world_say(w, link, HOST, GM_GENERATION_3, type, group, letters);
}

struct gm_query world_question(const struct world *w, enum gm_generation generation, unsigned int group)
{
	const struct iface_settings *s = &w->links[DOWN1].settings;
	struct gm_query query = {
		.protocol = gm_protos[w->family].by_generation[generation],
		.group = group ? world_group(w->family, group) : addr_unspecified[w->family],
		.max_response = group ? s->last_member_query_interval : s->query_response_interval,
		.sources.width = 16,
		.to_group = true,
	};

	if (generation == GM_GENERATION_3) {
		query.interval = s->query_interval;
		query.robustness = (uint8_t)s->robustness;
	}
	return query;
}

void world_hear_query(struct world *w, uint32_t link, const struct addr *src, const struct gm_query *query)
{
	struct gm_message message = {.kind = GM_QUERY, .protocol = query->protocol, .query = *query};

	proxy_input(w->proxy, w->now, link, src, &message);
}

static void upcall(struct world *w, enum upcall_kind kind, uint32_t link, const struct addr *source,
		   const struct addr *group)
{
	struct upcall call = {.kind = kind, .ifindex = link, .source = *source, .group = *group};

	proxy_upcall(w->proxy, w->now, &call);
}

static uint64_t oif_bits(const struct mroute *route)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < route->n_oifs; i++)
		bits |= WORLD_BIT(route->oifs[i]);
	return bits;
}

uint64_t world_packets(struct world *w, uint32_t link, const struct addr *source, unsigned int group, unsigned int n)
{
	struct addr g = world_group(w->family, group);
	struct world_entry *entry = find_entry(w, source, &g);

	if (!entry) {
		upcall(w, UPCALL_NOCACHE, link, source, &g);
		entry = find_entry(w, source, &g);
	}
	if (!entry)
		return 0;
	entry->count.packets += n;
	entry->count.bytes += UINT64_C(100) * n;
	if (entry->route.iif == link)
		return oif_bits(&entry->route);
	entry->count.wrong_if += n;
	if (!w->no_wrongvif)
		upcall(w, UPCALL_WRONGVIF, link, source, &g);
	return 0;
}

/* --- time --- */

/* A group has a deadline, an interface three. */
static size_t count_deadlines_of(const struct iface_list *list)
{
	const struct iface *i;
	size_t n = 0;

	TAILQ_FOREACH(i, list, entry)
		n += 3 + (i->querier.running ? i->querier.groups.count : 0);
	return n;
}

/* The whole has three of its own. */
static size_t count_deadlines(const struct world *w)
{
	return 3 + count_deadlines_of(&w->proxy->ifaces) + count_deadlines_of(&w->proxy->removed);
}

/* Only where there are more deadlines than a tick acts on may one be left, and then it says so. */
static void tick(struct world *w)
{
	size_t deadlines = count_deadlines(w);
	bool more = proxy_tick(w->proxy, w->now);

	if (mtime_reached(proxy_next_deadline(w->proxy), w->now) != more)
		world_violate(w, "the tick does not know that a deadline is overdue");
	if (more && deadlines <= PROXY_DEADLINES_A_TICK)
		world_violate(w, "a deadline is overdue after the tick");
}

void world_settle(struct world *w)
{
	bool more;

	do {
		tick(w);
		more = proxy_work(w->proxy, w->now);
	} while (more || mtime_reached(proxy_next_deadline(w->proxy), w->now));
}

void world_pass_to(struct world *w, struct mtime until)
{
	world_settle(w);
	while (mtime_reached(proxy_next_deadline(w->proxy), until)) {
		w->now = proxy_next_deadline(w->proxy);
		world_settle(w);
	}
	w->now = until;
	world_settle(w);
}

void world_pass(struct world *w, struct mspan span)
{
	world_pass_to(w, mtime_after(w->now, span));
}

/* --- questions --- */

struct group *world_find_group(const struct world *w, uint32_t link, unsigned int group)
{
	const struct iface *i = world_find_iface(w, link);
	struct addr g = world_group(w->family, group);

	return i && i->querier.running ? querier_find(&i->querier, &g) : NULL;
}

const struct world_entry *world_find_entry(const struct world *w, const struct addr *source, unsigned int group)
{
	struct addr g = world_group(w->family, group);

	return find_entry(w, source, &g);
}

const struct world_subscription *world_find_subscription(const struct world *w, unsigned int group)
{
	struct addr g = world_group(w->family, group);

	return find_subscription(w, &g);
}

uint64_t world_oifs(const struct world *w, const struct addr *source, unsigned int group)
{
	const struct world_entry *entry = world_find_entry(w, source, group);

	return entry ? oif_bits(&entry->route) : UINT64_MAX;
}

size_t world_count_sent(const struct world *w, uint32_t link, enum gm_query_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < w->n_sent; i++)
		n += w->sent[i].ifindex == link && gm_query_kind(&w->sent[i].query) == kind;
	return n;
}

/* --- the naive reading --- */

/* Section 6.3 of RFC 9776, read off the record; other: a source that no record names. */
static bool record_wants(const struct group *g, const struct addr *source)
{
	for (uint32_t i = 0; source && i < g->n_sources; i++)
		if (addr_equal(&g->sources[i].addr, source))
			return !mtime_is_never(g->sources[i].expires);
	return g->mode == GM_EXCLUDE;
}

static bool iface_wants(const struct iface *i, const struct addr *group, const struct addr *source)
{
	const struct group *g = i->querier.running ? querier_find(&i->querier, group) : NULL;

	if (g && record_wants(g, source))
		return true;
	for (size_t k = 0; k < i->n_statics; k++)
		if (addr_equal(&i->statics[k]->addr, group) && record_wants(i->statics[k], source))
			return true;
	return false;
}

static bool any_wants(const struct world *w, const struct addr *group, const struct addr *source)
{
	const struct iface *i;

	TAILQ_FOREACH(i, &w->proxy->ifaces, entry)
		if (iface_wants(i, group, source))
			return true;
	return false;
}

static void add_sources(const struct group *g, struct srcset *all)
{
	for (uint32_t k = 0; k < g->n_sources; k++)
		add_or_die(all, &g->sources[k].addr);
}

/* Every source that some record of the group names. */
static void named_sources(const struct world *w, const struct addr *group, struct srcset *all)
{
	const struct iface *i;

	TAILQ_FOREACH(i, &w->proxy->ifaces, entry) {
		const struct group *g = i->querier.running ? querier_find(&i->querier, group) : NULL;

		if (g)
			add_sources(g, all);
		for (size_t k = 0; k < i->n_statics; k++)
			if (addr_equal(&i->statics[k]->addr, group))
				add_sources(i->statics[k], all);
	}
}

/*
 * RFC 4605 section 4.1 without its formulas: whoever is wanted anywhere is wanted
 * upstream, and nobody else. The mode is EXCLUDE if unnamed sources are wanted.
 */
static bool merge_holds(const struct world *w, const struct addr *group)
{
	const struct world_subscription *s = find_subscription(w, group);
	enum gm_filter_mode mode = any_wants(w, group, NULL) ? GM_EXCLUDE : GM_INCLUDE;
	struct srcset all = SRCSET_EMPTY;
	size_t expected = 0;
	bool holds = true;

	named_sources(w, group, &all);
	for (size_t i = 0; i < all.count; i++) {
		if (any_wants(w, group, &all.addrs[i]) != (mode == GM_INCLUDE))
			continue;
		expected++;
		holds = holds && s && srcset_contains(&s->sources, &all.addrs[i]);
	}
	srcset_fini(&all);
	if (mode == GM_INCLUDE && expected == 0)
		return s == NULL;
	return holds && s && s->mode == mode && s->sources.count == expected;
}

static void check_merge(struct world *w, const struct addr *group)
{
	char text[ADDR_STRLEN];

	if (w->proxy->db.upstream && !merge_holds(w, group))
		world_violate(w, "the subscription of %s is not the merge", addr_format(group, text));
}

static bool naive_admits(const struct iface *i, const struct addr *source)
{
	if (addr_is_link_local(source) || addr_is_unspecified(source) || addr_is_loopback(source) ||
	    addr_is_multicast(source))
		return false;
	if (i->settings->source_any)
		return true;
	for (size_t k = 0; k < i->n_addrs; k++)
		if (prefix_contains(&i->addrs[k].network, source))
			return true;
	for (size_t k = 0; k < i->settings->n_sources; k++)
		if (prefix_contains(&i->settings->sources[k], source))
			return true;
	return false;
}

/* The first line of the allow/deny list that matches the packet decides. */
static bool naive_allows(const struct iface_settings *s, const struct mroute *route)
{
	for (size_t k = 0; k < s->n_rules; k++)
		if (prefix_contains(&s->rules[k].group, &route->group) &&
		    (!s->rules[k].has_source || prefix_contains(&s->rules[k].source, &route->source)))
			return s->rules[k].allow;
	return true;
}

/* Hosts are subject to the rules, static groups are not. */
static bool naive_wants(const struct iface *i, const struct mroute *route)
{
	const struct group *g = i->querier.running ? querier_find(&i->querier, &route->group) : NULL;

	for (size_t k = 0; k < i->settings->n_statics && i->querier.running; k++) {
		const struct static_group *s = &i->settings->statics[k];

		if (addr_equal(&s->group, &route->group) && (!s->has_source || addr_equal(&s->source, &route->source)))
			return true;
	}
	return g && record_wants(g, &route->source) && naive_allows(i->settings, route);
}

/* RFC 4605 section 4.3 for one interface and one packet. */
static bool naive_oif(const struct iface *iif, const struct iface *i, const struct mroute *route)
{
	if (i == iif || i->state != IFACE_UP || iif->state != IFACE_UP || !naive_admits(iif, &route->source))
		return false;
	if (i->settings->role == ROLE_UPSTREAM)
		return true;
	return naive_wants(i, route) && (i->querier.elected || i->settings->always_forward);
}

static void check_entry(struct world *w, const struct world_entry *entry)
{
	const struct iface *iif = proxy_find_iface(w->proxy, entry->route.iif);
	const struct iface *i;
	uint64_t bits = 0;
	char source[ADDR_STRLEN];
	char group[ADDR_STRLEN];

	check_route(w, &entry->route);
	TAILQ_FOREACH(i, &w->proxy->ifaces, entry)
		if (iif && naive_oif(iif, i, &entry->route))
			bits |= WORLD_BIT(i->ifindex);
	if (w->strays || bits == oif_bits(&entry->route))
		return;
	world_violate(w, "entry (%s,%s) goes to %#jx, wanted is %#jx", addr_format(&entry->route.source, source),
		      addr_format(&entry->route.group, group), (uintmax_t)oif_bits(&entry->route), (uintmax_t)bits);
}

/* Everything the core holds must stand for something; memberships without a reason are leaks. */
static void check_memberships(struct world *w)
{
	const struct table *t = &w->proxy->db.table;
	struct table_node *node;
	size_t joined = 0;

	for (node = table_walk(t, NULL); node; node = table_walk(t, node)) {
		const struct membership *m = TABLE_OBJECT(node, struct membership, node);

		joined += m->joined;
		if (!w->strays)
			check_merge(w, &m->group);
		if (TAILQ_EMPTY(&m->groups) && TAILQ_EMPTY(&m->flows) && m->queue == MEMBERSHIP_SETTLED && !m->joined)
			world_violate(w, "a membership that nothing holds");
		if (m->queue == MEMBERSHIP_SETTLED && (m->joined || membership_is_wanted(m)))
			world_violate(w, "a membership that the next upstream would not hear of");
		if (m->queue == MEMBERSHIP_KEPT && !m->joined && !membership_is_wanted(m))
			world_violate(w, "a membership that is kept for nothing");
	}
	if (joined != w->proxy->db.n_joined)
		world_violate(w, "n_joined is %zu, joined are %zu", w->proxy->db.n_joined, joined);
	if (!w->strays && joined != w->n_subscriptions)
		world_violate(w, "%zu are joined, %zu subscribed", joined, w->n_subscriptions);
}

/* Of an absent interface only what hosts asked for may be left, and of one of a pattern nothing at all. */
static void check_absent(struct world *w)
{
	const struct iface *i;

	TAILQ_FOREACH(i, &w->proxy->ifaces, entry) {
		if (!iface_is_absent(i))
			continue;
		if (i->settings->from_pattern || i->settings->role != ROLE_DOWNSTREAM || !i->querier.running)
			world_violate(w, "%s is absent, and not one to be kept", i->name);
		if (i->state != IFACE_WAITING || i->n_statics > 0 || w->proxy->mfc.slots[i->slot] == i)
			world_violate(w, "%s is absent, and more than its hosts is left of it", i->name);
	}
}

bool world_holds(struct world *w)
{
	check_absent(w);
	for (size_t i = 0; i < w->n_entries; i++)
		check_entry(w, &w->entries[i]);
	for (size_t i = 0; i < w->n_subscriptions && !w->strays; i++)
		check_merge(w, &w->subscriptions[i].group);
	check_memberships(w);
	if (!w->strays && w->n_entries > w->proxy->mfc.table.count)
		world_violate(w, "the kernel has entries that the core forgot");
	return w->violation[0] == '\0';
}

struct world *world_end(struct world *w)
{
	world_settle(w);
	if (!world_holds(w)) {
		fprintf(stderr, "%s: %s\n", family_name(w->family), w->violation);
		abort();
	}
	world_free(w);
	return NULL;
}
