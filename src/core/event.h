/*
 * One change of state, told once, when it happened. The core fills it and hands it
 * out through ops.emit(); nothing in it may be kept longer than that call.
 */
#ifndef CORE_EVENT_H
#define CORE_EVENT_H

#include <stdbool.h>

#include "addr.h"
#include "gm.h"

enum event_kind {
	EVENT_IFACE_STATE,     /* word: the state */
	EVENT_QUERIER,	       /* source: the querier; value: 1 if it is us */
	EVENT_WRONG_VERSION,   /* source: another querier; protocol: not the one that we speak */
	EVENT_GROUP_JOIN,      /* iface, group, source: the reporter; mode, protocol; value: interfaces with members */
	EVENT_GROUP_LEAVE,     /* the same, the last reporter and what is left; word: "leave", "timeout", "interface" or "filtered" */
	EVENT_SUBSCRIBE_FAILED, /* iface: the upstream; group, error, value: seconds to the next try */
	EVENT_ROUTE_ADD,       /* iface: the incoming one; group, source; value: number of oifs */
	EVENT_ROUTE_CHANGE,    /* the same */
	EVENT_ROUTE_DELETE,    /* the same; word: why */
	EVENT_ROUTE_MOVED,     /* the same: the source is on another interface now; iface: the new one */
	EVENT_ROUTE_FAILED,    /* the same; error */
	EVENT_SOURCE_REFUSED,  /* iface, group, source; word and cause: enum flow_refusal */
	EVENT_PACKET_DROP,     /* iface, source: the sender; word and cause: the refusal */
	EVENT_LIMIT,	       /* iface, group; word and cause: which limit; value: the limit, 0: none is set */
	EVENT_KINDS
};

/* What a limit is of. */
enum event_limit { LIMIT_GROUPS, LIMIT_SOURCES, LIMIT_FLOWS, LIMIT_MEMORY, LIMIT_KINDS };

struct event {
	enum event_kind kind;
	enum family family;
	const char *iface; /* name, or NULL */
	const struct addr *group;
	const struct addr *source;
	const char *word;
	unsigned int cause; /* the number of the word among those of its kind */
	uint64_t value;
	int error; /* errno */
	bool again; /* it was held back before, and counted then */
	enum gm_filter_mode mode;
	enum gm_protocol protocol;
};

#endif
