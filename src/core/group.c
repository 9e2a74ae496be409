#include "group.h"

#include <stdlib.h>
#include <string.h>

/* The work of one record on one group. */
struct work {
	struct group *g;
	struct mtime now;
	const struct params *params;
	const struct group_limits *limits;
	const struct addrspan *listed;
	struct group_change change;
};

typedef void cell(struct work *w);

const struct mspan group_awaits_traffic = {10000000};

const struct mspan group_query_spacing = {100000};

/*
 * With fast-leave each record asks the list of hosts about each source; what would take
 * more steps than this is asked of the hosts themselves, or a few packets would hold us
 * for seconds.
 */
enum { FAST_LEAVE_STEPS = 8192 };

struct group *group_new(const struct addr *addr)
{
	struct group *g = calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	g->addr = *addr;
	g->mode = GM_INCLUDE;
	g->expires = MTIME_NEVER;
	g->host_v1 = MTIME_NEVER;
	g->host_v2 = MTIME_NEVER;
	g->next_query = g->next_source_query = MTIME_NEVER;
	g->left_at = MTIME_NEVER;
	return g;
}

struct group *group_new_static(const struct addr *addr, const struct addr *source)
{
	struct group *g = group_new(addr);

	if (!g)
		return NULL;
	g->is_static = true;
	g->mode = GM_EXCLUDE;
	if (!source)
		return g;
	g->mode = GM_INCLUDE;
	g->sources = calloc(1, sizeof(*g->sources));
	if (!g->sources) {
		group_free(g);
		return NULL;
	}
	g->sources[0].addr = *source;
	g->n_sources = g->capacity = 1;
	return g;
}

void group_free(struct group *g)
{
	hosts_fini(&g->hosts);
	free(g->sources);
	free(g);
}

/* --- sources --- */

static bool runs(const struct source *s)
{
	return !mtime_is_never(s->expires);
}

