/*
 * The few lines of HTTP that the socket speaks (RFC 9112): one GET or HEAD, one answer,
 * then the end. Bytes to a request, an answer's head to bytes; knows no socket. A
 * request line without a version gets the bare body, so that `echo GET /metrics | nc -NU
 * stats.sock` works.
 */
#ifndef STATS_HTTP_H
#define STATS_HTTP_H

#include <stdbool.h>
#include <stddef.h>

struct evbuffer;

/* A request, with all its header lines, is no longer than this. */
enum { HTTP_MAX_REQUEST_BYTES = 8192, HTTP_MAX_PATH_BYTES = 256 };

enum http_method { HTTP_GET, HTTP_HEAD };

struct http_request {
	enum http_method method;
	bool bare; /* no version was said: no head in the answer */
	bool openmetrics; /* Accept names it */
	char path[HTTP_MAX_PATH_BYTES];	 /* decoded, without the query */
	char group[HTTP_MAX_PATH_BYTES]; /* ?group=, decoded; "" */
	char source[HTTP_MAX_PATH_BYTES];
};

/*
 * Looks at what has come so far. 0: it is not whole yet; 200: *request is filled; else
 * the status to answer with: 400, 405 (method), 414 (path), 431 (too large), 505.
 */
int http_parse(const char *bytes, size_t len, struct http_request *request);

/* The head of an answer whose length is not known: the connection's end is its end. */
void http_head(struct evbuffer *out, int status, const char *content_type);

/* "Not Found" */
const char *http_reason_phrase(int status);

#endif
