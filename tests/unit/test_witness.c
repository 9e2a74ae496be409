/* witness.h on a real kernel: every answer against a link, bridge or route that the test made so. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "families.h"
#include "frame.h"
#include "kernel.h"
#include "netns.h"
#include "witness.h"

static struct addr parse(const char *text)
{
	struct addr a;

	cr_assert(addr_parse(text, &a), "%s", text);
	return a;
}

static struct witness *open_witness(void)
{
	struct witness *w = witness_open();

	cr_assert_not_null(w, "%s", strerror(errno));
	return w;
}

static struct link_evidence ask_link(struct witness *w, const char *name, const char *group)
{
	struct addr g = parse(group ? group : "239.1.1.1");
	struct link_evidence evidence;

	memset(&evidence, 0xff, sizeof(evidence));
	witness_link(w, netns_ifindex(name), addr_family(&g), group ? &g : NULL, &evidence);
	return evidence;
}

static struct route_evidence ask_route(struct witness *w, const char *source)
{
	struct addr s = parse(source);
	struct route_evidence evidence;

	memset(&evidence, 0xff, sizeof(evidence));
	witness_route(w, &s, &evidence);
	return evidence;
}

/* ---- reverse-path filtering ---- */

struct filter_row {
	int all, own;
	enum rp_filter effective;
};

static const struct filter_row filter_rows[] = {
	{0, 0, RP_FILTER_OFF},	  {0, 1, RP_FILTER_STRICT}, {1, 0, RP_FILTER_STRICT}, {1, 1, RP_FILTER_STRICT},
	{2, 1, RP_FILTER_LOOSE},  {1, 2, RP_FILTER_LOOSE},  {0, 2, RP_FILTER_LOOSE},
};

Test(witness, the_larger_reverse_path_filter_counts)
{
	struct witness *w;

	netns_enter();
	netns_veth("up0");
	w = open_witness();
	for (size_t i = 0; i < sizeof(filter_rows) / sizeof(filter_rows[0]); i++) {
		netns_sh("echo %d > /proc/sys/net/ipv4/conf/all/rp_filter", filter_rows[i].all);
		netns_sh("echo %d > /proc/sys/net/ipv4/conf/up0/rp_filter", filter_rows[i].own);
		cr_expect_eq(ask_link(w, "up0", "239.1.1.1").rp_filter, filter_rows[i].effective, "row %zu", i);
		cr_expect_eq(ask_link(w, "up0", NULL).rp_filter, filter_rows[i].effective, "row %zu", i);
		cr_expect_eq(ask_link(w, "up0", "ff05::1").rp_filter, RP_FILTER_OFF, "IPv6 has none");
	}
	witness_close(w);
}

/* The kernel's only trace of such a drop. */
Test(witness, reverse_path_drops_are_counted)
{
	struct witness *w;
	struct drop_evidence before, after;
	struct addr source = parse("192.0.2.1");
	struct addr group = parse("224.0.0.1");
	struct frame f;
	int64_t deadline = netns_now_ms() + NETNS_PATIENCE_MS;
	int in;

	netns_enter();
	netns_veth("up0");
	netns_sh("ip addr add 10.1.0.1/24 dev up0");
	netns_sh("echo 1 > /proc/sys/net/ipv4/conf/up0/rp_filter");
	in = netns_tap("up0-x");
	w = open_witness();
	netns_become_nobody();
	witness_drops(w, &before);
	cr_assert(before.known);
	cr_expect_eq(before.rp_filter, 0);
	frame_udp(&f, &source, &group, 8);
	frame_send(&f, in);
	do
		witness_drops(w, &after);
	while (!after.rp_filter && netns_now_ms() < deadline);
	cr_expect(after.known);
	cr_expect_eq(after.rp_filter, 1);
	witness_close(w);
}

/* ---- links ---- */

Test(witness, a_link_with_a_vif_and_one_without)
{
	const struct kernel_options options = {0};
	struct kernel_error error;
	struct witness *w;
	struct kernel *k;

	netns_enter();
	netns_veth("up0");
	netns_veth("down0");
	k = kernel_open(FAMILY_IPV4, &options, &error);
	cr_assert_not_null(k);
	cr_assert_eq(kernel_iface_add(k, netns_ifindex("up0"), false, 1), 0);
	netns_sh("ip link set down0 promisc on");
	w = open_witness();
	netns_become_nobody();

	struct link_evidence up = ask_link(w, "up0", "239.1.1.1");
	struct link_evidence down = ask_link(w, "down0", "239.1.1.1");

	cr_expect(up.forwarding_known);
	cr_expect(up.forwarding);
	cr_expect(up.all_multicast, "a VIF listens to all");
	cr_expect_not(up.promiscuous);
	cr_expect_not(up.bridge.known);
	cr_expect(down.forwarding_known);
	cr_expect_not(down.forwarding);
	cr_expect_not(down.all_multicast);
	cr_expect(down.promiscuous);
	cr_expect_not(ask_link(w, "up0", "ff05::1").forwarding, "that is the other family");
	witness_close(w);
	kernel_close(k);
}

