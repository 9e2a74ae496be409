#include <criterion/criterion.h>

#include "quantity.h"

static char buf[QUANTITY_STRLEN];

#define SAYS(call, text) cr_expect_str_eq(call, text)

Test(quantity, bytes_in_powers_of_1024)
{
	SAYS(quantity_bytes(0, buf), "0");
	SAYS(quantity_bytes(1023, buf), "1023");
	SAYS(quantity_bytes(1024, buf), "1.0Ki");
	SAYS(quantity_bytes(3200, buf), "3.1Ki");
	SAYS(quantity_bytes(10 * 1024, buf), "10Ki");
	SAYS(quantity_bytes(UINT64_MAX, buf), "16Ei");
}

Test(quantity, no_number_has_1024_of_a_unit_that_has_a_larger_one)
{
	SAYS(quantity_bytes(1024 * 1024 - 1, buf), "1.0Mi");
	SAYS(quantity_bytes(1023 * 1024, buf), "1023Ki");
	SAYS(quantity_rate(999.6, buf), "1.0k");
	SAYS(quantity_rate(999.4, buf), "999");
	SAYS(quantity_rate(9.96, buf), "10");
}

Test(quantity, rates_in_powers_of_1000)
{
	SAYS(quantity_rate(0, buf), "0");
	SAYS(quantity_rate(0.04, buf), "0");
	SAYS(quantity_rate(0.5, buf), "0.5");
	SAYS(quantity_rate(6250, buf), "6.2k");
	SAYS(quantity_rate(60e6, buf), "60M");
	SAYS(quantity_rate(1e10, buf), "10G");
	SAYS(quantity_rate(5e16, buf), "50000T");
}

Test(quantity, spans_by_their_two_largest_units)
{
	SAYS(quantity_span(-3, buf), "0.0s");
	SAYS(quantity_span(0.42, buf), "0.4s");
	SAYS(quantity_span(9.94, buf), "9.9s");
	SAYS(quantity_span(9.96, buf), "9s");
	SAYS(quantity_span(59.9, buf), "59s");
	SAYS(quantity_span(61.2, buf), "1m01");
	SAYS(quantity_span(3599, buf), "59m59");
	SAYS(quantity_span(7385, buf), "2h03m");
	SAYS(quantity_span(439200, buf), "5d02h");
	SAYS(quantity_span(1e300, buf), "11574074074d01h");
}

Test(quantity, latencies_below_a_second)
{
	SAYS(quantity_latency(0, buf), "0.0us");
	SAYS(quantity_latency(0.000085, buf), "85us");
	SAYS(quantity_latency(0.0013, buf), "1.3ms");
	SAYS(quantity_latency(0.9996, buf), "1.0s");
	SAYS(quantity_latency(2.5, buf), "2.5s");
}
