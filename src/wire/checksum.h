/*
 * The Internet checksum (RFC 1071), summed over one or several pieces: start
 * with 0, add every piece, finish; what is in between means nothing to others. Only
 * the last piece may have an odd length. Over bytes that hold a right checksum the answer is 0.
 */
#ifndef WIRE_CHECKSUM_H
#define WIRE_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

uint64_t checksum_add(uint64_t sum, const uint8_t *bytes, size_t len);
uint16_t checksum_finish(uint64_t sum);

#endif
