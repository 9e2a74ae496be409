/*
 * Addresses and prefixes: sixteen bytes, an IPv4 address kept v4-mapped
 * (::ffff:a.b.c.d, RFC 4291 section 2.5.5.2), so that one code path serves
 * both families. The family is derived from the value, never stored beside
 * it. All types here are plain values: copy them freely, nothing is owned.
 */
#ifndef BASE_ADDR_H
#define BASE_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum family { FAMILY_IPV4, FAMILY_IPV6, FAMILY_COUNT };

struct addr {
	uint8_t bytes[16];
};

/* len counts bits of the sixteen bytes: 10.0.0.0/8 has len 104. */
struct prefix {
	struct addr addr;
	uint8_t len;
};

/*
 * A borrowed run of packed addresses, as they stand in a packet (width 4 or
 * 16 bytes each) or in an array of struct addr (width 16). Not aligned; valid
 * as long as the bytes behind it.
 */
struct addrspan {
	const uint8_t *bytes;
	uint16_t count;
	uint8_t width;
};

enum { ADDR_STRLEN = 46, PREFIX_STRLEN = ADDR_STRLEN + 4 };

extern const struct addr addr_unspecified[FAMILY_COUNT]; /* 0.0.0.0 and :: */

/* "ipv4", "ipv6": the word used in configuration, logs and labels. */
const char *family_name(enum family family);

/* What every report passes several times is inline, here and below. */
static inline struct addr addr_from_v4(const uint8_t bytes[static 4])
{
	struct addr a = {{[10] = 0xff, [11] = 0xff}};

	memcpy(a.bytes + 12, bytes, 4);
	return a;
}

static inline struct addr addr_from_v6(const uint8_t bytes[static 16])
{
	struct addr a;

	memcpy(a.bytes, bytes, 16);
	return a;
}

/* The four or sixteen bytes that go on the wire; they live in *a. */
const uint8_t *addr_wire(const struct addr *a);
size_t addr_wire_bytes(const struct addr *a);

/* False, *out untouched, unless text is one whole IPv4 or IPv6 address. */
bool addr_parse(const char *text, struct addr *out);

/* Writes the text form into buf and returns it. */
const char *addr_format(const struct addr *a, char buf[static ADDR_STRLEN]);

/* Numerical order; every IPv4 address sorts as its mapped form. */
int addr_cmp(const struct addr *a, const struct addr *b);

static inline bool addr_equal(const struct addr *a, const struct addr *b)
{
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

/* Is it v4-mapped? */
static inline bool addr_is_v4(const struct addr *a)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	return memcmp(a->bytes, mapped, sizeof(mapped)) == 0;
}

static inline enum family addr_family(const struct addr *a)
{
	return addr_is_v4(a) ? FAMILY_IPV4 : FAMILY_IPV6;
}

static inline bool addr_is_multicast(const struct addr *a)
{
	return addr_is_v4(a) ? (a->bytes[12] & 0xf0) == 0xe0 : a->bytes[0] == 0xff;
}

/* 169.254/16 (RFC 3927), fe80::/10 (RFC 4291 section 2.5.6). */
static inline bool addr_is_link_local(const struct addr *a)
{
	if (addr_is_v4(a))
		return a->bytes[12] == 169 && a->bytes[13] == 254;
	return a->bytes[0] == 0xfe && (a->bytes[1] & 0xc0) == 0x80;
}

bool addr_is_unspecified(const struct addr *a);
bool addr_is_loopback(const struct addr *a);

/*
 * Groups that must stay on their link, or are reserved: 224.0.0.0/24 (RFC 5771
 * section 4) and IPv6 groups of scope 0, 1 or 2 whatever their flags (RFC 4291
 * section 2.7). They are never proxied.
 */
bool addr_is_link_scope_group(const struct addr *a);

/* 232/8 and ff3x::/32 (RFC 4607 section 1, RFC 4604). */
bool addr_is_ssm(const struct addr *a);

/* The host part is cleared, so that equal prefixes compare equal. More bits than the family has are all of them. */
struct prefix prefix_make(const struct addr *a, unsigned int family_bits);
/* The length in the family's own bits: 24 for 10.0.0.0/24. */
unsigned int prefix_bits(const struct prefix *p);
/* Never true across families: ::/0 does not hold 10.0.0.1. */
bool prefix_contains(const struct prefix *p, const struct addr *a);
bool prefix_equal(const struct prefix *a, const struct prefix *b);
const char *prefix_format(const struct prefix *p, char buf[static PREFIX_STRLEN]);

struct addrspan addrspan_of(const struct addr *addrs, size_t count);
struct addr addrspan_get(const struct addrspan *span, size_t i);

#endif
