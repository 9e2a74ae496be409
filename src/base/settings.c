#include "settings.h"

#include <stdio.h>

char *filter_rule_format(const struct filter_rule *rule, char text[static FILTER_RULE_STRLEN])
{
	char group[PREFIX_STRLEN], source[PREFIX_STRLEN];

	snprintf(text, FILTER_RULE_STRLEN, "%s group %s%s%s", rule->allow ? "allow" : "deny",
		 prefix_format(&rule->group, group), rule->has_source ? " source " : "",
		 rule->has_source ? prefix_format(&rule->source, source) : "");
	return text;
}
