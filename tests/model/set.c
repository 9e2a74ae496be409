#include "set.h"

#include <err.h>

bool set_has(const struct set *s, const struct addr *a)
{
	for (size_t i = 0; i < s->n; i++)
		if (addr_equal(&s->addrs[i], a))
			return true;
	return false;
}

void set_put(struct set *s, const struct addr *a)
{
	if (set_has(s, a))
		return;
	if (s->n == SET_MAX)
		errx(1, "the model knows no sets of more than %d", SET_MAX);
	s->addrs[s->n++] = *a;
}

struct set set_of(const struct addrspan *span)
{
	struct set s = {.n = 0};

	for (size_t i = 0; i < span->count; i++) {
		struct addr a = addrspan_get(span, i);

		set_put(&s, &a);
	}
	return s;
}

struct set set_plus(const struct set *a, const struct set *b)
{
	struct set s = *a;

	for (size_t i = 0; i < b->n; i++)
		set_put(&s, &b->addrs[i]);
	return s;
}

struct set set_minus(const struct set *a, const struct set *b)
{
	struct set s = {.n = 0};

	for (size_t i = 0; i < a->n; i++)
		if (!set_has(b, &a->addrs[i]))
			set_put(&s, &a->addrs[i]);
	return s;
}

struct set set_times(const struct set *a, const struct set *b)
{
	struct set s = {.n = 0};

	for (size_t i = 0; i < a->n; i++)
		if (set_has(b, &a->addrs[i]))
			set_put(&s, &a->addrs[i]);
	return s;
}

bool set_same(const struct set *a, const struct set *b)
{
	return a->n == b->n && set_times(a, b).n == a->n;
}
