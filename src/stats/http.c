#include "http.h"

#include <event2/buffer.h>
#include <string.h>
#include <strings.h>

/* A run of bytes in the request. */
struct slice {
	const char *at;
	size_t len;
};

static bool equals(struct slice s, const char *text)
{
	return s.len == strlen(text) && memcmp(s.at, text, s.len) == 0;
}

/* Cuts off and returns what stands before the first of these bytes; what is left begins behind it. */
static struct slice cut(struct slice *from, char at)
{
	const char *found = memchr(from->at, at, from->len);
	struct slice head = {from->at, found ? (size_t)(found - from->at) : from->len};
	size_t used = head.len + (found ? 1 : 0);

	from->at += used;
	from->len -= used;
	return head;
}

/* RFC 9112 section 2.2: a lone LF ends a line too. */
static struct slice cut_line(struct slice *from)
{
	struct slice line = cut(from, '\n');

	if (line.len > 0 && line.at[line.len - 1] == '\r')
		line.len--;
	return line;
}

static struct slice trim(struct slice s)
{
	while (s.len > 0 && (*s.at == ' ' || *s.at == '\t')) {
		s.at++;
		s.len--;
	}
	while (s.len > 0 && (s.at[s.len - 1] == ' ' || s.at[s.len - 1] == '\t'))
		s.len--;
	return s;
}

/* --- the target --- */

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	const char *at = c ? strchr(digits, c) : NULL;
	int value = at ? (int)(at - digits) : -1;

	return value < 16 ? value : value - 6;
}

/* RFC 3986 section 2.1. False: not a target, or longer than any that we have. */
static bool decode(struct slice s, char out[static HTTP_MAX_PATH_BYTES])
{
	size_t n = 0;

	while (s.len > 0) {
		char c = *s.at;

		if (c == '%') {
			int high = s.len > 2 ? hex_digit(s.at[1]) : -1;
			int low = s.len > 2 ? hex_digit(s.at[2]) : -1;

			if (high < 0 || low < 0)
				return false;
			c = (char)(high * 16 + low);
			s.at += 2;
			s.len -= 2;
		}
		if (c == '\0' || n + 1 >= HTTP_MAX_PATH_BYTES)
			return false;
		out[n++] = c;
		s.at++;
		s.len--;
	}
	out[n] = '\0';
	return true;
}

/* Parameters that nobody knows are passed over, as everywhere on the web. */
static bool parse_query(struct slice query, struct http_request *request)
{
	while (query.len > 0) {
		struct slice value = cut(&query, '&');
		struct slice name = cut(&value, '=');

		if (equals(name, "group") && !decode(value, request->group))
			return false;
		if (equals(name, "source") && !decode(value, request->source))
			return false;
	}
	return true;
}

/* RFC 9112 section 3.2: the origin form, or the absolute one of a client that thinks we are a proxy. */
static int parse_target(struct slice target, struct http_request *request)
{
	static const char scheme[] = "http://";
	struct slice path;

	if (target.len >= sizeof(scheme) - 1 && strncasecmp(target.at, scheme, sizeof(scheme) - 1) == 0) {
		const char *slash = memchr(target.at + sizeof(scheme) - 1, '/', target.len - (sizeof(scheme) - 1));

		target = slash ? (struct slice){slash, target.len - (size_t)(slash - target.at)} : (struct slice){"/", 1};
	}
	path = cut(&target, '?');
	if (path.len == 0 || *path.at != '/')
		return 400;
	if (path.len >= HTTP_MAX_PATH_BYTES)
		return 414;
	return decode(path, request->path) && parse_query(target, request) ? 200 : 400;
}

/* --- the lines --- */

static int parse_version(struct slice version, struct http_request *request)
{
	request->bare = version.len == 0;
	if (request->bare)
		return 200;
	if (version.len != 8 || memcmp(version.at, "HTTP/", 5) != 0 || version.at[6] != '.')
		return 400;
	return version.at[5] == '1' ? 200 : 505;
}

static int parse_request_line(struct slice line, struct http_request *request)
{
	struct slice method = cut(&line, ' ');
	struct slice target = cut(&line, ' ');
	int status = parse_version(trim(line), request);

	if (status != 200)
		return status;
	if (method.len == 0 || target.len == 0)
		return 400;
	if (equals(method, "HEAD"))
		request->method = HTTP_HEAD;
	else if (!equals(method, "GET"))
		return 405;
	return parse_target(target, request);
}

static bool contains(struct slice s, const char *text)
{
	return memmem(s.at, s.len, text, strlen(text)) != NULL;
}

/* The only header that changes an answer; the others are for servers that do more. */
static void parse_header(struct slice line, struct http_request *request)
{
	struct slice name = cut(&line, ':');

	if (name.len == 6 && strncasecmp(name.at, "Accept", 6) == 0 && contains(line, "application/openmetrics-text"))
		request->openmetrics = true;
}

static int parse_headers(struct slice rest, struct http_request *request)
{
	while (rest.len > 0) {
		bool whole = memchr(rest.at, '\n', rest.len) != NULL;
		struct slice line = cut_line(&rest);

		if (!whole)
			return 0;
		if (line.len == 0)
			return 200;
		parse_header(line, request);
	}
	return 0;
}

int http_parse(const char *bytes, size_t len, struct http_request *request)
{
	struct slice rest = {bytes, len};
	int status;

	*request = (struct http_request){.method = HTTP_GET};
	/* RFC 9112 section 2.2: empty lines before a request are to be ignored. */
	while (rest.len > 0 && (*rest.at == '\r' || *rest.at == '\n')) {
		rest.at++;
		rest.len--;
	}
	if (!memchr(rest.at, '\n', rest.len))
		return len >= HTTP_MAX_REQUEST_BYTES ? 431 : 0;
	status = parse_request_line(cut_line(&rest), request);
	if (status != 200 || request->bare)
		return status;
	status = parse_headers(rest, request);
	return status == 0 && len >= HTTP_MAX_REQUEST_BYTES ? 431 : status;
}

/* --- the answer --- */

const char *http_reason_phrase(int status)
{
	static const struct {
		int status;
		const char *phrase;
	} phrases[] = {
		{200, "OK"},
		{400, "Bad Request"},
		{404, "Not Found"},
		{405, "Method Not Allowed"},
		{414, "URI Too Long"},
		{431, "Request Header Fields Too Large"},
		{503, "Service Unavailable"},
		{505, "HTTP Version Not Supported"},
	};

	for (size_t k = 0; k < sizeof(phrases) / sizeof(phrases[0]); k++)
		if (phrases[k].status == status)
			return phrases[k].phrase;
	return "Error";
}

void http_head(struct evbuffer *out, int status, const char *content_type)
{
	evbuffer_add_printf(out,
			    "HTTP/1.1 %d %s\r\n"
			    "Content-Type: %s\r\n"
			    "%s"
			    "Cache-Control: no-store\r\n"
			    "Connection: close\r\n\r\n",
			    status, http_reason_phrase(status), content_type,
			    status == 405 ? "Allow: GET, HEAD\r\n" : "");
}
