/* The other end is a process of the test's own; its socket lies in a folder that the test makes. */
#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "answer.h"
#include "channel.h"

static char folder[] = "/tmp/test-channel.XXXXXX";
static char path[64];
static pid_t server;

#define HEAD "HTTP/1.1 200 OK\r\n\r\n"

/* Accepts one client, reads his question, says the words once and the filling so often, and keeps the connection or not. */
static void serve(int listener, const char *words, const char *filling, size_t times, bool keep)
{
	char question[512];
	int fd = accept(listener, NULL, NULL);

	if (fd == -1 || read(fd, question, sizeof(question)) <= 0)
		_exit(1);
	if (write(fd, words, strlen(words)) < 0)
		_exit(0);
	for (size_t k = 0; k < times; k++)
		if (write(fd, filling, strlen(filling)) < 0)
			_exit(0);
	if (keep)
		pause();
	_exit(0);
}

static void start(const char *words, const char *filling, size_t times, bool keep)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);

	cr_redirect_stderr();
	cr_assert(mkdtemp(folder) != NULL);
	snprintf(path, sizeof(path), "%s/s", folder);
	memcpy(address.sun_path, path, strlen(path) + 1);
	cr_assert_eq(bind(listener, (const struct sockaddr *)&address, sizeof(address)), 0);
	cr_assert_eq(listen(listener, 1), 0);
	signal(SIGPIPE, SIG_IGN);
	server = fork();
	cr_assert_neq(server, -1);
	if (server == 0)
		serve(listener, words, filling, times, keep);
	close(listener);
}

static void stop(void)
{
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	unlink(path);
	rmdir(folder);
}

#define TEST(name) Test(channel, name, .fini = stop, .timeout = 60)

TEST(gives_the_body_that_came_with_the_head_and_after_it)
{
	struct channel c;
	char body[8] = "";
	ssize_t n;
	size_t sum = 0;

	start("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nabcdef", "", 0, false);
	channel_init(&c, 5000, NULL);
	cr_assert(channel_ask(&c, path, "/x"));
	cr_expect_eq(c.status, 200);
	while ((n = channel_read(&c, body + sum, 2)) > 0)
		sum += (size_t)n;
	cr_expect_eq(n, 0);
	cr_expect_str_eq(body, "abcdef");
	channel_close(&c);
}

TEST(gives_up_who_says_nothing)
{
	struct channel c;

	start("", "", 0, true);
	channel_init(&c, 100, NULL);
	cr_expect_not(channel_ask(&c, path, "/x"));
	cr_expect_eq(c.fd, -1);
}

TEST(gives_up_who_stops_in_the_middle)
{
	struct channel c;
	char body[8];

	start(HEAD "abc", "", 0, true);
	channel_init(&c, 100, NULL);
	cr_assert(channel_ask(&c, path, "/x"));
	cr_expect_eq(channel_read(&c, body, sizeof(body)), 3);
	cr_expect_eq(channel_read(&c, body, sizeof(body)), -1);
	cr_expect_not(c.interrupted);
	channel_close(&c);
}

TEST(reads_no_head_without_end)
{
	struct channel c;

	start("HTTP/1.1 200 OK\r\nX: ", "x", CHANNEL_HEAD_BYTES, true);
	channel_init(&c, 5000, NULL);
	cr_expect_not(channel_ask(&c, path, "/x"));
}

static void arrive(int signal)
{
	(void)signal;
}

TEST(a_held_signal_ends_the_wait_without_a_word)
{
	const struct sigaction action = {.sa_handler = arrive};
	sigset_t held, before;
	struct channel c;

	start("", "", 0, true);
	sigemptyset(&held);
	sigaddset(&held, SIGUSR1);
	sigaction(SIGUSR1, &action, NULL);
	sigprocmask(SIG_BLOCK, &held, &before);
	raise(SIGUSR1);
	channel_init(&c, CHANNEL_NO_LIMIT_MS, &before);
	cr_expect_not(channel_ask(&c, path, "/x"));
	cr_expect(c.interrupted);
}

TEST(an_answer_without_end_is_given_up)
{
	static char blanks[1 << 20];
	struct errand errand = {.socket = path, .families = {true, true}};

	memset(blanks, ' ', sizeof(blanks) - 1);
	start(HEAD, blanks, SIZE_MAX, false);
	cr_expect(answer_get(&errand, "/json", NULL) == NULL);
}
