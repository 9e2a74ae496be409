#include "retired.h"

#include <stdlib.h>
#include <string.h>

#include "iface.h"

struct retired_iface {
	TAILQ_ENTRY(retired_iface) entry;
	char name[IFSTATE_NAME_BYTES];
	struct iface_counters counters;
	struct errno_counts send_errors;
};

void retired_init(struct retired *r)
{
	*r = (struct retired){0};
	TAILQ_INIT(&r->list);
}

static void forget(struct retired *r, struct retired_iface *one)
{
	TAILQ_REMOVE(&r->list, one, entry);
	r->n--;
	free(one);
}

void retired_fini(struct retired *r)
{
	struct retired_iface *one;

	while ((one = TAILQ_FIRST(&r->list)) != NULL)
		forget(r, one);
}

static struct retired_iface *find(const struct retired *r, const char *name)
{
	struct retired_iface *one;

	TAILQ_FOREACH(one, &r->list, entry)
		if (strcmp(one->name, name) == 0)
			return one;
	return NULL;
}

static void make_room(struct retired *r)
{
	struct retired_iface *oldest = TAILQ_FIRST(&r->list);

	if (r->n < RETIRED_MAX)
		return;
	iface_counters_add(&r->others, &oldest->counters);
	forget(r, oldest);
}

/* NULL: no memory. */
static struct retired_iface *remember(struct retired *r, const char *name)
{
	struct retired_iface *one = calloc(1, sizeof(*one));

	if (!one)
		return NULL;
	make_room(r);
	strlcpy(one->name, name, sizeof(one->name));
	TAILQ_INSERT_TAIL(&r->list, one, entry);
	r->n++;
	return one;
}

void retired_keep(struct retired *r, struct iface *i)
{
	struct retired_iface *one = find(r, i->name);

	if (!one)
		one = remember(r, i->name);
	iface_counters_add(one ? &one->counters : &r->others, &i->counters);
	if (one)
		errno_counts_merge(&one->send_errors, &i->send_errors);
	i->counters = (struct iface_counters){0};
	i->send_errors = (struct errno_counts){0};
}

void retired_give_back(struct retired *r, const char *name, struct iface *i)
{
	struct retired_iface *one = find(r, name);

	if (!one)
		return;
	i->counters = one->counters;
	i->send_errors = one->send_errors;
	forget(r, one);
}

void retired_sum(const struct retired *r, struct iface_counters *sum)
{
	const struct retired_iface *one;

	iface_counters_add(sum, &r->others);
	TAILQ_FOREACH(one, &r->list, entry)
		iface_counters_add(sum, &one->counters);
}
