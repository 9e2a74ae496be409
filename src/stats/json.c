#include "json.h"

#include <event2/buffer.h>
#include <string.h>

#include "errno_name.h"
#include "utf8.h"

static void put(struct json *j, const char *text)
{
	evbuffer_add(j->out, text, strlen(text));
}

/* Quotes, backslashes and control bytes (RFC 8259 section 7). */
static bool is_special(char c)
{
	return (unsigned char)c < 0x20 || c == '"' || c == '\\' || c == 0x7f;
}

static void put_escaped(struct json *j, const char *s)
{
	while (*s) {
		size_t n = utf8_length(s);

		if (n == 0)
			put(j, UTF8_REPLACEMENT);
		else if (is_special(*s))
			evbuffer_add_printf(j->out, "\\u%04x", (unsigned int)(unsigned char)*s);
		else
			evbuffer_add(j->out, s, n);
		s += n > 0 ? n : 1;
	}
}

/* The comma, and the name if this is a member of an object. */
static void begin(struct json *j, const char *name)
{
	if (j->comma)
		put(j, ",");
	j->comma = true;
	if (!name)
		return;
	put(j, "\"");
	put(j, name);
	put(j, "\":");
}

void json_open(struct json *j, const char *name, char bracket)
{
	begin(j, name);
	evbuffer_add(j->out, &bracket, 1);
	j->comma = false;
}

void json_close(struct json *j, char bracket)
{
	evbuffer_add(j->out, &bracket, 1);
	j->comma = true;
}

void json_null(struct json *j, const char *name)
{
	begin(j, name);
	put(j, "null");
}

void json_string(struct json *j, const char *name, const char *value)
{
	if (!value) {
		json_null(j, name);
		return;
	}
	begin(j, name);
	put(j, "\"");
	put_escaped(j, value);
	put(j, "\"");
}

void json_number(struct json *j, const char *name, uint64_t value)
{
	begin(j, name);
	evbuffer_add_printf(j->out, "%llu", (unsigned long long)value);
}

void json_bool(struct json *j, const char *name, bool value)
{
	begin(j, name);
	put(j, value ? "true" : "false");
}

void json_addr(struct json *j, const char *name, const struct addr *value)
{
	char text[ADDR_STRLEN];

	json_string(j, name, value ? addr_format(value, text) : NULL);
}

void json_real(struct json *j, const char *name, double value)
{
	begin(j, name);
	evbuffer_add_printf(j->out, "%.3f", value);
}

void json_real6(struct json *j, const char *name, double value)
{
	begin(j, name);
	evbuffer_add_printf(j->out, "%.6f", value);
}

void json_seconds(struct json *j, const char *name, struct mspan span)
{
	json_real(j, name, span.us > 0 ? (double)span.us / 1e6 : 0);
}

void json_errno(struct json *j, const char *name, int error)
{
	char text[ERRNO_STRLEN];

	json_string(j, name, error == 0 ? NULL : errno_text(error, text));
}
