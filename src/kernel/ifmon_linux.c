/*
 * News of interfaces from rtnetlink. The truth here is what was reported last: a
 * table of links with their addresses, changed by news and by dumps, and a list of
 * those that differ from the last report.
 *
 * Two sockets: one subscribed to news, one to ask for dumps, so that answers and
 * news never mix. News wait in their socket during a dump and are applied after
 * it; they say states, not differences, so being late does no harm.
 */
#include "ifmon.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/rtnetlink.h>

#include "gm.h"
#include "table.h"

enum {
	BUFFER_BYTES = 65536,
	NEWS_BUFFER_BYTES = 1 << 20, /* some thousand news; what is lost beyond is asked for again */
	DUMP_TRIES = 32,	     /* while the kernel's lists change under a dump */
};

/* Sorted, so that equal lists compare equal. */
struct addrs {
	struct ifstate_addr *items;
	size_t count;
	size_t capacity;
};

struct link {
	struct table_node node;
	TAILQ_ENTRY(link) entry;
	TAILQ_ENTRY(link) dirty;
	struct ifstate state; /* its addrs are set when it is reported */
	struct addrs addrs;
	struct addrs dumped; /* what the dump that is running has shown so far */
	bool seen;	     /* by that dump */
	bool is_dirty;
	bool was_reported;
};

TAILQ_HEAD(link_list, link);

struct ifmon {
	ifmon_news *news;
	void *ctx;
	struct mnl_socket *news_socket;
	struct mnl_socket *ask_socket;
	unsigned int serial;
	struct table table; /* of links by ifindex */
	struct link_list links;
	struct link_list dirty;
	bool stale;	  /* something was lost, a dump is due */
	bool dumping;	  /* messages answer a dump */
	bool interrupted; /* the kernel's lists changed under the dump: it may lack entries */
	_Alignas(struct nlmsghdr) uint8_t buffer[BUFFER_BYTES];
};

/* ---- addresses ---- */

static int ifaddr_order(const struct ifstate_addr *a, const struct ifstate_addr *b)
{
	int r = addr_cmp(&a->addr, &b->addr);

	if (!r)
		r = addr_cmp(&a->peer, &b->peer);
	if (!r)
		r = addr_cmp(&a->network.addr, &b->network.addr);
	return r ? r : (int)a->network.len - (int)b->network.len;
}

static bool ifaddr_same(const struct ifstate_addr *a, const struct ifstate_addr *b)
{
	return ifaddr_order(a, b) == 0 && a->tentative == b->tentative;
}

static bool addrs_same(const struct addrs *a, const struct addrs *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!ifaddr_same(&a->items[i], &b->items[i]))
			return false;
	return true;
}

static size_t addrs_position(const struct addrs *list, const struct ifstate_addr *a)
{
	size_t i = 0;

	while (i < list->count && ifaddr_order(&list->items[i], a) < 0)
		i++;
	return i;
}

static bool addrs_has(const struct addrs *list, size_t i, const struct ifstate_addr *a)
{
	return i < list->count && ifaddr_order(&list->items[i], a) == 0;
}

static int addrs_grow(struct addrs *list)
{
	size_t capacity = list->capacity ? list->capacity * 2 : 4;
	struct ifstate_addr *items;

	if (list->count < list->capacity)
		return 0;
	items = realloc(list->items, capacity * sizeof(*items));
	if (!items)
		return -ENOMEM;
	list->items = items;
	list->capacity = capacity;
	return 0;
}

/* 1 when the list is another now, 0 when it said so already, -ENOMEM. */
static int addrs_set(struct addrs *list, const struct ifstate_addr *a)
{
	size_t i = addrs_position(list, a);
	int r;

	if (addrs_has(list, i, a)) {
		if (ifaddr_same(&list->items[i], a))
			return 0;
		list->items[i] = *a;
		return 1;
	}
	r = addrs_grow(list);
	if (r)
		return r;
	memmove(&list->items[i + 1], &list->items[i], (list->count - i) * sizeof(*a));
	list->items[i] = *a;
	list->count++;
	return 1;
}

