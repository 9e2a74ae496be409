#include "counters.h"

_Static_assert(sizeof(struct iface_counters) % sizeof(uint64_t) == 0, "nothing but counters in it");

const char *ignored_name(enum ignored ignored)
{
	static const char *const names[IGNORED_KINDS] = {
		[IGNORED_OWN] = "own",
		[IGNORED_NOT_CONFIGURED] = "not_configured",
		[IGNORED_LINK_LOCAL] = "link_local",
		[IGNORED_LIMIT] = "limit",
		[IGNORED_FILTERED_GROUP] = "filtered_group",
		[IGNORED_FILTERED_SOURCE] = "filtered_source",
		[IGNORED_SSM] = "ssm_strict",
		[IGNORED_COMPATIBILITY] = "compatibility",
	};

	return names[ignored];
}

void iface_counters_add(struct iface_counters *to, const struct iface_counters *more)
{
	uint64_t *sum = (uint64_t *)to;
	const uint64_t *term = (const uint64_t *)more;

	for (size_t i = 0; i < sizeof(*to) / sizeof(uint64_t); i++)
		sum[i] += term[i];
}

static void add_errors(struct errno_counts *counts, int error, uint64_t n)
{
	size_t k = 0;

	while (k < ERRNO_COUNTS - 1 && counts->list[k].count > 0 && counts->list[k].error != error)
		k++;
	if (counts->list[k].count == 0)
		counts->list[k].error = error;
	counts->list[k].count += n;
}

void errno_counts_add(struct errno_counts *counts, int error)
{
	add_errors(counts, error, 1);
}

void errno_counts_merge(struct errno_counts *to, const struct errno_counts *more)
{
	for (size_t k = 0; k < ERRNO_COUNTS && more->list[k].count > 0; k++)
		add_errors(to, more->list[k].error, more->list[k].count);
}
