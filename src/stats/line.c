#include "line.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void line_begin(struct line *l, const char *event)
{
	l->len = 0;
	l->text[0] = '\0';
	line_word(l, "event", event);
}

/* One word for a parser that splits at spaces, whatever the value holds. */
static void tame(char *value)
{
	for (; *value; value++)
		if (!isgraph((unsigned char)*value) || *value == '"' || *value == '\'' || *value == '=')
			*value = '_';
}

void line_word(struct line *l, const char *key, const char *value)
{
	size_t room = sizeof(l->text) - l->len;
	char *at = l->text + l->len;
	int n;

	if (!value || !*value)
		return;
	n = snprintf(at, room, "%s%s=", l->len > 0 ? " " : "", key);
	if (n < 0 || (size_t)n + strlen(value) >= room) {
		*at = '\0';
		return;
	}
	strlcpy(at + n, value, room - (size_t)n);
	tame(at + n);
	l->len += (size_t)n + strlen(value);
}

void line_number(struct line *l, const char *key, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	line_word(l, key, text);
}

void line_addr(struct line *l, const char *key, const struct addr *value)
{
	char text[ADDR_STRLEN];

	if (value)
		line_word(l, key, addr_format(value, text));
}
