/*
 * From the bytes of one file to words: comments, quotes, joined lines, macros. The
 * rules are those of OpenBSD's lexers, so that every file written for them reads the
 * same here. The text belongs to whoever set the lexer up; words belong to whoever
 * holds them.
 */
#ifndef CONF_LEX_H
#define CONF_LEX_H

#include <stdbool.h>
#include <stddef.h>

#include "place.h"

struct parser;

enum { LEX_WORD_MAX = 8095 }; /* bytes; also of a macro's value */

struct word {
	struct word *next;
	struct place at;
	int token;     /* what the grammar calls it: WORD, or one of the reserved words */
	bool quoted;   /* never a keyword nor a number */
	bool expanded; /* it came out of a macro, where the quotes are gone */
	char text[];
};

/* Where reading goes on: first in the macro being expanded, then in the file. */
struct lex_cursor {
	const char *macro; /* NULL: none */
	size_t at;
	unsigned int line;
};

struct lexer {
	const char *name;
	const char *text;
	size_t len;
	struct lex_cursor cursor;
	unsigned int line;	 /* of the last token */
	int last;		 /* the last token */
	int before_last;	 /* and the one before it */
	char last_text[32];	 /* its text, cut short: for the words about a syntax error */
	bool ended;		 /* the end of the file has been told as an end of line */
	unsigned int error_line; /* no second syntax error for the same line */
};

void lex_init(struct lexer *lexer, const char *name, const char *text, size_t len);

/* An error in how the file is written, at most one for a line. */
void lex_error(struct parser *p, unsigned int line, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* "disabled", "downstream", ...: the eleven words that mean themselves wherever they stand. */
bool lex_is_reserved(const char *text);

/* Both for a list, which may be empty. The grammar collects words last one first. */
struct word *words_reverse(struct word *words);
void words_free(struct word *words);

#endif
