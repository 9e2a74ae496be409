#include "listeners.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include "log.h"
#include "rundir.h"
#include "socketat.h"

/* sd_listen_fds(3): the first descriptor that is handed over. */
enum { FIRST_INHERITED = 3, MAX_LISTENERS = 32, BACKLOG = 16 };

struct listeners {
	int fds[MAX_LISTENERS];
	size_t n;
	size_t taken;
	int directory; /* of the unix socket, O_PATH; -1: none is ours */
	char name[NAME_MAX + 1];
	dev_t device; /* of the unix socket that we made, and its number there */
	ino_t inode;
};

/* --- what systemd hands over --- */

static long number_of(const char *variable)
{
	const char *text = getenv(variable);

	return text ? strtol(text, NULL, 10) : 0;
}

static bool is_listening(int fd)
{
	int listens = 0, type = 0;
	socklen_t len = sizeof(int), type_len = sizeof(int);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) == 0 && listens &&
	       getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_len) == 0 && type == SOCK_STREAM;
}

static void inherit(struct listeners *l)
{
	long n = number_of("LISTEN_PID") == (long)getpid() ? number_of("LISTEN_FDS") : 0;

	for (int fd = FIRST_INHERITED; fd < FIRST_INHERITED + n && l->n < MAX_LISTENERS; fd++) {
		if (is_listening(fd) && fcntl(fd, F_SETFD, FD_CLOEXEC) == 0)
			l->fds[l->n++] = fd;
		else
			log_printf(LOG_WARNING, "LISTEN_FDS: descriptor %d is no stream socket that listens", fd);
	}
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
}

struct listeners *listeners_new(void)
{
	struct listeners *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->directory = -1;
	inherit(l);
	return l;
}

/* --- the unix socket --- */

static bool failed(const char *path, const char *what)
{
	log_printf(LOG_ERR, "stats socket \"%s\": %s: %s", path, what, strerror(errno));
	return false;
}

/* systemd may have made this very socket for us. */
static bool is_inherited(const struct listeners *l, const char *path)
{
	for (size_t k = 0; k < l->n; k++) {
		struct sockaddr_un un = {.sun_family = AF_UNSPEC};
		socklen_t len = sizeof(un);

		if (getsockname(l->fds[k], (struct sockaddr *)&un, &len) == 0 && un.sun_family == AF_UNIX &&
		    strncmp(un.sun_path, path, sizeof(un.sun_path)) == 0)
			return true;
	}
	return false;
}

/* Who may connect, besides the user himself. */
static bool find_group(const struct conf_stats *conf, const struct privileges *privileges, gid_t *gid)
{
	const struct group *group;

	*gid = privileges->is_root ? privileges->gid : getegid();
	if (!conf->socket_group)
		return true;
	group = getgrnam(conf->socket_group);
	if (!group) {
		log_printf(LOG_ERR, "group \"%s\" does not exist: groupadd --system %s", conf->socket_group,
			   conf->socket_group);
		return false;
	}
	*gid = group->gr_gid;
	return true;
}

/* A socket that is left over from a daemon that was killed refuses; one that accepts is somebody's. */
static bool is_inhabited(const struct listeners *l)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int error;

	if (fd == -1)
		return false;
	error = socketat_connect(l->directory, l->name, fd);
	close(fd);
	return error == 0 || error == -EAGAIN;
}

/* Nobody can connect before listen(), so it may have its mode at once. */
static bool bind_socket(const struct listeners *l, int fd, mode_t mode)
{
	mode_t mask = umask(~mode & 0777);
	int error = socketat_bind(l->directory, l->name, fd);

	umask(mask);
	errno = -error;
	return error == 0;
}

/*
 * Gives it away, and remembers which one it is. The directory may be the user's own: a
 * daemon that was taken over could have put a link to a file of root's there by now.
 */
static bool own_socket(struct listeners *l, const struct privileges *privileges, gid_t gid)
{
	uid_t uid = privileges->is_root ? privileges->uid : geteuid();
	int fd = openat(l->directory, l->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	bool owned = false;

	if (fd == -1)
		return false;
	if (fstat(fd, &st) == 0) {
		l->device = st.st_dev;
		l->inode = st.st_ino;
		errno = EEXIST;
		owned = S_ISSOCK(st.st_mode) && fchownat(fd, "", uid, gid, AT_EMPTY_PATH) == 0;
	}
	close(fd);
	return owned;
}

/* Only what we have made: somebody may have removed it, and another daemon made one. */
static bool is_ours(const struct listeners *l)
{
	struct stat st;

	return fstatat(l->directory, l->name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_dev == l->device &&
	       st.st_ino == l->inode;
}

static bool make_socket(struct listeners *l, const struct conf_stats *conf, const struct privileges *privileges,
			gid_t gid)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd == -1)
		return failed(conf->socket, "socket");
	if (!bind_socket(l, fd, (mode_t)conf->socket_mode) || !own_socket(l, privileges, gid) ||
	    listen(fd, BACKLOG) == -1) {
		failed(conf->socket, "cannot be made");
		close(fd);
		if (is_ours(l))
			(void)unlinkat(l->directory, l->name, 0);
		return false;
	}
	l->fds[l->n++] = fd;
	return true;
}

