/*
 * The steps of the property test: values that say all that is to be done, so that a
 * list of them can be kept, thinned out, played again and read. One list serves both
 * families: hosts, groups and sources are numbers and letters.
 */
#ifndef TESTS_MODEL_STEPS_H
#define TESTS_MODEL_STEPS_H

#include <stdio.h>

#include "chance.h"
#include "gm.h"
#include "mtime.h"
#include "settings.h"

enum { STEP_RECORDS = 3, STEP_LETTERS = 6, STEP_DOWNSTREAMS = 3 };

enum step_kind {
	STEP_SAY,     /* a host reports or leaves */
	STEP_QUERY,   /* somebody else asks */
	STEP_WAIT,    /* for a span */
	STEP_TIMER,   /* until a timer ends, or a microsecond beside */
	STEP_UP,      /* a link comes up or goes down */
	STEP_DELETE,  /* a link is deleted, or made again */
	STEP_ADDRESS, /* a link has another address */
	STEP_SETTINGS, /* the other ones of a link */
	STEP_FLOW     /* packets */
};

struct step_record {
	enum gm_record_type type;
	unsigned int group;
	char letters[STEP_LETTERS + 1];
};

struct step {
	enum step_kind kind;
	uint32_t link;
	unsigned int host; /* who says or asks, 0: nobody; STEP_ADDRESS: ours */
	enum gm_generation generation;
	struct step_record records[STEP_RECORDS]; /* STEP_QUERY, STEP_FLOW: group and sources of the first */
	unsigned int n_records;
	bool suppress;
	unsigned int robustness;
	struct mspan max_response;
	struct mspan interval;
	struct mspan span;
	unsigned int pick; /* STEP_TIMER: which one; 0: the next one */
	int beside;	   /* microseconds */
	bool hold;	   /* what is due at that instant waits for the next step */
};

/* What does not change while a list is played. [1] is the upstream. */
struct stage {
	struct iface_settings settings[STEP_DOWNSTREAMS + 2];
	struct iface_settings others[STEP_DOWNSTREAMS + 2];
	unsigned int query_sources; /* in a packet */
};

struct stage stage_random(struct chance *c);
struct step step_random(struct chance *c);

void stage_print(const struct stage *stage, FILE *out);
void step_print(const struct step *step, FILE *out);

#endif
