#include "quantity.h"

#include <stdbool.h>
#include <stdio.h>

/* Two digits at least: one behind the point below 10. False when that rounds up to the next unit. */
static bool scaled(double value, double step, const char *unit, char buf[static QUANTITY_STRLEN])
{
	if (value < 9.95) {
		snprintf(buf, QUANTITY_STRLEN, "%.1f%s", value, unit);
		return true;
	}
	snprintf(buf, QUANTITY_STRLEN, "%.0f%s", value, unit);
	return value < step - 0.5;
}

static const char *climb(double value, double step, const char *const units[], char buf[static QUANTITY_STRLEN])
{
	int k = 0;

	while (!scaled(value, step, units[k], buf) && units[k + 1]) {
		value /= step;
		k++;
	}
	return buf;
}

const char *quantity_bytes(uint64_t bytes, char buf[static QUANTITY_STRLEN])
{
	static const char *const units[] = {"Ki", "Mi", "Gi", "Ti", "Pi", "Ei", NULL};

	if (bytes >= 1024)
		return climb((double)bytes / 1024, 1024, units, buf);
	snprintf(buf, QUANTITY_STRLEN, "%u", (unsigned int)bytes);
	return buf;
}

const char *quantity_rate(double per_second, char buf[static QUANTITY_STRLEN])
{
	static const char *const units[] = {"", "k", "M", "G", "T", NULL};

	if (per_second >= 0.05)
		return climb(per_second, 1000, units, buf);
	snprintf(buf, QUANTITY_STRLEN, "0");
	return buf;
}

static const char *two_units(uint64_t seconds, char buf[static QUANTITY_STRLEN])
{
	unsigned long long s = seconds;

	if (s < 60)
		snprintf(buf, QUANTITY_STRLEN, "%llus", s);
	else if (s < 3600)
		snprintf(buf, QUANTITY_STRLEN, "%llum%02llu", s / 60, s % 60);
	else if (s < 86400)
		snprintf(buf, QUANTITY_STRLEN, "%lluh%02llum", s / 3600, s / 60 % 60);
	else
		snprintf(buf, QUANTITY_STRLEN, "%llud%02lluh", s / 86400, s / 3600 % 24);
	return buf;
}

/* Beyond what a double counts exactly nobody reads seconds any more. */
const char *quantity_span(double seconds, char buf[static QUANTITY_STRLEN])
{
	if (seconds >= 9.95)
		return two_units(seconds < 1e15 ? (uint64_t)seconds : (uint64_t)1e15, buf);
	snprintf(buf, QUANTITY_STRLEN, "%.1fs", seconds > 0 ? seconds : 0.0);
	return buf;
}

const char *quantity_latency(double seconds, char buf[static QUANTITY_STRLEN])
{
	static const char *const units[] = {"us", "ms", NULL};

	if (seconds >= 0.9995)
		return quantity_span(seconds, buf);
	return climb(seconds > 0 ? seconds * 1e6 : 0.0, 1000, units, buf);
}
