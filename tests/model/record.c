#include "record.h"

#include <err.h>
#include <string.h>

static bool runs(struct mtime timer)
{
	return !mtime_is_never(timer);
}

struct set record_running(const struct model_record *r)
{
	struct set s = {.n = 0};

	for (size_t i = 0; i < r->n_sources; i++)
		if (runs(r->sources[i].timer))
			set_put(&s, &r->sources[i].addr);
	return s;
}

struct set record_stopped(const struct model_record *r)
{
	struct set s = {.n = 0};

	for (size_t i = 0; i < r->n_sources; i++)
		if (!runs(r->sources[i].timer))
			set_put(&s, &r->sources[i].addr);
	return s;
}

static struct model_source *find(struct model_record *r, const struct addr *a)
{
	for (size_t i = 0; i < r->n_sources; i++)
		if (addr_equal(&r->sources[i].addr, a))
			return &r->sources[i];
	return NULL;
}

bool record_forwards(const struct model_record *r, const struct addr *source)
{
	struct set running = record_running(r);
	struct set stopped = record_stopped(r);

	if (!r->exists)
		return false;
	if (r->mode == GM_INCLUDE)
		return set_has(&running, source);
	return !set_has(&stopped, source);
}

/* The record is mode (x,y) from now on; sources that stay keep their timers, those in y have none. */
static void become(struct model_record *r, enum gm_filter_mode mode, struct set x, struct set y)
{
	struct model_record old = *r;

	r->mode = mode;
	r->n_sources = 0;
	for (size_t i = 0; i < x.n; i++) {
		const struct model_source *was = find(&old, &x.addrs[i]);

		r->sources[r->n_sources++] = was ? *was : (struct model_source){x.addrs[i], MTIME_NEVER, 0};
	}
	for (size_t i = 0; i < y.n; i++)
		r->sources[r->n_sources++] = (struct model_source){y.addrs[i], MTIME_NEVER, 0};
}

static void set_timers(struct model_record *r, struct set s, struct mtime to)
{
	for (size_t i = 0; i < s.n; i++)
		find(r, &s.addrs[i])->timer = to;
}

/* --- hosts (appendix B.2 of the RFC: explicit tracking) --- */

static struct model_host *get_host(struct model_record *r, const struct addr *a)
{
	for (size_t i = 0; i < r->n_hosts; i++)
		if (addr_equal(&r->hosts[i].addr, a))
			return &r->hosts[i];
	if (r->n_hosts == MODEL_HOSTS)
		errx(1, "the model knows no more than %d hosts", MODEL_HOSTS);
	r->hosts[r->n_hosts] = (struct model_host){.addr = *a, .mode = GM_INCLUDE};
	return &r->hosts[r->n_hosts++];
}

static void track(struct model_record *r, const struct model_terms *t, enum gm_generation generation,
		  const struct gm_record *said, const struct addr *host)
{
	struct mtime until = mtime_after(t->now, t->gmi);
	struct set listed = set_of(&said->sources);
	struct model_host *h;
	bool more;

	if (generation < GM_GENERATION_3) {
		/* One that leaves is no member. */
		if (said->type == GM_IS_EX && (!runs(r->untracked_until) || mtime_before(r->untracked_until, until)))
			r->untracked_until = until;
		return;
	}
	h = get_host(r, host);
	if (mtime_reached(h->until, t->now))
		*h = (struct model_host){.addr = *host, .mode = GM_INCLUDE};
	h->until = until;
	if (said->type == GM_TO_IN || said->type == GM_IS_EX || said->type == GM_TO_EX) {
		h->mode = said->type == GM_TO_IN ? GM_INCLUDE : GM_EXCLUDE;
		h->sources = listed;
		return;
	}
	/* IS_IN answers a source-specific query with those asked for that are wanted, in either mode (5.2). */
	more = (said->type != GM_BLOCK) == (h->mode == GM_INCLUDE);
	h->sources = more ? set_plus(&h->sources, &listed) : set_minus(&h->sources, &listed);
}

/* source NULL: one that nobody names */
static bool somebody_wants(const struct model_record *r, struct mtime now, const struct addr *source)
{
	for (size_t i = 0; i < r->n_hosts; i++) {
		const struct model_host *h = &r->hosts[i];
		bool listed = source && set_has(&h->sources, source);

		if (!mtime_reached(h->until, now) && listed == (h->mode == GM_INCLUDE))
			return true;
	}
	return false;
}

static bool somebody_excludes(const struct model_record *r, struct mtime now)
{
	return somebody_wants(r, now, NULL);
}

/* --- "Send Q(...)", section 6.6.3 --- */

