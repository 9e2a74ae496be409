/*
 * One run of the parser: all that the grammar, the lexer and the statements share
 * while files are read. It lives on the stack of conf_parse(), owns the struct conf
 * until it is handed over whole, and dies with everything else in it. Nothing here
 * is global, so that runs may nest or be many.
 */
#ifndef CONF_PARSER_H
#define CONF_PARSER_H

#include <stdbool.h>
#include <stddef.h>

#include "conf.h"
#include "draft.h"
#include "lex.h"
#include "macros.h"
#include "options.h"
#include "place.h"

enum {
	PARSER_MAX_ERRORS = 100,
	PARSER_MAX_DEPTH = 16,	/* files that include each other */
	PARSER_MAX_FILES = 256, /* in all: includes side by side multiply, too */
};

struct open_file;

struct parser {
	const struct conf_options *options;
	struct conf *conf;
	struct macros macros;
	struct lexer *lexer; /* of the file being read */
	const struct open_file *file; /* the same file, and those that include it */
	unsigned int depth;
	unsigned int n_errors;
	char *told[PARSER_MAX_ERRORS + 1]; /* the errors; NULL where memory was short */
	unsigned int n_warnings;
	unsigned int n_said; /* numbers the statements, see struct said */

	/* The block that is open; options go to where it says. */
	enum option_scope scope;
	struct place block;
	struct draft *draft; /* in SCOPE_INTERFACE */
	unsigned int skipping; /* blocks that are read for their end only */

	struct drafts drafts;
	struct draft globals; /* what a new block starts from */
	struct draft scratch; /* takes the options of a block whose head is wrong */
};

/* "file:line: what" to the operator; an error makes the run fail, a warning does not. */
void parser_error(struct parser *p, const struct place *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void parser_warning(struct parser *p, const struct place *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void parser_no_memory(struct parser *p);

/* True once there were too many errors: everybody stops as soon as he can. */
bool parser_gave_up(const struct parser *p);

/*
 * Reads what lies in memory as if it were the file of that name; includes are opened
 * as ever. As conf_parse() in all else: the entry of the fuzzer.
 */
struct conf *parser_parse_memory(const char *name, const char *text, size_t len, const struct conf_options *options);

/* name = values: a macro. Takes ownership of nothing. */
void parser_define(struct parser *p, const struct word *name, const struct word *values);

#endif
