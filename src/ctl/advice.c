/* `mcast-proxyctl diagnose`: what the daemon found on the path of a stream, for people. */
#include <stdio.h>
#include <string.h>

#include "addr.h"
#include "answer.h"
#include "commands.h"
#include "harmless.h"
#include "screen.h"

enum { LONG_WORDS_BYTES = 4096, MARGIN = 13 };

static void print_word(const char *word)
{
	char text[LONG_WORDS_BYTES];

	fputs(harmless(word ? word : "-", text, sizeof(text)), stdout);
}

/* Words behind a margin, broken at blanks where the screen ends. */
static void print_wrapped(const char *words)
{
	size_t width = screen_size().width, at = MARGIN;
	char text[LONG_WORDS_BYTES];
	const char *word = harmless(words, text, sizeof(text));

	while (*word) {
		size_t n = strcspn(word, " ");

		if (at > MARGIN && at + n + 1 > width) {
			printf("\n%*s", MARGIN, "");
			at = MARGIN;
		}
		at += (size_t)printf("%s%.*s", at > MARGIN ? " " : "", (int)n, word);
		word += n + strspn(word + n, " ");
	}
	putchar('\n');
}

/* "239.1.1.1 from 10.0.0.5" */
static void print_stream(const json_t *object)
{
	print_word(answer_word(object, "group"));
	if (!answer_word(object, "source"))
		return;
	fputs(" from ", stdout);
	print_word(answer_word(object, "source"));
}

static void print_finding(const json_t *finding)
{
	print_word(answer_word(finding, "reason"));
	if (answer_word(finding, "group")) {
		fputs(": ", stdout);
		print_stream(finding);
	}
	if (answer_word(finding, "interface")) {
		fputs(" on ", stdout);
		print_word(answer_word(finding, "interface"));
	}
	puts(json_is_false(json_object_get(finding, "certain")) ? " (not certain)" : "");
	if (answer_word(finding, "evidence")) {
		printf("   evidence: ");
		print_wrapped(answer_word(finding, "evidence"));
	}
	/* In one piece, to be copied. */
	if (answer_word(finding, "fix")) {
		printf("   fix:      ");
		print_word(answer_word(finding, "fix"));
		putchar('\n');
	}
}

static void print_suspects(const json_t *suspects)
{
	const json_t *suspect;
	size_t k;

	json_array_foreach(suspects, k, suspect) {
		printf("\n%zu. ", k + 1);
		print_finding(suspect);
	}
}

static void print_notes(const json_t *notes)
{
	const json_t *note;
	size_t k;

	if (json_array_size(notes) > 0)
		puts("\nNo fault of the network, but worth knowing:");
	json_array_foreach(notes, k, note) {
		fputs(" - ", stdout);
		print_finding(note);
	}
}

static void print_path(const json_t *path)
{
	char name[HARMLESS_WORD_BYTES], state[HARMLESS_WORD_BYTES], iface[HARMLESS_WORD_BYTES];
	const json_t *step;
	size_t k;

	if (json_array_size(path) > 0)
		puts("\nThe path:");
	json_array_foreach(path, k, step) {
		const char *of = answer_word(step, "interface");
		const char *words[] = {answer_word(step, "state"), answer_word(step, "step")};

		printf("   %-9s %s%s%s\n", harmless(words[0] ? words[0] : "unknown", state, sizeof(state)),
		       harmless(words[1] ? words[1] : "-", name, sizeof(name)), of ? " on " : "",
		       of ? harmless(of, iface, sizeof(iface)) : "");
		if (answer_word(step, "evidence")) {
			printf("%*s", MARGIN, "");
			print_wrapped(answer_word(step, "evidence"));
		}
	}
}

static void print_answer(const json_t *answer)
{
	const json_t *suspects = json_object_get(answer, "suspects");
	size_t n = json_array_size(suspects);

	if (answer_word(answer, "group"))
		print_stream(answer);
	else
		fputs("all groups", stdout);
	if (n == 0)
		puts(": nothing is wrong");
	else
		printf(": %zu suspect%s, the first on the path first\n", n, n == 1 ? "" : "s");
	print_suspects(suspects);
	print_notes(json_object_get(answer, "notes"));
	print_path(json_object_get(answer, "path"));
}

/* The suspects of a family that was not asked for; what has no group belongs to both. */
static void select_findings(json_t *answer, const char *name, const bool families[static FAMILY_COUNT])
{
	json_t *findings = json_object_get(answer, name);
	struct addr group;

	for (size_t k = json_array_size(findings); k-- > 0;) {
		const char *text = answer_word(json_array_get(findings, k), "group");

		if (text && addr_parse(text, &group) && !families[addr_family(&group)])
			json_array_remove(findings, k);
	}
}

/* Checked here, so that nothing but an address goes into the question, and a slip of the keyboard is told as one. */
static enum errand_status make_path(const struct errand *errand, char *path, size_t size)
{
	struct addr group, source;
	char text[2][ADDR_STRLEN];

	snprintf(path, size, "/diagnose");
	if (errand->n_words == 0)
		return ERRAND_OK;
	if (!addr_parse(errand->words[0], &group) || !addr_is_multicast(&group))
		return command_misused("not a multicast address:", errand->words[0]);
	if (!errand->families[addr_family(&group)])
		return command_misused("not a group of the family that was asked for:", errand->words[0]);
	snprintf(path, size, "/diagnose?group=%s", addr_format(&group, text[0]));
	if (errand->n_words == 1)
		return ERRAND_OK;
	if (!addr_parse(errand->words[1], &source) || addr_family(&source) != addr_family(&group) ||
	    addr_is_multicast(&source) || addr_is_unspecified(&source))
		return command_misused("not a source address of the group's family:", errand->words[1]);
	snprintf(path, size, "/diagnose?group=%s&source=%s", text[0], addr_format(&source, text[1]));
	return ERRAND_OK;
}

enum errand_status command_diagnose(const struct errand *errand)
{
	char path[sizeof("/diagnose?group=&source=") + 2 * ADDR_STRLEN];
	enum errand_status status = make_path(errand, path, sizeof(path));
	json_t *answer = status == ERRAND_OK ? answer_get(errand, path, NULL) : NULL;

	if (status != ERRAND_OK)
		return status;
	/* No array of suspects: not an answer, and no reason to say that all is well. */
	if (!json_is_array(json_object_get(answer, "suspects"))) {
		if (answer)
			fprintf(stderr, "mcast-proxyctl: the answer names no suspects, not even none\n");
		json_decref(answer);
		return ERRAND_UNREACHABLE;
	}
	select_findings(answer, "suspects", errand->families);
	select_findings(answer, "notes", errand->families);
	if (errand->json)
		answer_dump(answer, stdout);
	else
		print_answer(answer);
	status = json_array_size(json_object_get(answer, "suspects")) > 0 ? ERRAND_WRONG : ERRAND_OK;
	json_decref(answer);
	return status;
}
