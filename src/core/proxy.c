#include "proxy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "filter.h"
#include "statics.h"

/*
 * One slice of each kind of work: half a millisecond where the kernel's lists are
 * longest. How many slices there is time for is the caller's to say, who has a clock.
 */
enum { JOINS_A_SLICE = 8, SAMPLES_A_SLICE = 16, DEADLINES_A_SLICE = 256, GROUPS_A_SLICE = 64 };

/* A refusal by the kernel to make an interface ours is tried again after this. */
static const struct mspan iface_retry = {1000000};
/* Until no flow names an interface that has left, and its groups have ended, it is asked again and again. */
static const struct mspan vacating_takes = {10000};

struct proxy *proxy_new(enum family family, const struct proxy_ops *ops, void *ctx, uint64_t hash_key,
			struct flow_room *room)
{
	struct proxy *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->env = (struct env){.proto = &gm_protos[family], .ops = ops, .ctx = ctx, .hash_key = hash_key};
	deadlines_init(&p->env.deadlines);
	TAILQ_INIT(&p->ifaces);
	TAILQ_INIT(&p->removed);
	retired_init(&p->retired);
	if (memberdb_init(&p->db, &p->env) && mfc_init(&p->mfc, &p->env, &p->db, room) &&
	    table_init(&p->by_ifindex, hash_key) && refusals_init(&p->env.refusals, hash_key))
		return p;
	table_fini(&p->by_ifindex);
	table_fini(&p->mfc.table);
	table_fini(&p->db.table);
	free(p);
	return NULL;
}

void proxy_configure(struct proxy *p, struct mspan sample_interval, size_t max_flows)
{
	mfc_configure(&p->mfc, sample_interval, max_flows);
}

struct iface *proxy_find_iface(const struct proxy *p, uint32_t ifindex)
{
	struct table_node *node = table_first(&p->by_ifindex, ifindex);

	return node ? TABLE_OBJECT(node, struct iface, node) : NULL;
}

/* --- groups --- */

static void emit_group(const struct group *g, const struct membership *m, enum event_kind kind, const char *word)
{
	const struct iface *i = g->querier->iface;
	struct event event = {
		.kind = kind,
		.family = i->env->proto->family,
		.iface = i->name,
		.group = &g->addr,
		.source = &g->last_reporter,
		.value = membership_count_ifaces(m),
		.mode = g->mode,
		.protocol = g->protocol,
		.word = word,
	};

	i->env->ops->emit(i->env->ctx, &event);
}

/* Why a group has no member on its interface any more; the words of logs and events. */
enum ending { ENDED_BY_LEAVE, ENDED_BY_TIMEOUT, ENDED_BY_INTERFACE, ENDED_BY_FILTER };

static const char *const ending_names[] = {"leave", "timeout", "interface", "filtered"};

/* What it had counted outlives it in the sums of whoever keeps them. */
static void retire_group(struct proxy *p, const struct group *g, enum ending ending)
{
	struct group_totals counted = {
		.reports = g->counters.reports,
		.leaves = g->counters.leaves,
		.queries_sent = g->counters.queries_sent,
		.joins = 1,
		.timeouts = ending == ENDED_BY_TIMEOUT,
	};

	g->querier->iface->counters.timeouts += counted.timeouts;
	p->env.counters.groups[g->accounted].timeouts += counted.timeouts;
	p->env.ops->retire(p->env.ctx, &g->addr, g->querier->iface->name, &counted);
}

static void end_group(struct proxy *p, struct group *g, enum ending ending)
{
	struct membership *m = g->membership;

	querier_remove(g->querier, g);
	memberdb_unlink(m, g);
	emit_group(g, m, EVENT_GROUP_LEAVE, ending_names[ending]);
	mfc_interest_changed(&p->mfc, m);
	retire_group(p, g, ending);
	if (ending == ENDED_BY_LEAVE)
		mfc_observe_prune(&p->mfc, m, g);
	else
		group_free(g);
	memberdb_release(&p->db, m);
}

