/*
 * kernel.h against the real kernel, both families from one table. Every test makes
 * a namespace of its own: up0 is the upstream, down0 a downstream, and what goes
 * into up0-x or down0-x comes out of them as if a host had sent it.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "families.h"
#include "frame.h"
#include "kernel.h"
#include "netns.h"

struct row {
	enum family family;
	const char *groups;  /* the last two bytes count */
	const char *sources; /* the same */
	const char *up_host;
	const char *down_host;
	const char *down_self; /* what queries come from */
	const char *all_hosts;
	const char *reports;	/* where generation 3 reports go */
	const char *leaves;	/* where leaves go */
	const char *memberships; /* /proc file, and a word that marks our groups there */
	const char *mark;
	const char *filters; /* the same of source filters */
	const char *filter_mark;
	const char *vifs;
	const char *force; /* the sysctl of the host's version */
	unsigned int oldest_with_leave;
};

static const struct row rows[FAMILY_COUNT] = {
	[FAMILY_IPV4] = {
		.family = FAMILY_IPV4,
		.groups = "239.1.0.0",
		.sources = "10.1.0.0",
		.up_host = "10.1.0.9",
		.down_host = "10.2.0.9",
		.down_self = "10.2.0.1",
		.all_hosts = "224.0.0.1",
		.reports = "224.0.0.22",
		.leaves = "224.0.0.2",
		.memberships = "/proc/self/net/igmp",
		.mark = "01EF ",
		.filters = "/proc/self/net/mcfilter",
		.filter_mark = "0xef01",
		.vifs = "/proc/self/net/ip_mr_vif",
		.force = "/proc/sys/net/ipv4/conf/up0/force_igmp_version",
		.oldest_with_leave = 2,
	},
	[FAMILY_IPV6] = {
		.family = FAMILY_IPV6,
		.groups = "ff05:1::",
		.sources = "2001:db8:1::",
		.up_host = "2001:db8:1::9",
		.down_host = "fe80::9",
		.down_self = "fe80::1",
		.all_hosts = "ff02::1",
		.reports = "ff02::16",
		.leaves = "ff02::2",
		.memberships = "/proc/self/net/igmp6",
		.mark = "ff0500010000",
		.filters = "/proc/self/net/mcfilter6",
		.filter_mark = "ff050001",
		.vifs = "/proc/self/net/ip6_mr_vif",
		.force = "/proc/sys/net/ipv6/conf/up0/force_mld_version",
		.oldest_with_leave = 1,
	},
};

static const struct srcset none;

static struct addr parse(const char *text)
{
	struct addr a;

	cr_assert(addr_parse(text, &a), "%s", text);
	return a;
}

static struct addr numbered(const char *base, unsigned int n)
{
	struct addr a = parse(base);

	a.bytes[14] = (uint8_t)(n >> 8);
	a.bytes[15] = (uint8_t)n;
	return a;
}

static void fill(struct srcset *set, const struct row *row, unsigned int first, unsigned int count)
{
	struct addr a;

	srcset_clear(set);
	for (unsigned int i = 0; i < count; i++) {
		a = numbered(row->sources, first + i);
		cr_assert(srcset_add(set, &a));
	}
}

static const struct row *set_up(const enum family *family)
{
	netns_enter();
	netns_veth("up0");
	netns_veth("down0");
	netns_sh("ip addr add 10.1.0.1/24 dev up0 && ip addr add 10.2.0.1/24 dev down0");
	netns_sh("ip addr add fe80::1/64 dev up0 nodad && ip addr add fe80::1/64 dev down0 nodad");
	netns_sh("ip addr add 2001:db8:1::1/64 dev up0 nodad && ip addr add 2001:db8:2::1/64 dev down0 nodad");
	return &rows[*family];
}

static struct kernel *open_kernel(const struct row *row)
{
	const struct kernel_options options = {.receive_buffer_bytes = 8 << 20};
	struct kernel_error error = {0};
	struct kernel *k = kernel_open(row->family, &options, &error);

	cr_assert_not_null(k, "%s", error.text);
	return k;
}

/* A kernel with both interfaces. */
static struct kernel *open_both(const struct row *row)
{
	struct kernel *k = open_kernel(row);

	cr_assert_eq(kernel_iface_add(k, netns_ifindex("up0"), false, 1), 0);
	cr_assert_eq(kernel_iface_add(k, netns_ifindex("down0"), true, 1), 0);
	return k;
}

/* ---- open ---- */

BOTH_FAMILIES(kernel, held)
{
	const struct row *row = set_up(family);
	const struct kernel_options options = {0};
	struct kernel_error error = {0};
	struct kernel *k = open_kernel(row);
	char self[32];

	cr_assert_null(kernel_open(row->family, &options, &error));
	cr_expect_eq(error.refusal, KERNEL_HELD);
	cr_expect_eq(error.error, EADDRINUSE);
	snprintf(self, sizeof(self), "(process %d)", (int)getpid());
	cr_expect_not_null(strstr(error.text, self), "%s", error.text);
	cr_expect_not_null(strstr(error.text, "net:["), "%s", error.text);
	cr_expect_not_null(strstr(error.text, "main table"), "%s", error.text);
	kernel_close(k);
	k = open_kernel(row);
	kernel_close(k);
}

