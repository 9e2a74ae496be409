/* Bytes to a request: whatever comes, and however it is cut. */
#include <criterion/criterion.h>
#include <event2/buffer.h>
#include <stdlib.h>
#include <string.h>

#include "http.h"

static struct http_request request;

static int parse(const char *text)
{
	return http_parse(text, strlen(text), &request);
}

Test(http, knows_get_and_head)
{
	cr_expect_eq(parse("GET /metrics HTTP/1.1\r\nHost: l\r\n\r\n"), 200);
	cr_expect_eq(request.method, HTTP_GET);
	cr_expect_str_eq(request.path, "/metrics");
	cr_expect_not(request.bare);
	cr_expect_not(request.openmetrics);
	cr_expect_eq(parse("HEAD / HTTP/1.0\r\n\r\n"), 200);
	cr_expect_eq(request.method, HTTP_HEAD);
	cr_expect_str_eq(request.path, "/");
}

Test(http, answers_a_line_without_version_at_once)
{
	cr_expect_eq(parse("GET /metrics\n"), 200);
	cr_expect(request.bare);
	cr_expect_str_eq(request.path, "/metrics");
	cr_expect_eq(parse("GET /metrics \r\n"), 200);
	cr_expect(request.bare);
	cr_expect_eq(parse("GET /metrics"), 0, "its end may still come");
}

Test(http, passes_over_empty_lines_before_a_request)
{
	cr_expect_eq(parse("\r\n\n\r\nGET / HTTP/1.1\r\n\r\n"), 200);
	cr_expect_eq(parse("\r\n\r\n"), 0);
}

struct wrong {
	const char *text;
	int status;
};

Test(http, says_what_is_wrong)
{
	static const struct wrong wrongs[] = {
		{"POST / HTTP/1.1\r\n\r\n", 405},
		{"get / HTTP/1.1\r\n\r\n", 405},
		{"DELETE /metrics\n", 405},
		{"GET / HTTP/2.0\r\n\r\n", 505},
		{"GET / HTTP/0.9\r\n\r\n", 505},
		{"GET / HTTP/1\r\n\r\n", 400},
		{"GET / HTTP/1x1\r\n\r\n", 400},
		{"GET / SPDY/1.1\r\n\r\n", 400},
		{"GET\n", 400},
		{"GET \n", 400},
		{" / HTTP/1.1\r\n\r\n", 400},
		{"GET metrics HTTP/1.1\r\n\r\n", 400},
		{"GET * HTTP/1.1\r\n\r\n", 400},
		{"GET ?group=239.1.1.1 HTTP/1.1\r\n\r\n", 400},
		{"GET /%zz HTTP/1.1\r\n\r\n", 400},
		{"GET /%1 HTTP/1.1\r\n\r\n", 400},
		{"GET /%00 HTTP/1.1\r\n\r\n", 400},
		{"GET /%\x14\x11 HTTP/1.1\r\n\r\n", 400},
		{"GET /diagnose?group=%g1 HTTP/1.1\r\n\r\n", 400},
	};

	for (size_t k = 0; k < sizeof(wrongs) / sizeof(wrongs[0]); k++)
		cr_expect_eq(parse(wrongs[k].text), wrongs[k].status, "%s", wrongs[k].text);
}

Test(http, decodes_path_and_query)
{
	cr_expect_eq(parse("GET /di%61gnose?x=1&group=ff3e%3A%3a1&source=2001:db8::1&group HTTP/1.1\r\n\r\n"), 200);
	cr_expect_str_eq(request.path, "/diagnose");
	cr_expect_str_eq(request.group, "", "the last one counts");
	cr_expect_str_eq(request.source, "2001:db8::1");
	cr_expect_eq(parse("GET /diagnose?group=ff3e%3A%3a1 HTTP/1.1\r\n\r\n"), 200);
	cr_expect_str_eq(request.group, "ff3e::1");
	cr_expect_str_eq(request.source, "");
}

Test(http, takes_the_absolute_form)
{
	cr_expect_eq(parse("GET http://localhost/json?group=1 HTTP/1.1\r\n\r\n"), 200);
	cr_expect_str_eq(request.path, "/json");
	cr_expect_str_eq(request.group, "1");
	cr_expect_eq(parse("GET HTTP://localhost HTTP/1.1\r\n\r\n"), 200);
	cr_expect_str_eq(request.path, "/");
}

