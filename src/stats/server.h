/*
 * The socket: listeners and clients, on libevent's buffers. Read-only by construction:
 * no request changes anything. A client costs a bounded amount of memory and time,
 * whatever he sends or does not read: one request, one answer in slices, time limits for
 * both, a cap on how many there are and on how many large answers are under way.
 */
#ifndef STATS_SERVER_H
#define STATS_SERVER_H

#include <stdbool.h>

#include "mtime.h"

struct event_base;
struct server;
struct stats;

/* Who listens to events may stay for years, and must leave places to who asks and goes. */
enum { SERVER_MAX_CLIENTS = 32, SERVER_MAX_STAYING = SERVER_MAX_CLIENTS / 2 };

/* NULL when memory is short; base and stats are borrowed. */
struct server *server_new(struct event_base *base, struct stats *stats);
/* Ends all clients and closes the listeners. NULL is allowed. */
void server_free(struct server *s);

/* Accepts on this descriptor, a stream socket that listens already, from now on; takes it over. False when memory is short. */
bool server_listen(struct server *s, int fd);

/*
 * A slice of the answers that are under way; to be called at every turn of the loop,
 * behind what the network wants. Takes about a millisecond at most. True: there is more
 * to do at once.
 */
bool server_work(struct server *s);

/* When to be called again at the latest; MTIME_NEVER: when a client says something. */
struct mtime server_next_deadline(const struct server *s);

#endif
