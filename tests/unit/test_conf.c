/* What the golden tests cannot see: conf_find(), -D, what the daemon hands in, what it reads out. */
#include <criterion/criterion.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf.h"
#include "parser.h"

struct heard {
	unsigned int errors;
	unsigned int warnings;
	char last[512];
	unsigned int last_line;
};

static void hear(void *ctx, bool is_error, const struct place *at, const char *line)
{
	struct heard *heard = ctx;

	if (is_error)
		heard->errors++;
	else
		heard->warnings++;
	strlcpy(heard->last, line, sizeof(heard->last));
	heard->last_line = at->line;
}

static struct conf *parse_with(const char *text, struct conf_options *options, struct heard *heard)
{
	*heard = (struct heard){0};
	options->report = hear;
	options->ctx = heard;
	return parser_parse_memory("test", text, strlen(text), options);
}

static struct conf *parse(const char *text)
{
	struct conf_options options = {0};
	struct heard heard;
	struct conf *conf = parse_with(text, &options, &heard);

	cr_assert_not_null(conf, "%s", heard.last);
	cr_assert_eq(heard.errors, 0);
	return conf;
}

Test(conf, defaults)
{
	struct conf *conf = parse("");

	cr_assert_str_eq(conf->user, "_mcastproxy");
	cr_assert_null(conf->chroot);
	cr_assert_not(conf->no_chroot);
	cr_assert_not(conf->has_table);
	cr_assert_eq(conf->max_flows, CONF_DEFAULT_MAX_FLOWS);
	cr_assert_not(conf->enabled[FAMILY_IPV4]);
	cr_assert_not(conf->enabled[FAMILY_IPV6]);
	cr_assert_str_eq(conf->stats.socket, "/run/mcast-proxy/stats.sock");
	cr_assert_null(conf->stats.socket_group);
	cr_assert_eq(conf->stats.socket_mode, 0660);
	cr_assert_eq(conf->stats.n_listens, 0);
	cr_assert_eq(conf->stats.sample_interval.us, 10 * 1000000);
	cr_assert_eq(conf->stats.summary_interval.us, 300 * 1000000);
	cr_assert_eq(conf->stats.max_groups, 1024);
	cr_assert_eq(conf->n_interfaces, 0);
	conf_free(conf);
}

Test(conf, interface_defaults)
{
	struct conf *conf = parse("interface em0 { downstream }");
	const struct iface_settings *settings = conf_find(conf, "em0", false);

	cr_assert_not_null(settings);
	cr_assert_eq(settings->role, ROLE_DOWNSTREAM);
	cr_assert(settings->enabled[FAMILY_IPV4]);
	cr_assert_not(settings->enabled[FAMILY_IPV6]);
	cr_assert_eq(settings->query_interval.us, 125 * 1000000);
	cr_assert_eq(settings->query_response_interval.us, 10 * 1000000);
	cr_assert_eq(settings->last_member_query_interval.us, 1000000);
	cr_assert_eq(settings->robustness, 2);
	cr_assert_eq(settings->last_member_query_count, 2);
	cr_assert_eq(settings->version[FAMILY_IPV4], GM_GENERATION_3);
	cr_assert_eq(settings->version[FAMILY_IPV6], GM_GENERATION_3);
	cr_assert_eq(settings->threshold, 1);
	cr_assert_eq(settings->max_groups, 16384);
	cr_assert_eq(settings->max_sources, 512);
	cr_assert_not(settings->fast_leave || settings->ssm_strict);
	cr_assert_not(settings->always_forward || settings->source_any);
	cr_assert_eq(settings->n_sources + settings->n_rules + settings->n_statics, 0);
	conf_free(conf);
}

Test(conf, values_reach_the_struct)
{
	struct conf *conf = parse("interface em0 {\ndownstream\nipv6 yes\nigmp-version 2\nmld-version 1\n"
				  "query-interval 2.5\nquery-response-interval 0.5\nsource 10.1.2.3/8\n"
				  "allow group 239.0.0.0/8 source 10.0.0.1\n"
				  "deny group ::/0\nstatic group 232.1.1.1 source 192.0.2.1\n}\n");
	const struct iface_settings *settings = conf_find(conf, "em0", false);

	cr_assert_eq(settings->version[FAMILY_IPV4], GM_GENERATION_2);
	cr_assert_eq(settings->version[FAMILY_IPV6], GM_GENERATION_2);
	cr_assert_eq(settings->query_interval.us, 2500000);
	cr_assert_eq(settings->n_sources, 1);
	cr_assert_eq(settings->sources[0].len, 104);
	cr_assert_eq(settings->n_rules, 2);
	cr_assert(settings->rules[0].allow && settings->rules[0].has_source);
	cr_assert_eq(settings->rules[0].source.len, 128);
	cr_assert_not(settings->rules[1].allow || settings->rules[1].has_source);
	cr_assert_eq(settings->rules[1].group.len, 0);
	cr_assert_eq(settings->n_statics, 1);
	cr_assert(settings->statics[0].has_source);
	cr_assert(conf->enabled[FAMILY_IPV4] && conf->enabled[FAMILY_IPV6]);
	conf_free(conf);
}