Test(witness, no_link_no_evidence)
{
	static const struct link_evidence nothing;
	struct link_evidence evidence;
	struct witness *w;

	netns_enter();
	w = open_witness();
	memset(&evidence, 0xff, sizeof(evidence));
	witness_link(w, 9999, FAMILY_IPV4, NULL, &evidence);
	cr_expect_eq(evidence.rp_filter, RP_FILTER_UNKNOWN);
	cr_expect_eq(evidence.forwarding_known, nothing.forwarding_known);
	cr_expect_not(evidence.bridge.known);
	cr_expect_not(evidence.promiscuous);
	cr_expect_eq(ask_link(w, "lo", NULL).forwarding_known, true, "and the next answer is its own");
	witness_close(w);
}

/* ---- bridges ---- */

static void make_bridge(void)
{
	netns_enter();
	netns_veth("p1");
	netns_veth("p2");
	netns_sh("ip link add br0 type bridge mcast_snooping 1 mcast_querier 0");
	netns_sh("ip link set p1 master br0 && ip link set p2 master br0 && ip link set br0 up");
}

Test(witness, settings_of_a_bridge_and_its_ports)
{
	struct bridge_evidence b;
	struct witness *w;

	make_bridge();
	netns_sh("ip link set p2 type bridge_slave mcast_flood off");
	w = open_witness();
	b = ask_link(w, "p1", NULL).bridge;
	cr_expect(b.known);
	cr_expect_eq(b.ifindex, netns_ifindex("br0"));
	cr_expect_str_eq(b.name, "br0");
	cr_expect(b.snooping);
	cr_expect_not(b.querier);
	cr_expect_not(b.querier_seen);
	cr_expect(b.flood);
	cr_expect_not(b.group_known, "no group was asked for");
	cr_expect_not(ask_link(w, "p2", NULL).bridge.flood);
	netns_sh("ip link set br0 type bridge mcast_snooping 0 mcast_querier 1");
	b = ask_link(w, "br0", NULL).bridge;
	cr_expect(b.known);
	cr_expect_eq(b.ifindex, netns_ifindex("br0"));
	cr_expect_str_eq(b.name, "br0");
	cr_expect_not(b.snooping);
	cr_expect(b.querier);
	cr_expect_not(ask_link(w, "p1-x", NULL).bridge.known, "the other end of the cable is no port");
	witness_close(w);
}

static const char *const group_of[FAMILY_COUNT] = {"239.1.1.1", "ff05::1:1"};
static const char *const neighbour_of[FAMILY_COUNT] = {"239.1.1.2", "ff05::1:2"};

BOTH_FAMILIES(witness, where_a_bridge_sends_a_group)
{
	const char *group = group_of[*family];
	struct bridge_evidence b;
	struct witness *w;

	make_bridge();
	netns_sh("bridge mdb add dev br0 port p1 grp %s permanent", group);
	netns_sh("bridge mdb add dev br0 port p2 grp %s permanent", neighbour_of[*family]);
	netns_sh("ip link add br1 type bridge && ip link set br1 up");
	netns_veth("p3");
	netns_sh("ip link set p3 master br1");
	netns_sh("bridge mdb add dev br1 port p3 grp %s permanent", neighbour_of[*family]);
	w = open_witness();
	netns_become_nobody();
	b = ask_link(w, "p1", group).bridge;
	cr_expect(b.group_known);
	cr_expect(b.group_listed);
	cr_expect_not(b.router_port);
	b = ask_link(w, "p2", group).bridge;
	cr_expect(b.group_known);
	cr_expect_not(b.group_listed);
	cr_expect(ask_link(w, "p2", neighbour_of[*family]).bridge.group_listed);
	cr_expect_not(ask_link(w, "br0", group).bridge.group_listed, "its own host has not joined");
	cr_expect_not(ask_link(w, "p3", group).bridge.group_listed);
	cr_expect(ask_link(w, "p3", neighbour_of[*family]).bridge.group_listed);
	witness_close(w);
}

BOTH_FAMILIES(witness, a_bridge_whose_host_has_joined)
{
	struct witness *w;

	make_bridge();
	netns_sh("bridge mdb add dev br0 port br0 grp %s temp", group_of[*family]);
	w = open_witness();
	cr_expect(ask_link(w, "br0", group_of[*family]).bridge.group_listed);
	cr_expect_not(ask_link(w, "p1", group_of[*family]).bridge.group_listed);
	witness_close(w);
}

