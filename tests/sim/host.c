#include "host.h"

#include <stddef.h>

/* --- chance --- */

unsigned int draw(struct wire *wire, unsigned int limit)
{
	wire->chance = wire->chance * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned int)(wire->chance >> 33) % limit;
}

struct mspan draw_span(struct wire *wire, struct mspan span)
{
	return span.us > 0 ? mspan_us((int64_t)draw(wire, (unsigned int)span.us + 1)) : span;
}

bool draw_loss(struct wire *wire)
{
	return wire->loss > 0 && draw(wire, 100) < wire->loss;
}

/* --- state --- */

static const unsigned int all_sources = (1u << SIM_SOURCES) - 1;

bool interest_wants(const struct interest *in, unsigned int source)
{
	bool listed = in->mask & (1u << source);

	return in->mode == GM_INCLUDE ? listed : !listed;
}

static bool is_none(const struct interest *in)
{
	return in->mode == GM_INCLUDE && in->mask == 0;
}

void host_init(struct sim_host *h, uint32_t link, unsigned int number, enum gm_generation generation)
{
	*h = (struct sim_host){.link = link, .number = number, .generation = generation, .general = MTIME_NEVER};
	for (size_t g = 0; g < SIM_GROUPS; g++)
		h->interests[g].repeat = h->interests[g].answer = MTIME_NEVER;
}

/* --- sending --- */

static void send(struct wire *wire, const struct sim_host *h, struct interest *in, enum gm_record_type type,
		 unsigned int mask, bool whole)
{
	unsigned int group = (unsigned int)(in - h->interests) + 1;
	char letters[SIM_SOURCES + 1];
	size_t n = 0;

	for (unsigned int s = 0; s < SIM_SOURCES; s++)
		if (mask & (1u << s))
			letters[n++] = (char)('a' + s);
	letters[n] = '\0';
	for (size_t r = 0; r < wire->n_routers; r++) {
		const struct world_link *link = &wire->routers[r]->links[h->link];

		if (!link->state.exists || !link->state.up || !link->vif || draw_loss(wire))
			continue;
		world_say(wire->routers[r], h->link, h->number, h->generation, type, group, letters);
		if (whole)
			in->sure |= 1u << r;
	}
}

static void send_state(struct wire *wire, const struct sim_host *h, struct interest *in)
{
	if (!is_none(in))
		send(wire, h, in, in->mode == GM_INCLUDE ? GM_IS_IN : GM_IS_EX, in->mask, true);
}

/* Sources whose change is still to be told, those wanted now or those not; each is told one time less. */
static unsigned int changed(const struct interest *in, bool wanted)
{
	unsigned int mask = 0;

	for (unsigned int s = 0; s < SIM_SOURCES; s++)
		if (in->source_left[s] > 0 && interest_wants(in, s) == wanted)
			mask |= 1u << s;
	return mask;
}

static bool count_down(struct interest *in)
{
	bool more = in->mode_left > 1;

	if (in->mode_left > 0)
		in->mode_left--;
	for (unsigned int s = 0; s < SIM_SOURCES; s++) {
		if (in->source_left[s] > 0)
			in->source_left[s]--;
		more = more || in->source_left[s] > 0;
	}
	return more;
}

/* Section 5.1: a change of mode tells the whole list, changes of sources the differences. */
static void tell_change(struct wire *wire, struct sim_host *h, struct interest *in)
{
	unsigned int allow = changed(in, true);
	unsigned int block = changed(in, false);

	if (in->mode_left > 0) {
		send(wire, h, in, in->mode == GM_INCLUDE ? GM_TO_IN : GM_TO_EX, in->mask, true);
	} else {
		if (allow)
			send(wire, h, in, GM_ALLOW, allow, in->mode == GM_INCLUDE && allow == in->mask);
		if (block)
			send(wire, h, in, GM_BLOCK, block, false);
	}
	in->repeat = count_down(in) ? mtime_after(wire->now, draw_span(wire, mspan_seconds(1))) : MTIME_NEVER;
}

/* A report when it comes, and another; a leave when it goes, which the oldest do not know. */
static void tell_older(struct wire *wire, struct sim_host *h, struct interest *in)
{
	if (!is_none(in))
		send(wire, h, in, GM_IS_EX, 0, true);
	else if (h->generation == GM_GENERATION_2)
		send(wire, h, in, GM_TO_IN, 0, false);
	in->mode_left = !is_none(in) && in->mode_left > 0 ? in->mode_left - 1 : 0;
	in->repeat = in->mode_left > 0 ? mtime_after(wire->now, draw_span(wire, mspan_seconds(10))) : MTIME_NEVER;
}

