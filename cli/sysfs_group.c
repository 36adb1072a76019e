// SPDX-License-Identifier: GPL-2.0-or-later
#include "sysfs_group.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "sysfs_device.h"

bool sysfs_group_read(const char *number, struct sysfs_group *group)
{
	char *path = mem_asprintf("%s/%s", SYSFS_GROUPS, number);
	char *devices = mem_asprintf("%s/devices", path);
	bool there = sysfs_is_number(number) && sysfs_has(path, "devices");

	*group = (struct sysfs_group){ 0 };
	if (there) {
		group->number = mem_strdup(number);
		group->type = sysfs_read(path, "type");
		group->devices = sysfs_list(devices);
	}
	free(devices);
	free(path);
	return there;
}

void sysfs_group_free(struct sysfs_group *group)
{
	free(group->number);
	free(group->type);
	names_free(&group->devices);
	*group = (struct sysfs_group){ 0 };
}

bool sysfs_group_device(const struct sysfs_group *group, const char *name,
			struct sysfs_device *d)
{
	char *path = mem_asprintf("%s/%s/devices/%s", SYSFS_GROUPS,
				  group->number, name);
	bool there = sysfs_device_read(path, d);

	free(path);
	return there;
}

#define REGIONS "reserved_regions"

char *sysfs_regions_path(const char *number)
{
	return mem_asprintf("%s/%s/" REGIONS, SYSFS_GROUPS, number);
}

/* "0x00000000fee00000 0x00000000feefffff msi" */
static bool read_region(const char *line, struct sysfs_region *region)
{
	return sscanf(line, "%" SCNx64 " %" SCNx64 " %31s", &region->start,
		      &region->last, region->type) == 3 &&
	       region->start <= region->last;
}

struct sysfs_regions sysfs_regions_read(const char *number)
{
	char *path = mem_asprintf("%s/%s", SYSFS_GROUPS, number);
	char *text = sysfs_read(path, REGIONS), *rest = NULL;
	char *line = text ? strtok_r(text, "\n", &rest) : NULL;
	struct sysfs_regions regions = { 0 };

	for (; line; line = strtok_r(NULL, "\n", &rest)) {
		struct sysfs_region region;

		if (!read_region(line, &region))
			continue;
		regions.region = mem_realloc(regions.region,
					     (regions.count + 1) *
						     sizeof(*regions.region));
		regions.region[regions.count++] = region;
	}
	free(text);
	free(path);
	return regions;
}

bool sysfs_region_is_hole(const struct sysfs_region *region)
{
	/* The firmware needs these only until a driver has the device. */
	return strcmp(region->type, "direct-relaxable") != 0;
}

/*
 * Since Linux 5.19 a driver claims the group of its device for the kernel's
 * DMA unless it says that it does none; these are all that say so, beside
 * VFIO's own. sysfs does not show it.
 */
static bool does_no_dma(const char *driver)
{
	return !strcmp(driver, "pcieport") || !strcmp(driver, "pci-stub");
}

enum effect sysfs_device_effect(const struct sysfs_device *d)
{
	if (!d->driver)
		return EFFECT_FREE;
	/* Before Linux 6.1 its devices had no names of their own. */
	if (d->node || strstr(d->driver, "vfio"))
		return EFFECT_VFIO;
	return does_no_dma(d->driver) ? EFFECT_HARMLESS : EFFECT_BLOCKS;
}
