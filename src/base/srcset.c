#include "srcset.h"

#include <stdlib.h>
#include <string.h>

void srcset_init(struct srcset *set)
{
	*set = SRCSET_EMPTY;
}

void srcset_fini(struct srcset *set)
{
	free(set->addrs);
	*set = SRCSET_EMPTY;
}

void srcset_clear(struct srcset *set)
{
	set->count = 0;
}

void srcset_swap(struct srcset *a, struct srcset *b)
{
	struct srcset was = *a;

	*a = *b;
	*b = was;
}

/* The index of a, or where it would have to stand. */
static size_t position(const struct srcset *set, const struct addr *a)
{
	size_t low = 0;
	size_t high = set->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (addr_cmp(&set->addrs[middle], a) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool reserve(struct srcset *set, uint32_t count)
{
	uint32_t capacity = set->capacity ? set->capacity : 4;
	struct addr *grown;

	if (count <= set->capacity)
		return true;
	while (capacity < count)
		capacity *= 2;
	grown = realloc(set->addrs, capacity * sizeof(*grown));
	if (!grown)
		return false;
	set->addrs = grown;
	set->capacity = capacity;
	return true;
}

bool srcset_contains(const struct srcset *set, const struct addr *a)
{
	size_t at = position(set, a);

	return at < set->count && addr_equal(&set->addrs[at], a);
}

bool srcset_add(struct srcset *set, const struct addr *a)
{
	size_t at = position(set, a);

	if (at < set->count && addr_equal(&set->addrs[at], a))
		return true;
	if (!reserve(set, set->count + 1))
		return false;
	memmove(&set->addrs[at + 1], &set->addrs[at], (set->count - at) * sizeof(*a));
	set->addrs[at] = *a;
	set->count++;
	return true;
}

bool srcset_equal(const struct srcset *a, const struct srcset *b)
{
	if (a->count != b->count)
		return false;
	return a->count == 0 || memcmp(a->addrs, b->addrs, a->count * sizeof(*a->addrs)) == 0;
}

bool srcset_copy(struct srcset *into, const struct srcset *from)
{
	if (into == from)
		return true;
	if (!reserve(into, from->count))
		return false;
	if (from->count > 0)
		memcpy(into->addrs, from->addrs, from->count * sizeof(*from->addrs));
	into->count = from->count;
	return true;
}

/* Merges from the back, so that it works in place. */
bool srcset_union(struct srcset *into, const struct srcset *other)
{
	uint32_t added = 0;
	uint32_t i = into->count;
	uint32_t j = other->count;
	uint32_t to;

	for (size_t k = 0; k < other->count; k++)
		added += srcset_contains(into, &other->addrs[k]) ? 0 : 1;
	if (!reserve(into, into->count + added))
		return false;
	to = into->count + added;
	into->count = to;
	while (j > 0) {
		int order = i > 0 ? addr_cmp(&into->addrs[i - 1], &other->addrs[j - 1]) : -1;

		if (i > 0 && order >= 0)
			into->addrs[--to] = into->addrs[--i];
		else
			into->addrs[--to] = other->addrs[j - 1];
		if (order <= 0)
			j--;
	}
	return true;
}

static void keep_if(struct srcset *into, const struct srcset *other, bool in_other)
{
	uint32_t kept = 0;

	for (size_t i = 0; i < into->count; i++)
		if (srcset_contains(other, &into->addrs[i]) == in_other)
			into->addrs[kept++] = into->addrs[i];
	into->count = kept;
}

void srcset_intersect(struct srcset *into, const struct srcset *other)
{
	keep_if(into, other, true);
}

void srcset_subtract(struct srcset *into, const struct srcset *other)
{
	keep_if(into, other, false);
}
