#include "budget.h"

#include <time.h>

enum { WORK_A_LOOK = 32 };

struct mtime clock_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (struct mtime){(int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000};
}

bool budget_spent(struct budget *b, size_t work)
{
	b->unseen += work;
	if (b->unseen < WORK_A_LOOK)
		return false;
	b->unseen = 0;
	return mtime_reached(b->until, clock_now());
}
