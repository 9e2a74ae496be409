/*
 * A plain C program that does only what the kernel asks for, as the yardstick that the
 * daemon is measured against in the same run: recvmmsg, a hash table, one MRT_ADD_MFC for
 * each change, joins 20 to a socket, a large receive buffer. No timers, no queries, no
 * checks, one host, one source a group, a leave believed at once.
 *
 * bare 4|6 UPSTREAM DOWNSTREAM
 */
#include <err.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <linux/mroute.h>
#include <linux/mroute6.h>

enum { SLOTS = 1 << 18, JOINS_A_SOCKET = 20, BATCH = 64, BYTES = 2048, BUFFER_BYTES = 64 * 1024 * 1024 };

struct group {
	uint8_t addr[16], source[16];
	int socket; /* the upstream join's, 0: none */
	bool wanted, flows;
};

static struct group groups[SLOTS];
static bool ipv6;
static int mrt, join_socket, joins;
static unsigned int up, down;

static void set(int fd, int level, int option, const void *value, size_t bytes)
{
	if (setsockopt(fd, level, option, value, (socklen_t)bytes))
		err(1, "option %d", option);
}

static struct group *find(const uint8_t *addr)
{
	size_t width = ipv6 ? 16 : 4;
	uint32_t hash = 0;

	for (size_t i = 0; i < width; i++)
		hash = (hash ^ addr[i]) * 16777619u;
	for (hash ^= hash >> 15;; hash++) {
		struct group *g = &groups[hash % SLOTS];

		if (g->addr[0] == 0)
			memcpy(g->addr, addr, width);
		if (memcmp(g->addr, addr, width) == 0)
			return g;
	}
}

static void route(const struct group *g)
{
	struct mfcctl m4 = {.mfcc_parent = 0};
	struct mf6cctl m6 = {.mf6cc_parent = 0};

	if (ipv6) {
		memcpy(&m6.mf6cc_origin.sin6_addr, g->source, 16);
		memcpy(&m6.mf6cc_mcastgrp.sin6_addr, g->addr, 16);
		m6.mf6cc_ifset.ifs_bits[0] = g->wanted ? 2 : 0;
		set(mrt, IPPROTO_IPV6, MRT6_ADD_MFC, &m6, sizeof(m6));
	} else {
		memcpy(&m4.mfcc_origin, g->source, 4);
		memcpy(&m4.mfcc_mcastgrp, g->addr, 4);
		m4.mfcc_ttls[1] = g->wanted;
		set(mrt, IPPROTO_IP, MRT_ADD_MFC, &m4, sizeof(m4));
	}
}

static void join(struct group *g, bool wanted)
{
	struct group_req req = {.gr_interface = up};
	struct sockaddr_in sin = {.sin_family = AF_INET};
	struct sockaddr_in6 sin6 = {.sin6_family = AF_INET6};

	memcpy(&sin.sin_addr, g->addr, 4);
	memcpy(&sin6.sin6_addr, g->addr, 16);
	memcpy(&req.gr_group, ipv6 ? (void *)&sin6 : (void *)&sin, ipv6 ? sizeof(sin6) : sizeof(sin));
	if (wanted && joins++ % JOINS_A_SOCKET == 0)
		join_socket = socket(ipv6 ? AF_INET6 : AF_INET, SOCK_DGRAM, 0);
	if (wanted)
		g->socket = join_socket;
	set(g->socket, ipv6 ? IPPROTO_IPV6 : IPPROTO_IP, wanted ? MCAST_JOIN_GROUP : MCAST_LEAVE_GROUP, &req,
	    sizeof(req));
}

static void member(const uint8_t *addr, bool wanted)
{
	struct group *g = find(addr);

	if (g->wanted == wanted)
		return;
	g->wanted = wanted;
	if (g->flows)
		route(g);
	join(g, wanted);
}

static void flow(const uint8_t *source, const uint8_t *addr)
{
	struct group *g = find(addr);

	memcpy(g->source, source, ipv6 ? 16 : 4);
	g->flows = true;
	route(g);
}

