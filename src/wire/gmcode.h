/*
 * The exponential codes in which IGMPv3 and MLDv2 say times: Max Resp Code and
 * QQIC (RFC 9776 sections 4.1.1 and 4.1.7; RFC 9777 sections 5.1.3 and 5.1.9). A
 * code with its highest bit clear is the value itself; else
 *
 *	1 eee m...m	value = (1 m...m) << (eee + 3)
 *
 * The codes differ in the number of mantissa bits only.
 */
#ifndef WIRE_GMCODE_H
#define WIRE_GMCODE_H

#include <stdint.h>

enum gmcode_mantissa { GMCODE_8BIT = 4, GMCODE_16BIT = 12 };

uint32_t gmcode_decode(uint16_t code, enum gmcode_mantissa bits);

/*
 * The code of the largest sayable value that is not above this one: a deadline
 * announced too long would keep hosts silent beyond our own timers.
 */
uint16_t gmcode_encode(uint32_t value, enum gmcode_mantissa bits);

#endif
