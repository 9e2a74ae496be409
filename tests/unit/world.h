/*
 * A world for the core: an in-memory kernel behind struct proxy_ops (VIFs, entries
 * with counters, subscriptions, sent queries with their instants, injected errors)
 * and a clock that only moves when told. Knows no test library, so that unit tests
 * and the simulation share it.
 *
 * The kernel in it is strict: what a real one would take silently and do wrong
 * (an entry with its own iif among the oifs, an oif without a VIF, a VIF taken away
 * while an entry names it) is written down in violation, and world_holds() compares
 * everything installed and subscribed with a naive recomputation.
 */
#ifndef TESTS_WORLD_H
#define TESTS_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proxy.h"

/* Interfaces are numbered by ifindex: 1 is the upstream, all others are downstreams. */
enum { UP = 1, DOWN1, DOWN2, DOWN3, DOWN4, WORLD_LINKS = 40 };

/* Host parts of addresses: the router's own stands between two rivals. */
enum { RIVAL = 0x05, RIVAL2 = 0x07, ROUTER = 0x10, HOST = 0x20, HOST2 = 0x21, HIGHER = 0x50 };

/* Sources a test names by letter are hosts beside the upstream. */
enum { SOURCE_A = 0x100 };

struct world_link {
	struct ifstate state;
	struct ifstate_addr addrs[3];
	struct iface_settings settings;
	struct iface_settings told[2]; /* as of the last news and the one before: the proxy compares them */
	unsigned int turn;
	bool vif;
	bool downstream;	/* as started */
	unsigned int threshold; /* as started */
	unsigned int starts;
	unsigned int stops;
	struct traffic traffic; /* a test may write here what went through the VIF */
	int start_error; /* injected: errno */
};

struct world_sent {
	struct mtime at;
	uint32_t ifindex;
	struct addr src;
	struct gm_query query; /* its span points into sources */
	struct srcset sources;
};

struct world_entry {
	struct mroute route;
	struct mroute_count count;
};

struct world_subscription {
	struct addr group;
	enum gm_filter_mode mode;
	struct srcset sources;
};

struct world_event {
	unsigned int count;
	struct mtime at; /* all below: of the last one */
	char iface[IFSTATE_NAME_BYTES];
	char word[32];
	struct addr group;
	struct addr source;
	uint64_t value;
	int error;
	enum gm_filter_mode mode;
};

struct world {
	enum family family;
	struct mtime now;
	struct flow_room flows;
	struct proxy *proxy;
	struct world_link links[WORLD_LINKS + 1];

	struct world_sent *sent;
	size_t n_sent;
	size_t sent_capacity;
	struct world_entry *entries;
	size_t n_entries;
	size_t entries_capacity;
	struct world_subscription *subscriptions;
	size_t n_subscriptions;
	size_t subscriptions_capacity;
	uint32_t subscribed_on; /* ifindex */
	unsigned int subscribe_calls;
	unsigned int unsubscribe_all_calls;
	unsigned int set_calls;
	unsigned int del_calls;
	struct world_event events[EVENT_KINDS];
	struct group_totals retired; /* what ended records had counted */
	struct mspan effects_take; /* how long after now an effect returns */
	bool (*hear)(struct world *w, const struct event *event); /* what emit() says; NULL: it is told */
	/* What retire() says; NULL: nobody else adds it up. */
	void (*bury)(struct world *w, const struct addr *group, const char *iface, const struct group_totals *counted);
	/* What account() answers; NULL: nobody keeps one. */
	bool (*account)(struct world *w, const struct addr *group, bool joined);
	void *hear_ctx; /* for hear(), bury() and account(), of the test */

	/* Injected: errno, 0 none. */
	int send_error;
	int subscribe_error;
	unsigned int refused_group; /* this one's subscription is always refused */
	int set_error;
	int del_error;
	int count_error;
	size_t query_sources;	/* what max_query_sources() says */
	uint64_t count_from;	/* a new entry's counters begin here */
	uint64_t count_mask;	/* the width of the kernel's counters */
	bool no_wrongvif;	/* the kernel does not tell of packets on a wrong interface */
	bool strays;		/* an error was injected: world_holds() compares less */

