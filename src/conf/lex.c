#include "lex.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "macros.h"
#include "parser.h"

#include "parse.h"

enum { END = -1, SKIP = -2 };

static const struct {
	const char *text;
	int token;
} reserved[] = {
	{"disabled", DISABLED},
	{"downstream", DOWNSTREAM},
	{"include", INCLUDE},
	{"interface", INTERFACE},
	{"ipv4", IPV4},
	{"ipv6", IPV6},
	{"no", NO},
	{"source", SOURCE},
	{"threshold", THRESHOLD},
	{"upstream", UPSTREAM},
	{"yes", YES},
};

void lex_init(struct lexer *lexer, const char *name, const char *text, size_t len)
{
	*lexer = (struct lexer){.name = name, .text = text, .len = len, .cursor = {.line = 1}};
}

void lex_error(struct parser *p, unsigned int line, const char *format, ...)
{
	struct place at = {p->lexer->name, line};
	char what[256];
	va_list args;

	if (p->lexer->error_line == line)
		return;
	p->lexer->error_line = line;
	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	parser_error(p, &at, "%s", what);
}

struct word *words_reverse(struct word *words)
{
	struct word *reversed = NULL;

	while (words != NULL) {
		struct word *next = words->next;

		words->next = reversed;
		reversed = words;
		words = next;
	}
	return reversed;
}

void words_free(struct word *words)
{
	while (words != NULL) {
		struct word *next = words->next;

		free(words);
		words = next;
	}
}

static int keyword_token(const char *text)
{
	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		if (strcmp(text, reserved[i].text) == 0)
			return reserved[i].token;
	return WORD;
}

bool lex_is_reserved(const char *text)
{
	return keyword_token(text) != WORD;
}

static int next_raw(struct lexer *lexer)
{
	if (lexer->cursor.at == lexer->len)
		return END;
	return (unsigned char)lexer->text[lexer->cursor.at++];
}

/*
 * The next character: lines joined, and out of a macro where one is being expanded.
 * What follows a macro's end follows its text without a gap, so that $net/24 works.
 * A backslash keeps its meaning in quotes only; a macro's text has none any more.
 */
static int next_char(struct lexer *lexer, bool quoted)
{
	struct lex_cursor *cursor = &lexer->cursor;
	int c;

	if (cursor->macro != NULL && *cursor->macro != '\0')
		return (unsigned char)*cursor->macro++;
	cursor->macro = NULL;
	while ((c = next_raw(lexer)) == '\\') {
		if (cursor->at < lexer->len && lexer->text[cursor->at] == '\n') {
			cursor->at++;
			cursor->line++;
			continue;
		}
		return quoted ? c : next_raw(lexer);
	}
	if (c == '\n')
		cursor->line++;
	return c;
}

static int peek_char(struct lexer *lexer, bool quoted)
{
	struct lex_cursor saved = lexer->cursor;
	int c = next_char(lexer, quoted);

	lexer->cursor = saved;
	return c;
}

static bool begins_word(int c)
{
	return c != END && (isalnum(c) || c == ':' || c == '_');
}

static bool continues_word(int c)
{
	return c > 0 && c < 0x80 && (isalnum(c) || (ispunct(c) && strchr("(){}!=#,", c) == NULL));
}

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

/* What may stand in quotes; bytes above ASCII may, since the kernel allows them in names. */
static bool is_control(int c)
{
	return (c < ' ' && c != '\t') || c == 0x7f;
}

/* After an error: what belongs to the same word is no error of its own. */
static int skip_word(struct lexer *lexer)
{
	int c;

	while ((c = peek_char(lexer, false)) >= 0x80 || continues_word(c))
		next_char(lexer, false);
	return BAD;
}

static int bad_char(struct parser *p, int c, unsigned int line)
{
	if (c == '\r')
		lex_error(p, line, "carriage return (has the file DOS line ends?)");
	else if (c < ' ' || c >= 0x7f)
		lex_error(p, line, "byte 0x%02x outside of quotes", (unsigned int)c);
	else if (continues_word(c))
		lex_error(p, line, "a name that begins with '%c' must be quoted", c);
	else
		lex_error(p, line, "unexpected '%c'", c);
	return skip_word(p->lexer);
}

/* Up to the end of the line, which stays. Page breaks and the like do no harm in a comment; NUL is no text. */
static void skip_comment(struct parser *p)
{
	struct lexer *lexer = p->lexer;
	int c;

	while ((c = peek_char(lexer, false)) != '\n' && c != END) {
		if (c == '\0')
			lex_error(p, lexer->cursor.line, "byte 0x00 in a comment");
		next_char(lexer, false);
	}
}

static struct word *word_new(struct parser *p, const char *text, size_t len, unsigned int line)
{
	struct word *word = malloc(sizeof(*word) + len + 1);

	if (word == NULL) {
		parser_no_memory(p);
		return NULL;
	}
	*word = (struct word){.at = {p->lexer->name, line}, .token = WORD};
	memcpy(word->text, text, len);
	word->text[len] = '\0';
	return word;
}

