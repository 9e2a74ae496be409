#include "kernel_fake.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <unistd.h>

#include "table.h"

struct fake_entry {
	struct table_node node;
	struct addr source;
	struct addr group;
	unsigned int parent;
	uint32_t oifs; /* a bit for each VIF number */
	struct mroute_count count;
};

struct fake_subscription {
	struct table_node node;
	LIST_ENTRY(fake_subscription) entry;
	struct addr group;
	uint32_t ifindex;
	enum gm_filter_mode mode;
	struct srcset sources;
};

struct fake_received {
	STAILQ_ENTRY(fake_received) entry;
	struct kernel_message message; /* its pointers lead to storage */
	uint8_t storage[];
};

struct fake_failure {
	int error;
	unsigned int times;
	unsigned long calls;
};

struct kernel {
	enum family family;
	int event; /* readable while something is queued */
	int receive_buffer_bytes;
	uint64_t drops;
	size_t orphans;
	uint32_t *links;
	size_t n_links;
	struct kernel_fake_vif vifs[MROUTE_MAX_IFACES];
	struct fake_failure failures[KERNEL_FAKE_CALLS];
	struct table entries;
	struct table subscriptions;
	LIST_HEAD(, fake_subscription) subscription_list;
	STAILQ_HEAD(, fake_received) queue;
	struct fake_received *taken; /* what the last kernel_recv() gave out */
	struct kernel_fake_sent *sent;
	size_t n_sent;
};

/* ---- life ---- */

static bool is_refused(const struct kernel_options *options, struct kernel_error *error)
{
	static const int errors[] = {
		[KERNEL_HELD] = EADDRINUSE,
		[KERNEL_MISSING] = ENOPROTOOPT,
		[KERNEL_DENIED] = EPERM,
		[KERNEL_FAILED] = ENOMEM,
	};
	uint32_t refusal = options->table - KERNEL_FAKE_REFUSE;

	if (!options->has_table || refusal > KERNEL_FAILED)
		return false;
	error->refusal = (enum kernel_refusal)refusal;
	error->error = errors[refusal];
	snprintf(error->text, sizeof(error->text), "The fake kernel was asked to refuse: %s.",
		 strerror(error->error));
	return true;
}

struct kernel *kernel_open(enum family family, const struct kernel_options *options, struct kernel_error *error)
{
	struct kernel *k;

	if (is_refused(options, error))
		return NULL;
	*error = (struct kernel_error){.refusal = KERNEL_FAILED, .error = ENOMEM, .text = "Out of memory."};
	k = calloc(1, sizeof(*k));
	if (!k)
		return NULL;
	k->family = family;
	k->receive_buffer_bytes = options->receive_buffer_bytes;
	STAILQ_INIT(&k->queue);
	k->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	LIST_INIT(&k->subscription_list);
	if (k->event < 0 || !table_init(&k->entries, 1) || !table_init(&k->subscriptions, 2)) {
		kernel_close(k);
		return NULL;
	}
	return k;
}

static void free_entries(struct kernel *k)
{
	struct table_node *next;

	for (struct table_node *n = table_walk(&k->entries, NULL); n; n = next) {
		next = table_walk(&k->entries, n);
		free(TABLE_OBJECT(n, struct fake_entry, node));
	}
	table_fini(&k->entries);
}

static void drop_subscription(struct kernel *k, struct fake_subscription *sub)
{
	table_remove(&k->subscriptions, &sub->node);
	LIST_REMOVE(sub, entry);
	srcset_fini(&sub->sources);
	free(sub);
}

static void free_subscriptions(struct kernel *k)
{
	struct fake_subscription *sub;

	while ((sub = LIST_FIRST(&k->subscription_list)) != NULL)
		drop_subscription(k, sub);
	table_fini(&k->subscriptions);
}

void kernel_close(struct kernel *k)
{
	struct fake_received *item;

	if (!k)
		return;
	while ((item = STAILQ_FIRST(&k->queue)) != NULL) {
		STAILQ_REMOVE_HEAD(&k->queue, entry);
		free(item);
	}
	free(k->taken);
	kernel_fake_forget_sent(k);
	free_entries(k);
	free_subscriptions(k);
	free(k->links);
	if (k->event >= 0)
		close(k->event);
	free(k);
}

int kernel_fd(const struct kernel *k)
{
	return k->event;
}

int kernel_receive_buffer(const struct kernel *k)
{
	return k->receive_buffer_bytes;
}

