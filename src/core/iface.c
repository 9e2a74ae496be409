#include "iface.h"

#include <stdlib.h>
#include <string.h>

#include "filter.h"

const char *iface_state_name(enum iface_state state)
{
	static const char *const names[IFACE_STATES] = {
		[IFACE_WAITING] = "waiting",
		[IFACE_DOWN] = "down",
		[IFACE_NO_MULTICAST] = "no_multicast_flag",
		[IFACE_LIMIT] = "limit",
		[IFACE_FAILED] = "failed",
		[IFACE_UP] = "up",
	};

	return names[state];
}

/* So that who asks why can be told; of flows the cache itself notes the source too. */
static void note_limit(const struct iface *i, const char *limit, const struct addr *group, uint64_t value)
{
	struct refused what = {
		.ifindex = i->ifindex,
		.group = *group,
		.why = REFUSED_LIMIT,
		.limit = limit,
		.value = value,
	};

	refusals_note(&i->env->refusals, i->env->now, &what);
}

void iface_tell_limit(const struct iface *i, enum event_limit limit, const struct addr *group, uint64_t value)
{
	static const char *const names[LIMIT_KINDS] = {
		[LIMIT_GROUPS] = "groups",
		[LIMIT_SOURCES] = "sources",
		[LIMIT_FLOWS] = "mfc",
		[LIMIT_MEMORY] = "memory",
	};
	struct event event = {
		.kind = EVENT_LIMIT,
		.family = i->env->proto->family,
		.iface = i->name,
		.group = group,
		.word = names[limit],
		.cause = limit,
		.value = value,
	};

	if (limit == LIMIT_GROUPS || limit == LIMIT_SOURCES)
		note_limit(i, names[limit], group, value);
	i->env->ops->emit(i->env->ctx, &event);
}

struct iface *iface_new(struct env *env)
{
	struct iface *i = calloc(1, sizeof(*i));

	if (!i)
		return NULL;
	i->env = env;
	i->state = IFACE_WAITING;
	i->retry.kind = DEADLINE_IFACE_RETRY;
	i->querier.last_query_heard = MTIME_NEVER;
	i->up_since = i->last_report = MTIME_NEVER;
	i->tell_scope = (struct mtime){INT64_MIN};
	return i;
}

void iface_free(struct iface *i)
{
	deadline_cancel(&i->env->deadlines, &i->retry);
	srcset_fini(&i->refused);
	free(i->filter_hits);
	free(i->statics);
	free(i->addrs);
	free(i);
}

/*
 * What a router speaks from: the lowest address of the link, for MLD a link-local
 * one (RFC 9777 section 5.1.14); the row of the family tells which.
 */
static void choose_address(struct iface *i)
{
	bool found = false;

	i->address = addr_unspecified[i->env->proto->family];
	for (size_t k = 0; k < i->n_addrs; k++) {
		const struct ifstate_addr *a = &i->addrs[k];

		if (a->tentative || (i->env->proto->speaks_link_local && !addr_is_link_local(&a->addr)))
			continue;
		if (!found || addr_cmp(&a->addr, &i->address) < 0)
			i->address = a->addr;
		found = true;
	}
}

static bool same_networks(const struct iface *i, const struct ifstate_addr *addrs, size_t n)
{
	if (i->n_addrs != n)
		return false;
	for (size_t k = 0; k < n; k++)
		if (!prefix_equal(&i->addrs[k].network, &addrs[k].network) ||
		    !addr_equal(&i->addrs[k].peer, &addrs[k].peer))
			return false;
	return true;
}

bool iface_learn(struct iface *i, const struct ifstate *state, struct iface_changes *changes)
{
	struct ifstate_addr *addrs = NULL;
	size_t n = 0;

	if (state->n_addrs > 0) {
		addrs = calloc(state->n_addrs, sizeof(*addrs));
		if (!addrs)
			return false;
	}
	for (size_t k = 0; k < state->n_addrs; k++)
		if (addr_family(&state->addrs[k].addr) == i->env->proto->family)
			addrs[n++] = state->addrs[k];
	changes->sources = changes->sources || !same_networks(i, addrs, n);
	free(i->addrs);
	i->addrs = addrs;
	i->n_addrs = n;
	i->mtu = state->mtu;
	memcpy(i->name, state->name, sizeof(i->name));
	choose_address(i);
	return true;
}

static bool same_sources(const struct iface_settings *a, const struct iface_settings *b)
{
	if (a->source_any != b->source_any || a->n_sources != b->n_sources)
		return false;
	for (size_t k = 0; k < a->n_sources; k++)
		if (!prefix_equal(&a->sources[k], &b->sources[k]))
			return false;
	return true;
}

void iface_configure(struct iface *i, const struct iface_settings *settings, struct iface_changes *changes)
{
	const struct iface_settings *old = i->settings;

	i->settings = settings;
	changes->rules = !old || !filter_is_same(old, settings);
	changes->sources = changes->sources || !old || !same_sources(old, settings);
	changes->forwarding = !old || old->always_forward != settings->always_forward;
	if (!changes->rules)
		return;
	free(i->filter_hits);
	i->filter_hits = settings->n_rules > 0 ? calloc(settings->n_rules, sizeof(*i->filter_hits)) : NULL;
}

enum iface_state iface_wanted(const struct iface *i, const struct ifstate *state)
{
	if (!iface_mtu_suffices(i))
		return IFACE_WAITING;
	if (!state->up)
		return IFACE_DOWN;
	if (!state->multicast)
		return IFACE_NO_MULTICAST;
	/* The upstream sends nothing of ours; the host stack there chooses its own source. */
	if (i->settings->role == ROLE_DOWNSTREAM && addr_is_unspecified(&i->address))
		return IFACE_WAITING;
	return IFACE_UP;
}

bool iface_mtu_suffices(const struct iface *i)
{
	return i->mtu >= i->env->proto->min_mtu;
}

bool iface_is_absent(const struct iface *i)
{
	return i->ifindex == 0;
}

bool iface_is_own(const struct iface *i, const struct addr *a)
{
	for (size_t k = 0; k < i->n_addrs; k++)
		if (!i->addrs[k].tentative && addr_equal(&i->addrs[k].addr, a))
			return true;
	return false;
}

static bool in_networks(const struct iface *i, const struct addr *a)
{
	for (size_t k = 0; k < i->n_addrs; k++)
		if (prefix_contains(&i->addrs[k].network, a) || addr_equal(&i->addrs[k].peer, a))
			return true;
	return false;
}

bool iface_is_on_link(const struct iface *i, const struct addr *a)
{
	return addr_is_link_local(a) || in_networks(i, a);
}

bool iface_admits(const struct iface *i, const struct addr *source)
{
	const struct iface_settings *s = i->settings;

	if (s->source_any || in_networks(i, source))
		return true;
	for (size_t k = 0; k < s->n_sources; k++)
		if (prefix_contains(&s->sources[k], source))
			return true;
	return false;
}

bool iface_forwards(const struct iface *i)
{
	if (i->state != IFACE_UP)
		return false;
	return i->role == ROLE_UPSTREAM || i->querier.elected || i->settings->always_forward;
}