static bool addrs_remove(struct addrs *list, const struct ifstate_addr *a)
{
	size_t i = addrs_position(list, a);

	if (!addrs_has(list, i, a))
		return false;
	list->count--;
	memmove(&list->items[i], &list->items[i + 1], (list->count - i) * sizeof(*a));
	return true;
}

static void addrs_fini(struct addrs *list)
{
	free(list->items);
	*list = (struct addrs){0};
}

/* ---- links ---- */

/* An odd factor makes the low bits, which the table uses, a permutation. Nobody outside chooses an ifindex. */
static uint64_t hash_of(uint32_t ifindex)
{
	return (uint64_t)ifindex * UINT64_C(0x9e3779b97f4a7c15);
}

static struct link *link_find(const struct ifmon *m, uint32_t ifindex)
{
	struct link *l;

	for (struct table_node *n = table_first(&m->table, hash_of(ifindex)); n; n = table_next(n)) {
		l = TABLE_OBJECT(n, struct link, node);
		if (l->state.ifindex == ifindex)
			return l;
	}
	return NULL;
}

static struct link *link_new(struct ifmon *m, uint32_t ifindex)
{
	struct link *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->state.ifindex = ifindex;
	table_insert(&m->table, &l->node, hash_of(ifindex));
	TAILQ_INSERT_TAIL(&m->links, l, entry);
	return l;
}

static void link_free(struct ifmon *m, struct link *l)
{
	if (l->is_dirty)
		TAILQ_REMOVE(&m->dirty, l, dirty);
	TAILQ_REMOVE(&m->links, l, entry);
	table_remove(&m->table, &l->node);
	addrs_fini(&l->addrs);
	addrs_fini(&l->dumped);
	free(l);
}

static void mark_dirty(struct ifmon *m, struct link *l)
{
	if (!l->is_dirty)
		TAILQ_INSERT_TAIL(&m->dirty, l, dirty);
	l->is_dirty = true;
}

/* Says how it is now; one that is gone is forgotten. What came and went unseen is not mentioned. */
static void link_report(struct ifmon *m, struct link *l)
{
	TAILQ_REMOVE(&m->dirty, l, dirty);
	l->is_dirty = false;
	l->state.addrs = l->addrs.items;
	l->state.n_addrs = l->addrs.count;
	if (l->state.exists || l->was_reported)
		m->news(m->ctx, &l->state);
	l->was_reported = true;
	if (!l->state.exists)
		link_free(m, l);
}

static void report_dirty(struct ifmon *m)
{
	struct link *l;

	while ((l = TAILQ_FIRST(&m->dirty)) != NULL)
		link_report(m, l);
}

static void link_gone(struct ifmon *m, struct link *l)
{
	l->state.exists = false;
	l->addrs.count = 0;
	mark_dirty(m, l);
}

static bool state_same(const struct ifstate *a, const struct ifstate *b)
{
	return a->exists == b->exists && a->up == b->up && a->multicast == b->multicast &&
	       a->loopback == b->loopback && a->mtu == b->mtu && strcmp(a->name, b->name) == 0;
}

/* ---- messages ---- */

static bool has_payload(const struct nlmsghdr *nlh, size_t bytes)
{
	return mnl_nlmsg_get_payload_len(nlh) >= bytes;
}

static int read_link_attr(const struct nlattr *attr, void *ctx)
{
	struct ifstate *state = ctx;

	if (mnl_attr_get_type(attr) == IFLA_IFNAME && !mnl_attr_validate(attr, MNL_TYPE_NUL_STRING))
		strlcpy(state->name, mnl_attr_get_str(attr), sizeof(state->name));
	if (mnl_attr_get_type(attr) == IFLA_MTU && !mnl_attr_validate(attr, MNL_TYPE_U32))
		state->mtu = mnl_attr_get_u32(attr);
	return MNL_CB_OK;
}

static struct ifstate read_link(const struct nlmsghdr *nlh, const struct ifinfomsg *ifi)
{
	/* The kernel sets IFF_RUNNING when the operational state is up, or unknown because the driver has none. */
	struct ifstate state = {
		.ifindex = (uint32_t)ifi->ifi_index,
		.exists = true,
		.up = (ifi->ifi_flags & IFF_UP) && (ifi->ifi_flags & IFF_RUNNING),
		.multicast = ifi->ifi_flags & IFF_MULTICAST,
		.loopback = ifi->ifi_flags & IFF_LOOPBACK,
	};

