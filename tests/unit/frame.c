#include "frame.h"

#include <criterion/criterion.h>
#include <string.h>
#include <sys/socket.h>

enum { ETHERNET = 14, IP4 = 20, IP6 = 40, ALERT4 = 4, ALERT6 = 8, UDP = 8, DATA = 100 };

static void put16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static uint32_t sum(uint32_t so_far, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		so_far += i % 2 ? bytes[i] : (uint32_t)bytes[i] << 8;
	return so_far;
}

static uint16_t fold(uint32_t s)
{
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return (uint16_t)~s;
}

static size_t ethernet(uint8_t *at, const struct addr *dst)
{
	const uint8_t *d = addr_wire(dst);
	bool v4 = addr_family(dst) == FAMILY_IPV4;
	const uint8_t head[ETHERNET] = {
		v4 ? 0x01 : 0x33, v4 ? 0x00 : 0x33, v4 ? 0x5e : d[12], v4 ? d[1] & 0x7f : d[13], v4 ? d[2] : d[14],
		v4 ? d[3] : d[15], 0x02, 0, 0, 0, 0, 9, v4 ? 0x08 : 0x86, v4 ? 0x00 : 0xdd,
	};

	memcpy(at, head, sizeof(head));
	return sizeof(head);
}

static size_t ip4(uint8_t *at, const struct addr *src, const struct addr *dst, uint8_t protocol, uint8_t ttl,
		  enum frame_alert alert, size_t payload)
{
	size_t len = IP4 + (alert ? ALERT4 : 0);

	memset(at, 0, len);
	at[0] = (uint8_t)(0x40 | len / 4);
	put16(at + 2, len + payload);
	at[8] = ttl;
	at[9] = protocol;
	memcpy(at + 12, addr_wire(src), 4);
	memcpy(at + 16, addr_wire(dst), 4);
	if (alert)
		memcpy(at + IP4, "\x94\x04\0\0", ALERT4);
	put16(at + 10, fold(sum(0, at, len)));
	return len;
}

static size_t ip6(uint8_t *at, const struct addr *src, const struct addr *dst, uint8_t protocol, uint8_t hops,
		  enum frame_alert alert, size_t payload)
{
	const uint8_t options[ALERT6] = {protocol, 0, 5, 2, 0, 0, 1, 0};
	size_t extra = alert ? ALERT6 : 0;

	memset(at, 0, IP6);
	at[0] = 0x60;
	put16(at + 4, extra + payload);
	at[6] = alert ? 0 : protocol;
	at[7] = hops;
	memcpy(at + 8, src->bytes, 16);
	memcpy(at + 24, dst->bytes, 16);
	memcpy(at + IP6, options, extra);
	return IP6 + extra;
}

static uint32_t pseudo6(const struct addr *src, const struct addr *dst, uint8_t protocol, size_t len)
{
	return sum(sum((uint32_t)len + protocol, src->bytes, 16), dst->bytes, 16);
}

void frame_gm(struct frame *f, const struct addr *src, const struct addr *dst, enum frame_alert alert,
	      const uint8_t *message, size_t len)
{
	bool v4 = addr_family(dst) == FAMILY_IPV4;
	size_t at = ethernet(f->bytes, dst);
	uint32_t s = v4 ? 0 : pseudo6(src, dst, 58, len);

	if (v4)
		at += ip4(f->bytes + at, src, dst, 2, 1, alert, len);
	else
		at += ip6(f->bytes + at, src, dst, 58, 1, alert, len);
	memcpy(f->bytes + at, message, len);
	put16(f->bytes + at + 2, fold(sum(s, message, len)));
	f->len = at + len;
}

