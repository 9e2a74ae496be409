#include "views.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "grid.h"
#include "quantity.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))

/* --- cells --- */

static bool is_known(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	return value && !json_is_null(value);
}

static void put_word(struct grid *g, const json_t *object, const char *name)
{
	grid_put(g, answer_word(object, name));
}

static void put_count(struct grid *g, const json_t *object, const char *name)
{
	if (is_known(object, name))
		grid_printf(g, "%llu", (unsigned long long)answer_count(object, name));
	else
		grid_put(g, NULL);
}

static void put_bytes(struct grid *g, const json_t *object, const char *name)
{
	char text[QUANTITY_STRLEN];

	grid_put(g, is_known(object, name) ? quantity_bytes(answer_count(object, name), text) : NULL);
}

static void put_span(struct grid *g, const json_t *object, const char *name)
{
	char text[QUANTITY_STRLEN];

	grid_put(g, is_known(object, name) ? quantity_span(answer_real(object, name), text) : NULL);
}

static void put_latency(struct grid *g, const json_t *object, const char *name)
{
	char text[QUANTITY_STRLEN];

	grid_put(g, is_known(object, name) ? quantity_latency(answer_real(object, name), text) : NULL);
}

/* A question mark behind what a probe could still prove wrong. */
static void put_reason(struct grid *g, const json_t *object)
{
	const char *reason = answer_word(object, "reason");
	const json_t *certain = json_object_get(object, "certain");

	if (reason)
		grid_printf(g, "%s%s", reason, json_is_false(certain) && strcmp(reason, "forwarding") != 0 ? "?" : "");
	else
		grid_put(g, NULL);
}

/* "exclude", and with how many sources, if there are any. */
static void put_mode(struct grid *g, const json_t *object)
{
	const char *mode = answer_word(object, "mode");
	size_t n = json_array_size(json_object_get(object, "sources"));

	if (!mode || n == 0)
		grid_put(g, mode);
	else
		grid_printf(g, "%s %zu", mode, n);
}

/* As long as it is: a list of sources is never cut. */
static void put_list(struct grid *g, const json_t *array)
{
	char *text = NULL;
	size_t size, k;
	FILE *out = open_memstream(&text, &size);
	json_t *word;

	if (!out) {
		g->failed = true;
		return;
	}
	json_array_foreach(array, k, word)
		fprintf(out, "%s%s", k > 0 ? "," : "", json_is_string(word) ? json_string_value(word) : "?");
	if (fclose(out) == 0)
		grid_put(g, text);
	else
		g->failed = true;
	free(text);
}

static void put_rates(struct grid *g, const struct view *view, const json_t *element)
{
	char text[QUANTITY_STRLEN];
	struct rate rate;

	if (!view->rates || !rates_find(view->rates, element, &rate)) {
		grid_put(g, NULL);
		grid_put(g, NULL);
		return;
	}
	grid_put(g, quantity_rate(rate.packets, text));
	grid_put(g, quantity_rate(rate.bits, text));
}

/* The sum over all reasons, or protocols. */
static void put_sum(struct grid *g, const json_t *object, const char *name)
{
	json_t *counts = json_object_get(object, name), *count;
	unsigned long long sum = 0;
	const char *key;

	json_object_foreach(counts, key, count)
		sum += (unsigned long long)json_integer_value(count);
	if (counts)
		grid_printf(g, "%llu", sum);
	else
		grid_put(g, NULL);
}

/* --- tables --- */

/* Prints the table and ends it; an empty one says so, since no line at all could also be a failure. */
static bool finish(const struct view *view, struct grid *g, const char *empty)
{
	bool ok = !g->failed;

	if (ok && g->n_cells == 0)
		fprintf(view->out, "%s\n", empty);
	else
		ok = grid_print(g, view->out, view->width, SIZE_MAX);
	grid_fini(g);
	return ok;
}

/* A table with one row for each element of the array. */
static bool each_element(const struct view *view, const json_t *array, struct grid *g,
			 void (*put)(struct grid *, const struct view *, const json_t *), const char *empty)
{
	const json_t *element;
	size_t k;

	json_array_foreach(array, k, element)
		put(g, view, element);
	return finish(view, g, empty);
}

/* --- interfaces --- */

