/*
 * The daemon's answers in JSON: fetched whole, of a bounded size, with what was not
 * asked for (-4, -6) left out. And the few ways in which the rest reads them: what is
 * absent, null or of another type is nothing, never an error, because the schema may grow.
 */
#ifndef CTL_ANSWER_H
#define CTL_ANSWER_H

#include <jansson.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "errand.h"

/* 65,536 flows are 30 MB; whoever sends more than this is no daemon of ours. */
#define ANSWER_MAX_BYTES ((size_t)256 << 20)

/* The schema that this client can read. */
enum { ANSWER_SCHEMA = 1 };

/* unblocked: see channel.h, may be NULL. NULL after an error message, or when a signal came. The caller owns it. */
json_t *answer_get(const struct errand *errand, const char *path, const sigset_t *unblocked);

/* As one line, or indented on a terminal; ASCII only, so that it does a terminal no harm. False: not written. */
bool answer_dump(const json_t *value, FILE *out);

/* Takes from every array of the object the elements of a family that was not asked for. */
void answer_select(json_t *object, const bool families[static FAMILY_COUNT]);

/* Members of an object. */
const char *answer_word(const json_t *object, const char *name); /* NULL: there is none */
uint64_t answer_count(const json_t *object, const char *name);	  /* 0 */
double answer_real(const json_t *object, const char *name);	  /* 0; whole numbers too */
bool answer_is_true(const json_t *object, const char *name);

#endif
