/*
 * The tunables of one router-side interface and every interval derived from
 * them: the only place where a formula stands. Section numbers are those of
 * RFC 9776; RFC 9777 section 9 says the same with other words.
 */
#ifndef CORE_PARAMS_H
#define CORE_PARAMS_H

#include "mtime.h"
#include "settings.h"

struct params {
	unsigned int robustness;		 /* 8.1 */
	struct mspan query_interval;		 /* 8.2 */
	struct mspan query_response_interval;	 /* 8.3 */
	struct mspan last_member_query_interval; /* 8.8 */
	unsigned int last_member_query_count;	 /* 8.9 */
};

struct params params_of(const struct iface_settings *settings);

/* 8.4, with erratum 6725: RV * QI + 2 * QRI. How long a membership lives without a report. */
struct mspan params_group_membership_interval(const struct params *p);

/* 8.5: RV * QI + QRI / 2. How long a silent querier still counts as present. */
struct mspan params_other_querier_present_interval(const struct params *p);

/* 8.13: RV * QI + QRI. How long an old version is spoken for a group after its last report. */
struct mspan params_older_host_present_interval(const struct params *p);

/* 8.6 and 8.7: QI / 4, RV times. */
struct mspan params_startup_query_interval(const struct params *p);
unsigned int params_startup_query_count(const struct params *p);
/*
 * (count - 1) * interval + QRI + LMQI: who is there has answered the startup series by then.
 * A host may take all of QRI; LMQI is for the way there and back, as it is in a
 * specific query.
 */
struct mspan params_startup_time(const struct params *p);

/* 8.10: LMQI * LMQC. How long a leave takes when nobody objects. */
struct mspan params_last_member_query_time(const struct params *p);

#endif
