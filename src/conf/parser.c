#include "parser.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "defaults.h"
#include "files.h"

bool parser_gave_up(const struct parser *p)
{
	return p->n_errors > PARSER_MAX_ERRORS;
}

/* What stands before blocks is wrong in each of them, and still only one mistake. */
static bool told_before(const struct parser *p, const char *line)
{
	for (unsigned int i = 0; i < p->n_errors; i++)
		if (p->told[i] != NULL && strcmp(p->told[i], line) == 0)
			return true;
	return false;
}

static void report(const struct parser *p, bool is_error, const struct place *at, const char *text)
{
	if (p->options->report != NULL)
		p->options->report(p->options->ctx, is_error, at, text);
}

void parser_error(struct parser *p, const struct place *at, const char *format, ...)
{
	char what[512], *line;
	va_list args;

	if (parser_gave_up(p))
		return;
	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	if (p->n_errors == PARSER_MAX_ERRORS)
		strlcpy(what, "too many errors", sizeof(what));
	if (asprintf(&line, "%s:%u: %s", at->file, at->line, what) == -1)
		line = NULL;
	if (line != NULL && told_before(p, line)) {
		free(line);
		return;
	}
	p->told[p->n_errors++] = line;
	report(p, true, at, line != NULL ? line : what);
}

void parser_warning(struct parser *p, const struct place *at, const char *format, ...)
{
	char what[512], *line;
	va_list args;

	if (p->n_warnings++ >= PARSER_MAX_ERRORS)
		return;
	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	if (asprintf(&line, "%s:%u: warning: %s", at->file, at->line, what) == -1)
		return;
	report(p, false, at, line);
	free(line);
}

void parser_no_memory(struct parser *p)
{
	struct place at = {"mcast-proxy.conf", 0};

	if (p->lexer != NULL)
		at = (struct place){p->lexer->name, p->lexer->line};
	parser_error(p, &at, "out of memory");
}

/* One space between the words, as OpenBSD does; NULL when they are too long. */
static char *join(const struct word *values)
{
	size_t len = 0;
	char *text;

	for (const struct word *word = values; word != NULL; word = word->next)
		len += strlen(word->text) + 1;
	if (len > LEX_WORD_MAX + 1)
		return NULL;
	text = calloc(1, len);
	for (const struct word *word = values; text != NULL && word != NULL; word = word->next) {
		strlcat(text, word->text, len);
		if (word->next != NULL)
			strlcat(text, " ", len);
	}
	return text;
}

void parser_define(struct parser *p, const struct word *name, const struct word *values)
{
	const char *why = "has a value that is too long";
	char *value;

	if (!macros_name_ok(name->text)) {
		parser_error(p, &name->at, "'%.64s' is no name for a macro%s", name->text,
			     lex_is_reserved(name->text) ? ": it is a reserved word"
							 : ", which is of letters, digits and underscores");
		return;
	}
	value = join(values);
	if (value != NULL)
		why = macros_set(&p->macros, name->text, value, false);
	if (why != NULL)
		parser_error(p, &name->at, "macro '%.64s' %s", name->text, why);
	free(value);
}

static bool parser_init(struct parser *p, const struct conf_options *given)
{
	*p = (struct parser){.options = given, .conf = defaults_conf(), .scope = SCOPE_GLOBAL};
	draft_init(&p->globals);
	draft_init(&p->scratch);
	if (p->conf == NULL) {
		parser_no_memory(p);
		return false;
	}
	for (size_t i = 0; i < given->n_macros; i++) {
		const char *why = macros_set(&p->macros, given->macros[i].name, given->macros[i].value, true);
		struct place at = {"-D", 0};

		if (why != NULL)
			parser_error(p, &at, "macro '%.64s' %s", given->macros[i].name, why);
	}
	return true;
}

static void parser_fini(struct parser *p)
{
	macros_fini(&p->macros);
	drafts_fini(&p->drafts);
	draft_fini(&p->scratch);
	for (unsigned int i = 0; i < p->n_errors; i++)
		free(p->told[i]);
	if (p->n_errors != 0) {
		conf_free(p->conf);
		p->conf = NULL;
	}
}

/* From the drafts to the configuration, once everything is read. */
static void finish(struct parser *p)
{
	struct conf *conf = p->conf;

	check_whole(p);
	if (p->n_errors != 0)
		return;
	if (!drafts_take(&p->drafts, conf)) {
		parser_no_memory(p);
		return;
	}
	conf->globals = p->globals.interface.settings;
	for (size_t i = 0; i < conf->n_interfaces; i++) {
		const struct iface_settings *settings = &conf->interfaces[i].settings;

		for (enum family family = 0; family < FAMILY_COUNT; family++)
			if (settings->role != ROLE_DISABLED && settings->enabled[family])
				conf->enabled[family] = true;
	}
}

struct conf *conf_parse(const char *path, const struct conf_options *given)
{
	struct parser p;

	if (parser_init(&p, given)) {
		files_read_first(&p, path);
		finish(&p);
	}
	parser_fini(&p);
	return p.conf;
}

struct conf *parser_parse_memory(const char *name, const char *text, size_t len, const struct conf_options *given)
{
	struct parser p;

	if (parser_init(&p, given)) {
		files_read_memory(&p, name, text, len);
		finish(&p);
	}
	parser_fini(&p);
	return p.conf;
}
