/*
 * The effects of the core: everything it wants done to the world. Three rules:
 * an op never calls back into the proxy; an int is 0 or -errno, which the core
 * records and answers by trying again later; ctx is the caller's, passed through.
 */
#ifndef CORE_OPS_H
#define CORE_OPS_H

#include <stdbool.h>
#include <stdint.h>

#include "counters.h"
#include "event.h"
#include "gm.h"
#include "mroute.h"
#include "srcset.h"

struct proxy_ops {
	/* Make the interface one that forwards; again for another threshold. -ENFILE: no room. */
	int (*iface_start)(void *ctx, uint32_t ifindex, bool downstream, unsigned int threshold);
	/* No route names it any more. counted: all that it has forwarded since it was started. */
	void (*iface_stop)(void *ctx, uint32_t ifindex, struct traffic *counted);

	/* src is the interface's own address; the sources fit into one packet of the interface's MTU. */
	int (*send_query)(void *ctx, uint32_t ifindex, const struct addr *src, const struct gm_query *query);
	/* How many sources a query may carry. */
	size_t (*max_query_sources)(void *ctx, uint32_t mtu);

	/* The one merged subscription of a group (RFC 4605 section 4.1); INCLUDE of nothing leaves. */
	int (*subscribe)(void *ctx, uint32_t ifindex, const struct addr *group, enum gm_filter_mode mode,
			 const struct srcset *sources);
	/* The upstream is lost: forget all its subscriptions. */
	void (*unsubscribe_all)(void *ctx, uint32_t ifindex);

	int (*mroute_set)(void *ctx, const struct mroute *route);
	int (*mroute_del)(void *ctx, const struct addr *source, const struct addr *group);
	int (*mroute_count)(void *ctx, const struct addr *source, const struct addr *group, struct mroute_count *count);

	/*
	 * A record of a group has ended, on the interface of that name, or of its flows (NULL):
	 * what it had counted, for whoever adds up longer than the core remembers.
	 */
	void (*retire)(void *ctx, const struct addr *group, const char *iface, const struct group_totals *counted);

	/*
	 * Does somebody keep an account of this group, so that what it counts from now on is
	 * added up apart (proxy_counters.groups)? Asked when a group becomes known and, with
	 * joined, when it gets its first member on an interface, before that is counted.
	 * NULL: nobody does.
	 */
	bool (*account)(void *ctx, const struct addr *group, bool joined);

	/* The instant at which the last effect returned; for measuring how long things take, decisions use now. */
	struct mtime (*clock)(void *ctx);

	/*
	 * False: held back, told to nobody yet. What has to be told in the end may be
	 * emitted again later, then with again set; all else is not the core's concern.
	 */
	bool (*emit)(void *ctx, const struct event *event);
};

#endif
