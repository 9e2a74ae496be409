#include "filter.h"

static bool names_group(const struct filter_rule *rule, const struct addr *group)
{
	return prefix_contains(&rule->group, group);
}

bool filter_allows_flow(const struct iface_settings *s, const struct addr *group, const struct addr *source,
			size_t *rule)
{
	for (size_t k = 0; k < s->n_rules; k++) {
		const struct filter_rule *r = &s->rules[k];

		if (!names_group(r, group) || (r->has_source && !prefix_contains(&r->source, source)))
			continue;
		*rule = k;
		return r->allow;
	}
	*rule = FILTER_NO_RULE;
	return true;
}

bool filter_allows_group(const struct iface_settings *s, const struct addr *group, size_t *rule)
{
	for (size_t k = 0; k < s->n_rules; k++) {
		const struct filter_rule *r = &s->rules[k];

		/* "deny ... source" leaves the other sources to the rules behind it. */
		if (!names_group(r, group) || (r->has_source && !r->allow))
			continue;
		*rule = k;
		return r->allow;
	}
	*rule = FILTER_NO_RULE;
	return true;
}

static bool is_same_rule(const struct filter_rule *a, const struct filter_rule *b)
{
	return a->allow == b->allow && a->has_source == b->has_source && prefix_equal(&a->group, &b->group) &&
	       (!a->has_source || prefix_equal(&a->source, &b->source));
}

bool filter_is_same(const struct iface_settings *a, const struct iface_settings *b)
{
	if (a->n_rules != b->n_rules)
		return false;
	for (size_t k = 0; k < a->n_rules; k++)
		if (!is_same_rule(&a->rules[k], &b->rules[k]))
			return false;
	return true;
}
