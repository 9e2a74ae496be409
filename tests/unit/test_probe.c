/*
 * probe.h on a real kernel: what a look sees of one (S,G), before every filter on the
 * way in and behind every filter on the way out. Packets go into up0-x and are
 * forwarded from up0 to down0.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <linux/if_ether.h>

#include "families.h"
#include "frame.h"
#include "kernel.h"
#include "netns.h"
#include "probe.h"

struct row {
	enum family family;
	const char *source;
	const char *other_source;
	const char *group;
	const char *other_group;
	const char *firewall; /* nft's word for the family */
};

static const struct row rows[FAMILY_COUNT] = {
	[FAMILY_IPV4] = {FAMILY_IPV4, "10.1.0.9", "10.1.0.8", "239.1.0.1", "239.1.0.2", "ip"},
	[FAMILY_IPV6] = {FAMILY_IPV6, "2001:db8:1::9", "2001:db8:1::8", "ff05::1:1", "ff05::1:2", "ip6"},
};

enum { OUTGOING_TTL = 7, TTL = 8 };

static struct addr parse(const char *text)
{
	struct addr a;

	cr_assert(addr_parse(text, &a), "%s", text);
	return a;
}

/*
 * One processor for the test and for what the kernel does with its packets: then a
 * packet that came out at one place has been at all the places before.
 */
static void stay_on_one_processor(void)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET((size_t)sched_getcpu(), &one);
	cr_assert_eq(sched_setaffinity(0, sizeof(one), &one), 0);
}

static const struct row *set_up(const enum family *family)
{
	stay_on_one_processor();
	netns_enter();
	netns_veth("up0");
	netns_veth("down0");
	netns_sh("ip addr add 10.1.0.1/24 dev up0 && ip addr add 10.2.0.1/24 dev down0");
	netns_sh("ip addr add fe80::1/64 dev up0 nodad && ip addr add fe80::1/64 dev down0 nodad");
	netns_sh("ip addr add 2001:db8:1::1/64 dev up0 nodad && ip addr add 2001:db8:2::1/64 dev down0 nodad");
	return &rows[*family];
}

static struct probe *open_probe(void)
{
	struct probe *p = probe_open();

	cr_assert_not_null(p, "%s", strerror(errno));
	return p;
}

static bool is_probe(unsigned int protocol, uint32_t ifindex)
{
	FILE *f = fopen("/proc/self/net/packet", "re");
	unsigned int type, its_protocol, there, running;
	bool found = false;
	char line[256];

	cr_assert_not_null(f);
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "%*s %*u %u %x %u %u", &type, &its_protocol, &there, &running) == 4)
			found |= type == SOCK_DGRAM && its_protocol == protocol && there == ifindex && running;
	fclose(f);
	return found;
}

/* Waits until a probe (its type is SOCK_DGRAM, a tap's is not) is there: it moves in its own time. */
static void wait_for_probe(unsigned int protocol, uint32_t ifindex)
{
	int64_t deadline = netns_now_ms() + NETNS_PATIENCE_MS;

	while (!is_probe(protocol, ifindex))
		cr_assert_lt(netns_now_ms(), deadline);
}

static void wait_for_look(const char *name)
{
	wait_for_probe(ETH_P_ALL, netns_ifindex(name));
}

static void wait_for_rest(void)
{
	wait_for_probe(0xffff, 0);
}

static void look(struct probe *p, bool outgoing, const char *name, const struct row *row)
{
	struct addr source = parse(row->source);
	struct addr group = parse(row->group);

	cr_assert_eq(probe_start(p, outgoing, netns_ifindex(name), &source, &group), 0);
	wait_for_look(name);
}

static struct sight stop(struct probe *p, bool outgoing)
{
	struct sight sight;

	memset(&sight, 0xff, sizeof(sight));
	probe_stop(p, outgoing, &sight);
	return sight;
}

static void send_one(int tap, const char *source, const char *group, uint8_t ttl)
{
	struct addr s = parse(source);
	struct addr g = parse(group);
	struct frame f;

	frame_udp(&f, &s, &g, ttl);
	frame_send(&f, tap);
}

/* Has arrived where a tap on the interface sees it: so has all that was sent before. */
static void wait_for(int tap, unsigned int packets)
{
	int64_t deadline = netns_now_ms() + NETNS_PATIENCE_MS;
	uint8_t bytes[2048];

	for (unsigned int i = 0; i < packets; i++)
		cr_assert_gt(netns_frame(tap, bytes, sizeof(bytes), deadline), 0, "%u of %u packets", i, packets);
}

