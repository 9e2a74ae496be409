/*
 * Monotonic time as two types that cannot be mixed up: struct mtime is an
 * instant, struct mspan a duration. Both count microseconds. Nothing here reads
 * a clock: "now" is an argument everywhere but in daemon/.
 */
#ifndef BASE_MTIME_H
#define BASE_MTIME_H

#include <stdbool.h>
#include <stdint.h>

struct mtime {
	int64_t us;
};

struct mspan {
	int64_t us;
};

/* "Never": later than every instant. A stopped timer holds it. */
#define MTIME_NEVER ((struct mtime){INT64_MAX})

static inline struct mspan mspan_us(int64_t us)
{
	return (struct mspan){us};
}

static inline struct mspan mspan_ms(int64_t ms)
{
	return (struct mspan){ms * 1000};
}

static inline struct mspan mspan_seconds(int64_t seconds)
{
	return (struct mspan){seconds * 1000000};
}

static inline int64_t mspan_to_ms(struct mspan span)
{
	return span.us / 1000;
}

static inline double mspan_to_seconds(struct mspan span)
{
	return (double)span.us / 1e6;
}

static inline struct mspan mspan_add(struct mspan a, struct mspan b)
{
	return (struct mspan){a.us + b.us};
}

static inline struct mspan mspan_sub(struct mspan a, struct mspan b)
{
	return (struct mspan){a.us - b.us};
}

static inline struct mspan mspan_times(struct mspan span, int64_t factor)
{
	return (struct mspan){span.us * factor};
}

static inline struct mspan mspan_divided(struct mspan span, int64_t divisor)
{
	return (struct mspan){span.us / divisor};
}

/* Less than zero, zero or more, as a is shorter than, equal to or longer than b. */
static inline int mspan_cmp(struct mspan a, struct mspan b)
{
	return (a.us > b.us) - (a.us < b.us);
}

static inline bool mtime_is_never(struct mtime t)
{
	return t.us == INT64_MAX;
}

/* Never plus anything stays never. */
static inline struct mtime mtime_after(struct mtime t, struct mspan span)
{
	return mtime_is_never(t) ? t : (struct mtime){t.us + span.us};
}

static inline struct mspan mtime_since(struct mtime later, struct mtime earlier)
{
	return (struct mspan){later.us - earlier.us};
}

static inline bool mtime_before(struct mtime a, struct mtime b)
{
	return a.us < b.us;
}

/* True when a deadline is due at now. */
static inline bool mtime_reached(struct mtime deadline, struct mtime now)
{
	return deadline.us <= now.us;
}

static inline struct mtime mtime_earlier(struct mtime a, struct mtime b)
{
	return mtime_before(b, a) ? b : a;
}

#endif
