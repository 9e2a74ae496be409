/* The commands of mcast-proxyctl(8). Each does its errand, tells its errors on stderr, and says how it ended. */
#ifndef CTL_COMMANDS_H
#define CTL_COMMANDS_H

#include "errand.h"

typedef enum errand_status command_function(const struct errand *errand);

command_function command_show, command_metrics, command_monitor, command_top, command_diagnose, command_check;

/* "mcast-proxyctl: WORDS", for what is wrong with the command line; returns ERRAND_USAGE. */
enum errand_status command_misused(const char *words, const char *word);

#endif