static void tell(struct wire *wire, struct sim_host *h, struct interest *in)
{
	if (h->generation == GM_GENERATION_3)
		tell_change(wire, h, in);
	else
		tell_older(wire, h, in);
}

void host_want(struct wire *wire, struct sim_host *h, unsigned int group, enum gm_filter_mode mode, unsigned int mask)
{
	struct interest *in = &h->interests[group];
	unsigned int difference = in->mask ^ mask;

	if (h->generation != GM_GENERATION_3 && (mode == GM_EXCLUDE || mask != 0)) {
		mode = GM_EXCLUDE;
		mask = 0;
	}
	if (mode == in->mode && mask == in->mask)
		return;
	if (mode != in->mode)
		in->mode_left = SIM_ROBUSTNESS;
	for (unsigned int s = 0; mode == in->mode && s < SIM_SOURCES; s++)
		if (difference & (1u << s))
			in->source_left[s] = SIM_ROBUSTNESS;
	in->mode = mode;
	in->mask = mask;
	if (is_none(in))
		in->sure = 0;
	tell(wire, h, in);
}

void host_leave_all(struct wire *wire, struct sim_host *h)
{
	for (unsigned int g = 0; g < SIM_GROUPS; g++)
		host_want(wire, h, g, GM_INCLUDE, 0);
}

/* --- answering (section 5.2) --- */

static unsigned int mask_of(const struct world_sent *sent, enum family family)
{
	unsigned int mask = 0;

	for (unsigned int s = 0; s < SIM_SOURCES; s++) {
		struct addr a = world_letter(family, (char)('a' + s));

		if (srcset_contains(&sent->sources, &a))
			mask |= 1u << s;
	}
	return mask;
}

static void hear_group(struct sim_host *h, struct interest *in, const struct world_sent *sent, struct mtime at,
		       enum family family)
{
	unsigned int mask = mask_of(sent, family);
	bool all = mask == 0 || h->generation == GM_GENERATION_2; /* that sees no source list */

	if (is_none(in) || h->generation == GM_GENERATION_1 || mtime_reached(h->general, at))
		return;
	if (mtime_is_never(in->answer)) {
		in->asked_all = false;
		in->asked = 0;
	}
	in->answer = mtime_earlier(in->answer, at);
	in->asked_all = in->asked_all || all;
	in->asked |= mask;
}

void host_hear(struct wire *wire, struct sim_host *h, const struct world_sent *sent)
{
	enum family family = wire->routers[0]->family;
	struct mtime at = mtime_after(wire->now, draw_span(wire, sent->query.max_response));

	if (gm_query_kind(&sent->query) == GM_QUERY_GENERAL) {
		h->general = mtime_earlier(h->general, at);
		return;
	}
	for (unsigned int g = 0; g < SIM_GROUPS; g++) {
		struct addr group = world_group(family, g + 1);

		if (addr_equal(&group, &sent->query.group))
			hear_group(h, &h->interests[g], sent, at, family);
	}
}

static void answer(struct wire *wire, struct sim_host *h, struct interest *in)
{
	unsigned int wanted = in->mode == GM_INCLUDE ? in->asked & in->mask : in->asked & ~in->mask & all_sources;

	in->answer = MTIME_NEVER;
	if (in->asked_all)
		send_state(wire, h, in);
	else if (wanted)
		send(wire, h, in, GM_IS_IN, wanted, false);
}

void host_due(struct wire *wire, struct sim_host *h)
{
	if (mtime_reached(h->general, wire->now)) {
		h->general = MTIME_NEVER;
		for (size_t g = 0; g < SIM_GROUPS; g++)
			send_state(wire, h, &h->interests[g]);
	}
	for (size_t g = 0; g < SIM_GROUPS; g++) {
		if (mtime_reached(h->interests[g].repeat, wire->now))
			tell(wire, h, &h->interests[g]);
		if (mtime_reached(h->interests[g].answer, wire->now))
			answer(wire, h, &h->interests[g]);
	}
}

struct mtime host_next(const struct sim_host *h)
{
	struct mtime next = h->general;

	for (size_t g = 0; g < SIM_GROUPS; g++) {
		next = mtime_earlier(next, h->interests[g].repeat);
		next = mtime_earlier(next, h->interests[g].answer);
	}
	return next;
}
