#include "reach.h"

#include <errno.h>
#include <grp.h>
#include <libgen.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "harmless.h"

/* The socket, or the directory above it that lets nobody look: whose permission it is that lacks. */
static bool find_barrier(const char *socket, char path[static PATH_MAX], struct stat *st)
{
	snprintf(path, PATH_MAX, "%s", socket);
	while (stat(path, st) != 0) {
		char copy[PATH_MAX];

		if (errno != EACCES || strcmp(path, "/") == 0)
			return false;
		snprintf(copy, sizeof(copy), "%s", path);
		snprintf(path, PATH_MAX, "%s", dirname(copy));
	}
	return true;
}

/* Would a member of its group get through? */
static bool group_may(const struct stat *st)
{
	mode_t needed = S_ISDIR(st->st_mode) ? S_IXGRP : S_IWGRP;

	return (st->st_mode & needed) != 0;
}

static void explain_permission(const char *socket)
{
	char path[PATH_MAX], name[HARMLESS_WORD_BYTES];
	struct stat st;
	const struct group *group;

	fprintf(stderr, "mcast-proxyctl: no permission for %s\n", socket);
	if (!find_barrier(socket, path, &st))
		return;
	group = getgrgid(st.st_gid);
	if (!group_may(&st))
		fprintf(stderr, "only the owner of %s may; see socket-group and socket-mode in mcast-proxy.conf(5)\n", path);
	else if (group)
		fprintf(stderr, "join its group and log in again: usermod -aG %s $USER\n",
			harmless(group->gr_name, name, sizeof(name)));
	else
		fprintf(stderr, "it is for members of the group with the number %lu, which has no name\n",
			(unsigned long)st.st_gid);
}

static void explain_absence(const char *socket, const char *what)
{
	fprintf(stderr,
		"mcast-proxyctl: %s: %s\n"
		"is mcast-proxy running? start it with: systemctl start mcast-proxy (or: mcast-proxy)\n"
		"if its configuration names another socket, say which: mcast-proxyctl -s PATH ...\n",
		socket, what);
}

void reach_explain(const char *socket, int error)
{
	struct stat st;

	if (error == EACCES || error == EPERM)
		explain_permission(socket);
	else if (error == ENOENT)
		explain_absence(socket, "there is no such socket");
	else if (error == ECONNREFUSED && stat(socket, &st) == 0 && !S_ISSOCK(st.st_mode))
		explain_absence(socket, "this is not a socket");
	else if (error == ECONNREFUSED)
		explain_absence(socket, "nobody answers at this socket");
	else if (error == EAGAIN)
		fprintf(stderr, "mcast-proxyctl: %s: the daemon takes no more connections now; try again\n", socket);
	else
		fprintf(stderr, "mcast-proxyctl: %s: %s\n", socket, strerror(error));
}