uint64_t kernel_receive_drops(struct kernel *k)
{
	return k->drops;
}

void kernel_fake_set_drops(struct kernel *k, uint64_t drops)
{
	k->drops = drops;
}

/* ---- failures ---- */

void kernel_fake_fail(struct kernel *k, enum kernel_fake_call call, int error, unsigned int times)
{
	k->failures[call].error = error;
	k->failures[call].times = times;
}

unsigned long kernel_fake_calls(const struct kernel *k, enum kernel_fake_call call)
{
	return k->failures[call].calls;
}

/* Counts the call. 0, or the error that the test has ordered. */
static int called(struct kernel *k, enum kernel_fake_call call)
{
	struct fake_failure *f = &k->failures[call];

	f->calls++;
	if (!f->times)
		return 0;
	f->times--;
	return -f->error;
}

/* ---- interfaces ---- */

static size_t link_index(const struct kernel *k, uint32_t ifindex)
{
	size_t i = 0;

	while (i < k->n_links && k->links[i] != ifindex)
		i++;
	return i;
}

static bool link_exists(const struct kernel *k, uint32_t ifindex)
{
	return ifindex && link_index(k, ifindex) < k->n_links;
}

static int vif_number(const struct kernel *k, uint32_t ifindex)
{
	for (int i = 0; i < MROUTE_MAX_IFACES; i++)
		if (k->vifs[i].ifindex == ifindex)
			return i;
	return -1;
}

static void link_remove(struct kernel *k, size_t i)
{
	struct kernel_fake_vif *vif = kernel_fake_vif(k, k->links[i]);

	k->links[i] = k->links[--k->n_links];
	if (vif)
		vif->exists = false;
}

bool kernel_fake_link(struct kernel *k, uint32_t ifindex, bool exists)
{
	size_t i = link_index(k, ifindex);
	uint32_t *links;

	if (!exists && i < k->n_links)
		link_remove(k, i);
	if (!exists || i < k->n_links)
		return true;
	links = realloc(k->links, (k->n_links + 1) * sizeof(*links));
	if (!links)
		return false;
	k->links = links;
	k->links[k->n_links++] = ifindex;
	return true;
}

struct kernel_fake_vif *kernel_fake_vif(struct kernel *k, uint32_t ifindex)
{
	int number = ifindex ? vif_number(k, ifindex) : -1;

	return number < 0 ? NULL : &k->vifs[number];
}

int kernel_iface_add(struct kernel *k, uint32_t ifindex, bool downstream, unsigned int threshold)
{
	struct kernel_fake_vif *vif = kernel_fake_vif(k, ifindex);
	int r = called(k, KERNEL_FAKE_IFACE_ADD);
	int number = vif_number(k, 0);

	if (r)
		return r;
	if (!link_exists(k, ifindex))
		return -EADDRNOTAVAIL;
	if (!vif && number < 0)
		return -ENFILE;
	if (!vif || !vif->exists) {
		vif = vif ? vif : &k->vifs[number];
		*vif = (struct kernel_fake_vif){.ifindex = ifindex, .exists = true};
	}
	vif->downstream = downstream;
	vif->threshold = threshold;
	return 0;
}

static bool names_vif(const struct fake_entry *e, unsigned int number)
{
	return e->parent == number || (e->oifs & UINT32_C(1) << number);
}

void kernel_iface_del(struct kernel *k, uint32_t ifindex, struct traffic *counted)
{
	struct kernel_fake_vif *vif = kernel_fake_vif(k, ifindex);
	unsigned int number;

	*counted = vif ? vif->traffic.counted : (struct traffic){0};
	if (!vif)
		return;
	number = (unsigned int)(vif - k->vifs);
	for (struct table_node *n = table_walk(&k->entries, NULL); n; n = table_walk(&k->entries, n))
		k->orphans += names_vif(TABLE_OBJECT(n, struct fake_entry, node), number);
	*vif = (struct kernel_fake_vif){0};
}

size_t kernel_fake_orphans(const struct kernel *k)
{
	return k->orphans;
}

int kernel_iface_count(struct kernel *k, uint32_t ifindex, struct iface_traffic *traffic)
{
	int number = ifindex ? vif_number(k, ifindex) : -1;

	if (number < 0)
		return -ENODEV;
	if (!k->vifs[number].exists)
		return -EADDRNOTAVAIL;
	*traffic = k->vifs[number].traffic;
	traffic->vif = number;
	return 0;
}

