/*
 * The pool against a model of the kernel that fails at random: whatever is asked
 * and whatever is refused, the interface's merged filter must never let go of a
 * source that is wanted before and after, and must be what was asked on success.
 *
 * Sources are bits here. The model stands in the place of membership_linux.c.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "membership.h"
#include "pool.h"

enum { SOCKETS = 512, ROOM = 64, GROUPS = 12, SOURCES = 24 };

/* Bit SOURCES stands for every source that has none of its own. */
static const uint32_t everybody = (UINT32_C(1) << (SOURCES + 1)) - 1;

struct model_membership {
	bool used;
	unsigned int group;
	bool exclude;
	uint32_t sources;
};

/* The kernel, and what it may do. */
struct model {
	struct model_membership sockets[SOCKETS][ROOM];
	unsigned int top;     /* above every socket that was ever used */
	unsigned int room;    /* memberships a socket */
	unsigned int sources; /* sources a membership */
	unsigned int failures_percent;
	uint32_t random;
	/* What must not be lost while this group changes. */
	unsigned int group;
	uint32_t must_pass;
};

static struct model model;

static unsigned int roll(unsigned int sides)
{
	model.random = model.random * UINT32_C(1664525) + UINT32_C(1013904223);
	return (model.random >> 8) % sides;
}

static bool fails(void)
{
	return roll(100) < model.failures_percent;
}

/* What the host stack lets in: RFC 9776 section 3.2. */
static uint32_t passing(unsigned int group)
{
	uint32_t included = 0;
	uint32_t excluded = everybody;
	bool exclude = false;

	for (unsigned int s = 0; s < model.top; s++) {
		for (unsigned int i = 0; i < ROOM; i++) {
			const struct model_membership *m = &model.sockets[s][i];

			if (!m->used || m->group != group)
				continue;
			if (m->exclude)
				excluded &= m->sources;
			else
				included |= m->sources;
			exclude |= m->exclude;
		}
	}
	return exclude ? (everybody & ~excluded) | included : included;
}

static void check_gap(void)
{
	cr_assert_eq(model.must_pass & ~passing(model.group), 0, "a gap");
}

static unsigned int number(const struct addr *a)
{
	return a->bytes[15];
}

static struct model_membership *find(int fd, const struct membership *what)
{
	for (unsigned int i = 0; i < ROOM; i++)
		if (model.sockets[fd][i].used && model.sockets[fd][i].group == number(&what->group))
			return &model.sockets[fd][i];
	return NULL;
}

static int join(int fd, const struct membership *what, bool exclude, uint32_t sources)
{
	unsigned int count = 0;
	unsigned int free = 0;

	cr_assert_null(find(fd, what), "joined already");
	for (unsigned int i = 0; i < ROOM; i++) {
		count += model.sockets[fd][i].used;
		if (!model.sockets[fd][i].used)
			free = i;
	}
	if (count >= model.room)
		return roll(2) ? -ENOBUFS : -ENOMEM;
	if (fails())
		return -ENODEV;
	model.sockets[fd][free] = (struct model_membership){true, number(&what->group), exclude, sources};
	check_gap();
	return 0;
}

int membership_open(const struct mrt *mrt)
{
	int fd;

	(void)mrt;
	if (fails())
		return -EMFILE;
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	cr_assert(fd >= 0 && fd < SOCKETS);
	memset(model.sockets[fd], 0, sizeof(model.sockets[fd]));
	if ((unsigned int)fd >= model.top)
		model.top = (unsigned int)fd + 1;
	return fd;
}

size_t membership_max_sources(const struct mrt *mrt)
{
	(void)mrt;
	return 10;
}

int membership_join(const struct mrt *mrt, int fd, const struct membership *what)
{
	(void)mrt;
	return join(fd, what, true, 0);
}

int membership_join_source(const struct mrt *mrt, int fd, const struct membership *what, const struct addr *source)
{
	(void)mrt;
	return join(fd, what, false, UINT32_C(1) << number(source));
}

