/*
 * From root to nobody in particular: who the daemon runs as, looked up and checked
 * at the start; then chroot, the change of user and the end of all capabilities,
 * which cannot be taken back. When it is started without root, it stays who it is: no
 * chroot then.
 */
#ifndef DAEMON_PRIVILEGES_H
#define DAEMON_PRIVILEGES_H

#include <stdbool.h>
#include <sys/types.h>

#include "conf.h"

struct privileges {
	bool is_root;
	uid_t uid;
	gid_t gid;
	char *user;
	char *chroot; /* NULL: none */
};

/*
 * Looks up user, group and chroot directory. False after an error line that names
 * what is missing and the command that creates it.
 */
bool privileges_find(struct privileges *p, const struct conf *conf);
void privileges_fini(struct privileges *p);

/* As many descriptors as the hard limit allows: a socket carries twenty memberships. */
void privileges_raise_limits(void);

/* False after an error line: then the process must end. */
bool privileges_drop(const struct privileges *p);

#endif
