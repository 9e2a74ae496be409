/*
 * UTF-8 (RFC 3629): which bytes of a name may stand in JSON and in metrics as they are.
 * Linux takes nearly any bytes as the name of an interface; both formats are UTF-8.
 */
#ifndef STATS_UTF8_H
#define STATS_UTF8_H

#include <stddef.h>

/* How many bytes the well-formed character at s has; 0: there is none, or s ends here. */
size_t utf8_length(const char *s);

/* What stands for a byte that is none (U+FFFD), in UTF-8. */
#define UTF8_REPLACEMENT "\xef\xbf\xbd"

#endif
