/*
 * The engine against the reference model (model.h): random lists of steps, played for
 * both families, compared after every step in what the step touched and every so
 * many in everything. A list that tells them apart is thinned out until every step of
 * it is needed, and printed.
 *
 * model-check [--seed N] [--steps N] [--every N] [--planted-fault]; the same seed is the
 * same run. With a fault planted in the model, it must be found, shrunk and told.
 */
#include <err.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "play.h"

enum { LIST_STEPS = 1000, DEFAULT_STEPS = 2000000, DEFAULT_EVERY = 1000 };

struct list {
	struct stage stage;
	struct step steps[LIST_STEPS];
	size_t n;
};

struct verdict {
	bool failed;
	size_t at; /* how many steps it took */
	char why[512];
};

static unsigned long every = DEFAULT_EVERY;
static bool planted_fault;

static struct verdict play(const struct list *list, enum family family)
{
	struct verdict v = {.at = 0};
	struct play p;

	play_start(&p, family, &list->stage);
	p.deaf_to_suppress = planted_fault;
	while (v.at < list->n && p.failure[0] == '\0') {
		play_step(&p, &list->steps[v.at++]);
		if (!p.held && p.failure[0] == '\0' && (v.at % every == 0 || v.at == list->n))
			compare_all(&p);
	}
	v.failed = p.failure[0] != '\0';
	memcpy(v.why, p.failure, sizeof(v.why));
	play_end(&p);
	return v;
}

/* --- a shorter list that fails as well (delta debugging) --- */

static void cut(struct list *list, size_t from, size_t n)
{
	memmove(&list->steps[from], &list->steps[from + n], (list->n - from - n) * sizeof(*list->steps));
	list->n -= n;
}

/* Tries the list without each run of n steps; true if one could go. */
static bool thin_out(struct list *list, enum family family, size_t n)
{
	struct list *shorter = malloc(sizeof(*shorter));
	bool thinner = false;

	if (!shorter)
		err(1, "malloc");
	for (size_t from = 0; from < list->n;) {
		struct verdict v;

		*shorter = *list;
		cut(shorter, from, from + n > list->n ? list->n - from : n);
		v = play(shorter, family);
		if (!v.failed) {
			from += n;
			continue;
		}
		shorter->n = v.at;
		*list = *shorter;
		thinner = true;
	}
	free(shorter);
	return thinner;
}

static void shrink(struct list *list, enum family family)
{
	size_t n = list->n / 2;

	while (n > 0)
		if (!thin_out(list, family, n) || n > 1)
			n /= 2;
}

static void tell(struct list *list, enum family family, uint64_t seed)
{
	struct verdict v = play(list, family);

	list->n = v.at;
	every = 1;
	shrink(list, family);
	v = play(list, family);
	printf("not ok the engine is as the model (%s, seed %llu)\n", family_name(family), (unsigned long long)seed);
	stage_print(&list->stage, stdout);
	for (size_t i = 0; i < list->n; i++) {
		printf("%3zu  ", i + 1);
		step_print(&list->steps[i], stdout);
		printf("\n");
	}
	printf("%s\n", v.why);
}

/* --- the program --- */

static void make(struct list *list, struct chance *c)
{
	list->stage = stage_random(c);
	for (list->n = 0; list->n < LIST_STEPS; list->n++)
		list->steps[list->n] = step_random(c);
}

static int run(struct chance *c, unsigned long long steps)
{
	struct list *list = malloc(sizeof(*list));
	unsigned long long done = 0;

	if (!list)
		err(1, "malloc");
	while (done < steps) {
		make(list, c);
		for (enum family family = FAMILY_IPV4; family < FAMILY_COUNT; family++) {
			if (play(list, family).failed) {
				tell(list, family, c->seed);
				free(list);
				return 1;
			}
			done += list->n;
		}
	}
	free(list);
	printf("ok the engine is as the model in %llu steps\n", done);
	return 0;
}

static unsigned long long number(const char *text)
{
	char *end;
	unsigned long long n = strtoull(text, &end, 0);

	if (end == text || *end != '\0')
		errx(2, "%s is no number", text);
	return n;
}

int main(int argc, char *argv[])
{
	static const struct option options[] = {
		{"seed", required_argument, NULL, 's'},
		{"steps", required_argument, NULL, 'n'},
		{"every", required_argument, NULL, 'e'},
		{"planted-fault", no_argument, NULL, 'f'},
		{NULL, 0, NULL, 0},
	};
	struct chance c = chance_start();
	unsigned long long steps = DEFAULT_STEPS;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 's')
			c.seed = c.state = number(optarg);
		else if (option == 'n')
			steps = number(optarg);
		else if (option == 'e' && number(optarg) > 0)
			every = (unsigned long)number(optarg);
		else if (option == 'f')
			planted_fault = true;
		else
			errx(2, "usage: model-check [--seed N] [--steps N] [--every N] [--planted-fault]");
	}
	printf("seed %llu\n", (unsigned long long)c.seed);
	fflush(stdout);
	return run(&c, steps);
}
