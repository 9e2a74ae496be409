/* The interfaces of a family by name, so that two answers are in the same order. Good until the loop's next turn. */
#ifndef STATS_IFACE_ORDER_H
#define STATS_IFACE_ORDER_H

#include <stddef.h>

#include "proxy.h"
#include "stats.h"

struct iface_order {
	const struct iface **list;
	size_t n;
};

/* p NULL, or memory short: none. To be freed with iface_order_fini(). */
void iface_order_init(struct iface_order *order, const struct proxy *p);
void iface_order_fini(struct iface_order *order);

/* The names of all interfaces that have a role, there or not, each once. */
struct name_list {
	const char **list;
	size_t n;
};

void name_list_init(struct name_list *names, const struct stats *stats);
void name_list_fini(struct name_list *names);

#endif
