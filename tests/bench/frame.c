#include "frame.h"

#include <string.h>

enum {
	IGMP = 2,
	UDP = 17,
	ICMPV6 = 58,
	DATA_TTL = 16,
	IS_EX = 2,
	TO_IN = 3,
};

/* How a kind writes its messages. */
struct wire {
	const char *word;
	int ipv6;
	uint8_t report, leave; /* message types; both the same: a report with records */
	uint32_t report_to;    /* the end of the address of all hosts concerned, 0: the group */
	uint32_t leave_to;
};

static const struct wire wires[FRAME_KINDS] = {
	[FRAME_V2] = {"v2", 0, 0x16, 0x17, 0, 2},
	[FRAME_V3] = {"v3", 0, 0x22, 0x22, 22, 22},
	[FRAME_MLD1] = {"mld1", 1, 131, 132, 0, 2},
	[FRAME_MLD2] = {"mld2", 1, 143, 143, 0x16, 0x16},
};

enum frame_kind frame_kind_of(const char *word)
{
	enum frame_kind kind = FRAME_V2;

	while (kind < FRAME_KINDS && strcmp(wires[kind].word, word) != 0)
		kind++;
	return kind;
}

int frame_is_ipv6(enum frame_kind kind)
{
	return wires[kind].ipv6;
}

static void put(struct frame *f, const void *bytes, size_t n)
{
	memcpy(f->bytes + f->len, bytes, n);
	f->len += n;
}

static void put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value);
}

/* Sixteen bytes: a prefix, IPv4 kept mapped, and a number at the end. */
static void make(uint8_t a[16], int ipv6, const uint8_t head[4], uint32_t number)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	memset(a, 0, 16);
	memcpy(a, ipv6 ? head : mapped, ipv6 ? 4 : 12);
	put32(a + 12, number);
}

void frame_group(int ipv6, uint32_t number, uint8_t bytes[16])
{
	make(bytes, ipv6, (const uint8_t[4]){0xff, 0x1e}, (ipv6 ? 0x00010000u : 0xef010000u) + number);
}

void frame_host(int ipv6, uint8_t bytes[16])
{
	make(bytes, ipv6, (const uint8_t[4]){0xfe, 0x80}, ipv6 ? 0x11 : 0x0a00010b);
}

static void source(int ipv6, uint32_t number, uint8_t bytes[16])
{
	make(bytes, ipv6, (const uint8_t[4]){0xfd}, (ipv6 ? 2 : 0x0a000002) + number);
}

static void all_of_link(int ipv6, uint32_t number, uint8_t bytes[16])
{
	make(bytes, ipv6, (const uint8_t[4]){0xff, 0x02}, (ipv6 ? 0 : 0xe0000000u) + number);
}

static uint32_t sum(uint32_t so_far, const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		so_far += i % 2 ? bytes[i] : (uint32_t)bytes[i] << 8;
	return so_far;
}

static uint16_t finish(uint32_t s)
{
	while (s > 0xffff)
		s = (s & 0xffff) + (s >> 16);
	return (uint16_t)~s;
}

static void put_ethernet(struct frame *f, int ipv6, const uint8_t dst[16])
{
	uint8_t head[FRAME_IP_AT] = {1, 0, 0x5e, dst[13] & 0x7f, dst[14], dst[15], 2, 0, 0, 0, 0, 1, 8, 0};

	if (ipv6) {
		memcpy(head, (const uint8_t[2]){0x33, 0x33}, 2);
		memcpy(head + 2, dst + 12, 4);
		put16(head + 12, 0x86dd);
	}
	f->len = 0;
	put(f, head, sizeof(head));
}

