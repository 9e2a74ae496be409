/* `mcast-proxyctl check`: one line and an exit status, for Nagios, monit, keepalived and people in a hurry. */
#include <stdio.h>
#include <string.h>

#include "answer.h"
#include "channel.h"
#include "commands.h"
#include "harmless.h"

struct health {
	enum errand_status status;
	char words[HARMLESS_WORD_BYTES]; /* of /healthz: "ok", "degraded: upstream_down" */
};

static struct health ask_health(const struct errand *errand)
{
	struct health health = {ERRAND_UNREACHABLE, ""};
	struct channel channel;

	channel_init(&channel, CHANNEL_PATIENCE_MS, NULL);
	if (channel_ask(&channel, errand->socket, "/healthz")) {
		channel_first_line(&channel, health.words, sizeof(health.words));
		if (channel.status == 200)
			health.status = ERRAND_OK;
		else if (channel.status == 503 && strncmp(health.words, "degraded", 8) == 0)
			health.status = ERRAND_WRONG;
	}
	channel_close(&channel);
	return health;
}

/* "degraded: a b" as ["a","b"] */
static json_t *list_causes(const struct health *health)
{
	json_t *causes = json_array();
	char words[HARMLESS_WORD_BYTES], *rest = NULL, *colon;

	memcpy(words, health->words, sizeof(words));
	colon = strchr(words, ':');
	for (char *word = colon ? strtok_r(colon + 1, " ", &rest) : NULL; word; word = strtok_r(NULL, " ", &rest))
		json_array_append_new(causes, json_string(word));
	return causes;
}

static void print_json(const struct health *health, const char *state)
{
	json_t *answer = json_pack("{s:i, s:s, s:o}", "schema", ANSWER_SCHEMA, "state", state, "causes",
				   list_causes(health));

	answer_dump(answer, stdout);
	json_decref(answer);
}

enum errand_status command_check(const struct errand *errand)
{
	static const char *const states[] = {"ok", "degraded", "unreachable"};
	static const char *const words_of_nagios[] = {"OK", "WARNING", "CRITICAL"};
	struct health health = ask_health(errand);

	if (errand->json)
		print_json(&health, states[health.status]);
	else if (health.status == ERRAND_UNREACHABLE)
		printf("MCAST-PROXY CRITICAL - unreachable%s%s\n", *health.words ? ": " : "", health.words);
	else
		printf("MCAST-PROXY %s - %s\n", words_of_nagios[health.status], health.words);
	return health.status;
}
