#include "grid.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "harmless.h"

enum {
	GAP = 2,	/* between two columns */
	NAME_WIDTH = 8, /* to which a name may be shortened */
	ADDR_WIDTH = 15, /* an IPv4 address; what is longer takes the line */
	LIST_WIDTH = 12
};

/* How the columns are laid out on this screen; a width of 0: not shown. */
struct layout {
	size_t width[GRID_COLUMNS];
	size_t natural[GRID_COLUMNS];
	bool empty[GRID_COLUMNS]; /* nothing but "-" in it */
};

/* The ways to save room, in the order in which they are tried. */
struct thrift {
	bool names, addrs;
};

/* Where the printing is. */
struct pen {
	FILE *out;
	size_t width;
	size_t at;	   /* column of the cursor */
	size_t lines_left; /* with the one under way */
};

/* --- filling --- */

void grid_init(struct grid *g, const struct grid_column *columns, size_t n_columns)
{
	*g = (struct grid){.columns = columns, .n_columns = n_columns};
}

void grid_fini(struct grid *g)
{
	for (size_t k = 0; k < g->n_cells; k++)
		free(g->cells[k]);
	free(g->cells);
}

static bool make_room(struct grid *g)
{
	size_t room = g->room ? g->room * 2 : 256;
	char **cells;

	if (g->n_cells < g->room)
		return true;
	cells = reallocarray(g->cells, room, sizeof(*cells));
	if (!cells)
		return false;
	g->cells = cells;
	g->room = room;
	return true;
}

void grid_put(struct grid *g, const char *cell)
{
	const char *text = cell && *cell ? cell : "-";
	size_t size = 4 * strlen(text) + 2;
	char *copy = make_room(g) ? malloc(size) : NULL;

	if (!copy) {
		g->failed = true;
		return;
	}
	harmless(text, copy, size);
	g->cells[g->n_cells++] = copy;
}

void grid_printf(struct grid *g, const char *format, ...)
{
	char text[HARMLESS_WORD_BYTES];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	grid_put(g, text);
}

/* --- the layout --- */