BOTH_FAMILIES(witness, a_bridge_whose_port_leads_to_a_router)
{
	const char *group = group_of[*family];
	struct witness *w;

	make_bridge();
	netns_sh("ip link set p1 type bridge_slave mcast_router 2");
	w = open_witness();
	cr_expect(ask_link(w, "p1", group).bridge.router_port);
	cr_expect_not(ask_link(w, "p2", group).bridge.router_port);
	cr_expect_not(ask_link(w, "br0", group).bridge.router_port);
	netns_sh("ip link set br0 type bridge mcast_router 2");
	cr_expect(ask_link(w, "br0", group).bridge.router_port);
	witness_close(w);
}

/* A general query from a host behind p1, as any router would send it. */
static void send_query(enum family family, int tap)
{
	static const uint8_t igmp[8] = {0x11, 100};
	static const uint8_t mld[24] = {130, [4] = 0x27, 0x10};
	struct addr source = parse(family == FAMILY_IPV4 ? "10.1.0.9" : "fe80::9");
	struct addr all = parse(family == FAMILY_IPV4 ? "224.0.0.1" : "ff02::1");
	struct frame f;

	if (family == FAMILY_IPV4)
		frame_gm(&f, &source, &all, FRAME_ALERT, igmp, sizeof(igmp));
	else
		frame_gm(&f, &source, &all, FRAME_ALERT, mld, sizeof(mld));
	frame_send(&f, tap);
}

BOTH_FAMILIES(witness, a_bridge_that_hears_a_querier)
{
	int64_t deadline;
	struct witness *w;
	bool seen;
	int in;

	make_bridge();
	in = netns_tap("p1-x");
	w = open_witness();
	cr_expect_not(ask_link(w, "p2", group_of[*family]).bridge.querier_seen);
	deadline = netns_now_ms() + NETNS_PATIENCE_MS;
	do {
		send_query(*family, in);
		seen = ask_link(w, "p2", group_of[*family]).bridge.querier_seen;
	} while (!seen && netns_now_ms() < deadline);
	cr_expect(seen);
	cr_expect_not(ask_link(w, "p2", group_of[!*family]).bridge.querier_seen, "not in the other");
	cr_expect(ask_link(w, "p1", group_of[*family]).bridge.router_port, "the querier is behind it");
	witness_close(w);
}

/* p1 has the groups 239.2.0.0, 239.2.0.1 ...: 250 in each of the last bytes. */
static void fill_database(unsigned int entries)
{
	make_bridge();
	netns_sh("ip link set br0 type bridge mcast_hash_max 65536");
	netns_sh("for i in $(seq 0 %u); do "
		 "echo mdb add dev br0 port p1 grp 239.2.$((i / 250)).$((i %% 250)) permanent; "
		 "done | bridge -batch -",
		 entries - 1);
}

/* More than one part of a dump. */
Test(witness, a_large_bridge_database)
{
	struct bridge_evidence b;
	struct witness *w;

	fill_database(2000);
	w = open_witness();
	for (int i = 0; i < 3; i++) {
		b = ask_link(w, "p1", "239.2.7.249").bridge;
		cr_expect(b.group_known);
		cr_expect(b.group_listed);
		cr_expect_not(ask_link(w, "p1", "239.2.8.1").bridge.group_listed);
	}
	witness_close(w);
}

/* The loop has no time for it; and the rest of the answer is not taken for the next one. */
Test(witness, a_bridge_database_too_large_is_unknown)
{
	struct bridge_evidence b;
	struct witness *w;

	fill_database(12000);
	w = open_witness();
	b = ask_link(w, "p2", "239.2.0.1").bridge;
	cr_expect(b.known);
	cr_expect_not(b.group_known);
	netns_sh("ip link del br0");
	cr_expect_not(ask_link(w, "p2", "239.2.0.1").bridge.known);
	cr_expect(ask_link(w, "p2", "239.2.0.1").forwarding_known);
	witness_close(w);
}

/* ---- routes ---- */

