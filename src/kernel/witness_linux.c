/*
 * Netlink answers within the system call that asks: what is not there then will
 * never come. So the socket does not block, and nothing here waits for anybody.
 */
#include "witness.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/if_bridge.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/mroute.h>
#include <linux/netconf.h>
#include <linux/rtnetlink.h>

enum {
	REQUEST_BYTES = 256,
	BUFFER_BYTES = 65536,
	NETSTAT_BYTES = 32768,
	/*
	 * Of one answer, up to 32 KiB each. A dump costs more than its length, because each
	 * part walks over what the parts before have shown: 4,096 bridge entries (a bridge's
	 * own limit by default) take 3 ms, 20,000 would hold the loop for 40.
	 */
	MOST_PARTS = 8,
	LINK_ALLMULTI = 61, /* IFLA_ALLMULTI, since Linux 6.0: older headers lack the name */
};

struct witness {
	struct mnl_socket *socket; /* NULL: could not be made again */
	unsigned int serial;
	int netstat_fd; /* -1: none */
	_Alignas(struct nlmsghdr) uint8_t request[REQUEST_BYTES];
	_Alignas(struct nlmsghdr) uint8_t buffer[BUFFER_BYTES];
};

/* ---- asking ---- */

static struct mnl_socket *open_socket(void)
{
	struct mnl_socket *s = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (s && mnl_socket_bind(s, 0, MNL_SOCKET_AUTOPID)) {
		mnl_socket_close(s);
		return NULL;
	}
	return s;
}

/* The rest of an answer that nobody wants goes with its socket. */
static void renew_socket(struct witness *w)
{
	if (w->socket)
		mnl_socket_close(w->socket);
	w->socket = open_socket();
}

static struct nlmsghdr *question(struct witness *w, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(w->request);

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = ++w->serial;
	return nlh;
}

/* 1: there is more to come, 0: that was all, -errno: what the kernel says. */
static int take_part(struct witness *w, mnl_cb_t read, void *ctx)
{
	ssize_t n = mnl_socket_recvfrom(w->socket, w->buffer, sizeof(w->buffer));
	int r;

	if (n < 0)
		return -EINTR;
	r = mnl_cb_run(w->buffer, (size_t)n, w->serial, mnl_socket_get_portid(w->socket), read, ctx);
	return r < 0 ? -errno : r;
}

