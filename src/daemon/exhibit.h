/*
 * The daemon as it shows itself: fills struct stats from everybody who knows
 * something, answers its questions to the kernel, and serves it on the listeners.
 */
#ifndef DAEMON_EXHIBIT_H
#define DAEMON_EXHIBIT_H

#include <stdbool.h>

#include "conf.h"
#include "device.h"
#include "listeners.h"
#include "reload.h"
#include "stats.h"

struct event_base;
struct exhibit;
struct probe;
struct witness;

/*
 * All is borrowed for life, but conf until exhibit_reloaded(). probe and witness may be NULL:
 * then there is less evidence. NULL when memory is short.
 */
struct exhibit *exhibit_new(struct device *devices[static FAMILY_COUNT], const struct conf *conf,
			    const char *config_file, struct probe *probe, struct witness *witness);
void exhibit_free(struct exhibit *e);

/* Begins to serve; false when memory is short. */
bool exhibit_serve(struct exhibit *e, struct event_base *base, struct listeners *listeners);

/* The result of a reload; conf NULL: it was refused. False: the old configuration stays (memory may be short, too). */
bool exhibit_reloaded(struct exhibit *e, const struct conf *conf);
/* And when all of it has been done: the log, and who listens to events. NULL: it was taken. */
void exhibit_tell_reload(struct exhibit *e, const struct reload_refusal *refusal);

/* A turn of the loop begins: what is shown is as of now. */
void exhibit_turn(struct exhibit *e, struct mtime now);
/* It ends: it has held the loop so long, and used so much of it. */
void exhibit_held(struct exhibit *e, struct mspan held, struct mspan cpu);

/* A slice of answering; true: there is more at once. */
bool exhibit_work(struct exhibit *e);
struct mtime exhibit_next_deadline(const struct exhibit *e);

#endif
