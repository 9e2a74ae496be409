#include "screen.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { DEFAULT_WIDTH = 80, LEAST_WIDTH = 20, MOST_WIDTH = 10000 };

static size_t width_of_environment(void)
{
	const char *text = getenv("COLUMNS");
	char *end = NULL;
	long width = text ? strtol(text, &end, 10) : 0;

	return text && *end == '\0' && width >= LEAST_WIDTH && width <= MOST_WIDTH ? (size_t)width : 0;
}

struct screen_size screen_size(void)
{
	struct screen_size size = {DEFAULT_WIDTH, SIZE_MAX};
	size_t width = width_of_environment();
	struct winsize window;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col >= LEAST_WIDTH && window.ws_row > 1)
		size = (struct screen_size){window.ws_col, window.ws_row};
	if (width > 0)
		size.width = width;
	return size;
}
