/*
 * Ethernet frames with IGMP, MLD and UDP multicast in them, as other hosts would
 * send them: written by hand here, so that tests do not trust the code they test.
 */
#ifndef TESTS_FRAME_H
#define TESTS_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"

struct frame {
	uint8_t bytes[2048];
	size_t len;
};

enum frame_alert { FRAME_NO_ALERT, FRAME_ALERT };

/* An IGMP or MLD message; its checksum is filled in. */
void frame_gm(struct frame *f, const struct addr *src, const struct addr *dst, enum frame_alert alert,
	      const uint8_t *message, size_t len);

/* A small UDP datagram of a stream. */
void frame_udp(struct frame *f, const struct addr *src, const struct addr *dst, uint8_t ttl);

/* IGMPv2 or MLDv1 report (leave: leave or done) of a group; returns its length. */
size_t frame_report(uint8_t message[static 24], const struct addr *group, bool leave);

/* IGMPv3 or MLDv2 report with one IS_EX record; returns its length. */
size_t frame_report3(uint8_t message[static 28], const struct addr *group);

void frame_send(const struct frame *f, int tap);

/*
 * One record of a report that was captured, as far as a test asks. type 0: an
 * IGMPv2 or MLDv1 report, 255: a leave or done.
 */
struct frame_record {
	uint8_t type;
	unsigned int n_sources;
	struct addr group;
};

enum { FRAME_REPORT = 0, FRAME_LEAVE = 255 };

/* The records of a captured frame, at most max; 0 when it is no report. */
size_t frame_records(const uint8_t *bytes, size_t len, struct frame_record *records, size_t max);

#endif
