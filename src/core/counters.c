#include "counters.h"

#include <stddef.h>

_Static_assert(sizeof(struct iface_counters) % sizeof(uint64_t) == 0, "nothing but counters in it");

void iface_counters_add(struct iface_counters *to, const struct iface_counters *more)
{
	uint64_t *sum = (uint64_t *)to;
	const uint64_t *term = (const uint64_t *)more;

	for (size_t i = 0; i < sizeof(*to) / sizeof(uint64_t); i++)
		sum[i] += term[i];
}
