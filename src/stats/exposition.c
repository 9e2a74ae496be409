#include "exposition.h"

#include <event2/buffer.h>
#include <inttypes.h>
#include <string.h>

#include "utf8.h"

const char *metrics_content_type(enum metrics_format format)
{
	if (format == METRICS_OPENMETRICS)
		return "application/openmetrics-text; version=1.0.0; charset=utf-8";
	return "text/plain; version=0.0.4; charset=utf-8";
}

const char *metric_type_name(enum metric_type type)
{
	static const char *const names[] = {"counter", "gauge", "info", "histogram"};

	return names[type];
}

static void put(struct exposition *x, const char *text)
{
	evbuffer_add(x->out, text, strlen(text));
}

/* What a sample of this type has behind the family's name. */
static const char *sample_suffix(enum metric_type type)
{
	if (type == METRIC_COUNTER)
		return "_total";
	return type == METRIC_INFO ? "_info" : "";
}

/* The classic format knows no info and calls a family what its samples are called; OpenMetrics the base name. */
void exposition_family(struct exposition *x, const char *name, enum metric_type type, const char *unit,
		       const char *help)
{
	bool classic = x->format == METRICS_TEXT;
	const char *suffix = classic ? sample_suffix(type) : "";
	const char *type_name = classic && type == METRIC_INFO ? "gauge" : metric_type_name(type);

	x->name = name;
	x->type = type;
	evbuffer_add_printf(x->out, "# TYPE %s%s %s\n", name, suffix, type_name);
	if (unit && !classic)
		evbuffer_add_printf(x->out, "# UNIT %s %s\n", name, unit);
	evbuffer_add_printf(x->out, "# HELP %s%s %s\n", name, suffix, help);
}

/* Label values alone come from outside: interface names and addresses. */
static void put_escaped(struct exposition *x, const char *value)
{
	while (*value) {
		size_t n = utf8_length(value);

		if (n == 0)
			put(x, UTF8_REPLACEMENT);
		else if (*value == '\n')
			put(x, "\\n");
		else if (*value == '\\' || *value == '"')
			evbuffer_add_printf(x->out, "\\%c", *value);
		else
			evbuffer_add(x->out, value, n);
		value += n > 0 ? n : 1;
	}
}

static void put_labels(struct exposition *x, const struct label *labels, size_t n, const char *le)
{
	const char *before = "{";

	for (size_t k = 0; k < n; k++, before = ",") {
		put(x, before);
		put(x, labels[k].name);
		put(x, "=\"");
		put_escaped(x, labels[k].value);
		put(x, "\"");
	}
	if (le)
		evbuffer_add_printf(x->out, "%sle=\"%s\"", before, le);
	if (n > 0 || le)
		put(x, "}");
}

static void put_sample(struct exposition *x, const char *suffix, const struct label *labels, size_t n, const char *le,
		       uint64_t value)
{
	put(x, x->name);
	put(x, suffix);
	put_labels(x, labels, n, le);
	evbuffer_add_printf(x->out, " %" PRIu64 "\n", value);
}

void exposition_number(struct exposition *x, const struct label *labels, size_t n, uint64_t value)
{
	put_sample(x, sample_suffix(x->type), labels, n, NULL, value);
}

void exposition_real(struct exposition *x, const struct label *labels, size_t n, double value)
{
	put(x, x->name);
	put(x, sample_suffix(x->type));
	put_labels(x, labels, n, NULL);
	evbuffer_add_printf(x->out, " %.6f\n", value);
}

/* The bounds in the canonical form of OpenMetrics, in both formats: else the series would split when a scraper changes. */
static const char *const bound_names[HISTOGRAM_BOUNDS] = {
	"0.001", "0.0025", "0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1.0", "2.5", "10.0",
};

void exposition_histogram(struct exposition *x, const struct label *labels, size_t n, const struct histogram *h)
{
	uint64_t below = 0;

	for (unsigned int k = 0; k < HISTOGRAM_BOUNDS; k++) {
		below += h->buckets[k];
		put_sample(x, "_bucket", labels, n, bound_names[k], below);
	}
	put_sample(x, "_bucket", labels, n, "+Inf", h->count);
	put(x, x->name);
	put(x, "_sum");
	put_labels(x, labels, n, NULL);
	evbuffer_add_printf(x->out, " %" PRIu64 ".%06" PRIu64 "\n", h->sum_us / 1000000, h->sum_us % 1000000);
	put_sample(x, "_count", labels, n, NULL, h->count);
}

void exposition_end(struct exposition *x)
{
	if (x->format == METRICS_OPENMETRICS)
		put(x, "# EOF\n");
}
