/*
 * The socket: listeners and clients, on libevent's buffers. Read-only by construction:
 * no request changes anything. A client costs a bounded amount of memory and time,
 * whatever he sends or does not read: one request, one answer in slices, an idle
 * timeout, and a cap on how many there are.
 */
#ifndef STATS_SERVER_H
#define STATS_SERVER_H

#include <stdbool.h>

struct event_base;
struct server;
struct stats;

enum { SERVER_MAX_CLIENTS = 32 };

/* NULL when memory is short; base and stats are borrowed. */
struct server *server_new(struct event_base *base, struct stats *stats);
/* Closes clients and listeners; they were handed over with server_listen(). */
void server_free(struct server *s);

/* Accepts on this descriptor, a stream socket that listens already, from now on. False when memory is short. */
bool server_listen(struct server *s, int fd);

#endif
