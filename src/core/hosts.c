#include "hosts.h"

#include <stdlib.h>
#include <string.h>

/* --- room: a host takes one unit, and one for each source that it has memory for --- */

static bool take_one(struct hosts *h)
{
	if (h->room && h->room->used >= h->room->max)
		return false;
	if (h->room)
		h->room->used++;
	return true;
}

static void give_back(struct hosts *h, size_t units)
{
	if (h->room)
		h->room->used -= units;
}

static void free_host(struct hosts *h, struct host *host)
{
	give_back(h, 1 + host->sources.capacity);
	srcset_fini(&host->sources);
}

void hosts_fini(struct hosts *h)
{
	for (uint32_t i = 0; i < h->n; i++)
		free_host(h, &h->list[i]);
	if (h->list != &h->only)
		free(h->list);
	*h = (struct hosts){.room = h->room};
}

/* --- the list --- */

static uint32_t position(const struct hosts *h, const struct addr *addr)
{
	uint32_t low = 0;
	uint32_t high = h->n;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (addr_cmp(&h->list[middle].addr, addr) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool grow(struct hosts *h)
{
	uint32_t capacity = h->capacity ? h->capacity * 2 : 1;
	bool moves_out = h->list == &h->only;
	struct host *grown = &h->only;

	if (h->n < h->capacity)
		return true;
	if (capacity > 1)
		grown = realloc(moves_out ? NULL : h->list, capacity * sizeof(*grown));
	if (!grown)
		return false;
	if (moves_out)
		*grown = h->only;
	h->list = grown;
	h->capacity = capacity;
	return true;
}

static struct host *find(const struct hosts *h, const struct addr *addr)
{
	uint32_t at = position(h, addr);

	return at < h->n && addr_equal(&h->list[at].addr, addr) ? &h->list[at] : NULL;
}

/* A new entry, which wants nothing yet. NULL when there is no room, even for those that have gone. */
static struct host *insert(struct hosts *h, const struct addr *addr, struct mtime now)
{
	uint32_t at;

	if (h->n == h->capacity)
		hosts_expire(h, now);
	if (h->n >= HOSTS_MAX || !grow(h) || !take_one(h))
		return NULL;
	at = position(h, addr);
	memmove(&h->list[at + 1], &h->list[at], (h->n - at) * sizeof(*h->list));
	h->list[at] = (struct host){.addr = *addr, .mode = GM_INCLUDE};
	h->n++;
	return &h->list[at];
}

static void take_out(struct hosts *h, uint32_t at)
{
	free_host(h, &h->list[at]);
	h->n--;
	memmove(&h->list[at], &h->list[at + 1], (h->n - at) * sizeof(*h->list));
}

/* False when not all of them fit. */
static bool add(struct srcset *set, const struct addrspan *more, size_t max)
{
	for (size_t i = 0; i < more->count; i++) {
		struct addr a = addrspan_get(more, i);

		if (srcset_contains(set, &a))
			continue;
		if (set->count >= max || !srcset_add(set, &a))
			return false;
	}
	return true;
}

static bool subtract(struct srcset *set, const struct addrspan *less)
{
	struct srcset gone = SRCSET_EMPTY;
	bool done = true;

	for (size_t i = 0; i < less->count && done; i++) {
		struct addr a = addrspan_get(less, i);

		done = !srcset_contains(set, &a) || srcset_add(&gone, &a);
	}
	srcset_subtract(set, &gone);
	srcset_fini(&gone);
	return done;
}

static bool become(struct host *host, enum gm_filter_mode mode, const struct addrspan *sources, size_t max)
{
	host->mode = mode;
	srcset_clear(&host->sources);
	return sources->count == 0 || add(&host->sources, sources, max);
}

/*
 * RFC 9776 section 4.2.13, as what the sender's own state is now. IS_IN says that these
 * are wanted and nothing of others: a host answers a source-specific query with those
 * asked for that it wants, whatever its mode is (section 5.2). Changes of mode are TO_IN.
 */
static bool apply(struct host *host, const struct gm_record *record, size_t max)
{
	switch (record->type) {
	case GM_TO_IN:
		return become(host, GM_INCLUDE, &record->sources, max);
	case GM_IS_EX:
	case GM_TO_EX:
		return become(host, GM_EXCLUDE, &record->sources, max);
	case GM_IS_IN:
	case GM_ALLOW:
		return host->mode == GM_INCLUDE ? add(&host->sources, &record->sources, max)
						: subtract(&host->sources, &record->sources);
	case GM_BLOCK:
		return host->mode == GM_EXCLUDE ? add(&host->sources, &record->sources, max)
						: subtract(&host->sources, &record->sources);
	case GM_RECORD_TYPES:
		break;
	}
	return true;
}

/* What it took while it was applied is booked afterwards; false when that was too much. */
static bool book(struct hosts *h, const struct host *host, size_t capacity_before)
{
	if (!h->room)
		return true;
	h->room->used += host->sources.capacity - capacity_before;
	return h->room->used <= h->room->max;
}

void hosts_untracked(struct hosts *h, struct mtime until)
{
	/* Not like the group timer: a later report, with shorter intervals, may be another host's. */
	if (mtime_before(h->incomplete_until, until))
		h->incomplete_until = until;
}

static bool wants_nothing(const struct host *host)
{
	return host->mode == GM_INCLUDE && host->sources.count == 0;
}

/* Its entry as it is to be understood at now: one that has run out wants nothing any more. */
static struct host *get(struct hosts *h, const struct addr *addr, struct mtime now)
{
	struct host *host = find(h, addr);

	if (!host)
		return insert(h, addr, now);
	if (mtime_reached(host->until, now)) {
		host->mode = GM_INCLUDE;
		srcset_clear(&host->sources);
	}
	return host;
}

void hosts_report(struct hosts *h, const struct addr *addr, struct mtime now, struct mtime until,
		  const struct gm_record *record, size_t max_sources)
{
	struct host *host = get(h, addr, now);
	size_t capacity;
	bool fits;

	if (!host) {
		hosts_untracked(h, until);
		return;
	}
	host->until = until;
	capacity = host->sources.capacity;
	fits = apply(host, record, max_sources);
	fits = book(h, host, capacity) && fits;
	if (!fits)
		hosts_untracked(h, until);
	if (!fits || wants_nothing(host))
		take_out(h, (uint32_t)(host - h->list));
}

void hosts_expire(struct hosts *h, struct mtime now)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < h->n; i++) {
		if (mtime_reached(h->list[i].until, now))
			free_host(h, &h->list[i]);
		else
			h->list[kept++] = h->list[i];
	}
	h->n = kept;
}

bool hosts_is_complete(const struct hosts *h, struct mtime now)
{
	return mtime_reached(h->incomplete_until, now);
}

bool hosts_any_exclude(const struct hosts *h)
{
	for (uint32_t i = 0; i < h->n; i++)
		if (h->list[i].mode == GM_EXCLUDE)
			return true;
	return false;
}

static bool wants(const struct host *host, const struct addr *source)
{
	return srcset_contains(&host->sources, source) == (host->mode == GM_INCLUDE);
}

bool hosts_any_wants(const struct hosts *h, const struct addr *source)
{
	for (uint32_t i = 0; i < h->n; i++)
		if (wants(&h->list[i], source))
			return true;
	return false;
}
