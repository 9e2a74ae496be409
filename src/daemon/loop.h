/*
 * How it runs: the descriptors, the one timer and the signals, on libevent. The only
 * file of this room that knows the event library. A turn is what happens between two
 * waits: inputs are read before any timer is looked at, what may wait is done last, and
 * nothing is given more time than others can do without.
 */
#ifndef DAEMON_LOOP_H
#define DAEMON_LOOP_H

#include "conf.h"
#include "device.h"
#include "exhibit.h"
#include "reload.h"

struct loop;

/*
 * devices[f] is NULL for a family that is off. Devices and reload are borrowed; *conf
 * is the caller's too, and is replaced when a reload succeeds. NULL after an error line.
 */
struct loop *loop_new(struct device *devices[static FAMILY_COUNT], struct conf **conf, struct reload *reload,
		      struct exhibit *exhibit, struct listeners *listeners);
void loop_free(struct loop *loop);

/* From here on the signals of the manual wait for the loop, and after the loop's end nobody hears them any more. */
void loop_hold_signals(void);

/* Runs until SIGTERM or SIGINT. False after an error line. */
bool loop_run(struct loop *loop);

#endif
