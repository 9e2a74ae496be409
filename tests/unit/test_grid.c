#include <criterion/criterion.h>
#include <stdint.h>
#include <stdlib.h>

#include "grid.h"

static const struct grid_column columns[] = {
	{"Group", GRID_ADDR, 0},   {"In", GRID_NAME, 0},    {"Rate", GRID_NUMBER, GRID_IF_ANY},
	{"Packets", GRID_NUMBER, 1}, {"Error", GRID_WORD, 1}, {"Out", GRID_LIST, 0},
};

static void fill(struct grid *g, const char *const cells[], size_t n)
{
	grid_init(g, columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t k = 0; k < n; k++)
		grid_put(g, cells[k]);
}

/* The caller frees it. */
static char *print(const char *const cells[], size_t n, size_t width, size_t lines)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	struct grid g;

	fill(&g, cells, n);
	cr_assert(grid_print(&g, out, width, lines));
	grid_fini(&g);
	fclose(out);
	return text;
}

static void prints(const char *const cells[], size_t n, size_t width, size_t lines, const char *expected)
{
	char *text = print(cells, n, width, lines);

	cr_expect_str_eq(text, expected, "got:\n%s", text);
	free(text);
}

#define N(cells) (sizeof(cells) / sizeof((cells)[0]))

static const char *const plain[] = {"239.1.2.3", "eth0", NULL, "25", NULL, "eth1,eth2"};

Test(grid, leaves_out_columns_with_nothing_in_them)
{
	prints(plain, N(plain), 80, SIZE_MAX,
	       "Group      In    Packets  Out\n"
	       "239.1.2.3  eth0       25  eth1,eth2\n");
}

Test(grid, leaves_out_by_rank_what_does_not_fit)
{
	prints(plain, N(plain), 30, SIZE_MAX,
	       "Group      In    Out\n"
	       "239.1.2.3  eth0  eth1,eth2\n");
}

Test(grid, a_column_if_any_is_essential_once_something_is_in_it)
{
	static const char *const cells[] = {"239.1.2.3", "eth0", "7", "25", NULL, "eth1,eth2"};

	prints(cells, N(cells), 32, SIZE_MAX,
	       "Group      In    Rate  Out\n"
	       "239.1.2.3  eth0     7  eth1,eth2\n");
}

Test(grid, shortens_names_before_anything_else)
{
	static const char *const cells[] = {"239.1.2.3", "guest-vlan-1024", NULL, "25", NULL, "eth1"};

	prints(cells, N(cells), 35, SIZE_MAX,
	       "Group      In         Packets  Out\n"
	       "239.1.2.3  guest-vl~       25  eth1\n");
}

Test(grid, an_address_longer_than_its_column_takes_the_line)
{
	static const char *const cells[] = {"ff3e:30:2001:db8:1234:5678:8000:1", "eth0", NULL, "25", NULL, "eth1"};

	prints(cells, N(cells), 40, SIZE_MAX,
	       "Group                In    Packets  Out\n"
	       "ff3e:30:2001:db8:1234:5678:8000:1\n"
	       "                     eth0       25  eth1\n");
}

Test(grid, a_list_goes_on_below_itself)
{
	static const char *const cells[] = {"239.1.2.3", "eth0", NULL, "25", NULL, "vlan10,vlan11,vlan12"};

	prints(cells, N(cells), 40, SIZE_MAX,
	       "Group      In    Packets  Out\n"
	       "239.1.2.3  eth0       25  vlan10,vlan11,\n"
	       "                          vlan12\n");
}

Test(grid, a_word_wider_than_the_lists_column_begins_further_left)
{
	static const char *const cells[] = {"239.1.2.3", "eth0", NULL, "25", NULL, "2001:db8:ffff:eeee::1,eth9"};

	prints(cells, N(cells), 40, SIZE_MAX,
	       "Group      In    Packets  Out\n"
	       "239.1.2.3  eth0       25\n"
	       "                  2001:db8:ffff:eeee::1,\n"
	       "                          eth9\n");
}

Test(grid, stops_at_the_last_line_of_the_screen)
{
	static const char *const cells[] = {"239.1.2.3", "eth0", NULL, "25", NULL, "eth1",
					    "239.1.2.4", "eth0", NULL, "25", NULL, "eth1"};

	prints(cells, N(cells), 40, 2,
	       "Group      In    Packets  Out\n"
	       "239.1.2.3  eth0       25  eth1\n");
	prints(cells, N(cells), 40, 0, "");
}

Test(grid, no_line_is_wider_than_the_screen_and_no_address_is_cut)
{
	static const char *const cells[] = {
		"ff3e:30:2001:db8:1234:5678:8000:1", "guest-vlan-1024", "1.2k", "123456789", "ENOBUFS", "a,b,c,d,e,f,g,h,i,j",
		"239.255.255.250", "e", "0", "1", NULL, NULL};

	for (size_t width = 46; width < 140; width++) {
		char *text = print(cells, N(cells), width, SIZE_MAX), *rest = text, *line;

		cr_expect(strstr(text, cells[0]) != NULL && strstr(text, cells[6]) != NULL, "width %zu:\n%s", width, text);
		while ((line = strsep(&rest, "\n")))
			cr_expect_leq(strlen(line), width, "width %zu: %s", width, line);
		free(text);
	}
}

Test(grid, writes_no_control_character)
{
	static const char *const cells[] = {"\033[2J", "a\x9b\x7f", NULL, "\n", NULL, "\\"};

	prints(cells, N(cells), 80, SIZE_MAX,
	       "Group    In         Packets  Out\n"
	       "\\033[2J  a\\233\\177     \\012  \\134\n");
}
