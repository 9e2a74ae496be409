#include "utf8.h"

#include <stdbool.h>

/* RFC 3629 section 4: the first byte says how many follow, and what the second may be. */
static const struct {
	unsigned char first, last; /* of the first byte */
	unsigned char length;
	unsigned char least, most; /* of the second */
} forms[] = {
	{0x01, 0x7f, 1, 0, 0},	     {0xc2, 0xdf, 2, 0x80, 0xbf}, {0xe0, 0xe0, 3, 0xa0, 0xbf},
	{0xe1, 0xec, 3, 0x80, 0xbf}, {0xed, 0xed, 3, 0x80, 0x9f}, {0xee, 0xef, 3, 0x80, 0xbf},
	{0xf0, 0xf0, 4, 0x90, 0xbf}, {0xf1, 0xf3, 4, 0x80, 0xbf}, {0xf4, 0xf4, 4, 0x80, 0x8f},
};

/* The end of the string is never within these bounds. */
static bool is_between(char c, unsigned char least, unsigned char most)
{
	return (unsigned char)c >= least && (unsigned char)c <= most;
}

static bool follows(const char *s, size_t form)
{
	if (forms[form].length > 1 && !is_between(s[1], forms[form].least, forms[form].most))
		return false;
	for (size_t k = 2; k < forms[form].length; k++)
		if (!is_between(s[k], 0x80, 0xbf))
			return false;
	return true;
}

size_t utf8_length(const char *s)
{
	for (size_t k = 0; k < sizeof(forms) / sizeof(forms[0]); k++)
		if (is_between(*s, forms[k].first, forms[k].last))
			return follows(s, k) ? forms[k].length : 0;
	return 0;
}
