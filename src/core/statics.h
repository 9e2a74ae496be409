/*
 * The static groups of an interface: records that the configuration makes and no host,
 * no timer ends. They stand beside those of hosts in the membership of their group, so
 * that the merge and forwarding need no case for them. Owner: the interface.
 */
#ifndef CORE_STATICS_H
#define CORE_STATICS_H

struct iface;
struct mfc;

/* What the configuration names and what is there, made equal; what is there already is not touched. */
void statics_sync(struct mfc *mfc, struct iface *i);

/* The interface stops: their subscriptions and routes end. */
void statics_remove_all(struct mfc *mfc, struct iface *i);

/* Frees them, and tells nobody. */
void statics_free(struct iface *i);

#endif
