/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IOMMU groups: devices that the IOMMU cannot tell apart or keep apart, and
 * so belong to one user together. The kernel hands out a group as a whole,
 * when none of its devices has a driver that does DMA for the kernel.
 */
#ifndef CLI_SYSFS_GROUP_H
#define CLI_SYSFS_GROUP_H

#include <stdbool.h>

#include "sysfs.h"

struct sysfs_device;

#define SYSFS_GROUPS "/sys/kernel/iommu_groups"

/* What a device means for its group. */
enum effect {
	EFFECT_VFIO, /* VFIO drives it: the group can be used through it */
	EFFECT_FREE, /* nobody drives it */
	EFFECT_HARMLESS, /* its driver does no DMA */
	EFFECT_BLOCKS, /* its driver may */
};

struct sysfs_group {
	char *number;
	char *type; /* of its domain: "DMA-FQ"; or NULL */
	struct names devices; /* by what their buses call them */
};

/* False: there is no such group (any more). */
bool sysfs_group_read(const char *number, struct sysfs_group *group);
void sysfs_group_free(struct sysfs_group *group);
/* The device of it with this name; false: it has left. */
bool sysfs_group_device(const struct sysfs_group *group, const char *name,
			struct sysfs_device *d);

enum effect sysfs_device_effect(const struct sysfs_device *d);

#endif
