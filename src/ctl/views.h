/* The tables of `mcast-proxyctl show`: one function each, from the daemon's JSON to lines of text. */
#ifndef CTL_VIEWS_H
#define CTL_VIEWS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "rates.h"

/* Where a view is written to, and what it may know besides its answer. */
struct view {
	FILE *out;
	size_t width;
	const struct rates *rates; /* NULL: no rates were asked for */
};

/* An array of the answer, as the daemon calls it (/json/NAME). False when memory was short. */
typedef bool view_function(const struct view *view, const json_t *answer);

view_function view_interfaces, view_groups, view_routes, view_members, view_upstream, view_limits, view_drops;

/* The parts that `show drops` adds below, if there is something in them. */
view_function view_filters, view_refused;

#endif
