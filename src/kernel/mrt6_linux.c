#include <errno.h>
#include <netinet/in.h>
#include <netinet/icmp6.h>
#include <string.h>
#include <sys/ioctl.h>

#include <linux/mroute6.h>

#include "mrt.h"

/* All sixteen bytes as they are: in an MLD report even ::ffff:192.0.2.1 is an IPv6 address. */
static struct sockaddr_in6 sin6_of(const struct addr *a)
{
	struct sockaddr_in6 sin6 = {.sin6_family = AF_INET6};

	memcpy(&sin6.sin6_addr, a->bytes, sizeof(sin6.sin6_addr));
	return sin6;
}

static struct addr addr_of(const struct in6_addr *in6)
{
	uint8_t bytes[16];

	memcpy(bytes, in6, sizeof(bytes));
	return addr_from_v6(bytes);
}

/*
 * Only MLD: what else ICMPv6 has is none of our business, and type 0 must not
 * come in, because the kernel's upcalls begin with a zero byte.
 */
static int pass_mld_only(int fd)
{
	struct icmp6_filter filter;

	ICMP6_FILTER_SETBLOCKALL(&filter);
	ICMP6_FILTER_SETPASS(MLD_LISTENER_QUERY, &filter);
	ICMP6_FILTER_SETPASS(MLD_LISTENER_REPORT, &filter);
	ICMP6_FILTER_SETPASS(MLD_LISTENER_REDUCTION, &filter);
	ICMP6_FILTER_SETPASS(143, &filter); /* RFC 9777 section 5.2; glibc has no name for it */
	return setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof(filter)) ? -errno : 0;
}

/* RFC 2711: Router Alert, value 0 (MLD), and PadN to fill eight bytes. Wants CAP_NET_RAW, sticky or not. */
static int alert_routers(int fd)
{
	static const uint8_t hop_options[8] = {0, 0, 5, 2, 0, 0, 1, 0};

	return setsockopt(fd, IPPROTO_IPV6, IPV6_HOPOPTS, hop_options, sizeof(hop_options)) ? -errno : 0;
}

/*
 * Linux drops ICMPv6 with a wrong checksum without a word, and counts it among what the
 * buffer had no room for: any host could make us look overrun. Switched off, which is
 * possible at this level only (RFC 3542 section 3.1 forbids the other), such packets come
 * in and are refused and counted as what they are; what is sent has its checksum already.
 */
static int leave_checksums_alone(int fd)
{
	return mrt_option(fd, SOL_RAW, IPV6_CHECKSUM, -1);
}

/*
 * The socket option IPV6_ROUTER_ALERT is not needed, and is not set: it concerns
 * unicast packets only. While MRT6_INIT holds, ip6_mc_input() delivers MLD with
 * Router Alert whatever routable group it was sent to; the own groups bring the rest.
 * Without Router Alert it takes a report to a routable group for a stream: an upcall.
 */
static int mrt6_prepare(int fd)
{
	static const int switches[] = {IPV6_RECVPKTINFO, IPV6_RECVHOPLIMIT, IPV6_RECVHOPOPTS};
	int r = pass_mld_only(fd);

	if (!r)
		r = leave_checksums_alone(fd);
	for (size_t i = 0; !r && i < sizeof(switches) / sizeof(switches[0]); i++)
		r = mrt_option(fd, IPPROTO_IPV6, switches[i], 1);
	if (!r)
		r = mrt_option(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 1);
	if (!r)
		r = mrt_option(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0);
	return r ? r : alert_routers(fd);
}

static int mrt6_vif_add(int fd, unsigned int vif, uint32_t ifindex, uint8_t threshold)
{
	struct mif6ctl mc;

	/* The kernel's own field has sixteen bits; a larger number would name some other interface. */
	if (ifindex > UINT16_MAX)
		return -EOVERFLOW;
	memset(&mc, 0, sizeof(mc));
	mc.mif6c_mifi = (mifi_t)vif;
	mc.vifc_threshold = threshold;
	mc.mif6c_pifi = (uint16_t)ifindex;
	return setsockopt(fd, IPPROTO_IPV6, MRT6_ADD_MIF, &mc, sizeof(mc)) ? -errno : 0;
}

static int mrt6_vif_del(int fd, unsigned int vif)
{
	mifi_t mifi = (mifi_t)vif;

	return setsockopt(fd, IPPROTO_IPV6, MRT6_DEL_MIF, &mifi, sizeof(mifi)) ? -errno : 0;
}

static int mrt6_vif_count(int fd, unsigned int vif, struct iface_traffic *traffic)
{
	struct sioc_mif_req6 req = {.mifi = (mifi_t)vif};

	/* A number above all that are in use is EINVAL to the kernel: no VIF there either. */
	if (ioctl(fd, SIOCGETMIFCNT_IN6, &req))
		return errno == EINVAL ? -EADDRNOTAVAIL : -errno;
	*traffic = (struct iface_traffic){
		.vif = (int)vif,
		.counted = {.packets_in = req.icount, .bytes_in = req.ibytes, .packets_out = req.ocount, .bytes_out = req.obytes},
	};
	return 0;
}