BOTH_FAMILIES(kernel, denied)
{
	const struct row *row = set_up(family);
	const struct kernel_options options = {0};
	struct kernel_error error = {0};

	netns_become_nobody();
	cr_assert_null(kernel_open(row->family, &options, &error));
	cr_expect_eq(error.refusal, KERNEL_DENIED);
	cr_expect_not_null(strstr(error.text, "CAP_NET_RAW"), "%s", error.text);
}

BOTH_FAMILIES(kernel, tables_are_separate)
{
	const struct row *row = set_up(family);
	const struct kernel_options options = {.has_table = true, .table = 100};
	const struct kernel_options absurd = {.has_table = true, .table = UINT32_MAX - 10};
	struct kernel_error error = {0};
	struct kernel *k = open_kernel(row);
	struct kernel *other = kernel_open(row->family, &options, &error);

	if (!other && error.refusal == KERNEL_MISSING)
		cr_skip_test("this kernel has no multicast routing tables");
	cr_assert_not_null(other, "%s", error.text);
	cr_expect_null(kernel_open(row->family, &options, &error));
	cr_expect_eq(error.refusal, KERNEL_HELD);
	cr_expect_not_null(strstr(error.text, "table 100"), "%s", error.text);
	cr_expect_null(kernel_open(row->family, &absurd, &error));
	kernel_close(other);
	kernel_close(k);
}

/* ---- VIFs ---- */

BOTH_FAMILIES(kernel, vif_numbers)
{
	const struct row *row = set_up(family);
	struct kernel *k = open_kernel(row);
	char name[16];
	uint32_t ifindex[MROUTE_MAX_IFACES + 2];
	struct traffic counted;

	for (unsigned int i = 0; i < MROUTE_MAX_IFACES / 2 + 1; i++) {
		snprintf(name, sizeof(name), "p%u", i);
		netns_veth(name);
		ifindex[2 * i] = netns_ifindex(name);
		snprintf(name, sizeof(name), "p%u-x", i);
		netns_sh("echo 0 > /proc/sys/net/ipv6/conf/%s/disable_ipv6", name);
		ifindex[2 * i + 1] = netns_ifindex(name);
	}
	for (unsigned int i = 0; i < MROUTE_MAX_IFACES; i++)
		cr_assert_eq(kernel_iface_add(k, ifindex[i], false, 1), 0, "%u", i);
	cr_expect_eq(kernel_iface_add(k, ifindex[MROUTE_MAX_IFACES], false, 1), -ENFILE);
	cr_expect_eq(kernel_iface_add(k, ifindex[3], false, 1), 0, "there already");
	cr_expect_eq(netns_lines(row->vifs, NULL, NULL), 1 + MROUTE_MAX_IFACES);
	kernel_iface_del(k, ifindex[5], &counted);
	cr_expect_eq(kernel_iface_add(k, ifindex[MROUTE_MAX_IFACES], false, 1), 0);
	cr_expect_eq(netns_lines(row->vifs, " 5 p16", NULL), 1, "the lowest free number");
	kernel_close(k);
	cr_expect_leq(netns_lines(row->vifs, NULL, NULL), 1);
}

BOTH_FAMILIES(kernel, vif_of_no_interface)
{
	const struct row *row = set_up(family);
	struct kernel *k = open_kernel(row);
	struct iface_traffic traffic;

	cr_expect_eq(kernel_iface_add(k, 9999, false, 1), -EADDRNOTAVAIL);
	cr_expect_eq(kernel_iface_add(k, 0, false, 1), -ENODEV);
	cr_expect_eq(kernel_iface_count(k, 9999, &traffic), -ENODEV);
	kernel_iface_del(k, 9999, &traffic.counted);
	cr_expect_eq(traffic.counted.packets_out, 0);
	kernel_close(k);
}

/* An interface goes and another comes under its ifindex: only the number is what it was. */
BOTH_FAMILIES(kernel, vif_of_new_device)
{
	const struct row *row = set_up(family);
	struct kernel *k = open_both(row);
	uint32_t ifindex = netns_ifindex("down0");
	struct iface_traffic traffic;

	netns_sh("ip link del down0");
	cr_expect_eq(kernel_iface_count(k, ifindex, &traffic), -EADDRNOTAVAIL);
	netns_sh("ip link add name down0 index %u type veth peer name down0-x", (unsigned int)ifindex);
	netns_sh("ip link set down0 up && ip link set down0-x up");
	cr_assert_eq(kernel_iface_add(k, ifindex, true, 1), 0);
	cr_expect_eq(kernel_iface_count(k, ifindex, &traffic), 0);
	cr_expect_eq(netns_lines(row->vifs, " 1 down0", NULL), 1);
	netns_sh("ip link del down0");
	kernel_iface_del(k, ifindex, &traffic.counted);
	kernel_close(k);
}

/* ---- receive ---- */

enum { HEARD_MAX = 32 };

/* How often each numbered group was heard of, until the last one was. */
static void hear(struct kernel *k, const struct row *row, unsigned int last, unsigned int heard[static HEARD_MAX])
{
	int64_t deadline = netns_now_ms() + NETNS_PATIENCE_MS;
	struct kernel_message m;
	struct addr base = parse(row->groups);
	size_t at;
	int r;

	memset(heard, 0, HEARD_MAX * sizeof(*heard));
	while (!heard[last]) {
		cr_assert(netns_readable(kernel_fd(k), deadline), "nothing more is heard");
		while ((r = kernel_recv(k, &m)) > 0) {
			/* IPv4 asks about a report to a group that is joined here, as if it were a stream. */
			if (m.kind == KERNEL_UPCALL)
				continue;
			at = m.len - addr_wire_bytes(&base);
			if (memcmp(m.bytes + at, addr_wire(&base), addr_wire_bytes(&base) - 2))
				continue;
			cr_expect_eq(m.ifindex, netns_ifindex("down0"));
			at = m.bytes[m.len - 1];
			cr_assert_lt(at, HEARD_MAX);
			heard[at]++;
		}
		cr_assert_eq(r, 0);
	}
}

