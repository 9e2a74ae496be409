#include "sights.h"

#include <stdlib.h>

#include "iface.h"
#include "memberdb.h"
#include "mfc.h"
#include "proxy.h"
#include "reason.h"
#include "stats.h"

enum {
	ENOUGH = 3, /* one or two that came in may be those that had not left yet when the look ended */
	KEYS_A_SEARCH = 64,
	FLOWS_OF_A_GROUP = 64,
};

/* Three of them fit into the two seconds that an answer may take. */
const struct mspan sights_look_time = {600000};
static const struct mspan believed = {120000000};    /* what was seen so long ago says nothing any more */
static const struct mspan wrong_again = {60000000};  /* what is wrong is looked at again */
static const struct mspan right_again = {600000000}; /* what was right, too */
static const struct mspan rest = {50000}; /* a probe takes 16 ms to let go of a place, and would be waited for */
static const struct mspan answer_takes = {2000000};
static const struct mspan between_looks = {1000000};
static const struct mspan between_slices = {50000};
static const struct mspan between_searches = {5000000};

static const struct addr anybody;

/* --- the table --- */

bool sights_init(struct sights *s, uint64_t hash_key)
{
	TAILQ_INIT(&s->list);
	return table_init(&s->table, hash_key);
}

static void drop(struct sights *s, struct sighting *one)
{
	table_remove(&s->table, &one->node);
	TAILQ_REMOVE(&s->list, one, entry);
	free(one);
}

void sights_fini(struct sights *s)
{
	struct sighting *one;

	if (!s->table.slots)
		return;
	while ((one = TAILQ_FIRST(&s->list)) != NULL)
		drop(s, one);
	table_fini(&s->table);
	walk_fini(&s->walk);
}

static struct sighting *find(const struct sights *s, const struct addr *source, const struct addr *group)
{
	struct table_node *node;

	if (s->table.count == 0)
		return NULL;
	node = table_first(&s->table, table_hash2(&s->table, source, group));
	for (; node; node = table_next(node)) {
		struct sighting *one = TABLE_OBJECT(node, struct sighting, node);

		if (addr_equal(&one->group, group) && addr_equal(&one->source, source))
			return one;
	}
	return NULL;
}

/* The one of this stream, a new one if need be; the oldest makes room. NULL: memory is short. */
static struct sighting *get(struct sights *s, const struct addr *source, const struct addr *group)
{
	struct sighting *one = find(s, source, group);

	if (one) {
		TAILQ_REMOVE(&s->list, one, entry);
		TAILQ_INSERT_TAIL(&s->list, one, entry);
		return one;
	}
	if (s->table.count >= SIGHTS_MAX)
		drop(s, TAILQ_FIRST(&s->list));
	one = calloc(1, sizeof(*one));
	if (!one)
		return NULL;
	one->group = *group;
	one->source = *source;
	table_insert(&s->table, &one->node, table_hash2(&s->table, source, group));
	TAILQ_INSERT_TAIL(&s->list, one, entry);
	return one;
}

static bool is_older(const struct stats *stats, const struct sighting *one, struct mspan than)
{
	return mtime_reached(mtime_after(one->at, than), stats->now);
}

const struct sighting *sights_find(const struct stats *stats, const struct addr *source, const struct addr *group)
{
	const struct sighting *one = find(&stats->sights, source ? source : &anybody, group);

	return one && !is_older(stats, one, believed) ? one : NULL;
}

/* --- what it says --- */

bool sighting_is_enough(const struct sighting *s)
{
	return s->in.known && s->in.packets >= ENOUGH;
}

/* RFC 3704 section 2.2: strict wants the way back to be the way it came, loose that there is one. */
bool sighting_is_filtered(const struct sighting *s)
{
	if (!sighting_is_enough(s) || s->way_back_is_here)
		return false;
	return s->rp_filter == RP_FILTER_STRICT || (s->rp_filter == RP_FILTER_LOOSE && s->way_back == 0);
}