/* The kernel forwards the row's (S,G) from up0 to down0. */
static struct kernel *forward(const struct row *row)
{
	const struct kernel_options options = {.receive_buffer_bytes = 1 << 20};
	struct kernel_error error = {0};
	struct kernel *k = kernel_open(row->family, &options, &error);
	struct mroute route = {
		.source = parse(row->source),
		.group = parse(row->group),
		.iif = netns_ifindex("up0"),
		.oifs = {netns_ifindex("down0")},
		.n_oifs = 1,
	};

	cr_assert_not_null(k, "%s", error.text);
	cr_assert_eq(kernel_iface_add(k, netns_ifindex("up0"), false, 1), 0);
	cr_assert_eq(kernel_iface_add(k, netns_ifindex("down0"), false, 1), 0);
	cr_assert_eq(kernel_mroute_set(k, &route), 0);
	return k;
}

/* The kernel has handed so many packets to down0's VIF. */
static void wait_for_output(struct kernel *k, unsigned int packets)
{
	int64_t deadline = netns_now_ms() + NETNS_PATIENCE_MS;
	struct iface_traffic traffic;

	do
		cr_assert_eq(kernel_iface_count(k, netns_ifindex("down0"), &traffic), 0);
	while (traffic.counted.packets_out < packets && netns_now_ms() < deadline);
	cr_assert_eq(traffic.counted.packets_out, packets);
}

/* A chain of the firewall drops all multicast of the family. */
static void drop_in(const struct row *row, const char *hook)
{
	netns_sh("nft add table %s t && nft 'add chain %s t c { type filter hook %s priority -400; }'",
		 row->firewall, row->firewall, hook);
	netns_sh("nft add rule %s t c %s daddr %s counter drop", row->firewall, row->firewall, row->group);
}

static size_t dropped(const struct row *row, unsigned int packets)
{
	netns_sh("nft list chain %s t c | grep -q 'counter packets %u '", row->firewall, packets);
	return packets;
}

BOTH_FAMILIES(probe, inward_with_its_ttl)
{
	const struct row *row = set_up(family);
	struct probe *p = open_probe();
	int in = netns_tap("up0-x");
	int seen = netns_tap("up0");
	struct sight sight;

	netns_become_nobody();
	look(p, false, "up0", row);
	send_one(in, row->source, row->group, 200);
	send_one(in, row->source, row->group, 3);
	send_one(in, row->source, row->group, 64);
	wait_for(seen, 3);
	sight = stop(p, false);
	cr_expect(sight.known);
	cr_expect_eq(sight.packets, 3);
	cr_expect_eq(sight.least_ttl, 3);
	cr_expect_eq(sight.most_ttl, 200);
	probe_close(p);
}

BOTH_FAMILIES(probe, only_its_own_source_and_group)
{
	const struct row *row = set_up(family);
	const struct row *other = &rows[!row->family];
	struct probe *p = open_probe();
	int in = netns_tap("up0-x");
	int seen = netns_tap("up0");

	look(p, false, "up0", row);
	send_one(in, row->other_source, row->group, TTL);
	send_one(in, row->source, row->other_group, TTL);
	send_one(in, other->source, other->group, TTL);
	wait_for(seen, 3);
	cr_expect_eq(stop(p, false).packets, 0);
	probe_close(p);
}

BOTH_FAMILIES(probe, only_its_own_interface_and_direction)
{
	const struct row *row = set_up(family);
	struct probe *p = open_probe();
	struct kernel *k = forward(row);
	int in = netns_tap("up0-x");
	int out = netns_tap("down0-x");

	look(p, false, "down0", row);
	look(p, true, "up0", row);
	send_one(in, row->source, row->group, TTL);
	wait_for(out, 1);
	cr_expect_eq(stop(p, false).packets, 0, "it went out there");
	cr_expect_eq(stop(p, true).packets, 0, "it came in there");
	kernel_close(k);
	probe_close(p);
}

