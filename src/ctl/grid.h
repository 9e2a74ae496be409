/*
 * A table of text that fits the terminal. The columns of rank 0 are always there; the
 * others come in by rank as far as there is room, and not at all when nothing is in them.
 * Addresses are never cut: so that the useful columns fit, names of interfaces are
 * shortened first, and then an address that is longer than its column takes the line,
 * and the rest of its row goes below.
 */
#ifndef CTL_GRID_H
#define CTL_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum {
	GRID_COLUMNS = 20,
	GRID_IF_ANY = -1,     /* a rank: as 0, if there is something in it */
	GRID_USEFUL_RANK = 2 /* up to here something is shortened or wrapped to show them */
};

enum grid_kind {
	GRID_WORD,   /* as wide as it is */
	GRID_NUMBER, /* the same, to the right */
	GRID_NAME,   /* of an interface: may be shortened, with a ~ */
	GRID_ADDR,   /* may be longer than its column */
	GRID_LIST    /* words with commas, the last column: goes on below itself */
};

struct grid_column {
	const char *title;
	enum grid_kind kind;
	int rank;
};

struct grid {
	const struct grid_column *columns; /* borrowed */
	size_t n_columns;
	char **cells; /* row by row */
	size_t n_cells, room;
	bool failed; /* memory was short: nothing is printed */
};

void grid_init(struct grid *g, const struct grid_column *columns, size_t n_columns);
void grid_fini(struct grid *g);

/* The next cell of the row, or the first of the next row. Copied, made harmless; NULL: "-". */
void grid_put(struct grid *g, const char *cell);
void grid_printf(struct grid *g, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* width: of the terminal. At most max_lines lines in all, with the titles. False when memory was short. */
bool grid_print(const struct grid *g, FILE *out, size_t width, size_t max_lines);

#endif
