/* `mcast-proxyctl metrics`: the metrics as they are, to standard output or into a file that is never half written. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "answer.h"
#include "channel.h"
#include "commands.h"

/* What was copied: whether all of it came, and how it ended. */
enum copied { COPIED, COPIED_NOT_READ, COPIED_NOT_WRITTEN };

static enum copied copy_body(struct channel *channel, FILE *out)
{
	char bytes[65536], last = '\0';
	size_t sum = 0;
	ssize_t n;

	while ((n = channel_read(channel, bytes, sizeof(bytes))) > 0) {
		sum += (size_t)n;
		last = bytes[n - 1];
		if (sum > ANSWER_MAX_BYTES) {
			fprintf(stderr, "mcast-proxyctl: the answer is larger than %zu MiB\n", ANSWER_MAX_BYTES >> 20);
			return COPIED_NOT_READ;
		}
		if (fwrite(bytes, 1, (size_t)n, out) != (size_t)n)
			return COPIED_NOT_WRITTEN;
	}
	if (n < 0)
		return COPIED_NOT_READ;
	/* Text 0.0.4 ends with a line feed; the connection's end alone would not tell a daemon that was killed. */
	if (last != '\n') {
		fprintf(stderr, "mcast-proxyctl: the answer was cut off after %zu bytes\n", sum);
		return COPIED_NOT_READ;
	}
	return fflush(out) == 0 ? COPIED : COPIED_NOT_WRITTEN;
}

static enum errand_status copied_status(enum copied copied, const char *name)
{
	if (copied == COPIED)
		return ERRAND_OK;
	if (copied == COPIED_NOT_READ)
		return ERRAND_UNREACHABLE;
	fprintf(stderr, "mcast-proxyctl: cannot write %s: %s\n", name, strerror(errno));
	return ERRAND_WRONG;
}

/* name: of out, for people. */
static enum errand_status fetch_into(const struct errand *errand, FILE *out, const char *name)
{
	struct channel channel;
	enum errand_status status = ERRAND_UNREACHABLE;

	channel_init(&channel, CHANNEL_PATIENCE_MS, NULL);
	if (channel_ask(&channel, errand->socket, "/metrics")) {
		if (channel.status == 200)
			status = copied_status(copy_body(&channel, out), name);
		else
			channel_complain(&channel, "/metrics");
	}
	channel_close(&channel);
	return status;
}

/* As a file of the user's would be made: mkstemp(3) lets only the owner read. */
static mode_t usual_mode(void)
{
	mode_t mask = umask(022);

	umask(mask);
	return 0666 & ~mask;
}

/*
 * The name must not end as the file's, or the collector that reads a directory of *.prom
 * would find it; the directory must be the same, or rename(2) would not be atomic.
 */
static FILE *open_beside(const char *file, char path[static PATH_MAX])
{
	char folder[PATH_MAX], name[PATH_MAX];
	FILE *out;
	int fd;

	snprintf(folder, sizeof(folder), "%s", file);
	snprintf(name, sizeof(name), "%s", file);
	if (snprintf(path, PATH_MAX, "%s/.%s.XXXXXX", dirname(folder), basename(name)) >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	fd = mkstemp(path);
	if (fd == -1)
		return NULL;
	out = fchmod(fd, usual_mode()) == 0 ? fdopen(fd, "w") : NULL;
	if (!out) {
		close(fd);
		unlink(path);
	}
	return out;
}

/* The old file stays as it is unless the new one is whole. */
static enum errand_status fetch_to_file(const struct errand *errand)
{
	char path[PATH_MAX];
	FILE *out = open_beside(errand->file, path);
	enum errand_status status;

	if (!out) {
		fprintf(stderr, "mcast-proxyctl: cannot make a file beside %s: %s\n", errand->file, strerror(errno));
		return ERRAND_WRONG;
	}
	status = fetch_into(errand, out, path);
	if ((fclose(out) != 0 || (status == ERRAND_OK && rename(path, errand->file) != 0)) && status == ERRAND_OK) {
		fprintf(stderr, "mcast-proxyctl: cannot write %s: %s\n", errand->file, strerror(errno));
		status = ERRAND_WRONG;
	}
	if (status != ERRAND_OK)
		unlink(path);
	return status;
}

enum errand_status command_metrics(const struct errand *errand)
{
	if (errand->json)
		return command_misused("metrics has no JSON form; see show -j", NULL);
	return errand->file ? fetch_to_file(errand) : fetch_into(errand, stdout, "the output");
}
