#include "harmless.h"

#include <stdbool.h>
#include <stdio.h>

/* Not isprint(): the locale's idea of printable includes what moves the cursor backwards. */
static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '\\';
}

const char *harmless(const char *text, char *out, size_t size)
{
	size_t n = 0;

	for (const char *at = text; *at && n + 5 <= size; at++) {
		unsigned char c = (unsigned char)*at;

		if (is_plain(c))
			out[n++] = (char)c;
		else
			n += (size_t)snprintf(out + n, size - n, "\\%03o", c);
	}
	if (size > 0)
		out[n] = '\0';
	return out;
}
