/*
 * What "mcast-proxy [-D macro=value] -nv -f file" does with a configuration, without
 * the daemon: the effective configuration on stdout, words on stderr, exit 0 or 1.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "conf.h"

enum { MAX_MACROS = 16 };

static void print_line(void *ctx, bool is_error, const struct place *at, const char *line)
{
	(void)ctx;
	(void)is_error;
	(void)at;
	fprintf(stderr, "%s\n", line);
}

static int usage(void)
{
	fputs("usage: test-conf-print [-nv] [-D macro=value] -f file\n", stderr);
	return 1;
}

int main(int argc, char *argv[])
{
	struct conf_macro macros[MAX_MACROS];
	struct conf_options options = {.macros = macros, .report = print_line};
	const char *path = NULL;
	struct conf *conf;
	int option;

	while ((option = getopt(argc, argv, "D:f:nv")) != -1) {
		if (option == 'f')
			path = optarg;
		else if (option == 'D' && options.n_macros < MAX_MACROS &&
			 conf_macro_parse(optarg, &macros[options.n_macros]))
			options.n_macros++;
		else if (option != 'n' && option != 'v')
			return usage();
	}
	if (path == NULL || optind != argc)
		return usage();
	conf = conf_parse(path, &options);
	if (conf == NULL)
		return 1;
	conf_print(conf, stdout);
	conf_free(conf);
	return 0;
}
