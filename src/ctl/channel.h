/*
 * One question to the daemon: connect to its socket, GET a path, read the answer. HTTP/1.0
 * (RFC 1945), because the answer then ends with the connection. The other end is not
 * trusted with our time or memory: a head is bounded, and what says nothing for too
 * long is given up. Errors are told on stderr, in words that say what to do.
 */
#ifndef CTL_CHANNEL_H
#define CTL_CHANNEL_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum {
	CHANNEL_HEAD_BYTES = 4096,
	CHANNEL_PATIENCE_MS = 10000, /* /diagnose may take two seconds, the rest a moment */
	CHANNEL_NO_LIMIT_MS = -1
};

struct channel {
	int fd;
	int patience_ms;	  /* for one read */
	const sigset_t *unblocked; /* the mask while waiting; NULL: as it is. A signal that arrives then ends the wait */
	int status;		  /* of HTTP: 200 */
	char head[CHANNEL_HEAD_BYTES];
	size_t head_bytes; /* what came, with the part of the body behind the head */
	size_t body_at;	   /* where in head the part of the body that was not read yet begins */
	bool interrupted;  /* a signal ended the wait; nothing was told about it */
};

/* Prepares; unblocked may be NULL. */
void channel_init(struct channel *c, int patience_ms, const sigset_t *unblocked);
/* Connects and asks; false after an error message. The status of an answer is in c->status, whatever it is. */
bool channel_ask(struct channel *c, const char *socket, const char *path);
/* The next bytes of the body; 0: that was all; -1 after an error message, or interrupted. */
ssize_t channel_read(struct channel *c, void *bytes, size_t size);
/* May be called at any time after init. */
void channel_close(struct channel *c);

/* The first line of a short body, made harmless, for error messages; "" if there is none. */
void channel_first_line(struct channel *c, char *line, size_t size);

/* Tells on stderr that the answer is not the one that was wanted: its status, and its first line. */
void channel_complain(struct channel *c, const char *path);

#endif
