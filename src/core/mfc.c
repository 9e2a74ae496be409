#include "mfc.h"

#include <errno.h>
#include <stdlib.h>

#include "filter.h"
#include "iface.h"

/* 10 s until told otherwise (mcast-proxy.conf(5), sample-interval). */
static const struct mspan default_sample_interval = {10000000};
/* Between the two samples that tell a source that moved from one on two links. */
static const struct mspan move_sample_interval = {200000};
/* The kernel tells of packets on a wrong interface once in this time (its MFC_ASSERT_THRESH). */
static const struct mspan kernel_assert_interval = {3000000};
/* Sources of bad scope are told of once in this time for each interface: what hosts send on their link is no news. */
static const struct mspan bad_scope_interval = {60000000};
/*
 * Flows that follow a change of interest in one turn of the loop, which is about 3 ms of
 * entries to set; of those, from one group before another has its turn; and in one slice
 * of what may wait, so that a turn is not twice as long because of these.
 */
enum { FLOWS_AT_ONCE = 1024, FLOWS_OF_A_GROUP_AT_ONCE = 64, FLOWS_A_SLICE = 128 };
/* What deleting one with all that hangs on it counts as, in entries to set. */
enum { DELETE_COST = 8 };
/*
 * The kernel frees what was deleted later, a little at a time, unless very much of it waits:
 * then all in one go, within whatever runs (Linux, RCU: 130 ms for 65,536 entries, that wanted
 * to expire together). They are in no hurry.
 */
enum { EXPIRED_AT_ONCE = 512 };
static const struct mspan rest_after_expired = {20000};
enum { MAX_REFUSED_TOLD = 256, SILENT_LOOKS_ON_TWO_LINKS = 2 };

bool mfc_init(struct mfc *mfc, struct env *env, struct memberdb *db, struct flow_room *room)
{
	*mfc = (struct mfc){
		.env = env,
		.db = db,
		.sample_interval = default_sample_interval,
		.sample_all = {INT64_MIN},
		.room = room,
		.follow_left = FLOWS_AT_ONCE,
	};
	TAILQ_INIT(&mfc->sampling);
	TAILQ_INIT(&mfc->unwanted);
	TAILQ_INIT(&mfc->moving);
	TAILQ_INIT(&mfc->stale);
	TAILQ_INIT(&mfc->leaving);
	mfc->move.kind = DEADLINE_MOVE;
	mfc->sample.kind = DEADLINE_SAMPLE;
	return table_init(&mfc->table, env->hash_key);
}

static unsigned int count_bits(uint32_t bits)
{
	unsigned int n = 0;

	for (; bits; bits &= bits - 1)
		n++;
	return n;
}

static void emit(const struct mfc *mfc, enum event_kind kind, const struct flow *f, const char *word)
{
	const struct env *env = mfc->env;
	struct event event = {
		.kind = kind,
		.family = env->proto->family,
		.iface = f->iif->name,
		.group = &f->group,
		.source = &f->source,
		.value = count_bits(f->oifs),
		.error = f->error,
		.word = word,
	};

	env->ops->emit(env->ctx, &event);
}

/* --- counting --- */

/* A counter of 32 bits wraps, one of 64 does not in our lifetime. */
static uint64_t delta(uint64_t now, uint64_t before)
{
	return now >= before ? now - before : (uint32_t)(now - before);
}

static void add(struct flow_counters *to, const struct flow_counters *more)
{
	to->forwarded_packets += more->forwarded_packets;
	to->forwarded_bytes += more->forwarded_bytes;
	to->blocked_packets += more->blocked_packets;
	to->wrong_if_packets += more->wrong_if_packets;
}

/* What the kernel counted since last time goes to the class that the entry belonged to meanwhile. */
static void account(struct mfc *mfc, struct flow *f, const struct mroute_count *count)
{
	uint64_t matched = delta(count->packets, f->kernel.packets);
	uint64_t wrong = delta(count->wrong_if, f->kernel.wrong_if);
	uint64_t right = matched > wrong ? matched - wrong : 0;
	struct flow_counters more = {
		.forwarded_packets = f->oifs ? right : 0,
		.forwarded_bytes = f->oifs ? delta(count->bytes, f->kernel.bytes) : 0,
		.blocked_packets = f->oifs ? 0 : right,
		.wrong_if_packets = wrong,
	};

	f->kernel = *count;
	add(&f->counters, &more);
	add(&f->membership->counters, &more);
	add(&mfc->env->counters.flows, &more);
	add(&mfc->env->counters.groups[f->membership->accounted].flows, &more);
}

/* Reads the entry's counters. */
static void fold(struct mfc *mfc, struct flow *f)
{
	struct mroute_count count = {0};
	int error;

	if (!f->installed)
		return;
	error = mfc->env->ops->mroute_count(mfc->env->ctx, &f->source, &f->group, &count);
	if (error) {
		/* The kernel lost it: the next change or packet brings it back, counting from 0. */
		f->installed = false;
		f->kernel = (struct mroute_count){0};
		return;
	}
	account(mfc, f, &count);
}

/* What has come in so far, whatever became of the entries that counted it. */
static struct flow_arrivals arrivals(const struct flow *f)
{
	const struct flow_counters *c = &f->counters;

