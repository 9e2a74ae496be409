#include "channel.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "harmless.h"
#include "reach.h"

/* A daemon that is alive accepts at once; its backlog is full only if it hangs. */
enum { CONNECT_SECONDS = 5 };

void channel_init(struct channel *c, int patience_ms, const sigset_t *unblocked)
{
	*c = (struct channel){.fd = -1, .patience_ms = patience_ms, .unblocked = unblocked};
}

void channel_close(struct channel *c)
{
	if (c->fd != -1)
		close(c->fd);
	c->fd = -1;
}

/* --- connecting --- */

static bool make_address(const char *socket, struct sockaddr_un *address)
{
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (strlen(socket) >= sizeof(address->sun_path)) {
		fprintf(stderr, "mcast-proxyctl: %s: longer than the %zu bytes of a socket's path\n", socket,
			sizeof(address->sun_path) - 1);
		return false;
	}
	memcpy(address->sun_path, socket, strlen(socket));
	return true;
}

static bool connect_to(struct channel *c, const char *path)
{
	const struct timeval limit = {.tv_sec = CONNECT_SECONDS};
	struct sockaddr_un address;

	if (!make_address(path, &address))
		return false;
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	/* A blocking connect, and the question, wait no longer than this. */
	if (c->fd == -1 || setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) != 0) {
		fprintf(stderr, "mcast-proxyctl: cannot make a socket: %s\n", strerror(errno));
		return false;
	}
	if (connect(c->fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return true;
	reach_explain(path, errno);
	return false;
}

/* The longest question fits any socket's buffer, so it goes in one piece. */
static bool send_question(struct channel *c, const char *path)
{
	char question[512];
	int n = snprintf(question, sizeof(question), "GET %s HTTP/1.0\r\n\r\n", path);

	if (n >= 0 && (size_t)n < sizeof(question) && send(c->fd, question, (size_t)n, MSG_NOSIGNAL) == n)
		return true;
	fprintf(stderr, "mcast-proxyctl: the daemon hung up: %s\n", strerror(errno));
	return false;
}

/* --- reading --- */

/* 1: there is something to read; 0: not in time; -1: a signal came, or worse. */
static int wait_readable(const struct channel *c)
{
	const struct timespec limit = {.tv_sec = c->patience_ms / 1000, .tv_nsec = c->patience_ms % 1000 * 1000000L};
	struct pollfd poll_fd = {.fd = c->fd, .events = POLLIN};

	return ppoll(&poll_fd, 1, c->patience_ms == CHANNEL_NO_LIMIT_MS ? NULL : &limit, c->unblocked);
}

static ssize_t read_more(struct channel *c, void *bytes, size_t size)
{
	int ready = wait_readable(c);
	ssize_t n = ready > 0 ? read(c->fd, bytes, size) : -1;

	if (n >= 0)
		return n;
	c->interrupted = ready == -1 && errno == EINTR;
	if (ready == 0)
		fprintf(stderr, "mcast-proxyctl: the daemon said nothing for %d seconds\n", c->patience_ms / 1000);
	else if (!c->interrupted)
		fprintf(stderr, "mcast-proxyctl: the daemon hung up: %s\n", strerror(errno));
	return -1;
}

/* "HTTP/1.1 200 OK" and lines that do not matter, to an empty one. 0: not whole yet. */
static size_t find_head_end(const struct channel *c)
{
	const char *end = memmem(c->head, c->head_bytes, "\r\n\r\n", 4);

	return end ? (size_t)(end - c->head) + 4 : 0;
}

static bool parse_status(struct channel *c)
{
	char digits[4] = "";

	if (c->body_at < sizeof("HTTP/1.x 200") || memcmp(c->head, "HTTP/1.", 7) != 0 || c->head[8] != ' ')
		return false;
	memcpy(digits, c->head + 9, 3);
	c->status = atoi(digits);
	return c->status >= 100;
}

static bool read_head(struct channel *c)
{
	while (c->body_at == 0 && c->head_bytes < sizeof(c->head)) {
		ssize_t n = read_more(c, c->head + c->head_bytes, sizeof(c->head) - c->head_bytes);

		if (n < 0)
			return false;
		if (n == 0)
			break;
		c->head_bytes += (size_t)n;
		c->body_at = find_head_end(c);
	}
	if (c->body_at > 0 && parse_status(c))
		return true;
	fprintf(stderr, "mcast-proxyctl: what answers there does not speak HTTP; is it the socket of mcast-proxy?\n");
	return false;
}

bool channel_ask(struct channel *c, const char *socket, const char *path)
{
	if (connect_to(c, socket) && send_question(c, path) && read_head(c))
		return true;
	channel_close(c);
	return false;
}

ssize_t channel_read(struct channel *c, void *bytes, size_t size)
{
	size_t left = c->head_bytes - c->body_at;

	if (left == 0)
		return read_more(c, bytes, size);
	if (left > size)
		left = size;
	memcpy(bytes, c->head + c->body_at, left);
	c->body_at += left;
	return (ssize_t)left;
}

void channel_first_line(struct channel *c, char *line, size_t size)
{
	char text[HARMLESS_WORD_BYTES];
	size_t used = 0;
	ssize_t n;

	while (used < sizeof(text) - 1 && (n = channel_read(c, text + used, sizeof(text) - 1 - used)) > 0)
		used += (size_t)n;
	text[used] = '\0';
	text[strcspn(text, "\r\n")] = '\0';
	harmless(text, line, size);
}

void channel_complain(struct channel *c, const char *path)
{
	char line[HARMLESS_WORD_BYTES];

	channel_first_line(c, line, sizeof(line));
	fprintf(stderr, "mcast-proxyctl: the daemon refuses %s: %d%s%s\n", path, c->status, *line ? " " : "", line);
}