static void message(const uint8_t *m, size_t n)
{
	size_t width = ipv6 ? 16 : 4;
	size_t count;

	switch (m[0]) {
	case 0x12:
	case 0x16:
	case 0x17:
	case MLD_LISTENER_REPORT:
	case MLD_LISTENER_REDUCTION:
		member(m + (ipv6 ? 8 : 4), m[0] != 0x17 && m[0] != MLD_LISTENER_REDUCTION);
		break;
	case 0x22:
	case 143:
		count = (size_t)(m[6] << 8 | m[7]);
		for (size_t i = 0; i < count && 8 + (i + 1) * (4 + width) <= n; i++) {
			const uint8_t *record = m + 8 + i * (4 + width);

			member(record + 4, record[0] == 2 || record[0] == 4); /* IS_EX, TO_EX */
		}
		break;
	}
}

/* Upcalls have a zero where packets have a protocol or a type. */
static void take(const uint8_t *bytes, size_t n)
{
	const struct igmpmsg *u4 = (const void *)bytes;
	const struct mrt6msg *u6 = (const void *)bytes;

	if (ipv6 && bytes[0] == 0)
		flow((const uint8_t *)&u6->im6_src, (const uint8_t *)&u6->im6_dst);
	else if (ipv6)
		message(bytes, n);
	else if (bytes[9] == 0)
		flow((const uint8_t *)&u4->im_src, (const uint8_t *)&u4->im_dst);
	else
		message(bytes + (bytes[0] & 15) * 4, n - (size_t)(bytes[0] & 15) * 4);
}

static void start_routing(void)
{
	struct vifctl v[2] = {{.vifc_vifi = 0}, {.vifc_vifi = 1}};
	struct mif6ctl m[2] = {{.mif6c_mifi = 0}, {.mif6c_mifi = 1}};
	const uint8_t routers[2] = {2, ipv6 ? 0x16 : 22};
	int bytes = BUFFER_BYTES, on = 1;

	mrt = socket(ipv6 ? AF_INET6 : AF_INET, SOCK_RAW, ipv6 ? IPPROTO_ICMPV6 : IPPROTO_IGMP);
	set(mrt, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
	set(mrt, ipv6 ? IPPROTO_IPV6 : IPPROTO_IP, ipv6 ? MRT6_INIT : MRT_INIT, &on, sizeof(on));
	for (int i = 0; i < 2; i++) {
		struct ipv6_mreq req = {.ipv6mr_interface = down};

		v[i].vifc_flags = VIFF_USE_IFINDEX;
		v[i].vifc_threshold = m[i].vifc_threshold = 1;
		v[i].vifc_lcl_ifindex = (int)(i ? down : up);
		m[i].mif6c_pifi = (uint16_t)(i ? down : up);
		if (!ipv6) {
			struct ip_mreqn mreqn = {.imr_ifindex = (int)down};

			set(mrt, IPPROTO_IP, MRT_ADD_VIF, &v[i], sizeof(v[i]));
			mreqn.imr_multiaddr.s_addr = htonl(0xe0000000u + routers[i]);
			set(mrt, IPPROTO_IP, IP_ADD_MEMBERSHIP, &mreqn, sizeof(mreqn));
			continue;
		}
		set(mrt, IPPROTO_IPV6, MRT6_ADD_MIF, &m[i], sizeof(m[i]));
		memcpy(&req.ipv6mr_multiaddr, (const uint8_t[16]){0xff, 2, [15] = routers[i]}, 16);
		set(mrt, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, &req, sizeof(req));
	}
}

int main(int argc, char **argv)
{
	static uint8_t bytes[BATCH][BYTES];
	struct rlimit files;
	struct iovec vectors[BATCH];
	struct mmsghdr heads[BATCH] = {{{0}, 0}};

	if (argc != 4)
		errx(2, "bare 4|6 UPSTREAM DOWNSTREAM");
	ipv6 = argv[1][0] == '6';
	up = if_nametoindex(argv[2]);
	down = if_nametoindex(argv[3]);
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	start_routing();
	for (int i = 0; i < BATCH; i++) {
		vectors[i] = (struct iovec){bytes[i], BYTES};
		heads[i].msg_hdr.msg_iov = &vectors[i];
		heads[i].msg_hdr.msg_iovlen = 1;
	}
	for (;;) {
		int n = recvmmsg(mrt, heads, BATCH, MSG_WAITFORONE, NULL);

		for (int i = 0; i < n; i++)
			take(bytes[i], heads[i].msg_len);
	}
}