	mnl_attr_parse(nlh, sizeof(*ifi), read_link_attr, &state);
	return state;
}

/*
 * Below its smallest MTU the kernel takes a family off a device, with all that was joined
 * there (addrconf_notify(), inetdev_event()): as with a deletion, who held something has to
 * know, even if it lasted for a moment.
 */
static bool hides_small_mtu(const struct link *l, const struct ifstate *state)
{
	for (enum family f = 0; f < FAMILY_COUNT; f++)
		if (l->state.mtu < gm_protos[f].min_mtu && state->mtu >= gm_protos[f].min_mtu)
			return true;
	return false;
}

static int take_new_link(struct ifmon *m, const struct ifstate *state)
{
	struct link *l = link_find(m, state->ifindex);

	/* Deleted and made anew between two reads: two interfaces, not one that changed. */
	if (l && !l->state.exists) {
		link_report(m, l);
		l = NULL;
	}
	if (l && l->is_dirty && hides_small_mtu(l, state))
		link_report(m, l);
	if (!l)
		l = link_new(m, state->ifindex);
	if (!l)
		return -ENOMEM;
	l->seen = true;
	if (state_same(&l->state, state))
		return 0;
	l->state = *state;
	mark_dirty(m, l);
	return 0;
}

static int take_link(struct ifmon *m, const struct nlmsghdr *nlh)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	struct ifstate state;
	struct link *l;

	/* AF_BRIDGE messages come to the same group: there RTM_DELLINK is a port that left its bridge. */
	if (!has_payload(nlh, sizeof(*ifi)) || ifi->ifi_family != AF_UNSPEC || ifi->ifi_index <= 0)
		return 0;
	if (nlh->nlmsg_type == RTM_NEWLINK) {
		state = read_link(nlh, ifi);
		return take_new_link(m, &state);
	}
	l = link_find(m, (uint32_t)ifi->ifi_index);
	if (l && l->state.exists)
		link_gone(m, l);
	return 0;
}

/* The attributes of one address, as they are found. */
struct addr_attrs {
	unsigned char family;
	bool has_local;
	bool has_address;
	struct addr local;
	struct addr address;
	uint32_t flags;
};

static bool read_attr_addr(const struct nlattr *attr, unsigned char family, struct addr *out)
{
	size_t bytes = family == AF_INET ? 4 : 16;

	if (mnl_attr_get_payload_len(attr) != bytes)
		return false;
	*out = family == AF_INET ? addr_from_v4(mnl_attr_get_payload(attr)) :
				   addr_from_v6(mnl_attr_get_payload(attr));
	return true;
}

static int read_addr_attr(const struct nlattr *attr, void *ctx)
{
	struct addr_attrs *a = ctx;

	switch (mnl_attr_get_type(attr)) {
	case IFA_LOCAL:
		a->has_local = read_attr_addr(attr, a->family, &a->local);
		break;
	case IFA_ADDRESS:
		a->has_address = read_attr_addr(attr, a->family, &a->address);
		break;
	case IFA_FLAGS:
		if (!mnl_attr_validate(attr, MNL_TYPE_U32))
			a->flags = mnl_attr_get_u32(attr);
		break;
	default:
		break;
	}
	return MNL_CB_OK;
}

/*
 * IFA_ADDRESS is the other end on a point-to-point link, and what the prefix length
 * belongs to; IFA_LOCAL is ours then. Without a peer IPv6 has IFA_ADDRESS only. An
 * optimistic address (RFC 4429) may be used while it is still tentative; one that
 * failed duplicate address detection may not be used at all.
 */
static bool read_ifaddr(const struct nlmsghdr *nlh, const struct ifaddrmsg *ifa, struct ifstate_addr *out)
{
	struct addr_attrs a = {.family = ifa->ifa_family, .flags = ifa->ifa_flags};

	mnl_attr_parse(nlh, sizeof(*ifa), read_addr_attr, &a);
	if (!a.has_local && !a.has_address)
		return false;
	*out = (struct ifstate_addr){
		.addr = a.has_local ? a.local : a.address,
		.peer = a.has_address ? a.address : a.local,
	};
	out->network = prefix_make(&out->peer, ifa->ifa_prefixlen);
	out->tentative = (a.flags & IFA_F_DADFAILED) ||
			 ((a.flags & IFA_F_TENTATIVE) && !(a.flags & IFA_F_OPTIMISTIC));
	return true;
}

