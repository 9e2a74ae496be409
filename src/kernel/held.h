/*
 * Who may hold the kernel's multicast routing: Linux does not tell, it only says
 * EADDRINUSE. What can be seen is which processes of this network namespace have
 * a raw socket of the right protocol open, as far as this /proc shows them.
 */
#ifndef KERNEL_HELD_H
#define KERNEL_HELD_H

#include <stddef.h>

/*
 * Writes the candidates, "pimd (process 812), FRR's pim6d (process 900)", cut to
 * what fits, or "" when none can be seen. raw_sockets is /proc/net/raw or raw6.
 * The caller's own sockets of this kind are closed, or it is a candidate itself.
 */
void held_candidates(const char *raw_sockets, int protocol, char *text, size_t text_bytes);

/* "net:[4026531840]", or "unknown". */
void held_namespace(char *text, size_t text_bytes);

#endif
