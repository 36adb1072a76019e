/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The other shape: devices through the group that they are in. */
#ifndef TESTS_PCI_GROUPS_H
#define TESTS_PCI_GROUPS_H

#include "pci.h"

/* A group in a container with an IOMMU. */
struct group {
	int fd;
	int container;
};

static inline int group_open(const char *bdf)
{
	char path[300], link[300];
	ssize_t length;

	snprintf(path, sizeof(path), SYSFS "/%s/iommu_group", bdf);
	length = readlink(path, link, sizeof(link) - 1);
	if (length < 0)
		tap_bail_out("a device without a group");
	link[length] = '\0';
	snprintf(path, sizeof(path), "/dev/vfio%.20s", strrchr(link, '/'));
	return open(path, O_RDWR | O_CLOEXEC);
}

static inline struct group group_start(const char *bdf)
{
	struct group group = {
		.fd = group_open(bdf),
		.container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC),
	};

	if (group.fd < 0 || group.container < 0 ||
	    ioctl(group.fd, VFIO_GROUP_SET_CONTAINER, &group.container) ||
	    ioctl(group.container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU))
		tap_bail_out("a group cannot be used");
	return group;
}

static inline void group_stop(struct group *group)
{
	close(group->fd);
	close(group->container);
}

/* One of its devices; it stays bound when it is closed. */
static inline struct pci group_device(struct group *group, const char *bdf)
{
	struct pci pci = { .iommufd = -1 };

	snprintf(pci.bdf, sizeof(pci.bdf), "%.15s", bdf);
	pci.fd = ioctl(group->fd, VFIO_GROUP_GET_DEVICE_FD, bdf);
	if (pci.fd < 0)
		tap_bail_out("a device cannot be had from its group");
	return pci;
}

static inline int container_map(struct group *group, void *at, uint64_t length,
				uint64_t iova)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.vaddr = (uintptr_t)at,
		.iova = iova,
		.size = length,
	};

	return request(group->container, VFIO_IOMMU_MAP_DMA, &map);
}

#endif