static uint32_t position(const struct group *g, const struct addr *addr)
{
	uint32_t low = 0;
	uint32_t high = g->n_sources;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (addr_cmp(&g->sources[middle].addr, addr) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct source *source_at(const struct group *g, uint32_t at, const struct addr *addr)
{
	return at < g->n_sources && addr_equal(&g->sources[at].addr, addr) ? &g->sources[at] : NULL;
}

static struct source *find(const struct group *g, const struct addr *addr)
{
	return source_at(g, position(g, addr), addr);
}

static bool grow(struct group *g)
{
	uint32_t capacity = g->capacity ? g->capacity * 2 : 2;
	struct source *grown;

	if (g->n_sources < g->capacity)
		return true;
	grown = realloc(g->sources, capacity * sizeof(*grown));
	if (!grown)
		return false;
	g->sources = grown;
	g->capacity = capacity;
	return true;
}

/* A new source, or a refusal that is counted. */
static void insert(struct work *w, uint32_t at, const struct addr *addr, struct mtime expires)
{
	struct group *g = w->g;

	if (g->n_sources >= w->limits->max_sources) {
		w->change.sources_refused++;
		return;
	}
	if (!grow(g)) {
		w->change.no_memory++;
		return;
	}
	memmove(&g->sources[at + 1], &g->sources[at], (g->n_sources - at) * sizeof(*g->sources));
	g->sources[at] = (struct source){.addr = *addr, .expires = expires, .listed = true, .fresh = true};
	g->n_sources++;
	if (g->mode == GM_INCLUDE)
		w->change.forwarding = true;
}

static void unmark(struct group *g)
{
	for (uint32_t i = 0; i < g->n_sources; i++) {
		g->sources[i].listed = false;
		g->sources[i].fresh = false;
	}
}

/* Marks the record's sources that are there already. */
static void mark(struct work *w)
{
	unmark(w->g);
	for (size_t i = 0; i < w->listed->count; i++) {
		struct addr addr = addrspan_get(w->listed, i);
		struct source *s = find(w->g, &addr);

		if (s)
			s->listed = true;
	}
}

/* Marks the record's sources, and adds with this timer those that were not there. */
static void merge(struct work *w, struct mtime expires)
{
	unmark(w->g);
	for (size_t i = 0; i < w->listed->count; i++) {
		struct addr addr = addrspan_get(w->listed, i);
		uint32_t at = position(w->g, &addr);
		struct source *s = source_at(w->g, at, &addr);

		if (s)
			s->listed = true;
		else
			insert(w, at, &addr, expires);
	}
}

static struct mtime membership_interval(const struct work *w)
{
	return mtime_after(w->now, params_group_membership_interval(w->params));
}

/* (listed) = GMI: in EXCLUDE that takes an excluded source out of Y. */
static void refresh_listed(struct work *w)
{
	struct mtime expires = membership_interval(w);

	for (uint32_t i = 0; i < w->g->n_sources; i++) {
		struct source *s = &w->g->sources[i];

		if (!s->listed)
			continue;
		if (!runs(s))
			w->change.forwarding = true;
		s->expires = expires;
	}
}

/* Delete (all that is not listed); taking one out of Y changes what is forwarded, out of X does not. */
static void delete_unlisted(struct work *w)
{
	struct group *g = w->g;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < g->n_sources; i++) {
		if (g->sources[i].listed)
			g->sources[kept++] = g->sources[i];
		else if (!runs(&g->sources[i]))
			w->change.forwarding = true;
	}
	g->n_sources = kept;
}

/*
 * Leaves the record's sources and no others. What goes, goes first: a list at
 * max_sources may be replaced by another one as long.
 */
static void replace_all(struct work *w, struct mtime expires)
{
	mark(w);
	delete_unlisted(w);
	merge(w, expires);
}

/* In nearly every report: EXCLUDE of nothing, of a group without sources. */
static void replace(struct work *w, struct mtime expires)
{
	if (w->g->n_sources > 0 || w->listed->count > 0)
		replace_all(w, expires);
}

static void to_exclude(struct work *w)
{
	if (w->g->mode == GM_INCLUDE)
		w->change.forwarding = true;
	w->g->mode = GM_EXCLUDE;
	w->g->expires = membership_interval(w);
}

/* --- queries (section 6.6.3) --- */

/*
 * When a new question goes out, next being when one is due: "immediately", but not again
 * within a tenth of a second, else whoever repeats a leave makes us send as much as he
 * does. What is due sooner than that answers for it.
 */
static struct mtime question_time(const struct work *w, struct mtime next)
{
	struct mtime latest = mtime_after(w->now, group_query_spacing);
	struct mtime at = next;

	if (mtime_is_never(next))
		return w->now;
	/*
	 * What is due later is a retransmission: the last was sent an interval before. Where the
	 * interval has become shorter since, that is not so, and latest holds.
	 */
	if (!mtime_reached(next, latest))
		at.us += group_query_spacing.us - w->params->last_member_query_interval.us;
	return mtime_before(at, w->now) ? w->now : mtime_earlier(at, latest);
}

/* Hosts have their time to answer from the question on, not from the leave that it had to wait for. */
static struct mtime lowered_by(const struct work *w, struct mtime question)
{
	return mtime_after(question, params_last_member_query_time(w->params));
}

/*
 * Is there a query of this kind? Timers are lowered only for what members can be
 * asked about, or all of them would be cut off when one leaves.
 */
static bool can_ask(const struct work *w, enum gm_generation generation)
{
	return w->limits->querier && w->limits->version >= generation;
}

/* Fast leave: is the list of hosts sure to hold every member of the group, and short enough to be looked through? */
static bool knows_all_hosts(const struct work *w)
{
	if (!w->limits->fast_leave)
		return false;
	hosts_expire(&w->g->hosts, w->now);
	return group_compatibility(w->g) == GM_GENERATION_3 && hosts_is_complete(&w->g->hosts, w->now) &&
	       (size_t)w->g->hosts.n * (w->g->n_sources + 1) <= FAST_LEAVE_STEPS;
}

/*
 * While one host wants everything, sources that others ask for need not be in the record:
 * TO_EX deletes them (section 6.4.2), and the answers to Q(G) would bring them back.
 */
static bool holds_all_wanted(const struct group *g)
{
	for (uint32_t i = 0; i < g->hosts.n; i++) {
		const struct srcset *wanted = &g->hosts.list[i].sources;

		/* It has a source that the record has no room for: at least one is lacking. */
		if (wanted->count > g->n_sources)
			return false;
		for (size_t k = 0; k < wanted->count; k++) {
			const struct source *s = find(g, &wanted->addrs[k]);

			if (!s || !runs(s))
				return false;
		}
	}
	return true;
}

/* "Send Q(G)": 6.6.3.1, lower the group timer to LMQT and ask LMQC times. */
static void query_group(struct work *w)
{
	struct mtime question = question_time(w, w->g->next_query);

	if (!can_ask(w, GM_GENERATION_2))
		return;
	if (knows_all_hosts(w) && !hosts_any_exclude(&w->g->hosts) && holds_all_wanted(w->g)) {
		w->g->expires = w->now;
		return;
	}
	if (w->g->mode == GM_EXCLUDE)
		w->g->expires = mtime_earlier(w->g->expires, lowered_by(w, question));
	w->g->next_query = question;
	w->g->queries_left = (uint8_t)w->params->last_member_query_count;
}

/*
 * "Send Q(G,S)" for the sources with a running timer that are listed, or that are
 * not: 6.6.3.2, only those whose timer is larger than LMQT are lowered and asked for.
 */
static void query_sources(struct work *w, bool listed)
{
	struct mtime question = question_time(w, w->g->next_source_query);
	struct mtime lowered = lowered_by(w, question);
	bool sure = knows_all_hosts(w);

	if (!can_ask(w, GM_GENERATION_3))
		return;
	for (uint32_t i = 0; i < w->g->n_sources; i++) {
		struct source *s = &w->g->sources[i];

		if (s->listed != listed || !runs(s))
			continue;
		if (sure && !hosts_any_wants(&w->g->hosts, &s->addr)) {
			s->expires = w->now;
			continue;
		}
		if (!mtime_before(lowered, s->expires))
			continue;
		s->expires = lowered;
		s->queries_left = (uint8_t)w->params->last_member_query_count;
		w->g->next_source_query = question;
	}
}

/* As query_sources(listed), without those that the record itself brought in: Q(G,A*B). */
static void query_listed_known(struct work *w)
{
	for (uint32_t i = 0; i < w->g->n_sources; i++)
		if (w->g->sources[i].fresh)
			w->g->sources[i].listed = false;
	query_sources(w, true);
}

static size_t count_new(const struct work *w)
{
	size_t n = 0;

	for (size_t i = 0; i < w->listed->count; i++) {
		struct addr addr = addrspan_get(w->listed, i);

		n += !find(w->g, &addr);
	}
	return n;
}

/*
 * At max_sources, what TO_IN lists takes the place of what it does not: those are lowered to
 * LMQT by now. Else a host that goes over to other sources would be refused them, and when the
 * old ones have run out, have nothing. No more go than have to: another host may want them.
 */
static void make_room(struct work *w)
{
	struct mtime lowered = mtime_after(w->now, params_last_member_query_time(w->params));
	struct group *g = w->g;
	size_t wanted = g->n_sources + w->listed->count;
	uint32_t kept = 0;

	if (wanted <= w->limits->max_sources)
		return;
	wanted = g->n_sources + count_new(w);
	for (uint32_t i = 0; i < g->n_sources; i++) {
		if (wanted > w->limits->max_sources && !g->sources[i].listed &&
		    mtime_reached(g->sources[i].expires, lowered))
			wanted--;
		else
			g->sources[kept++] = g->sources[i];
	}
	if (kept < g->n_sources && g->mode == GM_INCLUDE)
		w->change.forwarding = true;
	g->n_sources = kept;
}

/* TO_IN asks about what it does not list, before what it lists is added: so that there is room for it. */
static void query_unlisted(struct work *w)
{
	mark(w);
	query_sources(w, false);
	make_room(w);
}

/* --- the tables of section 6.4, one function a cell; IS_IN and ALLOW do the same --- */

/* INCLUDE (A)  ALLOW (B), IS_IN (B)  INCLUDE (A+B)  (B)=GMI */
static void include_allow(struct work *w)
{
	merge(w, membership_interval(w));
	refresh_listed(w);
}

/* INCLUDE (A)  IS_EX (B)  EXCLUDE (A*B,B-A)  (B-A)=0, Delete (A-B), Group Timer=GMI */
static void include_is_ex(struct work *w)
{
	to_exclude(w);
	replace(w, MTIME_NEVER);
}

/* INCLUDE (A)  TO_IN (B)  INCLUDE (A+B)  (B)=GMI, Send Q(G,A-B) */
static void include_to_in(struct work *w)
{
	query_unlisted(w);
	include_allow(w);
}

/* INCLUDE (A)  TO_EX (B)  EXCLUDE (A*B,B-A)  (B-A)=0, Delete (A-B), Send Q(G,A*B), Group Timer=GMI */
static void include_to_ex(struct work *w)
{
	include_is_ex(w);
	query_listed_known(w);
}

/* INCLUDE (A)  BLOCK (B)  INCLUDE (A)  Send Q(G,A*B) */
static void include_block(struct work *w)
{
	mark(w);
	query_sources(w, true);
}

/* EXCLUDE (X,Y)  ALLOW (A), IS_IN (A)  EXCLUDE (X+A,Y-A)  (A)=GMI */
static void exclude_allow(struct work *w)
{
	merge(w, membership_interval(w));
	refresh_listed(w);
}

/* EXCLUDE (X,Y)  IS_EX (A)  EXCLUDE (A-Y,Y*A)  (A-X-Y)=GMI, Delete (X-A), Delete (Y-A), Group Timer=GMI */
static void exclude_is_ex(struct work *w)
{
	replace(w, membership_interval(w));
	to_exclude(w);
}

/* EXCLUDE (X,Y)  TO_IN (A)  EXCLUDE (X+A,Y-A)  (A)=GMI, Send Q(G,X-A), Send Q(G) */
static void exclude_to_in(struct work *w)
{
	query_unlisted(w);
	exclude_allow(w);
	query_group(w);
}

/*
 * EXCLUDE (X,Y)  TO_EX (A)  EXCLUDE (A-Y,Y*A)  (A-X-Y)=Group Timer, Delete (X-A), Delete (Y-A),
 * Send Q(G,A-Y), Group Timer=GMI
 */
static void exclude_to_ex(struct work *w)
{
	replace(w, w->g->expires);
	query_sources(w, true);
	to_exclude(w);
}

/* EXCLUDE (X,Y)  BLOCK (A)  EXCLUDE (X+(A-Y),Y)  (A-X-Y)=Group Timer, Send Q(G,A-Y) */
static void exclude_block(struct work *w)
{
	merge(w, w->g->expires);
	query_sources(w, true);
}

static cell *const table[2][GM_RECORD_TYPES] = {
	[GM_INCLUDE] = {
		[GM_IS_IN] = include_allow, [GM_IS_EX] = include_is_ex, [GM_TO_IN] = include_to_in,
		[GM_TO_EX] = include_to_ex, [GM_ALLOW] = include_allow, [GM_BLOCK] = include_block,
	},
	[GM_EXCLUDE] = {
		[GM_IS_IN] = exclude_allow, [GM_IS_EX] = exclude_is_ex, [GM_TO_IN] = exclude_to_in,
		[GM_TO_EX] = exclude_to_ex, [GM_ALLOW] = exclude_allow, [GM_BLOCK] = exclude_block,
	},
};

/* --- older hosts (section 7.3.2) --- */

enum gm_generation group_compatibility(const struct group *g)
{
	if (!mtime_is_never(g->host_v1))
		return GM_GENERATION_1;
	return mtime_is_never(g->host_v2) ? GM_GENERATION_3 : GM_GENERATION_2;
}

/* A report of an old version, not a leave, shows that such a host is there. */
static void note_older_host(struct group *g, struct mtime now, const struct params *params, enum gm_protocol protocol,
			    enum gm_record_type type)
{
	enum gm_generation generation = gm_generation_of(protocol);
	struct mtime until;

	if (type != GM_IS_EX || generation == GM_GENERATION_3)
		return;
	until = mtime_after(now, params_older_host_present_interval(params));
	if (generation == GM_GENERATION_1)
		g->host_v1 = until;
	else if (generation == GM_GENERATION_2)
		g->host_v2 = until;
}

/* BLOCK is void beside an older host, and beside IGMPv1, which has no leave, so is TO_IN. */
static bool is_void(const struct group *g, enum gm_record_type type)
{
	switch (group_compatibility(g)) {
	case GM_GENERATION_1:
		return type == GM_BLOCK || type == GM_TO_IN;
	case GM_GENERATION_2:
		return type == GM_BLOCK;
	case GM_GENERATION_3:
		break;
	}
	return false;
}

/* The first of several says when it began. */
static void note_leave(struct group *g, struct mtime now, enum gm_record_type type)
{
	if (type != GM_TO_IN && type != GM_BLOCK)
		g->left_at = MTIME_NEVER;
	else if (mtime_is_never(g->left_at))
		g->left_at = now;
}

struct group_change group_apply(struct group *g, struct mtime now, const struct params *params,
				const struct group_limits *limits, enum gm_protocol protocol,
				const struct gm_record *record)
{
	static const struct addrspan none = {.bytes = NULL, .count = 0, .width = 16};
	struct work w = {.g = g, .now = now, .params = params, .limits = limits, .listed = &record->sources};

	note_older_host(g, now, params, protocol, record->type);
	if (is_void(g, record->type)) {
		w.change.ignored = true;
		return w.change;
	}
	note_leave(g, now, record->type);
	/* "source-lists in TO_EX() messages are ignored" beside an older host. */
	if (record->type == GM_TO_EX && group_compatibility(g) != GM_GENERATION_3)
		w.listed = &none;
	table[g->mode][record->type](&w);
	return w.change;
}

/* --- the passing of time --- */

static void stop_if_due(struct mtime *timer, struct mtime now)
{
	if (mtime_reached(*timer, now))
		*timer = MTIME_NEVER;
}

/* Section 6.3: in INCLUDE a source that ran out goes, in EXCLUDE it is excluded from now on. */
static void expire_sources(struct group *g, struct mtime now, struct group_change *change)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < g->n_sources; i++) {
		struct source *s = &g->sources[i];

		if (mtime_reached(s->expires, now)) {
			change->forwarding = true;
			s->expires = MTIME_NEVER;
			s->queries_left = 0;
			if (g->mode == GM_INCLUDE)
				continue;
		}
		g->sources[kept++] = *s;
	}
	g->n_sources = kept;
}