static void measure(const struct grid *g, struct layout *l)
{
	*l = (struct layout){0};
	for (size_t c = 0; c < g->n_columns; c++) {
		l->natural[c] = strlen(g->columns[c].title);
		l->empty[c] = true;
	}
	for (size_t k = 0; k < g->n_cells; k++) {
		size_t c = k % g->n_columns, width = strlen(g->cells[k]);

		if (width > l->natural[c])
			l->natural[c] = width;
		if (strcmp(g->cells[k], "-") != 0)
			l->empty[c] = false;
	}
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t wanted_width(const struct grid *g, const struct layout *l, size_t c, struct thrift thrift)
{
	switch (g->columns[c].kind) {
	case GRID_NAME:
		return thrift.names ? least(l->natural[c], NAME_WIDTH) : l->natural[c];
	case GRID_ADDR:
		return thrift.addrs ? least(l->natural[c], ADDR_WIDTH) : l->natural[c];
	case GRID_LIST:
		return least(l->natural[c], LIST_WIDTH);
	case GRID_WORD:
	case GRID_NUMBER:
		break;
	}
	return l->natural[c];
}

static size_t total_width(const struct grid *g, const struct layout *l)
{
	size_t total = 0;

	for (size_t c = 0; c < g->n_columns; c++)
		if (l->width[c] > 0)
			total += l->width[c] + (total > 0 ? GAP : 0);
	return total;
}

/* The columns up to this rank, and no others. */
static bool columns_fit(const struct grid *g, struct layout *l, size_t width, int rank, struct thrift thrift)
{
	for (size_t c = 0; c < g->n_columns; c++) {
		bool shown = g->columns[c].rank == 0 || (g->columns[c].rank <= rank && !l->empty[c]);

		l->width[c] = shown ? wanted_width(g, l, c, thrift) : 0;
	}
	return total_width(g, l) <= width;
}

/* As many of the others as there is room for, those of a low rank first. */
static void add_others(const struct grid *g, struct layout *l, size_t width, struct thrift thrift)
{
	for (int rank = 1; rank < GRID_COLUMNS; rank++) {
		for (size_t c = 0; c < g->n_columns; c++) {
			if (g->columns[c].rank != rank || l->empty[c] || l->width[c] > 0)
				continue;
			l->width[c] = wanted_width(g, l, c, thrift);
			if (total_width(g, l) > width)
				l->width[c] = 0;
		}
	}
}

/* What is left goes to columns that were kept short. */
static void give_spare(const struct grid *g, struct layout *l, size_t width)
{
	size_t used = total_width(g, l);

	for (size_t c = 0; c < g->n_columns && used < width; c++) {
		size_t more = l->width[c] > 0 ? least(l->natural[c] - l->width[c], width - used) : 0;

		l->width[c] += more;
		used += more;
	}
}

/* The first way of saving that shows all that matters, or failing that, all that has to be there. */
static struct thrift find_way(const struct grid *g, struct layout *l, size_t width)
{
	static const struct thrift ways[] = {{false, false}, {true, false}, {false, true}, {true, true}};
	enum { WAYS = sizeof(ways) / sizeof(ways[0]) };

	for (int rank = GRID_USEFUL_RANK; rank >= 0; rank -= GRID_USEFUL_RANK)
		for (size_t way = 0; way < WAYS; way++)
			if (columns_fit(g, l, width, rank, ways[way]))
				return ways[way];
	return ways[WAYS - 1];
}

static void lay_out(const struct grid *g, struct layout *l, size_t width)
{
	struct thrift way;

	measure(g, l);
	way = find_way(g, l, width);
	add_others(g, l, width, way);
	give_spare(g, l, width);
}

/* --- printing --- */

static bool new_line(struct pen *pen)
{
	fputc('\n', pen->out);
	pen->at = 0;
	return --pen->lines_left > 0;
}

static void go_to(struct pen *pen, size_t column)
{
	for (; pen->at < column; pen->at++)
		fputc(' ', pen->out);
}

static void write_bytes(struct pen *pen, const char *text, size_t n)
{
	fwrite(text, 1, n, pen->out);
	pen->at += n;
}

/* As many of a list's words as fit, with their comma; one at least. */
static size_t list_chunk(const char *text, size_t room)
{
	size_t n = 0;

	while (text[n]) {
		size_t word = strcspn(text + n, ",");
		size_t end = n + word + (text[n + word] == ',' ? 1 : 0);

		if (n > 0 && end > room)
			break;
		n = end;
	}
	return n;
}

/* Each line at the list's own column; a word that is wider than what is left there begins further to the left. */
static bool write_list(struct pen *pen, size_t column, const char *text)
{
	size_t room = pen->width > column ? pen->width - column : 1;

	for (bool first = true; *text; first = false) {
		size_t n = list_chunk(text, room);
		size_t at = n <= room ? column : pen->width > n ? pen->width - n : 0;

		if ((!first || at != column) && !new_line(pen))
			return false;
		go_to(pen, at);
		write_bytes(pen, text, n);
		text += n;
	}
	return true;
}

static void write_cell(struct pen *pen, enum grid_kind kind, size_t column, size_t width, const char *text)
{
	size_t n = strlen(text);

	go_to(pen, kind == GRID_NUMBER && n < width ? column + width - n : column);
	if (kind == GRID_NAME && n > width) {
		write_bytes(pen, text, width - 1);
		write_bytes(pen, "~", 1);
	} else {
		write_bytes(pen, text, n);
	}
}

/* False when there is no line left. */
static bool write_row(struct pen *pen, const struct grid *g, const struct layout *l, const char *const cells[])
{
	size_t column = 0;

	for (size_t c = 0; c < g->n_columns; c++) {
		if (l->width[c] == 0)
			continue;
		/* The cell before was longer than its column. */
		if (column > 0 && pen->at + GAP > column && !new_line(pen))
			return false;
		if (g->columns[c].kind != GRID_LIST)
			write_cell(pen, g->columns[c].kind, column, l->width[c], cells[c]);
		else if (!write_list(pen, column, cells[c]))
			return false;
		column += l->width[c] + GAP;
	}
	return new_line(pen);
}

static bool write_titles(struct pen *pen, const struct grid *g, const struct layout *l)
{
	const char *titles[GRID_COLUMNS];

	for (size_t c = 0; c < g->n_columns; c++)
		titles[c] = g->columns[c].title;
	return write_row(pen, g, l, titles);
}

bool grid_print(const struct grid *g, FILE *out, size_t width, size_t max_lines)
{
	struct pen pen = {.out = out, .width = width, .lines_left = max_lines};
	struct layout l;

	if (g->failed)
		return false;
	lay_out(g, &l, width);
	if (max_lines == 0 || !write_titles(&pen, g, &l))
		return true;
	for (size_t k = 0; k + g->n_columns <= g->n_cells; k += g->n_columns)
		if (!write_row(&pen, g, &l, (const char *const *)(g->cells + k)))
			break;
	return true;
}
