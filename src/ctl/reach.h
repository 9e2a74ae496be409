/* Why the daemon's socket cannot be reached, in words that say what to do about it. */
#ifndef CTL_REACH_H
#define CTL_REACH_H

/* error is what connect(2) said of the socket; writes to stderr. */
void reach_explain(const char *socket, int error);

#endif
