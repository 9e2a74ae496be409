#include "steps.h"

#include <string.h>

#include "world.h"

enum { N_GROUPS = 3, N_LETTERS = 5 };

static bool one_in(struct chance *c, uint32_t n)
{
	return chance_below(c, n) == 0;
}

/* --- chance --- */

static struct iface_settings random_settings(struct chance *c)
{
	static const int64_t intervals[] = {125, 20, 11};
	static const enum gm_generation versions[] = {3, 3, 3, 3, 2, 1};
	enum gm_generation version = versions[chance_below(c, 6)];

	return (struct iface_settings){
		.role = ROLE_DOWNSTREAM,
		.enabled = {true, true},
		.query_interval = mspan_seconds(intervals[chance_below(c, 3)]),
		.query_response_interval = mspan_seconds(one_in(c, 3) ? 1 : 10),
		.last_member_query_interval = mspan_ms(one_in(c, 3) ? 300 : 1000),
		.robustness = 1 + chance_below(c, 3),
		.last_member_query_count = 1 + chance_below(c, 3),
		.version = {version, version == GM_GENERATION_1 ? GM_GENERATION_2 : version},
		.threshold = 1,
		.max_groups = 16384,
		.max_sources = 512,
		.fast_leave = one_in(c, 3),
		.always_forward = one_in(c, 3),
	};
}

struct stage stage_random(struct chance *c)
{
	static const unsigned int query_sources[] = {180, 180, 2, 1};
	struct stage stage = {.query_sources = query_sources[chance_below(c, 4)]};

	for (uint32_t i = UP; i <= UP + STEP_DOWNSTREAMS; i++) {
		stage.settings[i] = random_settings(c);
		stage.others[i] = random_settings(c);
	}
	stage.settings[UP].role = stage.others[UP].role = ROLE_UPSTREAM;
	return stage;
}

static void random_letters(struct chance *c, char letters[STEP_LETTERS + 1])
{
	size_t n = 0;

	for (char letter = 'a'; letter < 'a' + N_LETTERS; letter++)
		if (one_in(c, 3))
			letters[n++] = letter;
	letters[n] = '\0';
}

static struct step_record random_record(struct chance *c, enum gm_generation generation)
{
	struct step_record record = {.group = 1 + chance_below(c, N_GROUPS)};

	if (generation == GM_GENERATION_1 || (generation == GM_GENERATION_2 && !one_in(c, 3))) {
		record.type = GM_IS_EX;
	} else if (generation == GM_GENERATION_2) {
		record.type = GM_TO_IN;
	} else {
		record.type = (enum gm_record_type)(1 + chance_below(c, GM_BLOCK));
		random_letters(c, record.letters);
	}
	return record;
}

static void random_say(struct chance *c, struct step *step)
{
	static const enum gm_generation generations[] = {3, 3, 3, 3, 3, 3, 3, 3, 2, 2, 2, 1};

	step->kind = STEP_SAY;
	step->host = HOST + chance_below(c, 3);
	step->generation = generations[chance_below(c, 12)];
	step->n_records = step->generation == GM_GENERATION_3 && one_in(c, 5) ? 1 + chance_below(c, STEP_RECORDS) : 1;
	for (unsigned int k = 0; k < step->n_records; k++)
		step->records[k] = random_record(c, step->generation);
}

static void random_query(struct chance *c, struct step *step)
{
	static const unsigned int hosts[] = {RIVAL, RIVAL, RIVAL2, HIGHER, HIGHER, 0};
	static const int64_t responses[] = {0, 100, 1000, 2500, 10000};

	step->kind = STEP_QUERY;
	step->host = hosts[chance_below(c, 6)];
	step->generation = one_in(c, 3) ? (enum gm_generation)(1 + chance_below(c, 2)) : GM_GENERATION_3;
	step->max_response = mspan_ms(responses[chance_below(c, 5)]);
	if (step->generation > GM_GENERATION_1 && !one_in(c, 3))
		step->records[0].group = 1 + chance_below(c, N_GROUPS);
	if (step->generation < GM_GENERATION_3)
		return;
	step->suppress = one_in(c, 3);
	step->robustness = chance_below(c, 4);
	step->interval = mspan_seconds(one_in(c, 2) ? 0 : 5 + chance_below(c, 100));
	if (step->records[0].group != 0 && one_in(c, 2))
		random_letters(c, step->records[0].letters);
}

static void random_timer(struct chance *c, struct step *step)
{
	step->kind = STEP_TIMER;
	step->pick = one_in(c, 3) ? chance_below(c, 64) : 0;
	step->beside = (int)chance_below(c, 3) - 1;
	step->hold = one_in(c, 3);
}