	return (struct flow_arrivals){c->forwarded_packets + c->blocked_packets, c->wrong_if_packets};
}

/* --- flows --- */

static uint64_t flow_hash(const struct mfc *mfc, const struct addr *source, const struct addr *group)
{
	return table_hash2(&mfc->table, source, group);
}

struct flow *mfc_find(const struct mfc *mfc, const struct addr *source, const struct addr *group)
{
	struct table_node *node = table_first(&mfc->table, flow_hash(mfc, source, group));

	for (; node; node = table_next(node)) {
		struct flow *f = TABLE_OBJECT(node, struct flow, node);

		if (addr_equal(&f->source, source) && addr_equal(&f->group, group))
			return f;
	}
	return NULL;
}

static void stop_deciding(struct mfc *mfc, struct flow *f)
{
	if (f->heard_on)
		TAILQ_REMOVE(&mfc->moving, f, moving);
	f->heard_on = NULL;
	f->on_two_links = false;
}

/* It leaves its place among those to be sampled: whoever is to be judged next, it is not this one. */
static void step_over(struct mfc *mfc, const struct flow *f)
{
	if (mfc->to_judge == f)
		mfc->to_judge = TAILQ_NEXT(f, sampling);
}

static void now_unwanted(struct mfc *mfc, struct flow *f)
{
	TAILQ_INSERT_TAIL(&mfc->unwanted, f, unwanted);
	mfc->n_unwanted++;
}

static void not_unwanted(struct mfc *mfc, struct flow *f)
{
	TAILQ_REMOVE(&mfc->unwanted, f, unwanted);
	mfc->n_unwanted--;
}

static void hang_on(struct membership *m, struct flow *f)
{
	TAILQ_INSERT_TAIL(&m->flows, f, of_group);
	m->n_flows++;
}

/* From the leave to now, when no entry names the interface any more (design, section 4, "Latency"). */
static void pruned(struct mfc *mfc, struct membership *m, struct group *g)
{
	struct mspan took = mtime_since(mfc->env->ops->clock(mfc->env->ctx), g->left_at);

	histogram_observe(&mfc->env->counters.leave_to_prune, took);
	m->leave_to_prune_us = took.us > 0 ? (uint32_t)took.us : 0;
	group_free(g);
}

void mfc_observe_prune(struct mfc *mfc, struct membership *m, struct group *g)
{
	if (m->n_stale == 0) {
		pruned(mfc, m, g);
		return;
	}
	g->membership = m;
	TAILQ_INSERT_TAIL(&mfc->leaving, g, beside);
	if (m->n_leaving < MEMBERSHIP_MANY_LEAVING)
		m->n_leaving++;
}

/*
 * All its flows have followed. They do so about in the order of the changes: who has waited
 * for it is in front, and when 16,384 groups are left at once nobody goes through all of them.
 */
static void followed(struct mfc *mfc, struct membership *m)
{
	struct group *g = TAILQ_FIRST(&mfc->leaving);
	struct group *next;

	TAILQ_REMOVE(&mfc->stale, m, stale);
	for (; g && m->n_leaving > 0; g = next) {
		next = TAILQ_NEXT(g, beside);
		if (g->membership != m)
			continue;
		TAILQ_REMOVE(&mfc->leaving, g, beside);
		pruned(mfc, m, g);
		if (m->n_leaving < MEMBERSHIP_MANY_LEAVING)
			m->n_leaving--;
	}
	m->n_leaving = 0;
}

/* Whether it was one of the stale ones nobody knows: then another is refreshed once more than it needs. */
static void take_off(struct mfc *mfc, struct membership *m, struct flow *f)
{
	TAILQ_REMOVE(&m->flows, f, of_group);
	m->n_flows--;
	if (m->n_stale <= m->n_flows)
		return;
	m->n_stale = m->n_flows;
	if (m->n_stale == 0)
		followed(mfc, m);
}

static void forget(struct mfc *mfc, struct flow *f)
{
	step_over(mfc, f);
	stop_deciding(mfc, f);
	table_remove(&mfc->table, &f->node);
	TAILQ_REMOVE(&mfc->sampling, f, sampling);
	if (f->oifs == 0)
		not_unwanted(mfc, f);
	take_off(mfc, f->membership, f);
	memberdb_release(mfc->db, f->membership);
	mfc->room->used--;
	free(f);
}

/* The device may be gone, or the entry lost: that it is not there is what was wanted. */
static bool is_not_there(int error)
{
	return error == -ENOENT || error == -ENODEV || error == -EADDRNOTAVAIL;
}

/* Takes the entry out of the kernel; what the kernel refuses is counted, told, and still there. */
static bool uninstall(struct mfc *mfc, struct flow *f)
{
	const struct env *env = mfc->env;
	int error;

	fold(mfc, f);
	if (!f->installed)
		return true;
	error = env->ops->mroute_del(env->ctx, &f->source, &f->group);
	if (error && !is_not_there(error)) {
		mfc->env->counters.mroute_failed[MROUTE_DELETE]++;
		f->error = -error;
		emit(mfc, EVENT_ROUTE_FAILED, f, NULL);
		return false;
	}
	mfc->env->counters.mroute_done[MROUTE_DELETE] += error == 0;
	f->installed = false;
	f->kernel = (struct mroute_count){0};
	return true;
}

