/* ifmon.h against real netlink, in a namespace of the test's own. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ifmon.h"
#include "netns.h"

enum { MAX_LINKS = 1024, MAX_ADDRS = 8 };

/* The last news of each interface, and how many there were of it. */
struct told {
	struct ifstate state;
	struct ifstate_addr addrs[MAX_ADDRS];
	unsigned int times;
	unsigned int times_gone;
	uint32_t least_mtu;
};

struct diary {
	struct told links[MAX_LINKS]; /* by ifindex */
	unsigned int times;
};

static void write_down(void *ctx, const struct ifstate *state)
{
	struct diary *d = ctx;
	struct told *t = &d->links[state->ifindex];

	cr_assert_lt(state->ifindex, MAX_LINKS);
	cr_assert_leq(state->n_addrs, MAX_ADDRS);
	t->state = *state;
	if (state->n_addrs)
		memcpy(t->addrs, state->addrs, state->n_addrs * sizeof(t->addrs[0]));
	t->times++;
	t->times_gone += !state->exists;
	t->least_mtu = t->least_mtu && t->least_mtu < state->mtu ? t->least_mtu : state->mtu;
	d->times++;
}

static const struct ifstate_addr *told_addr(const struct told *t, const char *text)
{
	struct addr a;

	cr_assert(addr_parse(text, &a));
	for (size_t i = 0; i < t->state.n_addrs; i++)
		if (addr_equal(&t->addrs[i].addr, &a))
			return &t->addrs[i];
	return NULL;
}

static bool is_network(const struct ifstate_addr *a, const char *text, unsigned int bits)
{
	struct addr net;
	struct prefix p;

	cr_assert(addr_parse(text, &net));
	p = prefix_make(&net, bits);
	return prefix_equal(&a->network, &p);
}

/* Reads what is there now: most news are queued before the command that caused them ends. */
static void read_all(struct ifmon *m)
{
	cr_assert_eq(ifmon_read(m), 0);
}

/* Carrier is another matter: the kernel's own work queue tells of it, within a second. */
static void read_until_up(struct ifmon *m, const struct told *t, bool up)
{
	int64_t deadline = netns_now_ms() + NETNS_PATIENCE_MS;

	while (t->state.up != up) {
		cr_assert(netns_readable(ifmon_fd(m), deadline), "no news");
		read_all(m);
	}
}

static struct ifmon *open_monitor(struct diary *d)
{
	struct ifmon *m;

	memset(d, 0, sizeof(*d));
	m = ifmon_open(write_down, d);
	cr_assert_not_null(m);
	cr_assert_eq(ifmon_sync(m), 0);
	return m;
}

static struct diary diary;

Test(ifmon, first_everything_then_changes_only)
{
	struct ifmon *m;
	unsigned int before;

	netns_enter();
	netns_veth("up0");
	netns_sh("ip addr add 10.1.0.1/24 dev up0 && ip addr add fe80::1/64 dev up0 nodad");
	m = open_monitor(&diary);
	read_until_up(m, &diary.links[netns_ifindex("up0")], true);

	const struct told *lo = &diary.links[netns_ifindex("lo")];
	const struct told *up = &diary.links[netns_ifindex("up0")];

	cr_expect_eq(lo->times, 1);
	cr_expect(lo->state.loopback);
	cr_expect(lo->state.exists);
	cr_assert_geq(up->times, 1);
	cr_expect_str_eq(up->state.name, "up0");
	cr_expect(up->state.up);
	cr_expect(up->state.multicast);
	cr_expect(!up->state.loopback);
	cr_expect_eq(up->state.mtu, 1500);
	cr_expect_eq(up->state.n_addrs, 2);
	cr_assert_not_null(told_addr(up, "10.1.0.1"));
	cr_expect(is_network(told_addr(up, "10.1.0.1"), "10.1.0.0", 24));
	cr_assert_not_null(told_addr(up, "fe80::1"));
	cr_expect(is_network(told_addr(up, "fe80::1"), "fe80::", 64));
	cr_expect(!told_addr(up, "fe80::1")->tentative);

	read_all(m);
	before = diary.times;
	cr_assert_eq(ifmon_sync(m), 0);
	cr_expect_eq(diary.times, before, "nothing changed");
	ifmon_close(m);
}

Test(ifmon, news)
{
	struct ifmon *m;

	netns_enter();
	netns_veth("up0");
	m = open_monitor(&diary);

	uint32_t ifindex = netns_ifindex("up0");
	const struct told *up = &diary.links[ifindex];

	read_until_up(m, up, true);
	read_until_up(m, &diary.links[netns_ifindex("up0-x")], true);
	read_all(m);
	diary.times = 0;
	netns_sh("ip addr add 10.1.0.1/24 dev up0");
	cr_expect(netns_readable(ifmon_fd(m), netns_now_ms() + NETNS_PATIENCE_MS));
	read_all(m);
	cr_expect_eq(diary.times, 1);
	cr_expect_not_null(told_addr(up, "10.1.0.1"));
	netns_sh("ip addr add 10.1.0.2 peer 10.9.0.3/32 dev up0 && ip addr del 10.1.0.1/24 dev up0");
	read_all(m);
	cr_expect_eq(diary.times, 2, "two changes of one interface, told once");
	cr_expect_null(told_addr(up, "10.1.0.1"));
	cr_assert_not_null(told_addr(up, "10.1.0.2"));
	cr_expect(is_network(told_addr(up, "10.1.0.2"), "10.9.0.3", 32));
	netns_sh("ip addr add 2001:db8::1 peer 2001:db8:5::3/128 dev up0 nodad");
	read_all(m);
	cr_assert_not_null(told_addr(up, "2001:db8::1"));
	cr_expect(is_network(told_addr(up, "2001:db8::1"), "2001:db8:5::3", 128));
	netns_sh("ip link set up0 mtu 1400 && ip link set up0 multicast off");
	read_all(m);
	cr_expect_eq(up->state.mtu, 1400);
	cr_expect(!up->state.multicast);
	netns_sh("ip link set up0-x down");
	read_until_up(m, up, false);
	netns_sh("ip link set up0-x up");
	read_until_up(m, up, true);
	netns_sh("ip link set up0 down && ip link set up0 name wan");
	read_until_up(m, up, false);
	cr_expect_str_eq(up->state.name, "wan");
	netns_sh("ip link del wan");
	read_all(m);
	cr_expect(!up->state.exists);
	cr_expect_str_eq(up->state.name, "wan");
	cr_expect_eq(up->state.n_addrs, 0);
	ifmon_close(m);
}

