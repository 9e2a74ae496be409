#include "cursor.h"

struct cursor cursor_of(const uint8_t *bytes, size_t len)
{
	return (struct cursor){.at = bytes, .left = len};
}

/* The next n bytes, NULL if there are not so many. */
static const uint8_t *take(struct cursor *c, size_t n)
{
	const uint8_t *taken = c->at;

	if (c->overrun || n > c->left) {
		c->overrun = true;
		c->left = 0;
		return NULL;
	}
	/* Nothing is added to a NULL pointer, which an empty packet may have. */
	if (n > 0)
		c->at += n;
	c->left -= n;
	return taken;
}

void cursor_skip(struct cursor *c, size_t n)
{
	take(c, n);
}

uint32_t cursor_uint(struct cursor *c, size_t bytes)
{
	const uint8_t *taken = take(c, bytes);
	uint32_t value = 0;

	for (size_t i = 0; taken && i < bytes; i++)
		value = value << 8 | taken[i];
	return value;
}

struct addr cursor_addr(struct cursor *c, uint8_t width)
{
	const uint8_t *taken = take(c, width);

	if (!taken)
		return addr_unspecified[width == 4 ? FAMILY_IPV4 : FAMILY_IPV6];
	return width == 4 ? addr_from_v4(taken) : addr_from_v6(taken);
}

struct addrspan cursor_addrs(struct cursor *c, uint16_t count, uint8_t width)
{
	const uint8_t *taken = take(c, (size_t)count * width);

	return (struct addrspan){.bytes = taken, .count = taken ? count : 0, .width = width};
}
