/*
 * One log line in the making: `event=NAME key=value ...`, every value one word
 * without spaces or quotes, so that any log parser takes it apart (design, section
 * 4). A line that would grow over its buffer is cut at a whole pair.
 */
#ifndef STATS_LINE_H
#define STATS_LINE_H

#include <stdint.h>
#include <stddef.h>

#include "addr.h"

/* BSD syslog over UDP holds 480 bytes of text for sure. */
enum { LINE_BYTES = 480 };

struct line {
	char text[LINE_BYTES];
	size_t len;
};

void line_begin(struct line *l, const char *event);

/* Spaces, quotes, control and other odd bytes in the value become '_'; an empty or NULL value adds nothing. */
void line_word(struct line *l, const char *key, const char *value);
void line_number(struct line *l, const char *key, uint64_t value);
void line_addr(struct line *l, const char *key, const struct addr *value);

#endif
