#include "options.h"

#include <string.h>

#include "lists.h"
#include "parser.h"
#include "scalars.h"

#define INTERFACE_VALUE(member) .home = HOME_INTERFACE, .offset = offsetof(struct iface_settings, member)
#define CONF_VALUE(member) .home = HOME_CONF, .offset = offsetof(struct conf, member)
#define STATS_VALUE(member) .home = HOME_STATS, .offset = offsetof(struct conf_stats, member)

#define YESNO .read = scalar_read_yesno, .print = scalar_print_yesno
#define NUMBER .read = scalar_read_number, .print = scalar_print_number
#define TENTHS .read = scalar_read_tenths, .print = scalar_print_tenths
#define SECONDS .read = scalar_read_seconds, .print = scalar_print_seconds
#define VERSION .read = scalar_read_version, .print = scalar_print_version
#define STRING .read = scalar_read_string, .print = scalar_print_string
#define ROLE .read = scalar_read_role, .print = scalar_print_role

enum { EVERYWHERE = SCOPE_GLOBAL | SCOPE_INTERFACE };

/* What the wire can say bounds the times, in tenths: QQIC 31744 s, IGMPv3's Max Resp Code 3174.4 s. */
enum { MAX_QQI = 317440, MAX_QRI = 31744 };

const struct option options_table[OPTION_COUNT] = {
	[OPTION_UPSTREAM] = {"upstream", SCOPE_INTERFACE, INTERFACE_VALUE(role), .min = ROLE_UPSTREAM, ROLE},
	[OPTION_DOWNSTREAM] = {"downstream", SCOPE_INTERFACE, INTERFACE_VALUE(role), .min = ROLE_DOWNSTREAM, ROLE},
	[OPTION_DISABLED] = {"disabled", SCOPE_INTERFACE, INTERFACE_VALUE(role), .min = ROLE_DISABLED, ROLE},
	[OPTION_IPV4] = {"ipv4", EVERYWHERE, INTERFACE_VALUE(enabled[FAMILY_IPV4]), YESNO},
	[OPTION_IPV6] = {"ipv6", EVERYWHERE, INTERFACE_VALUE(enabled[FAMILY_IPV6]), YESNO},
	[OPTION_USER] = {"user", SCOPE_GLOBAL, CONF_VALUE(user), .max = 32, STRING},
	[OPTION_CHROOT] = {"chroot", SCOPE_GLOBAL, .home = HOME_CONF, .max = 4095, .read = scalar_read_chroot,
			   .print = scalar_print_chroot},
	[OPTION_TABLE] = {"table", SCOPE_GLOBAL, .home = HOME_CONF, .min = 1, .max = 999999999,
			  .read = scalar_read_table, .print = scalar_print_table},
	[OPTION_QUERY_INTERVAL] = {"query-interval", EVERYWHERE, INTERFACE_VALUE(query_interval), .min = 1,
				   .max = MAX_QQI, TENTHS},
	[OPTION_QUERY_RESPONSE_INTERVAL] = {"query-response-interval", EVERYWHERE,
					    INTERFACE_VALUE(query_response_interval), .min = 1, .max = MAX_QRI,
					    TENTHS},
	[OPTION_ROBUSTNESS] = {"robustness", EVERYWHERE, INTERFACE_VALUE(robustness), .min = 1, .max = 7, NUMBER},
	[OPTION_LAST_MEMBER_QUERY_INTERVAL] = {"last-member-query-interval", EVERYWHERE,
					       INTERFACE_VALUE(last_member_query_interval), .min = 1, .max = MAX_QRI,
					       .downstream_only = true, TENTHS},
	[OPTION_LAST_MEMBER_QUERY_COUNT] = {"last-member-query-count", EVERYWHERE,
					    INTERFACE_VALUE(last_member_query_count), .min = 1, .max = 7,
					    .downstream_only = true, NUMBER},
	[OPTION_MAX_GROUPS] = {"max-groups", EVERYWHERE, INTERFACE_VALUE(max_groups), .min = 1, .max = 16777216,
			       .downstream_only = true, NUMBER},
	[OPTION_MAX_SOURCES] = {"max-sources", EVERYWHERE, INTERFACE_VALUE(max_sources), .min = 1, .max = 65535,
				.downstream_only = true, NUMBER},
	[OPTION_MAX_FLOWS] = {"max-flows", SCOPE_GLOBAL, CONF_VALUE(max_flows), .min = 1, .max = 16777216, NUMBER},
	[OPTION_THRESHOLD] = {"threshold", SCOPE_INTERFACE, INTERFACE_VALUE(threshold), .min = 1, .max = 255, NUMBER},
	[OPTION_IGMP_VERSION] = {"igmp-version", EVERYWHERE, INTERFACE_VALUE(version[FAMILY_IPV4]), .min = 1, .max = 3,
				 .downstream_only = true, VERSION},
	[OPTION_MLD_VERSION] = {"mld-version", EVERYWHERE, INTERFACE_VALUE(version[FAMILY_IPV6]), .min = 1, .max = 2,
				.downstream_only = true, VERSION},
	[OPTION_FAST_LEAVE] = {"fast-leave", EVERYWHERE, INTERFACE_VALUE(fast_leave), .downstream_only = true, YESNO},
	[OPTION_SSM_STRICT] = {"ssm-strict", EVERYWHERE, INTERFACE_VALUE(ssm_strict), .downstream_only = true, YESNO},
	[OPTION_ALWAYS_FORWARD] = {"always-forward", EVERYWHERE, INTERFACE_VALUE(always_forward),
				   .downstream_only = true, YESNO},
	[OPTION_SOURCE] = {"source", SCOPE_INTERFACE, .home = HOME_INTERFACE, .read = list_read_source,
			   .print = list_print_sources},
	[OPTION_ALLOW] = {"allow", SCOPE_INTERFACE, .home = HOME_INTERFACE, .min = true, .downstream_only = true,
			  .read = list_read_rule, .print = list_print_rules},
	[OPTION_DENY] = {"deny", SCOPE_INTERFACE, .home = HOME_INTERFACE, .min = false, .downstream_only = true,
			 .read = list_read_rule},
	[OPTION_STATIC] = {"static", SCOPE_INTERFACE, .home = HOME_INTERFACE, .downstream_only = true,
			   .read = list_read_static, .print = list_print_statics},
	[OPTION_SOCKET] = {"socket", SCOPE_STATS, .home = HOME_STATS, .max = 107, .read = scalar_read_socket,
			   .print = scalar_print_socket},
	[OPTION_SOCKET_GROUP] = {"socket-group", SCOPE_STATS, STATS_VALUE(socket_group), .max = 32, STRING},
	[OPTION_SOCKET_MODE] = {"socket-mode", SCOPE_STATS, STATS_VALUE(socket_mode), .read = scalar_read_mode,
				.print = scalar_print_mode},
	[OPTION_LISTEN] = {"listen", SCOPE_STATS, .home = HOME_STATS, .read = list_read_listen,
			   .print = list_print_listens},
	[OPTION_SAMPLE_INTERVAL] = {"sample-interval", SCOPE_STATS, STATS_VALUE(sample_interval), .min = 1,
				    .max = 86400, SECONDS},
	[OPTION_SUMMARY_INTERVAL] = {"summary-interval", SCOPE_STATS, STATS_VALUE(summary_interval), .min = 0,
				     .max = 86400, SECONDS},
	[OPTION_STATS_MAX_GROUPS] = {"max-groups", SCOPE_STATS, STATS_VALUE(max_groups), .min = 0, .max = 16777216,
				     NUMBER},
};

