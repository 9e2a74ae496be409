/*
 * What happened in a second, from two samples of the same array: its elements are found
 * again by their group and source. A counter that went back belongs to a daemon or
 * an entry that began anew, and counts from 0.
 */
#ifndef CTL_RATES_H
#define CTL_RATES_H

#include <jansson.h>
#include <stdbool.h>

struct rate {
	double packets, bits; /* a second */
};

struct rates {
	json_t *before; /* elements of the first sample by key */
	double seconds; /* between the samples */
};

/* The samples are whole answers, NULL: there is none before; name: of the array. Borrows nothing. */
void rates_init(struct rates *r, const json_t *before, const json_t *now, const char *name);
void rates_fini(struct rates *r);

/* False: this element was not there before, or no time has passed. */
bool rates_find(const struct rates *r, const json_t *element, struct rate *rate);

#endif