int membership_filter(const struct mrt *mrt, int fd, const struct membership *what, enum gm_filter_mode mode,
		      const struct srcset *sources)
{
	struct model_membership *m = find(fd, what);
	uint32_t bits = 0;

	(void)mrt;
	cr_assert_not_null(m, "not joined");
	cr_assert(mode == GM_EXCLUDE || sources->count, "that would be a leave");
	if (sources->count > model.sources)
		return -ENOBUFS;
	if (fails())
		return -ENODEV;
	for (size_t i = 0; i < sources->count; i++)
		bits |= UINT32_C(1) << number(&sources->addrs[i]);
	m->exclude = mode == GM_EXCLUDE;
	m->sources = bits;
	check_gap();
	return 0;
}

void membership_leave(const struct mrt *mrt, int fd, const struct membership *what)
{
	struct model_membership *m = find(fd, what);

	(void)mrt;
	cr_assert_not_null(m, "not joined");
	m->used = false;
	check_gap();
}

static void fill(struct srcset *set, uint32_t bits)
{
	struct addr a = {{0}};

	srcset_clear(set);
	for (unsigned int i = 0; i < SOURCES; i++) {
		a.bytes[15] = (uint8_t)i;
		if (bits & UINT32_C(1) << i)
			cr_assert(srcset_add(set, &a));
	}
}

static uint32_t random_sources(void)
{
	uint32_t bits = 0;

	for (unsigned int n = roll(4) ? roll(4) : roll(SOURCES); n > 0; n--)
		bits |= UINT32_C(1) << roll(SOURCES);
	return bits;
}

static size_t memberships(unsigned int group)
{
	size_t n = 0;

	for (unsigned int s = 0; s < model.top; s++)
		for (unsigned int i = 0; i < ROOM; i++)
			n += model.sockets[s][i].used && model.sockets[s][i].group == group;
	return n;
}

static void one_change(struct pool *pool, struct srcset *set)
{
	struct addr group = {{0xff, 5}};
	uint32_t bits = random_sources();
	bool exclude = roll(2);
	uint32_t wanted = exclude ? everybody & ~bits : bits;
	uint32_t before;
	int r;

	model.group = roll(GROUPS);
	group.bytes[15] = (uint8_t)model.group;
	before = passing(model.group);
	model.must_pass = before & wanted;
	fill(set, bits);
	r = pool_subscribe(pool, 1, &group, exclude ? GM_EXCLUDE : GM_INCLUDE, set);
	if (r)
		cr_assert(!(before & ~passing(model.group)) || !(wanted & ~passing(model.group)));
	else if (exclude)
		cr_assert(passing(model.group) == wanted || passing(model.group) == everybody);
	else
		cr_assert_eq(passing(model.group), wanted);
	if (r && !before)
		cr_assert_eq(memberships(model.group), 0, "a failed first join leaves nothing behind");
	if (!r && !wanted)
		cr_assert_eq(memberships(model.group), 0);
}

static void many_changes(unsigned int failures_percent, uint32_t seed)
{
	static const struct mrt mrt = {.family = FAMILY_IPV6};
	struct srcset set = SRCSET_EMPTY;
	struct pool *pool;

	memset(&model, 0, sizeof(model));
	model.random = seed;
	model.room = 1 + roll(24);
	model.sources = 1 + roll(12);
	model.failures_percent = failures_percent;
	pool = pool_new(&mrt);
	cr_assert_not_null(pool);
	for (int i = 0; i < 300; i++)
		one_change(pool, &set);
	model.must_pass = 0;
	pool_unsubscribe_all(pool, 2);
	pool_unsubscribe_all(pool, 1);
	for (unsigned int g = 0; g < GROUPS; g++)
		cr_assert_eq(memberships(g), 0);
	pool_free(pool);
	srcset_fini(&set);
}

Test(pool, changes)
{
	for (uint32_t seed = 1; seed <= 60; seed++)
		many_changes(0, seed);
}

Test(pool, changes_among_failures)
{
	for (uint32_t seed = 1; seed <= 60; seed++)
		many_changes(10, seed);
}
