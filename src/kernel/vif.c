#include "vif.h"

#include <errno.h>
#include <unistd.h>

#include "membership.h"

void vifs_init(struct vifs *vifs, const struct mrt *mrt, int mrt_fd)
{
	*vifs = (struct vifs){.mrt = mrt, .mrt_fd = mrt_fd};
	for (int i = 0; i < MROUTE_MAX_IFACES; i++)
		vifs->slots[i].own_fd = -1;
}

void vifs_fini(struct vifs *vifs)
{
	struct traffic of_no_interest;

	for (int i = 0; i < MROUTE_MAX_IFACES; i++)
		if (vifs->slots[i].ifindex)
			vif_del(vifs, vifs->slots[i].ifindex, &of_no_interest);
}

int vif_find(const struct vifs *vifs, uint32_t ifindex)
{
	for (int i = 0; i < MROUTE_MAX_IFACES; i++)
		if (vifs->slots[i].ifindex == ifindex)
			return i;
	return -1;
}

/* Reports to these groups would not reach any socket otherwise. The descriptor, or -errno. */
static int open_own_memberships(const struct mrt *mrt, uint32_t ifindex)
{
	struct membership what = {.ifindex = ifindex};
	int fd = socket(mrt->domain, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int r = 0;

	if (fd < 0)
		return -errno;
	for (int i = 0; !r && i < MRT_OWN_GROUPS; i++) {
		what.group = mrt->own_groups[i];
		r = membership_join(mrt, fd, &what);
	}
	if (!r)
		return fd;
	close(fd);
	return r;
}

static void close_own_memberships(struct vif *vif)
{
	if (vif->own_fd >= 0)
		close(vif->own_fd);
	vif->own_fd = -1;
}

static int set_own_memberships(const struct vifs *vifs, struct vif *vif, bool wanted)
{
	int fd;

	if (!wanted)
		close_own_memberships(vif);
	if (!wanted || vif->own_fd >= 0)
		return 0;
	fd = open_own_memberships(vifs->mrt, vif->ifindex);
	if (fd < 0)
		return fd;
	vif->own_fd = fd;
	return 0;
}

static uint8_t threshold_of(unsigned int threshold)
{
	/* The kernel's 0 means "not an oif"; 1 is the least that a threshold can be. */
	if (threshold < 1)
		return 1;
	return threshold > UINT8_MAX ? UINT8_MAX : (uint8_t)threshold;
}

/*
 * The device may have gone and come back under the same ifindex: then the kernel
 * has removed the VIF and the memberships, and only we still believe in them.
 */
static int restore(struct vifs *vifs, unsigned int number)
{
	struct vif *vif = &vifs->slots[number];
	struct iface_traffic traffic;
	int r = vifs->mrt->vif_count(vifs->mrt_fd, number, &traffic);

	if (r != -EADDRNOTAVAIL)
		return 0;
	traffic_add(&vif->before, &vif->seen);
	vif->seen = (struct traffic){0};
	close_own_memberships(vif);
	return vifs->mrt->vif_add(vifs->mrt_fd, number, vif->ifindex, vif->threshold);
}

static int add_new(struct vifs *vifs, uint32_t ifindex, bool downstream, uint8_t threshold)
{
	int number = vif_find(vifs, 0);
	struct traffic nothing_yet;
	struct vif *vif;
	int r;

	if (number < 0)
		return -ENFILE;
	r = vifs->mrt->vif_add(vifs->mrt_fd, (unsigned int)number, ifindex, threshold);
	if (r)
		return r;
	vif = &vifs->slots[number];
	*vif = (struct vif){.ifindex = ifindex, .own_fd = -1, .threshold = threshold};
	r = set_own_memberships(vifs, vif, downstream);
	if (r)
		vif_del(vifs, ifindex, &nothing_yet);
	return r;
}

int vif_add(struct vifs *vifs, uint32_t ifindex, bool downstream, unsigned int threshold)
{
	int number;
	int r;

	if (!ifindex)
		return -ENODEV;
	number = vif_find(vifs, ifindex);
	if (number < 0)
		return add_new(vifs, ifindex, downstream, threshold_of(threshold));
	vifs->slots[number].threshold = threshold_of(threshold);
	r = restore(vifs, (unsigned int)number);
	return r ? r : set_own_memberships(vifs, &vifs->slots[number], downstream);
}

int vif_count(struct vifs *vifs, uint32_t ifindex, struct iface_traffic *traffic)
{
	int number = ifindex ? vif_find(vifs, ifindex) : -1;
	int r = number < 0 ? -ENODEV : vifs->mrt->vif_count(vifs->mrt_fd, (unsigned int)number, traffic);

	if (r)
		return r;
	vifs->slots[number].seen = traffic->counted;
	traffic_add(&traffic->counted, &vifs->slots[number].before);
	return 0;
}

void vif_del(struct vifs *vifs, uint32_t ifindex, struct traffic *counted)
{
	int number = ifindex ? vif_find(vifs, ifindex) : -1;
	struct iface_traffic last;

	*counted = (struct traffic){0};
	if (number < 0)
		return;
	/* If there is no more of it, what was seen last is all that is known. */
	(void)vif_count(vifs, ifindex, &last);
	*counted = vifs->slots[number].before;
	traffic_add(counted, &vifs->slots[number].seen);
	close_own_memberships(&vifs->slots[number]);
	/* EADDRNOTAVAIL: the device went first and took its VIF along. */
	(void)vifs->mrt->vif_del(vifs->mrt_fd, (unsigned int)number);
	vifs->slots[number] = (struct vif){.own_fd = -1};
}
