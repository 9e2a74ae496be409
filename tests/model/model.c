#include "model.h"

#include <err.h>
#include <string.h>

/* --- section 8 --- */

static struct mspan times(unsigned int n, struct mspan span)
{
	return mspan_us((int64_t)n * span.us);
}

static struct model_terms terms_of(const struct model *m, const struct model_link *l)
{
	const struct iface_settings *s = l->settings;
	struct mspan rv_qi = times(l->robustness, l->interval);

	return (struct model_terms){
		.now = m->now,
		.gmi = mspan_add(rv_qi, times(2, s->query_response_interval)), /* 8.4, erratum 6725 */
		.ohpi = mspan_add(rv_qi, s->query_response_interval),	       /* 8.13 */
		.lmqt = times(s->last_member_query_count, s->last_member_query_interval),
		.lmqi = s->last_member_query_interval,
		.lmqc = s->last_member_query_count,
		.version = s->version[m->family],
		.querier = l->querier,
		.fast_leave = s->fast_leave && !mtime_is_never(l->asked_until) && mtime_reached(l->asked_until, m->now),
	};
}

/* 8.5 */
static struct mspan other_querier_present_interval(const struct model_link *l)
{
	return mspan_us((int64_t)l->robustness * l->interval.us + l->settings->query_response_interval.us / 2);
}

/* --- links --- */

static void forget_records(struct model_link *l)
{
	for (unsigned int g = 0; g < MODEL_GROUPS; g++) {
		struct addr group = l->records[g].group;

		memset(&l->records[g], 0, sizeof(l->records[g]));
		l->records[g].group = group;
		l->records[g].timer = l->records[g].untracked_until = MTIME_NEVER;
		l->records[g].next_ask = l->records[g].next_source_ask = MTIME_NEVER;
		l->records[g].v1_host = l->records[g].v2_host = MTIME_NEVER;
	}
}

void model_init(struct model *m, enum family family, struct mtime now, const struct addr groups[MODEL_GROUPS])
{
	memset(m, 0, sizeof(*m));
	m->family = family;
	m->now = now;
	for (uint32_t i = 1; i <= MODEL_LINKS; i++) {
		for (unsigned int g = 0; g < MODEL_GROUPS; g++)
			m->links[i].records[g].group = groups[g];
		forget_records(&m->links[i]);
		m->links[i].other_gone = m->links[i].next_general = MTIME_NEVER;
	}
}

/* Everybody on the link is asked, and has as long as the querier says, or as we would. */
static void general_query(const struct model *m, struct model_link *l, struct mspan response)
{
	const struct mspan ours = l->settings->query_response_interval;

	l->last_general = m->now;
	if (mtime_is_never(l->asked_until))
		l->asked_until = mtime_after(m->now, mspan_cmp(response, ours) > 0 ? response : ours);
}

static void silence(struct model_link *l)
{
	l->other_gone = l->next_general = MTIME_NEVER;
}

/* 6.6.2: every router begins as querier; 8.6, 8.7: with its own values, RV queries a quarter interval apart. */
static void begin(struct model *m, struct model_link *l)
{
	l->querier = true;
	l->robustness = l->settings->robustness;
	l->interval = l->settings->query_interval;
	l->startup_left = l->robustness;
	l->next_general = m->now;
	l->other_gone = MTIME_NEVER;
}

/* 8.6, 8.7: who is there has answered after RV queries a quarter interval apart, and QRI; an LMQI lets the last arrive. */
static void lower_all(struct model *m, struct model_link *l)
{
	const struct iface_settings *s = l->settings;
	int64_t span = (int64_t)(s->robustness - 1) * (s->query_interval.us / 4) + s->query_response_interval.us +
		       s->last_member_query_interval.us;

	for (unsigned int g = 0; g < MODEL_GROUPS; g++) {
		struct set all = record_running(&l->records[g]);

		record_lower(&l->records[g], mtime_after(m->now, mspan_us(span)), &all);
		record_lower(&l->records[g], mtime_after(m->now, mspan_us(span)), &(struct set){.n = 0});
	}
	l->doubted = false;
}

