/*
 * A file as one piece of text, and only if it may be trusted: whoever can write the
 * configuration decides what a daemon that began as root does.
 */
#ifndef CONF_TEXTFILE_H
#define CONF_TEXTFILE_H

#include <stddef.h>
#include <sys/types.h>

enum { TEXTFILE_MAX_BYTES = 1 << 20 };

struct textfile {
	char *text; /* owned here; not terminated */
	size_t len;
	dev_t dev; /* which file it is, whatever its name */
	ino_t ino;
};

/*
 * Reads all of fd, which must be a regular file of root or of owner that nobody else
 * may write. NULL, or why not: then there is nothing to free. Never blocks.
 */
const char *textfile_read(struct textfile *file, int fd, uid_t owner);
void textfile_fini(struct textfile *file);

#endif
