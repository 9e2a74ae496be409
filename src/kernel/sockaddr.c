#include "sockaddr.h"

#include <netinet/in.h>
#include <string.h>

socklen_t sockaddr_make(struct sockaddr_storage *out, enum family family, const struct addr *a, uint32_t ifindex)
{
	struct sockaddr_in sin = {.sin_family = AF_INET};
	struct sockaddr_in6 sin6 = {.sin6_family = AF_INET6, .sin6_scope_id = ifindex};

	memset(out, 0, sizeof(*out));
	if (family == FAMILY_IPV4) {
		memcpy(&sin.sin_addr, a->bytes + 12, sizeof(sin.sin_addr));
		memcpy(out, &sin, sizeof(sin));
		return sizeof(sin);
	}
	memcpy(&sin6.sin6_addr, a->bytes, sizeof(sin6.sin6_addr));
	memcpy(out, &sin6, sizeof(sin6));
	return sizeof(sin6);
}

struct addr sockaddr_addr(const struct sockaddr_storage *sa)
{
	const uint8_t *bytes = (const uint8_t *)sa;

	switch (sa->ss_family) {
	case AF_INET:
		return addr_from_v4(bytes + offsetof(struct sockaddr_in, sin_addr));
	case AF_INET6:
		return addr_from_v6(bytes + offsetof(struct sockaddr_in6, sin6_addr));
	default:
		return addr_unspecified[FAMILY_IPV6];
	}
}
