#include "cmdline.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define DEFAULT_FILE "/etc/mcast-proxy.conf"

static bool usage(void)
{
	fprintf(stderr, "usage: mcast-proxy [-dnvV] [-D macro=value] [-f file] [-p pidfile]\n");
	return false;
}

static bool add_macro(struct cmdline *o, char *text)
{
	if (o->n_macros == CMDLINE_MACROS) {
		fprintf(stderr, "mcast-proxy: more than %d times -D\n", CMDLINE_MACROS);
		return false;
	}
	if (!conf_macro_parse(text, &o->macros[o->n_macros])) {
		fprintf(stderr, "mcast-proxy: -D wants macro=value, not \"%s\"\n", text);
		return false;
	}
	o->n_macros++;
	return true;
}

static bool one_option(struct cmdline *o, int letter)
{
	switch (letter) {
	case 'd':
		o->foreground = true;
		return true;
	case 'n':
		o->check = true;
		return true;
	case 'v':
		o->verbose++;
		return true;
	case 'V':
		o->version = true;
		return true;
	case 'f':
		o->file = optarg;
		return true;
	case 'p':
		o->pidfile = optarg;
		return true;
	case 'D':
		return add_macro(o, optarg);
	default:
		return usage();
	}
}

bool cmdline_parse(int argc, char *argv[], struct cmdline *o)
{
	int letter;

	*o = (struct cmdline){.file = DEFAULT_FILE};
	while ((letter = getopt(argc, argv, "D:df:np:vV")) != -1)
		if (!one_option(o, letter))
			return false;
	return optind == argc || usage();
}