/* -EINTR: the answer was cut short, by us or because the kernel's lists changed under it. */
static int ask(struct witness *w, const struct nlmsghdr *nlh, mnl_cb_t read, void *ctx)
{
	int r = 1;

	if (!w->socket)
		renew_socket(w);
	if (!w->socket || mnl_socket_sendto(w->socket, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	for (int i = 0; r > 0 && i < MOST_PARTS; i++)
		r = take_part(w, read, ctx);
	if (r <= 0 && r != -EINTR)
		return r;
	renew_socket(w);
	return -EINTR;
}

/* ---- attributes ---- */

struct attrs {
	const struct nlattr **found; /* by type */
	size_t types;
};

static int keep_attr(const struct nlattr *attr, void *ctx)
{
	const struct attrs *a = ctx;

	if (mnl_attr_get_type(attr) < a->types)
		a->found[mnl_attr_get_type(attr)] = attr;
	return MNL_CB_OK;
}

/* found has to be all NULL. A nest that is missing has no attributes. */
static void read_nest(const struct nlattr *nest, const struct nlattr **found, size_t types)
{
	struct attrs a = {found, types};

	if (nest)
		mnl_attr_parse_nested(nest, keep_attr, &a);
}

static void read_attrs(const struct nlmsghdr *nlh, size_t offset, const struct nlattr **found, size_t types)
{
	struct attrs a = {found, types};

	mnl_attr_parse(nlh, (unsigned int)offset, keep_attr, &a);
}

static uint32_t u32_of(const struct nlattr *attr)
{
	return attr && !mnl_attr_validate(attr, MNL_TYPE_U32) ? mnl_attr_get_u32(attr) : 0;
}

static uint8_t u8_of(const struct nlattr *attr)
{
	return attr && !mnl_attr_validate(attr, MNL_TYPE_U8) ? mnl_attr_get_u8(attr) : 0;
}

static const char *text_of(const struct nlattr *attr)
{
	return attr && !mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) ? mnl_attr_get_str(attr) : "";
}

static bool has_payload(const struct nlmsghdr *nlh, size_t bytes)
{
	return mnl_nlmsg_get_payload_len(nlh) >= bytes;
}

/* The kernel's number of a family, in netlink and in Ethernet. */
static const struct {
	uint8_t domain;
	uint16_t protocol;
} names[FAMILY_COUNT] = {
	[FAMILY_IPV4] = {AF_INET, ETH_P_IP},
	[FAMILY_IPV6] = {AF_INET6, ETH_P_IPV6},
};

/* ---- links ---- */

/* What RTM_GETLINK tells of one. */
struct link_answer {
	char name[IFSTATE_NAME_BYTES];
	bool promiscuous, all_multicast;
	bool is_bridge;
	bool is_port; /* of the bridge master */
	uint32_t master;
	bool snooping, querier, always_router;
	bool querier_seen[FAMILY_COUNT];
	bool flood;
};

/* The timer runs while another querier is heard; the bridge's own queries start none. Since Linux 5.15. */
static void read_querier(const struct nlattr *nest, struct link_answer *link)
{
	const struct nlattr *found[BRIDGE_QUERIER_MAX + 1] = {NULL};

	read_nest(nest, found, BRIDGE_QUERIER_MAX + 1);
	link->querier_seen[FAMILY_IPV4] = found[BRIDGE_QUERIER_IP_OTHER_TIMER];
	link->querier_seen[FAMILY_IPV6] = found[BRIDGE_QUERIER_IPV6_OTHER_TIMER];
}

static void read_bridge(const struct nlattr *nest, struct link_answer *link)
{
	const struct nlattr *found[IFLA_BR_MAX + 1] = {NULL};

	read_nest(nest, found, IFLA_BR_MAX + 1);
	link->is_bridge = true;
	link->snooping = u8_of(found[IFLA_BR_MCAST_SNOOPING]);
	link->querier = u8_of(found[IFLA_BR_MCAST_QUERIER]);
	link->always_router = u8_of(found[IFLA_BR_MCAST_ROUTER]) == MDB_RTR_TYPE_PERM;
	read_querier(found[IFLA_BR_MCAST_QUERIER_STATE], link);
}

static void read_port(const struct nlattr *nest, struct link_answer *link)
{
	const struct nlattr *found[IFLA_BRPORT_MAX + 1] = {NULL};

	read_nest(nest, found, IFLA_BRPORT_MAX + 1);
	link->is_port = true;
	link->flood = u8_of(found[IFLA_BRPORT_MCAST_FLOOD]);
}

static void read_kinds(const struct nlattr *nest, struct link_answer *link)
{
	const struct nlattr *found[IFLA_INFO_MAX + 1] = {NULL};

	read_nest(nest, found, IFLA_INFO_MAX + 1);
	if (strcmp(text_of(found[IFLA_INFO_KIND]), "bridge") == 0)
		read_bridge(found[IFLA_INFO_DATA], link);
	if (strcmp(text_of(found[IFLA_INFO_SLAVE_KIND]), "bridge") == 0)
		read_port(found[IFLA_INFO_SLAVE_DATA], link);
}

/* The flags show only what a person has set; the counts, what a bridge or a packet socket needs as well. */
static int read_link(const struct nlmsghdr *nlh, void *ctx)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *found[LINK_ALLMULTI + 1] = {NULL};
	struct link_answer *link = ctx;

	if (!has_payload(nlh, sizeof(*ifi)))
		return MNL_CB_STOP;
	read_attrs(nlh, sizeof(*ifi), found, LINK_ALLMULTI + 1);
	strlcpy(link->name, text_of(found[IFLA_IFNAME]), sizeof(link->name));
	link->promiscuous = (ifi->ifi_flags & IFF_PROMISC) || u32_of(found[IFLA_PROMISCUITY]);
	link->all_multicast = (ifi->ifi_flags & IFF_ALLMULTI) || u32_of(found[LINK_ALLMULTI]);
	link->master = u32_of(found[IFLA_MASTER]);
	read_kinds(found[IFLA_LINKINFO], link);
	return MNL_CB_STOP;
}

