/* What one run of mcast-proxyctl(8) was asked to do, and how it may end. Everything is borrowed from argv. */
#ifndef CTL_ERRAND_H
#define CTL_ERRAND_H

#include <stdbool.h>

#include "addr.h"

/*
 * Design, section 2: `check` and `diagnose` answer with 0, 1 and 2. A mistake on the
 * command line has a number of its own, so that no script takes it for an answer
 * (3 is UNKNOWN to Nagios).
 */
enum errand_status {
	ERRAND_OK,
	ERRAND_WRONG,	    /* degraded; suspects named; the output could not be written */
	ERRAND_UNREACHABLE, /* the daemon, or its answer is none */
	ERRAND_USAGE
};

struct errand {
	const char *socket;
	bool families[FAMILY_COUNT]; /* what to show of */
	bool json;
	double interval; /* -i, seconds; 0: not given */
	long count;	 /* -n; 0: without end */
	const char *file; /* -o, or NULL */
	char **words;	 /* what stands behind the command */
	int n_words;
};

#endif