BOTH_FAMILIES(probe, deaf_but_for_its_look)
{
	const struct row *row = set_up(family);
	struct probe *p = open_probe();
	int in = netns_tap("up0-x");
	int seen = netns_tap("up0");
	struct sight sight;

	send_one(in, row->source, row->group, 1);
	wait_for(seen, 1);
	look(p, false, "up0", row);
	send_one(in, row->source, row->group, 2);
	wait_for(seen, 1);
	sight = stop(p, false);
	cr_expect_eq(sight.packets, 1);
	cr_expect_eq(sight.most_ttl, 2);
	send_one(in, row->source, row->group, 3);
	wait_for(seen, 1);
	sight = stop(p, false);
	cr_expect_not(sight.known, "it does not look");
	cr_expect_eq(sight.packets, 0);
	wait_for_rest();
	send_one(in, row->source, row->group, 4);
	wait_for(seen, 1);
	look(p, false, "up0", row);
	sight = stop(p, false);
	cr_expect_eq(sight.packets, 0, "nothing is left from before");
	cr_expect_eq(sight.most_ttl, 0);
	probe_close(p);
}

BOTH_FAMILIES(probe, inward_before_the_firewall)
{
	const struct row *row = set_up(family);
	struct probe *p = open_probe();
	int in = netns_tap("up0-x");
	int seen = netns_tap("up0");

	drop_in(row, "prerouting");
	look(p, false, "up0", row);
	send_one(in, row->source, row->group, TTL);
	wait_for(seen, 1);
	cr_expect_eq(stop(p, false).packets, 1);
	cr_expect_eq(dropped(row, 1), 1);
	probe_close(p);
}

/* IPv4 has it alone. The source is behind down0, so nothing of it may come from up0. */
Test(probe, inward_before_the_reverse_path_filter)
{
	const enum family family = FAMILY_IPV4;
	struct row row = *set_up(&family);
	struct probe *p = open_probe();
	struct kernel *k;
	struct iface_traffic traffic;
	int in = netns_tap("up0-x");
	int seen = netns_tap("up0");

	row.source = "10.2.0.9";
	k = forward(&row);
	netns_sh("echo 1 > /proc/sys/net/ipv4/conf/up0/rp_filter");
	look(p, false, "up0", &row);
	send_one(in, row.source, row.group, TTL);
	wait_for(seen, 1);
	cr_expect_eq(stop(p, false).packets, 1);
	cr_assert_eq(kernel_iface_count(k, netns_ifindex("up0"), &traffic), 0);
	cr_expect_eq(traffic.counted.packets_in, 0, "the filter dropped it");
	kernel_close(k);
	probe_close(p);
}

BOTH_FAMILIES(probe, outward_with_the_ttl_it_leaves_with)
{
	const struct row *row = set_up(family);
	struct probe *p = open_probe();
	struct kernel *k = forward(row);
	int in = netns_tap("up0-x");
	int out = netns_tap("down0-x");
	struct sight sight;

	netns_become_nobody();
	look(p, true, "down0", row);
	send_one(in, row->source, row->group, TTL);
	wait_for(out, 1);
	sight = stop(p, true);
	cr_expect_eq(sight.packets, 1);
	cr_expect_eq(sight.least_ttl, OUTGOING_TTL);
	cr_expect_eq(sight.most_ttl, OUTGOING_TTL);
	kernel_close(k);
	probe_close(p);
}

BOTH_FAMILIES(probe, outward_behind_the_firewall)
{
	const struct row *row = set_up(family);
	struct probe *p = open_probe();
	struct kernel *k = forward(row);
	int in = netns_tap("up0-x");

	drop_in(row, "forward");
	look(p, false, "up0", row);
	look(p, true, "down0", row);
	send_one(in, row->source, row->group, TTL);
	wait_for_output(k, 1);
	cr_expect_eq(stop(p, false).packets, 1);
	cr_expect_eq(stop(p, true).packets, 0);
	cr_expect_eq(dropped(row, 1), 1);
	kernel_close(k);
	probe_close(p);
}

/* A packet to the (S,G) in VLAN 5 is on the link, but not for the interface that carries the VLAN. */
BOTH_FAMILIES(probe, a_tagged_packet_is_another_links)
{
	enum { MACS = 12, TAG = 4 };
	static const uint8_t tag[TAG] = {0x81, 0x00, 0x00, 0x05};
	const struct row *row = set_up(family);
	struct probe *p = open_probe();
	int in = netns_tap("up0-x");
	int seen = netns_tap("up0");
	struct addr source = parse(row->source);
	struct addr group = parse(row->group);
	struct frame f;

	frame_udp(&f, &source, &group, TTL);
	memmove(f.bytes + MACS + TAG, f.bytes + MACS, f.len - MACS);
	memcpy(f.bytes + MACS, tag, TAG);
	f.len += TAG;
	look(p, false, "up0", row);
	frame_send(&f, in);
	wait_for(seen, 1);
	cr_expect_eq(stop(p, false).packets, 0);
	probe_close(p);
}