static const struct grid_column interface_columns[] = {
	{"Interface", GRID_NAME, 0}, {"Family", GRID_WORD, 0},	  {"Role", GRID_WORD, 0},     {"State", GRID_WORD, 0},
	{"Error", GRID_WORD, 1},     {"Protocol", GRID_WORD, 4},  {"Groups", GRID_NUMBER, 1}, {"Querier", GRID_ADDR, 2},
	{"Expires", GRID_NUMBER, 7}, {"Reports", GRID_NUMBER, 3}, {"Leaves", GRID_NUMBER, 5}, {"Queries", GRID_NUMBER, 6},
	{"In", GRID_NUMBER, 4},	     {"Out", GRID_NUMBER, 4},	  {"Bytes in", GRID_NUMBER, 8}, {"Bytes out", GRID_NUMBER, 8},
	{"Bad", GRID_NUMBER, 6},     {"Address", GRID_ADDR, 7},
};

static void put_querier(struct grid *g, const json_t *family)
{
	const json_t *querier = json_object_get(family, "querier");

	if (answer_is_true(querier, "self"))
		grid_put(g, "self");
	else
		put_word(g, querier, "address");
}

static void put_interface(struct grid *g, const json_t *interface, const json_t *family)
{
	const json_t *counters = json_object_get(family, "counters");
	const json_t *traffic = json_object_get(family, "traffic");

	put_word(g, interface, "name");
	put_word(g, family, "family");
	put_word(g, interface, "role");
	put_word(g, family, "state");
	put_word(g, family, "errno");
	put_word(g, family, "protocol");
	put_count(g, family, "groups");
	put_querier(g, family);
	put_span(g, json_object_get(family, "querier"), "expires");
	put_sum(g, counters, "reports");
	put_count(g, counters, "leaves");
	put_sum(g, counters, "queries_sent");
	put_count(g, traffic, "packets_in");
	put_count(g, traffic, "packets_out");
	put_bytes(g, traffic, "bytes_in");
	put_bytes(g, traffic, "bytes_out");
	put_sum(g, counters, "malformed");
	put_word(g, family, "address");
}

static void put_families(struct grid *g, const struct view *view, const json_t *interface)
{
	const json_t *family;
	size_t k;

	(void)view;
	json_array_foreach(json_object_get(interface, "families"), k, family)
		put_interface(g, interface, family);
}

bool view_interfaces(const struct view *view, const json_t *answer)
{
	struct grid g;

	grid_init(&g, interface_columns, N(interface_columns));
	return each_element(view, json_object_get(answer, "interfaces"), &g, put_families, "no interface is configured");
}

/* --- groups --- */

static const struct grid_column group_columns[] = {
	{"Group", GRID_ADDR, 0},     {"Iface", GRID_NAME, 0},	 {"Mode", GRID_WORD, 2},      {"Hosts", GRID_NUMBER, 3},
	{"Reason", GRID_WORD, 0},    {"Reporter", GRID_ADDR, 6}, {"Uptime", GRID_NUMBER, 5},  {"Expires", GRID_NUMBER, 4},
	{"Packets", GRID_NUMBER, 1}, {"Bytes", GRID_NUMBER, 3},	 {"Packets/s", GRID_NUMBER, GRID_IF_ANY}, {"Bit/s", GRID_NUMBER, GRID_IF_ANY},
	{"Blocked", GRID_NUMBER, 8}, {"Wrong-if", GRID_NUMBER, 7}, {"Reports", GRID_NUMBER, 8}, {"Leaves", GRID_NUMBER, 9},
	{"Queries", GRID_NUMBER, 9}, {"Upstream", GRID_WORD, 7}, {"Zap", GRID_NUMBER, 9},
};

/* What is counted for the group as a whole. */
static void put_group_traffic(struct grid *g, const struct view *view, const json_t *group)
{
	put_count(g, group, "forwarded_packets");
	put_bytes(g, group, "forwarded_bytes");
	put_rates(g, view, group);
	put_count(g, group, "blocked_packets");
	put_count(g, group, "wrong_interface_packets");
}