static void report(const struct row *row, int tap, unsigned int n, enum frame_alert alert)
{
	struct addr group = numbered(row->groups, n);
	struct addr src = parse(row->down_host);
	uint8_t message[28];
	struct frame f;
	size_t len = frame_report(message, &group, false);

	frame_gm(&f, &src, &group, alert, message, len);
	frame_send(&f, tap);
}

static void leave_or_report3(const struct row *row, int tap, unsigned int n, bool leave)
{
	struct addr group = numbered(row->groups, n);
	struct addr src = parse(row->down_host);
	struct addr dst = parse(leave ? row->leaves : row->reports);
	uint8_t message[28];
	struct frame f;
	size_t len = leave ? frame_report(message, &group, true) : frame_report3(message, &group);

	frame_gm(&f, &src, &dst, FRAME_ALERT, message, len);
	frame_send(&f, tap);
}

static void every_report_once(const struct row *row, struct kernel *k)
{
	struct addr joined = numbered(row->groups, 3);
	uint32_t down = netns_ifindex("down0");
	int tap = netns_tap("down0-x");
	unsigned int heard[HEARD_MAX];

	cr_assert_eq(kernel_iface_add(k, down, true, 1), 0);
	cr_assert_eq(kernel_subscribe(k, down, &joined, GM_EXCLUDE, &none), 0);
	report(row, tap, 1, FRAME_ALERT);
	report(row, tap, 2, row->family == FAMILY_IPV4 ? FRAME_NO_ALERT : FRAME_ALERT);
	report(row, tap, 3, FRAME_ALERT);
	leave_or_report3(row, tap, 4, false);
	leave_or_report3(row, tap, 5, true);
	leave_or_report3(row, tap, 6, false);
	hear(k, row, 6, heard);
	/* Our own subscription may have been reported and looped back as well: that is group 3 from our address. */
	cr_expect_geq(heard[3], 1);
	for (unsigned int i = 1; i <= 6; i++)
		cr_expect(heard[i] == 1 || i == 3, "group %u: %u times", i, heard[i]);
	close(tap);
}

BOTH_FAMILIES(kernel, every_report_is_heard_once)
{
	const struct row *row = set_up(family);
	struct kernel *k = open_kernel(row);

	every_report_once(row, k);
	kernel_close(k);
}

BOTH_FAMILIES(kernel, reports_are_heard_in_a_table)
{
	const struct row *row = set_up(family);
	const struct kernel_options options = {.has_table = true, .table = 100};
	struct kernel_error error = {0};
	struct kernel *k = kernel_open(row->family, &options, &error);

	if (!k && error.refusal == KERNEL_MISSING)
		cr_skip_test("this kernel has no multicast routing tables");
	cr_assert_not_null(k);
	netns_sh("ip -%d mrule add iif down0 table 100", row->family == FAMILY_IPV4 ? 4 : 6);
	every_report_once(row, k);
	kernel_close(k);
}

/* All that the decoder wants to know of an MLD packet, or of an IGMP one's way here. */
BOTH_FAMILIES(kernel, what_comes_with_a_packet)
{
	const struct row *row = set_up(family);
	struct kernel *k = open_both(row);
	int tap = netns_tap("down0-x");
	struct addr src = parse(row->down_host);
	struct addr dst = parse(row->reports);
	struct kernel_message m = {0};

	do {
		leave_or_report3(row, tap, 1, false);
		cr_assert(netns_readable(kernel_fd(k), netns_now_ms() + NETNS_PATIENCE_MS));
		cr_assert_eq(kernel_recv(k, &m), 1);
	} while (!addr_equal(&m.src, &src));
	cr_expect_eq(m.ifindex, netns_ifindex("down0"));
	if (row->family == FAMILY_IPV4) {
		cr_expect_eq(m.bytes[0], 0x46, "starts at the IP header, with an option");
		cr_expect_eq(m.hop_limit, -1);
	} else {
		cr_expect_eq(m.bytes[0], 143, "starts at the ICMPv6 header");
		cr_expect(addr_equal(&m.dst, &dst));
		cr_expect_eq(m.hop_limit, 1);
		cr_expect_eq(m.hop_options_len, 8);
		cr_assert_not_null(m.hop_options);
		cr_expect_eq(m.hop_options[2], 5, "Router Alert");
	}
	close(tap);
	kernel_close(k);
}

BOTH_FAMILIES(kernel, drops_are_counted)
{
	const struct row *row = set_up(family);
	const struct kernel_options options = {.receive_buffer_bytes = 8192};
	struct kernel_error error = {0};
	struct kernel *k = kernel_open(row->family, &options, &error);
	int tap = netns_tap("down0-x");

	cr_assert_not_null(k);
	cr_assert_eq(kernel_iface_add(k, netns_ifindex("down0"), true, 1), 0);
	cr_expect_eq(kernel_receive_drops(k), 0);
	cr_expect_lt(kernel_receive_buffer(k), 100000);
	for (unsigned int i = 0; i < 200; i++)
		leave_or_report3(row, tap, 1, false);
	cr_expect_gt(kernel_receive_drops(k), 100);
	cr_expect_lt(kernel_receive_drops(k), 200);
	close(tap);
	kernel_close(k);
}

