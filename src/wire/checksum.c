#include "checksum.h"

#include <arpa/inet.h>
#include <string.h>

/*
 * Words of any width and byte order give the sum of their 16-bit halves, once it is
 * folded, if what overflows is added again (RFC 1071 section 2, A to C).
 */
uint64_t checksum_add(uint64_t sum, const uint8_t *bytes, size_t len)
{
	uint64_t word;

	for (; len >= sizeof(word); bytes += sizeof(word), len -= sizeof(word)) {
		memcpy(&word, bytes, sizeof(word));
		sum += word;
		sum += sum < word;
	}
	if (len == 0)
		return sum;
	word = 0;
	memcpy(&word, bytes, len);
	sum += word;
	return sum + (sum < word);
}

uint16_t checksum_finish(uint64_t sum)
{
	sum = (sum & UINT32_MAX) + (sum >> 32);
	while (sum > UINT16_MAX)
		sum = (sum & UINT16_MAX) + (sum >> 16);
	return ntohs((uint16_t)~sum);
}
