#include "budget.h"

#include <time.h>

enum { WORK_A_LOOK = 32 };

static int64_t microseconds(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

struct mtime clock_now(void)
{
	return (struct mtime){microseconds(CLOCK_MONOTONIC)};
}

struct mspan clock_cpu(void)
{
	return mspan_us(microseconds(CLOCK_PROCESS_CPUTIME_ID));
}

bool budget_spent(struct budget *b, size_t work)
{
	b->unseen += work;
	if (b->unseen < WORK_A_LOOK)
		return false;
	b->unseen = 0;
	return mtime_reached(b->until, clock_now());
}