static int take_addr(struct ifmon *m, const struct nlmsghdr *nlh)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	struct ifstate_addr a;
	struct link *l;
	int r;

	if (!has_payload(nlh, sizeof(*ifa)) || (ifa->ifa_family != AF_INET && ifa->ifa_family != AF_INET6))
		return 0;
	l = link_find(m, ifa->ifa_index);
	if (!l || !l->state.exists) {
		/* An address of an interface that we do not know: some news were lost, or overtaken by a dump. */
		if (nlh->nlmsg_type == RTM_NEWADDR && !l)
			m->stale = true;
		return 0;
	}
	if (!read_ifaddr(nlh, ifa, &a))
		return 0;
	if (m->dumping) {
		r = addrs_set(&l->dumped, &a);
		return r < 0 ? r : 0;
	}
	r = nlh->nlmsg_type == RTM_NEWADDR ? addrs_set(&l->addrs, &a) : addrs_remove(&l->addrs, &a);
	if (r > 0)
		mark_dirty(m, l);
	return r < 0 ? r : 0;
}

static int take(struct ifmon *m, const struct nlmsghdr *nlh)
{
	int r = 0;

	switch (nlh->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		r = take_link(m, nlh);
		break;
	case RTM_NEWADDR:
	case RTM_DELADDR:
		r = take_addr(m, nlh);
		break;
	default:
		break;
	}
	if (r)
		m->stale = true;
	return r;
}

/* ---- dumps ---- */

static int ask(struct ifmon *m, uint16_t type)
{
	_Alignas(struct nlmsghdr) uint8_t request[64];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(request);
	struct rtgenmsg *gen;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nlh->nlmsg_seq = ++m->serial;
	gen = mnl_nlmsg_put_extra_header(nlh, type == RTM_GETLINK ? sizeof(struct ifinfomsg) : sizeof(*gen));
	gen->rtgen_family = AF_UNSPEC;
	return mnl_socket_sendto(m->ask_socket, nlh, nlh->nlmsg_len) < 0 ? -errno : 0;
}

static int nlmsg_error(const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);

	return has_payload(nlh, sizeof(*e)) ? e->error : -EPROTO;
}

/* A dump that broke off ends like a whole one: what went wrong is in the last message. */
static int dump_result(const struct nlmsghdr *nlh)
{
	const int *error = mnl_nlmsg_get_payload(nlh);

	return has_payload(nlh, sizeof(*error)) ? *error : 0;
}

/* 1: the dump goes on, 0: it is complete, -errno. */
static int take_answer(struct ifmon *m, size_t bytes)
{
	int left = (int)bytes;
	int r;

	for (const struct nlmsghdr *nlh = (const void *)m->buffer; mnl_nlmsg_ok(nlh, left);
	     nlh = mnl_nlmsg_next(nlh, &left)) {
		if (nlh->nlmsg_seq != m->serial)
			continue;
		if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
			m->interrupted = true;
		if (nlh->nlmsg_type == NLMSG_DONE)
			return dump_result(nlh);
		r = nlh->nlmsg_type == NLMSG_ERROR ? nlmsg_error(nlh) : take(m, nlh);
		if (r)
			return r;
	}
	return 1;
}

static int dump(struct ifmon *m, uint16_t type)
{
	ssize_t n;
	int r = ask(m, type);

	if (r)
		return r;
	do {
		n = mnl_socket_recvfrom(m->ask_socket, m->buffer, sizeof(m->buffer));
		if (n >= 0)
			r = take_answer(m, (size_t)n);
		else
			r = errno == EINTR ? 1 : -errno;
	} while (r > 0);
	return r;
}

