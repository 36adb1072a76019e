// SPDX-License-Identifier: GPL-2.0-or-later
#include "target.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "sysfs_group.h"

static enum status many(const char *number, size_t count, struct buf *all,
			const struct sysfs_device *d, struct failure *f)
{
	fail(f, "VFIO has %zu devices of group %s: name one of%s", count,
	     number, buf_text(all));
	fail_hint(f, "iommufdctl device open %s --shape group", d->name);
	return f->status;
}

/* Of a group, the only device that VFIO has. */
static enum status by_group(const char *number, struct sysfs_device *d,
			    struct failure *f)
{
	struct buf all = { 0 };
	struct sysfs_group group;
	struct sysfs_device one;
	size_t count = 0;

	if (!sysfs_group_read(number, &group)) {
		fail(f, "there is no IOMMU group %s", number);
		fail_hint(f, "iommufdctl group list");
		return f->status;
	}
	for (size_t i = 0; i < group.devices.count; i++) {
		if (!sysfs_group_device(&group, group.devices.name[i], &one))
			continue;
		if (!one.node) {
			sysfs_device_free(&one);
			continue;
		}
		buf_printf(&all, " %s", one.name);
		sysfs_device_free(d);
		*d = one;
		count++;
	}
	if (count > 1) {
		many(number, count, &all, d, f);
	} else if (!count) {
		fail(f, "VFIO has no device of group %s", number);
		fail_hint(f, "iommufdctl group show %s", number);
	}
	sysfs_group_free(&group);
	buf_free(&all);
	return f->status;
}

static enum status check(const struct sysfs_device *d, struct failure *f)
{
	if (!d->group) {
		fail(f, "no IOMMU is behind %s", d->name);
		fail_hint(f, "iommufdctl device show %s", d->name);
	} else if (!d->node) {
		if (d->driver)
			fail(f, "%s is with %s and not with VFIO", d->name,
			     d->driver);
		else
			fail(f, "%s has no driver, and VFIO's is what it takes",
			     d->name);
		fail_hint(f, "iommufdctl device bind %s", d->name);
	}
	return f->status;
}

static enum status by_address(const char *text, struct sysfs_device *d,
			      struct failure *f)
{
	char address[PCI_ADDRESS_SIZE];
	const char *why;

	if (pci_address(text, address, &why) || strchr(text, ':'))
		return sysfs_device_find(text, d, f);
	return fail_usage(
		f,
		"%s is no device: an address such as 0000:00:1f.2, a node such as vfio0, or the number of a group",
		text);
}

static bool has_node(const struct sysfs_device *d)
{
	char *path = sysfs_device_node_path(d);
	bool has = !access(path, F_OK);

	free(path);
	return has;
}

enum status target_find(const char *text, struct target *target,
			struct failure *f)
{
	struct sysfs_device *d = &target->device;

	*target = (struct target){ .shape = SHAPE_GROUP };
	if (sysfs_is_number(text))
		by_group(text, d, f);
	else if (!strncmp(text, "vfio", 4))
		sysfs_device_of_node(text, d, f);
	else
		by_address(text, d, f);
	if (f->status || check(d, f)) {
		target_free(target);
		return f->status;
	}
	/* Kernels without nodes number devices all the same. */
	if (!sysfs_is_number(text) && has_node(d))
		target->shape = SHAPE_NODE;
	return STATUS_OK;
}

void target_free(struct target *target)
{
	sysfs_device_free(&target->device);
}