/* member NULL: nobody asks for it, what is told is the group's own. */
static void put_membership(struct grid *g, const struct view *view, const json_t *group, const json_t *member)
{
	const json_t *upstream = json_object_get(group, "upstream");

	put_word(g, group, "group");
	put_word(g, member, "interface");
	put_mode(g, member);
	put_count(g, member, "hosts");
	put_reason(g, member ? member : group);
	grid_put(g, answer_is_true(member, "static") ? "static" : answer_word(member, "last_reporter"));
	put_span(g, member, "uptime");
	put_span(g, member, "expires");
	put_group_traffic(g, view, group);
	put_count(g, member ? member : group, "reports");
	put_count(g, member ? member : group, "leaves");
	put_count(g, member ? member : group, "queries_sent");
	put_word(g, upstream, "state");
	put_latency(g, group, "last_join_to_forward");
}

static void put_group(struct grid *g, const struct view *view, const json_t *group)
{
	const json_t *members = json_object_get(group, "members");
	const json_t *member;
	size_t k;

	json_array_foreach(members, k, member)
		put_membership(g, view, group, member);
	if (json_array_size(members) == 0)
		put_membership(g, view, group, NULL);
}

bool view_groups(const struct view *view, const json_t *answer)
{
	struct grid g;

	grid_init(&g, group_columns, N(group_columns));
	return each_element(view, json_object_get(answer, "groups"), &g, put_group, "no group is asked for");
}

/* --- routes --- */

static const struct grid_column route_columns[] = {
	{"Group", GRID_ADDR, 0},       {"Source", GRID_ADDR, 0},    {"In", GRID_NAME, 0},	 {"Reason", GRID_WORD, 0},
	{"Error", GRID_WORD, 2},       {"Packets", GRID_NUMBER, 1}, {"Bytes", GRID_NUMBER, 4},	 {"Packets/s", GRID_NUMBER, GRID_IF_ANY},
	{"Bit/s", GRID_NUMBER, GRID_IF_ANY},     {"Age", GRID_NUMBER, 5},	    {"Idle", GRID_NUMBER, 4},	 {"Blocked", GRID_NUMBER, 6},
	{"Wrong-if", GRID_NUMBER, 6},  {"Out", GRID_LIST, 0},
};

static void put_route(struct grid *g, const struct view *view, const json_t *route)
{
	put_word(g, route, "group");
	put_word(g, route, "source");
	put_word(g, route, "iif");
	put_reason(g, route);
	put_word(g, route, "errno");
	put_count(g, route, "packets");
	put_bytes(g, route, "bytes");
	put_rates(g, view, route);
	put_span(g, route, "age");
	put_span(g, route, "idle");
	put_count(g, route, "blocked_packets");
	put_count(g, route, "wrong_interface_packets");
	put_list(g, json_object_get(route, "oifs"));
}

bool view_routes(const struct view *view, const json_t *answer)
{
	struct grid g;

	grid_init(&g, route_columns, N(route_columns));
	return each_element(view, json_object_get(answer, "routes"), &g, put_route, "no stream was seen");
}

/* --- members, upstream --- */

static const struct grid_column member_columns[] = {
	{"Group", GRID_ADDR, 0},  {"Interface", GRID_NAME, 0}, {"Host", GRID_ADDR, 0},
	{"Mode", GRID_WORD, 0},	  {"Expires", GRID_NUMBER, 1}, {"Sources", GRID_LIST, 1},
};

static void put_member(struct grid *g, const struct view *view, const json_t *member)
{
	(void)view;
	put_word(g, member, "group");
	put_word(g, member, "interface");
	put_word(g, member, "host");
	put_word(g, member, "mode");
	put_span(g, member, "expires");
	put_list(g, json_object_get(member, "sources"));
}

bool view_members(const struct view *view, const json_t *answer)
{
	struct grid g;

	grid_init(&g, member_columns, N(member_columns));
	return each_element(view, json_object_get(answer, "members"), &g, put_member, "no host is known by its address");
}

static const struct grid_column upstream_columns[] = {
	{"Group", GRID_ADDR, 0}, {"Interface", GRID_NAME, 0}, {"State", GRID_WORD, 0},	    {"Mode", GRID_WORD, 0},
	{"Error", GRID_WORD, 1}, {"Retry", GRID_NUMBER, 1},   {"Failures", GRID_NUMBER, 2}, {"Sources", GRID_LIST, 1},
};

static void put_upstream(struct grid *g, const struct view *view, const json_t *subscription)
{
	(void)view;
	put_word(g, subscription, "group");
	put_word(g, subscription, "interface");
	put_word(g, subscription, "state");
	put_word(g, subscription, "mode");
	put_word(g, subscription, "errno");
	put_span(g, subscription, "retry");
	put_count(g, subscription, "failures");
	put_list(g, json_object_get(subscription, "sources"));
}

