/* What holds of a whole configuration once it is read: who owns what, and which interface it means. */
#include "conf.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "lists.h"
#include "macros.h"

bool conf_macro_parse(char *text, struct conf_macro *macro)
{
	char *equals = strrchr(text, '=');

	if (equals == NULL)
		return false;
	*equals = '\0';
	*macro = (struct conf_macro){.name = text, .value = equals + 1};
	return macros_name_ok(text);
}

void conf_free(struct conf *conf)
{
	if (conf == NULL)
		return;
	for (size_t i = 0; i < conf->n_interfaces; i++)
		lists_free(&conf->interfaces[i].settings);
	for (size_t i = 0; i < conf->n_files; i++)
		free(conf->files[i]);
	free(conf->interfaces);
	free(conf->files);
	free(conf->user);
	free(conf->chroot);
	free(conf->stats.socket);
	free(conf->stats.socket_group);
	free(conf->stats.listens);
	free(conf);
}

static const struct conf_interface *find_named(const struct conf *conf, const char *name)
{
	for (size_t i = 0; i < conf->n_interfaces; i++)
		if (!conf->interfaces[i].pattern && strcmp(conf->interfaces[i].name, name) == 0)
			return &conf->interfaces[i];
	return NULL;
}

static const struct conf_interface *find_pattern(const struct conf *conf, const char *name)
{
	for (size_t i = 0; i < conf->n_interfaces; i++)
		if (conf->interfaces[i].pattern && fnmatch(conf->interfaces[i].name, name, 0) == 0)
			return &conf->interfaces[i];
	return NULL;
}

const struct iface_settings *conf_find(const struct conf *conf, const char *name, bool loopback)
{
	/* The upstream and what is disabled by name have blocks of their own, so no pattern gets at them. */
	const struct conf_interface *found = find_named(conf, name);

	if (found == NULL && !loopback)
		found = find_pattern(conf, name);
	if (found == NULL || found->settings.role == ROLE_DISABLED)
		return NULL;
	return &found->settings;
}
