#include "rates.h"

#include <stdint.h>
#include <stdio.h>

#include "addr.h"
#include "answer.h"

enum { KEY_BYTES = 2 * ADDR_STRLEN + 2 };

static const char *key_of(const json_t *element, char key[static KEY_BYTES])
{
	const char *group = answer_word(element, "group");
	const char *source = answer_word(element, "source");

	snprintf(key, KEY_BYTES, "%s %s", group ? group : "", source ? source : "");
	return key;
}

void rates_init(struct rates *r, const json_t *before, const json_t *now, const char *name)
{
	json_t *element;
	char key[KEY_BYTES];
	size_t k;

	*r = (struct rates){.before = json_object()};
	if (before)
		r->seconds = answer_real(now, "time") - answer_real(before, "time");
	json_array_foreach(json_object_get(before, name), k, element)
		json_object_set(r->before, key_of(element, key), element);
}

void rates_fini(struct rates *r)
{
	json_decref(r->before);
}

/* Groups count what is forwarded beside what is not; a route's packets are forwarded ones. */
static uint64_t count_of(const json_t *element, const char *of_group, const char *of_route)
{
	return answer_count(element, json_object_get(element, of_group) ? of_group : of_route);
}

static double growth(uint64_t before, uint64_t now)
{
	return (double)(now >= before ? now - before : now);
}

bool rates_find(const struct rates *r, const json_t *element, struct rate *rate)
{
	char key[KEY_BYTES];
	const json_t *before = json_object_get(r->before, key_of(element, key));

	if (!before || r->seconds <= 0)
		return false;
	rate->packets = growth(count_of(before, "forwarded_packets", "packets"),
			       count_of(element, "forwarded_packets", "packets")) /
			r->seconds;
	rate->bits = 8 * growth(count_of(before, "forwarded_bytes", "bytes"), count_of(element, "forwarded_bytes", "bytes")) /
		     r->seconds;
	return true;
}
