/*
 * The macros of one run: name="value", by the file or by -D, which wins over it.
 * Names and values are copies, owned here.
 */
#ifndef CONF_MACROS_H
#define CONF_MACROS_H

#include <stdbool.h>
#include <stddef.h>

enum {
	MACROS_MAX = 4096,
	/* All expansions of one run together: a line of macros of macros of macros must not cost minutes. */
	MACROS_MAX_EXPANSION = 4 << 20,
};

struct macro {
	char *name;
	char *value;
	bool fixed; /* by -D */
};

struct macros {
	struct macro *items;
	size_t count;
	size_t expanded_bytes;
};

/* Letters, digits and underscores, and no reserved word. */
bool macros_name_ok(const char *name);

/* NULL, or why it cannot be. A fixed macro keeps its value, which is no error. */
const char *macros_set(struct macros *macros, const char *name, const char *value, bool fixed);

/* The value, valid until that macro is set again; NULL with *why when there is none to be had. */
const char *macros_expand(struct macros *macros, const char *name, const char **why);

void macros_fini(struct macros *macros);

#endif
