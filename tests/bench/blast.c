/*
 * Traffic for the benchmark, from one program with a socket in each of two namespaces,
 * so that what it measures is on one clock:
 *
 *   blast SRC HOST reports KIND GROUPS RECORDS TIMES [PER-SECOND]
 *       reports groups 0 to GROUPS-1 from the host, so many records a packet, as fast as it
 *       goes unless told otherwise; prints packets and packets per second
 *   blast SRC HOST data 4|6 GROUPS
 *       sends each group two packets, the second after a second, and prints how many groups
 *       reached the host with either, and with the second
 *   blast SRC HOST zap KIND TIMES FIRST
 *       a flow that arrives already, a report, its first packet; then a leave, its last
 *       packet: prints median, 99th percentile and largest of both in microseconds, and
 *       how many never came or never stopped
 *
 * SRC and HOST are files of network namespaces, each with an eth0. KIND: v2 v3 mld1 mld2.
 */
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "frame.h"

enum {
	BATCH = 64,
	MAX_GROUPS = 65536,
	PACKET_EVERY_US = 50,
	ZAP_LIMIT_US = 2000000,
	QUIET_US = 20000, /* a stream that stopped for so long has ended */
};

static int src, host;

static double now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

/* A packet socket on the namespace's eth0; one that only sends must not see its own. */
static int open_in(const char *namespace, int protocol)
{
	struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons((uint16_t)protocol)};
	int bytes = 64 * 1024 * 1024;
	int on = 1;
	int ns = open(namespace, O_RDONLY);
	int fd;

	if (ns < 0 || setns(ns, CLONE_NEWNET))
		err(1, "%s", namespace);
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, 0);
	address.sll_ifindex = (int)if_nametoindex("eth0");
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
	setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on));
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)))
		err(1, "%s: eth0", namespace);
	close(ns);
	return fd;
}

/* --- reports --- */

static void send_all(struct mmsghdr *heads, unsigned int n)
{
	for (unsigned int sent = 0; sent < n;) {
		int r = sendmmsg(host, heads + sent, n - sent, 0);

		sent += r > 0 ? (unsigned int)r : 0;
	}
}

static void reports(enum frame_kind kind, uint32_t groups, unsigned int records, unsigned int times, double per_second)
{
	static struct frame frames[BATCH];
	uint32_t packets = (groups + records - 1) / records;
	struct iovec vectors[BATCH];
	struct mmsghdr heads[BATCH] = {{{0}, 0}};
	double start = now_us();
	uint64_t sent = 0;
	unsigned int n = 0;

	for (uint64_t i = 0; i < (uint64_t)packets * times; i++) {
		uint32_t first = (uint32_t)(i % packets) * records;

		frame_report(&frames[n], kind, first, groups - first < records ? groups - first : records);
		vectors[n] = (struct iovec){frames[n].bytes, frames[n].len};
		heads[n].msg_hdr = (struct msghdr){.msg_iov = &vectors[n], .msg_iovlen = 1};
		if (++n < BATCH && i + 1 < (uint64_t)packets * times)
			continue;
		while (per_second > 0 && (double)sent / per_second * 1e6 > now_us() - start)
			continue;
		send_all(heads, n);
		sent += n;
		n = 0;
	}
	printf("%llu %.0f\n", (unsigned long long)sent, (double)sent / (now_us() - start) * 1e6);
}

/* --- data --- */

static void send_data(int ipv6, uint32_t group)
{
	struct frame f;

	frame_data(&f, ipv6, 0, group);
	while (send(src, f.bytes, f.len, 0) < 0)
		continue;
}

/* The number of the group of the next stream packet that reached the host; false: none is waiting. */
static bool receive(uint32_t *group)
{
	uint8_t b[FRAME_BYTES];
	ssize_t n;

	while ((n = recv(host, b, sizeof(b), 0)) > 0) {
		int ipv6 = b[12] == 0x86;
		const uint8_t *dst = b + FRAME_IP_AT + (ipv6 ? 24 + 12 : 16);
		uint32_t number = (uint32_t)dst[0] << 24 | (uint32_t)dst[1] << 16 | (uint32_t)dst[2] << 8 | dst[3];

		if (b[FRAME_IP_AT + (ipv6 ? 6 : 9)] != IPPROTO_UDP)
			continue;
		*group = number - (ipv6 ? 0x00010000u : 0xef010000u);
		return true;
	}
	return false;
}