void model_news(struct model *m, uint32_t link, const struct iface_settings *settings, bool up,
		const struct addr *address)
{
	struct model_link *l = &m->links[link];
	bool was_up = l->up;

	l->settings = settings;
	l->address = *address;
	l->up = up;
	l->attached = l->attached || up;
	if (link == MODEL_UPSTREAM)
		return;
	if (l->querier || !l->his_robustness)
		l->robustness = settings->robustness;
	if (l->querier || !l->his_interval)
		l->interval = settings->query_interval;
	if (was_up && !up)
		silence(l);
	else if (!was_up && up)
		begin(m, l);
	/* Who was there before, or came while the link was down, has not been heard. */
	if (!was_up)
		l->asked_until = MTIME_NEVER;
	if (up && l->doubted)
		lower_all(m, l);
}

void model_gone(struct model *m, uint32_t link)
{
	struct model_link *l = &m->links[link];

	l->up = l->attached = l->querier = false;
	l->doubted = true;
	silence(l);
}

/* --- queries --- */

static struct model_query *send(struct model *m, const struct model_link *l, const struct addr *group, bool suppress)
{
	struct model_query *q = &m->sent[m->n_sent];

	if (m->n_sent == MODEL_SENT)
		errx(1, "the model sends too many queries");
	m->n_sent++;
	*q = (struct model_query){.at = m->now, .group = *group, .suppress = suppress};
	q->link = (uint32_t)(l - m->links);
	return q;
}

static void general_due(struct model *m, struct model_link *l)
{
	struct mspan next = l->startup_left > 1 ? mspan_us(l->interval.us / 4) : l->interval;

	send(m, l, &addr_unspecified[m->family], false);
	general_query(m, l, l->settings->query_response_interval);
	l->next_general = mtime_after(m->now, next);
	if (l->startup_left > 0)
		l->startup_left--;
}

/* 6.6.3.2: sources with timers above LMQT with S set, the others with S clear. */
static void ask_about_sources(struct model *m, struct model_link *l, struct model_record *r, bool suppress)
{
	struct mtime lmqt = mtime_after(m->now, terms_of(m, l).lmqt);
	struct set asked = {.n = 0};

	for (size_t i = 0; i < r->n_sources; i++) {
		struct model_source *s = &r->sources[i];

		if (s->asks == 0 || mtime_is_never(s->timer) || mtime_before(lmqt, s->timer) != suppress)
			continue;
		s->asks--;
		set_put(&asked, &s->addr);
	}
	if (asked.n > 0 && terms_of(m, l).version == GM_GENERATION_3)
		send(m, l, &r->group, suppress)->sources = asked;
}

/* 6.6.3.1, 6.6.3.2: LMQI apart; behind the last, the tenth of a second for which the next has to wait. */
static struct mtime after_asking(const struct model *m, const struct model_link *l, bool left)
{
	return mtime_after(m->now, left ? l->settings->last_member_query_interval : mspan_ms(100));
}

static void ask_about_group(struct model *m, struct model_link *l, struct model_record *r)
{
	struct model_terms t = terms_of(m, l);

	if (r->asks == 0) {
		r->next_ask = MTIME_NEVER;
		return;
	}
	r->asks--;
	if (t.version >= GM_GENERATION_2)
		send(m, l, &r->group, mtime_before(mtime_after(m->now, t.lmqt), r->timer));
	r->next_ask = after_asking(m, l, r->asks > 0);
}

static unsigned int source_asks(const struct model_record *r)
{
	unsigned int n = 0;

	for (size_t i = 0; i < r->n_sources; i++)
		n += r->sources[i].asks;
	return n;
}

