/*
 * Interfaces while they are read: the settings so far, and where each was said, which
 * the checks over the whole want to name. A draft owns the lists in its settings until
 * drafts_take() hands them to the configuration.
 */
#ifndef CONF_DRAFT_H
#define CONF_DRAFT_H

#include <stdbool.h>
#include <stddef.h>

#include "conf.h"
#include "options.h"
#include "place.h"

enum { DRAFTS_MAX = 4096 };

/* The last statement that set an option. */
struct said {
	struct place at; /* file NULL: it has its default */
	unsigned int order;
	bool here; /* in a block of this interface; else what stood before its first block */
};

struct draft {
	struct conf_interface interface;
	struct place opened; /* its first block */
	struct said said[OPTION_COUNT];
};

struct drafts {
	struct draft *items; /* in file order */
	size_t count;
};

/* Default settings, no name. */
void draft_init(struct draft *draft);
void draft_fini(struct draft *draft);

/* Settings that stand before a block are what it starts from, the first one of that name at least. */
void draft_inherit(struct draft *draft, const struct draft *globals);
/* A further block: ipv4 and ipv6 restart from the globals, all else goes on. */
void draft_restart(struct draft *draft, const struct draft *globals);

struct draft *drafts_find(const struct drafts *drafts, const char *name, bool pattern);
/* An uninitialised draft at the end, or NULL when memory is short. It stays valid until the next. */
struct draft *drafts_add(struct drafts *drafts);
/* Moves all interfaces into conf; false when memory is short. */
bool drafts_take(struct drafts *drafts, struct conf *conf);
void drafts_fini(struct drafts *drafts);

#endif