/* The option of that name that may stand here, else one of that name that may not, else NULL. */
static const struct option *find_option(const struct parser *p, const struct word *head)
{
	const struct option *elsewhere = NULL;

	if (head->quoted)
		return NULL;
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		if (strcmp(options_table[i].name, head->text) != 0)
			continue;
		if ((options_table[i].scopes & p->scope) != 0)
			return &options_table[i];
		elsewhere = &options_table[i];
	}
	return elsewhere;
}

static void *option_value(struct parser *p, const struct option *option)
{
	struct draft *draft = p->scope == SCOPE_INTERFACE ? p->draft : &p->globals;
	char *homes[] = {
		[HOME_INTERFACE] = (char *)&draft->interface.settings,
		[HOME_CONF] = (char *)p->conf,
		[HOME_STATS] = (char *)&p->conf->stats,
	};

	return homes[option->home] + option->offset;
}

static void remember(struct parser *p, const struct option *option, const struct word *head)
{
	struct draft *draft = p->scope == SCOPE_INTERFACE ? p->draft : &p->globals;

	draft->said[option - options_table] = (struct said){head->at, ++p->n_said, p->scope == SCOPE_INTERFACE};
}

static const char *scope_words(unsigned int scopes)
{
	if ((scopes & SCOPE_GLOBAL) != 0)
		return "outside of blocks";
	return (scopes & SCOPE_INTERFACE) != 0 ? "in an interface block" : "in the stats block";
}

void options_read(struct parser *p, const struct word *head)
{
	const struct option *option = find_option(p, head);

	if (p->scope == SCOPE_NONE || p->skipping != 0)
		return;
	if (option == NULL) {
		parser_error(p, &head->at, "unknown statement '%.64s'", head->text);
	} else if ((option->scopes & p->scope) == 0) {
		parser_error(p, &head->at, "'%s' belongs %s", option->name, scope_words(option->scopes));
	} else {
		remember(p, option, head);
		option->read(p, option, option_value(p, option), head);
	}
}