static void ask_due(struct model *m, struct model_link *l, struct model_record *r)
{
	if (!l->querier || !l->up) {
		record_hush(r);
		return;
	}
	if (mtime_reached(r->next_ask, m->now))
		ask_about_group(m, l, r);
	if (!mtime_reached(r->next_source_ask, m->now))
		return;
	if (source_asks(r) == 0) {
		r->next_source_ask = MTIME_NEVER;
		return;
	}
	ask_about_sources(m, l, r, true);
	ask_about_sources(m, l, r, false);
	r->next_source_ask = after_asking(m, l, source_asks(r) > 0);
}

/* --- input --- */

void model_report(struct model *m, uint32_t link, const struct addr *src, const struct gm_message *message)
{
	struct model_link *l = &m->links[link];
	struct model_terms t;

	if (!l->up || link == MODEL_UPSTREAM)
		return;
	t = terms_of(m, l);
	for (size_t k = 0; k < message->n_records; k++)
		for (unsigned int g = 0; g < MODEL_GROUPS; g++)
			if (addr_equal(&l->records[g].group, &message->records[k].group))
				record_report(&l->records[g], &t, gm_generation_of(message->protocol),
					      &message->records[k], src);
}

/* 6.6.2: the lowest has won for as long as it is there. */
static bool has_lost(const struct model_link *l, const struct addr *src)
{
	return !l->querier && !mtime_is_never(l->other_gone) && addr_cmp(&l->other, src) < 0;
}

/* 6.6.2: a query from a lower address than ours; 0.0.0.0 and :: are nobody (RFC 4541 2.1.1). */
static void yield(struct model *m, struct model_link *l, const struct addr *src, const struct gm_query *query)
{
	bool general = addr_is_unspecified(&query->group);
	bool was_querier = l->querier;
	struct mspan most = mspan_seconds(3600);
	struct mtime until;

	if (mspan_cmp(most, l->settings->query_interval) < 0)
		most = l->settings->query_interval;
	l->querier = false;
	l->other = *src;
	l->next_general = MTIME_NEVER;
	l->his_robustness = query->robustness > 0;
	l->his_interval = query->interval.us > 0;
	l->robustness = query->robustness ? query->robustness : l->settings->robustness;
	l->interval = query->interval.us ? query->interval : l->settings->query_interval;
	if (mspan_cmp(l->interval, most) > 0)
		l->interval = most;
	if (general)
		general_query(m, l, query->max_response);
	if (!general && !was_querier)
		return;
	until = mtime_after(l->last_general, other_querier_present_interval(l));
	l->other_gone = mtime_after(m->now, l->interval);
	if (mtime_before(l->other_gone, until))
		l->other_gone = until;
}

void model_query(struct model *m, uint32_t link, const struct addr *src, const struct gm_query *query)
{
	struct model_link *l = &m->links[link];
	struct mspan each = query->max_response;
	struct set asked = set_of(&query->sources);
	struct mtime to;

	if (!l->up || link == MODEL_UPSTREAM || has_lost(l, src))
		return;
	if (!addr_is_unspecified(src) && addr_cmp(src, &l->address) < 0)
		yield(m, l, src, query);
	if (l->querier || query->suppress || addr_is_unspecified(&query->group))
		return;
	if (mspan_cmp(each, l->settings->last_member_query_interval) < 0)
		each = l->settings->last_member_query_interval;
	to = mtime_after(m->now, times(l->settings->last_member_query_count, each));
	for (unsigned int g = 0; g < MODEL_GROUPS; g++)
		if (addr_equal(&l->records[g].group, &query->group))
			record_lower(&l->records[g], to, &asked);
}

/* --- time --- */

static void add_end(struct mtime *ends, size_t max, size_t *n, struct mtime end)
{
	if (!mtime_is_never(end) && *n < max)
		ends[(*n)++] = end;
}

