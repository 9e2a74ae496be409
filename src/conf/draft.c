#include "draft.h"

#include <stdlib.h>
#include <string.h>

#include "defaults.h"
#include "lists.h"

void draft_init(struct draft *draft)
{
	*draft = (struct draft){.interface.settings = defaults_settings()};
}

void draft_fini(struct draft *draft)
{
	lists_free(&draft->interface.settings);
}

static void inherit_said(struct draft *draft, const struct draft *globals, enum option_id option)
{
	draft->said[option] = globals->said[option];
	draft->said[option].here = false;
}

void draft_inherit(struct draft *draft, const struct draft *globals)
{
	*draft = (struct draft){.interface.settings = globals->interface.settings};
	for (enum option_id option = 0; option < OPTION_COUNT; option++)
		inherit_said(draft, globals, option);
}

void draft_restart(struct draft *draft, const struct draft *globals)
{
	memcpy(draft->interface.settings.enabled, globals->interface.settings.enabled,
	       sizeof(draft->interface.settings.enabled));
	inherit_said(draft, globals, OPTION_IPV4);
	inherit_said(draft, globals, OPTION_IPV6);
}

struct draft *drafts_find(const struct drafts *drafts, const char *name, bool pattern)
{
	for (size_t i = 0; i < drafts->count; i++) {
		struct conf_interface *interface = &drafts->items[i].interface;

		if (interface->pattern == pattern && strcmp(interface->name, name) == 0)
			return &drafts->items[i];
	}
	return NULL;
}

struct draft *drafts_add(struct drafts *drafts)
{
	struct draft *items = reallocarray(drafts->items, drafts->count + 1, sizeof(*items));

	if (items == NULL)
		return NULL;
	drafts->items = items;
	return &items[drafts->count++];
}

bool drafts_take(struct drafts *drafts, struct conf *conf)
{
	if (drafts->count == 0)
		return true;
	conf->interfaces = reallocarray(NULL, drafts->count, sizeof(*conf->interfaces));
	if (conf->interfaces == NULL)
		return false;
	for (size_t i = 0; i < drafts->count; i++)
		conf->interfaces[i] = drafts->items[i].interface;
	conf->n_interfaces = drafts->count;
	drafts->count = 0;
	return true;
}

void drafts_fini(struct drafts *drafts)
{
	for (size_t i = 0; i < drafts->count; i++)
		draft_fini(&drafts->items[i]);
	free(drafts->items);
}