static void group_changed(struct proxy *p, struct mtime now, struct group *g, const struct group_change *change)
{
	if (group_is_empty(g)) {
		end_group(p, g, querier_was_left(g->querier, now, g) ? ENDED_BY_LEAVE : ENDED_BY_TIMEOUT);
		return;
	}
	querier_arm(g->querier, g);
	if (change->forwarding)
		mfc_interest_changed(&p->mfc, g->membership);
}

/* Would this record make a group out of nothing? In INCLUDE of nothing, only what asks for something does. */
static bool asks_for_something(const struct gm_record *record)
{
	switch (record->type) {
	case GM_IS_EX:
	case GM_TO_EX:
		return true;
	case GM_IS_IN:
	case GM_TO_IN:
	case GM_ALLOW:
		return record->sources.count > 0;
	case GM_BLOCK:
	case GM_RECORD_TYPES:
		break;
	}
	return false;
}

/* A group that is new on this interface; NULL when a limit or memory says no. */
static struct group *start_group(struct proxy *p, struct mtime now, struct iface *i, const struct addr *addr)
{
	struct membership *m = memberdb_get(&p->db, addr);
	struct group *g = m ? querier_add(&i->querier, now, m) : NULL;

	if (g) {
		refusals_forget(&p->env.refusals, i->ifindex, addr, NULL);
		memberdb_account(&p->db, m, true);
		memberdb_link(m, g);
		i->counters.joins++;
		p->env.counters.groups[g->accounted].joins++;
		return g;
	}
	if (m)
		memberdb_release(&p->db, m);
	if (i->querier.groups.count >= i->settings->max_groups) {
		i->counters.ignored[IGNORED_LIMIT]++;
		iface_tell_limit(i, LIMIT_GROUPS, addr, i->settings->max_groups);
	} else {
		iface_tell_limit(i, LIMIT_MEMORY, addr, 0);
	}
	return NULL;
}

static void record_input(struct proxy *p, struct mtime now, struct iface *i, const struct addr *src,
			 enum gm_protocol protocol, const struct gm_record *record)
{
	struct group_change change;
	struct group *g;
	bool fresh;

	g = querier_find(&i->querier, &record->group);
	fresh = g == NULL;
	if (fresh && asks_for_something(record))
		g = start_group(p, now, i, &record->group);
	if (!g)
		return;
	change = querier_report(&i->querier, now, g, protocol, record, src);
	if (change.no_memory > 0)
		iface_tell_limit(i, LIMIT_MEMORY, &g->addr, 0);
	if (change.sources_refused > 0)
		iface_tell_limit(i, LIMIT_SOURCES, &g->addr, i->settings->max_sources);
	if (fresh)
		emit_group(g, g->membership, EVENT_GROUP_JOIN, NULL);
	group_changed(p, now, g, &change);
}

/* --- packets --- */

void proxy_refused(struct proxy *p, uint32_t ifindex, const struct addr *src, enum gm_refusal refusal)
{
	struct iface *i = proxy_find_iface(p, ifindex);
	struct event event = {
		.kind = EVENT_PACKET_DROP,
		.family = p->env.proto->family,
		.source = src,
		.word = gm_refusal_name(refusal),
		.cause = refusal,
	};

	if (!i) {
		p->env.counters.unconfigured_packets++;
		return;
	}
	i->counters.malformed[refusal]++;
	event.iface = i->name;
	p->env.ops->emit(p->env.ctx, &event);
}

void proxy_leniency(struct proxy *p, uint32_t ifindex, bool ttl_not_one, bool no_router_alert,
		    unsigned int unknown_records, unsigned int bad_source_records)
{
	struct iface *i = proxy_find_iface(p, ifindex);

	if (!i)
		return;
	i->counters.ttl_not_one += ttl_not_one;
	i->counters.no_router_alert += no_router_alert;
	i->counters.unknown_records += unknown_records;
	i->counters.bad_source_records += bad_source_records;
}

