#include "addr.h"

#include <arpa/inet.h>
#include <endian.h>
#include <stdio.h>
#include <string.h>

const struct addr addr_unspecified[FAMILY_COUNT] = {
	[FAMILY_IPV4] = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0}},
	[FAMILY_IPV6] = {{0}},
};

const char *family_name(enum family family)
{
	static const char *const names[FAMILY_COUNT] = {
		[FAMILY_IPV4] = "ipv4",
		[FAMILY_IPV6] = "ipv6",
	};

	return names[family];
}

const uint8_t *addr_wire(const struct addr *a)
{
	return addr_is_v4(a) ? a->bytes + 12 : a->bytes;
}

size_t addr_wire_bytes(const struct addr *a)
{
	return addr_is_v4(a) ? 4 : 16;
}

bool addr_parse(const char *text, struct addr *out)
{
	uint8_t raw[16];

	if (inet_pton(AF_INET, text, raw) == 1)
		*out = addr_from_v4(raw);
	else if (inet_pton(AF_INET6, text, raw) == 1)
		*out = addr_from_v6(raw);
	else
		return false;
	return true;
}

const char *addr_format(const struct addr *a, char buf[static ADDR_STRLEN])
{
	int af = addr_is_v4(a) ? AF_INET : AF_INET6;

	/* Cannot fail: the family is known and the buffer is large enough. */
	return inet_ntop(af, addr_wire(a), buf, ADDR_STRLEN);
}

/* Eight bytes as the number that they are in network order. */
static uint64_t half(const uint8_t *bytes)
{
	uint64_t number;

	memcpy(&number, bytes, sizeof(number));
	return be64toh(number);
}

/* As memcmp(), which no compiler does without a call: this is each step of every binary search. */
int addr_cmp(const struct addr *a, const struct addr *b)
{
	uint64_t of_a = half(a->bytes);
	uint64_t of_b = half(b->bytes);

	if (of_a == of_b) {
		of_a = half(a->bytes + sizeof(of_a));
		of_b = half(b->bytes + sizeof(of_b));
	}
	return (of_a > of_b) - (of_a < of_b);
}

bool addr_is_unspecified(const struct addr *a)
{
	return addr_equal(a, &addr_unspecified[FAMILY_IPV4]) || addr_equal(a, &addr_unspecified[FAMILY_IPV6]);
}

bool addr_is_loopback(const struct addr *a)
{
	static const struct addr v6_loopback = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};

	return addr_is_v4(a) ? a->bytes[12] == 127 : addr_equal(a, &v6_loopback);
}

bool addr_is_link_scope_group(const struct addr *a)
{
	if (addr_is_v4(a))
		return a->bytes[12] == 224 && a->bytes[13] == 0 && a->bytes[14] == 0;
	return a->bytes[0] == 0xff && (a->bytes[1] & 0x0f) <= 2;
}

bool addr_is_ssm(const struct addr *a)
{
	if (addr_is_v4(a))
		return a->bytes[12] == 232;
	return a->bytes[0] == 0xff && (a->bytes[1] & 0xf0) == 0x30 && a->bytes[2] == 0 && a->bytes[3] == 0;
}

struct prefix prefix_make(const struct addr *a, unsigned int family_bits)
{
	unsigned int all = addr_is_v4(a) ? 32 : 128;
	unsigned int bits = family_bits < all ? family_bits : all;
	struct prefix p = {.addr = *a, .len = (uint8_t)(128 - all + bits)};
	size_t whole = p.len / 8;

	if (whole < sizeof(p.addr.bytes)) {
		p.addr.bytes[whole] &= (uint8_t)(0xff00u >> (p.len % 8));
		memset(p.addr.bytes + whole + 1, 0, sizeof(p.addr.bytes) - whole - 1);
	}
	return p;
}

unsigned int prefix_bits(const struct prefix *p)
{
	return addr_is_v4(&p->addr) ? p->len - 96u : p->len;
}

bool prefix_contains(const struct prefix *p, const struct addr *a)
{
	size_t whole = p->len / 8;
	uint8_t mask = (uint8_t)(0xff00u >> (p->len % 8));

	if (addr_is_v4(&p->addr) != addr_is_v4(a) || memcmp(p->addr.bytes, a->bytes, whole) != 0)
		return false;
	return mask == 0 || ((p->addr.bytes[whole] ^ a->bytes[whole]) & mask) == 0;
}

bool prefix_equal(const struct prefix *a, const struct prefix *b)
{
	return a->len == b->len && addr_equal(&a->addr, &b->addr);
}

const char *prefix_format(const struct prefix *p, char buf[static PREFIX_STRLEN])
{
	char text[ADDR_STRLEN];

	snprintf(buf, PREFIX_STRLEN, "%s/%u", addr_format(&p->addr, text), prefix_bits(p));
	return buf;
}

struct addrspan addrspan_of(const struct addr *addrs, size_t count)
{
	return (struct addrspan){.bytes = (const uint8_t *)addrs, .count = (uint16_t)count, .width = 16};
}

struct addr addrspan_get(const struct addrspan *span, size_t i)
{
	const uint8_t *at = span->bytes + i * span->width;

	return span->width == 4 ? addr_from_v4(at) : addr_from_v6(at);
}
