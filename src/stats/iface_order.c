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