static void query_input(struct proxy *p, struct mtime now, struct iface *i, const struct addr *src,
			const struct gm_query *query)
{
	bool is_upstream = !i->querier.running;
	bool elected;

	/* On the upstream it is no rival but a provider's querier, which often has an address of elsewhere. */
	if (!is_upstream && !addr_is_unspecified(src) && !iface_is_on_link(i, src)) {
		proxy_refused(p, i->ifindex, src, GM_OFF_LINK_QUERY);
		return;
	}
	i->counters.queries_received[query->protocol][gm_query_kind(query)]++;
	/* There the kernel's host stack answers; that a querier is there is worth knowing. */
	if (is_upstream) {
		i->querier.last_query_heard = now;
		return;
	}
	elected = i->querier.elected;
	querier_query(&i->querier, now, src, query);
	if (elected != i->querier.elected)
		mfc_judge_all(&p->mfc);
}

static void records_input(struct proxy *p, struct mtime now, struct iface *i, const struct addr *src,
			  const struct gm_message *message)
{
	bool lists_sources = gm_generation_of(message->protocol) == GM_GENERATION_3;

	for (size_t k = 0; k < message->n_records; k++) {
		const struct gm_record *record = &message->records[k];
		struct gm_record admitted;

		if (lists_sources)
			i->counters.records[message->protocol][record->type]++;
		if (admit_record(i, message->protocol, record, &p->admitting, &admitted))
			record_input(p, now, i, src, message->protocol, &admitted);
	}
}

static void report_input(struct proxy *p, struct mtime now, struct iface *i, const struct addr *src,
			 const struct gm_message *message)
{
	if (!i->querier.running) {
		i->counters.ignored[IGNORED_NOT_CONFIGURED]++;
		return;
	}
	i->last_report = now;
	if (message->kind == GM_LEAVE)
		i->counters.leaves[message->protocol]++;
	else
		i->counters.reports[message->protocol]++;
	records_input(p, now, i, src, message);
}

void proxy_input(struct proxy *p, struct mtime now, uint32_t ifindex, const struct addr *src,
		 const struct gm_message *message)
{
	struct iface *i = proxy_find_iface(p, ifindex);

	p->env.now = now;
	if (!i || i->state != IFACE_UP)
		p->env.counters.unconfigured_packets++;
	else if (iface_is_own(i, src))
		i->counters.ignored[IGNORED_OWN]++;
	else if (message->kind == GM_QUERY)
		query_input(p, now, i, src, &message->query);
	else
		report_input(p, now, i, src, message);
	mfc_follow_interest(&p->mfc);
}

void proxy_input_rest(struct proxy *p, struct mtime now, uint32_t ifindex, const struct addr *src,
		      const struct gm_message *message)
{
	struct iface *i = proxy_find_iface(p, ifindex);

	p->env.now = now;
	if (!i || i->state != IFACE_UP || iface_is_own(i, src) || !i->querier.running)
		return;
	records_input(p, now, i, src, message);
	mfc_follow_interest(&p->mfc);
}

void proxy_upcall(struct proxy *p, struct mtime now, const struct upcall *upcall)
{
	struct iface *i = proxy_find_iface(p, upcall->ifindex);

	p->env.now = now;
	p->env.counters.upcalls[upcall->kind]++;
	if (!i || i->state != IFACE_UP || addr_is_link_scope_group(&upcall->group))
		p->env.counters.upcalls_ignored++;
	else if (upcall->kind == UPCALL_NOCACHE)
		mfc_upcall(&p->mfc, now, i, &upcall->source, &upcall->group);
	else if (upcall->kind == UPCALL_WRONGVIF)
		mfc_wrong_iface(&p->mfc, now, i, &upcall->source, &upcall->group);
}

/* --- interfaces --- */

static void emit_iface(const struct iface *i, const char *word)
{
	struct event event = {
		.kind = EVENT_IFACE_STATE,
		.family = i->env->proto->family,
		.iface = i->name,
		.word = word,
		.error = i->error,
		.value = i->ifindex,
	};

	i->env->ops->emit(i->env->ctx, &event);
}

/* From here on we can say how long nobody was heard. */
static void begin_listening(struct iface *i, struct mtime now)
{
	i->up_since = now;
	i->last_report = MTIME_NEVER;
	i->queries_since_up = 0;
}

