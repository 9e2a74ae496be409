#include "admit.h"

#include "filter.h"
#include "iface.h"

static void count_hit(struct iface *i, size_t rule)
{
	if (rule != FILTER_NO_RULE && i->filter_hits)
		i->filter_hits[rule]++;
}

static bool excludes(enum gm_record_type type)
{
	return type == GM_IS_EX || type == GM_TO_EX;
}

/* Does it ask for sources that it names? */
static bool includes(enum gm_record_type type)
{
	return type == GM_IS_IN || type == GM_TO_IN || type == GM_ALLOW;
}

/*
 * RFC 9776 section 6.4 (and RFC 4604 section 2.2.1) want EXCLUDE records and messages
 * of older versions ignored in the SSM range. Providers depend on them being taken, so
 * that is a choice of the operator's.
 */
static bool passes_ssm(struct iface *i, enum gm_protocol protocol, const struct gm_record *record)
{
	bool odd = excludes(record->type) || gm_generation_of(protocol) < GM_GENERATION_3;

	if (!odd || !addr_is_ssm(&record->group))
		return true;
	if (!i->settings->ssm_strict) {
		i->counters.ssm_lenient++;
		return true;
	}
	i->counters.ignored[IGNORED_SSM]++;
	return false;
}

static bool passes_group_rules(struct iface *i, const struct addr *group)
{
	size_t rule;
	bool allowed = filter_allows_group(i->settings, group, &rule);

	count_hit(i, rule);
	if (!allowed)
		i->counters.ignored[IGNORED_FILTERED_GROUP]++;
	return allowed;
}

/* Keeps the sources that the rules allow; false when memory is short. */
static bool keep_allowed(struct iface *i, const struct gm_record *record, struct srcset *scratch)
{
	srcset_clear(scratch);
	for (size_t k = 0; k < record->sources.count; k++) {
		struct addr source = addrspan_get(&record->sources, k);
		size_t rule;

		if (!filter_allows_flow(i->settings, &record->group, &source, &rule)) {
			count_hit(i, rule);
			i->counters.ignored[IGNORED_FILTERED_SOURCE]++;
		} else if (!srcset_add(scratch, &source)) {
			i->env->counters.no_memory++;
			return false;
		}
	}
	return true;
}

bool admit_record(struct iface *i, enum gm_protocol protocol, const struct gm_record *record, struct srcset *scratch,
		  struct gm_record *out)
{
	if (addr_is_link_scope_group(&record->group)) {
		i->counters.ignored[IGNORED_LINK_LOCAL]++;
		return false;
	}
	if (!passes_ssm(i, protocol, record))
		return false;
	*out = *record;
	if (i->settings->n_rules == 0)
		return true;
	if (!passes_group_rules(i, &record->group))
		return false;
	if (!includes(record->type) || record->sources.count == 0)
		return true;
	if (!keep_allowed(i, record, scratch))
		return false;
	out->sources = addrspan_of(scratch->addrs, scratch->count);
	/* All that it asked for is denied: only a TO_IN still says something, that the rest is not wanted. */
	return scratch->count > 0 || record->type == GM_TO_IN;
}