Test(http, gives_openmetrics_to_who_accepts_it)
{
	cr_expect_eq(parse("GET /metrics HTTP/1.1\r\naCCEPT: application/openmetrics-text;version=1.0.0,*/*;q=0.1\r\n\r\n"), 200);
	cr_expect(request.openmetrics);
	cr_expect_eq(parse("GET /metrics HTTP/1.1\r\nX-Accept: application/openmetrics-text\r\nAccept: text/plain\r\n\r\n"), 200);
	cr_expect_not(request.openmetrics);
}

/* A client may send byte by byte: never an answer before the end, and then the same one. */
Test(http, waits_for_the_end_whatever_the_cuts)
{
	static const char text[] = "\r\nGET /diagnose?group=239.1.1.1 HTTP/1.1\r\nAccept: text/plain\r\nHost: l\r\n\r\n";

	for (size_t len = 0; len < sizeof(text) - 1; len++) {
		/* On the heap in its exact length: whoever reads beyond is caught. */
		char *part = malloc(len + 1);

		cr_assert(part);
		memcpy(part, text, len);
		cr_expect_eq(http_parse(part, len, &request), 0, "after %zu bytes", len);
		free(part);
	}
	cr_expect_eq(http_parse(text, sizeof(text) - 1, &request), 200);
	cr_expect_str_eq(request.group, "239.1.1.1");
}

static char *long_text(const char *before, size_t n, const char *after)
{
	char *text = malloc(strlen(before) + n + strlen(after) + 1);
	size_t at = strlen(before);

	cr_assert(text);
	memcpy(text, before, at);
	memset(text + at, 'a', n);
	memcpy(text + at + n, after, strlen(after) + 1);
	return text;
}

static int parse_long(const char *before, size_t n, const char *after)
{
	char *text = long_text(before, n, after);
	int status = parse(text);

	free(text);
	return status;
}

Test(http, refuses_what_is_too_long)
{
	cr_expect_eq(parse_long("GET /", HTTP_MAX_PATH_BYTES, " HTTP/1.1\r\n\r\n"), 414);
	cr_expect_eq(parse_long("GET /", HTTP_MAX_PATH_BYTES - 2, " HTTP/1.1\r\n\r\n"), 200);
	cr_expect_eq(strlen(request.path), HTTP_MAX_PATH_BYTES - 1);
	cr_expect_eq(parse_long("GET /diagnose?group=", HTTP_MAX_PATH_BYTES, "\n"), 400);
	cr_expect_eq(parse_long("GET /diagnose?unknown=", HTTP_MAX_PATH_BYTES, "\n"), 200);
	cr_expect_eq(parse_long("GET / HTTP/1.1\r\nX: ", HTTP_MAX_REQUEST_BYTES, ""), 431);
	cr_expect_eq(parse_long("GET / HTTP/1.1\r\nX: ", HTTP_MAX_REQUEST_BYTES, "\r\n"), 431);
	cr_expect_eq(parse_long("", HTTP_MAX_REQUEST_BYTES, ""), 431);
	cr_expect_eq(parse_long("", HTTP_MAX_REQUEST_BYTES - 1, ""), 0);
}

Test(http, takes_no_byte_for_the_end)
{
	static const char text[] = "GET /\0metrics HTTP/1.1\r\n\r\n";

	cr_expect_eq(http_parse(text, sizeof(text) - 1, &request), 400);
}

Test(http, says_at_the_head_what_follows)
{
	struct evbuffer *out = evbuffer_new();
	static const char nothing[] = "";
	const char *text;

	cr_assert(out);
	http_head(out, 405, "text/plain");
	evbuffer_add(out, nothing, 1);
	text = (const char *)evbuffer_pullup(out, -1);
	cr_expect_eq(strncmp(text, "HTTP/1.1 405 Method Not Allowed\r\n", 33), 0);
	cr_expect(strstr(text, "Allow: GET, HEAD\r\n"));
	cr_expect(strstr(text, "Content-Type: text/plain\r\n"));
	cr_expect(strstr(text, "\r\n\r\n"));
	evbuffer_free(out);
}
