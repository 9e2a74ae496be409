#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "socketat.h"

#define PROGRAM "mcast-proxy"
#define SYSLOG_SOCKET "/dev/log"

static struct {
	bool foreground;
	bool to_journal; /* that is where stderr leads */
	int max_priority;
	int fd;		   /* connected to syslogd, or -1 */
	int directory;	   /* of its socket, O_PATH, or -1 */
	char name[NAME_MAX + 1]; /* of its socket there */
	uint64_t lost;
	uint64_t counts[LOG_DEBUG + 1];
} logger = {.foreground = true, .max_priority = LOG_INFO, .fd = -1, .directory = -1};

/* sd_journal's word for it: which file it made our stderr. A stderr that was redirected since is another one. */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	char own[48];
	struct stat st;

	if (!stream || fstat(STDERR_FILENO, &st) != 0)
		return false;
	snprintf(own, sizeof(own), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	return strcmp(stream, own) == 0;
}

void log_init(int verbose)
{
	logger.to_journal = stderr_is_journal();
	logger.max_priority = verbose > 0 ? LOG_DEBUG : LOG_INFO;
	tzset(); /* reads the zone's file, which a chroot does not have */
	/* Whoever reads our words may go away: no reason to end. */
	signal(SIGPIPE, SIG_IGN);
}

/* Where syslogd listens, or will listen: at boot it may come after us, and leave the link dangling until then. */
static void find_syslog(char path[static PATH_MAX])
{
	ssize_t len;

	if (realpath(SYSLOG_SOCKET, path))
		return;
	len = readlink(SYSLOG_SOCKET, path, PATH_MAX - 1);
	if (len > 0 && *path == '/')
		path[len] = '\0';
	else
		strlcpy(path, SYSLOG_SOCKET, PATH_MAX);
}

void log_use_syslog(void)
{
	char path[PATH_MAX];
	char *slash;

	logger.foreground = false;
	find_syslog(path);
	slash = strrchr(path, '/');
	strlcpy(logger.name, slash + 1, sizeof(logger.name));
	*slash = '\0';
	logger.directory = open(*path ? path : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static int connect_there(int type)
{
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || socketat_connect(logger.directory, logger.name, fd) == 0)
		return fd;
	close(fd);
	return -1;
}

static bool connect_syslog(void)
{
	if (logger.fd >= 0)
		return true;
	if (logger.directory < 0)
		return false;
	logger.fd = connect_there(SOCK_DGRAM);
	if (logger.fd < 0)
		logger.fd = connect_there(SOCK_STREAM);
	return logger.fd >= 0;
}

static bool send_once(const char *text, size_t len)
{
	ssize_t sent;

	if (!connect_syslog())
		return false;
	sent = send(logger.fd, text, len, MSG_NOSIGNAL);
	if (sent == (ssize_t)len)
		return true;
	/* Part of a line on a stream: the next one would be glued to it. */
	if (sent >= 0 || errno != EAGAIN) {
		close(logger.fd);
		logger.fd = -1;
	}
	return false;
}

/* The local form of RFC 3164; the byte at the end parts messages on a stream. */
static void to_syslog(int priority, const char *line)
{
	char text[1024];
	char when[32];
	time_t now = time(NULL);
	struct tm tm;
	int len;

	strftime(when, sizeof(when), "%b %e %H:%M:%S", localtime_r(&now, &tm));
	len = snprintf(text, sizeof(text), "<%d>%s " PROGRAM "[%ld]: %s", LOG_DAEMON | priority, when, (long)getpid(),
		       line);
	if (len < 0)
		return;
	if ((size_t)len >= sizeof(text))
		len = sizeof(text) - 1;
	/* A second try connects anew: syslogd may have been restarted since. */
	if (!send_once(text, (size_t)len + 1) && !send_once(text, (size_t)len + 1))
		logger.lost++;
}

void log_line(int priority, const char *line)
{
	logger.counts[priority]++;
	if (priority > logger.max_priority)
		return;
	if (!logger.foreground)
		to_syslog(priority, line);
	else if (logger.to_journal)
		fprintf(stderr, "<%d>%s\n", priority, line); /* sd-daemon(3) */
	else
		fprintf(stderr, PROGRAM ": %s\n", line);
}

void log_to(void *ctx, int priority, const char *line)
{
	(void)ctx;
	log_line(priority, line);
}

void log_printf(int priority, const char *format, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	log_line(priority, text);
}

int log_max_priority(void)
{
	return logger.max_priority;
}

uint64_t log_count(int priority)
{
	return logger.counts[priority];
}

uint64_t log_lost(void)
{
	return logger.lost;
}
