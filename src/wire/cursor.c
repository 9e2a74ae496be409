#include "cursor.h"

struct addr cursor_addr(struct cursor *c, uint8_t width)
{
	const uint8_t *taken = cursor_take(c, width);

	if (!taken)
		return addr_unspecified[width == 4 ? FAMILY_IPV4 : FAMILY_IPV6];
	return width == 4 ? addr_from_v4(taken) : addr_from_v6(taken);
}

struct addrspan cursor_addrs(struct cursor *c, uint16_t count, uint8_t width)
{
	const uint8_t *taken = cursor_take(c, (size_t)count * width);

	return (struct addrspan){.bytes = taken, .count = taken ? count : 0, .width = width};
}
