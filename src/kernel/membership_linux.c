#include "membership.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "sockaddr.h"

/* The kernel gives the lowest free descriptor, so its number tells how many are in use. */
static bool is_kept_back(int fd)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur == RLIM_INFINITY)
		return false;
	return (rlim_t)fd + MEMBERSHIP_FDS_KEPT >= limit.rlim_cur;
}

/* An unbound socket receives nothing; that it wants no group's data is said all the same. */
int membership_open(const struct mrt *mrt)
{
	int fd = socket(mrt->domain, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (is_kept_back(fd)) {
		close(fd);
		return -EMFILE;
	}
	(void)mrt_option(fd, mrt->level, mrt->family == FAMILY_IPV4 ? IP_MULTICAST_ALL : IPV6_MULTICAST_ALL, 0);
	return fd;
}

int membership_join(const struct mrt *mrt, int fd, const struct membership *what)
{
	struct group_req req = {.gr_interface = what->ifindex};

	sockaddr_make(&req.gr_group, mrt->family, &what->group, what->ifindex);
	return setsockopt(fd, mrt->level, MCAST_JOIN_GROUP, &req, sizeof(req)) ? -errno : 0;
}

/* The old ifindex finds the membership even when the device is gone. */
void membership_leave(const struct mrt *mrt, int fd, const struct membership *what)
{
	struct group_req req = {.gr_interface = what->ifindex};

	sockaddr_make(&req.gr_group, mrt->family, &what->group, what->ifindex);
	(void)setsockopt(fd, mrt->level, MCAST_LEAVE_GROUP, &req, sizeof(req));
}

/*
 * The only way to begin in INCLUDE mode: MCAST_MSFILTER wants a membership first.
 * It joins, then adds; when the second step fails the first has to be taken back.
 */
int membership_join_source(const struct mrt *mrt, int fd, const struct membership *what, const struct addr *source)
{
	struct group_source_req req = {.gsr_interface = what->ifindex};
	int r;

	sockaddr_make(&req.gsr_group, mrt->family, &what->group, what->ifindex);
	sockaddr_make(&req.gsr_source, mrt->family, source, what->ifindex);
	if (!setsockopt(fd, mrt->level, MCAST_JOIN_SOURCE_GROUP, &req, sizeof(req)))
		return 0;
	r = -errno;
	membership_leave(mrt, fd, what);
	return r;
}

/* The kernel adds the new mode and list before it takes the old ones away. An empty INCLUDE would be a leave. */
int membership_filter(const struct mrt *mrt, int fd, const struct membership *what, enum gm_filter_mode mode,
		       const struct srcset *sources)
{
	_Alignas(struct group_filter) uint8_t buffer[GROUP_FILTER_SIZE(MEMBERSHIP_MAX_SOURCES)];
	struct group_filter head = {
		.gf_interface = what->ifindex,
		.gf_fmode = mode == GM_EXCLUDE ? MCAST_EXCLUDE : MCAST_INCLUDE,
		.gf_numsrc = (uint32_t)sources->count,
	};
	struct sockaddr_storage source;
	uint8_t *at = buffer + offsetof(struct group_filter, gf_slist);

	if (sources->count > MEMBERSHIP_MAX_SOURCES)
		return -ENOBUFS;
	sockaddr_make(&head.gf_group, mrt->family, &what->group, what->ifindex);
	memcpy(buffer, &head, sizeof(head));
	for (size_t i = 0; i < sources->count; i++, at += sizeof(source)) {
		sockaddr_make(&source, mrt->family, &sources->addrs[i], what->ifindex);
		memcpy(at, &source, sizeof(source));
	}
	return setsockopt(fd, mrt->level, MCAST_MSFILTER, buffer,
			  (socklen_t)GROUP_FILTER_SIZE(sources->count)) ?
		       -errno :
		       0;
}

size_t membership_max_sources(const struct mrt *mrt)
{
	unsigned int value = mrt->usual_sources;
	FILE *f = fopen(mrt->max_sources, "re");

	if (f) {
		if (fscanf(f, "%u", &value) != 1)
			value = mrt->usual_sources;
		fclose(f);
	}
	if (value < 1)
		return 1;
	return value < MEMBERSHIP_MAX_SOURCES ? value : MEMBERSHIP_MAX_SOURCES;
}

