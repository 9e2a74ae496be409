/*
 * The life of the multicast routing socket, and kernel.h's functions put together
 * from the parts: mrt (what the families differ in), vif (numbers), inbox (what
 * was received), pool (subscriptions), held (who else has it).
 */
#include "kernel.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/sock_diag.h>

#include "held.h"
#include "inbox.h"
#include "mrt.h"
#include "pool.h"
#include "sockaddr.h"
#include "vif.h"

struct kernel {
	const struct mrt *mrt;
	int fd;
	struct vifs vifs;
	struct inbox *inbox;
	struct pool *pool;
	uint64_t drops;	     /* the kernel's counter, made 64 bits wide */
	uint32_t drops_seen; /* and how it stood when we last looked */
};

static const struct mrt *const families[FAMILY_COUNT] = {[FAMILY_IPV4] = &mrt4, [FAMILY_IPV6] = &mrt6};

static void refuse(struct kernel_error *error, enum kernel_refusal refusal, int errnum, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

static void refuse(struct kernel_error *error, enum kernel_refusal refusal, int errnum, const char *format, ...)
{
	va_list args;

	error->refusal = refusal;
	error->error = errnum;
	va_start(args, format);
	vsnprintf(error->text, sizeof(error->text), format, args);
	va_end(args);
}

static void table_name(const struct kernel_options *options, char *text, size_t text_bytes)
{
	if (options->has_table)
		snprintf(text, text_bytes, "table %u", (unsigned int)options->table);
	else
		snprintf(text, text_bytes, "main table");
}

static void refuse_held(const struct mrt *mrt, const struct kernel_options *options, struct kernel_error *error)
{
	char candidates[256];
	char namespace[64];
	char table[32];

	held_candidates(mrt->raw_sockets, mrt->protocol, candidates, sizeof(candidates));
	held_namespace(namespace, sizeof(namespace));
	table_name(options, table, sizeof(table));
	refuse(error, KERNEL_HELD, EADDRINUSE,
	       "%s multicast routing (%s of network namespace %s) is held by another process; candidates: %s. "
	       "Stop it, or give one of the two a routing table of its own (\"table\").",
	       mrt->name, table, namespace, *candidates ? candidates : "none seen from here (another container?)");
}

/* What went wrong in the socket() and setsockopt() calls that want CAP_NET_RAW and the kernel's consent. */
static void refuse_init(const struct mrt *mrt, const struct kernel_options *options, int r, struct kernel_error *error)
{
	switch (-r) {
	case EADDRINUSE:
		refuse_held(mrt, options, error);
		break;
	case ENOPROTOOPT:
		refuse(error, KERNEL_MISSING, -r, "%s", mrt->missing);
		break;
	case EAFNOSUPPORT:
	case EPROTONOSUPPORT:
	case ESOCKTNOSUPPORT:
		refuse(error, KERNEL_MISSING, -r,
		       "This kernel has no %s: it is built without it, or started with it disabled.", mrt->name);
		break;
	case EPERM:
	case EACCES:
		refuse(error, KERNEL_DENIED, -r,
		       "The kernel refuses %s multicast routing (%s): start as root, or with CAP_NET_RAW.", mrt->name,
		       strerror(-r));
		break;
	default:
		refuse(error, KERNEL_FAILED, -r, "%s multicast routing cannot be started: %s.", mrt->name,
		       strerror(-r));
		break;
	}
}

static void refuse_table(const struct mrt *mrt, const struct kernel_options *options, int r, struct kernel_error *error)
{
	unsigned int table = options->table;

	if (r == -ENOPROTOOPT)
		refuse(error, KERNEL_MISSING, -r, "%s", mrt->missing_table);
	else if (r == -EPERM || r == -EACCES)
		refuse(error, KERNEL_DENIED, -r,
		       "The kernel refuses %s multicast routing table %u (%s): start as root, or with CAP_NET_ADMIN.",
		       mrt->name, table, strerror(-r));
	else if (r == -EINVAL)
		refuse(error, KERNEL_FAILED, -r, "%u is no number for an %s multicast routing table.", table,
		       mrt->name);
	else
		refuse(error, KERNEL_FAILED, -r, "%s multicast routing table %u cannot be had: %s.", mrt->name, table,
		       strerror(-r));
}

/*
 * From socket() until its filter was set, packets of every kind were queued, some
 * of which could pass for upcalls; no true upcall can be there before MRT_INIT.
 * The bound is more than the default buffer holds.
 */
static void discard_early_packets(int fd)
{
	enum { BOUND = 4096 };
	char byte;

	for (int i = 0; i < BOUND && recv(fd, &byte, sizeof(byte), MSG_DONTWAIT | MSG_TRUNC) >= 0; i++)
		continue;
}

/* SO_RCVBUFFORCE wants CAP_NET_ADMIN; without it there is as much as net.core.rmem_max allows. */
static void enlarge_receive_buffer(int fd, int bytes)
{
	/* The kernel doubles what it is given, for its own bookkeeping. */
	int half = bytes / 2;

	if (half > 0 && mrt_option(fd, SOL_SOCKET, SO_RCVBUFFORCE, half))
		(void)mrt_option(fd, SOL_SOCKET, SO_RCVBUF, half);
}

static int start_routing(const struct mrt *mrt, int fd)
{
	int r = mrt_option(fd, mrt->level, mrt->opt_init, 1);

	if (r)
		return r;
	/*
	 * For WRONGVIF upcalls. Without PIM in the kernel ASSERT gives those of
	 * packets that came in on an oif; with neither, counters have to do.
	 */
	if (mrt_option(fd, mrt->level, mrt->opt_pim, 1))
		(void)mrt_option(fd, mrt->level, mrt->opt_assert, 1);
	return 0;
}

/* The descriptor, or -1 with *error filled. */
static int open_socket(const struct mrt *mrt, const struct kernel_options *options, struct kernel_error *error)
{
	int fd = socket(mrt->domain, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, mrt->protocol);
	int r;

	if (fd < 0) {
		refuse_init(mrt, options, -errno, error);
		return -1;
	}
	if (options->has_table) {
		r = mrt_option(fd, mrt->level, mrt->opt_table, (int)options->table);
		if (r) {
			refuse_table(mrt, options, r, error);
			close(fd);
			return -1;
		}
	}
	r = mrt->prepare(fd);
	if (!r) {
		discard_early_packets(fd);
		enlarge_receive_buffer(fd, options->receive_buffer_bytes);
		r = start_routing(mrt, fd);
	}
	if (r) {
		/* Before anybody looks for the holder: ours is a raw socket too. */
		close(fd);
		refuse_init(mrt, options, r, error);
		return -1;
	}
	return fd;
}

struct kernel *kernel_open(enum family family, const struct kernel_options *options, struct kernel_error *error)
{
	const struct mrt *mrt = families[family];
	struct kernel *kernel = calloc(1, sizeof(*kernel));

	if (!kernel) {
		refuse_init(mrt, options, -ENOMEM, error);
		return NULL;
	}
	kernel->mrt = mrt;
	kernel->fd = open_socket(mrt, options, error);
	if (kernel->fd < 0) {
		free(kernel);
		return NULL;
	}
	vifs_init(&kernel->vifs, mrt, kernel->fd);
	kernel->inbox = inbox_new();
	kernel->pool = pool_new(mrt);
	if (!kernel->inbox || !kernel->pool) {
		kernel_close(kernel);
		refuse_init(mrt, options, -ENOMEM, error);
		return NULL;
	}
	return kernel;
}

void kernel_close(struct kernel *kernel)
{
	if (!kernel)
		return;
	pool_free(kernel->pool);
	vifs_fini(&kernel->vifs);
	inbox_free(kernel->inbox);
	/* Closing is not enough: a child that inherited the socket would keep the kernel forwarding. */
	(void)mrt_option(kernel->fd, kernel->mrt->level, kernel->mrt->opt_done, 1);
	close(kernel->fd);
	free(kernel);
}

int kernel_fd(const struct kernel *kernel)
{
	return kernel->fd;
}

int kernel_receive_buffer(const struct kernel *kernel)
{
	int bytes = 0;
	socklen_t len = sizeof(bytes);

	if (getsockopt(kernel->fd, SOL_SOCKET, SO_RCVBUF, &bytes, &len))
		return 0;
	return bytes;
}

uint64_t kernel_receive_drops(struct kernel *kernel)
{
	uint32_t meminfo[SK_MEMINFO_VARS] = {0};
	socklen_t len = sizeof(meminfo);

	if (!getsockopt(kernel->fd, SOL_SOCKET, SO_MEMINFO, meminfo, &len)) {
		kernel->drops += meminfo[SK_MEMINFO_DROPS] - kernel->drops_seen;
		kernel->drops_seen = meminfo[SK_MEMINFO_DROPS];
	}
	return kernel->drops;
}

int kernel_iface_add(struct kernel *kernel, uint32_t ifindex, bool downstream, unsigned int threshold)
{
	return vif_add(&kernel->vifs, ifindex, downstream, threshold);
}

void kernel_iface_del(struct kernel *kernel, uint32_t ifindex, struct traffic *counted)
{
	vif_del(&kernel->vifs, ifindex, counted);
}

int kernel_iface_count(struct kernel *kernel, uint32_t ifindex, struct iface_traffic *traffic)
{
	return vif_count(&kernel->vifs, ifindex, traffic);
}

/* False: of a VIF that is gone by now, or of a kind that we do not know. */
static bool take_upcall(const struct kernel *kernel, const struct mrt_upcall *raw, struct kernel_message *message)
{
	if (raw->vif >= MROUTE_MAX_IFACES || !kernel->vifs.slots[raw->vif].ifindex)
		return false;
	if ((unsigned int)raw->kind >= UPCALL_KINDS)
		return false;
	message->kind = KERNEL_UPCALL;
	message->ifindex = kernel->vifs.slots[raw->vif].ifindex;
	message->upcall = (struct upcall){
		.kind = raw->kind,
		.ifindex = message->ifindex,
		.source = raw->source,
		.group = raw->group,
	};
	return true;
}

static void take_packet(const struct kernel *kernel, const struct inbox_item *item, struct kernel_message *message)
{
	message->kind = KERNEL_PACKET;
	message->bytes = item->bytes;
	message->len = item->len;
	message->src = sockaddr_addr(item->from);
	message->hop_limit = -1;
	kernel->mrt->control(item->head, message);
}

int kernel_recv(struct kernel *kernel, struct kernel_message *message)
{
	struct inbox_item item;
	struct mrt_upcall raw;
	int r;

	while ((r = inbox_next(kernel->inbox, kernel->fd, &item)) > 0) {
		memset(message, 0, sizeof(*message));
		if (!kernel->mrt->upcall(item.bytes, item.len, &raw)) {
			take_packet(kernel, &item, message);
			return 1;
		}
		if (take_upcall(kernel, &raw, message))
			return 1;
	}
	return r;
}

int kernel_send(struct kernel *kernel, uint32_t ifindex, const struct addr *src, const struct addr *dst,
		const void *bytes, size_t len)
{
	_Alignas(struct cmsghdr) uint8_t control[64];
	struct sockaddr_storage to;
	struct iovec vector = {(void *)(uintptr_t)bytes, len};
	struct msghdr head = {
		.msg_name = &to,
		.msg_namelen = sockaddr_make(&to, kernel->mrt->family, dst, ifindex),
		.msg_iov = &vector,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};

	memset(control, 0, sizeof(control));
	kernel->mrt->address(&head, ifindex, src);
	return sendmsg(kernel->fd, &head, MSG_DONTWAIT) < 0 ? -errno : 0;
}

int kernel_subscribe(struct kernel *kernel, uint32_t ifindex, const struct addr *group, enum gm_filter_mode mode,
		     const struct srcset *sources)
{
	return pool_subscribe(kernel->pool, ifindex, group, mode, sources);
}

void kernel_unsubscribe_all(struct kernel *kernel, uint32_t ifindex)
{
	pool_unsubscribe_all(kernel->pool, ifindex);
}

int kernel_mroute_set(struct kernel *kernel, const struct mroute *route)
{
	struct mrt_entry entry = {.source = route->source, .group = route->group};
	int number = route->iif ? vif_find(&kernel->vifs, route->iif) : -1;

	if (number < 0)
		return -ENODEV;
	entry.parent = (unsigned int)number;
	for (size_t i = 0; i < route->n_oifs; i++) {
		number = route->oifs[i] ? vif_find(&kernel->vifs, route->oifs[i]) : -1;
		if (number >= 0)
			entry.thresholds[number] = kernel->vifs.slots[number].threshold;
	}
	return kernel->mrt->entry_set(kernel->fd, &entry);
}

int kernel_mroute_del(struct kernel *kernel, const struct addr *source, const struct addr *group)
{
	int r = kernel->mrt->entry_del(kernel->fd, source, group);

	return r == -ENOENT ? 0 : r;
}

int kernel_mroute_count(const struct kernel *kernel, const struct addr *source, const struct addr *group,
			struct mroute_count *count)
{
	return kernel->mrt->entry_count(kernel->fd, source, group, count);
}
