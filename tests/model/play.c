#include "play.h"

#include <stdio.h>
#include <string.h>

enum { PACKETS = 5 };

/* What is known of a link goes to both sides. */
static void tell(struct play *p, uint32_t link)
{
	struct world_link *l = &p->w->links[link];
	struct addr address = l->addrs[p->w->family == FAMILY_IPV4 ? 0 : 2].addr;

	world_news(p->w, link);
	if (l->state.exists)
		model_news(&p->m, link, &l->settings, l->state.up, &address);
	else
		model_gone(&p->m, link);
}

/* Both families of a link at once; the networks stay as they are. */
static void readdress(struct play *p, uint32_t link, unsigned int host)
{
	struct ifstate_addr *a = p->w->links[link].addrs;

	a[0].addr = a[0].peer = world_source(FAMILY_IPV4, link, host);
	a[1].addr = a[1].peer = world_source(FAMILY_IPV6, link, host);
	a[2].addr = a[2].peer = world_host(FAMILY_IPV6, link, host);
}

void play_start(struct play *p, enum family family, const struct stage *stage)
{
	struct addr groups[MODEL_GROUPS];

	memset(p, 0, sizeof(*p));
	p->w = world_new(family);
	p->w->query_sources = stage->query_sources;
	for (unsigned int g = 0; g < MODEL_GROUPS; g++)
		groups[g] = world_group(family, g + 1);
	model_init(&p->m, family, p->w->now, groups);
	for (uint32_t i = UP; i <= UP + STEP_DOWNSTREAMS; i++) {
		p->w->links[i].settings = stage->settings[i];
		p->others[i] = stage->others[i];
		tell(p, i);
	}
	world_settle(p->w);
	model_settle(&p->m);
	compare_all(p);
}

void play_end(struct play *p)
{
	world_free(p->w);
}

/* MLD has no version 1 of its own: what the oldest say there is generation 2. */
static enum gm_protocol protocol_of(const struct play *p, enum gm_generation generation)
{
	const struct gm_proto *proto = &gm_protos[p->w->family];

	return proto->by_generation[generation < proto->oldest ? proto->oldest : generation];
}

static void say(struct play *p, const struct step *step)
{
	struct addr sources[STEP_RECORDS][26];
	struct gm_record records[STEP_RECORDS];
	struct addr src = world_host(p->w->family, step->link, step->host);
	struct gm_message message = {
		.kind = step->generation < GM_GENERATION_3 && step->records[0].type == GM_TO_IN ? GM_LEAVE : GM_REPORT,
		.protocol = protocol_of(p, step->generation),
		.records = records,
		.n_records = step->n_records,
	};

	for (unsigned int k = 0; k < step->n_records; k++) {
		const struct step_record *r = &step->records[k];

		records[k].type = r->type;
		records[k].group = world_group(p->w->family, r->group);
		records[k].sources = addrspan_of(sources[k], world_letters(p->w->family, r->letters, sources[k]));
	}
	proxy_input(p->w->proxy, p->w->now, step->link, &src, &message);
	model_report(&p->m, step->link, &src, &message);
}

static void ask(struct play *p, const struct step *step)
{
	const struct step_record *r = &step->records[0];
	enum family family = p->w->family;
	struct addr sources[26];
	struct addr src = step->host ? world_host(family, step->link, step->host) : addr_unspecified[family];
	struct gm_query query = {
		.protocol = protocol_of(p, step->generation),
		.group = r->group ? world_group(family, r->group) : addr_unspecified[family],
		.max_response = step->max_response,
		.interval = step->interval,
		.robustness = (uint8_t)step->robustness,
		.suppress = step->suppress,
		.to_group = true,
	};

	query.sources = addrspan_of(sources, world_letters(family, r->letters, sources));
	world_hear_query(p->w, step->link, &src, &query);
	query.suppress = query.suppress && !p->deaf_to_suppress;
	model_query(&p->m, step->link, &src, &query);
}

static void pass_to(struct play *p, struct mtime until)
{
	world_pass_to(p->w, until);
	model_pass_to(&p->m, until);
}

/* Seconds pass between the ends of timers, but what goes wrong goes wrong at them. */
static void wait_for_timer(struct play *p, const struct step *step)
{
	struct mtime ends[512];
	size_t n = model_timers(&p->m, ends, sizeof(ends) / sizeof(*ends));
	struct mtime until = step->pick && n > 0 ? ends[step->pick % n] : model_next(&p->m);

	if (mtime_is_never(until) || mtime_reached(until, p->m.now))
		return;
	until.us += step->beside;
	if (!step->hold || step->beside != 0) {
		pass_to(p, until);
		return;
	}
	pass_to(p, (struct mtime){until.us - 1});
	p->w->now = p->m.now = until;
	p->held = true;
}

static void flow(struct play *p, const struct step *step)
{
	const struct step_record *r = &step->records[0];
	struct addr source = step->link == UP ? world_letter(p->w->family, r->letters[0])
					      : world_source(p->w->family, step->link, HOST);
	const struct world_entry *entry;

	if (!p->w->links[step->link].state.exists)
		return;
	world_packets(p->w, step->link, &source, r->group, PACKETS);
	entry = world_find_entry(p->w, &source, r->group);
	if (p->m.links[step->link].up && (!entry || entry->route.iif != step->link))
		snprintf(p->failure, sizeof(p->failure), "packets on link %u made no entry", step->link);
}

static void change_link(struct play *p, const struct step *step)
{
	struct world_link *l = &p->w->links[step->link];
	struct iface_settings settings = l->settings;

	if (step->kind == STEP_SETTINGS) {
		l->settings = p->others[step->link];
		p->others[step->link] = settings;
	} else if (step->kind == STEP_UP) {
		l->state.up = !l->state.up;
	} else if (step->kind == STEP_DELETE) {
		l->state.exists = !l->state.exists;
	} else {
		readdress(p, step->link, step->host);
	}
	tell(p, step->link);
}

static void apply(struct play *p, const struct step *step)
{
	switch (step->kind) {
	case STEP_SAY:
		say(p, step);
		break;
	case STEP_QUERY:
		ask(p, step);
		break;
	case STEP_WAIT:
		pass_to(p, mtime_after(p->m.now, step->span));
		break;
	case STEP_TIMER:
		wait_for_timer(p, step);
		break;
	case STEP_FLOW:
		flow(p, step);
		break;
	case STEP_UP:
	case STEP_DELETE:
	case STEP_ADDRESS:
	case STEP_SETTINGS:
		change_link(p, step);
		break;
	}
}

void play_step(struct play *p, const struct step *step)
{
	p->held = false;
	apply(p, step);
	if (p->failure[0] != '\0' || (p->held && !compare_sent(p)) || p->held)
		return;
	world_settle(p->w);
	model_settle(&p->m);
	if (!compare_sent(p) || !compare_link(p, step->link))
		return;
	for (unsigned int k = 0; k < STEP_RECORDS; k++)
		if (step->records[k].group != 0)
			compare_group(p, step->records[k].group);
}
