#include "scalars.h"

#include <stdlib.h>
#include <string.h>

#include "parser.h"

#include "parse.h"

const struct word *scalar_argument(struct parser *p, const struct word *head, const char *what)
{
	const struct word *argument = head->next;

	if (argument == NULL)
		parser_error(p, &head->at, "%s needs %s", head->text, what);
	else if (argument->next != NULL)
		parser_error(p, &argument->next->at, "%s: unexpected '%.64s' after '%.64s'", head->text,
			     argument->next->text, argument->text);
	else
		return argument;
	return NULL;
}

void scalar_bad(struct parser *p, const struct word *head, const struct word *argument, const char *what)
{
	parser_error(p, &argument->at, "%s: '%.64s' is not %s", head->text, argument->text, what);
}

void scalar_read_role(struct parser *p, const struct option *option, void *value, const struct word *head)
{
	if (head->next != NULL) {
		parser_error(p, &head->next->at, "%s: unexpected '%.64s'", head->text, head->next->text);
		return;
	}
	if (option->min == ROLE_UPSTREAM && p->draft->interface.pattern) {
		parser_error(p, &head->at, "a pattern cannot be upstream: name the one interface");
		return;
	}
	*(enum iface_role *)value = (enum iface_role)option->min;
}

void scalar_print_role(const struct option *option, const void *value, const char *indent, FILE *out)
{
	if (*(const enum iface_role *)value == (enum iface_role)option->min)
		fprintf(out, "%s%s\n", indent, option->name);
}

void scalar_read_yesno(struct parser *p, const struct option *option, void *value, const struct word *head)
{
	const struct word *argument = scalar_argument(p, head, "yes or no");

	(void)option;
	if (argument == NULL)
		return;
	if (argument->token == YES || argument->token == NO)
		*(bool *)value = argument->token == YES;
	else
		scalar_bad(p, head, argument, "yes or no");
}

void scalar_print_yesno(const struct option *option, const void *value, const char *indent, FILE *out)
{
	fprintf(out, "%s%s %s\n", indent, option->name, *(const bool *)value ? "yes" : "no");
}

bool scalar_number(const struct word *word, unsigned int min, unsigned int max, unsigned int *out)
{
	unsigned long long number = 0;

	if (word->quoted || word->text[0] == '\0')
		return false;
	for (const char *c = word->text; *c != '\0'; c++) {
		if (*c < '0' || *c > '9')
			return false;
		number = number * 10 + (unsigned int)(*c - '0');
		if (number > max)
			return false;
	}
	if (number < min)
		return false;
	*out = (unsigned int)number;
	return true;
}

/* False, reported, when the argument is no number within the option's bounds. */
static bool read_bounded(struct parser *p, const struct option *option, const struct word *head, const char *unit,
			 unsigned int *out)
{
	char what[80];
	const struct word *argument;

	snprintf(what, sizeof(what), "a number%s from %u to %u", unit, option->min, option->max);
	argument = scalar_argument(p, head, what);
	if (argument == NULL)
		return false;
	if (scalar_number(argument, option->min, option->max, out))
		return true;
	scalar_bad(p, head, argument, what);
	return false;
}

void scalar_read_number(struct parser *p, const struct option *option, void *value, const struct word *head)
{
	read_bounded(p, option, head, "", value);
}

void scalar_print_number(const struct option *option, const void *value, const char *indent, FILE *out)
{
	fprintf(out, "%s%s %u\n", indent, option->name, *(const unsigned int *)value);
}

void scalar_read_seconds(struct parser *p, const struct option *option, void *value, const struct word *head)
{
	unsigned int seconds;

	if (read_bounded(p, option, head, " of seconds", &seconds))
		*(struct mspan *)value = mspan_seconds(seconds);
}

void scalar_print_seconds(const struct option *option, const void *value, const char *indent, FILE *out)
{
	const struct mspan *span = value;

	fprintf(out, "%s%s %lld\n", indent, option->name, (long long)(span->us / 1000000));
}

/* "125", "2.5": at most one decimal; false for all else. */
static bool parse_tenths(const struct word *word, unsigned int *tenths)
{
	const char *dot = strchr(word->text, '.');
	unsigned int number = 0;

	if (word->quoted || word->text[0] == '\0' || (dot != NULL && (dot == word->text || strlen(dot) != 2)))
		return false;
	for (const char *c = word->text; *c != '\0'; c++) {
		if (c == dot)
			continue;
		if (*c < '0' || *c > '9' || number > 10000000)
			return false;
		number = number * 10 + (unsigned int)(*c - '0');
	}
	*tenths = dot != NULL ? number : number * 10;
	return true;
}

void scalar_read_tenths(struct parser *p, const struct option *option, void *value, const struct word *head)
{
	char what[80];
	const struct word *argument;
	unsigned int tenths;

	snprintf(what, sizeof(what), "a number of seconds from %g to %g, with one decimal at most", option->min / 10.0,
		 option->max / 10.0);
	argument = scalar_argument(p, head, what);
	if (argument == NULL)
		return;
	if (parse_tenths(argument, &tenths) && tenths >= option->min && tenths <= option->max)
		*(struct mspan *)value = mspan_ms(100 * (int64_t)tenths);
	else
		scalar_bad(p, head, argument, what);
}

void scalar_print_tenths(const struct option *option, const void *value, const char *indent, FILE *out)
{
	const struct mspan *span = value;
	long long tenths = (long long)(mspan_to_ms(*span) / 100);

	fprintf(out, "%s%s %lld", indent, option->name, tenths / 10);
	if (tenths % 10 != 0)
		fprintf(out, ".%lld", tenths % 10);
	fputc('\n', out);
}

