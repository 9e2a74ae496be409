/*
 * The engine in its world and the model beside it, moved by the same steps and then
 * compared: records with their timers, elections, what was sent, subscriptions, entries.
 */
#ifndef TESTS_MODEL_PLAY_H
#define TESTS_MODEL_PLAY_H

#include "model.h"
#include "steps.h"
#include "world.h"

struct play {
	struct world *w;
	struct model m;
	struct iface_settings others[STEP_DOWNSTREAMS + 2];
	bool deaf_to_suppress; /* a fault, so that it can be seen to be found: the model takes no notice of the S flag */
	bool held; /* what is due has not been done */
	char failure[512]; /* empty: engine and model agree */
};

void play_start(struct play *p, enum family family, const struct stage *stage);
void play_end(struct play *p);

/* Does the step on both sides and compares what it touched. */
void play_step(struct play *p, const struct step *step);

/* compare.c: false with failure filled. */
bool compare_record(struct play *p, uint32_t link, unsigned int group);
bool compare_group(struct play *p, unsigned int group);
bool compare_link(struct play *p, uint32_t link);
/* Empties both lists of what was sent. */
bool compare_sent(struct play *p);
bool compare_all(struct play *p);

#endif