void frame_udp(struct frame *f, const struct addr *src, const struct addr *dst, uint8_t ttl)
{
	bool v4 = addr_family(dst) == FAMILY_IPV4;
	size_t at = ethernet(f->bytes, dst);
	uint8_t *udp;

	if (v4)
		at += ip4(f->bytes + at, src, dst, 17, ttl, FRAME_NO_ALERT, UDP + DATA);
	else
		at += ip6(f->bytes + at, src, dst, 17, ttl, FRAME_NO_ALERT, UDP + DATA);
	udp = f->bytes + at;
	memset(udp, 0, UDP + DATA);
	put16(udp, 5004);
	put16(udp + 2, 5004);
	put16(udp + 4, UDP + DATA);
	if (!v4)
		put16(udp + 6, fold(sum(pseudo6(src, dst, 17, UDP + DATA), udp, UDP + DATA)));
	f->len = at + UDP + DATA;
}

size_t frame_report(uint8_t message[static 24], const struct addr *group, bool leave)
{
	bool v4 = addr_family(group) == FAMILY_IPV4;

	memset(message, 0, 24);
	if (v4)
		message[0] = leave ? 0x17 : 0x16;
	else
		message[0] = leave ? 132 : 131;
	memcpy(message + (v4 ? 4 : 8), addr_wire(group), addr_wire_bytes(group));
	return v4 ? 8 : 24;
}

size_t frame_report3(uint8_t message[static 28], const struct addr *group)
{
	memset(message, 0, 28);
	message[0] = addr_family(group) == FAMILY_IPV4 ? 0x22 : 143;
	message[7] = 1; /* records */
	message[8] = 2; /* IS_EX */
	memcpy(message + 12, addr_wire(group), addr_wire_bytes(group));
	return 12 + addr_wire_bytes(group);
}

void frame_send(const struct frame *f, int tap)
{
	cr_assert_eq(send(tap, f->bytes, f->len, 0), (ssize_t)f->len);
}

static struct addr addr_at(const uint8_t *at, bool v4)
{
	return v4 ? addr_from_v4(at) : addr_from_v6(at);
}

static size_t records3(const uint8_t *message, size_t len, bool v4, struct frame_record *records, size_t max)
{
	size_t width = v4 ? 4 : 16;
	size_t count = (size_t)message[6] << 8 | message[7];
	size_t at = 8;
	size_t n = 0;

	for (; n < count && n < max && at + 4 + width <= len; n++) {
		records[n].type = message[at];
		records[n].n_sources = (unsigned int)message[at + 2] << 8 | message[at + 3];
		records[n].group = addr_at(message + at + 4, v4);
		at += 4 + width * (1 + records[n].n_sources);
	}
	return n;
}

static size_t message_records(const uint8_t *message, size_t len, bool v4, struct frame_record *records, size_t max)
{
	if (len < (v4 ? 8u : 24u) && !(len >= 8 && !v4 && message[0] == 143))
		return 0;
	switch (message[0]) {
	case 0x22:
	case 143:
		return records3(message, len, v4, records, max);
	case 0x16:
	case 131:
		records[0] = (struct frame_record){FRAME_REPORT, 0, addr_at(message + (v4 ? 4 : 8), v4)};
		return 1;
	case 0x17:
	case 132:
		records[0] = (struct frame_record){FRAME_LEAVE, 0, addr_at(message + (v4 ? 4 : 8), v4)};
		return 1;
	default:
		return 0;
	}
}

size_t frame_records(const uint8_t *bytes, size_t len, struct frame_record *records, size_t max)
{
	const uint8_t *ip = bytes + ETHERNET;
	size_t head;

	if (len >= ETHERNET + IP4 && bytes[12] == 0x08 && ip[9] == 2) {
		head = (size_t)(ip[0] & 15) * 4;
		return message_records(ip + head, len - ETHERNET - head, true, records, max);
	}
	if (len >= ETHERNET + IP6 + ALERT6 && bytes[12] == 0x86 && ip[6] == 0 && ip[IP6] == 58)
		return message_records(ip + IP6 + ALERT6, len - ETHERNET - IP6 - ALERT6, false, records, max);
	return 0;
}
