#include "netns.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <linux/if_ether.h>
#include <linux/if_packet.h>

/* net/if.h has a struct ifstate_addr of its own, which the tests' other headers would meet. */
unsigned int if_nametoindex(const char *name);

void netns_enter(void)
{
	if (geteuid() != 0 || unshare(CLONE_NEWNET))
		cr_skip_test("needs root to make a network namespace");
	netns_sh("ip link set lo up");
}

void netns_sh(const char *format, ...)
{
	char command[512];
	va_list args;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	cr_assert_eq(system(command), 0, "%s", command);
}

void netns_veth(const char *name)
{
	netns_sh("ip link add name %s type veth peer name %s-x", name, name);
	netns_sh("echo 1 > /proc/sys/net/ipv6/conf/%s-x/disable_ipv6", name);
	netns_sh("ip link set dev %s addrgenmode none", name);
	netns_sh("ip link set dev %s-x up && ip link set dev %s up", name, name);
}

uint32_t netns_ifindex(const char *name)
{
	uint32_t ifindex = if_nametoindex(name);

	cr_assert_neq(ifindex, 0, "%s", name);
	return ifindex;
}

int netns_tap(const char *name)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)netns_ifindex(name),
	};
	int bytes = 8 << 20;
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	cr_assert_geq(fd, 0);
	cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)), 0);
	cr_assert_eq(bind(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

size_t netns_lines(const char *file, const char *one, const char *two)
{
	FILE *f = fopen(file, "re");
	char line[512];
	size_t n = 0;

	cr_assert_not_null(f, "%s", file);
	while (fgets(line, sizeof(line), f))
		n += (!one || strstr(line, one)) && (!two || strstr(line, two));
	fclose(f);
	return n;
}

size_t netns_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t n = 0;

	cr_assert_not_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n - 3; /* ".", ".." and the directory itself */
}

int64_t netns_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool netns_readable(int fd, int64_t deadline_ms)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	int64_t left = deadline_ms - netns_now_ms();

	return poll(&p, 1, left > 0 ? (int)left : 0) == 1;
}

ssize_t netns_frame(int tap, uint8_t *bytes, size_t size, int64_t deadline_ms)
{
	struct sockaddr_ll from;
	socklen_t len;
	ssize_t n;

	while (netns_readable(tap, deadline_ms)) {
		len = sizeof(from);
		n = recvfrom(tap, bytes, size, 0, (struct sockaddr *)&from, &len);
		if (n >= 0 && from.sll_pkttype != PACKET_OUTGOING)
			return n;
	}
	return -1;
}

void netns_become_nobody(void)
{
	enum { NOBODY = 65534 };

	cr_assert_eq(setgroups(0, NULL), 0);
	cr_assert_eq(setresgid(NOBODY, NOBODY, NOBODY), 0);
	cr_assert_eq(setresuid(NOBODY, NOBODY, NOBODY), 0);
}