static int lex_bare(struct parser *p, int c, unsigned int line, struct word **word)
{
	struct lexer *lexer = p->lexer;
	bool expanded = lexer->cursor.macro != NULL;
	char text[LEX_WORD_MAX + 1];
	size_t len = 0;

	text[len++] = (char)c;
	while (continues_word(peek_char(lexer, false))) {
		if (len == LEX_WORD_MAX) {
			lex_error(p, line, "word longer than %d bytes", LEX_WORD_MAX);
			return skip_word(lexer);
		}
		text[len++] = (char)next_char(lexer, false);
	}
	*word = word_new(p, text, len, line);
	if (*word == NULL)
		return BAD;
	(*word)->expanded = expanded;
	(*word)->token = keyword_token((*word)->text);
	return (*word)->token;
}

/*
 * No closing quote: reading goes on behind the line of the opening one, so that what
 * follows is told as well.
 */
static int unterminated(struct parser *p, const struct lex_cursor *start)
{
	struct lexer *lexer = p->lexer;
	const char *end;

	lex_error(p, start->line, "quoted string is never closed");
	if (start->macro != NULL)
		return BAD;
	lexer->cursor = *start;
	end = memchr(lexer->text + start->at, '\n', lexer->len - start->at);
	lexer->cursor.at = end != NULL ? (size_t)(end - lexer->text) : lexer->len;
	return BAD;
}

/* One character of a quoted string into *c; false at its end, END in *c when there is none. */
static bool quoted_char(struct lexer *lexer, int quote, bool in_macro, int *c)
{
	if (in_macro && *lexer->cursor.macro == '\0') {
		*c = END;
		return false;
	}
	*c = next_char(lexer, true);
	if (*c == '\\' && !(in_macro && *lexer->cursor.macro == '\0') && peek_char(lexer, true) == quote) {
		*c = next_char(lexer, true);
		return true;
	}
	return *c != quote && *c != END;
}

/* As in OpenBSD, a line end within quotes is dropped, \" is ", and any other backslash is one. */
static int lex_quoted(struct parser *p, int quote, struct word **word)
{
	struct lexer *lexer = p->lexer;
	const struct lex_cursor start = lexer->cursor;
	bool in_macro = start.macro != NULL, bad = false;
	char text[LEX_WORD_MAX + 1];
	size_t len = 0;
	int c;

	while (quoted_char(lexer, quote, in_macro, &c)) {
		if (c == '\n')
			continue;
		if (is_control(c)) {
			lex_error(p, lexer->cursor.line, "control character 0x%02x in quotes", (unsigned int)c);
			bad = true;
		} else if (len == LEX_WORD_MAX) {
			lex_error(p, start.line, "quoted string longer than %d bytes", LEX_WORD_MAX);
			bad = true;
		} else {
			text[len++] = (char)c;
		}
	}
	if (c == END)
		return unterminated(p, &start);
	if (bad || (*word = word_new(p, text, len, start.line)) == NULL)
		return BAD;
	(*word)->quoted = true;
	return WORD;
}

/* After the '$'. Macros do not nest: one that names another was to do so outside of quotes, when it was defined. */
static int expand(struct parser *p, unsigned int line)
{
	struct lexer *lexer = p->lexer;
	bool nested = lexer->cursor.macro != NULL;
	char name[LEX_WORD_MAX + 1];
	size_t len = 0;
	const char *why;
	int c;

	while (len < LEX_WORD_MAX && (c = peek_char(lexer, false)) != END && (isalnum(c) || c == '_'))
		name[len++] = (char)next_char(lexer, false);
	name[len] = '\0';
	if (len == 0)
		lex_error(p, line, "'$' without the name of a macro");
	else if (nested)
		lex_error(p, line, "'$%.64s' in the value of a macro is not expanded", name);
	else if ((lexer->cursor.macro = macros_expand(&p->macros, name, &why)) == NULL)
		lex_error(p, line, "macro '%.64s' %s", name, why);
	else
		return SKIP;
	return skip_word(lexer);
}

/* An end of line that is missing at the end of a file is added. */
static int lex_end(struct lexer *lexer)
{
	if (lexer->ended)
		return 0;
	lexer->ended = true;
	return NL;
}

/* What one character begins; SKIP when it was no token but a blank, a comment or a macro. */
static int lex_token(struct parser *p, int c, unsigned int line, struct word **word)
{
	if (begins_word(c) || (c == '-' && is_digit(peek_char(p->lexer, false))))
		return lex_bare(p, c, line, word);
	switch (c) {
	case END:
		return lex_end(p->lexer);
	case '\n':
		return NL;
	case '{':
	case '}':
	case '=':
		return c;
	case '"':
	case '\'':
		return lex_quoted(p, c, word);
	case '$':
		return expand(p, line);
	case '#':
		skip_comment(p);
		return SKIP;
	case ' ':
	case '\t':
		return SKIP;
	default:
		return bad_char(p, c, line);
	}
}

int conf_yylex(CONF_YYSTYPE *value, struct parser *p)
{
	struct lexer *lexer = p->lexer;
	int token = SKIP;

	value->word = NULL;
	while (token == SKIP && !parser_gave_up(p)) {
		int c = next_char(lexer, false);

		/* Counted now, when joined lines before it are behind us. */
		lexer->line = lexer->cursor.line - (c == '\n');
		token = lex_token(p, c, lexer->line, &value->word);
	}
	lexer->before_last = lexer->last;
	lexer->last = token == SKIP ? 0 : token;
	strlcpy(lexer->last_text, value->word != NULL ? value->word->text : "", sizeof(lexer->last_text));
	return lexer->last;
}
