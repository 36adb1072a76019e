/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A device as sysfs shows it: where it is, who drives it, and by which names
 * VFIO's users reach it. Nothing is opened, so any kernel will do.
 */
#ifndef CLI_SYSFS_DEVICE_H
#define CLI_SYSFS_DEVICE_H

#include <stdbool.h>

#include "failure.h"

#define SYSFS_PCI "/sys/bus/pci"
#define VFIO_FOLDER "/dev/vfio"

struct sysfs_device {
	char *path; /* its directory */
	char *name; /* as its bus calls it: 0000:00:03.0 */
	char *bus; /* "pci", or NULL */
	char *driver; /* or NULL */
	char *group; /* the number of its IOMMU group, or NULL */
	char *node; /* what VFIO calls it: "vfio0"; or NULL */
};

#define PCI_ADDRESS_SIZE 17
/*
 * [DOMAIN:]BUS:DEVICE.FUNCTION, in hex, becomes what sysfs calls it:
 * 0000:00:03.0. @why continues "not a PCI address: ...".
 */
bool pci_address(const char *text, char address[static PCI_ADDRESS_SIZE],
		 const char **why);

/* These fill in @d, which sysfs_device_free() empties. */

/* A PCI device by its address, as pci_address() takes it. */
enum status sysfs_device_find(const char *address, struct sysfs_device *d,
			      struct failure *f);
/* The device that VFIO calls @node: vfio0. */
enum status sysfs_device_of_node(const char *node, struct sysfs_device *d,
				 struct failure *f);
/* The one in this directory; false: there is none (any more). */
bool sysfs_device_read(const char *path, struct sysfs_device *d);
void sysfs_device_free(struct sysfs_device *d);
/* Is it the way to other devices? VFIO takes none of these. */
bool sysfs_device_is_bridge(const struct sysfs_device *d);

/* The paths of its nodes, there or not; the caller frees them. NULL: of none. */
char *sysfs_device_node_path(const struct sysfs_device *d);
char *sysfs_group_node_path(const char *group);

#endif
