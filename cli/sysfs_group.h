/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IOMMU groups: devices that the IOMMU cannot tell apart or keep apart, and
 * so belong to one user together. The kernel hands out a group as a whole,
 * when none of its devices has a driver that does DMA for the kernel.
 */
#ifndef CLI_SYSFS_GROUP_H
#define CLI_SYSFS_GROUP_H

#include <stdbool.h>
#include <stdint.h>

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

/* Addresses that its devices need for other things than memory. */
struct sysfs_region {
	uint64_t start, last;
	char type[32]; /* "msi", "direct", as the kernel calls it */
};

struct sysfs_regions {
	struct sysfs_region *region;
	size_t count;
};

/* False: there is no such group (any more). */
bool sysfs_group_read(const char *number, struct sysfs_group *group);
void sysfs_group_free(struct sysfs_group *group);
/* The device of it with this name; false: it has left. */
bool sysfs_group_device(const struct sysfs_group *group, const char *name,
			struct sysfs_device *d);

/* The file of a group that lists them; the caller frees the path. */
char *sysfs_regions_path(const char *number);
/* What it lists; the caller frees .region. */
struct sysfs_regions sysfs_regions_read(const char *number);
/* Do mappings have to stay out of it? */
bool sysfs_region_is_hole(const struct sysfs_region *region);

enum effect sysfs_device_effect(const struct sysfs_device *d);

#endif