/* ---- messages ---- */

static void signal_queue(const struct kernel *k)
{
	uint64_t count = 1;

	if (STAILQ_EMPTY(&k->queue))
		(void)!read(k->event, &count, sizeof(count));
	else
		(void)!write(k->event, &count, sizeof(count));
}

bool kernel_fake_receive(struct kernel *k, const struct kernel_message *message)
{
	struct fake_received *item = calloc(1, sizeof(*item) + message->len + message->hop_options_len);
	uint8_t *hop_options;

	if (!item)
		return false;
	item->message = *message;
	hop_options = item->storage + message->len;
	if (message->len)
		memcpy(item->storage, message->bytes, message->len);
	if (message->hop_options)
		memcpy(hop_options, message->hop_options, message->hop_options_len);
	item->message.bytes = item->storage;
	item->message.hop_options = message->hop_options ? hop_options : NULL;
	STAILQ_INSERT_TAIL(&k->queue, item, entry);
	signal_queue(k);
	return true;
}

int kernel_recv(struct kernel *k, struct kernel_message *message)
{
	int r = called(k, KERNEL_FAKE_RECV);

	if (r)
		return r;
	free(k->taken);
	k->taken = STAILQ_FIRST(&k->queue);
	if (!k->taken)
		return 0;
	STAILQ_REMOVE_HEAD(&k->queue, entry);
	signal_queue(k);
	*message = k->taken->message;
	return 1;
}

int kernel_send(struct kernel *k, uint32_t ifindex, const struct addr *src, const struct addr *dst,
		const void *bytes, size_t len)
{
	int r = called(k, KERNEL_FAKE_SEND);
	struct kernel_fake_sent *sent;
	uint8_t *copy;

	if (r)
		return r;
	if (!link_exists(k, ifindex))
		return -ENODEV;
	sent = realloc(k->sent, (k->n_sent + 1) * sizeof(*sent));
	if (!sent)
		return -ENOBUFS;
	k->sent = sent;
	copy = malloc(len ? len : 1);
	if (!copy)
		return -ENOBUFS;
	memcpy(copy, bytes, len);
	k->sent[k->n_sent++] =
		(struct kernel_fake_sent){.ifindex = ifindex, .src = *src, .dst = *dst, .len = len, .bytes = copy};
	return 0;
}

const struct kernel_fake_sent *kernel_fake_sent(const struct kernel *k, size_t i)
{
	return i < k->n_sent ? &k->sent[i] : NULL;
}

void kernel_fake_forget_sent(struct kernel *k)
{
	while (k->n_sent)
		free((void *)(uintptr_t)k->sent[--k->n_sent].bytes);
	free(k->sent);
	k->sent = NULL;
}

/* ---- subscriptions ---- */

static uint64_t subscription_hash(const struct kernel *k, uint32_t ifindex, const struct addr *group)
{
	return table_hash(&k->subscriptions, group) ^ ifindex;
}

static struct fake_subscription *find_subscription(const struct kernel *k, uint32_t ifindex, const struct addr *group)
{
	struct fake_subscription *sub;
	struct table_node *n = table_first(&k->subscriptions, subscription_hash(k, ifindex, group));

	for (; n; n = table_next(n)) {
		sub = TABLE_OBJECT(n, struct fake_subscription, node);
		if (sub->ifindex == ifindex && addr_equal(&sub->group, group))
			return sub;
	}
	return NULL;
}

static struct fake_subscription *new_subscription(struct kernel *k, uint32_t ifindex, const struct addr *group)
{
	struct fake_subscription *sub = calloc(1, sizeof(*sub));

	if (!sub)
		return NULL;
	sub->ifindex = ifindex;
	sub->group = *group;
	LIST_INSERT_HEAD(&k->subscription_list, sub, entry);
	table_insert(&k->subscriptions, &sub->node, subscription_hash(k, ifindex, group));
	return sub;
}

int kernel_subscribe(struct kernel *k, uint32_t ifindex, const struct addr *group, enum gm_filter_mode mode,
		     const struct srcset *sources)
{
	struct fake_subscription *sub = find_subscription(k, ifindex, group);
	int r = called(k, KERNEL_FAKE_SUBSCRIBE);

	if (r)
		return r;
	if (mode == GM_INCLUDE && sources->count == 0) {
		if (sub)
			drop_subscription(k, sub);
		return 0;
	}
	if (!link_exists(k, ifindex))
		return -ENODEV;
	if (!sub)
		sub = new_subscription(k, ifindex, group);
	if (!sub)
		return -ENOMEM;
	if (!srcset_copy(&sub->sources, sources)) {
		drop_subscription(k, sub);
		return -ENOMEM;
	}
	sub->mode = mode;
	return 0;
}