/* Any host can send such packets: they are for the decoder to refuse, and no sign that we are too slow. */
BOTH_FAMILIES(kernel, a_wrong_checksum_is_heard_and_is_no_drop)
{
	const struct row *row = set_up(family);
	struct kernel *k = open_both(row);
	struct addr group = numbered(row->groups, 2);
	struct addr src = parse(row->down_host);
	struct addr dst = parse(row->reports);
	int tap = netns_tap("down0-x");
	unsigned int heard[HEARD_MAX];
	uint8_t message[28];
	struct frame f;

	frame_gm(&f, &src, &dst, FRAME_ALERT, message, frame_report3(message, &group));
	f.bytes[f.len - 1] = 1;
	frame_send(&f, tap);
	leave_or_report3(row, tap, 2, false);
	hear(k, row, 2, heard);
	cr_expect_eq(heard[1], 1);
	cr_expect_eq(heard[2], 1);
	cr_expect_eq(kernel_receive_drops(k), 0);
	close(tap);
	kernel_close(k);
}

/* ---- send ---- */

BOTH_FAMILIES(kernel, queries_go_out_right)
{
	const struct row *row = set_up(family);
	struct kernel *k = open_both(row);
	struct addr src = parse(row->down_self);
	struct addr dst = parse(row->all_hosts);
	bool v4 = row->family == FAMILY_IPV4;
	const uint8_t query[24] = {v4 ? 0x11 : 130, 0, 0x12, 0x34};
	int tap = netns_tap("down0-x");
	const uint8_t *ip;
	uint8_t bytes[2048];
	ssize_t n;

	netns_become_nobody();
	cr_assert_eq(kernel_send(k, netns_ifindex("down0"), &src, &dst, query, sizeof(query)), 0);
	do {
		n = netns_frame(tap, bytes, sizeof(bytes), netns_now_ms() + NETNS_PATIENCE_MS);
		cr_assert_gt(n, 0);
		ip = bytes + 14;
	} while (v4 ? ip[9] != 2 || ip[24] != 0x11 : ip[6] != 0 || ip[48] != 130);
	cr_expect_arr_eq(v4 ? ip + 12 : ip + 8, addr_wire(&src), addr_wire_bytes(&src));
	cr_expect_arr_eq(v4 ? ip + 16 : ip + 24, addr_wire(&dst), addr_wire_bytes(&dst));
	cr_expect_eq(v4 ? ip[8] : ip[7], 1, "TTL");
	if (v4)
		cr_expect_arr_eq(ip + 20, "\x94\x04\0\0", 4);
	else
		cr_expect_arr_eq(ip + 42, "\x05\x02\0\0", 4);
	cr_expect_arr_eq(v4 ? ip + 24 : ip + 48, query, sizeof(query), "as it was given, checksum and all");
	cr_expect_lt(kernel_send(k, 9999, &src, &dst, query, sizeof(query)), 0);
	close(tap);
	kernel_close(k);
}

/* ---- forwarding ---- */

static void stream(const struct row *row, int tap, unsigned int n, uint8_t ttl)
{
	struct addr src = parse(row->up_host);
	struct addr group = numbered(row->groups, n);
	struct frame f;

	frame_udp(&f, &src, &group, ttl);
	frame_send(&f, tap);
}

static struct upcall next_upcall(struct kernel *k)
{
	int64_t deadline = netns_now_ms() + NETNS_PATIENCE_MS;
	struct kernel_message m;
	int r;

	for (;;) {
		cr_assert(netns_readable(kernel_fd(k), deadline), "no upcall");
		while ((r = kernel_recv(k, &m)) > 0)
			if (m.kind == KERNEL_UPCALL)
				return m.upcall;
		cr_assert_eq(r, 0);
	}
}

/* The TTL of the next packet of a stream that comes out. */
static int next_ttl(int tap, bool v4)
{
	uint8_t bytes[2048];

	while (netns_frame(tap, bytes, sizeof(bytes), netns_now_ms() + NETNS_PATIENCE_MS) > 0)
		if (bytes[14 + (v4 ? 9 : 6)] == 17)
			return bytes[14 + (v4 ? 8 : 7)];
	cr_assert_fail("nothing comes out");
	return -1;
}

static struct mroute flow(const struct row *row, unsigned int n)
{
	return (struct mroute){
		.source = parse(row->up_host),
		.group = numbered(row->groups, n),
		.iif = netns_ifindex("up0"),
		.oifs = {netns_ifindex("down0"), 9999},
		.n_oifs = 2,
	};
}