BOTH_FAMILIES(probe, more_than_it_has_room_for)
{
	enum { FLOOD = 3000 };
	const struct row *row = set_up(family);
	struct probe *p = open_probe();
	int in = netns_tap("up0-x");
	int seen = netns_tap("up0");
	struct sight sight;

	look(p, false, "up0", row);
	for (unsigned int i = 0; i < FLOOD; i++) {
		send_one(in, row->source, row->group, TTL);
		wait_for(seen, 1);
	}
	sight = stop(p, false);
	cr_expect_eq(sight.packets, FLOOD);
	cr_expect_eq(sight.least_ttl, TTL);
	look(p, false, "up0", row);
	cr_expect_eq(stop(p, false).packets, 0);
	probe_close(p);
}

BOTH_FAMILIES(probe, one_look_at_a_time)
{
	const struct row *row = set_up(family);
	struct probe *p = open_probe();
	struct addr source = parse(row->source);
	struct addr group = parse(row->group);
	struct addr stranger = parse(rows[!row->family].source);

	cr_expect_eq(probe_start(p, false, 9999, &source, &group), -ENODEV);
	cr_expect_eq(probe_start(p, false, 0, &source, &group), -ENODEV);
	cr_expect_eq(probe_start(p, false, netns_ifindex("up0"), &stranger, &group), -EINVAL);
	look(p, false, "up0", row);
	cr_expect_eq(probe_start(p, false, netns_ifindex("down0"), &source, &group), -EBUSY);
	look(p, true, "up0", row);
	stop(p, false);
	look(p, false, "down0", row);
	probe_close(p);
}

/* The interface goes while it is looked at: what was seen until then counts, and the next look is as good as any. */
BOTH_FAMILIES(probe, an_interface_that_goes)
{
	const struct row *row = set_up(family);
	struct probe *p = open_probe();
	int in = netns_tap("up0-x");
	int seen = netns_tap("up0");
	struct sight sight;

	look(p, false, "up0", row);
	send_one(in, row->source, row->group, TTL);
	wait_for(seen, 1);
	netns_sh("ip link del up0");
	sight = stop(p, false);
	cr_expect_not(sight.known, "not to the end");
	cr_expect_eq(sight.packets, 1);
	cr_expect_eq(sight.most_ttl, TTL);
	in = netns_tap("down0-x");
	seen = netns_tap("down0");
	look(p, false, "down0", row);
	send_one(in, row->source, row->group, TTL);
	wait_for(seen, 1);
	sight = stop(p, false);
	cr_expect(sight.known);
	cr_expect_eq(sight.packets, 1);
	probe_close(p);
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/*
 * The daemon's loop looks now and then, and reports must not wait: to move a packet
 * socket takes the kernel 4 ms at the very least. The fastest of many counts, for the
 * machine may have other work.
 */
BOTH_FAMILIES(probe, looking_does_not_hold_the_caller)
{
	enum { LOOKS = 20 };
	const double patience = 0.002;
	const struct row *row = set_up(family);
	struct probe *p = open_probe();
	struct addr source = parse(row->source);
	struct addr group = parse(row->group);
	uint32_t ifindex = netns_ifindex("up0");
	double start = 1, end = 1, before, took;
	struct sight sight;

	for (int i = 0; i < LOOKS; i++) {
		before = seconds();
		cr_assert_eq(probe_start(p, false, ifindex, &source, &group), 0);
		took = seconds() - before;
		start = i && took < start ? took : start; /* the first is no move */
		wait_for_look("up0");
		before = seconds();
		probe_stop(p, false, &sight);
		took = seconds() - before;
		end = took < end ? took : end;
		wait_for_rest();
	}
	cr_expect_lt(start, patience);
	cr_expect_lt(end, patience);
	probe_close(p);
}

Test(probe, refused_without_privilege)
{
	netns_enter();
	netns_become_nobody();
	errno = 0;
	cr_expect_null(probe_open());
	cr_expect_eq(errno, EPERM);
	probe_close(NULL);
}
