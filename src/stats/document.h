/*
 * An answer in the making. It is written in slices, between two looks at the
 * network, so that nobody who asks ever holds the loop: each step() writes what takes
 * about a millisecond at most. What vanishes between two steps is left out.
 *
 * The maker of a document embeds a struct document in its own state.
 */
#ifndef STATS_DOCUMENT_H
#define STATS_DOCUMENT_H

struct evbuffer;

enum document_state {
	DOCUMENT_MORE, /* there is more to write, now */
	DOCUMENT_WAIT, /* there will be more to write, later: ask again soon */
	DOCUMENT_DONE,
	DOCUMENT_FAILED /* memory is short, or what it was about is gone: the answer must not look whole */
};

struct document {
	const char *content_type;
	enum document_state (*step)(struct document *d, struct evbuffer *out);
	void (*free)(struct document *d);
};

#endif