/* Room for a message of so many bytes behind the headers; link: TTL 1 and Router Alert. */
static uint8_t *put_ip(struct frame *f, int ipv6, int link, const uint8_t src[16], const uint8_t dst[16], size_t bytes)
{
	static const uint8_t alert4[4] = {148, 4};
	static const uint8_t alert6[FRAME_HOP_OPTIONS_BYTES] = {ICMPV6, 0, 5, 2, 0, 0, 1, 0};
	uint8_t ip4[20] = {(uint8_t)(0x45 + link), [8] = link ? 1 : DATA_TTL, [9] = link ? IGMP : UDP};
	uint8_t ip6[40] = {0x60, [6] = link ? 0 : UDP, [7] = link ? 1 : DATA_TTL};
	uint32_t s;

	put_ethernet(f, ipv6, dst);
	if (ipv6) {
		put16(ip6 + 4, (uint32_t)(bytes + (link ? sizeof(alert6) : 0)));
		memcpy(ip6 + 8, src, 16);
		memcpy(ip6 + 24, dst, 16);
		put(f, ip6, sizeof(ip6));
		put(f, alert6, link ? sizeof(alert6) : 0);
	} else {
		put16(ip4 + 2, (uint32_t)(sizeof(ip4) + (link ? sizeof(alert4) : 0) + bytes));
		memcpy(ip4 + 12, src + 12, 4);
		memcpy(ip4 + 16, dst + 12, 4);
		s = sum(sum(0, ip4, sizeof(ip4)), alert4, link ? sizeof(alert4) : 0);
		put16(ip4 + 10, finish(s));
		put(f, ip4, sizeof(ip4));
		put(f, alert4, link ? sizeof(alert4) : 0);
	}
	f->message_at = f->len;
	f->len += bytes;
	memset(f->bytes + f->message_at, 0, bytes);
	return f->bytes + f->message_at;
}

static void seal(struct frame *f, int ipv6, const uint8_t src[16], const uint8_t dst[16], uint32_t protocol, size_t at)
{
	uint8_t *message = f->bytes + f->message_at;
	size_t n = f->len - f->message_at;
	uint32_t s = sum(0, message, n);

	if (ipv6)
		s = sum(sum(s, src, 16), dst, 16) + protocol + (uint32_t)n;
	put16(message + at, finish(s));
}

static void message(struct frame *f, enum frame_kind kind, int leave, uint32_t group, unsigned int records)
{
	const struct wire *w = &wires[kind];
	size_t width = w->ipv6 ? 16 : 4;
	int has_records = w->report == w->leave;
	size_t bytes = has_records ? 8 + records * (4 + width) : (w->ipv6 ? 8 : 4) + width;
	uint32_t to = leave ? w->leave_to : w->report_to;
	uint8_t src[16], dst[16], g[16];
	uint8_t *at;

	frame_host(w->ipv6, src);
	frame_group(w->ipv6, group, dst);
	if (to)
		all_of_link(w->ipv6, to, dst);
	at = put_ip(f, w->ipv6, 1, src, dst, bytes);
	at[0] = leave ? w->leave : w->report;
	if (has_records)
		put16(at + 6, records);
	for (unsigned int i = 0; i < (has_records ? records : 1); i++) {
		uint8_t *record = at + 8 + i * (4 + width);

		frame_group(w->ipv6, group + i, g);
		if (has_records)
			record[0] = leave ? TO_IN : IS_EX;
		memcpy(has_records ? record + 4 : at + (w->ipv6 ? 8 : 4), g + 16 - width, width);
	}
	seal(f, w->ipv6, src, dst, ICMPV6, 2);
}

void frame_report(struct frame *frame, enum frame_kind kind, uint32_t group, unsigned int records)
{
	message(frame, kind, 0, group, records);
}

void frame_leave(struct frame *frame, enum frame_kind kind, uint32_t group)
{
	message(frame, kind, 1, group, 1);
}

void frame_data(struct frame *frame, int ipv6, uint32_t number, uint32_t group)
{
	enum { BYTES = 8 + 18 };
	uint8_t src[16], dst[16];
	uint8_t *udp;

	source(ipv6, number, src);
	frame_group(ipv6, group, dst);
	udp = put_ip(frame, ipv6, 0, src, dst, BYTES);
	put16(udp, 5000);
	put16(udp + 2, 5000);
	put16(udp + 4, BYTES);
	if (ipv6)
		seal(frame, ipv6, src, dst, UDP, 6);
}
