/*
 * The options of an IP header, as far as we care: is there a Router Alert for
 * every router (value 0)? RFC 2113 for IPv4, RFC 2711 for IPv6. Total: options
 * that are malformed before the Router Alert hold none.
 */
#ifndef WIRE_OPTION_H
#define WIRE_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"

/* IPv4: all that stands behind the fixed twenty bytes. IPv6: all behind the two that begin the extension header. */
bool option_router_alert(enum family family, const uint8_t *bytes, size_t len);

#endif
