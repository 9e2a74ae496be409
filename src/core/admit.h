/*
 * Which records of reports are let in on a downstream interface: the scope of the
 * group, the SSM range, the operator's allow/deny list. Every refusal has a counter of
 * the interface.
 */
#ifndef CORE_ADMIT_H
#define CORE_ADMIT_H

#include <stdbool.h>

#include "gm.h"
#include "srcset.h"

struct iface;

/*
 * False when the record is to be ignored. Otherwise *out is the record to act on: the
 * same, or one without the sources that a rule denies; it may borrow from scratch.
 */
bool admit_record(struct iface *i, enum gm_protocol protocol, const struct gm_record *record, struct srcset *scratch,
		  struct gm_record *out);

#endif