BOTH_FAMILIES(kernel, a_flow)
{
	const struct row *row = set_up(family);
	struct kernel *k = open_both(row);
	struct mroute route = flow(row, 1);
	int in = netns_tap("up0-x");
	int out = netns_tap("down0-x");
	struct iface_traffic traffic;
	struct mroute_count count;
	struct upcall u;

	netns_become_nobody();
	cr_expect_eq(kernel_mroute_count(k, &route.source, &route.group, &count), -EADDRNOTAVAIL);
	stream(row, in, 1, 8);
	u = next_upcall(k);
	cr_expect_eq(u.kind, UPCALL_NOCACHE);
	cr_expect_eq(u.ifindex, route.iif);
	cr_expect(addr_equal(&u.source, &route.source));
	cr_expect(addr_equal(&u.group, &route.group));
	cr_assert_eq(kernel_mroute_set(k, &route), 0);
	cr_expect_eq(next_ttl(out, row->family == FAMILY_IPV4), 7, "what waited for the entry is released");
	stream(row, in, 1, 9);
	cr_expect_eq(next_ttl(out, row->family == FAMILY_IPV4), 8);
	cr_assert_eq(kernel_mroute_count(k, &route.source, &route.group, &count), 0);
	cr_expect_eq(count.packets, 2);
	cr_expect_eq(count.wrong_if, 0);
	cr_assert_eq(kernel_iface_count(k, route.oifs[0], &traffic), 0);
	cr_expect_eq(traffic.counted.packets_out, 2);
	cr_expect_eq(traffic.vif, 1);
	/* The same source on another link: both the counter and the upcall say so. */
	stream(row, out, 1, 9);
	u = next_upcall(k);
	cr_expect_eq(u.kind, UPCALL_WRONGVIF);
	cr_expect_eq(u.ifindex, route.oifs[0]);
	cr_assert_eq(kernel_mroute_count(k, &route.source, &route.group, &count), 0);
	cr_expect_eq(count.wrong_if, 1);
	cr_expect_eq(kernel_mroute_del(k, &route.source, &route.group), 0);
	cr_expect_eq(kernel_mroute_del(k, &route.source, &route.group), 0, "not there is no error");
	cr_expect_eq(kernel_mroute_count(k, &route.source, &route.group, &count), -EADDRNOTAVAIL);
	route.iif = 9999;
	cr_expect_eq(kernel_mroute_set(k, &route), -ENODEV);
	kernel_close(k);
}

/* The kernel takes a VIF away with its device: what was read last is not lost. */
BOTH_FAMILIES(kernel, traffic_of_a_device_that_comes_again_goes_on)
{
	const struct row *row = set_up(family);
	struct kernel *k = open_both(row);
	struct mroute route = flow(row, 1);
	uint32_t down = route.oifs[0];
	int in = netns_tap("up0-x");
	int out = netns_tap("down0-x");
	struct iface_traffic traffic;

	cr_assert_eq(kernel_mroute_set(k, &route), 0);
	stream(row, in, 1, 9);
	cr_expect_eq(next_ttl(out, row->family == FAMILY_IPV4), 8);
	cr_assert_eq(kernel_iface_count(k, down, &traffic), 0);
	cr_assert_eq(traffic.counted.packets_out, 1);
	netns_sh("ip link del down0");
	netns_sh("ip link add name down0 index %u type veth peer name down0-x", (unsigned int)down);
	netns_sh("ip link set down0 up && ip link set down0-x up");
	cr_assert_eq(kernel_iface_add(k, down, true, 1), 0);
	cr_assert_eq(kernel_iface_count(k, down, &traffic), 0);
	cr_expect_eq(traffic.counted.packets_out, 1);
	cr_expect_gt(traffic.counted.bytes_out, 0);
	netns_sh("ip link del down0");
	kernel_iface_del(k, down, &traffic.counted);
	cr_expect_eq(traffic.counted.packets_out, 1);
	kernel_close(k);
}

/* A changed threshold holds for entries that are set afterwards. IPv6 has none. */
Test(kernel, threshold)
{
	const enum family v4 = FAMILY_IPV4;
	const struct row *row = set_up(&v4);
	struct kernel *k = open_both(row);
	struct mroute route = flow(row, 1);
	int in = netns_tap("up0-x");
	int out = netns_tap("down0-x");

	cr_assert_eq(kernel_iface_add(k, route.oifs[0], true, 64), 0);
	cr_assert_eq(kernel_mroute_set(k, &route), 0);
	stream(row, in, 1, 64);
	stream(row, in, 1, 65);
	cr_expect_eq(next_ttl(out, true), 64, "only the second one");
	kernel_close(k);
}

/* ---- subscriptions ---- */

enum { MANY = 2000 };

static size_t joined(const struct row *row)
{
	return netns_lines(row->memberships, row->mark, NULL);
}

BOTH_FAMILIES(kernel, many_subscriptions)
{
	const struct row *row = set_up(family);
	struct kernel *k = open_both(row);
	uint32_t up = netns_ifindex("up0");
	size_t descriptors = netns_descriptors();
	struct addr group;

	for (unsigned int i = 0; i < MANY; i++) {
		group = numbered(row->groups, i);
		cr_assert_eq(kernel_subscribe(k, up, &group, GM_EXCLUDE, &none), 0, "%u", i);
	}
	cr_expect_eq(joined(row), MANY);
	cr_expect_eq(netns_descriptors() - descriptors, MANY / 20);
	for (unsigned int i = 0; i < MANY / 2; i++) {
		group = numbered(row->groups, i * 2);
		cr_assert_eq(kernel_subscribe(k, up, &group, GM_INCLUDE, &none), 0);
	}
	cr_expect_eq(joined(row), MANY / 2);
	for (unsigned int i = 0; i < MANY / 2; i++) {
		group = numbered(row->groups, MANY + i);
		cr_assert_eq(kernel_subscribe(k, up, &group, GM_EXCLUDE, &none), 0);
	}
	cr_expect_eq(netns_descriptors() - descriptors, MANY / 20, "room that was left is used again");
	kernel_unsubscribe_all(k, up);
	cr_expect_eq(joined(row), 0);
	cr_expect_eq(netns_descriptors(), descriptors);
	kernel_close(k);
}