bool view_upstream(const struct view *view, const json_t *answer)
{
	struct grid g;

	grid_init(&g, upstream_columns, N(upstream_columns));
	return each_element(view, json_object_get(answer, "upstream"), &g, put_upstream, "nothing is subscribed to upstream");
}

/* --- limits, drops --- */

static const struct grid_column limit_columns[] = {
	{"Limit", GRID_WORD, 0},  {"Interface", GRID_NAME, 1}, {"Family", GRID_WORD, 1},
	{"Value", GRID_NUMBER, 0}, {"Used", GRID_NUMBER, 0},	{"Reached", GRID_NUMBER, 0},
};

static void put_limit(struct grid *g, const struct view *view, const json_t *limit)
{
	(void)view;
	put_word(g, limit, "limit");
	put_word(g, limit, "interface");
	put_word(g, limit, "family");
	put_count(g, limit, "value");
	put_count(g, limit, "used");
	put_count(g, limit, "reached");
}

bool view_limits(const struct view *view, const json_t *answer)
{
	struct grid g;

	grid_init(&g, limit_columns, N(limit_columns));
	return each_element(view, json_object_get(answer, "limits"), &g, put_limit, "no limit is known");
}

static const struct grid_column drop_columns[] = {
	{"Kind", GRID_WORD, 0},	  {"Reason", GRID_WORD, 0},  {"Interface", GRID_NAME, 1},
	{"Family", GRID_WORD, 1}, {"Count", GRID_NUMBER, 0},
};

static void put_drop(struct grid *g, const struct view *view, const json_t *drop)
{
	(void)view;
	put_word(g, drop, "kind");
	put_word(g, drop, "reason");
	put_word(g, drop, "interface");
	put_word(g, drop, "family");
	put_count(g, drop, "count");
}

bool view_drops(const struct view *view, const json_t *answer)
{
	struct grid g;

	grid_init(&g, drop_columns, N(drop_columns));
	return each_element(view, json_object_get(answer, "drops"), &g, put_drop, "nothing was dropped");
}

static const struct grid_column filter_columns[] = {
	{"Interface", GRID_NAME, 0}, {"Family", GRID_WORD, 1}, {"Rule", GRID_NUMBER, 0},
	{"Hits", GRID_NUMBER, 0},    {"Text", GRID_WORD, 0},
};

static void put_filter(struct grid *g, const struct view *view, const json_t *filter)
{
	(void)view;
	put_word(g, filter, "interface");
	put_word(g, filter, "family");
	put_count(g, filter, "rule");
	put_count(g, filter, "hits");
	put_word(g, filter, "text");
}

bool view_filters(const struct view *view, const json_t *answer)
{
	const json_t *filters = json_object_get(answer, "filters");
	struct grid g;

	if (json_array_size(filters) == 0)
		return true;
	fputc('\n', view->out);
	grid_init(&g, filter_columns, N(filter_columns));
	return each_element(view, filters, &g, put_filter, "");
}

static const struct grid_column refused_columns[] = {
	{"Group", GRID_ADDR, 0},  {"Source", GRID_ADDR, 0}, {"Interface", GRID_NAME, 0}, {"Refused", GRID_WORD, 0},
	{"Rule", GRID_NUMBER, 1}, {"Limit", GRID_WORD, 1},  {"Count", GRID_NUMBER, 0},	 {"Ago", GRID_NUMBER, 1},
};

static void put_refused(struct grid *g, const struct view *view, const json_t *refused)
{
	(void)view;
	put_word(g, refused, "group");
	put_word(g, refused, "source");
	put_word(g, refused, "interface");
	put_word(g, refused, "why");
	put_count(g, refused, "rule");
	put_word(g, refused, "limit");
	put_count(g, refused, "count");
	put_span(g, refused, "age");
}

bool view_refused(const struct view *view, const json_t *answer)
{
	const json_t *refused = json_object_get(answer, "refused");
	struct grid g;

	if (json_array_size(refused) == 0)
		return true;
	fputc('\n', view->out);
	grid_init(&g, refused_columns, N(refused_columns));
	return each_element(view, refused, &g, put_refused, "");
}
