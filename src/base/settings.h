/*
 * What an operator may ask of one interface: written by conf/, obeyed by core/,
 * which know nothing of each other. Units are in the types. The arrays belong to
 * whoever filled the struct (conf/); all others borrow them.
 */
#ifndef BASE_SETTINGS_H
#define BASE_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "addr.h"
#include "gm.h"
#include "mtime.h"

enum iface_role { ROLE_DISABLED, ROLE_UPSTREAM, ROLE_DOWNSTREAM };

/* One line of an ordered allow/deny list; the first that matches wins. */
struct filter_rule {
	bool allow;
	bool has_source;
	struct prefix group;
	struct prefix source; /* with has_source */
};

/* The rule as it stands in a configuration file; returns text. */
enum { FILTER_RULE_STRLEN = 2 * PREFIX_STRLEN + 24 };
char *filter_rule_format(const struct filter_rule *rule, char text[static FILTER_RULE_STRLEN]);

struct static_group {
	struct addr group;
	bool has_source;
	struct addr source; /* with has_source */
};

struct iface_settings {
	enum iface_role role;
	bool enabled[FAMILY_COUNT];
	bool from_pattern; /* no name stands for this interface alone: one that comes back may be another's */

	/* RFC 9776 section 8; base units, the derived ones are core/params.h. */
	struct mspan query_interval;
	struct mspan query_response_interval;
	struct mspan last_member_query_interval;
	unsigned int robustness;
	unsigned int last_member_query_count;
	enum gm_generation version[FAMILY_COUNT]; /* the highest that we speak */

	unsigned int threshold; /* TTL, 1 to 255; IPv4 only on Linux */
	unsigned int max_groups;
	unsigned int max_sources;
	bool fast_leave;
	bool ssm_strict;
	bool always_forward;

	bool source_any;
	struct prefix *sources;
	size_t n_sources;
	struct filter_rule *rules;
	size_t n_rules;
	struct static_group *statics;
	size_t n_statics;
};

#endif
