/*
 * Numbers as people read them: bytes in powers of 1024, rates in powers of 1000, spans
 * of time by their two largest units. Each writes into the caller's buffer and returns it.
 */
#ifndef CTL_QUANTITY_H
#define CTL_QUANTITY_H

#include <stdint.h>

enum { QUANTITY_STRLEN = 24 };

/* "900", "3.1Ki", "15Gi" */
const char *quantity_bytes(uint64_t bytes, char buf[static QUANTITY_STRLEN]);
/* What happens in a second: "0", "0.4", "950", "1.2k", "15M" */
const char *quantity_rate(double per_second, char buf[static QUANTITY_STRLEN]);
/* "0.4s", "58s", "3m18", "2h03m", "5d02h" */
const char *quantity_span(double seconds, char buf[static QUANTITY_STRLEN]);
/* A span that is short: "85us", "1.3ms", "2.5s" */
const char *quantity_latency(double seconds, char buf[static QUANTITY_STRLEN]);

#endif
