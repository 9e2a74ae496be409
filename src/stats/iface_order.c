#include "iface_order.h"

#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
	const struct iface *const *left = a;
	const struct iface *const *right = b;

	return strcmp((*left)->name, (*right)->name);
}

void iface_order_init(struct iface_order *order, const struct proxy *p)
{
	const struct iface *i;
	size_t n = 0;

	*order = (struct iface_order){0};
	if (!p)
		return;
	TAILQ_FOREACH(i, &p->ifaces, entry)
		n++;
	order->list = calloc(n + 1, sizeof(*order->list));
	if (!order->list)
		return;
	TAILQ_FOREACH(i, &p->ifaces, entry)
		order->list[order->n++] = i;
	qsort(order->list, order->n, sizeof(*order->list), compare);
}

void iface_order_fini(struct iface_order *order)
{
	free(order->list);
	*order = (struct iface_order){0};
}

/* --- names --- */

static int compare_names(const void *a, const void *b)
{
	const char *const *left = a;
	const char *const *right = b;

	return strcmp(*left, *right);
}

static size_t count_names(const struct stats *stats)
{
	size_t n = stats->n_links;
	const struct iface *i;

	for (enum family f = 0; f < FAMILY_COUNT; f++)
		if (stats->proxies[f])
			TAILQ_FOREACH(i, &stats->proxies[f]->ifaces, entry)
				n++;
	return n;
}

static void collect_names(struct name_list *names, const struct stats *stats)
{
	const struct iface *i;

	for (enum family f = 0; f < FAMILY_COUNT; f++)
		if (stats->proxies[f])
			TAILQ_FOREACH(i, &stats->proxies[f]->ifaces, entry)
				names->list[names->n++] = i->name;
	for (size_t k = 0; k < stats->n_links; k++)
		if (stats->links[k].settings->role != ROLE_DISABLED)
			names->list[names->n++] = stats->links[k].name;
}

static void drop_repeats(struct name_list *names)
{
	size_t kept = 0;

	for (size_t k = 0; k < names->n; k++)
		if (kept == 0 || strcmp(names->list[kept - 1], names->list[k]) != 0)
			names->list[kept++] = names->list[k];
	names->n = kept;
}

void name_list_init(struct name_list *names, const struct stats *stats)
{
	*names = (struct name_list){.list = calloc(count_names(stats) + 1, sizeof(const char *))};
	if (!names->list)
		return;
	collect_names(names, stats);
	qsort(names->list, names->n, sizeof(*names->list), compare_names);
	drop_repeats(names);
}

void name_list_fini(struct name_list *names)
{
	free(names->list);
	*names = (struct name_list){0};
}