	char violation[256]; /* the first one; empty: none */
};

/* No interface is there yet. Ends the process when memory is short. */
struct world *world_new(enum family family);
/* The same, with the flows of both counted in the room of another. */
struct world *world_new_beside(enum family family, struct world *other);
void world_free(struct world *w);

/* The row of a family: addresses by number. */
struct addr world_group(enum family family, unsigned int n);
/* A global address in the network of a link. */
struct addr world_source(enum family family, uint32_t link, unsigned int n);
/* An address that speaks IGMP or MLD on a link. */
struct addr world_host(enum family family, uint32_t link, unsigned int n);
/* 'a', 'b', ... */
struct addr world_letter(enum family family, char letter);
/* Fills addrs with the letters' addresses and returns how many. */
size_t world_letters(enum family family, const char *letters, struct addr addrs[static 26]);
/* Are the set's members exactly those letters? */
bool world_set_is(enum family family, const struct srcset *set, const char *letters);

/* The proxy's interface of a link's name, absent or not; NULL: none. */
struct iface *world_find_iface(const struct world *w, uint32_t link);
/* Tells the proxy of a link as it stands in links[]; one that is absent gets its settings as by a reload. */
void world_news(struct world *w, uint32_t link);
/* The usual set: the upstream and n downstreams, all up, everything that is due at once done. */
void world_start(struct world *w, uint32_t n_downstreams);
void world_link_up(struct world *w, uint32_t link, bool up);
/* The device is deleted; world_news() with exists set makes it again. */
void world_delete_link(struct world *w, uint32_t link);

/* One record of a generation 3 report from HOST. */
void world_report(struct world *w, uint32_t link, enum gm_record_type type, unsigned int group, const char *letters);
/* The same by any version and host; generation 1 and 2: IS_EX is a report, TO_IN a leave. */
void world_say(struct world *w, uint32_t link, unsigned int host, enum gm_generation generation,
	       enum gm_record_type type, unsigned int group, const char *letters);
/* A general query (group 0) or specific one, from a host of the link. */
struct gm_query world_question(const struct world *w, enum gm_generation generation, unsigned int group);
void world_hear_query(struct world *w, uint32_t link, const struct addr *src, const struct gm_query *query);

/* n packets arrive; returns a bit for each ifindex that the kernel sent them out of. */
uint64_t world_packets(struct world *w, uint32_t link, const struct addr *source, unsigned int group, unsigned int n);
#define WORLD_BIT(link) (UINT64_C(1) << (link))

/* Ticks and works at this instant until nothing is left to do. */
void world_settle(struct world *w);
/* Lets time pass, settling at every deadline on the way. */
void world_pass(struct world *w, struct mspan span);
void world_pass_to(struct world *w, struct mtime until);

struct group *world_find_group(const struct world *w, uint32_t link, unsigned int group);
const struct world_entry *world_find_entry(const struct world *w, const struct addr *source, unsigned int group);
const struct world_subscription *world_find_subscription(const struct world *w, unsigned int group);
/* The oifs of an entry as bits by ifindex; all ones when there is no entry. */
uint64_t world_oifs(const struct world *w, const struct addr *source, unsigned int group);
/* How many queries of one kind were sent to a link since the record was last cleared. */
size_t world_count_sent(const struct world *w, uint32_t link, enum gm_query_kind kind);
void world_clear_sent(struct world *w);

/*
 * Compares what is installed and subscribed with what a naive reading of RFC 4605
 * makes of the groups' records; false with violation filled.
 */
bool world_holds(struct world *w);
void world_violate(struct world *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Settles, holds the world against world_holds() and frees it: NULL, or the process ends saying why. */
struct world *world_end(struct world *w);

/* A body for each family in turn, in a world of its own that has to hold at the end. */
#define WORLDS(w)                                                                   \
	for (enum family w##_family = FAMILY_IPV4; w##_family < FAMILY_COUNT; w##_family++) \
		for (struct world *w = world_new(w##_family); w; w = world_end(w))

#endif
