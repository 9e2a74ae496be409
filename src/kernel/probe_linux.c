/*
 * To take a packet socket from one place to another, bind() waits until every
 * processor has let go of the old place: 8 to 16 ms, in which no report would be read.
 * So a thread of a moment's life does it. It has the socket for itself until it is
 * joined, is made after privilege was dropped, and hears no signals.
 */
#include "probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/if.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>

enum {
	SEEN_BYTES = 24,	/* of each packet: as far as the source */
	RECEIVE_BYTES = 65536,	/* room for some dozens: a sample; the kernel counts what does not fit */
	DRAIN_MOST = 1024,	/* more than that room ever holds */
	VLAN_ID_MASK = 0xfff,
	/*
	 * A socket that was never bound is deaf, but a later bind() with protocol 0 keeps the
	 * old protocol. This number is reserved (IEEE 802): no frame has it, and the kernel
	 * finds a socket for it by hash, so that other packets cost nothing.
	 */
	DEAF = 0xffff,
};

/* Where things are from the network header on (RFC 791, RFC 8200). */
static const struct header {
	uint16_t protocol;
	uint8_t ttl, source, group;
} headers[FAMILY_COUNT] = {
	[FAMILY_IPV4] = {ETH_P_IP, 8, 12, 16},
	[FAMILY_IPV6] = {ETH_P_IPV6, 7, 8, 24},
};

/* One direction. */
struct eye {
	int fd;
	bool looking;
	const struct header *header;

	/* What the thread reads and writes; nobody else may until it is joined. */
	bool moving;
	pthread_t thread;
	struct sockaddr_ll place;
	int result; /* of the last bind(): 0 or -errno */
};

struct probe {
	struct eye eyes[2]; /* incoming, outgoing */
};

/* A classic BPF program; it begins at the network header, whatever the kind of link (SOCK_DGRAM). */
struct program {
	struct sock_filter code[48];
	unsigned short len;
};

static void put(struct program *p, int code, uint32_t k, uint8_t if_true, uint8_t if_false)
{
	p->code[p->len++] = (struct sock_filter){(uint16_t)code, if_true, if_false, k};
}

static void load_about(struct program *p, int what)
{
	put(p, BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + what), 0, 0);
}

/* The packet is refused unless what was loaded is this. */
static void want(struct program *p, uint32_t value)
{
	put(p, BPF_JMP | BPF_JEQ | BPF_K, value, 1, 0);
	put(p, BPF_RET | BPF_K, 0, 0, 0);
}

/* Frames to another host that a promiscuous interface shows never reach the kernel's own routing. */
static void want_direction(struct program *p, bool outgoing)
{
	load_about(p, SKF_AD_PKTTYPE);
	if (outgoing) {
		want(p, PACKET_OUTGOING);
		return;
	}
	put(p, BPF_JMP | BPF_JGE | BPF_K, PACKET_OTHERHOST, 0, 1);
	put(p, BPF_RET | BPF_K, 0, 0, 0);
}

/* What carries a tag belongs to the VLAN's own interface. */
static void want_untagged(struct program *p)
{
	load_about(p, SKF_AD_VLAN_TAG);
	put(p, BPF_ALU | BPF_AND | BPF_K, VLAN_ID_MASK, 0, 0);
	want(p, 0);
}

static void want_address(struct program *p, uint32_t offset, const struct addr *a)
{
	const uint8_t *bytes = addr_wire(a);
	uint32_t word;

	for (uint32_t i = 0; i < addr_wire_bytes(a); i += sizeof(word)) {
		memcpy(&word, bytes + i, sizeof(word));
		put(p, BPF_LD | BPF_W | BPF_ABS, offset + i, 0, 0);
		want(p, ntohl(word));
	}
}

static void make_program(struct program *p, bool outgoing, const struct header *h, const struct addr *source,
			 const struct addr *group)
{
	p->len = 0;
	want_direction(p, outgoing);
	want_untagged(p);
	load_about(p, SKF_AD_PROTOCOL);
	want(p, h->protocol);
	if (source)
		want_address(p, h->source, source);
	want_address(p, h->group, group);
	put(p, BPF_RET | BPF_K, SEEN_BYTES, 0, 0);
}

static int attach(int fd, struct program *p)
{
	struct sock_fprog prog = {.len = p->len, .filter = p->code};

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)) ? -errno : 0;
}

static void *move(void *ctx)
{
	struct eye *eye = ctx;

	eye->result = bind(eye->fd, (const struct sockaddr *)&eye->place, sizeof(eye->place)) ? -errno : 0;
	return NULL;
}

