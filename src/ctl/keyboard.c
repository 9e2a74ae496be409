#include "keyboard.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define HIDE_CURSOR "\033[?25l"
#define SHOW_CURSOR "\033[?25h"

/* The signal has ended a wait by arriving; that is all it is for. */
static void arrive(int signal)
{
	(void)signal;
}

static void hold_signals(struct keyboard *k)
{
	static const int ends[] = {SIGINT, SIGTERM, SIGHUP};
	const struct sigaction action = {.sa_handler = arrive};
	sigset_t blocked;

	sigemptyset(&blocked);
	for (size_t n = 0; n < sizeof(ends) / sizeof(ends[0]); n++) {
		sigaddset(&blocked, ends[n]);
		sigaction(ends[n], &action, NULL);
	}
	sigprocmask(SIG_BLOCK, &blocked, &k->unblocked);
}

void keyboard_take(struct keyboard *k)
{
	*k = (struct keyboard){.screen = isatty(STDOUT_FILENO) == 1};
	hold_signals(k);
	if (k->screen && tcgetattr(STDIN_FILENO, &k->before) == 0) {
		struct termios raw = k->before;

		raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
		k->keys = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
	}
	if (k->screen)
		fputs(HIDE_CURSOR, stdout);
}

void keyboard_give_back(struct keyboard *k)
{
	if (k->keys)
		tcsetattr(STDIN_FILENO, TCSANOW, &k->before);
	if (k->screen) {
		fputs(SHOW_CURSOR, stdout);
		fflush(stdout);
	}
}

static double now_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Also when the terminal is gone. */
static bool is_end_key(void)
{
	char key;

	return read(STDIN_FILENO, &key, 1) != 1 || key == 'q' || key == 'Q' || key == 4;
}

bool keyboard_wait(const struct keyboard *k, double seconds)
{
	double end = now_seconds() + seconds, left;

	while ((left = end - now_seconds()) > 0) {
		struct timespec limit = {.tv_sec = (time_t)left};
		struct pollfd keys = {.fd = STDIN_FILENO, .events = POLLIN};
		int ready;

		limit.tv_nsec = (long)((left - (double)limit.tv_sec) * 1e9);
		ready = ppoll(&keys, k->keys ? 1 : 0, &limit, &k->unblocked);
		if (ready == -1 || (ready > 0 && is_end_key()))
			return false;
	}
	return true;
}
