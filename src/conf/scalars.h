/*
 * Options that are one value: how each kind is read and, beside it, how it is printed
 * again. The signatures are those of struct option; value is where it lives.
 */
#ifndef CONF_SCALARS_H
#define CONF_SCALARS_H

#include <stdio.h>

#include "options.h"

/*
 * The statement's one argument; NULL, reported, when it is missing or not the only
 * one. what is the noun for it: "a number from 1 to 7".
 */
const struct word *scalar_argument(struct parser *p, const struct word *head, const char *what);
/* "threshold: '0' is not a number from 1 to 255". */
void scalar_bad(struct parser *p, const struct word *head, const struct word *argument, const char *what);

/* A bare word of digits between the bounds; false, *out untouched, for all else. */
bool scalar_number(const struct word *word, unsigned int min, unsigned int max, unsigned int *out);

/* The text between quotes, such that reading it gives the text again. */
void scalar_print_quoted(const char *text, FILE *out);

#define SCALAR(kind)                                                                                                   \
	void scalar_read_##kind(struct parser *p, const struct option *option, void *value, const struct word *head);  \
	void scalar_print_##kind(const struct option *option, const void *value, const char *indent, FILE *out)

SCALAR(role);	 /* enum iface_role; min is the role */
SCALAR(yesno);	 /* bool */
SCALAR(number);	 /* unsigned int from min to max */
SCALAR(tenths);	 /* struct mspan; min and max are tenths of seconds */
SCALAR(seconds); /* struct mspan; min and max are whole seconds */
SCALAR(version); /* enum gm_generation; max is the protocol's number of the third */
SCALAR(mode);	 /* unsigned int, permission bits, octal */
SCALAR(string);	 /* char *, NULL if not set; max bytes */
SCALAR(chroot);	 /* struct conf: chroot and no_chroot */
SCALAR(table);	 /* struct conf: table and has_table */
SCALAR(socket);	 /* struct conf_stats: socket */

#undef SCALAR

#endif
