/*
 * Which records of reports are let in on a downstream interface: the scope of the
 * group, the SSM range, the operator's allow/deny list. Every refusal has a counter of
 * the interface.
 */
#ifndef CORE_ADMIT_H
#define CORE_ADMIT_H

#include <stdbool.h>
#include <stddef.h>

#include "addr.h"
#include "gm.h"

struct iface;

/* Where a record's sources stand while it is acted upon. Zeroed at first; kept from record to record. */
struct admit_room {
	struct addr *addrs;
	size_t capacity;
};

/*
 * False when the record is to be ignored. Otherwise *out is the record to act on: the
 * same, or one without the sources that a rule denies; it may borrow from room.
 */
bool admit_record(struct iface *i, enum gm_protocol protocol, const struct gm_record *record, struct admit_room *room,
		  struct gm_record *out);

void admit_room_fini(struct admit_room *room);

#endif
