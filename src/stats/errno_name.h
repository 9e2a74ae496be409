/* The names of errnos, as the manuals have them: for logs, labels and JSON. */
#ifndef STATS_ERRNO_NAME_H
#define STATS_ERRNO_NAME_H

/* "ENOBUFS"; NULL for what sockets do not give. */
const char *errno_name(int error);

enum { ERRNO_STRLEN = 16 };

/* The same, and its number where it has no name of ours; "" for 0. May be the buffer or not. */
const char *errno_text(int error, char text[static ERRNO_STRLEN]);

#endif
