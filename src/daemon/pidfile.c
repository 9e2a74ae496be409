#include "pidfile.h"

#include <errno.h>
#include <libutil.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "log.h"
#include "rundir.h"

struct pidfile {
	struct pidfh *handle;
	int directory;
	char name[NAME_MAX + 1];
};

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
	p->directory = rundir_open(path, privileges, privileges->gid, p->name);
	if (p->directory < 0)
		errno = -p->directory;
	else
		p->handle = pidfile_open(path, 0644, &other);
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
