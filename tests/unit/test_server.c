/* The socket's places: who is counted as refused. What clients say and do is tests/netns/t/stats-*.sh's. */
#include <criterion/criterion.h>
#include <event2/event.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "describe.h"
#include "server.h"
#include "shown.h"

enum { CLIENTS = SERVER_MAX_CLIENTS + 1 };

struct service {
	struct event_base *base;
	struct server *server;
	struct shown *shown;
	struct sockaddr_un address; /* in no directory (unix(7), abstract) */
	int clients[CLIENTS];
};

static void begin(struct service *s, struct shown *shown)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	*s = (struct service){.shown = shown, .address = {.sun_family = AF_UNIX}};
	snprintf(s->address.sun_path + 1, sizeof(s->address.sun_path) - 1, "test-server-%ld", (long)getpid());
	cr_assert_eq(bind(fd, (const struct sockaddr *)&s->address, sizeof(s->address)), 0);
	cr_assert_eq(listen(fd, CLIENTS), 0);
	s->base = event_base_new();
	s->server = server_new(s->base, &shown->stats);
	cr_assert(server_listen(s->server, fd));
}

static void end(struct service *s)
{
	server_free(s->server);
	event_base_free(s->base);
}

static void connect_one(struct service *s, int k)
{
	s->clients[k] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	cr_assert_eq(connect(s->clients[k], (const struct sockaddr *)&s->address, sizeof(s->address)), 0);
}

enum { A_LOOK = 1100 }; /* clients are looked after once a second */

/* All that the loop has to do, after so long; clients that say nothing may stay for five seconds. */
static void turn(struct service *s, int64_t ms)
{
	s->shown->stats.now = mtime_after(s->shown->stats.now, mspan_ms(ms));
	event_base_loop(s->base, EVLOOP_NONBLOCK);
	server_work(s->server);
	event_base_loop(s->base, EVLOOP_NONBLOCK);
}

Test(server, counts_a_refusal_when_somebody_finds_no_place)
{
	struct world *w = world_new(FAMILY_IPV4);
	struct shown shown;
	struct service s;

	shown_begin(&shown, w, 1);
	begin(&s, &shown);
	for (int k = 0; k < SERVER_MAX_CLIENTS; k++)
		connect_one(&s, k);
	turn(&s, A_LOOK);
	cr_expect_eq(shown.stats.clients_refused, 0, "all places are taken, and nobody else came");
	connect_one(&s, SERVER_MAX_CLIENTS);
	turn(&s, A_LOOK);
	turn(&s, A_LOOK);
	cr_expect_eq(shown.stats.clients_refused, 1, "one who waits is refused once, however long he does");
	close(s.clients[0]);
	turn(&s, 0);
	close(s.clients[1]);
	turn(&s, 0);
	connect_one(&s, 0);
	turn(&s, 0);
	cr_expect_eq(shown.stats.clients_refused, 1, "he has the place of one who went, and so has another");
	connect_one(&s, 1);
	turn(&s, A_LOOK);
	cr_expect_eq(shown.stats.clients_refused, 2, "another time");
	for (int k = 0; k < CLIENTS; k++)
		close(s.clients[k]);
	end(&s);
	shown_end(&shown);
	world_end(w);
}

/* More than a client's buffers hold, his and the kernel's. */
static void tell_a_lot(struct service *s)
{
	const struct atom atom = {.key = "word", .kind = ATOM_WORD, .word = "much"};

	for (int k = 0; k < 20000; k++) {
		feed_tell(&s->shown->stats.feed, 0, "something", &atom, 1);
		if (k % 500 == 0)
			turn(s, 0);
	}
}

/* What waits to be read there; false: nothing. */
static bool read_some(int fd)
{
	char bytes[65536];

	return recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0;
}

static bool is_let_go(int fd)
{
	struct pollfd p = {.fd = fd};

	return poll(&p, 1, 0) == 1 && (p.revents & POLLHUP);
}

Test(server, lets_go_of_a_listener_who_reads_nothing)
{
	static const char request[] = "GET /events\n";
	struct world *w = world_new(FAMILY_IPV4);
	struct shown shown;
	struct service s;

	shown_begin(&shown, w, 1);
	begin(&s, &shown);
	for (int k = 0; k < 2; k++) {
		connect_one(&s, k);
		cr_assert_eq(write(s.clients[k], request, strlen(request)), (ssize_t)strlen(request));
	}
	turn(&s, 0);
	tell_a_lot(&s);
	cr_expect_gt(shown.stats.feed.dropped, 0, "neither has room for all");
	turn(&s, A_LOOK);
	while (read_some(s.clients[1]))
		turn(&s, 0);
	for (int second = 0; second < 58; second++)
		turn(&s, 1000);
	cr_expect_not(is_let_go(s.clients[0]), "who pauses has a minute");
	turn(&s, 2 * A_LOOK);
	cr_expect(is_let_go(s.clients[0]));
	cr_expect_not(is_let_go(s.clients[1]), "who reads may stay");
	end(&s);
	for (int k = 0; k < 2; k++)
		close(s.clients[k]);
	shown_end(&shown);
	world_end(w);
}
