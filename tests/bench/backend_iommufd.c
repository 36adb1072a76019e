// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Mapping through /dev/iommu, Linux's or ours, and ways to attach a device.
 */
#include <linux/iommufd.h>
#include <linux/vfio.h>
#include <sys/ioctl.h>

#include "../kmod/edu_dma.h"
#include "../../kernel/iommufd/selftest/test_api.h"
#include "bench.h"

/* As in Linux 6.6 and newer: the system's header may be older. */
struct vfio_bind {
	uint32_t argsz;
	uint32_t flags;
	int32_t iommufd;
	uint32_t out_devid;
};

struct vfio_attach {
	uint32_t argsz;
	uint32_t flags;
	uint32_t pt_id;
};

#define VFIO_BIND _IO(VFIO_TYPE, VFIO_BASE + 18)
#define VFIO_ATTACH _IO(VFIO_TYPE, VFIO_BASE + 19)

static void map(struct backend *be, const void *at, size_t length,
		uint64_t iova)
{
	struct iommu_ioas_map cmd = {
		.size = sizeof(cmd),
		.flags = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_READABLE |
			 IOMMU_IOAS_MAP_WRITEABLE,
		.ioas_id = be->ioas,
		.user_va = (uintptr_t)at,
		.length = length,
		.iova = iova,
	};

	if (ioctl(be->fd, IOMMU_IOAS_MAP, &cmd))
		die("IOAS_MAP of %zu at 0x%llx", length, (long long)iova);
}

static void unmap(struct backend *be, uint64_t iova, size_t length)
{
	struct iommu_ioas_unmap cmd = {
		.size = sizeof(cmd),
		.ioas_id = be->ioas,
		.iova = iova,
		.length = length,
	};

	if (ioctl(be->fd, IOMMU_IOAS_UNMAP, &cmd) || !cmd.length)
		die("IOAS_UNMAP of %zu at 0x%llx", length, (long long)iova);
}

void iommufd_open(struct backend *be)
{
	struct iommu_ioas_alloc cmd = { .size = sizeof(cmd) };

	be->fd = open_file("/dev/iommu");
	be->device = -1;
	be->map = map;
	be->unmap = unmap;
	if (ioctl(be->fd, IOMMU_IOAS_ALLOC, &cmd))
		die("IOAS_ALLOC");
	be->ioas = cmd.out_ioas_id;
}

void iommufd_attach_vfio(struct backend *be, const char *node)
{
	struct vfio_bind bind = { .argsz = sizeof(bind), .iommufd = be->fd };
	struct vfio_attach attach = { .argsz = sizeof(attach),
				      .pt_id = be->ioas };

	be->device = open_file(node);
	if (ioctl(be->device, VFIO_BIND, &bind) ||
	    ioctl(be->device, VFIO_ATTACH, &attach))
		die("attaching %s", node);
}

void iommufd_attach_mock(struct backend *be)
{
	struct iommu_test_cmd cmd = { .size = sizeof(cmd),
				      .op = IOMMU_TEST_OP_MOCK_DOMAIN,
				      .id = be->ioas };

	if (ioctl(be->fd, IOMMU_TEST_CMD, &cmd))
		die("no mock device");
}

void iommufd_attach_edu(struct backend *be, const char *node)
{
	uint32_t fd = be->fd, pt = be->ioas;

	be->device = open_file(node);
	if (ioctl(be->device, EDU_DMA_BIND, &fd) ||
	    ioctl(be->device, EDU_DMA_ATTACH, &pt))
		die("attaching %s", node);
}
