/*
 * Which files are read, and in which order: the first one, and what it includes. Every
 * file has a lexer of its own and is parsed for itself, so that a block never spans two.
 */
#ifndef CONF_FILES_H
#define CONF_FILES_H

#include <stddef.h>

struct parser;
struct word;

void files_read_first(struct parser *p, const char *path);
void files_read_memory(struct parser *p, const char *name, const char *text, size_t len);

/* A relative path is looked up where the including file lies. */
void files_include(struct parser *p, const struct word *path);

#endif
