/*
 * What can be found out about the path of a stream besides the protocol's own
 * state: values that kernel/ finds and stats/ reads (design, section 4, "Evidence").
 * Where something could not be found out, it says so: nobody is accused on nothing.
 */
#ifndef BASE_EVIDENCE_H
#define BASE_EVIDENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "addr.h"
#include "ifstate.h"

struct traffic {
	uint64_t packets_in, bytes_in, packets_out, bytes_out;
};

static inline void traffic_add(struct traffic *to, const struct traffic *more)
{
	to->packets_in += more->packets_in;
	to->bytes_in += more->bytes_in;
	to->packets_out += more->packets_out;
	to->bytes_out += more->bytes_out;
}

/* Of an interface's VIF or MIF, since it was made. */
struct iface_traffic {
	int vif; /* the kernel's number, for people who read `ip mroute`; nobody computes with it */
	struct traffic counted;
};

/* What a packet socket saw of one (S,G), or of a group, on one interface and in one direction for a while. */
struct sight {
	bool known; /* it could look, all the while */
	uint64_t packets;
	uint8_t least_ttl, most_ttl; /* hop limit in IPv6; meaningless without packets, as is */
	struct addr source;	     /* of the last of them */
};

enum rp_filter { RP_FILTER_UNKNOWN, RP_FILTER_OFF, RP_FILTER_STRICT, RP_FILTER_LOOSE };

/* A Linux bridge that an interface is, or is a port of. */
struct bridge_evidence {
	bool known;		/* it is a bridge or the port of one, and was asked */
	uint32_t ifindex;	/* of the bridge */
	char name[IFSTATE_NAME_BYTES];
	bool snooping;
	bool querier;		/* the bridge itself asks */
	bool querier_seen;	/* it hears another one, in the group's family; Linux 5.15 and later */
	bool flood;		/* port: unknown multicast is sent here */
	bool group_known;	/* its forwarding database was read, for the next two */
	bool group_listed;	/* it sends the group to this interface: the port, or the bridge's own host */
	bool router_port;	/* it sends all multicast there: a query was heard from it, or it is set so */
};

struct link_evidence {
	enum rp_filter rp_filter; /* effective: the larger of all and the interface's; IPv6 groups: OFF, there is none */
	bool forwarding_known, forwarding; /* mc_forwarding of the group's family: it has a VIF or MIF */
	bool promiscuous, all_multicast;   /* for whatever reason; a VIF is one */
	struct bridge_evidence bridge;
};

/* Where a packet to the source would go: strict reverse-path filtering wants it to be the interface it came in on. */
struct route_evidence {
	bool known;
	uint32_t ifindex; /* 0: unreachable */
};

/* Of the whole network namespace, since its start (/proc/net/netstat). */
struct drop_evidence {
	bool known;
	uint64_t rp_filter; /* IPReversePathFilter */
};

#endif
