#include "blocks.h"

#include <string.h>

#include "parser.h"

static bool is_pattern(const char *name)
{
	return strpbrk(name, "*?[") != NULL;
}

/* NULL, or what is wrong with the name of an interface, or with a pattern. */
static const char *bad_name(const struct word *name)
{
	const char *text = name->text;
	size_t len = strlen(text);
	bool pattern = is_pattern(text);

	if (len == 0)
		return "is empty";
	if (!pattern && len >= IFSTATE_NAME_BYTES)
		return "is longer than 15 bytes";
	if (len >= CONF_NAME_BYTES)
		return "is longer than 63 bytes";
	if (strpbrk(text, "/ \t") != NULL || strcmp(text, ".") == 0 || strcmp(text, "..") == 0 || text[len - 1] == '\\')
		return "is no name that an interface can have";
	/* In a macro the quotes are gone, so there it is believed. */
	if (pattern && !name->quoted && !name->expanded)
		return "is a pattern, and must be quoted";
	if (strchr(text, '[') != NULL && strchr(strchr(text, '['), ']') == NULL)
		return "has a '[' without its ']'";
	return NULL;
}

/* The options of a block that is wrong in itself go where nobody looks. */
static struct draft *scratch(struct parser *p)
{
	draft_fini(&p->scratch);
	draft_inherit(&p->scratch, &p->globals);
	return &p->scratch;
}

static struct draft *new_draft(struct parser *p, const struct word *name)
{
	struct draft *draft;

	if (p->drafts.count == DRAFTS_MAX) {
		parser_error(p, &name->at, "more than %d interfaces", DRAFTS_MAX);
		return scratch(p);
	}
	draft = drafts_add(&p->drafts);
	if (draft == NULL) {
		parser_no_memory(p);
		return scratch(p);
	}
	draft_inherit(draft, &p->globals);
	draft->opened = name->at;
	draft->interface.pattern = is_pattern(name->text);
	draft->interface.settings.from_pattern = draft->interface.pattern;
	strlcpy(draft->interface.name, name->text, sizeof(draft->interface.name));
	return draft;
}

static struct draft *draft_for(struct parser *p, const struct word *name)
{
	const char *why = bad_name(name);
	struct draft *draft;

	if (why != NULL) {
		parser_error(p, &name->at, "interface '%.64s' %s", name->text, why);
		return scratch(p);
	}
	draft = drafts_find(&p->drafts, name->text, is_pattern(name->text));
	if (draft == NULL)
		return new_draft(p, name);
	draft_restart(draft, &p->globals);
	return draft;
}

void blocks_open_interface(struct parser *p, const struct place *at, const struct word *name)
{
	blocks_unclosed(p);
	p->draft = name != NULL ? draft_for(p, name) : scratch(p);
	p->scope = SCOPE_INTERFACE;
	p->block = *at;
}

void blocks_open(struct parser *p, const struct word *name)
{
	bool known = !name->quoted && strcmp(name->text, "stats") == 0;

	if (!known)
		parser_error(p, &name->at, "unknown block '%.64s'", name->text);
	p->scope = known ? SCOPE_STATS : SCOPE_NONE;
	p->block = name->at;
}

void blocks_unclosed(struct parser *p)
{
	if (p->block.file != NULL)
		lex_error(p, p->block.line, "the block that begins here is never closed");
}

void blocks_skip(struct parser *p)
{
	p->skipping++;
}

void blocks_skipped(struct parser *p)
{
	p->skipping--;
}

void blocks_close(struct parser *p)
{
	p->draft = NULL;
	p->scope = SCOPE_GLOBAL;
	p->block = (struct place){0};
}
