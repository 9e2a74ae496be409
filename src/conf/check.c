#include "check.h"

#include "parser.h"

/* What differs between the families in the words of the file. */
static const struct {
	enum option_id on;
	enum option_id version;
	/* The longest response time that each generation can say, in tenths of seconds; 0: it says none. */
	int64_t max_response[GM_GENERATION_3 + 1];
	const char *names[GM_GENERATION_3 + 1];
} families[FAMILY_COUNT] = {
	[FAMILY_IPV4] = {OPTION_IPV4, OPTION_IGMP_VERSION,
			 {[GM_GENERATION_2] = 255}, {[GM_GENERATION_2] = "IGMPv2"}},
	[FAMILY_IPV6] = {OPTION_IPV6, OPTION_MLD_VERSION,
			 {[GM_GENERATION_2] = 655}, {[GM_GENERATION_2] = "MLDv1"}},
};

static const struct draft *check_one_upstream(struct parser *p)
{
	const struct draft *upstream = NULL;

	for (size_t i = 0; i < p->drafts.count; i++) {
		const struct draft *draft = &p->drafts.items[i];
		const struct place *at = &draft->said[OPTION_UPSTREAM].at;

		if (draft->interface.settings.role != ROLE_UPSTREAM)
			continue;
		if (upstream == NULL)
			upstream = draft;
		else
			parser_error(p, at, "a second upstream interface, %s: the one of %s:%u is %s",
				     draft->interface.name, upstream->said[OPTION_UPSTREAM].at.file,
				     upstream->said[OPTION_UPSTREAM].at.line, upstream->interface.name);
	}
	return upstream;
}

/* Of two statements the one that was said last made the trouble. */
static const struct said *later(const struct draft *draft, enum option_id a, enum option_id b)
{
	return draft->said[a].order > draft->said[b].order ? &draft->said[a] : &draft->said[b];
}

static void check_times(struct parser *p, const struct draft *draft)
{
	const struct iface_settings *settings = &draft->interface.settings;

	if (mspan_cmp(settings->query_response_interval, settings->query_interval) < 0)
		return;
	parser_error(p, &later(draft, OPTION_QUERY_INTERVAL, OPTION_QUERY_RESPONSE_INTERVAL)->at,
		     "query-response-interval (%g) must be shorter than query-interval (%g)",
		     mspan_to_seconds(settings->query_response_interval),
		     mspan_to_seconds(settings->query_interval));
}

/* Older versions have less room for a time than the newest. */
static void check_response(struct parser *p, const struct draft *draft, enum family family, enum option_id option,
			   struct mspan time)
{
	enum gm_generation version = draft->interface.settings.version[family];
	int64_t max = families[family].max_response[version];

	if (max == 0 || mspan_cmp(time, mspan_ms(max * 100)) <= 0)
		return;
	parser_error(p, &later(draft, option, families[family].version)->at, "%s (%g): %s can say %g seconds at most",
		     options_table[option].name, mspan_to_seconds(time), families[family].names[version],
		     (double)max / 10);
}

static void check_downstream(struct parser *p, const struct draft *draft, const struct draft *upstream,
			     enum family family)
{
	const struct iface_settings *settings = &draft->interface.settings;
	const struct said *on = &draft->said[families[family].on];

	if (!settings->enabled[family])
		return;
	check_response(p, draft, family, OPTION_QUERY_RESPONSE_INTERVAL, settings->query_response_interval);
	check_response(p, draft, family, OPTION_LAST_MEMBER_QUERY_INTERVAL, settings->last_member_query_interval);
	if (upstream != NULL && !upstream->interface.settings.enabled[family])
		parser_warning(p, on->here ? &on->at : &draft->opened, "%s is on for %s, but not for the upstream, %s",
			       family_name(family), draft->interface.name, upstream->interface.name);
}

/* Upstream we are a host, and the kernel speaks for us. */
static void check_upstream(struct parser *p, const struct draft *upstream)
{
	const char *name = upstream->interface.name;

	for (enum option_id option = 0; option < OPTION_COUNT; option++) {
		const struct said *said = &upstream->said[option];

		if (!said->here || !options_table[option].downstream_only)
			continue;
		if (option == OPTION_IGMP_VERSION)
			parser_error(p, &said->at, "igmp-version: the kernel speaks on the upstream; "
				     "set the sysctl net.ipv4.conf.%s.force_igmp_version", name);
		else if (option == OPTION_MLD_VERSION)
			parser_error(p, &said->at, "mld-version: the kernel speaks on the upstream; "
				     "set the sysctl net.ipv6.conf.%s.force_mld_version", name);
		else
			parser_warning(p, &said->at, "%s has no effect on the upstream, %s", options_table[option].name,
				       name);
	}
}

void check_whole(struct parser *p)
{
	const struct draft *upstream = check_one_upstream(p);

	check_times(p, &p->globals);
	for (size_t i = 0; i < p->drafts.count; i++) {
		const struct draft *draft = &p->drafts.items[i];

		check_times(p, draft);
		if (draft->interface.settings.role == ROLE_UPSTREAM)
			check_upstream(p, draft);
		if (draft->interface.settings.role != ROLE_DOWNSTREAM)
			continue;
		for (enum family family = 0; family < FAMILY_COUNT; family++)
			check_downstream(p, draft, upstream, family);
	}
}