static void set_state(struct iface *i, struct mtime now, enum iface_state state, int error)
{
	bool news = !i->told || i->state != state || i->error != error;

	if (state != IFACE_UP)
		i->up_since = MTIME_NEVER;
	else if (i->state != IFACE_UP)
		begin_listening(i, now);

	i->told = true;
	i->state = state;
	i->error = error;
	if (news)
		emit_iface(i, iface_state_name(state));
}

static bool start_role(struct proxy *p, struct mtime now, struct iface *i)
{
	if (i->role == ROLE_UPSTREAM) {
		memberdb_set_upstream(&p->db, i);
		return true;
	}
	if (i->querier.running) {
		querier_doubt(&i->querier, now);
		deadlines_walk(&p->env.deadlines);
	} else if (!querier_start(&i->querier, i, now)) {
		return false;
	}
	statics_sync(&p->mfc, i);
	return true;
}

static void stop_groups(struct proxy *p, struct querier *q, size_t max)
{
	struct table_node *node;

	for (; max > 0 && (node = table_any(&q->groups)) != NULL; max--)
		end_group(p, TABLE_OBJECT(node, struct group, node), ENDED_BY_INTERFACE);
}

/* What the configuration and the kernel make of it ends; what hosts asked for stays. */
static void stop_role(struct proxy *p, struct iface *i)
{
	if (p->db.upstream == i)
		memberdb_set_upstream(&p->db, NULL);
	/* Its subscriptions are there even if another upstream has taken its place before it went. */
	if (i->role == ROLE_UPSTREAM)
		p->env.ops->unsubscribe_all(p->env.ctx, i->ifindex);
	statics_remove_all(&p->mfc, i);
	if (i->querier.running)
		querier_suspend(&i->querier);
}

static void leave_kernel(struct proxy *p, struct iface *i)
{
	deadline_cancel(&p->env.deadlines, &i->retry);
	if (!mfc_is_attached(&p->mfc, i))
		return;
	i->state = IFACE_DOWN;
	stop_role(p, i);
	mfc_detach(&p->mfc, i);
}

static void detach(struct proxy *p, struct iface *i)
{
	leave_kernel(p, i);
	if (!i->querier.running)
		return;
	stop_groups(p, &i->querier, SIZE_MAX);
	querier_stop(&i->querier);
}

static bool has_groups(const struct iface *i)
{
	return i->querier.running && i->querier.groups.count > 0;
}

/* Nobody is shown the groups of two interfaces of one name: the next waits until those of the one before have ended. */
static bool name_has_groups(const struct proxy *p, const char *name)
{
	const struct iface *i;

	TAILQ_FOREACH(i, &p->removed, entry)
		if (has_groups(i) && strcmp(i->name, name) == 0)
			return true;
	return false;
}

static void attach_failed(struct proxy *p, struct mtime now, struct iface *i, int error)
{
	if (error == -ENFILE)
		p->env.counters.limit_vifs++;
	deadline_set(&p->env.deadlines, &i->retry, mtime_after(now, iface_retry));
	set_state(i, now, error == -ENFILE ? IFACE_LIMIT : IFACE_FAILED, -error);
}

static bool attach(struct proxy *p, struct mtime now, struct iface *i)
{
	int error;

	if (mfc_must_wait(&p->mfc, i) || name_has_groups(p, i->name)) {
		deadline_set(&p->env.deadlines, &i->retry, mtime_after(now, vacating_takes));
		return false;
	}
	error = mfc_attach(&p->mfc, i) ? 0 : -ENFILE;
	i->role = i->settings->role;
	i->threshold = i->settings->threshold;
	if (!error) {
		error = p->env.ops->iface_start(p->env.ctx, i->ifindex, i->role == ROLE_DOWNSTREAM, i->threshold);
		if (error)
			p->mfc.slots[i->slot] = NULL;
	}
	if (!error && !start_role(p, now, i)) {
		detach(p, i);
		error = -ENOMEM;
	}
	if (error)
		attach_failed(p, now, i, error);
	return error == 0;
}

