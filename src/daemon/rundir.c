#include "rundir.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* By its descriptor: whoever it is given to may put something else in its place. */
static int give(const char *directory, const struct privileges *privileges, gid_t gid)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int error;

	if (fd == -1)
		return -errno;
	/* Whatever our umask is. */
	if (fchmod(fd, 0750) == 0 && (!privileges->is_root || fchown(fd, privileges->uid, gid) == 0))
		return fd;
	error = errno;
	close(fd);
	return -error;
}

static int open_or_make(const char *directory, const struct privileges *privileges, gid_t gid)
{
	int error;
	int fd;

	if (mkdir(directory, 0750) == 0)
		return give(directory, privileges, gid);
	error = errno;
	fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	/* Why it could not be made says more than that it is not there. */
	return errno == ENOENT ? -error : -errno;
}

int rundir_open(const char *path, const struct privileges *privileges, gid_t gid, char name[static NAME_MAX + 1])
{
	char *copy = strdup(path);
	int fd;

	if (!copy)
		return -ENOMEM;
	strlcpy(name, basename(copy), NAME_MAX + 1);
	strcpy(copy, path);
	fd = open_or_make(dirname(copy), privileges, gid);
	free(copy);
	return fd;
}
