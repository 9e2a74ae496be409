/*
 * Blocks, opened and closed: where options go in between. At most one is open, and
 * none at the end of a file. Blocks do not nest; one that begins inside of another
 * means that a '}' was forgotten.
 */
#ifndef CONF_BLOCKS_H
#define CONF_BLOCKS_H

struct parser;
struct place;
struct word;

/* name NULL: the head was wrong, and that has been told; its options are read for their errors. */
void blocks_open_interface(struct parser *p, const struct place *at, const struct word *name);

/* Any other block: stats. The contents of one that nobody knows are skipped. */
void blocks_open(struct parser *p, const struct word *name);
void blocks_close(struct parser *p);

/* Another block begins, or the file ends, before the '}' of this one: told once. */
void blocks_unclosed(struct parser *p);

/* Around a block that has no head that could be understood: nothing in it is acted on. May nest. */
void blocks_skip(struct parser *p);
void blocks_skipped(struct parser *p);

#endif