/* MLDv1 is what IGMPv2 is: the numbers differ by what IGMP had before. */
static unsigned int version_offset(const struct option *option)
{
	return GM_GENERATION_3 - option->max;
}

void scalar_read_version(struct parser *p, const struct option *option, void *value, const struct word *head)
{
	unsigned int version;

	if (read_bounded(p, option, head, "", &version))
		*(enum gm_generation *)value = (enum gm_generation)(version + version_offset(option));
}

void scalar_print_version(const struct option *option, const void *value, const char *indent, FILE *out)
{
	fprintf(out, "%s%s %u\n", indent, option->name,
		(unsigned int)*(const enum gm_generation *)value - version_offset(option));
}

void scalar_read_mode(struct parser *p, const struct option *option, void *value, const struct word *head)
{
	static const char what[] = "an octal mode from 0 to 0777";
	const struct word *argument = scalar_argument(p, head, what);
	unsigned int mode = 0;

	(void)option;
	if (argument == NULL)
		return;
	for (const char *c = argument->text; *c != '\0'; c++)
		mode = *c >= '0' && *c <= '7' && mode <= 0777 ? mode * 8 + (unsigned int)(*c - '0') : 01000;
	if (argument->quoted || mode > 0777)
		scalar_bad(p, head, argument, what);
	else
		*(unsigned int *)value = mode;
}

void scalar_print_mode(const struct option *option, const void *value, const char *indent, FILE *out)
{
	fprintf(out, "%s%s %04o\n", indent, option->name, *(const unsigned int *)value);
}

/*
 * A copy of the argument into *value, which is freed before. Refused are the empty
 * string, one that is too long for its use, and a backslash at the end, which could
 * not be printed again.
 */
static bool replace_string(struct parser *p, const struct option *option, const struct word *head,
			   const struct word *argument, char **value)
{
	size_t len = strlen(argument->text);
	char *copy;

	if (len == 0 || argument->text[len - 1] == '\\') {
		scalar_bad(p, head, argument, "a name");
	} else if (len > option->max) {
		parser_error(p, &argument->at, "%s: '%.64s' is longer than %u bytes", head->text, argument->text,
			     option->max);
	} else if ((copy = strdup(argument->text)) == NULL) {
		parser_no_memory(p);
	} else {
		free(*value);
		*value = copy;
		return true;
	}
	return false;
}

/* Reserved words are names in quotes only; "user no" is a slip, not the user called no. */
static bool is_name(const struct word *word)
{
	return word->token == WORD;
}

void scalar_read_string(struct parser *p, const struct option *option, void *value, const struct word *head)
{
	const struct word *argument = scalar_argument(p, head, "a name");

	if (argument == NULL)
		return;
	if (is_name(argument))
		replace_string(p, option, head, argument, value);
	else
		scalar_bad(p, head, argument, "a name");
}

/* An unescaped quote would end the string; every other byte stands for itself. */
void scalar_print_quoted(const char *text, FILE *out)
{
	fputc('"', out);
	for (; *text != '\0'; text++) {
		if (*text == '"')
			fputc('\\', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

static void print_string_line(const char *indent, const char *name, const char *text, FILE *out)
{
	fprintf(out, "%s%s ", indent, name);
	scalar_print_quoted(text, out);
	fputc('\n', out);
}

void scalar_print_string(const struct option *option, const void *value, const char *indent, FILE *out)
{
	const char *const *text = value;

	if (*text != NULL)
		print_string_line(indent, option->name, *text, out);
}

/* "no" or an absolute path, since the daemon does not stay in the directory where it was started. */
static bool read_path_or_no(struct parser *p, const struct option *option, const struct word *head, bool *no,
			    char **path)
{
	static const char what[] = "an absolute path, in quotes, or no";
	const struct word *argument = scalar_argument(p, head, what);

	if (argument == NULL)
		return false;
	*no = argument->token == NO;
	if (*no) {
		free(*path);
		*path = NULL;
		return true;
	}
	if (argument->text[0] == '/')
		return replace_string(p, option, head, argument, path);
	scalar_bad(p, head, argument, what);
	return false;
}

void scalar_read_chroot(struct parser *p, const struct option *option, void *value, const struct word *head)
{
	struct conf *conf = value;
	bool no;

	if (read_path_or_no(p, option, head, &no, &conf->chroot))
		conf->no_chroot = no;
}

void scalar_print_chroot(const struct option *option, const void *value, const char *indent, FILE *out)
{
	const struct conf *conf = value;

	if (conf->no_chroot)
		fprintf(out, "%s%s no\n", indent, option->name);
	else if (conf->chroot != NULL)
		print_string_line(indent, option->name, conf->chroot, out);
}

void scalar_read_table(struct parser *p, const struct option *option, void *value, const struct word *head)
{
	struct conf *conf = value;
	unsigned int number;

	if (!read_bounded(p, option, head, "", &number))
		return;
	conf->table = number;
	conf->has_table = true;
}

void scalar_print_table(const struct option *option, const void *value, const char *indent, FILE *out)
{
	const struct conf *conf = value;

	if (conf->has_table)
		fprintf(out, "%s%s %u\n", indent, option->name, conf->table);
}

void scalar_read_socket(struct parser *p, const struct option *option, void *value, const struct word *head)
{
	struct conf_stats *stats = value;
	bool no;

	read_path_or_no(p, option, head, &no, &stats->socket);
}

void scalar_print_socket(const struct option *option, const void *value, const char *indent, FILE *out)
{
	const struct conf_stats *stats = value;

	if (stats->socket == NULL)
		fprintf(out, "%s%s no\n", indent, option->name);
	else
		print_string_line(indent, option->name, stats->socket, out);
}
