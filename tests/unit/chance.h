/*
 * Chance that can be repeated: the same seed gives the same run. A property
 * test prints its seed when it fails; MCAST_TEST_SEED runs it again.
 */
#ifndef TESTS_CHANCE_H
#define TESTS_CHANCE_H

#include <stdint.h>
#include <stdlib.h>
#include <time.h>

struct chance {
	uint64_t seed;
	uint64_t state;
};

static inline struct chance chance_start(void)
{
	const char *given = getenv("MCAST_TEST_SEED");
	uint64_t seed = given ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);

	return (struct chance){.seed = seed, .state = seed};
}

/* splitmix64; from 0 to below n. */
static inline uint32_t chance_below(struct chance *c, uint32_t n)
{
	uint64_t x = c->state += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	x ^= x >> 31;
	return (uint32_t)(x >> 32) % n;
}

#define SEED "MCAST_TEST_SEED=%llu"
#define SEED_OF(c) ((unsigned long long)(c)->seed)

#endif