/* False when the kernel keeps the entry: then the flow is kept as well, to be tried again at the next sample. */
static bool delete_flow(struct mfc *mfc, struct flow *f, const char *why)
{
	if (!uninstall(mfc, f)) {
		/* Another one may make room before it is tried again. */
		if (f->oifs == 0) {
			not_unwanted(mfc, f);
			now_unwanted(mfc, f);
		}
		return false;
	}
	emit(mfc, EVENT_ROUTE_DELETE, f, why);
	forget(mfc, f);
	return true;
}

/*
 * Its interface goes, whatever the kernel says of an entry that names it. Nothing can be
 * done about that entry until one of its packets is told of; that it was left is counted.
 */
static void drop(struct mfc *mfc, struct flow *f)
{
	if (delete_flow(mfc, f, "interface"))
		return;
	mfc->env->counters.mroute_abandoned++;
	emit(mfc, EVENT_ROUTE_DELETE, f, "abandoned");
	forget(mfc, f);
}

/* So that who asks why can be told. */
static void note_refusal(const struct iface *i, enum refused_why why, const struct addr *source,
			 const struct addr *group)
{
	struct refused what = {
		.ifindex = i->ifindex,
		.group = *group,
		.source = *source,
		.has_source = true,
		.why = why,
		.limit = why == REFUSED_LIMIT ? "mfc" : NULL,
	};

	refusals_note(&i->env->refusals, i->env->now, &what);
}

/* At max-flows the oldest flow of this family that nobody wants makes room; wanted ones stay. */
static bool make_room(struct mfc *mfc)
{
	struct flow *oldest = TAILQ_FIRST(&mfc->unwanted);

	if (mfc->room->used < mfc->room->max)
		return true;
	mfc->env->counters.limit_flows++;
	return oldest && delete_flow(mfc, oldest, "limit");
}

static struct flow *new_flow(struct mfc *mfc, struct mtime now, struct iface *i, const struct addr *source,
			     const struct addr *group)
{
	struct membership *m;
	struct flow *f;

	if (!make_room(mfc)) {
		iface_tell_limit(i, LIMIT_FLOWS, group, mfc->room->max);
		note_refusal(i, REFUSED_LIMIT, source, group);
		return NULL;
	}
	m = memberdb_get(mfc->db, group);
	f = m ? calloc(1, sizeof(*f)) : NULL;
	if (!f) {
		mfc->env->counters.no_memory += m != NULL;
		iface_tell_limit(i, LIMIT_MEMORY, group, 0);
		if (m)
			memberdb_release(mfc->db, m);
		return NULL;
	}
	*f = (struct flow){.membership = m, .source = *source, .group = *group, .iif = i, .epoch = i->epoch};
	mfc->room->used++;
	f->since = f->active = f->sampled = now;
	table_insert(&mfc->table, &f->node, flow_hash(mfc, source, group));
	hang_on(m, f);
	TAILQ_INSERT_TAIL(&mfc->sampling, f, sampling);
	now_unwanted(mfc, f);
	deadline_no_later(&mfc->env->deadlines, &mfc->sample, mtime_after(now, mfc->sample_interval));
	return f;
}

/* --- what may go where --- */

/* Sources that mean something on their own link only, or nothing at all (RFC 4291 2.5.6, RFC 3927 7). */
static bool has_bad_scope(const struct addr *source)
{
	return addr_is_link_local(source) || addr_is_unspecified(source) || addr_is_loopback(source) ||
	       addr_is_multicast(source);
}

static enum flow_refusal judge(const struct iface *i, const struct addr *source)
{
	if (has_bad_scope(source))
		return FLOW_BAD_SOURCE_SCOPE;
	return iface_admits(i, source) ? FLOW_ADMITTED : FLOW_SOURCE_NOT_ALLOWED;
}

static bool emit_refusal(const struct iface *i, const struct addr *source, const struct addr *group,
			 enum flow_refusal why, bool again)
{
	static const char *const names[] = {
		[FLOW_SOURCE_NOT_ALLOWED] = "source_not_allowed",
		[FLOW_BAD_SOURCE_SCOPE] = "bad_source_scope",
	};
	struct event event = {
		.kind = EVENT_SOURCE_REFUSED,
		.family = i->env->proto->family,
		.iface = i->name,
		.group = group,
		.source = source,
		.word = names[why],
		.cause = why,
		.again = again,
	};

	return i->env->ops->emit(i->env->ctx, &event);
}

/* The log names the line that would admit a source: once for each, as many as are remembered. False: not yet. */
static bool tell_source(struct iface *i, const struct addr *source, const struct addr *group, bool again)
{
	if (i->refused.count >= MAX_REFUSED_TOLD || srcset_contains(&i->refused, source))
		return true;
	if (!emit_refusal(i, source, group, FLOW_SOURCE_NOT_ALLOWED, again))
		return false;
	if (!srcset_add(&i->refused, source))
		i->env->counters.no_memory++;
	return true;
}