static int dump_all(struct ifmon *m)
{
	struct link *l;
	int r = -EINTR;

	m->dumping = true;
	for (int i = 0; i < DUMP_TRIES && r == -EINTR; i++) {
		m->interrupted = false;
		TAILQ_FOREACH(l, &m->links, entry) {
			l->seen = false;
			l->dumped.count = 0;
		}
		r = dump(m, RTM_GETLINK);
		if (!r)
			r = dump(m, RTM_GETADDR);
		if (!r && m->interrupted)
			r = -EINTR;
	}
	m->dumping = false;
	return r;
}

/* What the dump did not show is gone. */
static void take_dumped(struct ifmon *m)
{
	struct addrs was;
	struct link *l;

	TAILQ_FOREACH(l, &m->links, entry) {
		if (!l->state.exists)
			continue;
		if (!l->seen) {
			link_gone(m, l);
		} else if (!addrs_same(&l->addrs, &l->dumped)) {
			was = l->addrs;
			l->addrs = l->dumped;
			l->dumped = was;
			mark_dirty(m, l);
		}
		addrs_fini(&l->dumped);
	}
}

int ifmon_sync(struct ifmon *m)
{
	int r;

	/* Before the dump: news of what it cannot show any more may set it again. */
	m->stale = false;
	r = dump_all(m);
	if (r)
		m->stale = true;
	else
		take_dumped(m);
	report_dirty(m);
	return r;
}

/* ---- news ---- */

void ifmon_repeat(struct ifmon *m)
{
	struct link *l;

	TAILQ_FOREACH(l, &m->links, entry)
		mark_dirty(m, l);
	report_dirty(m);
}

static void take_news(struct ifmon *m, size_t bytes)
{
	int left = (int)bytes;

	for (const struct nlmsghdr *nlh = (const void *)m->buffer; mnl_nlmsg_ok(nlh, left);
	     nlh = mnl_nlmsg_next(nlh, &left))
		(void)take(m, nlh);
}

/* 0 at the end of what is there, or -errno. ENOBUFS: the kernel had to drop news; ENOSPC: one was longer than any. */
static int read_news(struct ifmon *m)
{
	ssize_t n;

	for (;;) {
		n = mnl_socket_recvfrom(m->news_socket, m->buffer, sizeof(m->buffer));
		if (n >= 0)
			take_news(m, (size_t)n);
		else if (errno == EAGAIN)
			return 0;
		else if (errno == ENOBUFS || errno == ENOSPC)
			m->stale = true;
		else if (errno != EINTR)
			return -errno;
	}
}

int ifmon_read(struct ifmon *m)
{
	int r = read_news(m);

	if (!r && m->stale)
		return ifmon_sync(m);
	report_dirty(m);
	return r;
}

/* ---- life ---- */

static struct mnl_socket *open_socket(int flags, unsigned int groups)
{
	struct mnl_socket *s = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | flags);

	if (s && mnl_socket_bind(s, groups, MNL_SOCKET_AUTOPID)) {
		mnl_socket_close(s);
		return NULL;
	}
	return s;
}

static bool open_sockets(struct ifmon *m)
{
	int bytes = NEWS_BUFFER_BYTES;

	m->news_socket = open_socket(SOCK_NONBLOCK, RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR);
	m->ask_socket = open_socket(0, 0);
	if (!m->news_socket || !m->ask_socket)
		return false;
	(void)setsockopt(mnl_socket_get_fd(m->news_socket), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	return true;
}

struct ifmon *ifmon_open(ifmon_news *news, void *ctx)
{
	struct ifmon *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->news = news;
	m->ctx = ctx;
	TAILQ_INIT(&m->links);
	TAILQ_INIT(&m->dirty);
	if (!table_init(&m->table, 0)) {
		free(m);
		return NULL;
	}
	if (!open_sockets(m)) {
		int error = errno;

		ifmon_close(m);
		errno = error;
		return NULL;
	}
	return m;
}

void ifmon_close(struct ifmon *m)
{
	struct link *l;

	if (!m)
		return;
	while ((l = TAILQ_FIRST(&m->links)) != NULL)
		link_free(m, l);
	table_fini(&m->table);
	if (m->news_socket)
		mnl_socket_close(m->news_socket);
	if (m->ask_socket)
		mnl_socket_close(m->ask_socket);
	free(m);
}

int ifmon_fd(const struct ifmon *m)
{
	return mnl_socket_get_fd(m->news_socket);
}
