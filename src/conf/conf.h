/*
 * The configuration: what the operator asked for, parsed and checked as a whole
 * (mcast-proxy.conf(5), design section 3). A struct conf is never live state: a
 * reload parses a new one and compares. Everything in it belongs to it.
 */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <sys/types.h>

#include "addr.h"
#include "ifstate.h"
#include "mtime.h"
#include "place.h"
#include "settings.h"

enum { CONF_DEFAULT_MAX_FLOWS = 65536 };

/* Room for a pattern, which may be longer than any name that it matches (IFSTATE_NAME_BYTES). */
enum { CONF_NAME_BYTES = 64 };

/* One interface by name or by pattern, with the settings in force for it. */
struct conf_interface {
	char name[CONF_NAME_BYTES];
	bool pattern; /* a shell glob, fnmatch(3) */
	struct iface_settings settings;
};

struct conf_listen {
	struct addr addr; /* loopback */
	uint16_t port;
};

/* The stats block. */
struct conf_stats {
	char *socket;	    /* NULL: no socket */
	char *socket_group; /* NULL: the user's own group */
	unsigned int socket_mode;
	struct conf_listen *listens;
	size_t n_listens;
	struct mspan sample_interval;
	struct mspan summary_interval; /* 0: off */
	unsigned int max_groups;
};

struct conf {
	char *user;
	bool no_chroot;
	char *chroot; /* NULL: the user's home directory */
	bool has_table;
	uint32_t table;
	unsigned int max_flows;
	bool enabled[FAMILY_COUNT]; /* some upstream or downstream has this family on */
	struct conf_stats stats;
	struct conf_interface *interfaces; /* in file order, one for each name */
	size_t n_interfaces;
	/* What stood outside of blocks, at the end; each interface has its own copy. Has no lists. */
	struct iface_settings globals;
	/* Every file read, the first one first: a reload wants descriptors of their directories (design section 3). */
	char **files;
	size_t n_files;
};

/* -D name=value, in the order given. */
struct conf_macro {
	const char *name;
	const char *value;
};

/*
 * Where the words about errors and warnings go, one call a line: "file:line: what" or
 * "file:line: warning: what", without newline, and where that is. Line 0 is the file
 * itself. At most a hundred errors are told, then "too many errors". All is borrowed.
 */
typedef void conf_report(void *ctx, bool is_error, const struct place *at, const char *text);

/*
 * Opens a file for reading, the first one or an include, and must not block on a FIFO
 * (O_NONBLOCK). Returns a descriptor that the parser closes, or -1 with errno set, or
 * -1 with *why set to words that live on ("needs a restart").
 */
typedef int conf_open(void *ctx, const char *path, const char **why);

/* All zero will do: no macros, no words, open(2), the effective user. */
struct conf_options {
	const struct conf_macro *macros;
	size_t n_macros;
	conf_report *report; /* may be NULL */
	conf_open *open;     /* NULL: open(2). A reload opens below directory descriptors */
	const uid_t *owner;  /* besides root, who may own the files; NULL: geteuid() */
	void *ctx;	     /* of both functions */
};

/*
 * Splits "name=value" at the last '='; *macro borrows from text, in which the '=' is
 * overwritten. False when there is none or the name is no macro name.
 */
bool conf_macro_parse(char *text, struct conf_macro *macro);

/*
 * Reads and checks a file. NULL when anything in it is wrong, after every error has
 * been reported. The caller frees with conf_free().
 */
struct conf *conf_parse(const char *path, const struct conf_options *options);
void conf_free(struct conf *conf);

/*
 * The settings in force for an interface of this name; NULL when it is not to be
 * touched. A named block beats any pattern; patterns go in file order, and never
 * match a loopback interface, the upstream or a disabled interface.
 */
const struct iface_settings *conf_find(const struct conf *conf, const char *name, bool loopback);

/*
 * The whole effective configuration in the file's own syntax: parsing that output
 * again prints the same.
 */
void conf_print(const struct conf *conf, FILE *out);

#endif