size_t model_timers(const struct model *m, struct mtime *ends, size_t max)
{
	size_t n = 0;

	for (uint32_t i = 1; i <= MODEL_LINKS; i++) {
		const struct model_link *l = &m->links[i];

		add_end(ends, max, &n, l->other_gone);
		add_end(ends, max, &n, l->next_general);
		for (unsigned int g = 0; g < MODEL_GROUPS; g++) {
			const struct model_record *r = &l->records[g];

			if (!r->exists)
				continue;
			add_end(ends, max, &n, r->timer);
			add_end(ends, max, &n, r->next_ask);
			add_end(ends, max, &n, r->next_source_ask);
			add_end(ends, max, &n, r->v1_host);
			add_end(ends, max, &n, r->v2_host);
			for (size_t k = 0; k < r->n_sources; k++)
				add_end(ends, max, &n, r->sources[k].timer);
		}
	}
	return n;
}

struct mtime model_next(const struct model *m)
{
	struct mtime ends[MODEL_LINKS * (2 + MODEL_GROUPS * (5 + SET_MAX))];
	size_t n = model_timers(m, ends, sizeof(ends) / sizeof(*ends));
	struct mtime next = MTIME_NEVER;

	for (size_t i = 0; i < n; i++)
		next = mtime_earlier(next, ends[i]);
	return next;
}

void model_settle(struct model *m)
{
	for (uint32_t i = 1; i <= MODEL_LINKS; i++) {
		struct model_link *l = &m->links[i];

		if (mtime_reached(l->other_gone, m->now))
			begin(m, l);
		if (mtime_reached(l->next_general, m->now))
			general_due(m, l);
		for (unsigned int g = 0; g < MODEL_GROUPS; g++) {
			record_expire(&l->records[g], m->now);
			if (l->records[g].exists && (mtime_reached(l->records[g].next_ask, m->now) ||
						     mtime_reached(l->records[g].next_source_ask, m->now)))
				ask_due(m, l, &l->records[g]);
		}
	}
}

void model_pass_to(struct model *m, struct mtime until)
{
	model_settle(m);
	while (mtime_reached(model_next(m), until)) {
		m->now = model_next(m);
		model_settle(m);
	}
	m->now = until;
}

/* --- what comes of it --- */

const struct model_record *model_record(const struct model *m, uint32_t link, unsigned int group)
{
	const struct model_record *r = &m->links[link].records[group - 1];

	return r->exists ? r : NULL;
}

/* 4.1: EXCLUDE anywhere makes it EXCLUDE, of what all exclude and none includes; else all that is included. */
bool model_merge(const struct model *m, unsigned int group, enum gm_filter_mode *mode, struct set *sources)
{
	struct set included = {.n = 0};
	struct set excluded = {.n = 0};
	bool any_exclude = false;

	for (uint32_t i = MODEL_UPSTREAM + 1; i <= MODEL_LINKS; i++) {
		const struct model_record *r = model_record(m, i, group);
		struct set running, stopped;

		if (!r)
			continue;
		running = record_running(r);
		stopped = record_stopped(r);
		if (r->mode == GM_INCLUDE) {
			included = set_plus(&included, &running);
			continue;
		}
		excluded = any_exclude ? set_times(&excluded, &stopped) : stopped;
		any_exclude = true;
	}
	*mode = any_exclude ? GM_EXCLUDE : GM_INCLUDE;
	*sources = any_exclude ? set_minus(&excluded, &included) : included;
	return any_exclude || included.n > 0;
}

uint64_t model_oifs(const struct model *m, const struct addr *source, unsigned int group, uint32_t iif)
{
	uint64_t bits = 0;

	if (!m->links[iif].up)
		return 0;
	for (uint32_t i = 1; i <= MODEL_LINKS; i++) {
		const struct model_link *l = &m->links[i];
		const struct model_record *r = model_record(m, i, group);

		if (i == iif || !l->up)
			continue;
		/* Section 3: only the querier forwards onto a link, unless told otherwise. */
		if (i == MODEL_UPSTREAM)
			bits |= UINT64_C(1) << i;
		else if (r && record_forwards(r, source) && (l->querier || l->settings->always_forward))
			bits |= UINT64_C(1) << i;
	}
	return bits;
}
