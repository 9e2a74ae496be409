#include <criterion/criterion.h>

#include "world.h"

/* A bare interface, without a proxy around it: what it is told and what follows. */
static struct iface *known(struct world *w, uint32_t link)
{
	struct iface *i = iface_new(&w->proxy->env);

	cr_assert_not_null(i);
	cr_assert(iface_learn(i, &w->links[link].state, &(struct iface_changes){0}));
	i->settings = &w->links[link].settings;
	i->role = i->settings->role;
	return i;
}

static bool speaks_from(const struct iface *i, struct addr a)
{
	return addr_equal(&i->address, &a);
}

static bool admits(const struct iface *i, struct addr a)
{
	return iface_admits(i, &a);
}

static bool on_link(const struct iface *i, struct addr a)
{
	return iface_is_on_link(i, &a);
}

Test(iface, speaks_from_the_lowest_address_that_its_protocol_allows)
{
	WORLDS(w) {
		struct ifstate_addr more[5];
		struct world_link *link = &w->links[DOWN1];
		struct iface *i;

		memcpy(more, link->addrs, sizeof(link->addrs));
		more[3] = (struct ifstate_addr){.addr = world_host(w->family, DOWN1, RIVAL2)};
		more[4] = (struct ifstate_addr){.addr = world_host(w->family, DOWN1, HIGHER)};
		i = known(w, DOWN1);
		cr_assert(speaks_from(i, world_host(w->family, DOWN1, ROUTER)));
		link->state.addrs = more;
		link->state.n_addrs = 5;
		cr_assert(iface_learn(i, &link->state, &(struct iface_changes){0}));
		cr_assert(speaks_from(i, world_host(w->family, DOWN1, RIVAL2)));
		iface_free(i);
	}
}

Test(iface, takes_no_tentative_address)
{
	WORLDS(w) {
		struct iface *i;

		for (size_t k = 0; k < 3; k++)
			w->links[DOWN1].addrs[k].tentative = true;
		i = known(w, DOWN1);
		cr_assert(addr_is_unspecified(&i->address));
		cr_assert_eq(iface_wanted(i, &w->links[DOWN1].state), IFACE_WAITING);
		iface_free(i);
	}
}

Test(iface, wants_a_link_then_multicast_then_an_address)
{
	WORLDS(w) {
		struct ifstate *state = &w->links[DOWN1].state;
		struct iface *i;

		state->n_addrs = 0;
		state->multicast = false;
		state->up = false;
		i = known(w, DOWN1);
		cr_assert_eq(iface_wanted(i, state), IFACE_DOWN);
		state->up = true;
		cr_assert_eq(iface_wanted(i, state), IFACE_NO_MULTICAST);
		state->multicast = true;
		cr_assert_eq(iface_wanted(i, state), IFACE_WAITING);
		state->n_addrs = 3;
		cr_assert(iface_learn(i, state, &(struct iface_changes){0}));
		cr_assert_eq(iface_wanted(i, state), IFACE_UP);
		iface_free(i);
	}
}

/* The kernel's host stack speaks there, and finds its own source. */
Test(iface, the_upstream_needs_no_address)
{
	WORLDS(w) {
		struct iface *i;

		w->links[UP].state.n_addrs = 0;
		i = known(w, UP);
		cr_assert_eq(iface_wanted(i, &w->links[UP].state), IFACE_UP);
		iface_free(i);
	}
}

Test(iface, knows_its_own_addresses)
{
	WORLDS(w) {
		struct iface *i = known(w, DOWN1);
		struct addr own = world_source(w->family, DOWN1, ROUTER);
		struct addr other = world_source(w->family, DOWN1, HOST);

		cr_assert(iface_is_own(i, &own));
		cr_assert_not(iface_is_own(i, &other));
		iface_free(i);
	}
}

/* Duplicate address detection has found it to be another's, or may yet. */
Test(iface, a_tentative_address_is_not_its_own)
{
	WORLDS(w) {
		struct addr duplicate = world_source(w->family, DOWN1, ROUTER);
		struct iface *i;

		for (size_t k = 0; k < 3; k++)
			w->links[DOWN1].addrs[k].tentative = true;
		i = known(w, DOWN1);
		cr_assert_not(iface_is_own(i, &duplicate));
		iface_free(i);
	}
}

Test(iface, its_networks_and_link_local_are_on_link)
{
	WORLDS(w) {
		struct iface *i = known(w, DOWN1);

		cr_assert(on_link(i, world_host(w->family, DOWN1, HOST)));
		cr_assert(on_link(i, world_source(w->family, DOWN1, 0x1234)));
		cr_assert_not(on_link(i, world_source(w->family, DOWN2, HOST)));
		iface_free(i);
	}
}

Test(iface, the_peer_of_a_point_to_point_link_is_on_link)
{
	WORLDS(w) {
		struct addr peer = world_source(w->family, DOWN4, 1);
		struct iface *i;

		for (size_t k = 0; k < 2; k++)
			w->links[DOWN1].addrs[k].peer = peer;
		i = known(w, DOWN1);
		cr_assert(on_link(i, peer));
		cr_assert(admits(i, peer));
		cr_assert_not(admits(i, world_source(w->family, DOWN4, 2)));
		iface_free(i);
	}
}

Test(iface, admits_its_networks_and_its_source_lines)
{
	WORLDS(w) {
		struct addr elsewhere = world_source(w->family, 77, 1);
		struct prefix lines[2] = {
			prefix_make(&(struct addr){{0x3f, 0xff}}, 16),
			prefix_make(&elsewhere, w->family == FAMILY_IPV4 ? 24 : 64),
		};
		struct iface *i = known(w, DOWN1);

		cr_assert(admits(i, world_source(w->family, DOWN1, 0x1234)));
		cr_assert_not(admits(i, elsewhere));
		w->links[DOWN1].settings.sources = lines;
		w->links[DOWN1].settings.n_sources = 2;
		cr_assert(admits(i, elsewhere));
		cr_assert_not(admits(i, world_source(w->family, 78, 1)));
		w->links[DOWN1].settings.source_any = true;
		cr_assert(admits(i, world_source(w->family, 78, 1)));
		iface_free(i);
	}
}

Test(iface, forwards_while_up_and_elected)
{
	WORLDS(w) {
		struct iface *i = known(w, DOWN1);

		i->querier.elected = true;
		cr_assert_not(iface_forwards(i), "it is not up");
		i->state = IFACE_UP;
		cr_assert(iface_forwards(i));
		i->querier.elected = false;
		cr_assert_not(iface_forwards(i));
		w->links[DOWN1].settings.always_forward = true;
		cr_assert(iface_forwards(i));
		iface_free(i);
	}
}

Test(iface, states_have_the_names_of_the_reasons)
{
	cr_assert_str_eq(iface_state_name(IFACE_WAITING), "waiting");
	cr_assert_str_eq(iface_state_name(IFACE_NO_MULTICAST), "no_multicast_flag");
	for (enum iface_state s = IFACE_WAITING; s < IFACE_STATES; s++)
		cr_assert_not_null(iface_state_name(s));
}