Test(conf_enabled, disabled_does_not_count)
{
	struct conf *conf = parse("ipv4 no\ninterface em0 { downstream }\ninterface em1 {\nipv4 yes\nipv6 yes\n}\n");

	cr_assert_not(conf->enabled[FAMILY_IPV4]);
	cr_assert_not(conf->enabled[FAMILY_IPV6]);
	conf_free(conf);
}

Test(conf_enabled, pattern_counts)
{
	struct conf *conf = parse("ipv4 no\ninterface \"p*\" {\ndownstream\nipv6 yes\n}\n");

	cr_assert_not(conf->enabled[FAMILY_IPV4]);
	cr_assert(conf->enabled[FAMILY_IPV6]);
	conf_free(conf);
}

Test(conf_find, name_beats_pattern)
{
	struct conf *conf = parse("interface \"*\" { downstream\nthreshold 7 }\ninterface em0 { upstream }\n"
				  "interface em1 { disabled }\ninterface em2 { downstream\nthreshold 2 }\n");

	cr_assert_eq(conf_find(conf, "em0", false)->role, ROLE_UPSTREAM);
	cr_assert_null(conf_find(conf, "em1", false));
	cr_assert_eq(conf_find(conf, "em2", false)->threshold, 2);
	cr_assert_eq(conf_find(conf, "em3", false)->threshold, 7);
	cr_assert_not(conf_find(conf, "em2", false)->from_pattern);
	cr_assert(conf_find(conf, "em3", false)->from_pattern);
	conf_free(conf);
}

Test(conf_find, first_pattern_wins)
{
	struct conf *conf = parse("interface \"ppp[0-4]\" { downstream\nthreshold 2 }\n"
				  "interface \"docker*\" { disabled }\ninterface \"*\" { downstream\nthreshold 3 }\n");

	cr_assert_eq(conf_find(conf, "ppp4", false)->threshold, 2);
	cr_assert_eq(conf_find(conf, "ppp5", false)->threshold, 3);
	cr_assert_null(conf_find(conf, "docker0", false));
	conf_free(conf);
}

Test(conf_find, no_pattern_matches_loopback)
{
	struct conf *conf = parse("interface \"*\" { downstream }\n");
	struct conf *named = parse("interface lo { downstream }\n");

	cr_assert_null(conf_find(conf, "lo", true));
	cr_assert_not_null(conf_find(named, "lo", true));
	conf_free(conf);
	conf_free(named);
}

Test(conf_find, not_named)
{
	struct conf *conf = parse("interface em0 { downstream }\ninterface em1 { threshold 5 }\n");

	cr_assert_null(conf_find(conf, "em", false));
	cr_assert_null(conf_find(conf, "em00", false));
	cr_assert_null(conf_find(conf, "em1", false), "no role is disabled");
	conf_free(conf);
}

