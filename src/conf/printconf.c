/*
 * A configuration in its own syntax: what is in force, defaults and all, in one order.
 * Walks the table that the parser reads by, so the two cannot drift apart.
 */
#include "conf.h"

#include <ctype.h>
#include <string.h>

#include "lex.h"
#include "options.h"
#include "scalars.h"

struct homes {
	const struct conf *conf;
	const struct iface_settings *settings;
	unsigned int scope;
	const char *indent;
};

static const void *home(const struct homes *homes, enum option_home which)
{
	const void *const all[] = {
		[HOME_INTERFACE] = homes->settings,
		[HOME_CONF] = homes->conf,
		[HOME_STATS] = &homes->conf->stats,
	};

	return all[which];
}

/* The upstream's versions are not ours to set, so they may not be printed; nor is what has no effect on it. */
static bool is_printed(const struct option *option, const struct homes *homes)
{
	if ((option->scopes & homes->scope) == 0 || option->print == NULL)
		return false;
	return homes->scope != SCOPE_INTERFACE || homes->settings->role != ROLE_UPSTREAM || !option->downstream_only;
}

static void print_options(const struct homes *homes, FILE *out)
{
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		const struct option *option = &options_table[i];
		const char *value = home(homes, option->home);

		if (is_printed(option, homes))
			option->print(option, value + option->offset, homes->indent, out);
	}
}

static void print_stats(const struct conf *conf, FILE *out)
{
	const struct homes homes = {conf, NULL, SCOPE_STATS, "\t"};

	fputs("\nstats {\n", out);
	print_options(&homes, out);
	fputs("}\n", out);
}

/* Without quotes where the file may do without. */
static void print_name(const char *name, FILE *out)
{
	bool plain = !lex_is_reserved(name);

	for (const char *c = name; *c != '\0'; c++)
		if (!isalnum((unsigned char)*c) && strchr(c == name ? ":_" : ":_.-@", *c) == NULL)
			plain = false;
	if (plain)
		fputs(name, out);
	else
		scalar_print_quoted(name, out);
}

static void print_interface(const struct conf *conf, const struct conf_interface *interface, FILE *out)
{
	const struct homes homes = {conf, &interface->settings, SCOPE_INTERFACE, "\t"};

	fputs("\ninterface ", out);
	print_name(interface->name, out);
	fputs(" {\n", out);
	/* Of what is not touched nothing else is in force. */
	if (interface->settings.role == ROLE_DISABLED)
		fputs("\tdisabled\n", out);
	else
		print_options(&homes, out);
	fputs("}\n", out);
}

void conf_print(const struct conf *conf, FILE *out)
{
	const struct homes homes = {conf, &conf->globals, SCOPE_GLOBAL, ""};

	print_options(&homes, out);
	print_stats(conf, out);
	for (size_t i = 0; i < conf->n_interfaces; i++)
		print_interface(conf, &conf->interfaces[i], out);
}
