/*
 * The clock, and how long somebody may work before others get their turn. The daemon
 * has one thread: what holds it longer than a few milliseconds delays a query, a join
 * and an answer alike, so whoever has a lot to do does it against a budget of time.
 */
#ifndef DAEMON_BUDGET_H
#define DAEMON_BUDGET_H

#include <stdbool.h>
#include <stddef.h>

#include "mtime.h"

/* The monotonic clock: the daemon's one place to read it. */
struct mtime clock_now(void);

/* The processor time that the daemon has used: nothing that others have taken meanwhile is in it. */
struct mspan clock_cpu(void);

struct budget {
	struct mtime until;
	size_t unseen; /* work since the last look at the clock */
};

static inline struct budget budget_until(struct mtime until)
{
	return (struct budget){.until = until};
}

/*
 * To be told of work after it was done, in units of a microsecond or two; true: the
 * time is up. Looks at the clock only now and then, because a look costs a tenth of such
 * a unit, and much more on machines whose clock is a system call.
 */
bool budget_spent(struct budget *b, size_t work);

#endif
