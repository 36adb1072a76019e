// SPDX-License-Identifier: GPL-2.0-or-later
#include "sysfs_check.h"

#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "sysfs.h"
#include "sysfs_device.h"

#define IFF_UP 1

static bool has_table(const char *name)
{
	return sysfs_has("/sys/firmware/acpi/tables", name);
}

enum status sysfs_check_group(const struct sysfs_device *d, struct failure *f)
{
	struct names iommus;

	if (d->group)
		return STATUS_OK;
	iommus = sysfs_list("/sys/class/iommu");
	if (iommus.count) {
		fail(f, "%s has no IOMMU group: the IOMMU is not in its way",
		     d->name);
		fail_hint(f, "iommufdctl device list");
	} else if (has_table("DMAR") || has_table("IVRS")) {
		fail(f,
		     "%s has no IOMMU group: the machine has an IOMMU, but the kernel does not use it; for Intel's, intel_iommu=on belongs on its command line",
		     d->name);
		fail_hint(f, "cat /proc/cmdline");
	} else {
		fail(f,
		     "%s has no IOMMU group: the firmware tells of no IOMMU; its setup may have it off, as VT-d or AMD-Vi",
		     d->name);
	}
	names_free(&iommus);
	return f->status;
}

static enum status check_network(const char *path, const char *name,
				 struct failure *f)
{
	char *flags = sysfs_read(path, "flags");
	bool up = flags && strtoul(flags, NULL, 16) & IFF_UP;

	free(flags);
	if (!up)
		return STATUS_OK;
	fail(f, "the network interface %s is up", name);
	if (sysfs_is_plain(name))
		fail_hint(f, "ip link set %s down", name);
	return f->status;
}

/* @number: of the block device, as in 8:1. */
static enum status check_mounts(const char *name, const char *number,
				struct failure *f)
{
	FILE *mounts = fopen("/proc/self/mountinfo", "re");
	char device[32], point[4096];
	size_t room = 0;
	char *line = NULL;

	while (mounts && !f->status && getline(&line, &room, mounts) > 0) {
		if (sscanf(line, "%*u %*u %31s %*s %4095s", device, point) !=
			    2 ||
		    strcmp(device, number))
			continue;
		fail(f, "the disk %s is mounted on %s", name, point);
		if (sysfs_is_plain(point))
			fail_hint(f, "umount %s", point);
	}
	free(line);
	if (mounts)
		fclose(mounts);
	return f->status;
}

static enum status check_swap(const char *name, struct failure *f)
{
	FILE *swaps = fopen("/proc/swaps", "re");
	char path[4096];
	size_t room = 0;
	char *line = NULL;

	while (swaps && !f->status && getline(&line, &room, swaps) > 0) {
		if (sscanf(line, "/dev/%4095s", path) != 1 ||
		    strcmp(path, name))
			continue;
		fail(f, "the kernel swaps to %s", name);
		fail_hint(f, "swapoff /dev/%s", path);
	}
	free(line);
	if (swaps)
		fclose(swaps);
	return f->status;
}

static enum status check_block(const char *path, const char *name,
			       struct failure *f)
{
	char *dir = mem_asprintf("%s/holders", path);
	char *number = sysfs_read(path, "dev");
	struct names holders = sysfs_list(dir);

	if (holders.count)
		fail(f, "the disk %s is part of %s", name, holders.name[0]);
	else if (number && !check_mounts(name, number, f))
		check_swap(name, f);
	names_free(&holders);
	free(number);
	free(dir);
	return f->status;
}

static enum status check_below(const FTSENT *entry, struct failure *f)
{
	const char *path = entry->fts_path, *name = entry->fts_name;
	char *class;

	if (entry->fts_info != FTS_D || !entry->fts_level)
		return STATUS_OK;
	class = sysfs_link(path, "subsystem");
	if (class && !strcmp(class, "net"))
		check_network(path, name, f);
	else if (class && !strcmp(class, "block"))
		check_block(path, name, f);
	free(class);
	return f->status;
}

static enum status check_functions(const struct sysfs_device *d,
				   struct failure *f)
{
	char *number = sysfs_read(d->path, "sriov_numvfs");
	unsigned long count = number ? strtoul(number, NULL, 10) : 0;

	free(number);
	if (!count)
		return STATUS_OK;
	fail(f, "%lu virtual functions of %s would go with its driver", count,
	     d->name);
	fail_hint(f, "echo 0 >%s/devices/%s/sriov_numvfs", SYSFS_PCI, d->name);
	return f->status;
}

enum status sysfs_check_idle(const struct sysfs_device *d, struct failure *f)
{
	char *const paths[] = { d->path, NULL };
	FTS *tree;
	FTSENT *entry;

	if (check_functions(d, f))
		return f->status;
	/* No link is followed, so this is what hangs on the device. */
	tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR | FTS_NOSTAT, NULL);
	while (tree && (entry = fts_read(tree)) && !check_below(entry, f))
		;
	if (tree)
		fts_close(tree);
	return f->status;
}