/* The link came back: ask at once who is there (a startup series), and forward again. */
static void resume(struct proxy *p, struct mtime now, struct iface *i)
{
	set_state(i, now, IFACE_UP, 0);
	if (i->querier.running)
		querier_resume(&i->querier, now);
	mfc_judge_all(&p->mfc);
}

/* The link is down or useless: nothing goes there; what is known of it stays until it times out. */
static void suspend(struct proxy *p, struct mtime now, struct iface *i, enum iface_state state)
{
	bool was_up = i->state == IFACE_UP;

	set_state(i, now, state, 0);
	if (!was_up)
		return;
	if (i->querier.running)
		querier_suspend(&i->querier);
	mfc_judge_all(&p->mfc);
}

static void evaluate(struct proxy *p, struct mtime now, struct iface *i, enum iface_state wanted)
{
	deadline_cancel(&p->env.deadlines, &i->retry);
	/* What the kernel has forgotten is only made again by an attach. */
	if (!iface_mtu_suffices(i))
		leave_kernel(p, i);
	if (wanted != IFACE_UP)
		suspend(p, now, i, wanted);
	else if ((mfc_is_attached(&p->mfc, i) || attach(p, now, i)) && i->state != IFACE_UP)
		resume(p, now, i);
}

static void bind(struct proxy *p, struct iface *i, uint32_t ifindex)
{
	i->ifindex = ifindex;
	table_insert(&p->by_ifindex, &i->node, ifindex);
}

static void unbind(struct proxy *p, struct iface *i)
{
	if (!iface_is_absent(i))
		table_remove(&p->by_ifindex, &i->node);
	i->ifindex = 0;
}

/* A slice of what hosts had asked for behind interfaces that are none of ours any more; true: there may be more. */
static bool end_removed_groups(struct proxy *p, size_t max)
{
	struct iface *i;

	TAILQ_FOREACH(i, &p->removed, entry) {
		if (!has_groups(i))
			continue;
		stop_groups(p, &i->querier, max);
		return true;
	}
	return false;
}

/* An interface of that name, absent or not, other than this one. */
static struct iface *find_other(const struct proxy *p, const char *name, const struct iface *other_than)
{
	struct iface *i;

	TAILQ_FOREACH(i, &p->ifaces, entry)
		if (i != other_than && strcmp(i->name, name) == 0)
			return i;
	return NULL;
}

/* What was counted since it was removed goes where the rest is: another one may have its name and counters by now. */
static void bequeath(struct proxy *p, struct iface *i)
{
	struct iface *heir = find_other(p, i->name, i);

	if (heir)
		iface_counters_add(&heir->counters, &i->counters);
	else
		retired_keep(&p->retired, i);
}

static void free_iface(struct proxy *p, struct iface *i)
{
	TAILQ_REMOVE(&p->removed, i, entry);
	if (i->querier.running)
		querier_stop(&i->querier);
	bequeath(p, i);
	iface_free(i);
}

static void free_removed(struct proxy *p)
{
	struct iface *i;

	while (!mfc_is_vacating(&p->mfc) && (i = TAILQ_FIRST(&p->removed)) != NULL && !has_groups(i))
		free_iface(p, i);
}

/*
 * It does not exist any more, or is none of ours any more; word says which. Its groups end in
 * slices, and in the order in which interfaces were removed.
 */
static void remove_iface(struct proxy *p, struct iface *i, const char *word)
{
	leave_kernel(p, i);
	if (i->querier.running)
		stop_groups(p, &i->querier, GROUPS_A_SLICE);
	TAILQ_REMOVE(&p->ifaces, i, entry);
	refusals_forget_iface(&p->env.refusals, i->ifindex);
	emit_iface(i, word);
	unbind(p, i);
	retired_keep(&p->retired, i);
	/* The configuration may be freed at once; who still refers to it asks for no more than its name and its state. */
	i->settings = NULL;
	TAILQ_INSERT_TAIL(&p->removed, i, entry);
	free_removed(p);
}

static struct iface *add_iface(struct proxy *p, uint32_t ifindex, const char *name)
{
	struct iface *i = iface_new(&p->env);

