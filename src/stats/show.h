/*
 * The state as JSON (design, section 4; research: the schema is a contract, it only
 * ever grows within a number; contrib/schema has it for machines). Arrays are
 * sorted, numbers in base units, what is absent is null.
 */
#ifndef STATS_SHOW_H
#define STATS_SHOW_H

struct document;
struct stats;

enum { SHOW_SCHEMA = 1 };

/* The arrays, in the order in which /json holds them. */
enum show_part {
	SHOW_INTERFACES,
	SHOW_GROUPS,
	SHOW_ROUTES,
	SHOW_UPSTREAM,
	SHOW_LIMITS,
	SHOW_DROPS,
	SHOW_MEMBERS,
	SHOW_FILTERS,
	SHOW_REFUSED,
	SHOW_PARTS,
	SHOW_ALL = SHOW_PARTS
};

/* "interfaces": the array's name and the path below /json. */
const char *show_part_name(enum show_part part);

/* {"schema":1,"time":…,PART:[…]}, or with SHOW_ALL all of them and "daemon". NULL when memory is short. */
struct document *show_new(const struct stats *stats, enum show_part part);

#endif