/* No line would admit it: that it happens is enough to know. */
static void tell_bad_scope(struct iface *i, struct mtime now, const struct addr *source, const struct addr *group)
{
	if (mtime_before(now, i->tell_scope))
		return;
	if (emit_refusal(i, source, group, FLOW_BAD_SOURCE_SCOPE, false))
		i->tell_scope = mtime_after(now, bad_scope_interval);
}

/* Counted each time; false when there is something left to tell. */
static bool refuse(struct iface *i, struct mtime now, enum flow_refusal why, const struct addr *source,
		   const struct addr *group)
{
	if (why == FLOW_BAD_SOURCE_SCOPE) {
		i->counters.bad_source_scope++;
		tell_bad_scope(i, now, source, group);
		return true;
	}
	i->counters.sources_refused++;
	note_refusal(i, REFUSED_SOURCE, source, group);
	return tell_source(i, source, group, false);
}

static void judge_again(struct flow *f, struct mtime now)
{
	enum flow_refusal was = f->refusal;

	f->refusal = judge(f->iif, &f->source);
	if (f->refusal == was)
		return;
	if (f->refusal == FLOW_ADMITTED)
		refusals_forget(&f->iif->env->refusals, f->iif->ifindex, &f->group, &f->source);
	f->to_tell = f->refusal != FLOW_ADMITTED && !refuse(f->iif, now, f->refusal, &f->source, &f->group);
}

/* Judged there for the first time, whatever was said of it where it came from. */
static void put_on(struct flow *f, struct mtime now, struct iface *i)
{
	if (f->iif != i) {
		f->refusal = FLOW_ADMITTED;
		f->to_tell = false;
	}
	f->iif = i;
	f->epoch = i->epoch;
	judge_again(f, now);
}

/*
 * Its VIF is gone, or going, even if the interface is there again with another: the entry is
 * not to be changed any more, and the flow is deleted as soon as it is looked at.
 */
static bool is_orphan(const struct flow *f)
{
	return f->epoch != f->iif->epoch;
}

static uint32_t bit(const struct iface *i)
{
	return UINT32_C(1) << i->slot;
}

/* The operator's list holds for what hosts ask for; static groups are the operator's own. */
bool mfc_is_allowed(const struct group *g, const struct flow *f)
{
	size_t rule;

	return g->is_static || filter_allows_flow(g->querier->iface->settings, &f->group, &f->source, &rule);
}

/*
 * RFC 4605 section 4.3: from the upstream to every downstream with interest; from
 * a downstream to the upstream and to every other downstream with interest.
 */
static uint32_t wanted_oifs(const struct mfc *mfc, const struct flow *f)
{
	const struct iface *upstream = mfc->db->upstream;
	const struct group *g;
	uint32_t oifs = 0;

	if (f->refusal != FLOW_ADMITTED || f->iif->state != IFACE_UP)
		return 0;
	TAILQ_FOREACH(g, &f->membership->groups, beside) {
		const struct iface *i = g->querier->iface;

		if (i != f->iif && iface_forwards(i) && group_wants(g, &f->source) && mfc_is_allowed(g, f))
			oifs |= bit(i);
	}
	if (upstream && upstream != f->iif && upstream->state == IFACE_UP)
		oifs |= bit(upstream);
	return oifs;
}

/* --- the kernel's entry --- */

static struct mroute entry_of(const struct mfc *mfc, const struct flow *f, uint32_t oifs)
{
	struct mroute route = {.source = f->source, .group = f->group, .iif = f->iif->ifindex};

	for (unsigned int slot = 0; slot < MROUTE_MAX_IFACES; slot++)
		if (oifs & (UINT32_C(1) << slot))
			route.oifs[route.n_oifs++] = mfc->slots[slot]->ifindex;
	return route;
}

static void set_oifs(struct mfc *mfc, struct flow *f, uint32_t oifs)
{
	if (f->oifs == 0 && oifs != 0)
		not_unwanted(mfc, f);
	else if (f->oifs != 0 && oifs == 0)
		now_unwanted(mfc, f);
	f->oifs = oifs;
}

/* --- how long it took (design, section 4, "Latency") --- */

/* Did packets come lately, so that what was changed now has let them through? */
static bool is_flowing(const struct mfc *mfc, const struct flow *f, struct mtime done)
{
	return mspan_cmp(mtime_since(done, f->active), mspan_times(mfc->sample_interval, 2)) <= 0;
}

static void observe_join(struct mfc *mfc, struct group *g, struct mtime done)
{
	struct mspan took = mtime_since(done, g->since);

	if (mspan_cmp(took, group_awaits_traffic) > 0)
		return;
	g->awaiting = false;
	histogram_observe(&mfc->env->counters.join_to_forward, took);
	g->membership->join_to_forward_us = took.us > 0 ? (uint32_t)took.us : 0;
}

/* These interfaces are named by the entry for the first time since they asked. */
static void observe_joins(struct mfc *mfc, const struct flow *f, uint32_t fresh)
{
	struct mtime done = mfc->env->ops->clock(mfc->env->ctx);
	struct group *g;

	TAILQ_FOREACH(g, &f->membership->groups, beside)
		if (g->awaiting && (fresh & bit(g->querier->iface)) && is_flowing(mfc, f, done))
			observe_join(mfc, g, done);
}

