/*
 * A terminal that is drawn on again and again: keys come one by one and are not
 * echoed, the cursor is hidden, and all of it is as before at the end, also when a
 * signal ends the program. Without a terminal nothing is done but waiting.
 */
#ifndef CTL_KEYBOARD_H
#define CTL_KEYBOARD_H

#include <signal.h>
#include <stdbool.h>
#include <termios.h>

struct keyboard {
	bool screen; /* standard output is a terminal: draw in place */
	bool keys;   /* standard input is one, too */
	struct termios before;
	sigset_t unblocked; /* for whoever waits: the signals that are held back otherwise */
};

/* From here on SIGINT, SIGTERM and SIGHUP arrive only while somebody waits with unblocked. */
void keyboard_take(struct keyboard *k);
void keyboard_give_back(struct keyboard *k);

/* True after so many seconds; false when the user wants to end it, by q or by a signal. */
bool keyboard_wait(const struct keyboard *k, double seconds);

#endif