BOTH_FAMILIES(kernel, close_leaves)
{
	const struct row *row = set_up(family);
	struct kernel *k = open_both(row);
	struct addr group;

	for (unsigned int i = 0; i < MANY; i++) {
		group = numbered(row->groups, i);
		cr_assert_eq(kernel_subscribe(k, netns_ifindex("up0"), &group, GM_EXCLUDE, &none), 0);
	}
	kernel_close(k);
	cr_expect_eq(joined(row), 0);
}

/*
 * Sources that are included, and lines of excluded ones, of the group that was
 * joined last: Linux lists nothing at all when that one has no sources.
 */
static void expect_filter(const struct row *row, size_t includes, size_t excludes)
{
	size_t in = netns_lines(row->filters, row->filter_mark, "      0\n");
	size_t all = netns_lines(row->filters, row->filter_mark, NULL);

	cr_expect_eq(in, includes, "%zu included", in);
	cr_expect_eq(all - in, excludes, "%zu excluded", all - in);
}

BOTH_FAMILIES(kernel, long_source_lists)
{
	const struct row *row = set_up(family);
	struct kernel *k = open_both(row);
	uint32_t up = netns_ifindex("up0");
	size_t descriptors = netns_descriptors();
	struct addr group = numbered(row->groups, 1);
	struct srcset set = SRCSET_EMPTY;

	fill(&set, row, 1, 100);
	cr_assert_eq(kernel_subscribe(k, up, &group, GM_INCLUDE, &set), 0);
	expect_filter(row, 100, 0);
	fill(&set, row, 51, 500);
	cr_assert_eq(kernel_subscribe(k, up, &group, GM_INCLUDE, &set), 0);
	expect_filter(row, 500, 0);
	fill(&set, row, 51, 7);
	cr_assert_eq(kernel_subscribe(k, up, &group, GM_INCLUDE, &set), 0);
	expect_filter(row, 7, 0);
	cr_assert_eq(kernel_subscribe(k, up, &group, GM_EXCLUDE, &set), 0);
	expect_filter(row, 0, 7);
	fill(&set, row, 60, 120);
	cr_assert_eq(kernel_subscribe(k, up, &group, GM_INCLUDE, &set), 0);
	expect_filter(row, 120, 0);
	cr_assert_eq(kernel_subscribe(k, up, &group, GM_EXCLUDE, &set), 0);
	expect_filter(row, 0, 0);
	cr_expect_eq(joined(row), 1, "more than a socket takes: EXCLUDE of none");
	cr_assert_eq(kernel_subscribe(k, up, &group, GM_INCLUDE, &none), 0);
	cr_expect_eq(joined(row), 0);
	cr_expect_eq(netns_descriptors(), descriptors);
	srcset_fini(&set);
	kernel_close(k);
}

/*
 * Waits for the report of what was done last: a record of this type and number of
 * sources about this group. No leave may come before it.
 */
static void expect_record(int tap, const struct addr *group, uint8_t type, unsigned int n_sources)
{
	int64_t deadline = netns_now_ms() + NETNS_PATIENCE_MS;
	struct frame_record records[64];
	uint8_t bytes[2048];
	ssize_t n;

	while ((n = netns_frame(tap, bytes, sizeof(bytes), deadline)) > 0) {
		size_t count = frame_records(bytes, (size_t)n, records, sizeof(records) / sizeof(records[0]));

		for (size_t i = 0; i < count; i++) {
			if (!addr_equal(&records[i].group, group))
				continue;
			if (records[i].type == type && records[i].n_sources == n_sources)
				return;
			cr_assert_neq(records[i].type, FRAME_LEAVE);
			cr_assert(records[i].type != GM_TO_IN || records[i].n_sources, "TO_IN of nothing is a leave");
		}
	}
	cr_assert_fail("no record of type %d with %u sources", type, n_sources);
}

BOTH_FAMILIES(kernel, changes_without_a_leave)
{
	const struct row *row = set_up(family);
	struct kernel *k = open_both(row);
	uint32_t up = netns_ifindex("up0");
	struct addr group = numbered(row->groups, 1);
	struct srcset set = SRCSET_EMPTY;
	int tap = netns_tap("up0-x");

	cr_assert_eq(kernel_subscribe(k, up, &group, GM_EXCLUDE, &none), 0);
	expect_record(tap, &group, GM_TO_EX, 0);
	fill(&set, row, 1, 100);
	cr_assert_eq(kernel_subscribe(k, up, &group, GM_INCLUDE, &set), 0);
	expect_record(tap, &group, GM_TO_IN, row->family == FAMILY_IPV4 ? 100 : 89);
	fill(&set, row, 1, 5);
	cr_assert_eq(kernel_subscribe(k, up, &group, GM_EXCLUDE, &set), 0);
	expect_record(tap, &group, GM_TO_EX, 5);
	fill(&set, row, 5, 1);
	cr_assert_eq(kernel_subscribe(k, up, &group, GM_INCLUDE, &set), 0);
	expect_record(tap, &group, GM_TO_IN, 1);
	fill(&set, row, 6, 1);
	cr_assert_eq(kernel_subscribe(k, up, &group, GM_INCLUDE, &set), 0);
	expect_record(tap, &group, GM_BLOCK, 1);
	cr_assert_eq(kernel_subscribe(k, up, &group, GM_EXCLUDE, &none), 0);
	expect_record(tap, &group, GM_TO_EX, 0);
	cr_assert_eq(kernel_subscribe(k, up, &group, GM_INCLUDE, &none), 0);
	expect_record(tap, &group, GM_TO_IN, 0);
	srcset_fini(&set);
	close(tap);
	kernel_close(k);
}

