/*
 * Options that add up: source, allow and deny, static group, listen. Readers and
 * printers have the signatures of struct option; value is the home struct itself,
 * iface_settings or conf_stats.
 */
#ifndef CONF_LISTS_H
#define CONF_LISTS_H

#include <stdio.h>

#include "options.h"
#include "settings.h"

void list_read_source(struct parser *p, const struct option *option, void *value, const struct word *head);
void list_print_sources(const struct option *option, const void *value, const char *indent, FILE *out);

/* allow and deny: min tells which; all rules are printed at once, in their order. */
void list_read_rule(struct parser *p, const struct option *option, void *value, const struct word *head);
void list_print_rules(const struct option *option, const void *value, const char *indent, FILE *out);

void list_read_static(struct parser *p, const struct option *option, void *value, const struct word *head);
void list_print_statics(const struct option *option, const void *value, const char *indent, FILE *out);

void list_read_listen(struct parser *p, const struct option *option, void *value, const struct word *head);
void list_print_listens(const struct option *option, const void *value, const char *indent, FILE *out);

/* Frees the lists of settings that own theirs. */
void lists_free(struct iface_settings *settings);

#endif