/* Of all places the last one counts: waits for it where one follows another at once. */
static void move_wait(struct eye *eye)
{
	if (eye->moving)
		(void)pthread_join(eye->thread, NULL);
	eye->moving = false;
}

/* Without a thread it is done here: late is better than never deaf again. */
static void move_to(struct eye *eye, uint16_t protocol, uint32_t ifindex)
{
	sigset_t all, before;

	move_wait(eye);
	eye->place = (struct sockaddr_ll){
		.sll_family = AF_PACKET,
		.sll_protocol = htons(protocol),
		.sll_ifindex = (int)ifindex,
	};
	sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	eye->moving = !pthread_create(&eye->thread, NULL, move, eye);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!eye->moving)
		move(eye);
}

static bool has_interface(int fd, uint32_t ifindex)
{
	struct ifreq request = {.ifr_ifindex = (int)ifindex};

	return ifindex && !ioctl(fd, SIOCGIFNAME, &request);
}

/* Packets that passed the filter since the last question, those without room included. */
static uint64_t count_packets(int fd)
{
	struct tpacket_stats stats = {0};
	socklen_t len = sizeof(stats);

	return getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &stats, &len) ? 0 : stats.tp_packets;
}

static void see(struct sight *sight, const struct header *h, const uint8_t bytes[static SEEN_BYTES])
{
	uint8_t ttl = bytes[h->ttl];

	if (!sight->packets || ttl < sight->least_ttl)
		sight->least_ttl = ttl;
	if (ttl > sight->most_ttl)
		sight->most_ttl = ttl;
	sight->source = h->protocol == ETH_P_IP ? addr_from_v4(bytes + h->source) : addr_from_v6(bytes + h->source);
	sight->packets++;
}

/* An error stands before the packets, and being read clears it: the interface went down, so silence says nothing. */
static void drain(const struct eye *eye, struct sight *sight)
{
	uint8_t bytes[SEEN_BYTES];
	ssize_t n;

	for (int i = 0; i < DRAIN_MOST; i++) {
		n = recv(eye->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0)
			sight->known = false;
		if (n == SEEN_BYTES)
			see(sight, eye->header, bytes);
	}
}

static int eye_open(void)
{
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int bytes = RECEIVE_BYTES;

	/* A machine tuned for streams has megabytes by default, and all that would have to be drained. */
	if (fd >= 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	return fd;
}

struct probe *probe_open(void)
{
	struct probe *p = calloc(1, sizeof(*p));
	int error;

	if (!p)
		return NULL;
	p->eyes[0].fd = eye_open();
	p->eyes[1].fd = eye_open();
	if (p->eyes[0].fd >= 0 && p->eyes[1].fd >= 0)
		return p;
	error = errno;
	probe_close(p);
	errno = error;
	return NULL;
}

void probe_close(struct probe *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < 2; i++) {
		move_wait(&p->eyes[i]);
		if (p->eyes[i].fd >= 0)
			close(p->eyes[i].fd);
	}
	free(p);
}

/* While the eye is nowhere: what came after the last look ended is no part of the next one. */
static int aim(struct eye *eye, struct program *program)
{
	struct sight old = {0};
	int r;

	move_wait(eye);
	r = attach(eye->fd, program);
	if (r || !eye->header)
		return r;
	drain(eye, &old);
	(void)count_packets(eye->fd);
	return 0;
}

/*
 * ETH_P_ALL and not the family's own protocol: only such a socket is shown what goes
 * out, and what comes in before a bridge or an ingress filter takes it away. The
 * filter is there before the first packet.
 */
int probe_start(struct probe *p, bool outgoing, uint32_t ifindex, const struct addr *source, const struct addr *group)
{
	struct eye *eye = &p->eyes[outgoing];
	struct program program;
	int r;

	if (eye->looking)
		return -EBUSY;
	if (!has_interface(eye->fd, ifindex))
		return -ENODEV; /* no number at all would be all interfaces to bind() */
	if (source && addr_family(source) != addr_family(group))
		return -EINVAL;
	make_program(&program, outgoing, &headers[addr_family(group)], source, group);
	r = aim(eye, &program);
	if (r)
		return r;
	eye->header = &headers[addr_family(group)];
	eye->looking = true;
	move_to(eye, ETH_P_ALL, ifindex);
	return 0;
}

void probe_stop(struct probe *p, bool outgoing, struct sight *sight)
{
	struct eye *eye = &p->eyes[outgoing];

	*sight = (struct sight){0};
	if (!eye->looking)
		return;
	eye->looking = false;
	move_wait(eye);
	sight->known = !eye->result;
	drain(eye, sight);
	/* What had no room was there too. */
	sight->packets = count_packets(eye->fd);
	move_to(eye, DEAF, 0);
}