/* Section 6.5: EXCLUDE ran out: what is still requested goes on as INCLUDE. */
static void exclude_to_include(struct group *g)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < g->n_sources; i++)
		if (runs(&g->sources[i]))
			g->sources[kept++] = g->sources[i];
	g->n_sources = kept;
	g->mode = GM_INCLUDE;
	g->expires = MTIME_NEVER;
	g->queries_left = 0;
}

struct group_change group_expire(struct group *g, struct mtime now)
{
	struct group_change change = {0};

	stop_if_due(&g->host_v1, now);
	stop_if_due(&g->host_v2, now);
	expire_sources(g, now, &change);
	if (g->mode == GM_EXCLUDE && mtime_reached(g->expires, now)) {
		exclude_to_include(g);
		change.forwarding = true;
	}
	return change;
}

void group_lower(struct group *g, struct mtime now, struct mspan span, const struct addrspan *sources)
{
	struct mtime lowered = mtime_after(now, span);

	if (sources->count == 0 && g->mode == GM_EXCLUDE)
		g->expires = mtime_earlier(g->expires, lowered);
	for (size_t i = 0; i < sources->count; i++) {
		struct addr addr = addrspan_get(sources, i);
		struct source *s = find(g, &addr);

		if (s && runs(s))
			s->expires = mtime_earlier(s->expires, lowered);
	}
}