bool sighting_is_nothing(const struct sighting *s)
{
	return s->in.known && s->in.packets == 0;
}

/* --- looking --- */

static uint64_t rp_drops(const struct stats *stats)
{
	struct drop_evidence drops = {0};

	stats->ops->drops(stats->ctx, &drops);
	return drops.rp_filter;
}

bool sights_can_look(const struct stats *stats)
{
	return stats->sights.table.slots && stats->ops->probe_start;
}

bool sights_is_looking(const struct stats *stats)
{
	const struct look *look = &stats->sights.look;

	return look->going_on || !mtime_reached(look->rest_until, stats->now);
}

bool sights_look(struct stats *stats, const struct addr *source, const struct addr *group, const struct iface *in,
		 const struct iface *out)
{
	struct look *look = &stats->sights.look;

	if (sights_is_looking(stats) || !sights_can_look(stats))
		return false;
	*look = (struct look){
		.going_on = true,
		.group = *group,
		.source = source ? *source : anybody,
		.iif = in->ifindex,
		.outward = out != NULL,
		.slot = out ? out->slot : 0,
		.until = mtime_after(stats->now, sights_look_time),
		.rp_drops = rp_drops(stats),
	};
	/* The way out first: what comes in after that can be missing there only if something took it. */
	if (out && stats->ops->probe_start(stats->ctx, true, out->ifindex, source, group))
		look->outward = false;
	(void)stats->ops->probe_start(stats->ctx, false, in->ifindex, source, group);
	return true;
}

/* Where an answer would go, and whether the kernel minds. */
static void ask_the_way_back(const struct stats *stats, struct sighting *one)
{
	struct link_evidence link = {0};
	struct route_evidence route = {0};

	one->way_back_is_here = true;
	if (one->in.packets == 0)
		return;
	/* Of no group: what a bridge knows of it is of no interest here, and takes long to read. */
	stats->ops->link(stats->ctx, one->iif, addr_family(&one->group), NULL, &link);
	stats->ops->route(stats->ctx, &one->in.source, &route);
	one->rp_filter = link.rp_filter;
	one->way_back = route.ifindex;
	one->way_back_is_here = !route.known || route.ifindex == one->iif;
}

static void note_out(struct sighting *one, unsigned int slot, const struct sight *out)
{
	uint32_t bit = UINT32_C(1) << slot;

	one->looked[slot] = one->at;
	one->left &= ~bit;
	one->silent &= ~bit;
	if (out->known && out->packets > 0)
		one->left |= bit;
	else if (out->known && sighting_is_enough(one))
		one->silent |= bit;
}

static void end_look(struct stats *stats)
{
	struct look *look = &stats->sights.look;
	struct sight in = {0}, out = {0};
	struct sighting *one;

	look->going_on = false;
	look->rest_until = mtime_after(stats->now, rest);
	stats->ops->probe_stop(stats->ctx, false, &in);
	if (look->outward)
		stats->ops->probe_stop(stats->ctx, true, &out);
	one = get(&stats->sights, &look->source, &look->group);
	if (!one)
		return;
	one->at = stats->now;
	one->iif = look->iif;
	one->in = in;
	one->rp_drops = rp_drops(stats) - look->rp_drops;
	ask_the_way_back(stats, one);
	if (look->outward)
		note_out(one, look->slot, &out);
}

/* --- who is suspicious --- */

static bool is_due(const struct stats *stats, const struct sighting *one)
{
	return !one || is_older(stats, one, wrong_again);
}

/* Each link in its turn: what is wrong with one must not keep another from being looked at. */
static struct mtime due_at(const struct sighting *one, unsigned int slot)
{
	if (!one || one->looked[slot].us == 0)
		return (struct mtime){0};
	return mtime_after(one->looked[slot], one->left & UINT32_C(1) << slot ? right_again : wrong_again);
}

