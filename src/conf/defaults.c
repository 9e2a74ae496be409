#include "defaults.h"

#include <stdlib.h>
#include <string.h>

struct iface_settings defaults_settings(void)
{
	return (struct iface_settings){
		.role = ROLE_DISABLED,
		.enabled = {[FAMILY_IPV4] = true, [FAMILY_IPV6] = false},
		.query_interval = mspan_seconds(125),
		.query_response_interval = mspan_seconds(10),
		.last_member_query_interval = mspan_seconds(1),
		.robustness = 2,
		.last_member_query_count = 2,
		.version = {[FAMILY_IPV4] = GM_GENERATION_3, [FAMILY_IPV6] = GM_GENERATION_3},
		.threshold = 1,
		.max_groups = 16384,
		.max_sources = 512,
	};
}

struct conf *defaults_conf(void)
{
	struct conf *conf = calloc(1, sizeof(*conf));

	if (conf == NULL)
		return NULL;
	conf->max_flows = CONF_DEFAULT_MAX_FLOWS;
	conf->globals = defaults_settings();
	conf->stats.socket_mode = 0660;
	conf->stats.sample_interval = mspan_seconds(10);
	conf->stats.summary_interval = mspan_seconds(300);
	conf->stats.max_groups = 1024;
	conf->user = strdup("_mcastproxy");
	conf->stats.socket = strdup("/run/mcast-proxy/stats.sock");
	if (conf->user == NULL || conf->stats.socket == NULL) {
		conf_free(conf);
		return NULL;
	}
	return conf;
}