/* Until the kernel has found no duplicate, an address is tentative. */
Test(ifmon, duplicate_address_detection)
{
	int64_t deadline = netns_now_ms() + NETNS_PATIENCE_MS;
	struct ifmon *m;

	netns_enter();
	netns_veth("up0");
	m = open_monitor(&diary);

	const struct told *up = &diary.links[netns_ifindex("up0")];

	netns_sh("ip addr add fe80::5/64 dev up0");
	read_all(m);
	cr_assert_not_null(told_addr(up, "fe80::5"));
	cr_expect(told_addr(up, "fe80::5")->tentative);
	while (told_addr(up, "fe80::5")->tentative) {
		cr_assert(netns_readable(ifmon_fd(m), deadline));
		read_all(m);
	}
	ifmon_close(m);
}

/* A port that leaves its bridge looks like a deleted interface to the careless. */
Test(ifmon, a_port_leaves_its_bridge)
{
	struct ifmon *m;

	netns_enter();
	netns_veth("up0");
	if (system("ip link add name br0 type bridge 2>/dev/null"))
		cr_skip_test("no bridges in this kernel");
	netns_sh("ip link set up0 master br0");
	m = open_monitor(&diary);
	netns_sh("ip link set up0 nomaster");
	read_all(m);
	cr_expect(diary.links[netns_ifindex("up0")].state.exists);
	ifmon_close(m);
}

/* Gone and made anew under the same ifindex between two reads: both are told, in this order. */
Test(ifmon, a_new_interface_under_an_old_number)
{
	struct ifmon *m;
	uint32_t ifindex;

	netns_enter();
	netns_veth("up0");
	netns_sh("ip addr add 10.1.0.1/24 dev up0");
	m = open_monitor(&diary);
	ifindex = netns_ifindex("up0");
	read_all(m);
	netns_sh("ip link del up0 && ip link add name up0 index %u type veth peer name up0-x", (unsigned int)ifindex);
	read_all(m);
	cr_expect_eq(diary.links[ifindex].times_gone, 1);
	cr_expect(diary.links[ifindex].state.exists);
	cr_expect_eq(diary.links[ifindex].state.n_addrs, 0);
	ifmon_close(m);
}

/* Below 1280 the kernel forgets all of IPv6 there: that must not hide behind the next news. */
Test(ifmon, an_mtu_too_small_for_a_moment)
{
	struct ifmon *m;
	const struct told *up;

	netns_enter();
	netns_veth("up0");
	m = open_monitor(&diary);
	up = &diary.links[netns_ifindex("up0")];
	read_until_up(m, up, true);
	read_all(m);
	netns_sh("ip link set up0 mtu 1279 && ip link set up0 mtu 1280");
	read_all(m);
	cr_expect_eq(up->least_mtu, 1279);
	cr_expect_eq(up->state.mtu, 1280);
	netns_sh("ip link set up0 mtu 1400 && ip link set up0 mtu 1300");
	diary.times = 0;
	read_all(m);
	cr_expect_eq(diary.times, 1, "nothing was lost in between");
	ifmon_close(m);
}

/* More news than the socket holds: what is true at the end is told all the same. */
Test(ifmon, overrun)
{
	enum { ROUNDS = 1500 };
	struct ifmon *m;

	netns_enter();
	netns_veth("up0");
	netns_veth("doomed");
	m = open_monitor(&diary);

	const struct told *up = &diary.links[netns_ifindex("up0")];
	const struct told *doomed = &diary.links[netns_ifindex("doomed")];

	netns_sh("for i in $(seq %d); do echo link set up0 mtu $((1400 + i %% 50)); done | ip -batch -", ROUNDS);
	netns_sh("ip link del doomed && ip addr add 10.7.0.1/24 dev up0 && ip link set up0 mtu 1301");
	read_all(m);
	cr_expect_eq(up->state.mtu, 1301);
	cr_expect_not_null(told_addr(up, "10.7.0.1"));
	cr_expect(!doomed->state.exists);
	cr_expect_eq(doomed->times_gone, 1);
	cr_expect_leq(up->times, 2);
	ifmon_close(m);
}

/* In a child that ends by _exit(): leak checkers want to read /proc at the end, and cannot from there. */
Test(ifmon, works_as_nobody_in_a_chroot)
{
	struct ifmon *m;
	bool good;
	int status;
	pid_t child;

	netns_enter();
	netns_veth("up0");
	m = open_monitor(&diary);

	const struct told *up = &diary.links[netns_ifindex("up0")];

	netns_sh("ip addr add 10.7.0.1/24 dev up0");
	child = fork();
	if (child == 0) {
		if (chroot("/proc/self/fdinfo"))
			_exit(1);
		netns_become_nobody();
		good = ifmon_read(m) == 0 && told_addr(up, "10.7.0.1") && ifmon_sync(m) == 0;
		_exit(good ? 0 : 1);
	}
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_expect_eq(status, 0);
	ifmon_close(m);
}