static enum gm_generation compatibility(const struct model_record *r)
{
	if (runs(r->v1_host))
		return GM_GENERATION_1;
	return runs(r->v2_host) ? GM_GENERATION_2 : GM_GENERATION_3;
}

static bool knows_everybody(const struct model_record *r, const struct model_terms *t)
{
	return t->fast_leave && compatibility(r) == GM_GENERATION_3 &&
	       (!runs(r->untracked_until) || mtime_reached(r->untracked_until, t->now));
}

/* TO_EX deletes from the record what INCLUDE hosts want while somebody wants everything (6.4.2). */
static bool lacks_something_wanted(struct model_record *r, struct mtime now)
{
	struct set x = record_running(r);

	for (size_t i = 0; i < r->n_hosts; i++) {
		const struct model_host *h = &r->hosts[i];
		struct set lacking = set_minus(&h->sources, &x);

		if (!mtime_reached(h->until, now) && lacking.n > 0)
			return true;
	}
	return false;
}

static struct mtime later(struct mtime a, struct mtime b)
{
	return mtime_before(a, b) ? b : a;
}

/* At once, but a tenth of a second after the last at the earliest; one that is due until then will do. */
static struct mtime ask_soon(const struct model_terms *t, struct mtime next)
{
	struct mtime tenth = mtime_after(t->now, mspan_ms(100));
	struct mtime last = {next.us - t->lmqi.us};

	if (!runs(next))
		return t->now;
	if (mtime_reached(next, tenth))
		return later(next, t->now);
	return later(t->now, mtime_earlier(tenth, mtime_after(last, mspan_ms(100))));
}

static void ask_group(struct model_record *r, const struct model_terms *t)
{
	struct mtime soon = ask_soon(t, r->next_ask);

	if (!t->querier || t->version < GM_GENERATION_2)
		return;
	if (knows_everybody(r, t) && !somebody_excludes(r, t->now) && !lacks_something_wanted(r, t->now)) {
		r->timer = t->now;
		return;
	}
	r->timer = mtime_earlier(r->timer, mtime_after(soon, t->lmqt));
	r->next_ask = soon;
	r->asks = t->lmqc;
}

/* Only sources whose timers are larger than LMQT. */
static void ask_sources(struct model_record *r, const struct model_terms *t, struct set asked)
{
	struct mtime soon = ask_soon(t, r->next_source_ask);
	struct mtime lowered = mtime_after(soon, t->lmqt);

	if (!t->querier || t->version < GM_GENERATION_3)
		return;
	for (size_t i = 0; i < asked.n; i++) {
		struct model_source *s = find(r, &asked.addrs[i]);

		if (knows_everybody(r, t) && !somebody_wants(r, t->now, &s->addr)) {
			s->timer = t->now;
			continue;
		}
		if (!mtime_before(lowered, s->timer))
			continue;
		s->timer = lowered;
		s->asks = t->lmqc;
		r->next_source_ask = soon;
	}
}

void record_hush(struct model_record *r)
{
	r->asks = 0;
	r->next_ask = r->next_source_ask = MTIME_NEVER;
	for (size_t i = 0; i < r->n_sources; i++)
		r->sources[i].asks = 0;
}

/* --- the tables of section 6.4; letters as there --- */

static const struct set none;

static void in_include(struct model_record *r, const struct model_terms *t, enum gm_record_type type, struct set b)
{
	struct set a = record_running(r);
	struct mtime gmi = mtime_after(t->now, t->gmi);

	switch (type) {
	case GM_IS_IN:
	case GM_ALLOW:
		become(r, GM_INCLUDE, set_plus(&a, &b), none);
		set_timers(r, b, gmi);
		break;
	case GM_IS_EX:
		become(r, GM_EXCLUDE, set_times(&a, &b), set_minus(&b, &a));
		r->timer = gmi;
		break;
	case GM_BLOCK:
		ask_sources(r, t, set_times(&a, &b));
		break;
	case GM_TO_EX:
		become(r, GM_EXCLUDE, set_times(&a, &b), set_minus(&b, &a));
		ask_sources(r, t, set_times(&a, &b));
		r->timer = gmi;
		break;
	case GM_TO_IN:
		become(r, GM_INCLUDE, set_plus(&a, &b), none);
		set_timers(r, b, gmi);
		ask_sources(r, t, set_minus(&a, &b));
		break;
	case GM_RECORD_TYPES:
		break;
	}
}

