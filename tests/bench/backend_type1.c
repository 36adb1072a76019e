// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Mapping through VFIO's own container, the interface before iommufd.
 */
#include <linux/vfio.h>
#include <sys/ioctl.h>

#include "bench.h"

static void map(struct backend *be, const void *at, size_t length,
		uint64_t iova)
{
	struct vfio_iommu_type1_dma_map cmd = {
		.argsz = sizeof(cmd),
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.vaddr = (uintptr_t)at,
		.iova = iova,
		.size = length,
	};

	if (ioctl(be->fd, VFIO_IOMMU_MAP_DMA, &cmd))
		die("MAP_DMA of %zu at 0x%llx", length, (long long)iova);
}

static void unmap(struct backend *be, uint64_t iova, size_t length)
{
	struct vfio_iommu_type1_dma_unmap cmd = {
		.argsz = sizeof(cmd),
		.iova = iova,
		.size = length,
	};

	if (ioctl(be->fd, VFIO_IOMMU_UNMAP_DMA, &cmd) || !cmd.size)
		die("UNMAP_DMA of %zu at 0x%llx", length, (long long)iova);
}

void type1_open(struct backend *be, const char *group)
{
	be->fd = open_file("/dev/vfio/vfio");
	be->device = open_file(group);
	be->map = map;
	be->unmap = unmap;
	if (ioctl(be->device, VFIO_GROUP_SET_CONTAINER, &be->fd) ||
	    ioctl(be->fd, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU))
		die("%s in a container", group);
}
