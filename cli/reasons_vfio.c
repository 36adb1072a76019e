// SPDX-License-Identifier: GPL-2.0-or-later
/* Of VFIO's requests, and of the address space that they work on. */
#include "reasons.h"

#include <errno.h>
#include <linux/iommufd.h>
#include <linux/vfio.h>

#define IOAS IOMMUFD_CMD_VFIO_IOAS
#define EXTENSION _IOC_NR(VFIO_CHECK_EXTENSION)
#define SET_IOMMU _IOC_NR(VFIO_SET_IOMMU)
#define INFO _IOC_NR(VFIO_IOMMU_GET_INFO)
#define MAP _IOC_NR(VFIO_IOMMU_MAP_DMA)
#define UNMAP _IOC_NR(VFIO_IOMMU_UNMAP_DMA)

static const char set[] = "iommufdctl vfio ioas set ID";
static const char none[] = "VFIO has no address space: none is set or attached";

const struct reason reasons_vfio[] = {
	{ IOAS, ENODEV, none, set },
	{ IOAS, ENOENT, "there is no such address space",
	  "iommufdctl ioas list" },
	{ IOAS, EOPNOTSUPP, "this kernel does not know what to do with it",
	  NULL },

	{ EXTENSION, ENODEV, none, set },

	{ SET_IOMMU, ENODEV, none, set },
	{ SET_IOMMU, EINVAL, "iommufd plays type1 and type1v2 alone", NULL },
	{ SET_IOMMU, EINVAL, "the container has a device without an IOMMU",
	  NULL },
	{ SET_IOMMU, EPERM, "no-IOMMU mode takes CAP_SYS_RAWIO", NULL },

	{ INFO, ENODEV, none, set },
	{ INFO, EINVAL, "the container has no VFIO_SET_IOMMU yet", NULL },
	{ INFO, EINVAL, "argsz is less than the struct has", NULL },

	{ MAP, ENODEV, none, set },
	{ MAP, EINVAL, "a flag is none of READ and WRITE, or neither is set",
	  NULL },
	{ MAP, EINVAL, "the iova or the size is misaligned or reserved",
	  "iommufdctl ioas ranges ID" },
	{ MAP, EINVAL, "the container has no VFIO_SET_IOMMU yet", NULL },
	{ MAP, EEXIST, "something is mapped there already",
	  "iommufdctl ioas show ID" },
	{ MAP, ENOMEM, "the lock limit (RLIMIT_MEMLOCK) is reached",
	  "ulimit -l" },
	{ MAP, EFAULT, "the memory cannot be pinned: a PCI BAR, or not there",
	  NULL },
	{ MAP, EOVERFLOW, "the iova and the size pass the end of the space",
	  NULL },

	{ UNMAP, ENODEV, none, set },
	{ UNMAP, EINVAL, "a flag that iommufd does not play", NULL },
	{ UNMAP, EINVAL, "with ALL, the iova and the size must be 0", NULL },
	{ UNMAP, ENOENT, "a mapping sticks out of the range",
	  "iommufdctl ioas show ID" },
	{ UNMAP, EBUSY, "a driver in the kernel uses the mapping", NULL },
	{ 0 },
};
