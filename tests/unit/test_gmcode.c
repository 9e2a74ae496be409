#include <criterion/criterion.h>

#include "gmcode.h"

static const struct row {
	enum gmcode_mantissa bits;
	uint32_t codes;	  /* how many there are */
	uint32_t linear;  /* the first exponential one */
	uint32_t largest; /* value */
} rows[] = {
	{GMCODE_8BIT, 256, 128, 31744},
	{GMCODE_16BIT, 65536, 32768, 8387584},
};

#define FOR_EACH(row) for (const struct row *row = rows; row < rows + 2; row++)

Test(gmcode, examples)
{
	cr_assert_eq(gmcode_decode(0x00, GMCODE_8BIT), 0);
	cr_assert_eq(gmcode_decode(0x7f, GMCODE_8BIT), 127);
	cr_assert_eq(gmcode_decode(0x80, GMCODE_8BIT), 128);
	cr_assert_eq(gmcode_decode(0x8f, GMCODE_8BIT), 248);
	cr_assert_eq(gmcode_decode(0x90, GMCODE_8BIT), 256);
	cr_assert_eq(gmcode_decode(0xff, GMCODE_8BIT), 31744);
	cr_assert_eq(gmcode_decode(0x7fff, GMCODE_16BIT), 32767);
	cr_assert_eq(gmcode_decode(0x8000, GMCODE_16BIT), 32768);
	cr_assert_eq(gmcode_decode(0xffff, GMCODE_16BIT), 8387584);
}

Test(gmcode, small_values_are_their_own_code)
{
	FOR_EACH(row)
		for (uint32_t value = 0; value < row->linear; value++) {
			cr_assert_eq(gmcode_encode(value, row->bits), value);
			cr_assert_eq(gmcode_decode((uint16_t)value, row->bits), value);
		}
}

Test(gmcode, every_code_encodes_back)
{
	FOR_EACH(row)
		for (uint32_t code = 0; code < row->codes; code++)
			cr_assert_eq(gmcode_encode(gmcode_decode((uint16_t)code, row->bits), row->bits), code);
}

Test(gmcode, codes_grow_with_their_values)
{
	FOR_EACH(row)
		for (uint32_t code = 1; code < row->codes; code++)
			cr_assert_lt(gmcode_decode((uint16_t)(code - 1), row->bits),
				     gmcode_decode((uint16_t)code, row->bits));
}

/* The answer is not above the value, and the next code is. */
Test(gmcode, encoding_rounds_down)
{
	FOR_EACH(row)
		for (uint32_t value = 0; value < row->largest; value += 1 + value / 1000) {
			uint16_t code = gmcode_encode(value, row->bits);

			cr_assert_leq(gmcode_decode(code, row->bits), value);
			cr_assert_gt(gmcode_decode((uint16_t)(code + 1), row->bits), value);
		}
}

Test(gmcode, values_beyond_the_largest)
{
	FOR_EACH(row) {
		cr_assert_eq(gmcode_encode(row->largest - 1, row->bits), row->codes - 2);
		cr_assert_eq(gmcode_encode(row->largest, row->bits), row->codes - 1);
		cr_assert_eq(gmcode_encode(row->largest + 1, row->bits), row->codes - 1);
		cr_assert_eq(gmcode_encode(UINT32_MAX, row->bits), row->codes - 1);
	}
}

/* An 8-bit code is a byte: what stands above it does not count. */
Test(gmcode, higher_bits_are_ignored)
{
	cr_assert_eq(gmcode_decode(0x0164, GMCODE_8BIT), 100);
	cr_assert_eq(gmcode_decode(0x018f, GMCODE_8BIT), 248);
}
