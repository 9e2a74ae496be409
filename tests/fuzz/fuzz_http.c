/*
 * What anybody who may open the socket can send: the parser never reads beyond, never
 * changes its mind about bytes it has judged, and what it takes is within its bounds.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "http.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static bool ends_within(const char *text)
{
	return memchr(text, '\0', HTTP_MAX_PATH_BYTES) != NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_request whole, part;
	int status = http_parse((const char *)data, size, &whole);

	require(status == 0 || status == 200 || status == 400 || status == 405 || status == 414 || status == 431 ||
		status == 505);
	require(status != 0 || size < HTTP_MAX_REQUEST_BYTES);
	require(status != 200 ||
		(*whole.path == '/' && ends_within(whole.path) && ends_within(whole.group) && ends_within(whole.source)));
	for (size_t len = 0; len < size; len++) {
		char *copy = malloc(len + 1);
		int earlier;

		require(copy != NULL);
		memcpy(copy, data, len);
		earlier = http_parse(copy, len, &part);
		free(copy);
		if (earlier == 0)
			continue;
		require(earlier == status || earlier == 431);
		break;
	}
	return 0;
}