	if (!i) {
		p->env.counters.no_memory++;
		return NULL;
	}
	TAILQ_INSERT_TAIL(&p->ifaces, i, entry);
	bind(p, i, ifindex);
	retired_give_back(&p->retired, name, i);
	return i;
}

/*
 * Behind the same name of a pattern may be another customer, who must not get the streams
 * of the one before (a ppp0 that was dialled anew).
 */
static bool outlives_device(const struct proxy *p, const struct iface_settings *s)
{
	return s && s->role == ROLE_DOWNSTREAM && s->enabled[p->env.proto->family] && !s->from_pattern;
}

/*
 * Its device is gone, or has another name. Hosts behind it have not noticed and will not
 * report again by themselves: what they asked for waits for the next device of that name.
 */
static void lose_device(struct proxy *p, struct iface *i, const char *word)
{
	if (!i->querier.running || !outlives_device(p, i->settings) || find_other(p, i->name, i)) {
		remove_iface(p, i, word);
		return;
	}
	leave_kernel(p, i);
	i->state = IFACE_WAITING;
	i->error = 0;
	i->told = false;
	emit_iface(i, word);
	unbind(p, i);
}

static bool is_ours(const struct proxy *p, const struct ifstate *state, const struct iface_settings *settings)
{
	return state->exists && settings && settings->role != ROLE_DISABLED && settings->enabled[p->env.proto->family];
}

/* Members stay as they are: only what is forwarded from now on obeys the new threshold. */
static void change_threshold(struct proxy *p, struct iface *i, unsigned int threshold)
{
	if (p->env.ops->iface_start(p->env.ctx, i->ifindex, i->role == ROLE_DOWNSTREAM, threshold)) {
		detach(p, i);
		return;
	}
	i->threshold = threshold;
	mfc_rewrite(&p->mfc, i);
}

static bool rules_allow(const void *ctx, const struct addr *group, const struct addr *source)
{
	const struct iface_settings *settings = ctx;
	size_t rule;

	return filter_allows_flow(settings, group, source, &rule);
}

/* Sources that are refused leave the record, and so the subscription; false: nothing of the group is left. */
static bool obeys_rules(struct proxy *p, const struct iface_settings *settings, struct group *g)
{
	size_t rule;

	if (!filter_allows_group(settings, &g->addr, &rule))
		return false;
	if (!group_keep_allowed(g, rules_allow, settings))
		return true;
	if (group_is_empty(g))
		return false;
	mfc_interest_changed(&p->mfc, g->membership);
	return true;
}

/* The groups of which the rules leave nothing; collected first, because ending one changes the table. */
static size_t find_refused(struct proxy *p, const struct iface *i, struct group **refused)
{
	const struct table_node *node;
	size_t n = 0;

	for (node = table_walk(&i->querier.groups, NULL); node; node = table_walk(&i->querier.groups, node)) {
		struct group *g = TABLE_OBJECT(node, struct group, node);

		if (!obeys_rules(p, i->settings, g))
			refused[n++] = g;
	}
	return n;
}

/* What the rules refuse from now on goes at once, not when it times out. */
static void enforce_rules(struct proxy *p, struct iface *i)
{
	struct group **refused = calloc(i->querier.groups.count + 1, sizeof(struct group *));
	size_t n = refused ? find_refused(p, i, refused) : 0;

	if (!refused)
		p->env.counters.no_memory++;
	for (size_t k = 0; k < n; k++)
		end_group(p, refused[k], ENDED_BY_FILTER);
	free(refused);
}

static void configure_downstream(struct proxy *p, struct iface *i, const struct iface_changes *changes)
{
	querier_configure(&i->querier);
	if (mfc_is_attached(&p->mfc, i))
		statics_sync(&p->mfc, i);
	if (changes->rules)
		refusals_forget_iface(&p->env.refusals, i->ifindex);
	if (changes->rules)
		enforce_rules(p, i);
	if (changes->rules || changes->forwarding)
		mfc_judge_all(&p->mfc);
}