/* Counts what came until now, before the entry is changed. */
static void look_whether_flowing(struct mfc *mfc, struct flow *f)
{
	struct flow_counters before = f->counters;

	fold(mfc, f);
	if (f->counters.forwarded_packets != before.forwarded_packets ||
	    f->counters.blocked_packets != before.blocked_packets)
		f->active = mfc->env->ops->clock(mfc->env->ctx);
}

/*
 * A flow that was idle when it was asked for comes by its entry as it stands, and makes no
 * upcall. Idle entries go after a minute: a group with so many that they cannot all be looked
 * at in one go has traffic.
 */
bool mfc_has_flowed(struct mfc *mfc, const struct group *g)
{
	size_t left = FLOWS_OF_A_GROUP_AT_ONCE;
	struct flow *f;

	TAILQ_FOREACH(f, &g->membership->flows, of_group) {
		if (left-- == 0)
			return true;
		if (!(f->oifs & bit(g->querier->iface)))
			continue;
		look_whether_flowing(mfc, f);
		if (!mtime_before(f->active, g->since))
			return true;
	}
	return false;
}

static void install(struct mfc *mfc, struct flow *f, uint32_t oifs)
{
	struct mroute route = entry_of(mfc, f, oifs);
	struct proxy_counters *counters = &mfc->env->counters;
	uint32_t before;
	bool known;
	int error;

	look_whether_flowing(mfc, f);
	known = f->installed;
	before = known ? f->oifs : 0;
	error = mfc->env->ops->mroute_set(mfc->env->ctx, &route);
	f->error = -error;
	if (error) {
		counters->mroute_failed[known ? MROUTE_UPDATE : MROUTE_ADD]++;
		emit(mfc, EVENT_ROUTE_FAILED, f, NULL);
		return;
	}
	f->installed = true;
	set_oifs(mfc, f, oifs);
	counters->mroute_done[known ? MROUTE_UPDATE : MROUTE_ADD]++;
	if (oifs & ~before)
		observe_joins(mfc, f, oifs & ~before);
	emit(mfc, known ? EVENT_ROUTE_CHANGE : EVENT_ROUTE_ADD, f, NULL);
}

/* Brings the kernel's entry to what is wanted now; nothing is sent when it is that already. */
static void refresh(struct mfc *mfc, struct flow *f)
{
	uint32_t oifs;

	if (is_orphan(f))
		return;
	oifs = wanted_oifs(mfc, f);
	if (!f->installed || f->error || oifs != f->oifs)
		install(mfc, f, oifs);
}

/* --- sources that move --- */

/*
 * DEL and ADD, the one place for it: the kernel says WRONGVIF once in 3 s for an entry,
 * and one changed in place keeps that clock: a way back would be heard too late.
 */
static void move(struct mfc *mfc, struct mtime now, struct flow *f, struct iface *to)
{
	f->active = now;
	/* What cannot be deleted is changed in place: late is better than not at all. */
	uninstall(mfc, f);
	put_on(f, now, to);
	refresh(mfc, f);
	emit(mfc, EVENT_ROUTE_MOVED, f, NULL);
}

/*
 * The kernel has no entry, and a packet came in on i: there the source is now, unless a
 * link that may not carry it asks while one that may has it. Whoever gets a stream can
 * send with the address of its source; for the time in which the entry was out of the
 * kernel (as after an echo), that must not be enough to stop the stream for all.
 */
static void arrived(struct mfc *mfc, struct mtime now, struct flow *f, struct iface *i)
{
	enum flow_refusal refusal = judge(i, &f->source);
	bool moved = f->iif != i;

	stop_deciding(mfc, f);
	if (moved && refusal != FLOW_ADMITTED && f->refusal == FLOW_ADMITTED && f->iif->state == IFACE_UP) {
		refuse(i, now, refusal, &f->source, &f->group);
		refresh(mfc, f);
		return;
	}
	f->active = now;
	put_on(f, now, i);
	refresh(mfc, f);
	if (moved)
		emit(mfc, EVENT_ROUTE_MOVED, f, NULL);
}

static void look_later(struct mfc *mfc, struct mtime now, struct flow *f)
{
	f->decide_at = mtime_after(now, move_sample_interval);
	TAILQ_INSERT_TAIL(&mfc->moving, f, moving);
	deadline_no_later(&mfc->env->deadlines, &mfc->move, f->decide_at);
}

/*
 * A flow on two links may leave the first at any time, and the kernel, which has just
 * told of the other, would not tell of that for 3 s: so look on until it has been on
 * one for so long. Every IPv6 flow to an upstream where the group is joined is such a
 * one: that kernel hears what it sends there itself. The same for one that is silent on
 * both: a slow source may have moved, or be on two links between two of its packets.
 */
static void look_on(struct mfc *mfc, struct mtime now, struct flow *f, bool right, bool wrong)
{
	if (wrong || (right && !f->on_two_links))
		f->watch_until = mtime_after(now, kernel_assert_interval);
	f->on_two_links = f->on_two_links || right;
	if (!f->installed || mtime_reached(f->watch_until, now)) {
		stop_deciding(mfc, f);
		return;
	}
	TAILQ_REMOVE(&mfc->moving, f, moving);
	look_later(mfc, now, f);
}

