/*
 * Every statement that is no block, macro or include: its name, where it may stand,
 * what it takes, how it is printed. One table, which the parser and the printer walk;
 * the names in it are known by their position only, all but OpenBSD's own are free to
 * be names of macros and interfaces.
 */
#ifndef CONF_OPTIONS_H
#define CONF_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct parser;
struct word;

/* In the order in which they are printed. */
enum option_id {
	OPTION_UPSTREAM,
	OPTION_DOWNSTREAM,
	OPTION_DISABLED,
	OPTION_IPV4,
	OPTION_IPV6,
	OPTION_USER,
	OPTION_CHROOT,
	OPTION_TABLE,
	OPTION_QUERY_INTERVAL,
	OPTION_QUERY_RESPONSE_INTERVAL,
	OPTION_ROBUSTNESS,
	OPTION_LAST_MEMBER_QUERY_INTERVAL,
	OPTION_LAST_MEMBER_QUERY_COUNT,
	OPTION_MAX_GROUPS,
	OPTION_MAX_SOURCES,
	OPTION_MAX_FLOWS,
	OPTION_THRESHOLD,
	OPTION_IGMP_VERSION,
	OPTION_MLD_VERSION,
	OPTION_FAST_LEAVE,
	OPTION_SSM_STRICT,
	OPTION_ALWAYS_FORWARD,
	OPTION_SOURCE,
	OPTION_ALLOW,
	OPTION_DENY,
	OPTION_STATIC,
	OPTION_SOCKET,
	OPTION_SOCKET_GROUP,
	OPTION_SOCKET_MODE,
	OPTION_LISTEN,
	OPTION_SAMPLE_INTERVAL,
	OPTION_SUMMARY_INTERVAL,
	OPTION_STATS_MAX_GROUPS,
	OPTION_COUNT
};

enum option_scope {
	SCOPE_NONE = 0, /* in a block that nobody knows: nothing is said of its contents */
	SCOPE_GLOBAL = 1,
	SCOPE_INTERFACE = 2,
	SCOPE_STATS = 4,
};

/* Where an option's value lives. */
enum option_home { HOME_INTERFACE, HOME_CONF, HOME_STATS };

struct option {
	const char *name;
	unsigned int scopes;
	enum option_home home;
	bool downstream_only; /* an upstream does not care */
	size_t offset;	      /* of the value in its home's struct */
	unsigned int min;     /* what they bound is read()'s to know */
	unsigned int max;
	/* head is the statement, its arguments follow it; what is wrong is reported, and nothing set. */
	void (*read)(struct parser *p, const struct option *option, void *value, const struct word *head);
	/* Whole lines, each after indent; NULL when another option prints this one too. */
	void (*print)(const struct option *option, const void *value, const char *indent, FILE *out);
};

extern const struct option options_table[OPTION_COUNT];

/* Reads one statement where the parser stands now. */
void options_read(struct parser *p, const struct word *head);

#endif