/* News of nothing new costs nothing, however many flows there are. */
static void apply(struct proxy *p, struct iface *i, const struct iface_changes *changes)
{
	if (i->role != i->settings->role) {
		detach(p, i);
		return;
	}
	if (changes->sources)
		mfc_judge_all(&p->mfc);
	if (i->querier.running)
		configure_downstream(p, i, changes);
	if (mfc_is_attached(&p->mfc, i) && i->threshold != i->settings->threshold)
		change_threshold(p, i, i->settings->threshold);
}

/* No more news of it but this: it is gone, renamed to what is none of ours, or not configured any more. */
static void lost(struct proxy *p, struct iface *i, const struct ifstate *state)
{
	if (!state->exists)
		lose_device(p, i, "gone");
	else if (strcmp(i->name, state->name) != 0)
		lose_device(p, i, "disabled");
	else
		remove_iface(p, i, "disabled");
}

/*
 * A new device. A name stands for one device at a time: if another is still believed to
 * have it, news of its end are on their way.
 */
static struct iface *find_or_add(struct proxy *p, const struct ifstate *state)
{
	struct iface *i = find_other(p, state->name, NULL);

	if (i && !iface_is_absent(i)) {
		lose_device(p, i, "gone");
		i = find_other(p, state->name, NULL);
	}
	if (!i)
		return add_iface(p, state->ifindex, state->name);
	bind(p, i, state->ifindex);
	return i;
}

/*
 * A device that had another name of ours takes its hosts along to the new one; those that
 * waited for that name were behind another device.
 */
static void take_name(struct proxy *p, struct iface *i, const char *name)
{
	struct iface *other = find_other(p, name, i);

	if (strcmp(i->name, name) == 0)
		return;
	if (other && iface_is_absent(other))
		remove_iface(p, other, "gone");
	/* What was counted stays with the name: nobody who asks sees another. */
	retired_keep(&p->retired, i);
	retired_give_back(&p->retired, name, i);
}

static void iface_news(struct proxy *p, struct mtime now, const struct ifstate *state,
		       const struct iface_settings *settings)
{
	struct iface *i = proxy_find_iface(p, state->ifindex);
	struct iface_changes changes = {0};

	p->env.now = now;
	if (!is_ours(p, state, settings)) {
		if (i)
			lost(p, i, state);
		return;
	}
	if (i)
		take_name(p, i, state->name);
	else
		i = find_or_add(p, state);
	if (!i)
		return;
	if (!iface_learn(i, state, &changes))
		p->env.counters.no_memory++;
	iface_configure(i, settings, &changes);
	if (mfc_is_attached(&p->mfc, i) || i->querier.running)
		apply(p, i, &changes);
	evaluate(p, now, i, iface_wanted(i, state));
}

void proxy_iface(struct proxy *p, struct mtime now, const struct ifstate *state, const struct iface_settings *settings)
{
	iface_news(p, now, state, settings);
	mfc_follow_interest(&p->mfc);
}

void proxy_absent(struct proxy *p, struct iface *i, const struct iface_settings *settings)
{
	struct iface_changes changes = {0};

	if (outlives_device(p, settings)) {
		iface_configure(i, settings, &changes);
		configure_downstream(p, i, &changes);
	} else {
		remove_iface(p, i, "disabled");
	}
	mfc_follow_interest(&p->mfc);
}

/* --- time --- */

/* For so long: whatever comes now is not the answer to the join. */
static void stop_awaiting(struct proxy *p, struct mtime now, struct group *g)
{
	if (!g->awaiting || !mtime_reached(mtime_after(g->since, group_awaits_traffic), now))
		return;
	g->awaiting = false;
	if (!mfc_has_flowed(&p->mfc, g))
		p->env.counters.joins_without_traffic++;
}

static void group_due(struct proxy *p, struct mtime now, struct group *g)
{
	struct group_change change = querier_group_due(g->querier, now, g);

	stop_awaiting(p, now, g);
	group_changed(p, now, g, &change);
}

/* The kernel may have a VIF by now; the link was fit for one. */
static void iface_retry_due(struct proxy *p, struct mtime now, struct iface *i)
{
	evaluate(p, now, i, IFACE_UP);
}