static bool ask_link(struct witness *w, uint32_t ifindex, struct link_answer *link)
{
	struct nlmsghdr *nlh = question(w, RTM_GETLINK, 0);
	struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));

	*link = (struct link_answer){0};
	ifi->ifi_index = (int)ifindex;
	mnl_attr_put_u32(nlh, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	return !ask(w, nlh, read_link, link);
}

/* ---- settings of an interface ---- */

struct setting {
	uint16_t type;
	bool known;
	uint32_t value;
};

static int read_setting(const struct nlmsghdr *nlh, void *ctx)
{
	const struct nlattr *found[NETCONFA_MAX + 1] = {NULL};
	struct setting *s = ctx;

	if (!has_payload(nlh, sizeof(struct netconfmsg)))
		return MNL_CB_STOP;
	read_attrs(nlh, sizeof(struct netconfmsg), found, NETCONFA_MAX + 1);
	s->known = found[s->type];
	s->value = u32_of(found[s->type]);
	return MNL_CB_STOP;
}

/* ifindex may be NETCONFA_IFINDEX_ALL. */
static struct setting ask_setting(struct witness *w, enum family family, uint16_t type, uint32_t ifindex)
{
	struct nlmsghdr *nlh = question(w, RTM_GETNETCONF, 0);
	struct netconfmsg *ncm = mnl_nlmsg_put_extra_header(nlh, sizeof(*ncm));
	struct setting s = {.type = type};

	ncm->ncm_family = names[family].domain;
	mnl_attr_put_u32(nlh, NETCONFA_IFINDEX, ifindex);
	if (ask(w, nlh, read_setting, &s))
		s.known = false;
	return s;
}

/* Documentation/networking/ip-sysctl.rst: the larger of all and the interface's. */
static enum rp_filter ask_rp_filter(struct witness *w, uint32_t ifindex)
{
	struct setting all = ask_setting(w, FAMILY_IPV4, NETCONFA_RP_FILTER, (uint32_t)NETCONFA_IFINDEX_ALL);
	struct setting own = ask_setting(w, FAMILY_IPV4, NETCONFA_RP_FILTER, ifindex);
	uint32_t value = all.value > own.value ? all.value : own.value;

	if (!all.known || !own.known)
		return RP_FILTER_UNKNOWN;
	if (!value)
		return RP_FILTER_OFF;
	return value == 1 ? RP_FILTER_STRICT : RP_FILTER_LOOSE;
}

/* ---- a bridge's forwarding database ---- */

struct mdb_question {
	uint32_t ifindex;
	const struct addr *group;
	struct bridge_evidence *bridge;
};

static bool is_entry_of(const struct br_mdb_entry *entry, const struct mdb_question *q)
{
	enum family family = addr_family(q->group);

	return entry->ifindex == q->ifindex && ntohs(entry->addr.proto) == names[family].protocol &&
	       memcmp(&entry->addr.u, addr_wire(q->group), addr_wire_bytes(q->group)) == 0;
}

/* Listed is listed, with or without a source, in any VLAN: in doubt nobody is accused. */
static int read_entry(const struct nlattr *info, void *ctx)
{
	const struct mdb_question *q = ctx;
	struct br_mdb_entry entry;

	if (mnl_attr_get_payload_len(info) < sizeof(entry))
		return MNL_CB_OK;
	memcpy(&entry, mnl_attr_get_payload(info), sizeof(entry));
	q->bridge->group_listed |= is_entry_of(&entry, q);
	return MNL_CB_OK;
}

static int read_entries(const struct nlattr *entries, void *ctx)
{
	return mnl_attr_parse_nested(entries, read_entry, ctx);
}

