/* Lines of the log: one word for each value, whatever it holds, and never longer than syslog takes. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "line.h"

static void expect_text(const struct line *l, const char *text)
{
	cr_expect_str_eq(l->text, text);
	cr_expect_eq(l->len, strlen(text));
}

Test(line, is_pairs_behind_the_event)
{
	struct addr a;
	struct line l;

	cr_assert(addr_parse("ff3e::1", &a));
	line_begin(&l, "summary");
	line_word(&l, "family", "ipv6");
	line_number(&l, "packets", UINT64_MAX);
	line_addr(&l, "group", &a);
	expect_text(&l, "event=summary family=ipv6 packets=18446744073709551615 group=ff3e::1");
}

Test(line, leaves_out_what_is_empty)
{
	struct line l;

	line_begin(&l, "x");
	line_word(&l, "a", "");
	line_word(&l, "b", NULL);
	line_addr(&l, "c", NULL);
	expect_text(&l, "event=x");
}

Test(line, makes_one_word_of_anything)
{
	struct line l;

	line_begin(&l, "x");
	line_word(&l, "interface", "a b\"c\n'd=\xff");
	expect_text(&l, "event=x interface=a_b_c__d__");
}

Test(line, is_cut_at_a_whole_pair)
{
	char value[LINE_BYTES];
	struct line l;

	memset(value, 'v', sizeof(value));
	value[sizeof(value) - 1] = '\0';
	line_begin(&l, "x");
	line_word(&l, "long", value);
	expect_text(&l, "event=x");
	value[LINE_BYTES - strlen("event=x long=") - 1] = '\0';
	line_word(&l, "long", value);
	cr_expect_eq(l.len, LINE_BYTES - 1);
	line_word(&l, "a", "b");
	cr_expect_eq(l.len, LINE_BYTES - 1);
}
