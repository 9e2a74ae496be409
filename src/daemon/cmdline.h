/* The command line of mcast-proxy(8): read, checked, nothing done. */
#ifndef DAEMON_CMDLINE_H
#define DAEMON_CMDLINE_H

#include <stdbool.h>
#include <stddef.h>

#include "conf.h"

enum { CMDLINE_MACROS = 64 };

struct cmdline {
	bool foreground;  /* -d */
	bool check;	  /* -n */
	bool version;	  /* -V */
	int verbose;	  /* -v, as often as given */
	const char *file; /* -f */
	const char *pidfile; /* -p, or NULL */
	struct conf_macro macros[CMDLINE_MACROS]; /* -D */
	size_t n_macros;
};

/* False after a usage message on stderr. The strings borrow from argv. */
bool cmdline_parse(int argc, char *argv[], struct cmdline *o);

#endif
