#include "gmcode.h"

enum { EXPONENT_BITS = 3, EXPONENT_MAX = 7, BIAS = 3 };

static uint32_t low_bits(unsigned int n)
{
	return (UINT32_C(1) << n) - 1;
}

uint32_t gmcode_decode(uint16_t code, enum gmcode_mantissa bits)
{
	uint32_t exponential = UINT32_C(1) << (bits + EXPONENT_BITS);
	uint32_t exponent = (code & (exponential - 1)) >> bits;
	uint32_t mantissa = code & low_bits(bits);

	if (!(code & exponential))
		return code & (exponential - 1);
	return (mantissa | (UINT32_C(1) << bits)) << (exponent + BIAS);
}

uint16_t gmcode_encode(uint32_t value, enum gmcode_mantissa bits)
{
	uint32_t exponential = UINT32_C(1) << (bits + EXPONENT_BITS);
	uint32_t largest = low_bits(bits + 1u) << (EXPONENT_MAX + BIAS);
	uint32_t exponent = 0;

	if (value < exponential)
		return (uint16_t)value;
	if (value > largest)
		value = largest;
	while (value >> (exponent + BIAS) > low_bits(bits + 1u))
		exponent++;
	return (uint16_t)(exponential | exponent << bits | ((value >> (exponent + BIAS)) & low_bits(bits)));
}
