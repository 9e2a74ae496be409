#include "statics.h"

#include <stdlib.h>

#include "iface.h"
#include "mfc.h"

static bool is_static_of(const struct group *g, const struct static_group *want)
{
	if (!addr_equal(&g->addr, &want->group))
		return false;
	if (!want->has_source)
		return g->mode == GM_EXCLUDE;
	return g->mode == GM_INCLUDE && addr_equal(&g->sources[0].addr, &want->source);
}

static bool has_static(const struct iface *i, const struct static_group *want)
{
	for (size_t k = 0; k < i->n_statics; k++)
		if (is_static_of(i->statics[k], want))
			return true;
	return false;
}

static bool is_still_static(const struct iface *i, const struct group *g)
{
	for (size_t k = 0; k < i->settings->n_statics; k++)
		if (is_static_of(g, &i->settings->statics[k]))
			return true;
	return false;
}

static void add(struct mfc *mfc, struct iface *i, const struct static_group *want)
{
	struct group **list = realloc(i->statics, (i->n_statics + 1) * sizeof(struct group *));
	struct membership *m = list ? memberdb_get(mfc->db, &want->group) : NULL;
	struct group *g = m ? group_new_static(&want->group, want->has_source ? &want->source : NULL) : NULL;

	if (list)
		i->statics = list;
	if (!g) {
		mfc->env->counters.no_memory++;
		if (m)
			memberdb_release(mfc->db, m);
		return;
	}
	g->querier = &i->querier;
	i->statics[i->n_statics++] = g;
	memberdb_link(m, g);
	mfc_interest_changed(mfc, m);
}

static void take_out(struct mfc *mfc, struct iface *i, size_t k)
{
	struct group *g = i->statics[k];
	struct membership *m = g->membership;

	i->statics[k] = i->statics[--i->n_statics];
	memberdb_unlink(m, g);
	mfc_interest_changed(mfc, m);
	memberdb_release(mfc->db, m);
	group_free(g);
}

/* Adds before it removes: a group whose sources change must not be left meanwhile. */
void statics_sync(struct mfc *mfc, struct iface *i)
{
	for (size_t k = 0; k < i->settings->n_statics; k++) {
		const struct static_group *want = &i->settings->statics[k];

		if (addr_family(&want->group) == mfc->env->proto->family && !has_static(i, want))
			add(mfc, i, want);
	}
	for (size_t k = i->n_statics; k > 0; k--)
		if (!is_still_static(i, i->statics[k - 1]))
			take_out(mfc, i, k - 1);
}

void statics_remove_all(struct mfc *mfc, struct iface *i)
{
	while (i->n_statics > 0)
		take_out(mfc, i, i->n_statics - 1);
}

void statics_free(struct iface *i)
{
	while (i->n_statics > 0) {
		struct group *g = i->statics[--i->n_statics];

		memberdb_unlink(g->membership, g);
		group_free(g);
	}
}
