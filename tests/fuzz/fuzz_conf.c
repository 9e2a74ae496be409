/*
 * Any bytes as a configuration: no crash, no leak, no hang; and what is taken prints
 * as something that is taken and prints the same.
 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "parser.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ignore_line(void *ctx, bool is_error, const struct place *at, const char *line)
{
	(void)ctx;
	(void)is_error;
	(void)at;
	/* A line of words, no more and no less. */
	if (strchr(line, '\n') != NULL || strchr(line, ':') == NULL)
		abort();
}

/* The machine's own files are none of the fuzzer's business. */
static int open_nothing(void *ctx, const char *path, const char **why)
{
	(void)ctx;
	(void)path;
	(void)why;
	errno = ENOENT;
	return -1;
}

static char *print(const struct conf *conf, size_t *len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, len);

	if (out == NULL)
		abort();
	conf_print(conf, out);
	fclose(out);
	return text;
}

static void check_printed(const struct conf *conf, const struct conf_options *options)
{
	size_t len, again_len;
	char *text = print(conf, &len), *again_text;
	struct conf *again = parser_parse_memory("printed", text, len, options);

	if (again == NULL)
		abort();
	again_text = print(again, &again_len);
	if (len != again_len || memcmp(text, again_text, len) != 0)
		abort();
	conf_free(again);
	free(again_text);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct conf_macro macros[] = {{"fuzz", "interface em0 { downstream }"}};
	const struct conf_options options = {
		.macros = macros, .n_macros = 1, .report = ignore_line, .open = open_nothing};
	struct conf *conf = parser_parse_memory("fuzz", (const char *)data, size, &options);

	if (conf != NULL) {
		check_printed(conf, &options);
		conf_find(conf, "em0", false);
	}
	conf_free(conf);
	return 0;
}