static int read_router_port(const struct nlattr *port, void *ctx)
{
	const struct mdb_question *q = ctx;
	uint32_t ifindex;

	if (mnl_attr_get_payload_len(port) < sizeof(ifindex))
		return MNL_CB_OK;
	memcpy(&ifindex, mnl_attr_get_payload(port), sizeof(ifindex));
	q->bridge->router_port |= ifindex == q->ifindex;
	return MNL_CB_OK;
}

static int read_mdb(const struct nlmsghdr *nlh, void *ctx)
{
	const struct br_port_msg *bpm = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *found[MDBA_MAX + 1] = {NULL};
	const struct mdb_question *q = ctx;

	if (!has_payload(nlh, sizeof(*bpm)) || bpm->ifindex != q->bridge->ifindex)
		return MNL_CB_OK;
	read_attrs(nlh, sizeof(*bpm), found, MDBA_MAX + 1);
	if (found[MDBA_MDB])
		mnl_attr_parse_nested(found[MDBA_MDB], read_entries, ctx);
	if (found[MDBA_ROUTER])
		mnl_attr_parse_nested(found[MDBA_ROUTER], read_router_port, ctx);
	return MNL_CB_OK;
}

/* The whole database, of all bridges: Linux has no way to ask for less before 6.8. */
static void ask_mdb(struct witness *w, uint32_t ifindex, const struct addr *group, struct bridge_evidence *bridge)
{
	struct mdb_question q = {ifindex, group, bridge};
	struct nlmsghdr *nlh = question(w, RTM_GETMDB, NLM_F_DUMP);
	struct br_port_msg *bpm = mnl_nlmsg_put_extra_header(nlh, sizeof(*bpm));

	bpm->family = AF_BRIDGE;
	bridge->group_known = !ask(w, nlh, read_mdb, &q);
}

/* ---- the answers ---- */

static void witness_bridge(struct witness *w, uint32_t ifindex, const struct link_answer *link, enum family family,
			   const struct addr *group, struct bridge_evidence *evidence)
{
	struct link_answer bridge = *link;

	if (!link->is_bridge && (!link->is_port || !ask_link(w, link->master, &bridge)))
		return;
	*evidence = (struct bridge_evidence){
		.known = true,
		.ifindex = link->is_bridge ? ifindex : link->master,
		.snooping = bridge.snooping,
		.querier = bridge.querier,
		.querier_seen = bridge.querier_seen[family],
		.flood = link->flood,
		.router_port = link->is_bridge && link->always_router,
	};
	memcpy(evidence->name, bridge.name, sizeof(evidence->name));
	if (group)
		ask_mdb(w, ifindex, group, evidence);
}

void witness_link(struct witness *w, uint32_t ifindex, enum family family, const struct addr *group,
		  struct link_evidence *evidence)
{
	struct setting forwarding;
	struct link_answer link;

	*evidence = (struct link_evidence){0};
	if (!ask_link(w, ifindex, &link))
		return;
	forwarding = ask_setting(w, family, NETCONFA_MC_FORWARDING, ifindex);
	evidence->forwarding_known = forwarding.known;
	evidence->forwarding = forwarding.value;
	evidence->rp_filter = family == FAMILY_IPV4 ? ask_rp_filter(w, ifindex) : RP_FILTER_OFF;
	evidence->promiscuous = link.promiscuous;
	evidence->all_multicast = link.all_multicast;
	witness_bridge(w, ifindex, &link, family, group, &evidence->bridge);
}

static int read_route(const struct nlmsghdr *nlh, void *ctx)
{
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *found[RTA_MAX + 1] = {NULL};
	uint32_t *ifindex = ctx;

	if (!has_payload(nlh, sizeof(*rtm)))
		return MNL_CB_STOP;
	read_attrs(nlh, sizeof(*rtm), found, RTA_MAX + 1);
	if (rtm->rtm_type == RTN_UNICAST || rtm->rtm_type == RTN_LOCAL)
		*ifindex = u32_of(found[RTA_OIF]);
	return MNL_CB_STOP;
}

