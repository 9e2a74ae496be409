/*
 * What must hold of any packet whatever, once a decoder has seen it: the part
 * that the fuzz targets of both families share. What does not hold aborts, and
 * says what.
 */
#ifndef TESTS_EXAMINE_H
#define TESTS_EXAMINE_H

#include <stdbool.h>

#include "codec.h"

void must(bool truth, const char *what);

/* A copy of exactly that size, so that the sanitizer sees a byte too far; NULL of nothing. The caller frees it. */
uint8_t *examine_copy(const uint8_t *bytes, size_t len);

/* Decodes and touches everything that the decoder answers; false if it refused. */
bool examine(enum family family, const struct packet *packet, struct gm_message *message);

/* A query as it was received, and after a way through encode_query() and back. */
void examine_same_query(const struct gm_query *received, const struct gm_query *again);

/* One input for the targets: LLVMFuzzerTestOneInput() is declared by nobody else. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