/* Packets came in where they should not, and none where they should. */
static bool has_moved(const struct flow *f)
{
	/* A link that may not carry the source gives it up at once to one that may. */
	if (f->refusal != FLOW_ADMITTED)
		return true;
	return f->silent_looks >= (f->on_two_links ? SILENT_LOOKS_ON_TWO_LINKS : 1);
}

/*
 * A link that may not carry the source never takes the entry from one that may: else
 * whoever sends with the address of a stream's source, on any link, could stop the
 * stream or keep it from starting. (mfc_wrong_iface() does not let it come to this.)
 */
static void decide(struct mfc *mfc, struct mtime now, struct flow *f)
{
	struct iface *to = f->heard_on;
	struct flow_arrivals before = f->looked;
	bool right, wrong;

	fold(mfc, f);
	f->looked = arrivals(f);
	right = f->looked.right != before.right;
	wrong = f->looked.wrong != before.wrong;
	f->silent_looks = right ? 0 : f->silent_looks + wrong;
	if (right)
		f->active = now;
	if (!has_moved(f)) {
		look_on(mfc, now, f, right, wrong);
		return;
	}
	stop_deciding(mfc, f);
	if (to->state != IFACE_UP)
		return;
	/* An echo does not say where the source is now: the upcall of its next packet does. */
	if (judge(to, &f->source) == FLOW_ADMITTED)
		move(mfc, now, f, to);
	else
		uninstall(mfc, f);
}

static void heard_elsewhere(struct mfc *mfc, struct mtime now, struct flow *f, struct iface *i)
{
	enum flow_refusal refusal = judge(i, &f->source);

	/* What comes in where we send it to may be an IPv6 kernel's echo of that: nobody to be told of. */
	if (refusal != FLOW_ADMITTED && !(f->oifs & bit(i))) {
		refuse(i, now, refusal, &f->source, &f->group);
		return;
	}
	if (!f->heard_on) {
		fold(mfc, f);
		f->looked = arrivals(f);
		f->silent_looks = 0;
		f->watch_until = mtime_after(now, kernel_assert_interval);
		look_later(mfc, now, f);
	}
	/* Of two links, the one that may carry it says more than one that may not. */
	if (!f->heard_on || refusal == FLOW_ADMITTED)
		f->heard_on = i;
}

/* One that came in on a VIF that is gone begins anew where it comes in now. */
static struct flow *find_or_drop(struct mfc *mfc, const struct addr *source, const struct addr *group)
{
	struct flow *f = mfc_find(mfc, source, group);

	if (!f || !is_orphan(f))
		return f;
	drop(mfc, f);
	return NULL;
}

void mfc_upcall(struct mfc *mfc, struct mtime now, struct iface *i, const struct addr *source,
		const struct addr *group)
{
	struct flow *f = find_or_drop(mfc, source, group);

	if (!f)
		f = new_flow(mfc, now, i, source, group);
	if (!f)
		return;
	/* It asks when it has no entry. If it has one all the same, the question is older than the entry. */
	fold(mfc, f);
	if (!f->installed)
		arrived(mfc, now, f, i);
	else if (f->iif != i)
		heard_elsewhere(mfc, now, f, i);
}

void mfc_wrong_iface(struct mfc *mfc, struct mtime now, struct iface *i, const struct addr *source,
		     const struct addr *group)
{
	struct flow *f = find_or_drop(mfc, source, group);

	/* An entry that could not be deleted when its flow was forgotten: what it is now, is written over it. */
	if (!f)
		mfc_upcall(mfc, now, i, source, group);
	else if (f->iif != i)
		heard_elsewhere(mfc, now, f, i);
}

void mfc_move_due(struct mfc *mfc)
{
	mfc->moves_due = true;
}

/* Each of the following does a part of what is due, as much as left allows; true: it was not enough. */
static bool decide_some(struct mfc *mfc, struct mtime now, size_t *left)
{
	struct flow *f;

	if (!mfc->moves_due)
		return false;
	while ((f = TAILQ_FIRST(&mfc->moving)) != NULL && mtime_reached(f->decide_at, now)) {
		if (*left == 0)
			return true;
		(*left)--;
		decide(mfc, now, f);
	}
	mfc->moves_due = false;
	deadline_set(&mfc->env->deadlines, &mfc->move, f ? f->decide_at : MTIME_NEVER);
	return false;
}

/* --- interest --- */

void mfc_interest_changed(struct mfc *mfc, struct membership *m)
{
	if (m->n_stale == 0 && m->n_flows > 0)
		TAILQ_INSERT_TAIL(&mfc->stale, m, stale);
	m->n_stale = m->n_flows;
	memberdb_changed(mfc->db, m);
}

/*
 * Who has followed goes to the end, so that the next change goes on from here: by changing
 * their minds all the time hosts cannot keep the last flows of a group from following.
 */
