/* The fake kernel keeps its promises, so that the tests that stand on it mean something. */
#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "kernel_fake.h"

static struct addr parse(const char *text)
{
	struct addr a;

	cr_assert(addr_parse(text, &a), "%s", text);
	return a;
}

static struct kernel *open_fake(void)
{
	const struct kernel_options options = {.receive_buffer_bytes = 1000};
	struct kernel_error error;
	struct kernel *k = kernel_open(FAMILY_IPV4, &options, &error);

	cr_assert_not_null(k);
	cr_assert_eq(kernel_receive_buffer(k), 1000);
	return k;
}

static bool is_readable(const struct kernel *k)
{
	struct pollfd p = {.fd = kernel_fd(k), .events = POLLIN};

	return poll(&p, 1, 0) == 1;
}

Test(kernel_fake, refuses_to_open)
{
	const struct kernel_options options = {.has_table = true, .table = KERNEL_FAKE_REFUSE + KERNEL_HELD};
	struct kernel_error error = {0};

	cr_assert_null(kernel_open(FAMILY_IPV6, &options, &error));
	cr_expect_eq(error.refusal, KERNEL_HELD);
	cr_expect_eq(error.error, EADDRINUSE);
	cr_expect_gt(strlen(error.text), 0);
}

Test(kernel_fake, vifs)
{
	struct kernel *k = open_fake();
	uint32_t last = MROUTE_MAX_IFACES + 1;
	struct traffic counted;

	cr_expect_eq(kernel_iface_add(k, 1, false, 1), -EADDRNOTAVAIL);
	for (uint32_t i = 1; i <= last; i++)
		cr_assert(kernel_fake_link(k, i, true));
	for (uint32_t i = 1; i < last; i++)
		cr_assert_eq(kernel_iface_add(k, i, true, 3), 0);
	cr_expect_eq(kernel_iface_add(k, last, true, 1), -ENFILE);
	cr_expect_eq(kernel_iface_add(k, 7, false, 5), 0);
	cr_expect(!kernel_fake_vif(k, 7)->downstream);
	cr_expect_eq(kernel_fake_vif(k, 7)->threshold, 5);
	/* A device that goes keeps its number. */
	cr_expect(kernel_fake_link(k, 8, false));
	cr_expect(!kernel_fake_vif(k, 8)->exists);
	cr_expect_eq(kernel_iface_add(k, last, true, 1), -ENFILE);
	kernel_iface_del(k, 8, &counted);
	cr_expect_eq(kernel_iface_add(k, last, true, 1), 0);
	kernel_close(k);
}

Test(kernel_fake, entries_outlive_vifs)
{
	struct kernel *k = open_fake();
	struct mroute route = {.source = parse("10.0.0.1"), .group = parse("239.1.1.1"), .iif = 1, .oifs = {2}};
	struct mroute seen;
	struct mroute_count count;
	struct traffic counted;

	route.n_oifs = 1;
	for (uint32_t i = 1; i <= 3; i++)
		cr_assert(kernel_fake_link(k, i, true));
	cr_expect_eq(kernel_mroute_set(k, &route), -ENODEV);
	cr_assert_eq(kernel_iface_add(k, 1, false, 1), 0);
	cr_assert_eq(kernel_iface_add(k, 2, true, 1), 0);
	cr_assert_eq(kernel_mroute_set(k, &route), 0);
	cr_assert_eq(kernel_mroute_count(k, &route.source, &route.group, &count), 0);
	cr_expect_eq(count.packets, 0);
	kernel_fake_mroute_counter(k, &route.source, &route.group)->packets = 5;
	cr_assert_eq(kernel_mroute_set(k, &route), 0);
	cr_assert_eq(kernel_mroute_count(k, &route.source, &route.group, &count), 0);
	cr_expect_eq(count.packets, 5, "changed in place");
	kernel_iface_del(k, 2, &counted);
	cr_expect_eq(kernel_fake_orphans(k), 1);
	cr_assert_eq(kernel_iface_add(k, 3, true, 1), 0);
	cr_assert(kernel_fake_mroute(k, &route.source, &route.group, &seen));
	cr_expect_eq(seen.iif, 1);
	cr_assert_eq(seen.n_oifs, 1);
	cr_expect_eq(seen.oifs[0], 3, "the harm that a reused number does");
	cr_expect_eq(kernel_mroute_del(k, &route.source, &route.group), 0);
	cr_expect_eq(kernel_mroute_del(k, &route.source, &route.group), 0);
	cr_expect_eq(kernel_mroute_count(k, &route.source, &route.group, &count), -EADDRNOTAVAIL);
	cr_expect_eq(kernel_fake_mroutes(k), 0);
	kernel_close(k);
}