static void in_exclude(struct model_record *r, const struct model_terms *t, enum gm_record_type type, struct set a)
{
	struct set x = record_running(r);
	struct set y = record_stopped(r);
	struct set a_x = set_minus(&a, &x);
	struct set a_y = set_minus(&a, &y);
	struct mtime gmi = mtime_after(t->now, t->gmi);

	switch (type) {
	case GM_IS_IN:
	case GM_ALLOW:
		become(r, GM_EXCLUDE, set_plus(&x, &a), set_minus(&y, &a));
		set_timers(r, a, gmi);
		break;
	case GM_IS_EX:
		become(r, GM_EXCLUDE, a_y, set_times(&y, &a));
		set_timers(r, set_minus(&a_x, &y), gmi);
		r->timer = gmi;
		break;
	case GM_BLOCK:
		become(r, GM_EXCLUDE, set_plus(&x, &a_y), y);
		set_timers(r, set_minus(&a_x, &y), r->timer);
		ask_sources(r, t, a_y);
		break;
	case GM_TO_EX:
		become(r, GM_EXCLUDE, a_y, set_times(&y, &a));
		set_timers(r, set_minus(&a_x, &y), r->timer);
		ask_sources(r, t, a_y);
		r->timer = gmi;
		break;
	case GM_TO_IN:
		become(r, GM_EXCLUDE, set_plus(&x, &a), set_minus(&y, &a));
		set_timers(r, a, gmi);
		ask_sources(r, t, set_minus(&x, &a));
		ask_group(r, t);
		break;
	case GM_RECORD_TYPES:
		break;
	}
}

/* --- section 7.3.2 --- */

static void note_version(struct model_record *r, const struct model_terms *t, enum gm_generation generation,
			 enum gm_record_type type)
{
	/* A leave is no report. */
	if (type != GM_IS_EX)
		return;
	if (generation == GM_GENERATION_1)
		r->v1_host = mtime_after(t->now, t->ohpi);
	else if (generation == GM_GENERATION_2)
		r->v2_host = mtime_after(t->now, t->ohpi);
}

static bool is_void(const struct model_record *r, enum gm_record_type type)
{
	enum gm_generation mode = compatibility(r);

	if (type == GM_BLOCK)
		return mode < GM_GENERATION_3;
	return type == GM_TO_IN && mode == GM_GENERATION_1;
}

static void forget_if_empty(struct model_record *r)
{
	struct addr group = r->group;

	if (r->mode == GM_EXCLUDE || r->n_sources > 0)
		return;
	memset(r, 0, sizeof(*r));
	r->group = group;
	r->timer = r->v1_host = r->v2_host = r->next_ask = r->next_source_ask = r->untracked_until = MTIME_NEVER;
}

void record_report(struct model_record *r, const struct model_terms *t, enum gm_generation generation,
		   const struct gm_record *said, const struct addr *host)
{
	struct set listed = set_of(&said->sources);

	r->exists = true;
	track(r, t, generation, said, host);
	note_version(r, t, generation, said->type);
	if (is_void(r, said->type))
		listed = none;
	else if (said->type == GM_TO_EX && compatibility(r) < GM_GENERATION_3)
		listed = none;
	if (!is_void(r, said->type)) {
		if (r->mode == GM_INCLUDE)
			in_include(r, t, said->type, listed);
		else
			in_exclude(r, t, said->type, listed);
	}
	forget_if_empty(r);
}

void record_expire(struct model_record *r, struct mtime now)
{
	struct set x, y;

	if (!r->exists)
		return;
	if (mtime_reached(r->v1_host, now))
		r->v1_host = MTIME_NEVER;
	if (mtime_reached(r->v2_host, now))
		r->v2_host = MTIME_NEVER;
	for (size_t i = 0; i < r->n_sources; i++)
		if (mtime_reached(r->sources[i].timer, now))
			r->sources[i] = (struct model_source){r->sources[i].addr, MTIME_NEVER, 0};
	x = record_running(r);
	y = record_stopped(r);
	/* 6.3: in INCLUDE a source without a timer is no source. 6.5: without a group timer it is INCLUDE. */
	if (r->mode == GM_INCLUDE || mtime_reached(r->timer, now)) {
		if (r->mode == GM_EXCLUDE)
			r->asks = 0;
		become(r, GM_INCLUDE, x, none);
		r->timer = MTIME_NEVER;
	} else {
		become(r, GM_EXCLUDE, x, y);
	}
	forget_if_empty(r);
}

void record_lower(struct model_record *r, struct mtime to, const struct set *sources)
{
	if (!r->exists)
		return;
	if (sources->n == 0 && r->mode == GM_EXCLUDE)
		r->timer = mtime_earlier(r->timer, to);
	for (size_t i = 0; i < sources->n; i++) {
		struct model_source *s = find(r, &sources->addrs[i]);

		if (s && runs(s->timer))
			s->timer = mtime_earlier(s->timer, to);
	}
}
