/*
 * Words of others for a terminal. Interface names, paths and texts come from the
 * daemon, which has some of them from the network's neighbours; a control character in
 * one could rewrite the screen or, on some terminals, type commands.
 */
#ifndef CTL_HARMLESS_H
#define CTL_HARMLESS_H

#include <stddef.h>

enum { HARMLESS_WORD_BYTES = 256 };

/* text with every byte that is not printable ASCII as \ooo, cut off at the end of out; returns out. */
const char *harmless(const char *text, char *out, size_t size);

#endif