void group_lower_all(struct group *g, struct mtime until)
{
	if (g->mode == GM_EXCLUDE)
		g->expires = mtime_earlier(g->expires, until);
	for (uint32_t i = 0; i < g->n_sources; i++)
		if (runs(&g->sources[i]))
			g->sources[i].expires = mtime_earlier(g->sources[i].expires, until);
}

struct mtime group_expires(const struct group *g)
{
	struct mtime last = {INT64_MIN};

	if (g->mode == GM_EXCLUDE)
		return g->expires;
	for (uint32_t i = 0; i < g->n_sources; i++)
		if (mtime_before(last, g->sources[i].expires))
			last = g->sources[i].expires;
	return g->n_sources > 0 ? last : MTIME_NEVER;
}

bool group_keep_allowed(struct group *g, group_judge *allows, const void *ctx)
{
	uint32_t before = g->n_sources;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < before; i++)
		if (!runs(&g->sources[i]) || allows(ctx, &g->addr, &g->sources[i].addr))
			g->sources[kept++] = g->sources[i];
	g->n_sources = kept;
	return kept < before;
}

struct mtime group_next(const struct group *g)
{
	struct mtime next = mtime_earlier(g->expires, mtime_earlier(g->next_query, g->next_source_query));

	next = mtime_earlier(next, mtime_earlier(g->host_v1, g->host_v2));
	if (g->awaiting)
		next = mtime_earlier(next, mtime_after(g->since, group_awaits_traffic));
	for (uint32_t i = 0; i < g->n_sources; i++)
		next = mtime_earlier(next, g->sources[i].expires);
	return next;
}

/* --- questions --- */

bool group_is_empty(const struct group *g)
{
	return g->mode == GM_INCLUDE && g->n_sources == 0;
}

bool group_wants(const struct group *g, const struct addr *source)
{
	const struct source *s = find(g, source);

	return g->mode == GM_INCLUDE ? s != NULL : s == NULL || runs(s);
}

bool group_filter(const struct group *g, struct srcset *sources)
{
	srcset_clear(sources);
	for (uint32_t i = 0; i < g->n_sources; i++)
		if (g->mode == GM_INCLUDE || !runs(&g->sources[i]))
			if (!srcset_add(sources, &g->sources[i].addr))
				return false;
	return true;
}