#define EMBEDDED(d, type, member) ((type *)(void *)((char *)(d)-offsetof(type, member)))

static void deadline_due(struct proxy *p, struct mtime now, struct deadline *d)
{
	switch ((enum deadline_kind)d->kind) {
	case DEADLINE_GROUP:
		group_due(p, now, EMBEDDED(d, struct group, deadline));
		break;
	case DEADLINE_GENERAL_QUERY:
		querier_general_due(EMBEDDED(d, struct querier, general), now);
		break;
	case DEADLINE_OTHER_QUERIER:
		querier_other_due(EMBEDDED(d, struct querier, other), now);
		mfc_judge_all(&p->mfc);
		break;
	case DEADLINE_IFACE_RETRY:
		iface_retry_due(p, now, EMBEDDED(d, struct iface, retry));
		break;
	case DEADLINE_JOIN_RETRY:
		memberdb_retry_due(&p->db, now);
		break;
	case DEADLINE_SAMPLE:
		mfc_sample_due(&p->mfc);
		break;
	case DEADLINE_MOVE:
		mfc_move_due(&p->mfc);
		break;
	}
}

bool proxy_tick(struct proxy *p, struct mtime now)
{
	struct deadline *d;

	p->env.now = now;
	for (int left = PROXY_DEADLINES_A_TICK; left > 0 && (d = deadlines_pop(&p->env.deadlines, now)) != NULL; left--)
		deadline_due(p, now, d);
	mfc_follow_interest(&p->mfc);
	return mtime_reached(deadlines_next(&p->env.deadlines), now);
}

struct mtime proxy_next_deadline(const struct proxy *p)
{
	return deadlines_next(&p->env.deadlines);
}

/*
 * Every group has a deadline, so this meets all whose querier is in doubt of them. Where one is
 * set anew on the way the group was looked at, and has caught up by that.
 */
static bool catch_up_some(struct proxy *p)
{
	struct deadline *d = NULL;

	for (int left = DEADLINES_A_SLICE; left > 0 && (d = deadlines_walk_on(&p->env.deadlines)) != NULL; left--) {
		if (d->kind == DEADLINE_GROUP) {
			struct group *g = EMBEDDED(d, struct group, deadline);

			querier_catch_up(g->querier, g);
		}
	}
	return d != NULL;
}

bool proxy_work(struct proxy *p, struct mtime now)
{
	bool more;

	p->env.now = now;
	more = catch_up_some(p);
	more = end_removed_groups(p, GROUPS_A_SLICE) || more;
	mfc_follow_interest(&p->mfc);
	more = (p->db.upstream && memberdb_work(&p->db, now, JOINS_A_SLICE)) || more;
	more = mfc_work(&p->mfc, now, SAMPLES_A_SLICE) || more;
	free_removed(p);
	return more;
}

void proxy_sample(struct proxy *p, struct mtime now)
{
	mfc_sample_all(&p->mfc, now);
}

/* --- the end --- */

static void free_groups(struct querier *q)
{
	struct table_node *node;

	while ((node = table_any(&q->groups)) != NULL) {
		struct group *g = TABLE_OBJECT(node, struct group, node);

		querier_remove(q, g);
		memberdb_unlink(g->membership, g);
		group_free(g);
	}
}

static void free_ifaces(struct iface_list *list)
{
	struct iface *i;

	while ((i = TAILQ_FIRST(list)) != NULL) {
		TAILQ_REMOVE(list, i, entry);
		statics_free(i);
		if (i->querier.running) {
			free_groups(&i->querier);
			querier_stop(&i->querier);
		}
		iface_free(i);
	}
}

void proxy_free(struct proxy *p)
{
	if (!p)
		return;
	mfc_fini(&p->mfc);
	free_ifaces(&p->ifaces);
	free_ifaces(&p->removed);
	memberdb_fini(&p->db);
	admit_room_fini(&p->admitting);
	refusals_fini(&p->env.refusals);
	retired_fini(&p->retired);
	table_fini(&p->by_ifindex);
	free(p);
}
