#include "checksum.h"

uint64_t checksum_add(uint64_t sum, const uint8_t *bytes, size_t len)
{
	size_t i = 0;

	/* 64 bits hold the sum of more bytes than there is memory: one fold at the end is enough. */
	for (; i + 1 < len; i += 2)
		sum += (uint64_t)bytes[i] << 8 | bytes[i + 1];
	if (i < len)
		sum += (uint64_t)bytes[i] << 8;
	return sum;
}

uint16_t checksum_finish(uint64_t sum)
{
	while (sum > UINT16_MAX)
		sum = (sum & UINT16_MAX) + (sum >> 16);
	return (uint16_t)~sum;
}
