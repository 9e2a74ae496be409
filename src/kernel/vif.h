/*
 * Which interface has which VIF number, and nobody else knows: the numbers of one
 * family's kernel interface, lowest free one first. With a VIF on a downstream go
 * the router's own memberships there, on a socket of their own that receives nothing.
 *
 * A number is taken by vif_add() and stays taken until vif_del(), even when the
 * kernel itself has removed the VIF because the device is gone: entries still name
 * the number, and whoever got it next would get their streams.
 */
#ifndef KERNEL_VIF_H
#define KERNEL_VIF_H

#include <stdbool.h>
#include <stdint.h>

#include "evidence.h"
#include "mroute.h"
#include "mrt.h"

struct vif {
	uint32_t ifindex; /* 0: the number is free */
	int own_fd;	  /* carries the router's own memberships; -1: none */
	uint8_t threshold;
	struct traffic seen;   /* when it was counted last: the kernel takes a VIF away with its device, and tells nobody */
	struct traffic before; /* of the VIFs that the kernel took away under this number */
};

struct vifs {
	const struct mrt *mrt;
	int mrt_fd; /* borrowed */
	struct vif slots[MROUTE_MAX_IFACES];
};

void vifs_init(struct vifs *vifs, const struct mrt *mrt, int mrt_fd);
/* Removes every VIF. */
void vifs_fini(struct vifs *vifs);

/* The number, or -1. */
int vif_find(const struct vifs *vifs, uint32_t ifindex);

/* As kernel_iface_add(), kernel_iface_del() and kernel_iface_count() say. */
int vif_add(struct vifs *vifs, uint32_t ifindex, bool downstream, unsigned int threshold);
void vif_del(struct vifs *vifs, uint32_t ifindex, struct traffic *counted);
int vif_count(struct vifs *vifs, uint32_t ifindex, struct iface_traffic *traffic);

#endif
