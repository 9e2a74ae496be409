/*
 * Forges IGMP and MLD messages and the packets around them, right unless told
 * otherwise. It shares no code with src/wire, so that a mistake there is not
 * repeated here.
 */
#ifndef TESTS_FORGE_H
#define TESTS_FORGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "codec.h"

enum { FORGE_BYTES = 70000 };

/* What stands for what in a test that runs for both families. */
struct cast {
	enum family family;
	const char *host;
	const char *querier;
	const char *all_systems;
	const char *all_routers;
	const char *report_to; /* where reports of generation 3 go */
	const char *group;
	const char *other_group;
	const char *unicast;
	const char *source[3];	  /* in ascending order */
	const char *no_source[3]; /* what no sender can be */
	const char *no_group[2];
	uint8_t query, report, leave, report3; /* message types; report and leave of generation 2 */
	size_t address_bytes;
	size_t plain_bytes;
	size_t ip_bytes; /* with Router Alert */
};

extern const struct cast casts[FAMILY_COUNT];

struct message {
	uint8_t bytes[FORGE_BYTES];
	size_t len;
};

void put8(struct message *m, unsigned int value);
void put16(struct message *m, unsigned int value);
void put_text(struct message *m, const struct cast *cast, const char *addr);

/* Generations 1 and 2: type, code (in the family's place), group; NULL: no group. */
struct message forge_plain(const struct cast *cast, uint8_t type, unsigned int code, const char *group);

/* The tail of a query of generation 3, behind forge_plain(); n_sources may lie. */
void forge_query_tail(struct message *m, const struct cast *cast, unsigned int flags, unsigned int qqic,
		      unsigned int n_sources, size_t n, const char *const sources[]);

struct message forge_report(const struct cast *cast, unsigned int n_records);
/* n_sources may lie; aux_words of 0xee bytes follow. */
void forge_record(struct message *m, const struct cast *cast, unsigned int type, unsigned int aux_words,
		  unsigned int n_sources, const char *group, size_t n, const char *const sources[]);

/* How a packet differs from the right one; all zero: in nothing. */
struct envelope {
	const char *src;
	const char *dst;
	int ttl; /* 0: 1 */
	bool no_router_alert;
	bool bad_checksum;
};

struct forged {
	struct packet packet;
	uint8_t bytes[FORGE_BYTES + 60];
	uint8_t hop_options[8];
};

/* src defaults to the cast's host, dst to all_systems for queries and report_to for others. */
void forge_packet(struct forged *f, const struct cast *cast, const struct message *m, struct envelope e);

/* One decoding, with room for its records. */
struct decoded {
	enum gm_refusal refusal;
	struct gm_message message;
	struct packet_info info;
	struct gm_record records[GM_MAX_RECORDS];
};

void decode(struct decoded *d, const struct cast *cast, const struct forged *f);
/* Forges, decodes, and tells the refusal. */
enum gm_refusal refusal_of(const struct cast *cast, const struct message *m, struct envelope e);

/* The address of a text that is known to be right. */
struct addr addr_of(const char *text);
bool is(const struct addr *a, const char *text);

#endif
