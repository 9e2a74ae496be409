#include "macros.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lex.h"

bool macros_name_ok(const char *name)
{
	for (const char *c = name; *c != '\0'; c++)
		if (!isalnum((unsigned char)*c) && *c != '_')
			return false;
	return name[0] != '\0' && !lex_is_reserved(name);
}

static struct macro *macros_find(const struct macros *macros, const char *name)
{
	for (size_t i = 0; i < macros->count; i++)
		if (strcmp(macros->items[i].name, name) == 0)
			return &macros->items[i];
	return NULL;
}

static const char *macros_add(struct macros *macros, const char *name, char *value, bool fixed)
{
	struct macro *items;

	if (macros->count == MACROS_MAX)
		return "is one macro too many";
	items = reallocarray(macros->items, macros->count + 1, sizeof(*items));
	if (items == NULL)
		return "does not fit into memory";
	macros->items = items;
	items[macros->count] = (struct macro){.name = strdup(name), .value = value, .fixed = fixed};
	if (items[macros->count].name == NULL)
		return "does not fit into memory";
	macros->count++;
	return NULL;
}

const char *macros_set(struct macros *macros, const char *name, const char *value, bool fixed)
{
	struct macro *macro = macros_find(macros, name);
	const char *why;
	char *copy;

	if (macro != NULL && macro->fixed && !fixed)
		return NULL;
	if (strlen(value) > LEX_WORD_MAX)
		return "has a value that is too long";
	copy = strdup(value);
	if (copy == NULL)
		return "does not fit into memory";
	if (macro == NULL) {
		why = macros_add(macros, name, copy, fixed);
		if (why != NULL)
			free(copy);
		return why;
	}
	free(macro->value);
	macro->value = copy;
	return NULL;
}

/* -D takes any bytes; the file's own values have none of these. */
static bool has_control(const char *value)
{
	for (; *value != '\0'; value++)
		if (iscntrl((unsigned char)*value) && *value != '\t')
			return true;
	return false;
}

const char *macros_expand(struct macros *macros, const char *name, const char **why)
{
	const struct macro *macro = macros_find(macros, name);

	if (macro == NULL)
		*why = "is not defined";
	else if (has_control(macro->value))
		*why = "holds a control character";
	else if (macros->expanded_bytes + strlen(macro->value) > MACROS_MAX_EXPANSION)
		*why = "is expanded too often";
	else {
		macros->expanded_bytes += strlen(macro->value);
		return macro->value;
	}
	return NULL;
}

void macros_fini(struct macros *macros)
{
	for (size_t i = 0; i < macros->count; i++) {
		free(macros->items[i].name);
		free(macros->items[i].value);
	}
	free(macros->items);
}
