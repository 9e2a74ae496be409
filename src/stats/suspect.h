/*
 * One thing that keeps a stream from flowing, in words for people: the evidence, and the
 * command that mends it (design, section 4, "Why").
 */
#ifndef STATS_SUSPECT_H
#define STATS_SUSPECT_H

#include <stdbool.h>

#include "addr.h"
#include "ifstate.h"
#include "mtime.h"
#include "reason.h"

struct refused;
struct sighting;

enum { SUSPECT_TEXT_BYTES = 320 };

struct suspect {
	enum reason reason;
	bool certain;
	bool note; /* nothing wrong by itself */
	bool has_group, has_source;
	struct addr group, source;
	char interface[IFSTATE_NAME_BYTES]; /* "": none */
	char evidence[SUSPECT_TEXT_BYTES];
	char fix[SUSPECT_TEXT_BYTES];
};

/* What is known of it. All is borrowed; but for proxy each may be NULL. */
struct charge {
	const struct proxy *proxy;
	const struct membership *membership;
	const struct iface *iface;    /* where on the path it is */
	const struct sighting *seen;  /* on the wire */
	const struct refused *refused; /* by our own rules and limits */
};

/* The reason is that of the interface itself (reason_of_iface()). */
void suspect_explain_link(struct suspect *s, const struct iface *i);
/* Nobody is heard there. */
void suspect_explain_deafness(struct suspect *s, const struct iface *i, struct mtime now);
/* The configuration names it, and it does not exist. */
void suspect_explain_missing(struct suspect *s, const char *config_file);
/* No configuration of links helps: the family is off, or the group never leaves its link. */
void suspect_explain_family_off(struct suspect *s, enum family family);
void suspect_explain_link_scope(struct suspect *s);
/* Every other reason. */
void suspect_explain(struct suspect *s, const struct charge *c, struct mtime now);

#endif