static void follow_group(struct mfc *mfc, struct membership *m, size_t *left)
{
	size_t max = FLOWS_OF_A_GROUP_AT_ONCE;

	for (; m->n_stale > 0 && *left > 0 && max > 0; m->n_stale--, (*left)--, max--) {
		struct flow *f = TAILQ_FIRST(&m->flows);

		TAILQ_REMOVE(&m->flows, f, of_group);
		TAILQ_INSERT_TAIL(&m->flows, f, of_group);
		refresh(mfc, f);
	}
}

/* A group that is not done goes to the end: one of very many flows holds up no other's join. */
static bool follow_some(struct mfc *mfc, size_t *left)
{
	struct membership *m;

	while (*left > 0 && (m = TAILQ_FIRST(&mfc->stale)) != NULL) {
		follow_group(mfc, m, left);
		if (m->n_stale == 0) {
			followed(mfc, m);
			continue;
		}
		TAILQ_REMOVE(&mfc->stale, m, stale);
		TAILQ_INSERT_TAIL(&mfc->stale, m, stale);
	}
	return !TAILQ_EMPTY(&mfc->stale);
}

void mfc_follow_interest(struct mfc *mfc)
{
	/* Nearly every report changes nothing. */
	if (!TAILQ_EMPTY(&mfc->stale))
		follow_some(mfc, &mfc->follow_left);
	memberdb_merge_changed(mfc->db);
}

/* --- news of interfaces --- */

/*
 * The cursor goes through the list of sampling, and whoever takes a flow out of its
 * place there moves it on: nobody is left out, and being judged twice does no harm.
 */
static void judge_from_the_first(struct mfc *mfc, uint32_t rewrite)
{
	/* What a walk that has not ended was to set again is so by this one. */
	mfc->to_rewrite = mfc->to_judge ? mfc->to_rewrite | rewrite : rewrite;
	mfc->to_judge = TAILQ_FIRST(&mfc->sampling);
}

void mfc_judge_all(struct mfc *mfc)
{
	judge_from_the_first(mfc, 0);
}

void mfc_rewrite(struct mfc *mfc, const struct iface *i)
{
	judge_from_the_first(mfc, bit(i));
}

static void follow_news(struct mfc *mfc, struct mtime now, struct flow *f)
{
	judge_again(f, now);
	/* Wanted, not f->oifs: where the kernel refused the entry of a source that moved, they are from before. */
	if (f->oifs & mfc->to_rewrite)
		install(mfc, f, wanted_oifs(mfc, f));
	else
		refresh(mfc, f);
}

/* After it the flow names no interface that has left. */
static void judge_one(struct mfc *mfc, struct mtime now, struct flow *f)
{
	if (f->heard_on && !mfc_is_attached(mfc, f->heard_on))
		stop_deciding(mfc, f);
	if (!is_orphan(f))
		follow_news(mfc, now, f);
	/* What the kernel would not rewrite must go as well: the number will be used again. */
	if (is_orphan(f) || (f->oifs & mfc->vacating))
		drop(mfc, f);
}

/* All flows have been judged: no entry names an interface that has left. */
static void free_vacated(struct mfc *mfc)
{
	struct traffic counted;

	for (unsigned int slot = 0; slot < MROUTE_MAX_IFACES; slot++) {
		if (!(mfc->vacating & (UINT32_C(1) << slot)))
			continue;
		mfc->env->ops->iface_stop(mfc->env->ctx, mfc->vacating_ifindexes[slot], &counted);
		traffic_add(&mfc->slots[slot]->counters.traffic, &counted);
		mfc->slots[slot] = NULL;
	}
	mfc->vacating = 0;
}

static bool judge_some(struct mfc *mfc, struct mtime now, size_t *left)
{
	struct flow *f;

	for (; (f = mfc->to_judge) != NULL && *left > 0; (*left)--) {
		step_over(mfc, f);
		judge_one(mfc, now, f);
	}
	if (!mfc->to_judge && mfc->vacating)
		free_vacated(mfc);
	return mfc->to_judge != NULL;
}

/* Max-flows may have been lowered: the oldest flows that nobody wants go, wanted ones stay. */
static bool evict_some(struct mfc *mfc, size_t *left)
{
	struct flow *oldest;

	for (; mfc->room->used > mfc->room->max && (oldest = TAILQ_FIRST(&mfc->unwanted)) != NULL; (*left)--) {
		if (*left == 0)
			return true;
		if (!delete_flow(mfc, oldest, "limit"))
			break;
	}
	return false;
}

/* --- interfaces --- */

bool mfc_attach(struct mfc *mfc, struct iface *i)
{
	for (unsigned int slot = 0; slot < MROUTE_MAX_IFACES; slot++) {
		if (mfc->slots[slot])
			continue;
		mfc->slots[slot] = i;
		i->slot = slot;
		return true;
	}
	return false;
}

bool mfc_is_attached(const struct mfc *mfc, const struct iface *i)
{
	return mfc->slots[i->slot] == i && !(mfc->vacating & bit(i));
}

bool mfc_is_vacating(const struct mfc *mfc)
{
	return mfc->vacating != 0;
}

bool mfc_must_wait(const struct mfc *mfc, const struct iface *i)
{
	bool full = true;

	for (unsigned int slot = 0; slot < MROUTE_MAX_IFACES; slot++) {
		full = full && mfc->slots[slot];
		/* The kernel has one VIF for an ifindex: what stops the old one would stop the new one. */
		if ((mfc->vacating & (UINT32_C(1) << slot)) && mfc->vacating_ifindexes[slot] == i->ifindex)
			return true;
	}
	return full && mfc_is_vacating(mfc);
}

