/* mcast-proxyctl(8): the command line, and which command it means. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "harmless.h"

#define DEFAULT_SOCKET "/run/mcast-proxy/stats.sock"

/* letters: the options that the command has besides -j and -s. */
static const struct command {
	const char *name;
	command_function *run;
	int max_words;
	const char *letters;
} commands[] = {
	{"show", command_show, 1, "46i"}, {"metrics", command_metrics, 0, "o"},	    {"monitor", command_monitor, 0, "46"},
	{"top", command_top, 0, "46in"},  {"diagnose", command_diagnose, 2, "46"}, {"check", command_check, 0, ""},
};

/* What the command line said, before it is known whether the command has it. */
struct given {
	struct errand errand;
	char letters[8]; /* of 4, 6, i, n, o */
};

enum errand_status command_misused(const char *words, const char *word)
{
	char text[HARMLESS_WORD_BYTES];

	fprintf(stderr, "mcast-proxyctl: %s%s%s\n", words, word ? " " : "",
		word ? harmless(word, text, sizeof(text)) : "");
	return ERRAND_USAGE;
}

static enum errand_status usage(FILE *out)
{
	fprintf(out, "usage: mcast-proxyctl [-46j] [-s socket] command\n"
		     "  show [summary|interfaces|groups|routes|members|upstream|limits|drops]\n"
		     "       [-i seconds]              groups and routes: with packets/s and bit/s\n"
		     "  metrics [-o file]              Prometheus text, into a file by rename\n"
		     "  monitor                        events as they come\n"
		     "  top [-i seconds] [-n count]    the busiest groups\n"
		     "  diagnose [group [source]]      why a stream does not flow\n"
		     "  check                          exit 0 up, 1 degraded, 2 unreachable\n"
		     "-4, -6: only this family (not of metrics, check); -j: JSON\n");
	return ERRAND_USAGE;
}

static bool parse_seconds(const char *text, double *seconds)
{
	char *end;

	*seconds = strtod(text, &end);
	return end != text && *end == '\0' && *seconds >= 0.1 && *seconds <= 86400;
}

static bool parse_count(const char *text, long *count)
{
	char *end;

	*count = strtol(text, &end, 10);
	return end != text && *end == '\0' && *count >= 1;
}

/* An option of some command: whether it is this one's is looked at later. */
static bool note_letter(struct given *given, int letter)
{
	size_t n = strlen(given->letters);

	if (!strchr(given->letters, letter) && n + 1 < sizeof(given->letters))
		given->letters[n] = (char)letter;
	switch (letter) {
	case 'i':
		return parse_seconds(optarg, &given->errand.interval) ||
		       (command_misused("-i wants seconds, from 0.1 to 86400, not", optarg), false);
	case 'n':
		return parse_count(optarg, &given->errand.count) ||
		       (command_misused("-n wants a number, from 1 up, not", optarg), false);
	case 'o':
		given->errand.file = optarg;
		return true;
	default:
		return true;
	}
}

static bool one_option(struct given *given, bool only[static FAMILY_COUNT], int letter)
{
	switch (letter) {
	case '4':
		only[FAMILY_IPV4] = true;
		return note_letter(given, letter);
	case '6':
		only[FAMILY_IPV6] = true;
		return note_letter(given, letter);
	case 'j':
		given->errand.json = true;
		return true;
	case 's':
		given->errand.socket = optarg;
		return true;
	case 'i':
	case 'n':
	case 'o':
		return note_letter(given, letter);
	default:
		usage(stderr);
		return false;
	}
}

/* -4 and -6 together are as neither. */
static bool parse_options(struct given *given, int argc, char *argv[])
{
	bool only[FAMILY_COUNT] = {false};
	int letter;

	while ((letter = getopt(argc, argv, "46ji:n:o:s:")) != -1)
		if (!one_option(given, only, letter))
			return false;
	for (enum family f = 0; f < FAMILY_COUNT; f++)
		given->errand.families[f] = only[f] || (!only[FAMILY_IPV4] && !only[FAMILY_IPV6]);
	return true;
}

static const struct command *find_command(const char *name)
{
	for (size_t k = 0; k < sizeof(commands) / sizeof(commands[0]); k++)
		if (strcmp(commands[k].name, name) == 0)
			return &commands[k];
	return NULL;
}

static enum errand_status run(const struct command *command, struct given *given)
{
	const char *foreign = given->letters + strspn(given->letters, command->letters);
	const char option[] = {'-', *foreign, '\0'};

	if (*foreign)
		return command_misused("this command has no option", option);
	if (given->errand.n_words > command->max_words)
		return command_misused("one word too many:", given->errand.words[command->max_words]);
	return command->run(&given->errand);
}

int main(int argc, char *argv[])
{
	struct given given = {.errand = {.socket = DEFAULT_SOCKET}};
	const struct command *command;

	if (!parse_options(&given, argc, argv))
		return ERRAND_USAGE;
	if (optind == argc)
		return (int)usage(stderr);
	command = find_command(argv[optind]);
	if (!command)
		return (int)command_misused("there is no command called", argv[optind]);
	given.errand.words = argv + optind + 1;
	given.errand.n_words = argc - optind - 1;
	return (int)run(command, &given);
}
