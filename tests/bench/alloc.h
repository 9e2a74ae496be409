/*
 * What is allocated now, in bytes that malloc_usable_size() admits to: the program is
 * linked with --wrap for malloc and its kin, so only its own objects and libraries
 * that are linked into it are counted.
 */
#ifndef BENCH_ALLOC_H
#define BENCH_ALLOC_H

#include <stdbool.h>
#include <stddef.h>

/* Off by default, so that counting instructions does not count this too. */
void alloc_watch(bool on);
size_t alloc_live(void);

#endif
