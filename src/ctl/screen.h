/* The size of what is written to. */
#ifndef CTL_SCREEN_H
#define CTL_SCREEN_H

#include <stddef.h>

struct screen_size {
	size_t width, height;
};

/*
 * Of the terminal on standard output; COLUMNS, if set, says the width instead. What is no
 * terminal is 80 wide, and of any height.
 */
struct screen_size screen_size(void);

#endif
