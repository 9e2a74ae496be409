#include "walk.h"

#include "proxy.h"

void walk_init(struct walk *w, const struct proxy *const *proxies, enum walk_over over)
{
	*w = (struct walk){.proxies = proxies, .over = over};
}

void walk_fini(struct walk *w)
{
	roster_fini(&w->roster);
}

static void next_family(struct walk *w)
{
	roster_fini(&w->roster);
	w->begun = false;
	w->family++;
}

static void begin(struct walk *w)
{
	const struct proxy *p = w->proxies[w->family];

	if (w->over == WALK_FLOWS)
		roster_init(&w->roster, &p->mfc.table, roster_flow);
	else
		roster_init(&w->roster, &p->db.table, roster_group);
	w->begun = true;
}

enum walk_state walk_next(struct walk *w, size_t max, struct roster_key *key)
{
	enum roster_state state;

	while (w->family < FAMILY_COUNT && !w->proxies[w->family])
		w->family++;
	if (w->family == FAMILY_COUNT)
		return WALK_END;
	if (!w->begun)
		begin(w);
	state = roster_collect(&w->roster, max);
	if (state != ROSTER_READY)
		return state == ROSTER_MORE ? WALK_MORE : WALK_NO_MEMORY;
	if (roster_next(&w->roster, key))
		return WALK_KEY;
	next_family(w);
	return WALK_MORE;
}
