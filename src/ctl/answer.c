#include "answer.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "channel.h"

/* A body on its way into the parser. */
struct intake {
	struct channel *channel;
	size_t bytes;
	bool failed; /* a message was written already */
};

/* --- fetching --- */

static size_t take(void *buffer, size_t size, void *ctx)
{
	struct intake *in = ctx;
	ssize_t n = channel_read(in->channel, buffer, size);

	if (n < 0) {
		in->failed = true;
		return (size_t)-1;
	}
	in->bytes += (size_t)n;
	if (in->bytes <= ANSWER_MAX_BYTES)
		return (size_t)n;
	fprintf(stderr, "mcast-proxyctl: the answer is larger than %zu MiB; ask for less, or with curl --unix-socket\n",
		ANSWER_MAX_BYTES >> 20);
	in->failed = true;
	return (size_t)-1;
}

static json_t *parse_body(struct channel *channel)
{
	struct intake in = {.channel = channel};
	json_error_t error;
	json_t *answer = json_load_callback(take, &in, 0, &error);

	if (answer || in.failed)
		return answer;
	fprintf(stderr, "mcast-proxyctl: the answer was cut off, or is no JSON (after %zu bytes: %s)\n", in.bytes,
		error.text);
	return NULL;
}

/* Within a schema number members are only added; another number may mean anything. */
static bool check_schema(const json_t *answer)
{
	uint64_t schema = answer_count(answer, "schema");

	if (schema == ANSWER_SCHEMA)
		return true;
	fprintf(stderr, "mcast-proxyctl: the daemon speaks schema %llu, this program %d; they are of different versions\n",
		(unsigned long long)schema, ANSWER_SCHEMA);
	return false;
}

static json_t *ask(struct channel *channel, const char *socket, const char *path)
{
	json_t *answer;

	if (!channel_ask(channel, socket, path))
		return NULL;
	if (channel->status != 200) {
		channel_complain(channel, path);
		return NULL;
	}
	answer = parse_body(channel);
	if (answer && check_schema(answer))
		return answer;
	json_decref(answer);
	return NULL;
}

json_t *answer_get(const struct errand *errand, const char *path, const sigset_t *unblocked)
{
	struct channel channel;
	json_t *answer;

	channel_init(&channel, CHANNEL_PATIENCE_MS, unblocked);
	answer = ask(&channel, errand->socket, path);
	channel_close(&channel);
	if (answer)
		answer_select(answer, errand->families);
	return answer;
}

/* --- choosing --- */

/* What has no family belongs to both. */
static bool is_selected(const json_t *element, const bool families[static FAMILY_COUNT])
{
	const char *name = answer_word(element, "family");

	for (enum family f = 0; name && f < FAMILY_COUNT; f++)
		if (strcmp(name, family_name(f)) == 0)
			return families[f];
	return true;
}

/* An interface holds its families in an array of its own. */
static json_t *select_elements(json_t *array, const bool families[static FAMILY_COUNT])
{
	json_t *kept = json_array(), *element;
	size_t k;

	json_array_foreach(array, k, element) {
		if (!is_selected(element, families))
			continue;
		if (json_object_get(element, "families"))
			answer_select(element, families);
		json_array_append(kept, element);
	}
	return kept;
}

void answer_select(json_t *object, const bool families[static FAMILY_COUNT])
{
	const char *name;
	json_t *value;
	void *next;

	if (families[FAMILY_IPV4] && families[FAMILY_IPV6])
		return;
	json_object_foreach_safe(object, next, name, value)
		if (json_is_array(value))
			json_object_set_new(object, name, select_elements(value, families));
}

/* --- reading --- */

bool answer_dump(const json_t *value, FILE *out)
{
	size_t flags = JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15);

	flags |= isatty(fileno(out)) ? JSON_INDENT(2) : JSON_COMPACT;
	return json_dumpf(value, out, flags) == 0 && fputc('\n', out) != EOF && fflush(out) == 0;
}

const char *answer_word(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

uint64_t answer_count(const json_t *object, const char *name)
{
	json_int_t value = json_integer_value(json_object_get(object, name));

	return value > 0 ? (uint64_t)value : 0;
}

double answer_real(const json_t *object, const char *name)
{
	return json_number_value(json_object_get(object, name));
}

bool answer_is_true(const json_t *object, const char *name)
{
	return json_is_true(json_object_get(object, name));
}
