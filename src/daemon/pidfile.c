#include "pidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <libutil.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "log.h"

struct pidfile {
	struct pidfh *handle;
	int directory;
	char name[NAME_MAX + 1];
};

/* /run is empty after every boot, so a directory of our own there is ours to make. */
static int make_directory(const char *path, const struct privileges *privileges)
{
	int fd;

	if (mkdir(path, 0750) == -1)
		return -1;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0 && privileges->is_root && fchown(fd, privileges->uid, privileges->gid) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

static int open_directory(const char *path, const struct privileges *privileges, char name[static NAME_MAX + 1])
{
	char *copy = strdup(path);
	const char *directory;
	int fd;

	if (!copy)
		return -1;
	strlcpy(name, basename(copy), NAME_MAX + 1);
	strcpy(copy, path);
	directory = dirname(copy);
	fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1 && errno == ENOENT)
		fd = make_directory(directory, privileges);
	free(copy);
	return fd;
}

static void say_why(const char *path, pid_t other)
{
	if (errno == EEXIST)
		log_printf(LOG_ERR, "%s: another mcast-proxy lives (pid %ld): give this one its own file with -p", path,
			   (long)other);
	else
		log_printf(LOG_ERR, "%s: %s", path, strerror(errno));
}

struct pidfile *pidfile_take(const char *path, const struct privileges *privileges)
{
	struct pidfile *p = calloc(1, sizeof(*p));
	pid_t other = -1;

	if (!p) {
		log_line(LOG_ERR, "out of memory");
		return NULL;
	}
	p->directory = open_directory(path, privileges, p->name);
	p->handle = p->directory >= 0 ? pidfile_open(path, 0644, &other) : NULL;
	if (p->handle)
		return p;
	say_why(path, other);
	if (p->directory >= 0)
		close(p->directory);
	free(p);
	return NULL;
}

void pidfile_publish(struct pidfile *p)
{
	if (pidfile_write(p->handle) == -1)
		log_printf(LOG_WARNING, "pidfile %s: %s", p->name, strerror(errno));
}

void pidfile_drop(struct pidfile *p)
{
	if (!p)
		return;
	if (unlinkat(p->directory, p->name, 0) == -1 && ftruncate(pidfile_fileno(p->handle), 0) == -1)
		log_printf(LOG_WARNING, "pidfile %s: %s", p->name, strerror(errno));
	close(p->directory);
	pidfile_close(p->handle);
	free(p);
}
