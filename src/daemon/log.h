/*
 * Where the daemon's words go: stderr in the foreground, else syslog, by a sender of
 * our own, because syslog(3) cannot connect again from a chroot. One per process. Where
 * stderr leads to systemd's journal, lines have the level that it reads, and not our name,
 * which it knows.
 */
#ifndef DAEMON_LOG_H
#define DAEMON_LOG_H

#include <stdbool.h>
#include <stdint.h>

/* Before anything is logged; to stderr. verbose: 0 shows up to LOG_INFO, more shows LOG_DEBUG too. Ignores SIGPIPE. */
void log_init(int verbose);

/*
 * From now on to syslog. Before chroot: keeps the directory of /dev/log (links
 * resolved) open, so that the sender can connect from inside, when syslogd starts
 * after us, and again after a restart of it.
 */
void log_use_syslog(void);

/* Lines less urgent than this are not shown. */
int log_max_priority(void);

/* A whole line at one of syslog's levels. */
void log_line(int priority, const char *line);

/* The same as a sink with a ctx that is not used. */
void log_to(void *ctx, int priority, const char *line);

void log_printf(int priority, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Lines of one of syslog's levels since the start, those that were not shown included. */
uint64_t log_count(int priority);

/* Lines that syslogd did not take, since the start. */
uint64_t log_lost(void);

#endif