Test(conf_macro_parse, splits_at_the_last_equals)
{
	struct {
		const char *text;
		bool ok;
		const char *name, *value;
	} cases[] = {
		{"a=b", true, "a", "b"},	  {"a=", true, "a", ""},
		{"1_x=two words", true, "1_x", "two words"},
		{"a=b=c", false, "", ""},	  {"a", false, "", ""},
		{"=b", false, "", ""},		  {"", false, "", ""},
		{"yes=no", false, "", ""},	  {"a-b=c", false, "", ""},
		{"stats=c", true, "stats", "c"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text = strdup(cases[i].text);
		struct conf_macro macro;
		bool ok = conf_macro_parse(text, &macro);

		cr_assert_eq(ok, cases[i].ok, "%s", cases[i].text);
		if (ok) {
			cr_assert_str_eq(macro.name, cases[i].name);
			cr_assert_str_eq(macro.value, cases[i].value);
		}
		free(text);
	}
}

Test(conf_macro, option_wins_over_file)
{
	const struct conf_macro macros[] = {{"up", "eth1"}, {"up", "eth2"}, {"unused", "\x01"}};
	struct conf_options options = {.macros = macros, .n_macros = 3};
	struct heard heard;
	struct conf *conf = parse_with("up=eth0\ninterface $up { upstream }\n", &options, &heard);

	cr_assert_not_null(conf);
	cr_assert_not_null(conf_find(conf, "eth2", false));
	cr_assert_null(conf_find(conf, "eth0", false));
	conf_free(conf);
}

Test(conf_macro, undefined_is_an_error_at_its_line)
{
	struct conf_options options = {0};
	struct heard heard;

	cr_assert_null(parse_with("\n\ninterface $up { upstream }\n", &options, &heard));
	cr_assert_eq(heard.errors, 1);
	cr_assert_str_eq(heard.last, "test:3: macro 'up' is not defined");
	cr_assert_eq(heard.last_line, 3);
}

Test(conf_report, may_be_null)
{
	struct conf_options options = {0};

	cr_assert_null(parser_parse_memory("test", "nonsense", 8, &options));
	cr_assert_null(conf_parse("/nonexistent/mcast-proxy.conf", &options));
}

static int refuse(void *ctx, const char *path, const char **why)
{
	(void)ctx;
	if (strcmp(path, "dir/elsewhere.conf") == 0) {
		*why = "needs a restart";
		return -1;
	}
	errno = EACCES;
	return -1;
}

Test(conf_open, is_asked_for_every_file)
{
	struct conf_options options = {.open = refuse};
	struct heard heard = {0};

	options.report = hear;
	options.ctx = &heard;
	cr_assert_null(parser_parse_memory("dir/test", "include elsewhere.conf\n", 23, &options));
	cr_assert_str_eq(heard.last, "dir/test:1: cannot include elsewhere.conf: needs a restart");
	cr_assert_null(conf_parse("x", &options));
	cr_assert_str_eq(heard.last, "x:0: cannot read: Permission denied");
}

static int open_null(void *ctx, const char *path, const char **why)
{
	(void)ctx;
	(void)path;
	(void)why;
	return open("/dev/null", O_RDONLY);
}

Test(conf_open, what_it_opens_is_not_trusted)
{
	struct conf_options options = {.open = open_null};
	struct heard heard = {0};

	options.report = hear;
	options.ctx = &heard;
	cr_assert_null(conf_parse("x", &options));
	cr_assert_str_eq(heard.last, "x:0: cannot read: it is not a regular file");
}

/* A file of ours with this text; the caller unlinks and frees. */
static char *write_file(const char *text)
{
	char *path = strdup("/tmp/test-conf.XXXXXX");
	int fd = mkstemp(path);

	cr_assert_neq(fd, -1);
	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	return path;
}

Test(conf_owner, is_who_started_not_who_reads)
{
	char *path = write_file("ipv4 no\n");
	struct conf_options options = {0};
	const uid_t stranger = geteuid() + 1;
	struct conf *conf = conf_parse(path, &options);

	cr_assert_not_null(conf);
	conf_free(conf);
	options.owner = &stranger;
	conf = conf_parse(path, &options);
	/* Root's files are always good. */
	cr_assert_eq(conf != NULL, geteuid() == 0);
	conf_free(conf);
	unlink(path);
	free(path);
}

Test(conf_files, are_all_remembered)
{
	char *inner = write_file("ipv4 no\n");
	char *outer, *text;
	struct conf_options options = {0};
	struct conf *conf;

	cr_assert_neq(asprintf(&text, "include \"%s\"\ninclude \"%s\"\n", strrchr(inner, '/') + 1, inner), -1);
	outer = write_file(text);
	conf = conf_parse(outer, &options);
	cr_assert_not_null(conf);
	cr_assert_eq(conf->n_files, 3);
	cr_assert_str_eq(conf->files[0], outer);
	cr_assert_str_eq(conf->files[1], inner, "relative to the including file");
	cr_assert_str_eq(conf->files[2], inner);
	conf_free(conf);
	unlink(inner);
	unlink(outer);
	free(inner);
	free(outer);
	free(text);
}

/* Two programs in one must not meet: nothing of a run is global. */
Test(conf, a_run_leaves_nothing_behind)
{
	struct conf *first = parse("a=em0\nquery-interval 60\ninterface $a { downstream }\n");
	struct conf *second = parse("interface em0 { downstream }\n");

	cr_assert_eq(conf_find(first, "em0", false)->query_interval.us, 60 * 1000000);
	cr_assert_eq(conf_find(second, "em0", false)->query_interval.us, 125 * 1000000);
	conf_free(first);
	conf_free(second);
	conf_free(NULL);
}
