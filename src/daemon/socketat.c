#include "socketat.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

typedef int address_call(int fd, const struct sockaddr *address, socklen_t len);

/* Not without a way back: the directory may lie outside of the chroot. */
static int call_in(int directory, address_call *call, int fd, const struct sockaddr_un *un)
{
	int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int error = 0;

	if (here == -1)
		return -errno;
	if (fchdir(directory) == -1 || call(fd, (const struct sockaddr *)un, sizeof(*un)) == -1)
		error = errno;
	if (fchdir(here) == -1)
		error = errno;
	close(here);
	return -error;
}

static int named(int directory, const char *name, int fd, address_call *call)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};

	if (strlcpy(un.sun_path, name, sizeof(un.sun_path)) >= sizeof(un.sun_path))
		return -ENAMETOOLONG;
	return call_in(directory, call, fd, &un);
}

int socketat_connect(int directory, const char *name, int fd)
{
	return named(directory, name, fd, connect);
}

int socketat_bind(int directory, const char *name, int fd)
{
	return named(directory, name, fd, bind);
}
