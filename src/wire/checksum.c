#include "checksum.h"

#include <arpa/inet.h>
#include <string.h>

/* What overflows is added again (RFC 1071 section 2, A). */
static inline uint64_t add(uint64_t sum, uint64_t word)
{
	sum += word;
	return sum + (sum < word);
}

/*
 * Words of any width and byte order give the sum of their 16-bit halves, once it is
 * folded (RFC 1071 section 2, B and C). All that is exchanged has whole fours.
 */
uint64_t checksum_add(uint64_t sum, const uint8_t *bytes, size_t len)
{
	uint64_t word = 0;
	uint32_t half;

	for (; len >= sizeof(word); bytes += sizeof(word), len -= sizeof(word)) {
		memcpy(&word, bytes, sizeof(word));
		sum = add(sum, word);
	}
	if (len >= sizeof(half)) {
		memcpy(&half, bytes, sizeof(half));
		sum = add(sum, half);
		bytes += sizeof(half);
		len -= sizeof(half);
	}
	if (len == 0)
		return sum;
	word = 0;
	memcpy(&word, bytes, len);
	return add(sum, word);
}

/* The upper half of a number and itself turned around is the sum of both halves and their carry. */
uint16_t checksum_finish(uint64_t sum)
{
	uint32_t folded;

	sum += sum >> 32 | sum << 32;
	folded = (uint32_t)(sum >> 32);
	folded += folded >> 16 | folded << 16;
	return ntohs((uint16_t)~(folded >> 16));
}