/* An entry has no room for thresholds here, and the kernel ignores the MIF's: a bit is all there is. */
static int mrt6_entry_set(int fd, const struct mrt_entry *entry)
{
	struct mf6cctl mc;

	memset(&mc, 0, sizeof(mc));
	mc.mf6cc_origin = sin6_of(&entry->source);
	mc.mf6cc_mcastgrp = sin6_of(&entry->group);
	mc.mf6cc_parent = (mifi_t)entry->parent;
	for (unsigned int vif = 0; vif < MROUTE_MAX_IFACES; vif++)
		if (entry->thresholds[vif])
			mc.mf6cc_ifset.ifs_bits[vif / NIFBITS] |= UINT32_C(1) << (vif % NIFBITS);
	return setsockopt(fd, IPPROTO_IPV6, MRT6_ADD_MFC, &mc, sizeof(mc)) ? -errno : 0;
}

static int mrt6_entry_del(int fd, const struct addr *source, const struct addr *group)
{
	struct mf6cctl mc;

	memset(&mc, 0, sizeof(mc));
	mc.mf6cc_origin = sin6_of(source);
	mc.mf6cc_mcastgrp = sin6_of(group);
	return setsockopt(fd, IPPROTO_IPV6, MRT6_DEL_MFC, &mc, sizeof(mc)) ? -errno : 0;
}

static int mrt6_entry_count(int fd, const struct addr *source, const struct addr *group, struct mroute_count *count)
{
	struct sioc_sg_req6 req = {.src = sin6_of(source), .grp = sin6_of(group)};

	if (ioctl(fd, SIOCGETSGCNT_IN6, &req))
		return -errno;
	*count = (struct mroute_count){.packets = req.pktcnt, .bytes = req.bytecnt, .wrong_if = req.wrong_if};
	return 0;
}

static bool mrt6_upcall(const uint8_t *bytes, size_t len, struct mrt_upcall *upcall)
{
	struct mrt6msg msg;

	if (len < sizeof(msg) || bytes[0] != 0)
		return false;
	memcpy(&msg, bytes, sizeof(msg));
	upcall->vif = msg.im6_mif;
	upcall->source = addr_of(&msg.im6_src);
	upcall->group = addr_of(&msg.im6_dst);
	upcall->kind = (enum upcall_kind)(msg.im6_msgtype - MRT6MSG_NOCACHE + UPCALL_NOCACHE);
	return true;
}

static void pktinfo(const struct cmsghdr *c, struct kernel_message *message)
{
	struct in6_pktinfo info;

	memcpy(&info, CMSG_DATA(c), sizeof(info));
	message->ifindex = (uint32_t)info.ipi6_ifindex;
	message->dst = addr_of(&info.ipi6_addr);
}

static void mrt6_control(struct msghdr *head, struct kernel_message *message)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(head); c; c = CMSG_NXTHDR(head, c)) {
		if (c->cmsg_level != IPPROTO_IPV6)
			continue;
		switch (c->cmsg_type) {
		case IPV6_PKTINFO:
			pktinfo(c, message);
			break;
		case IPV6_HOPLIMIT:
			memcpy(&message->hop_limit, CMSG_DATA(c), sizeof(message->hop_limit));
			break;
		case IPV6_HOPOPTS:
			message->hop_options = CMSG_DATA(c);
			message->hop_options_len = c->cmsg_len - CMSG_LEN(0);
			break;
		default:
			break;
		}
	}
}

static void mrt6_address(struct msghdr *head, uint32_t ifindex, const struct addr *src)
{
	struct in6_pktinfo info = {.ipi6_ifindex = ifindex};

	memcpy(&info.ipi6_addr, src->bytes, sizeof(info.ipi6_addr));
	mrt_set_control(head, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof(info));
}

const struct mrt mrt6 = {
	.family = FAMILY_IPV6,
	.domain = AF_INET6,
	.protocol = IPPROTO_ICMPV6,
	.level = IPPROTO_IPV6,
	.opt_table = MRT6_TABLE,
	.opt_init = MRT6_INIT,
	.opt_done = MRT6_DONE,
	.opt_pim = MRT6_PIM,
	.opt_assert = MRT6_ASSERT,
	.name = "IPv6",
	.missing = "This kernel has no IPv6 multicast routing: it is built without CONFIG_IPV6_MROUTE.",
	.missing_table = "This kernel has no multicast routing tables for IPv6: it is built without "
			 "CONFIG_IPV6_MROUTE_MULTIPLE_TABLES; take the \"table\" line out of the configuration.",
	.raw_sockets = "/proc/net/raw6",
	.max_sources = "/proc/sys/net/ipv6/mld_max_msf",
	.usual_sources = 64,
	.own_groups = {
		{{0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02}},
		{{0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x16}},
	},
	.prepare = mrt6_prepare,
	.vif_add = mrt6_vif_add,
	.vif_del = mrt6_vif_del,
	.vif_count = mrt6_vif_count,
	.entry_set = mrt6_entry_set,
	.entry_del = mrt6_entry_del,
	.entry_count = mrt6_entry_count,
	.upcall = mrt6_upcall,
	.control = mrt6_control,
	.address = mrt6_address,
};
