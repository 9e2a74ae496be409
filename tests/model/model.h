/*
 * A slow reference model of the proxy, to compare the engine with: written from the
 * words of RFC 9776 (sections 4, 6, 7, 8; RFC 9777 says the same of MLD) and RFC 4605
 * (section 4), not from src/core. Sets are unsorted arrays, timers are instants that
 * are all looked at whenever time moves, and nothing is remembered that can be worked
 * out again. The formulas of section 8 are its own.
 *
 * Where engine and RFC differ on purpose, it follows the engine's documentation:
 *
 * - 6.6.2: OQPI is counted from the last general query of the link, with a query
 *   interval at least, and a specific query of a known querier does not lengthen it
 *   (querier.c, present_until()).
 * - 6.6.1: a querier's specific query lowers timers to LMQC times the larger of its
 *   maximum response time and our LMQI (lower_by_query()), and only while we are not
 *   querier ourselves: a query from a router that lost the election lowers nothing.
 * - 6.6.3: no two questions about a group, or about sources of it, within a tenth of a
 *   second, and timers are lowered to LMQT behind the question, not behind the leave; all
 *   sources that are still to be asked about go out together, as 6.6.3.2 says.
 * - 6.6.2: a router that is higher than the querier has lost, and is not followed even if
 *   it is lower than we are. Nor do its specific queries lower anything.
 *   A QQI of more than an hour counts as an hour, if ours is not longer (bearable()).
 * - fast-leave: what no tracked host wants any more goes at once; nothing is cut as
 *   long as a host that cannot be tracked may be there, nor before the answers to the
 *   first general query since the link came up can have come in.
 * - 6.6.3: who speaks version 1 asks about no group and lowers no group timer, who
 *   speaks version 2 the same of sources: these run out by themselves.
 * - A timer ends when it is looked at: a report that is read before the timers of the
 *   same moment finds them running (group.h).
 * - A link that went down keeps its records and is silent; back up, it begins as
 *   querier (6.6.2). A deleted one does the same when it is made again, and its records
 *   run out with the startup series at the latest (querier_doubt()).
 * - Other settings leave the timers that run as they are; what was adopted from another
 *   querier (4.1.6, 4.1.7) stays until its next query (querier_configure()).
 *
 * Not modelled: limits, filters, static groups, flows that move, kernel errors; the
 * simulation and the fuzz target have those.
 */
#ifndef TESTS_MODEL_H
#define TESTS_MODEL_H

#include "record.h"

/* Link 1 is the upstream, as in world.h. */
enum { MODEL_UPSTREAM = 1, MODEL_LINKS = 4, MODEL_GROUPS = 4, MODEL_SENT = 512 };

struct model_link {
	const struct iface_settings *settings;
	struct addr address;
	bool up;	 /* it can be used */
	bool attached;	 /* it has been up since it was made */
	bool doubted;	 /* it has been deleted since its records were made */

	bool querier;
	unsigned int robustness; /* in force: ours, or the querier's (4.1.6, 4.1.7) */
	struct mspan interval;
	bool his_robustness, his_interval; /* the other querier said so (4.1.6, 4.1.7) */
	struct addr other;	 /* who is querier while we are not */
	struct mtime other_gone;
	struct mtime next_general;
	struct mtime last_general;
	struct mtime asked_until; /* the answers to the first general query have come by then */
	unsigned int startup_left;
	struct model_record records[MODEL_GROUPS];
};

struct model_query {
	struct mtime at;
	uint32_t link;
	struct addr group;
	struct set sources;
	bool suppress;
};

struct model {
	enum family family;
	struct mtime now;
	struct model_link links[MODEL_LINKS + 1];
	struct model_query sent[MODEL_SENT]; /* until somebody empties it */
	size_t n_sent;
};

/* settings: one for each link, [1] is the upstream's; borrowed. The groups are numbered from 1. */
void model_init(struct model *m, enum family family, struct mtime now, const struct addr groups[MODEL_GROUPS]);

/* News of a link: it is there and usable or not; address: what we speak from. */
void model_news(struct model *m, uint32_t link, const struct iface_settings *settings, bool up,
		const struct addr *address);
void model_gone(struct model *m, uint32_t link);

void model_report(struct model *m, uint32_t link, const struct addr *src, const struct gm_message *message);
void model_query(struct model *m, uint32_t link, const struct addr *src, const struct gm_query *query);

/* Does what is due at now. */
void model_settle(struct model *m);
/* Time passes, settling at every timer's end on the way. */
void model_pass_to(struct model *m, struct mtime until);
/* Nothing ends before that. */
struct mtime model_next(const struct model *m);
/* The ends of all timers, whatever they are of, in no order; returns how many. */
size_t model_timers(const struct model *m, struct mtime *ends, size_t max);

const struct model_record *model_record(const struct model *m, uint32_t link, unsigned int group);

/* RFC 4605 section 4.1: what the proxy asks of the upstream for a group. False: nothing. */
bool model_merge(const struct model *m, unsigned int group, enum gm_filter_mode *mode, struct set *sources);
/* RFC 4605 section 4.3: where a packet that came in on iif goes, a bit for each link. */
uint64_t model_oifs(const struct model *m, const struct addr *source, unsigned int group, uint32_t iif);

#endif
