/*
 * Writing JSON (RFC 8259): commas and quotes in the right places, nothing else. The
 * names are literals of ours; values are escaped. A NULL name: an element of an array.
 */
#ifndef STATS_JSON_H
#define STATS_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "addr.h"
#include "mtime.h"

struct evbuffer;

struct json {
	struct evbuffer *out; /* borrowed; may be another one at each step of a document */
	bool comma;	      /* something stands before what comes next */
};

void json_open(struct json *j, const char *name, char bracket); /* '{' or '[' */
void json_close(struct json *j, char bracket);			/* '}' or ']' */

void json_string(struct json *j, const char *name, const char *value); /* NULL: null */
void json_number(struct json *j, const char *name, uint64_t value);
void json_bool(struct json *j, const char *name, bool value);
void json_null(struct json *j, const char *name);
void json_addr(struct json *j, const char *name, const struct addr *value);
void json_real(struct json *j, const char *name, double value); /* three decimals */
void json_real6(struct json *j, const char *name, double value); /* six */
/* Seconds with three decimals, less than nothing is 0. */
void json_seconds(struct json *j, const char *name, struct mspan span);
/* The name of an errno ("ENOBUFS"); 0: null. */
void json_errno(struct json *j, const char *name, int error);

#endif