static void forget_directory(struct listeners *l)
{
	if (l->directory >= 0)
		close(l->directory);
	l->directory = -1;
}

/* What a daemon that was killed has left behind; anything but a socket was put there by somebody else. */
static bool remove_stale(const struct listeners *l, const char *path)
{
	struct stat st;

	if (fstatat(l->directory, l->name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return errno == ENOENT || failed(path, "what is there");
	if (!S_ISSOCK(st.st_mode)) {
		log_printf(LOG_ERR, "stats socket \"%s\": something is there that is no socket: it is left alone", path);
		return false;
	}
	return unlinkat(l->directory, l->name, 0) == 0 || failed(path, "what is left of an old one cannot be removed");
}

static bool open_unix(struct listeners *l, const struct conf_stats *conf, const struct privileges *privileges)
{
	gid_t gid;

	if (is_inherited(l, conf->socket))
		return true;
	if (!find_group(conf, privileges, &gid))
		return false;
	l->directory = rundir_open(conf->socket, privileges, gid, l->name);
	if (l->directory < 0) {
		errno = -l->directory;
		l->directory = -1;
		return failed(conf->socket, "its directory");
	}
	if (is_inhabited(l)) {
		log_printf(LOG_ERR,
			   "stats socket \"%s\": somebody answers there, another mcast-proxy perhaps (in another network "
			   "namespace, which shares the directory): give this one its own with a `socket` line",
			   conf->socket);
		forget_directory(l);
		return false;
	}
	if (remove_stale(l, conf->socket) && make_socket(l, conf, privileges, gid))
		return true;
	forget_directory(l);
	return false;
}

/* --- loopback ports --- */

static socklen_t sockaddr_of(const struct conf_listen *where, struct sockaddr_storage *out)
{
	memset(out, 0, sizeof(*out));
	if (addr_family(&where->addr) == FAMILY_IPV4) {
		struct sockaddr_in *in = (struct sockaddr_in *)out;

		in->sin_family = AF_INET;
		in->sin_port = htons(where->port);
		memcpy(&in->sin_addr, &where->addr.bytes[12], sizeof(in->sin_addr));
		return sizeof(*in);
	}
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)out;

	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(where->port);
	memcpy(&in6->sin6_addr, where->addr.bytes, sizeof(in6->sin6_addr));
	return sizeof(*in6);
}

static bool open_port(struct listeners *l, const struct conf_listen *where)
{
	struct sockaddr_storage address;
	socklen_t len = sockaddr_of(where, &address);
	int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	char text[ADDR_STRLEN];
	int yes = 1;

	if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) == 0 &&
	    bind(fd, (const struct sockaddr *)&address, len) == 0 && listen(fd, BACKLOG) == 0) {
		l->fds[l->n++] = fd;
		return true;
	}
	log_printf(LOG_ERR, "listen on %s port %u: %s", addr_format(&where->addr, text), where->port, strerror(errno));
	if (fd >= 0)
		close(fd);
	return false;
}

/* --- life --- */

bool listeners_open(struct listeners *l, const struct conf_stats *conf, const struct privileges *privileges)
{
	if (l->n + (conf->socket != NULL) + conf->n_listens > MAX_LISTENERS) {
		log_printf(LOG_ERR, "more than %d listeners: fewer listen lines, or fewer of systemd's sockets", MAX_LISTENERS);
		return false;
	}
	if (conf->socket && !open_unix(l, conf, privileges))
		return false;
	for (size_t k = 0; k < conf->n_listens; k++)
		if (!open_port(l, &conf->listens[k]))
			return false;
	return true;
}

int listeners_take(struct listeners *l)
{
	return l->taken < l->n ? l->fds[l->taken++] : -1;
}

void listeners_free(struct listeners *l)
{
	int fd;

	if (!l)
		return;
	while ((fd = listeners_take(l)) >= 0)
		close(fd);
	if (l->directory >= 0 && is_ours(l) && unlinkat(l->directory, l->name, 0) == -1)
		log_printf(LOG_WARNING, "stats socket: %s stays behind: %s", l->name, strerror(errno));
	forget_directory(l);
	free(l);
}