void mfc_detach(struct mfc *mfc, struct iface *i)
{
	size_t left = mfc->follow_left / DELETE_COST;

	i->epoch++;
	mfc->vacating |= bit(i);
	mfc->vacating_ifindexes[i->slot] = i->ifindex;
	judge_from_the_first(mfc, bit(i));
	judge_some(mfc, mfc->env->now, &left);
	mfc->follow_left = left * DELETE_COST;
}

void mfc_fini(struct mfc *mfc)
{
	struct flow *f;

	while ((f = TAILQ_FIRST(&mfc->sampling)) != NULL)
		forget(mfc, f);
	deadline_cancel(&mfc->env->deadlines, &mfc->sample);
	deadline_cancel(&mfc->env->deadlines, &mfc->move);
	table_fini(&mfc->table);
}

/* --- sampling --- */

/* As sampled last; one that is still to be judged is so at the end of the list as well. */
static void to_tail(struct mfc *mfc, struct flow *f)
{
	bool is_next = mfc->to_judge == f;

	step_over(mfc, f);
	TAILQ_REMOVE(&mfc->sampling, f, sampling);
	TAILQ_INSERT_TAIL(&mfc->sampling, f, sampling);
	if (is_next && !mfc->to_judge)
		mfc->to_judge = f;
}

static void sample(struct mfc *mfc, struct mtime now, struct flow *f)
{
	struct mspan idle = mspan_times(mfc->sample_interval, FLOW_IDLE_SAMPLES);
	struct flow_arrivals before = f->at_sample;
	bool right, wrong;

	f->sampled = now;
	to_tail(mfc, f);
	fold(mfc, f);
	f->at_sample = arrivals(f);
	right = f->at_sample.right != before.right;
	wrong = f->at_sample.wrong != before.wrong;
	if (right)
		f->active = now;
	if (f->to_tell)
		f->to_tell = !tell_source(f->iif, &f->source, &f->group, true);
	/* A source that sends no more has its line all the same: until then it stays. */
	if (!f->to_tell && mtime_reached(mtime_after(f->active, idle), now))
		mfc->n_expired += delete_flow(mfc, f, "idle");
	/*
	 * All on a wrong interface, and the kernel did not say which: let it ask again. The
	 * flow stays: that it is admitted here protects it from who is not (arrived()).
	 */
	else if (wrong && !right)
		uninstall(mfc, f);
	else if (!f->installed || f->error)
		refresh(mfc, f);
}

static struct mtime sample_time(const struct mfc *mfc, const struct flow *f)
{
	if (mtime_before(f->sampled, mfc->sample_all))
		return mfc->sample_all;
	return mtime_after(f->sampled, mfc->sample_interval);
}

void mfc_configure(struct mfc *mfc, struct mspan sample_interval, size_t max_flows)
{
	const struct flow *first = TAILQ_FIRST(&mfc->sampling);

	mfc->sample_interval = sample_interval;
	mfc->room->max = max_flows;
	if (first)
		deadline_no_later(&mfc->env->deadlines, &mfc->sample, sample_time(mfc, first));
}

void mfc_sample_due(struct mfc *mfc)
{
	mfc->sampling_due = true;
}

void mfc_sample_all(struct mfc *mfc, struct mtime now)
{
	mfc->sample_all = now;
	mfc->sampling_due = true;
}

/* True: so many have expired that the rest waits. */
static bool rests(struct mfc *mfc, struct mtime now)
{
	if (mfc->n_expired >= EXPIRED_AT_ONCE) {
		mfc->n_expired = 0;
		mfc->rests_until = mtime_after(now, rest_after_expired);
	}
	if (!mtime_before(now, mfc->rests_until))
		return false;
	deadline_no_later(&mfc->env->deadlines, &mfc->sample, mfc->rests_until);
	return true;
}

static bool sample_some(struct mfc *mfc, struct mtime now, size_t *left)
{
	struct flow *f;

	if (!mfc->sampling_due)
		return false;
	while ((f = TAILQ_FIRST(&mfc->sampling)) != NULL && mtime_reached(sample_time(mfc, f), now)) {
		if (rests(mfc, now))
			return false;
		if (*left == 0)
			return true;
		(*left)--;
		sample(mfc, now, f);
	}
	mfc->sampling_due = false;
	deadline_set(&mfc->env->deadlines, &mfc->sample, f ? sample_time(mfc, f) : MTIME_NEVER);
	return false;
}

bool mfc_work(struct mfc *mfc, struct mtime now, size_t max)
{
	size_t follow = FLOWS_A_SLICE;
	bool more;

	more = follow_some(mfc, &follow);
	/* While some are behind, no input adds to the turn. */
	mfc->follow_left = more ? 0 : FLOWS_AT_ONCE;
	more = decide_some(mfc, now, &max) || more;
	more = judge_some(mfc, now, &max) || more;
	more = evict_some(mfc, &max) || more;
	return sample_some(mfc, now, &max) || more;
}
