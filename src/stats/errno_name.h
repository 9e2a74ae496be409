/* The names of errnos, as the manuals have them: for logs, labels and JSON. */
#ifndef STATS_ERRNO_NAME_H
#define STATS_ERRNO_NAME_H

/* "ENOBUFS"; NULL for what sockets do not give. */
const char *errno_name(int error);

#endif
