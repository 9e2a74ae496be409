/* Events to whoever stays to hear them: whole lines, in order, and bounded. */
#include <criterion/criterion.h>
#include <event2/buffer.h>
#include <stdlib.h>
#include <string.h>

#include "document.h"
#include "feed.h"

static struct event drop_event(const struct addr *from)
{
	return (struct event){.kind = EVENT_PACKET_DROP, .family = FAMILY_IPV4, .iface = "lan0", .source = from, .word = "bad_checksum"};
}

static char *heard(struct document *d)
{
	struct evbuffer *out = evbuffer_new();
	size_t len;
	char *text;

	cr_assert(out);
	cr_assert_eq(d->step(d, out), DOCUMENT_WAIT);
	len = evbuffer_get_length(out);
	text = calloc(1, len + 1);
	cr_assert(text);
	evbuffer_remove(out, text, len);
	evbuffer_free(out);
	return text;
}

static unsigned int count_lines(const char *text)
{
	unsigned int n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

Test(feed, tells_every_listener_from_then_on)
{
	struct addr from = addr_from_v4((uint8_t[]){192, 0, 2, 7});
	struct event e = drop_event(&from);
	struct feed feed;
	struct document *first, *second;
	char *text;

	feed_init(&feed);
	feed_event(&feed, 1, &e);
	first = feed_listen(&feed);
	feed_event(&feed, 1.5, &e);
	second = feed_listen(&feed);
	feed_event(&feed, 2, &e);
	text = heard(first);
	cr_expect_eq(strncmp(text, "{\"time\":1.500,\"event\":\"packet_drop\",\"family\":\"ipv4\",\"interface\":\"lan0\","
				   "\"reporter\":\"192.0.2.7\",\"reason\":\"bad_checksum\"}\n", 103), 0, "%s", text);
	cr_expect_eq(count_lines(text), 2);
	free(text);
	text = heard(second);
	cr_expect_eq(count_lines(text), 1);
	free(text);
	first->free(first);
	feed_event(&feed, 3, &e);
	text = heard(second);
	cr_expect_eq(count_lines(text), 1, "the other one goes on");
	free(text);
	second->free(second);
	cr_expect_eq(feed.dropped, 0);
}

Test(feed, drops_what_nobody_reads_and_says_how_much)
{
	struct addr from = addr_from_v4((uint8_t[]){192, 0, 2, 7});
	struct event e = drop_event(&from);
	struct feed feed;
	struct document *deaf;
	unsigned int told;
	char expected[64];
	char *text;

	feed_init(&feed);
	deaf = feed_listen(&feed);
	for (int k = 0; k < 2000; k++)
		feed_event(&feed, 1, &e);
	cr_expect_gt(feed.dropped, 0);
	text = heard(deaf);
	cr_expect_lt(strlen(text), 65536 + 512, "bounded");
	told = count_lines(text);
	cr_expect_eq(told + feed.dropped, 2000);
	free(text);
	feed_event(&feed, 2, &e);
	text = heard(deaf);
	snprintf(expected, sizeof(expected), "\"event\":\"events_dropped\",\"count\":%llu}\n", (unsigned long long)feed.dropped);
	cr_expect(strstr(text, expected), "%s", text);
	cr_expect_eq(count_lines(text), 2);
	free(text);
	deaf->free(deaf);
}