/* How the kernel says that there is no route, or one that leads nowhere: unreachable, prohibit, blackhole. */
static bool is_no_route(int error)
{
	return error == -ENETUNREACH || error == -EHOSTUNREACH || error == -EACCES || error == -EINVAL;
}

void witness_route(struct witness *w, const struct addr *source, struct route_evidence *evidence)
{
	struct nlmsghdr *nlh = question(w, RTM_GETROUTE, 0);
	struct rtmsg *rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	int r;

	*evidence = (struct route_evidence){0};
	rtm->rtm_family = names[addr_family(source)].domain;
	rtm->rtm_dst_len = (unsigned char)(addr_wire_bytes(source) * 8);
	mnl_attr_put(nlh, RTA_DST, addr_wire_bytes(source), addr_wire(source));
	r = ask(w, nlh, read_route, &evidence->ifindex);
	evidence->known = !r || is_no_route(r);
}

/* /proc/net/netstat has its names in one line and their values in the next. False: there is no such name. */
static bool find_value(char *text, const char *name, uint64_t *value)
{
	char *names_line, *values_line, *word, *number;

	while ((names_line = strsep(&text, "\n")) && (values_line = strsep(&text, "\n"))) {
		while ((word = strsep(&names_line, " ")) && (number = strsep(&values_line, " "))) {
			if (strcmp(word, name) != 0)
				continue;
			*value = strtoull(number, NULL, 10);
			return true;
		}
	}
	return false;
}

void witness_drops(struct witness *w, struct drop_evidence *evidence)
{
	char text[NETSTAT_BYTES];
	ssize_t n = pread(w->netstat_fd, text, sizeof(text) - 1, 0);

	*evidence = (struct drop_evidence){0};
	if (n < 0)
		return;
	text[n] = '\0';
	evidence->known = find_value(text, "IPReversePathFilter", &evidence->rp_filter);
}

struct tables_question {
	uint32_t table;
	bool known;
	uint64_t unresolved;
};

/* A kernel without IPv4 multicast routing answers with its ordinary links. */
static int read_table(const struct nlmsghdr *nlh, void *ctx)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *found[IFLA_AF_SPEC + 1] = {NULL};
	const struct nlattr *table[IPMRA_TABLE_MAX + 1] = {NULL};
	struct tables_question *q = ctx;

	if (!has_payload(nlh, sizeof(*ifi)) || ifi->ifi_family != RTNL_FAMILY_IPMR)
		return MNL_CB_OK;
	read_attrs(nlh, sizeof(*ifi), found, IFLA_AF_SPEC + 1);
	read_nest(found[IFLA_AF_SPEC], table, IPMRA_TABLE_MAX + 1);
	if (!table[IPMRA_TABLE_CACHE_RES_QUEUE_LEN] || u32_of(table[IPMRA_TABLE_ID]) != q->table)
		return MNL_CB_OK;
	q->known = true;
	q->unresolved = u32_of(table[IPMRA_TABLE_CACHE_RES_QUEUE_LEN]);
	return MNL_CB_OK;
}

int witness_unresolved(struct witness *w, uint32_t table, uint64_t *n)
{
	struct tables_question q = {.table = table};
	struct nlmsghdr *nlh = question(w, RTM_GETLINK, NLM_F_DUMP);
	struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
	int r;

	ifi->ifi_family = RTNL_FAMILY_IPMR;
	r = ask(w, nlh, read_table, &q);
	if (r)
		return r;
	*n = q.unresolved;
	return q.known ? 0 : -ENOENT;
}

/* ---- life ---- */

struct witness *witness_open(void)
{
	struct witness *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->socket = open_socket();
	if (!w->socket) {
		free(w);
		return NULL;
	}
	w->netstat_fd = open("/proc/self/net/netstat", O_RDONLY | O_CLOEXEC);
	return w;
}

void witness_close(struct witness *w)
{
	if (!w)
		return;
	if (w->socket)
		mnl_socket_close(w->socket);
	if (w->netstat_fd >= 0)
		close(w->netstat_fd);
	free(w);
}
