/*
 * The grammar, which is OpenBSD's: statements end with their line, blocks hold
 * options. What an option means is not decided here (options.c), so that the
 * words of ours stay free to be names. Whoever takes a word frees it.
 *
 * After an error reading goes on at the end of the line or of a one-line block, so
 * that all errors of a file are told at once.
 */
%code requires {
struct parser;
struct word;
}

%define api.prefix {conf_yy}
%define api.pure full
/* A statement is acted on once it is known to be whole, not when its next word turns out to be wrong. */
%define lr.default-reduction consistent
%param { struct parser *p }

%union {
	struct word *word;
}

%token NL "end of line"
%token BAD /* the lexer has told what is wrong */
%token <word> WORD
%token <word> DISABLED DOWNSTREAM INCLUDE INTERFACE IPV4 IPV6 NO SOURCE THRESHOLD UPSTREAM YES
%type <word> bare option value values

%destructor { words_free($$); } <word>

%{
#include <stddef.h>

#include "blocks.h"
#include "files.h"
#include "lex.h"
#include "options.h"
#include "parser.h"

#include "parse.h"

int conf_yylex(CONF_YYSTYPE *value, struct parser *p);
static void conf_yyerror(struct parser *p, const char *message);
%}

%%

file	: %empty
	| file line
	;

line	: NL
	| statement NL
	| INTERFACE error NL
	{
		yyerrok;
		words_free($1);
	}
	| error NL
	{
		yyerrok;
	}
	| error '{' skipped_block NL
	;

statement
	: INCLUDE WORD
	{
		files_include(p, $2);
		words_free($1);
		words_free($2);
	}
	| bare '=' values
	{
		struct word *in_order = words_reverse($3);

		parser_define(p, $1, in_order);
		words_free($1);
		words_free(in_order);
	}
	| interface_block
	| WORD '{'
	{
		blocks_open(p, $1);
	}
	block '}'
	{
		blocks_close(p);
		words_free($1);
	}
	| whole_option
	;

interface_block
	: INTERFACE WORD '{'
	{
		blocks_open_interface(p, &$1->at, $2);
	}
	block '}'
	{
		blocks_close(p);
		words_free($1);
		words_free($2);
	}
	| INTERFACE error '{'
	{
		yyerrok;
		blocks_open_interface(p, &$1->at, NULL);
	}
	block '}'
	{
		blocks_close(p);
		words_free($1);
	}
	;

/* After a '{' that nobody expected: read to its end, so that its '}' is no error of its own. */
skipped_block
	: {
		yyerrok;
		blocks_skip(p);
	}
	block '}'
	{
		blocks_skipped(p);
	}
	;

block	: block_lines
	| block_lines whole_option
	| block_lines error
	{
		yyerrok;
	}
	;

block_lines
	: %empty
	| block_lines NL
	| block_lines whole_option NL
	| block_lines error NL
	{
		yyerrok;
	}
	| block_lines error '{' skipped_block NL
	/* Here a '}' was forgotten. It is told; what follows is read as if it were there. */
	| block_lines interface_block NL
	| block_lines INTERFACE error NL
	{
		yyerrok;
		words_free($2);
	}
	;

whole_option
	: option
	{
		struct word *in_order = words_reverse($1);

		options_read(p, in_order);
		words_free(in_order);
	}
	;

/* A name and its arguments, the last one first. */
option	: bare
	| option value
	{
		$2->next = $1;
		$$ = $2;
	}
	;

values	: value
	| values value
	{
		$2->next = $1;
		$$ = $2;
	}
	;

value	: bare
	| INCLUDE
	| INTERFACE
	;

bare	: WORD
	| DISABLED
	| DOWNSTREAM
	| IPV4
	| IPV6
	| NO
	| SOURCE
	| THRESHOLD
	| UPSTREAM
	| YES
	;

%%

/* In words that help: bison's own say "syntax error" and no more. */
static void conf_yyerror(struct parser *p, const char *message)
{
	const struct lexer *lexer = p->lexer;
	bool name_wanted = lexer->before_last == INTERFACE || lexer->before_last == INCLUDE;

	if (lexer->last == 0)
		blocks_unclosed(p);
	else if (lexer->last == NL)
		lex_error(p, lexer->line, "%s at the end of the line", message);
	else if (lexer->last < 0x80)
		lex_error(p, lexer->line, "%s at '%c'", message, lexer->last);
	else if (lexer->last != BAD)
		lex_error(p, lexer->line, "%s at '%s'%s", message, lexer->last_text,
			  name_wanted && lexer->last != WORD ? ", a reserved word: quote it to use it as a name" : "");
}
