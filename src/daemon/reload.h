/*
 * Reading the configuration again from inside a chroot, as nobody: its files are
 * opened below descriptors of their directories, taken at the start. (A descriptor of
 * the file itself would show the old one after an editor has renamed a new one into
 * place.) A new configuration is taken whole or not at all.
 */
#ifndef DAEMON_RELOAD_H
#define DAEMON_RELOAD_H

#include "cmdline.h"
#include "conf.h"

struct reload;

/* Before chroot. cmdline is borrowed; NULL when memory is short. */
struct reload *reload_new(const struct cmdline *cmdline, const struct conf *conf);
void reload_free(struct reload *r);

/* After privileges are dropped: warns of what a reload could not read. */
void reload_rehearse(const struct reload *r);

/*
 * A new configuration to be run instead of the running one; NULL after error lines:
 * it is wrong, or it changes what only a restart can change.
 */
struct conf *reload_parse(struct reload *r, const struct conf *running);

/* Why a configuration was not taken, for programs that read the log. */
struct reload_refusal {
	const char *reason; /* "bad_configuration", "needs_restart", "no_memory" */
	const char *file;   /* the first error's */
	unsigned int line;  /* 0: the file as a whole */
	const char *token;  /* the statement that needs a restart; or NULL */
};

/* Of the last one that was parsed, if it was not taken. Borrowed until the next is. */
const struct reload_refusal *reload_refusal(const struct reload *r);

#endif
