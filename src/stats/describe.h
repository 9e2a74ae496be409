/*
 * An event in words: the one description from which both its log line and its JSON
 * object are made, so that they cannot disagree.
 */
#ifndef STATS_DESCRIBE_H
#define STATS_DESCRIBE_H

#include <stddef.h>
#include <stdint.h>

#include "event.h"

enum atom_kind { ATOM_WORD, ATOM_NUMBER, ATOM_ADDR, ATOM_ERRNO };

/* Nothing is said of a word or an address that is NULL, and of an errno that is 0. */
struct atom {
	const char *key;
	enum atom_kind kind;
	const char *word;
	const struct addr *addr;
	uint64_t number;
};

enum { DESCRIBE_ATOMS = 12, DESCRIBE_VALUE_BYTES = ADDR_STRLEN };

/* "group_join" */
const char *describe_name(enum event_kind kind);

/* The atoms behind the name, in order; returns how many. They borrow from the event. */
size_t describe_event(const struct event *event, struct atom atoms[static DESCRIBE_ATOMS]);

/* What an atom says, whatever its kind: "239.1.2.3", "ENOBUFS". May be the buffer or not. */
const char *describe_value(const struct atom *atom, char text[static DESCRIBE_VALUE_BYTES]);

#endif