/* An old host stack knows no source lists: whatever changes, the group stays joined. */
BOTH_FAMILIES(kernel, changes_without_a_leave_in_old_versions)
{
	const struct row *row = set_up(family);
	struct kernel *k;
	struct addr group = numbered(row->groups, 1);
	struct addr other = numbered(row->groups, 2);
	struct srcset set = SRCSET_EMPTY;
	uint32_t up = netns_ifindex("up0");
	int tap = netns_tap("up0-x");

	netns_sh("echo %u > %s", row->oldest_with_leave, row->force);
	k = open_both(row);
	cr_assert_eq(kernel_subscribe(k, up, &group, GM_EXCLUDE, &none), 0);
	expect_record(tap, &group, FRAME_REPORT, 0);
	fill(&set, row, 1, 100);
	cr_assert_eq(kernel_subscribe(k, up, &group, GM_INCLUDE, &set), 0);
	cr_assert_eq(kernel_subscribe(k, up, &group, GM_EXCLUDE, &none), 0);
	fill(&set, row, 1, 1);
	cr_assert_eq(kernel_subscribe(k, up, &group, GM_INCLUDE, &set), 0);
	fill(&set, row, 2, 1);
	cr_assert_eq(kernel_subscribe(k, up, &group, GM_INCLUDE, &set), 0);
	cr_assert_eq(kernel_subscribe(k, up, &other, GM_EXCLUDE, &none), 0);
	expect_record(tap, &other, FRAME_REPORT, 0);
	cr_assert_eq(kernel_subscribe(k, up, &other, GM_INCLUDE, &none), 0);
	expect_record(tap, &other, FRAME_LEAVE, 0);
	cr_assert_eq(kernel_subscribe(k, up, &group, GM_INCLUDE, &none), 0);
	expect_record(tap, &group, FRAME_LEAVE, 0);
	srcset_fini(&set);
	close(tap);
	kernel_close(k);
}

/* Limits below the usual ones, found out on the way. Only IPv4's belong to a namespace. */
Test(kernel, small_sysctls)
{
	const enum family v4 = FAMILY_IPV4;
	const struct row *row = set_up(&v4);
	struct kernel *k = open_both(row);
	uint32_t up = netns_ifindex("up0");
	struct addr group;
	struct srcset set = SRCSET_EMPTY;

	netns_sh("echo 5 > /proc/sys/net/ipv4/igmp_max_memberships");
	netns_sh("echo 3 > /proc/sys/net/ipv4/igmp_max_msf");
	for (unsigned int i = 10; i < 60; i++) {
		group = numbered(row->groups, i);
		cr_assert_eq(kernel_subscribe(k, up, &group, GM_EXCLUDE, &none), 0);
	}
	cr_expect_eq(joined(row), 50);
	group = numbered(row->groups, 1);
	cr_assert_eq(kernel_subscribe(k, up, &group, GM_EXCLUDE, &none), 0);
	fill(&set, row, 1, 5);
	cr_assert_eq(kernel_subscribe(k, up, &group, GM_EXCLUDE, &set), 0);
	expect_filter(row, 0, 0);
	fill(&set, row, 1, 100);
	cr_assert_eq(kernel_subscribe(k, up, &group, GM_INCLUDE, &set), 0);
	expect_filter(row, 100, 0);
	srcset_fini(&set);
	kernel_close(k);
	cr_expect_eq(joined(row), 0);
}

/* Source lists on a kernel that takes fewer than its sysctl said at open, beginning with an excluding socket. */
Test(kernel, source_limit_falls)
{
	const enum family v4 = FAMILY_IPV4;
	const struct row *row = set_up(&v4);
	struct kernel *k = open_both(row);
	uint32_t up = netns_ifindex("up0");
	struct addr group = numbered(row->groups, 1);
	struct srcset set = SRCSET_EMPTY;

	cr_assert_eq(kernel_subscribe(k, up, &group, GM_EXCLUDE, &none), 0);
	netns_sh("echo 1 > /proc/sys/net/ipv4/igmp_max_msf");
	fill(&set, row, 1, 10);
	cr_assert_eq(kernel_subscribe(k, up, &group, GM_INCLUDE, &set), 0);
	expect_filter(row, 10, 0);
	srcset_fini(&set);
	kernel_close(k);
}