Test(witness, the_way_back_to_a_source)
{
	struct witness *w;
	uint32_t up, down;

	netns_enter();
	netns_veth("up0");
	netns_veth("down0");
	netns_sh("ip addr add 10.1.0.1/24 dev up0 && ip addr add 10.2.0.1/24 dev down0");
	netns_sh("ip addr add 2001:db8:1::1/64 dev up0 nodad && ip addr add 2001:db8:2::1/64 dev down0 nodad");
	netns_sh("ip route add 192.0.2.0/24 via 10.2.0.9 && ip route add 2001:db8:9::/48 via 2001:db8:2::9");
	netns_sh("ip route add blackhole 198.51.100.0/25 && ip route add unreachable 198.51.100.128/25");
	netns_sh("ip route add prohibit 203.0.113.0/24 && ip route add blackhole 2001:db8:a::/48");
	up = netns_ifindex("up0");
	down = netns_ifindex("down0");
	w = open_witness();
	netns_become_nobody();
	cr_expect_eq(ask_route(w, "10.1.0.9").ifindex, up);
	cr_expect_eq(ask_route(w, "192.0.2.1").ifindex, down);
	cr_expect_eq(ask_route(w, "2001:db8:1::9").ifindex, up);
	cr_expect_eq(ask_route(w, "2001:db8:9::1").ifindex, down);
	cr_expect_eq(ask_route(w, "10.1.0.1").ifindex, 1, "our own address is on lo");

	static const char *const nowhere[] = {"8.8.8.8",     "198.51.100.1",  "198.51.100.129",
					      "203.0.113.1", "2001:db8:f::1", "2001:db8:a::1"};

	for (size_t i = 0; i < sizeof(nowhere) / sizeof(nowhere[0]); i++) {
		cr_expect(ask_route(w, nowhere[i]).known, "%s", nowhere[i]);
		cr_expect_eq(ask_route(w, nowhere[i]).ifindex, 0, "%s", nowhere[i]);
	}
	witness_close(w);
}

/* ---- flows that wait ---- */

Test(witness, flows_that_nobody_has_answered)
{
	const struct kernel_options options = {0};
	const struct kernel_options other_table = {.has_table = true, .table = 100};
	struct kernel_error error;
	struct witness *w;
	struct kernel *k, *other;
	struct addr source = parse("10.1.0.9");
	struct addr group = parse("239.1.0.1");
	struct frame f;
	uint64_t n = 77;
	int64_t deadline = netns_now_ms() + NETNS_PATIENCE_MS;
	int in;

	netns_enter();
	netns_veth("up0");
	netns_sh("ip addr add 10.1.0.1/24 dev up0");
	in = netns_tap("up0-x");
	k = kernel_open(FAMILY_IPV4, &options, &error);
	other = kernel_open(FAMILY_IPV4, &other_table, &error);
	cr_assert_not_null(k);
	cr_assert_not_null(other, "%s", error.text);
	cr_assert_eq(kernel_iface_add(k, netns_ifindex("up0"), false, 1), 0);
	w = open_witness();
	netns_become_nobody();
	cr_expect_eq(witness_unresolved(w, WITNESS_MAIN_TABLE, &n), 0);
	cr_expect_eq(n, 0);
	/* Again and again: a link that has just come up may lose what is sent first. */
	do {
		for (uint8_t i = 0; i < 3; i++) {
			group.bytes[15] = i;
			frame_udp(&f, &source, &group, 8);
			frame_send(&f, in);
		}
		cr_assert_eq(witness_unresolved(w, WITNESS_MAIN_TABLE, &n), 0);
	} while (n < 3 && netns_now_ms() < deadline);
	cr_expect_eq(n, 3);
	cr_expect_eq(witness_unresolved(w, 100, &n), 0);
	cr_expect_eq(n, 0, "the other table has none");
	cr_expect_eq(witness_unresolved(w, 101, &n), -ENOENT);
	witness_close(w);
	kernel_close(other);
	kernel_close(k);
}

/* ---- as the daemon asks ---- */

/* In a process of its own: what looks for leaks at the end of a test wants /proc. */
static void ask_all_in_chroot(const char *directory)
{
	struct witness *w = witness_open();
	struct drop_evidence drops;
	struct link_evidence link;
	uint64_t n;
	bool all;

	if (!w || chroot(directory) || chdir("/"))
		_exit(1);
	netns_become_nobody();
	link = ask_link(w, "p1", "239.1.1.1");
	all = link.rp_filter != RP_FILTER_UNKNOWN && link.forwarding_known;
	all = all && link.bridge.known && link.bridge.group_known && link.bridge.group_listed;
	all = all && ask_route(w, "10.1.0.9").ifindex == netns_ifindex("br0");
	witness_drops(w, &drops);
	all = all && drops.known && !witness_unresolved(w, WITNESS_MAIN_TABLE, &n);
	witness_close(w);
	_exit(all ? 0 : 1);
}

Test(witness, all_of_it_as_nobody_in_a_chroot)
{
	char directory[] = "/tmp/mcast-proxy-test.XXXXXX";
	int status = -1;
	pid_t pid;

	make_bridge();
	netns_sh("ip addr add 10.1.0.1/24 dev br0");
	netns_sh("bridge mdb add dev br0 port p1 grp 239.1.1.1 permanent");
	cr_assert_not_null(mkdtemp(directory));
	pid = fork();
	cr_assert_geq(pid, 0);
	if (!pid)
		ask_all_in_chroot(directory);
	cr_expect_eq(waitpid(pid, &status, 0), pid);
	cr_expect_eq(rmdir(directory), 0);
	cr_expect_eq(status, 0);
}
