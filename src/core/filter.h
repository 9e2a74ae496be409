/*
 * The ordered allow/deny list of a downstream interface (mcast-proxy.conf(5)): the
 * first rule that matches wins; when none does, it is allowed. A rule with a source
 * speaks of some flows of its groups only, so a group as a whole is refused only by
 * a rule without one.
 */
#ifndef CORE_FILTER_H
#define CORE_FILTER_H

#include <stdbool.h>
#include <stddef.h>

#include "addr.h"
#include "settings.h"

/* No rule decided. */
#define FILTER_NO_RULE ((size_t)-1)

/* May this source's flow to the group go out there? *rule: the index of what decided, or FILTER_NO_RULE. */
bool filter_allows_flow(const struct iface_settings *s, const struct addr *group, const struct addr *source,
			size_t *rule);

/* May the group be joined at all: is some source of it allowed? */
bool filter_allows_group(const struct iface_settings *s, const struct addr *group, size_t *rule);

/* Do both lists say the same? */
bool filter_is_same(const struct iface_settings *a, const struct iface_settings *b);

#endif