Test(kernel_fake, messages)
{
	struct kernel *k = open_fake();
	struct kernel_message m = {.kind = KERNEL_PACKET, .ifindex = 4, .bytes = (const uint8_t *)"abc", .len = 3};
	struct kernel_message got;

	cr_expect(!is_readable(k));
	cr_expect_eq(kernel_recv(k, &got), 0);
	cr_assert(kernel_fake_receive(k, &m));
	m = (struct kernel_message){.kind = KERNEL_UPCALL, .ifindex = 5, .upcall = {.kind = UPCALL_WRONGVIF}};
	cr_assert(kernel_fake_receive(k, &m));
	cr_expect(is_readable(k));
	kernel_fake_fail(k, KERNEL_FAKE_RECV, ENETDOWN, 1);
	cr_expect_eq(kernel_recv(k, &got), -ENETDOWN);
	cr_assert_eq(kernel_recv(k, &got), 1);
	cr_expect_eq(got.kind, KERNEL_PACKET);
	cr_expect_eq(got.len, 3);
	cr_expect_arr_eq(got.bytes, "abc", 3);
	cr_expect_null(got.hop_options);
	cr_assert_eq(kernel_recv(k, &got), 1);
	cr_expect_eq(got.upcall.kind, UPCALL_WRONGVIF);
	cr_expect(!is_readable(k));
	cr_expect_eq(kernel_recv(k, &got), 0);
	cr_expect_eq(kernel_fake_calls(k, KERNEL_FAKE_RECV), 5);
	kernel_close(k);
}

Test(kernel_fake, sends)
{
	struct kernel *k = open_fake();
	struct addr src = parse("10.0.0.1");
	struct addr dst = parse("224.0.0.1");

	cr_expect_eq(kernel_send(k, 1, &src, &dst, "x", 1), -ENODEV);
	cr_assert(kernel_fake_link(k, 1, true));
	cr_expect_eq(kernel_send(k, 1, &src, &dst, "xyz", 3), 0);
	cr_assert_not_null(kernel_fake_sent(k, 0));
	cr_expect_eq(kernel_fake_sent(k, 0)->len, 3);
	cr_expect(addr_equal(&kernel_fake_sent(k, 0)->dst, &dst));
	cr_expect_null(kernel_fake_sent(k, 1));
	kernel_fake_forget_sent(k);
	cr_expect_null(kernel_fake_sent(k, 0));
	kernel_close(k);
}

Test(kernel_fake, subscriptions)
{
	struct kernel *k = open_fake();
	struct addr group = parse("239.1.1.1");
	struct addr source = parse("10.0.0.1");
	struct srcset set = SRCSET_EMPTY;
	enum gm_filter_mode mode;

	cr_expect_eq(kernel_subscribe(k, 1, &group, GM_EXCLUDE, &set), -ENODEV);
	cr_assert(kernel_fake_link(k, 1, true));
	kernel_fake_fail(k, KERNEL_FAKE_SUBSCRIBE, EMFILE, 1);
	cr_expect_eq(kernel_subscribe(k, 1, &group, GM_EXCLUDE, &set), -EMFILE);
	cr_expect_null(kernel_fake_subscription(k, 1, &group, NULL));
	cr_expect_eq(kernel_subscribe(k, 1, &group, GM_EXCLUDE, &set), 0);
	cr_assert(srcset_add(&set, &source));
	cr_expect_eq(kernel_subscribe(k, 1, &group, GM_INCLUDE, &set), 0);
	cr_assert_not_null(kernel_fake_subscription(k, 1, &group, &mode));
	cr_expect_eq(mode, GM_INCLUDE);
	cr_expect_eq(kernel_fake_subscription(k, 1, &group, NULL)->count, 1);
	cr_expect_eq(kernel_fake_subscriptions(k), 1);
	kernel_unsubscribe_all(k, 2);
	cr_expect_eq(kernel_fake_subscriptions(k), 1);
	kernel_unsubscribe_all(k, 1);
	cr_expect_eq(kernel_fake_subscriptions(k), 0);
	srcset_fini(&set);
	kernel_close(k);
}
