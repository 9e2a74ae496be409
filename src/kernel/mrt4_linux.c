#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <string.h>
#include <sys/ioctl.h>

#include <linux/mroute.h>

#include "mrt.h"

/* The kernel writes struct igmpmsg where an IP header would be: its zero stands in the place of the protocol. */
enum { MBZ_OFFSET = 9 };

static struct in_addr in_addr_of(const struct addr *a)
{
	struct in_addr in;

	memcpy(&in, a->bytes + 12, sizeof(in));
	return in;
}

static struct addr addr_of(const struct in_addr *in)
{
	uint8_t bytes[4];

	memcpy(bytes, in, sizeof(bytes));
	return addr_from_v4(bytes);
}

/*
 * IP_MULTICAST_ALL stays on: a packet for a group that this host has joined is
 * delivered like any other, and this socket has joined none itself. Packets for
 * groups that nobody here has joined come through Router Alert or, without it,
 * because ip_mr_input() hands IGMP to the multicast routing socket.
 */
static int mrt4_prepare(int fd)
{
	static const uint8_t router_alert[4] = {IPOPT_RA, 4, 0, 0};
	int r;

	if (setsockopt(fd, IPPROTO_IP, IP_OPTIONS, router_alert, sizeof(router_alert)))
		return -errno;
	r = mrt_option(fd, IPPROTO_IP, IP_PKTINFO, 1);
	if (!r)
		r = mrt_option(fd, IPPROTO_IP, IP_MULTICAST_TTL, 1);
	if (!r)
		r = mrt_option(fd, IPPROTO_IP, IP_MULTICAST_LOOP, 0);
	/* RFC 9776 section 4: Internetwork Control. */
	if (!r)
		r = mrt_option(fd, IPPROTO_IP, IP_TOS, IPTOS_PREC_INTERNETCONTROL);
	return r;
}

static int mrt4_vif_add(int fd, unsigned int vif, uint32_t ifindex, uint8_t threshold)
{
	struct vifctl vc;

	memset(&vc, 0, sizeof(vc));
	vc.vifc_vifi = (vifi_t)vif;
	vc.vifc_flags = VIFF_USE_IFINDEX;
	vc.vifc_threshold = threshold;
	vc.vifc_lcl_ifindex = (int)ifindex;
	return setsockopt(fd, IPPROTO_IP, MRT_ADD_VIF, &vc, sizeof(vc)) ? -errno : 0;
}

static int mrt4_vif_del(int fd, unsigned int vif)
{
	struct vifctl vc;

	memset(&vc, 0, sizeof(vc));
	vc.vifc_vifi = (vifi_t)vif;
	return setsockopt(fd, IPPROTO_IP, MRT_DEL_VIF, &vc, sizeof(vc)) ? -errno : 0;
}

static int mrt4_vif_count(int fd, unsigned int vif, struct iface_traffic *traffic)
{
	struct sioc_vif_req req = {.vifi = (vifi_t)vif};

	/* A number above all that are in use is EINVAL to the kernel: no VIF there either. */
	if (ioctl(fd, SIOCGETVIFCNT, &req))
		return errno == EINVAL ? -EADDRNOTAVAIL : -errno;
	*traffic = (struct iface_traffic){
		.vif = (int)vif,
		.counted = {.packets_in = req.icount, .bytes_in = req.ibytes, .packets_out = req.ocount, .bytes_out = req.obytes},
	};
	return 0;
}

static int mrt4_entry_set(int fd, const struct mrt_entry *entry)
{
	struct mfcctl mc;

	_Static_assert(sizeof(mc.mfcc_ttls) == sizeof(entry->thresholds), "one threshold for each VIF");
	memset(&mc, 0, sizeof(mc));
	mc.mfcc_origin = in_addr_of(&entry->source);
	mc.mfcc_mcastgrp = in_addr_of(&entry->group);
	mc.mfcc_parent = (vifi_t)entry->parent;
	memcpy(mc.mfcc_ttls, entry->thresholds, sizeof(mc.mfcc_ttls));
	return setsockopt(fd, IPPROTO_IP, MRT_ADD_MFC, &mc, sizeof(mc)) ? -errno : 0;
}