static void random_link(struct chance *c, struct step *step)
{
	static const unsigned int routers[] = {ROUTER, RIVAL - 1, RIVAL + 1, HIGHER + 1};
	static const enum step_kind kinds[] = {STEP_UP, STEP_UP, STEP_UP, STEP_DELETE, STEP_ADDRESS, STEP_SETTINGS};

	step->kind = kinds[chance_below(c, 6)];
	step->host = routers[chance_below(c, 4)];
	if (one_in(c, 4))
		step->link = UP;
}

struct step step_random(struct chance *c)
{
	struct step step = {.link = DOWN1 + chance_below(c, STEP_DOWNSTREAMS)};
	uint32_t what = chance_below(c, 200);

	if (what < 110) {
		random_say(c, &step);
	} else if (what < 130) {
		random_query(c, &step);
	} else if (what < 145) {
		step.kind = STEP_WAIT;
		step.span = mspan_ms(1 + chance_below(c, one_in(c, 4) ? 60000 : 1500));
	} else if (what < 180) {
		random_timer(c, &step);
	} else if (what < 197) {
		step.kind = STEP_FLOW;
		step.link = one_in(c, 3) ? step.link : UP;
		step.records[0] = (struct step_record){.group = 1 + chance_below(c, N_GROUPS)};
		step.records[0].letters[0] = (char)('a' + chance_below(c, N_LETTERS));
	} else {
		random_link(c, &step);
	}
	return step;
}

/* --- words --- */

void stage_print(const struct stage *stage, FILE *out)
{
	fprintf(out, "queries carry %u sources\n", stage->query_sources);
	for (uint32_t i = 2 * DOWN1; i < 2 * (DOWN1 + STEP_DOWNSTREAMS); i++) {
		const struct iface_settings *s = i % 2 ? &stage->others[i / 2] : &stage->settings[i / 2];

		fprintf(out, "link %u%s: version %d, RV %u, QI %g s, QRI %g s, LMQI %g s, LMQC %u%s%s\n", i / 2,
			i % 2 ? " otherwise" : "", (int)s->version[FAMILY_IPV4], s->robustness,
			mspan_to_seconds(s->query_interval),
			mspan_to_seconds(s->query_response_interval), mspan_to_seconds(s->last_member_query_interval),
			s->last_member_query_count, s->fast_leave ? ", fast-leave" : "",
			s->always_forward ? ", always-forward" : "");
	}
}

static void print_say(const struct step *step, FILE *out)
{
	fprintf(out, "host %#x, version %d:", step->host, (int)step->generation);
	for (unsigned int k = 0; k < step->n_records; k++) {
		const struct step_record *r = &step->records[k];

		fprintf(out, "%s group %u %s{%s}", k > 0 ? "," : "", r->group, gm_record_name(r->type), r->letters);
	}
}

static void print_query(const struct step *step, FILE *out)
{
	fprintf(out, "router %#x asks, version %d: ", step->host, (int)step->generation);
	if (step->records[0].group == 0)
		fprintf(out, "general");
	else
		fprintf(out, "group %u{%s}", step->records[0].group, step->records[0].letters);
	fprintf(out, "%s, QRV %u, QQI %g s, response %g s", step->suppress ? ", S" : "", step->robustness,
		mspan_to_seconds(step->interval), mspan_to_seconds(step->max_response));
}

void step_print(const struct step *step, FILE *out)
{
	if (step->kind != STEP_WAIT && step->kind != STEP_TIMER)
		fprintf(out, "link %u: ", step->link);
	if (step->kind == STEP_SAY)
		print_say(step, out);
	else if (step->kind == STEP_QUERY)
		print_query(step, out);
	else if (step->kind == STEP_WAIT)
		fprintf(out, "wait %g s", mspan_to_seconds(step->span));
	else if (step->kind == STEP_TIMER)
		fprintf(out, "wait until timer %u ends, %+d us%s", step->pick, step->beside,
			step->hold ? ", and leave what is due then" : "");
	else if (step->kind == STEP_FLOW)
		fprintf(out, "packets of source %s to group %u", step->records[0].letters, step->records[0].group);
	else if (step->kind == STEP_SETTINGS)
		fprintf(out, "other settings");
	else if (step->kind == STEP_ADDRESS)
		fprintf(out, "our address becomes %#x", step->host);
	else
		fprintf(out, "%s", step->kind == STEP_UP ? "down, or up again" : "deleted, or made again");
}