void kernel_unsubscribe_all(struct kernel *k, uint32_t ifindex)
{
	struct fake_subscription *sub;
	struct fake_subscription *next;

	for (sub = LIST_FIRST(&k->subscription_list); sub; sub = next) {
		next = LIST_NEXT(sub, entry);
		if (sub->ifindex == ifindex)
			drop_subscription(k, sub);
	}
}

const struct srcset *kernel_fake_subscription(const struct kernel *k, uint32_t ifindex, const struct addr *group,
					      enum gm_filter_mode *mode)
{
	const struct fake_subscription *sub = find_subscription(k, ifindex, group);

	if (!sub)
		return NULL;
	if (mode)
		*mode = sub->mode;
	return &sub->sources;
}

size_t kernel_fake_subscriptions(const struct kernel *k)
{
	return k->subscriptions.count;
}

/* ---- entries ---- */

static struct fake_entry *find_entry(const struct kernel *k, const struct addr *source, const struct addr *group)
{
	struct table_node *n = table_first(&k->entries, table_hash2(&k->entries, source, group));
	struct fake_entry *e;

	for (; n; n = table_next(n)) {
		e = TABLE_OBJECT(n, struct fake_entry, node);
		if (addr_equal(&e->source, source) && addr_equal(&e->group, group))
			return e;
	}
	return NULL;
}

static struct fake_entry *new_entry(struct kernel *k, const struct addr *source, const struct addr *group)
{
	struct fake_entry *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->source = *source;
	e->group = *group;
	table_insert(&k->entries, &e->node, table_hash2(&k->entries, source, group));
	return e;
}

int kernel_mroute_set(struct kernel *k, const struct mroute *route)
{
	struct fake_entry *e = find_entry(k, &route->source, &route->group);
	int r = called(k, KERNEL_FAKE_MROUTE_SET);
	int parent = route->iif ? vif_number(k, route->iif) : -1;
	int number;

	if (r)
		return r;
	if (parent < 0)
		return -ENODEV;
	if (!e)
		e = new_entry(k, &route->source, &route->group);
	if (!e)
		return -ENOMEM;
	e->parent = (unsigned int)parent;
	e->oifs = 0;
	for (size_t i = 0; i < route->n_oifs; i++) {
		number = route->oifs[i] ? vif_number(k, route->oifs[i]) : -1;
		if (number >= 0)
			e->oifs |= UINT32_C(1) << number;
	}
	return 0;
}

int kernel_mroute_del(struct kernel *k, const struct addr *source, const struct addr *group)
{
	struct fake_entry *e = find_entry(k, source, group);
	int r = called(k, KERNEL_FAKE_MROUTE_DEL);

	if (r)
		return r;
	if (e) {
		table_remove(&k->entries, &e->node);
		free(e);
	}
	return 0;
}

int kernel_mroute_count(const struct kernel *k, const struct addr *source, const struct addr *group,
			struct mroute_count *count)
{
	const struct fake_entry *e = find_entry(k, source, group);

	if (!e)
		return -EADDRNOTAVAIL;
	*count = e->count;
	return 0;
}

bool kernel_fake_mroute(const struct kernel *k, const struct addr *source, const struct addr *group,
			struct mroute *out)
{
	const struct fake_entry *e = find_entry(k, source, group);

	if (!e)
		return false;
	*out = (struct mroute){.source = *source, .group = *group, .iif = k->vifs[e->parent].ifindex};
	for (unsigned int i = 0; i < MROUTE_MAX_IFACES; i++)
		if ((e->oifs & UINT32_C(1) << i) && k->vifs[i].ifindex)
			out->oifs[out->n_oifs++] = k->vifs[i].ifindex;
	return true;
}

size_t kernel_fake_mroutes(const struct kernel *k)
{
	return k->entries.count;
}

struct mroute_count *kernel_fake_mroute_counter(struct kernel *k, const struct addr *source,
						const struct addr *group)
{
	struct fake_entry *e = find_entry(k, source, group);

	return e ? &e->count : NULL;
}