/* The outgoing interface of the flow that has waited longest for a look; NULL: none is due. */
static const struct iface *next_oif(const struct stats *stats, const struct proxy *p, const struct flow *f)
{
	const struct sighting *one = find(&stats->sights, &f->source, &f->group);
	const struct iface *next = NULL;
	struct mtime earliest = stats->now;

	if (!is_due(stats, one))
		return NULL;
	for (unsigned int slot = 0; slot < MROUTE_MAX_IFACES; slot++) {
		if (!(f->oifs & UINT32_C(1) << slot) || !mtime_before(due_at(one, slot), earliest))
			continue;
		earliest = due_at(one, slot);
		next = p->mfc.slots[slot];
	}
	return next;
}

static bool look_at_flows(struct stats *stats, const struct proxy *p, const struct membership *m)
{
	const struct flow *f;
	int left = FLOWS_OF_A_GROUP;

	TAILQ_FOREACH(f, &m->flows, of_group) {
		const struct iface *out = left-- > 0 && !reason_is_idle(stats, f) ? next_oif(stats, p, f) : NULL;

		if (out)
			return sights_look(stats, &f->source, &f->group, f->iif, out);
	}
	return false;
}

/* Asked for, and not there: is it that nothing comes? */
static bool look_at_absence(struct stats *stats, const struct proxy *p, const struct membership *m)
{
	const struct iface *upstream = p->db.upstream;
	enum reason reason = reason_of_group(stats, m).reason;

	if (!upstream || upstream->state != IFACE_UP || !is_due(stats, find(&stats->sights, &anybody, &m->group)))
		return false;
	if (reason != REASON_NO_SOURCE_SEEN && reason != REASON_NO_UPSTREAM_QUERIER && reason != REASON_RP_FILTER &&
	    reason != REASON_SUSPECT_FIREWALL)
		return false;
	return sights_look(stats, NULL, &m->group, upstream, NULL);
}

static bool look_at_group(struct stats *stats, const struct proxy *p, const struct addr *group)
{
	const struct membership *m = memberdb_find(&p->db, group);

	return m && (look_at_flows(stats, p, m) || look_at_absence(stats, p, m));
}

void sights_reserve(struct stats *stats)
{
	struct sights *s = &stats->sights;
	struct mtime until = mtime_after(stats->now, answer_takes);

	if (!mtime_reached(s->reserve_again, stats->now))
		return;
	s->reserve_again = mtime_after(until, answer_takes);
	if (mtime_before(s->search_at, until))
		s->search_at = until;
}

/* A slice of a walk over all groups, as far as the first that is suspicious; when to go on. */
static struct mspan search(struct stats *stats)
{
	struct sights *s = &stats->sights;
	enum walk_state state = WALK_KEY;
	struct roster_key key;

	if (!s->walking)
		walk_init(&s->walk, stats->proxies, WALK_GROUPS);
	s->walking = true;
	for (int k = 0; k < KEYS_A_SEARCH && state == WALK_KEY; k++) {
		state = walk_next(&s->walk, KEYS_A_SEARCH, &key);
		if (state == WALK_KEY && look_at_group(stats, stats->proxies[s->walk.family], &key.group))
			return between_looks;
	}
	if (state == WALK_KEY || state == WALK_MORE)
		return between_slices;
	walk_fini(&s->walk);
	s->walking = false;
	return between_searches;
}

void sights_work(struct stats *stats)
{
	struct sights *s = &stats->sights;

	if (s->look.going_on && mtime_reached(s->look.until, stats->now))
		end_look(stats);
	if (sights_is_looking(stats) || !sights_can_look(stats) || !mtime_reached(s->search_at, stats->now))
		return;
	s->search_at = mtime_after(stats->now, search(stats));
}

struct mtime sights_next_deadline(const struct stats *stats)
{
	const struct sights *s = &stats->sights;

	if (!sights_can_look(stats))
		return MTIME_NEVER;
	if (s->look.going_on)
		return s->look.until;
	return mtime_before(s->search_at, s->look.rest_until) ? s->look.rest_until : s->search_at;
}