static int mrt4_entry_del(int fd, const struct addr *source, const struct addr *group)
{
	struct mfcctl mc;

	memset(&mc, 0, sizeof(mc));
	mc.mfcc_origin = in_addr_of(source);
	mc.mfcc_mcastgrp = in_addr_of(group);
	return setsockopt(fd, IPPROTO_IP, MRT_DEL_MFC, &mc, sizeof(mc)) ? -errno : 0;
}

static int mrt4_entry_count(int fd, const struct addr *source, const struct addr *group, struct mroute_count *count)
{
	struct sioc_sg_req req = {.src = in_addr_of(source), .grp = in_addr_of(group)};

	if (ioctl(fd, SIOCGETSGCNT, &req))
		return -errno;
	*count = (struct mroute_count){.packets = req.pktcnt, .bytes = req.bytecnt, .wrong_if = req.wrong_if};
	return 0;
}

/* An IGMP raw socket never gets a packet of protocol 0, so nobody can forge this from outside. */
static bool mrt4_upcall(const uint8_t *bytes, size_t len, struct mrt_upcall *upcall)
{
	struct igmpmsg msg;

	if (len < sizeof(msg) || bytes[MBZ_OFFSET] != 0)
		return false;
	memcpy(&msg, bytes, sizeof(msg));
	upcall->vif = (unsigned int)msg.im_vif | (unsigned int)msg.im_vif_hi << 8;
	upcall->source = addr_of(&msg.im_src);
	upcall->group = addr_of(&msg.im_dst);
	upcall->kind = (enum upcall_kind)(msg.im_msgtype - IGMPMSG_NOCACHE + UPCALL_NOCACHE);
	return true;
}

static void mrt4_control(struct msghdr *head, struct kernel_message *message)
{
	struct in_pktinfo info;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(head); c; c = CMSG_NXTHDR(head, c)) {
		if (c->cmsg_level != IPPROTO_IP || c->cmsg_type != IP_PKTINFO)
			continue;
		memcpy(&info, CMSG_DATA(c), sizeof(info));
		message->ifindex = (uint32_t)info.ipi_ifindex;
	}
}

static void mrt4_address(struct msghdr *head, uint32_t ifindex, const struct addr *src)
{
	struct in_pktinfo info = {.ipi_ifindex = (int)ifindex, .ipi_spec_dst = in_addr_of(src)};

	mrt_set_control(head, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
}

const struct mrt mrt4 = {
	.family = FAMILY_IPV4,
	.domain = AF_INET,
	.protocol = IPPROTO_IGMP,
	.level = IPPROTO_IP,
	.opt_table = MRT_TABLE,
	.opt_init = MRT_INIT,
	.opt_done = MRT_DONE,
	.opt_pim = MRT_PIM,
	.opt_assert = MRT_ASSERT,
	.name = "IPv4",
	.missing = "This kernel has no IPv4 multicast routing: it is built without CONFIG_IP_MROUTE.",
	.missing_table = "This kernel has no multicast routing tables for IPv4: it is built without "
			 "CONFIG_IP_MROUTE_MULTIPLE_TABLES; take the \"table\" line out of the configuration.",
	.raw_sockets = "/proc/net/raw",
	.max_sources = "/proc/sys/net/ipv4/igmp_max_msf",
	.usual_sources = 10,
	.own_groups = {
		{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 224, 0, 0, 2}},
		{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 224, 0, 0, 22}},
	},
	.prepare = mrt4_prepare,
	.vif_add = mrt4_vif_add,
	.vif_del = mrt4_vif_del,
	.vif_count = mrt4_vif_count,
	.entry_set = mrt4_entry_set,
	.entry_del = mrt4_entry_del,
	.entry_count = mrt4_entry_count,
	.upcall = mrt4_upcall,
	.control = mrt4_control,
	.address = mrt4_address,
};
