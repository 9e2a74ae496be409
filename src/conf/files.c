#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "blocks.h"
#include "parser.h"
#include "textfile.h"

#include "parse.h"

/* The files being read, the innermost first: one must not include itself. */
struct open_file {
	const struct open_file *outer;
	struct textfile text;
};

static const char *remember(struct parser *p, const char *path)
{
	struct conf *conf = p->conf;
	char **files = reallocarray(conf->files, conf->n_files + 1, sizeof(*files));

	if (files == NULL)
		return NULL;
	conf->files = files;
	files[conf->n_files] = strdup(path);
	if (files[conf->n_files] == NULL)
		return NULL;
	return files[conf->n_files++];
}

static void parse_text(struct parser *p, const char *name, const char *text, size_t len)
{
	struct lexer *outer = p->lexer;
	struct lexer lexer;

	lex_init(&lexer, name, text, len);
	p->lexer = &lexer;
	conf_yyparse(p);
	/* A parse that ended early, inside of a block, must not leave it open for the file that goes on. */
	blocks_close(p);
	p->skipping = 0;
	p->lexer = outer;
}

static int open_path(const struct parser *p, const char *path, const char **why)
{
	int fd;

	*why = NULL;
	if (p->options->open != NULL)
		fd = p->options->open(p->options->ctx, path, why);
	else
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd == -1 && *why == NULL)
		*why = strerror(errno);
	return fd;
}

static const char *read_path(const struct parser *p, const char *path, struct textfile *text)
{
	uid_t owner = p->options->owner != NULL ? *p->options->owner : geteuid();
	const char *why;
	int fd = open_path(p, path, &why);

	if (fd == -1)
		return why;
	why = textfile_read(text, fd, owner);
	close(fd);
	return why;
}

static bool is_open(const struct open_file *file, const struct textfile *text)
{
	for (; file != NULL; file = file->outer)
		if (file->text.dev == text->dev && file->text.ino == text->ino)
			return true;
	return false;
}

/* NULL, or why the file could not be read; what is wrong in it has been told then. */
static const char *read_file(struct parser *p, const char *path)
{
	struct open_file file = {.outer = p->file};
	const char *name, *why = NULL;

	if (p->conf->n_files == PARSER_MAX_FILES)
		return "too many files";
	why = read_path(p, path, &file.text);
	if (why != NULL)
		return why;
	name = remember(p, path);
	if (name == NULL)
		why = "out of memory";
	else if (is_open(p->file, &file.text))
		why = "it includes itself";
	else {
		p->file = &file;
		parse_text(p, name, file.text.text, file.text.len);
		p->file = file.outer;
	}
	textfile_fini(&file.text);
	return why;
}

void files_read_first(struct parser *p, const char *path)
{
	struct place at = {path, 0};
	const char *why = read_file(p, path);

	if (why != NULL)
		parser_error(p, &at, "cannot read: %s", why);
}

void files_read_memory(struct parser *p, const char *name, const char *text, size_t len)
{
	const char *copy = remember(p, name);

	if (copy == NULL)
		parser_no_memory(p);
	else
		parse_text(p, copy, text, len);
}

/* The path as it is opened; NULL when memory is short. */
static char *resolve(const char *from, const char *path)
{
	const char *slash = path[0] == '/' ? NULL : strrchr(from, '/');
	char *whole;

	if (slash == NULL)
		return strdup(path);
	if (asprintf(&whole, "%.*s/%s", (int)(slash - from), from, path) == -1)
		return NULL;
	return whole;
}

void files_include(struct parser *p, const struct word *path)
{
	const char *why = "out of memory";
	char *whole;

	if (path->text[0] == '\0') {
		parser_error(p, &path->at, "include: the name is empty");
		return;
	}
	if (p->depth == PARSER_MAX_DEPTH) {
		parser_error(p, &path->at, "cannot include %.128s: files include each other more than %d deep",
			     path->text, PARSER_MAX_DEPTH);
		return;
	}
	p->depth++;
	whole = resolve(p->lexer->name, path->text);
	if (whole != NULL)
		why = read_file(p, whole);
	if (why != NULL)
		parser_error(p, &path->at, "cannot include %.128s: %s", path->text, why);
	free(whole);
	p->depth--;
}
