#include "held.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_SOCKETS = 256, PID_DIGITS = 20 };

struct inodes {
	uint64_t numbers[MAX_SOCKETS];
	size_t count;
};

/*
 * A line of /proc/net/raw: "sl local remote st queues timer retransmits uid
 * timeout inode ...". The local port is the protocol, the inode the tenth word.
 */
static bool raw_line(char *line, unsigned int protocol, uint64_t *inode)
{
	enum { LOCAL = 1, INODE = 9 };
	char *rest = line;
	char *word;
	char *port;

	for (int i = 0; (word = strsep(&rest, " \n")) != NULL;) {
		if (*word == '\0')
			continue;
		port = strrchr(word, ':');
		if (i == LOCAL && (!port || strtoul(port + 1, NULL, 16) != protocol))
			return false;
		if (i == INODE) {
			*inode = strtoull(word, NULL, 10);
			return *inode != 0;
		}
		i++;
	}
	return false;
}

static void read_inodes(const char *raw_sockets, int protocol, struct inodes *inodes)
{
	FILE *f = fopen(raw_sockets, "re");
	char line[512];
	uint64_t inode;

	inodes->count = 0;
	if (!f)
		return;
	while (inodes->count < MAX_SOCKETS && fgets(line, sizeof(line), f))
		if (raw_line(line, (unsigned int)protocol, &inode))
			inodes->numbers[inodes->count++] = inode;
	fclose(f);
}

static bool is_one_of(const struct inodes *inodes, const char *link)
{
	uint64_t number;

	if (sscanf(link, "socket:[%" SCNu64 "]", &number) != 1)
		return false;
	for (size_t i = 0; i < inodes->count; i++)
		if (inodes->numbers[i] == number)
			return true;
	return false;
}

static bool process_has(int proc, const char *pid, const struct inodes *inodes)
{
	char path[PID_DIGITS + 8];
	char link[64];
	bool found = false;
	const struct dirent *entry;
	ssize_t len;
	DIR *dir;
	int fd;

	snprintf(path, sizeof(path), "%.*s/fd", PID_DIGITS, pid);
	fd = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	while (!found && (entry = readdir(dir)) != NULL) {
		len = readlinkat(dirfd(dir), entry->d_name, link, sizeof(link) - 1);
		if (len < 0)
			continue;
		link[len] = '\0';
		found = is_one_of(inodes, link);
	}
	closedir(dir);
	return found;
}

/* A process names itself: only what is harmless in a log line is repeated. */
static void process_name(int proc, const char *pid, char *name, size_t name_bytes)
{
	char path[PID_DIGITS + 8];
	ssize_t len = -1;
	int fd;

	snprintf(path, sizeof(path), "%.*s/comm", PID_DIGITS, pid);
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		len = read(fd, name, name_bytes - 1);
		close(fd);
	}
	name[len > 0 ? len : 0] = '\0';
	for (char *c = name; *c; c++) {
		if (*c == '\n')
			*c = '\0';
		else if (*c <= ' ' || *c > '~')
			*c = '?';
		if (!*c)
			break;
	}
}

static bool is_pid(const char *name)
{
	return strspn(name, "0123456789") == strlen(name) && strlen(name) < PID_DIGITS;
}

static void append_candidate(int proc, const char *pid, char *text, size_t text_bytes)
{
	size_t used = strlen(text);
	char name[32];
	int n;

	process_name(proc, pid, name, sizeof(name));
	n = snprintf(text + used, text_bytes - used, "%s%s (process %s)", used ? ", " : "", name, pid);
	if (n < 0 || (size_t)n >= text_bytes - used)
		text[used] = '\0';
}

void held_candidates(const char *raw_sockets, int protocol, char *text, size_t text_bytes)
{
	struct inodes inodes;
	const struct dirent *entry;
	DIR *proc;

	text[0] = '\0';
	read_inodes(raw_sockets, protocol, &inodes);
	proc = inodes.count ? opendir("/proc") : NULL;
	if (!proc)
		return;
	while ((entry = readdir(proc)) != NULL)
		if (is_pid(entry->d_name) && process_has(dirfd(proc), entry->d_name, &inodes))
			append_candidate(dirfd(proc), entry->d_name, text, text_bytes);
	closedir(proc);
}

void held_namespace(char *text, size_t text_bytes)
{
	ssize_t len = readlink("/proc/self/ns/net", text, text_bytes - 1);

	if (len < 0)
		snprintf(text, text_bytes, "unknown");
	else
		text[len] = '\0';
}