static void allow_descriptors(size_t more)
{
	struct rlimit limit = {.rlim_cur = netns_descriptors() + more, .rlim_max = netns_descriptors() + more};

	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

/* A failed join leaves all that stood before, and 64 descriptors. */
BOTH_FAMILIES(kernel, too_few_descriptors)
{
	const struct row *row = set_up(family);
	struct kernel *k = open_both(row);
	uint32_t up = netns_ifindex("up0");
	struct addr group;
	struct srcset set = SRCSET_EMPTY;
	unsigned int n = 0;
	size_t descriptors;
	int r;

	allow_descriptors(64 + 4);
	do {
		group = numbered(row->groups, ++n);
		r = kernel_subscribe(k, up, &group, GM_EXCLUDE, &none);
	} while (!r);
	cr_expect_eq(r, -EMFILE);
	cr_expect_geq(n, 3 * 20);
	cr_expect_leq(n, 5 * 20 + 1);
	cr_expect_eq(joined(row), n - 1);
	descriptors = netns_descriptors();
	/* No second socket is to be had, so the long list cannot replace what stands. */
	group = numbered(row->groups, n - 1);
	fill(&set, row, 1, 500);
	cr_expect_eq(kernel_subscribe(k, up, &group, GM_INCLUDE, &set), -EMFILE);
	expect_filter(row, 0, 0);
	fill(&set, row, 1, 1);
	cr_expect_eq(kernel_subscribe(k, up, &group, GM_INCLUDE, &set), 0, "one source needs no second socket");
	expect_filter(row, 1, 0);
	fill(&set, row, 1, 500);
	cr_expect_eq(kernel_subscribe(k, up, &group, GM_INCLUDE, &set), -EMFILE);
	expect_filter(row, 1, 0);
	cr_expect_eq(kernel_subscribe(k, up, &group, GM_INCLUDE, &none), 0);
	group = numbered(row->groups, n);
	cr_expect_eq(kernel_subscribe(k, up, &group, GM_EXCLUDE, &none), 0, "a leave makes room");
	cr_expect_eq(joined(row), n - 1);
	cr_expect_eq(netns_descriptors(), descriptors);
	srcset_fini(&set);
	kernel_close(k);
	cr_expect_eq(joined(row), 0);
}

BOTH_FAMILIES(kernel, subscribe_on_no_interface)
{
	const struct row *row = set_up(family);
	struct kernel *k = open_both(row);
	size_t descriptors = netns_descriptors();
	struct addr group = numbered(row->groups, 1);
	struct srcset set = SRCSET_EMPTY;

	fill(&set, row, 1, 3);
	cr_expect_lt(kernel_subscribe(k, 9999, &group, GM_EXCLUDE, &none), 0);
	cr_expect_lt(kernel_subscribe(k, 9999, &group, GM_INCLUDE, &set), 0);
	cr_expect_eq(kernel_subscribe(k, 0, &group, GM_EXCLUDE, &none), -ENODEV);
	cr_expect_eq(kernel_subscribe(k, 9999, &group, GM_INCLUDE, &none), 0);
	cr_expect_eq(netns_descriptors(), descriptors);
	srcset_fini(&set);
	kernel_close(k);
}

/* A socket that keeps memberships on another interface is left usable when one interface has gone. */
BOTH_FAMILIES(kernel, interface_goes)
{
	const struct row *row = set_up(family);
	struct kernel *k = open_both(row);
	size_t descriptors = netns_descriptors();
	uint32_t up = netns_ifindex("up0");
	uint32_t down = netns_ifindex("down0");
	struct addr group;
	struct addr kept = numbered(row->groups, 100);

	cr_assert_eq(kernel_subscribe(k, down, &kept, GM_EXCLUDE, &none), 0);
	for (unsigned int i = 0; i < 19; i++) {
		group = numbered(row->groups, i);
		cr_assert_eq(kernel_subscribe(k, up, &group, GM_EXCLUDE, &none), 0);
	}
	netns_sh("ip link del up0");
	cr_expect_lt(kernel_subscribe(k, up, &kept, GM_EXCLUDE, &none), 0);
	kernel_unsubscribe_all(k, up);
	for (unsigned int i = 0; i < 19; i++) {
		group = numbered(row->groups, i);
		cr_assert_eq(kernel_subscribe(k, down, &group, GM_EXCLUDE, &none), 0);
	}
	cr_expect_eq(joined(row), 20);
	cr_expect_eq(netns_descriptors() - descriptors, 1, "the dead memberships' places were free again");
	netns_sh("ip link add name up0 index %u type veth peer name up0-x && ip link set up0 up", (unsigned int)up);
	group = numbered(row->groups, 1);
	cr_expect_eq(kernel_subscribe(k, up, &group, GM_EXCLUDE, &none), 0);
	cr_expect_eq(joined(row), 21);
	kernel_close(k);
}

/* Everything after kernel_open() works without any privilege. */
BOTH_FAMILIES(kernel, works_as_nobody)
{
	const struct row *row = set_up(family);
	struct kernel *k = open_kernel(row);
	uint32_t up = netns_ifindex("up0");
	uint32_t down = netns_ifindex("down0");
	struct addr group = numbered(row->groups, 1);
	struct mroute route = flow(row, 1);
	struct srcset set = SRCSET_EMPTY;
	struct traffic counted;

	fill(&set, row, 1, 100);
	netns_become_nobody();
	cr_expect_eq(kernel_iface_add(k, up, false, 1), 0);
	cr_expect_eq(kernel_iface_add(k, down, true, 1), 0);
	cr_expect_eq(kernel_subscribe(k, up, &group, GM_INCLUDE, &set), 0);
	expect_filter(row, 100, 0);
	cr_expect_eq(kernel_mroute_set(k, &route), 0);
	kernel_iface_del(k, down, &counted);
	cr_expect_eq(kernel_iface_add(k, down, true, 1), 0);
	cr_expect_eq(kernel_receive_drops(k), 0);
	srcset_fini(&set);
	kernel_close(k);
	cr_expect_eq(joined(row), 0);
	cr_expect_leq(netns_lines(row->vifs, NULL, NULL), 1);
}
