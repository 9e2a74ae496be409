#include "option.h"

#include "cursor.h"

enum { NO_END = -1 };

/* How the two families write an option, and which one is the Router Alert. */
struct option_format {
	int end;	    /* the option after which nothing follows */
	uint8_t pad;	    /* the option of one byte */
	uint8_t in_length;  /* how many of its own bytes a length counts: type and length, or neither */
	uint8_t alert;
};

static const struct option_format formats[FAMILY_COUNT] = {
	/* RFC 791 section 3.1, RFC 2113 section 2.1 */
	[FAMILY_IPV4] = {.end = 0, .pad = 1, .in_length = 2, .alert = 148},
	/* RFC 8200 section 4.2, RFC 2711 section 2.1 */
	[FAMILY_IPV6] = {.end = NO_END, .pad = 0, .in_length = 0, .alert = 5},
};

bool option_router_alert(enum family family, const uint8_t *bytes, size_t len)
{
	const struct option_format *format = &formats[family];
	struct cursor c = cursor_of(bytes, len);

	while (c.left > 0) {
		uint32_t type = cursor_u8(&c);
		uint32_t length;

		if ((int)type == format->end)
			return false;
		if (type == format->pad)
			continue;
		length = cursor_u8(&c);
		if (c.overrun || length < format->in_length)
			return false;
		length -= format->in_length;
		if (type == format->alert && length == 2)
			return cursor_u16(&c) == 0 && !c.overrun;
		cursor_skip(&c, length);
	}
	return false;
}