static void collect(unsigned char seen[MAX_GROUPS], unsigned char mark, double for_us)
{
	double end = now_us() + for_us;
	uint32_t group;

	while (now_us() < end)
		while (receive(&group))
			if (group < MAX_GROUPS)
				seen[group] |= mark;
}

static void data(int ipv6, uint32_t groups)
{
	static unsigned char seen[MAX_GROUPS];
	unsigned int any = 0, second = 0;

	for (unsigned char pass = 1; pass <= 2; pass++) {
		for (uint32_t g = 0; g < groups; g++) {
			send_data(ipv6, g);
			if (g % 256 == 0)
				collect(seen, pass, 0);
		}
		collect(seen, pass, 1e6);
	}
	for (uint32_t g = 0; g < groups; g++) {
		any += seen[g] != 0;
		second += (seen[g] & 2) != 0;
	}
	printf("%u %u\n", any, second);
}

/* --- zaps --- */

/* Sends the flow, a packet every 50 us, until the group reaches the host: when, or -1 after the limit. */
static double first_packet(int ipv6, uint32_t group, double limit_us)
{
	double start = now_us(), next = start;
	uint32_t got;

	for (double t = start; t < start + limit_us; t = now_us()) {
		if (t >= next) {
			send_data(ipv6, group);
			next = t + PACKET_EVERY_US;
		}
		if (receive(&got) && got == group)
			return now_us();
	}
	return -1;
}

static void order(enum frame_kind kind, uint32_t group, bool join)
{
	struct frame f;

	if (join)
		frame_report(&f, kind, group, 1);
	else
		frame_leave(&f, kind, group);
	while (send(host, f.bytes, f.len, 0) < 0)
		continue;
}

/* When the last packet came before the stream went quiet; -1: it never did. */
static double last_packet(int ipv6, uint32_t group, double start)
{
	double last = start, t;

	while ((t = first_packet(ipv6, group, QUIET_US)) >= 0) {
		last = t;
		if (last - start > ZAP_LIMIT_US)
			return -1;
	}
	return last;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

static void tell(double *us, unsigned int n)
{
	qsort(us, n, sizeof(*us), compare);
	if (n > 0)
		printf("%.0f %.0f %.0f ", us[n / 2], us[(n * 99) / 100], us[n - 1]);
	else
		printf("- - - ");
}

static void zap(enum frame_kind kind, unsigned int times, uint32_t first)
{
	double *joins = calloc(times, sizeof(double));
	double *leaves = calloc(times, sizeof(double));
	int ipv6 = frame_is_ipv6(kind);
	unsigned int n = 0, n_leaves = 0;

	for (unsigned int i = 0; joins && leaves && i < times; i++) {
		uint32_t group = first + i;
		double start, at;

		first_packet(ipv6, group, QUIET_US); /* the kernel asks, the entry without oifs is made */
		start = now_us();
		order(kind, group, true);
		at = first_packet(ipv6, group, ZAP_LIMIT_US);
		if (at >= 0)
			joins[n++] = at - start;
		start = now_us();
		order(kind, group, false);
		at = last_packet(ipv6, group, start);
		if (at >= 0)
			leaves[n_leaves++] = at - start;
	}
	tell(joins, n);
	tell(leaves, n_leaves);
	printf("%u %u\n", times - n, times - n_leaves);
}

int main(int argc, char **argv)
{
	enum frame_kind kind;
	int ipv6;

	if (argc < 6)
		errx(2, "blast SRC HOST reports|data|zap ...: see the head of blast.c");
	src = open_in(argv[1], 0);
	host = open_in(argv[2], ETH_P_ALL);
	ipv6 = argv[4][0] == '6';
	kind = frame_kind_of(argv[4]);
	if (kind == FRAME_KINDS && strcmp(argv[3], "data") != 0)
		errx(2, "no such kind: %s", argv[4]);
	if (strcmp(argv[3], "reports") == 0 && argc >= 8)
		reports(kind, (uint32_t)atoi(argv[5]), (unsigned int)atoi(argv[6]), (unsigned int)atoi(argv[7]),
			argc > 8 ? atof(argv[8]) : 0);
	else if (strcmp(argv[3], "data") == 0)
		data(ipv6, (uint32_t)atoi(argv[5]));
	else if (strcmp(argv[3], "zap") == 0 && argc >= 7)
		zap(kind, (unsigned int)atoi(argv[5]), (uint32_t)atoi(argv[6]));
	else
		errx(2, "see the head of blast.c");
	return 0;
}
