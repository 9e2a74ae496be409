#include "textfile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *distrust(const struct stat *st, uid_t owner)
{
	if (S_ISDIR(st->st_mode))
		return "it is a directory";
	if (!S_ISREG(st->st_mode))
		return "it is not a regular file";
	if (st->st_uid != 0 && st->st_uid != owner)
		return "its owner is neither root nor the user who starts the daemon (chown root)";
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return "group or others can write it (chmod go-w)";
	if (st->st_size > TEXTFILE_MAX_BYTES)
		return "it is larger than 1 MiB";
	return NULL;
}

/* Up to the end or until the room is full: a file may grow while it is read, and is cut then. */
static const char *read_all(struct textfile *file, int fd, size_t room)
{
	while (file->len < room) {
		ssize_t n = read(fd, file->text + file->len, room - file->len);

		if (n == 0)
			return NULL;
		if (n > 0)
			file->len += (size_t)n;
		else if (errno != EINTR)
			return strerror(errno);
	}
	return "it is larger than 1 MiB";
}

const char *textfile_read(struct textfile *file, int fd, uid_t owner)
{
	const char *why;
	struct stat st;

	if (fstat(fd, &st) == -1)
		return strerror(errno);
	why = distrust(&st, owner);
	if (why != NULL)
		return why;
	*file = (struct textfile){.text = malloc(TEXTFILE_MAX_BYTES + 1), .dev = st.st_dev, .ino = st.st_ino};
	if (file->text == NULL)
		return "out of memory";
	why = read_all(file, fd, TEXTFILE_MAX_BYTES + 1);
	if (why != NULL)
		textfile_fini(file);
	return why;
}

void textfile_fini(struct textfile *file)
{
	free(file->text);
}
