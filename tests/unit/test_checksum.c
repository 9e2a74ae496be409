#include <criterion/criterion.h>

#include "chance.h"
#include "checksum.h"

/* The example of RFC 1071 section 3. */
Test(checksum, rfc_1071_example)
{
	static const uint8_t bytes[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};

	cr_assert_eq(checksum_finish(checksum_add(0, bytes, sizeof(bytes))), (uint16_t)~0xddf2);
}

Test(checksum, nothing)
{
	cr_assert_eq(checksum_finish(checksum_add(0, NULL, 0)), 0xffff);
}

Test(checksum, odd_byte_is_the_high_one)
{
	static const uint8_t odd[] = {0x12, 0x34, 0x56};
	static const uint8_t even[] = {0x12, 0x34, 0x56, 0x00};

	cr_assert_eq(checksum_finish(checksum_add(0, odd, 3)), checksum_finish(checksum_add(0, even, 4)));
	cr_assert_eq(checksum_finish(checksum_add(0, odd, 3)), (uint16_t)~0x6834);
}

Test(checksum, pieces_add_up)
{
	uint8_t bytes[100];
	uint64_t sum;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 37);
	for (size_t cut = 0; cut <= sizeof(bytes); cut += 2) {
		sum = checksum_add(checksum_add(0, bytes, cut), bytes + cut, sizeof(bytes) - cut);
		cr_assert_eq(checksum_finish(sum), checksum_finish(checksum_add(0, bytes, sizeof(bytes))));
	}
}

Test(checksum, right_bytes_sum_to_zero)
{
	uint8_t bytes[9] = {1, 2, 0, 0, 0xff, 0xff, 0xfe, 4, 5};
	uint16_t sum = checksum_finish(checksum_add(0, bytes, sizeof(bytes)));

	bytes[2] = (uint8_t)(sum >> 8);
	bytes[3] = (uint8_t)sum;
	cr_assert_eq(checksum_finish(checksum_add(0, bytes, sizeof(bytes))), 0);
}

/* Two carries: the fold must go on until nothing is left over. */
Test(checksum, carries_twice)
{
	static uint8_t bytes[65536];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = 0xff;
	cr_assert_eq(checksum_finish(checksum_add(0, bytes, sizeof(bytes))), 0);
	cr_assert_eq(checksum_finish(UINT64_MAX), 0);
}

/* RFC 1071 section 1, as it is written: 16-bit words, and what overflows is added at once. */
static uint16_t by_the_book(const uint8_t *bytes, size_t len)
{
	uint32_t sum = 0;

	for (size_t k = 0; k < len; k += 2) {
		sum += (uint32_t)(bytes[k] << 8) | (k + 1 < len ? bytes[k + 1] : 0);
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return (uint16_t)~sum;
}

/* Every length, and bytes that make many carries and few. */
Test(checksum, is_that_of_the_book)
{
	struct chance c = chance_start();
	uint8_t bytes[100];

	for (int round = 0; round < 2000; round++) {
		uint32_t least = chance_below(&c, 256);
		size_t len = chance_below(&c, sizeof(bytes) + 1);

		for (size_t k = 0; k < len; k++)
			bytes[k] = (uint8_t)(least + chance_below(&c, 256 - least));
		cr_assert_eq(checksum_finish(checksum_add(0, bytes, len)), by_the_book(bytes, len), SEED, SEED_OF(&c));
	}
}
