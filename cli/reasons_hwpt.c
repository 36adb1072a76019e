// SPDX-License-Identifier: GPL-2.0-or-later
/* Of the requests about devices, page tables, queues and virtual IOMMUs. */
#include "reasons.h"

#include <errno.h>
#include <linux/iommufd.h>

#define HWPT IOMMUFD_CMD_HWPT_ALLOC
#define INFO IOMMUFD_CMD_GET_HW_INFO
#define SET_DIRTY IOMMUFD_CMD_HWPT_SET_DIRTY_TRACKING
#define GET_DIRTY IOMMUFD_CMD_HWPT_GET_DIRTY_BITMAP
#define INVALIDATE IOMMUFD_CMD_HWPT_INVALIDATE
#define FAULT IOMMUFD_CMD_FAULT_QUEUE_ALLOC
#define VIOMMU IOMMUFD_CMD_VIOMMU_ALLOC
#define VDEVICE IOMMUFD_CMD_VDEVICE_ALLOC
#define VEVENTQ IOMMUFD_CMD_VEVENTQ_ALLOC
#define QUEUE IOMMUFD_CMD_HW_QUEUE_ALLOC

static const char info[] = "iommufdctl device hw-info DEVICE";
static const char caps[] = "iommufdctl caps";
static const char tracking[] =
	"iommufdctl hwpt alloc DEVICE IOAS --dirty-tracking";
static const char parent[] = "iommufdctl hwpt alloc DEVICE IOAS --nest-parent";

const struct reason reasons_hwpt[] = {
	{ HWPT, ENOENT, "there is no such device", NULL },
	{ HWPT, ENOENT, "there is no such fault queue",
	  "iommufdctl fault alloc" },
	{ HWPT, EINVAL, "there is no such parent to put it on", NULL },
	{ HWPT, EINVAL, "it is neither of an ioas, a hwpt nor a viommu", NULL },
	{ HWPT, EINVAL, "it is put on a page table, and has no driver's data",
	  "iommufdctl hwpt alloc DEVICE PARENT --data TYPE,FIELD=VALUE" },
	{ HWPT, EINVAL, "the parent was made without --nest-parent", parent },
	{ HWPT, EINVAL, "the driver finds its data wrong", info },
	{ HWPT, EINVAL, "the device cannot be behind such a page table", info },
	{ HWPT, EOPNOTSUPP, "this kernel does not know the flag", caps },
	{ HWPT, EOPNOTSUPP, "the IOMMU does not keep what devices write",
	  info },
	{ HWPT, EOPNOTSUPP, "the IOMMU has no nested page tables", info },
	{ HWPT, EOPNOTSUPP, "the driver does not know the type of the data",
	  info },
	{ HWPT, EOPNOTSUPP,
	  "a nest parent has no fault queue; the page table on it has", NULL },
	{ HWPT, EIO, "SMMUv3: a bit of the stream table entry is not allowed",
	  NULL },
	{ HWPT, E2BIG,
	  "this kernel's driver has a shorter struct, and the rest is not zero",
	  NULL },
	{ HWPT, EADDRINUSE,
	  "what is mapped lies in the device's reserved ranges",
	  "iommufdctl ioas ranges ID" },
	{ HWPT, ENOMEM, "the lock limit (RLIMIT_MEMLOCK) is reached",
	  "ulimit -l" },
	{ HWPT, ENODEV, "the IOMMU's driver has no page tables for user space",
	  info },

	{ INFO, ENOENT, "there is no such device", NULL },
	{ INFO, EOPNOTSUPP, "this kernel cannot be asked for a type", caps },
	{ INFO, EOPNOTSUPP, "the driver has no information of this type",
	  NULL },
	{ INFO, ENODEV, "the IOMMU's driver does not say what it is", NULL },
	{ INFO, EFAULT, "the buffer cannot be written", NULL },

	{ SET_DIRTY, ENOENT, "there is no such page table", NULL },
	{ SET_DIRTY, EINVAL, "it is a nested page table; ask its parent",
	  NULL },
	{ SET_DIRTY, EOPNOTSUPP, "it was made without --dirty-tracking",
	  tracking },

	{ GET_DIRTY, ENOENT, "there is no such page table", NULL },
	{ GET_DIRTY, EINVAL,
	  "the iova or the length is no multiple of the page", NULL },
	{ GET_DIRTY, EINVAL,
	  "the page is no power of two, or below the IOMMU's", NULL },
	{ GET_DIRTY, EINVAL, "tracking is off",
	  "iommufdctl hwpt dirty set HWPT on" },
	{ GET_DIRTY, EOPNOTSUPP, "it was made without --dirty-tracking",
	  tracking },
	{ GET_DIRTY, EFAULT, "the bitmap cannot be written", NULL },
	{ GET_DIRTY, EOVERFLOW, "the iova and the length pass the end", NULL },

	{ INVALIDATE, ENOENT, "there is no such page table", NULL },
	{ INVALIDATE, EINVAL, "the page table is not nested", NULL },
	{ INVALIDATE, EINVAL, "an entry has another length than the driver's",
	  NULL },
	{ INVALIDATE, EINVAL, "the driver does not know this type of entry",
	  NULL },
	{ INVALIDATE, EOPNOTSUPP, "an entry has a flag that is not known",
	  NULL },
	{ INVALIDATE, EOPNOTSUPP, "the page table is one of the kernel's own",
	  NULL },
	{ INVALIDATE, EIO, "SMMUv3: the command is none that invalidates",
	  NULL },
	{ INVALIDATE, ETIMEDOUT, "a device did not answer in time", NULL },

	{ FAULT, EOPNOTSUPP,
	  "this kernel's IOMMU drivers deliver no page requests", caps },
	{ FAULT, EMFILE, "the process has no free descriptor", "ulimit -n" },
	{ FAULT, ENOMEM, "the kernel has no memory left", NULL },

	{ VIOMMU, ENOENT, "there is no such device or page table", NULL },
	{ VIOMMU, EINVAL, "the page table was made without --nest-parent",
	  parent },
	{ VIOMMU, EOPNOTSUPP, "the IOMMU cannot be shared out as this type",
	  info },
	{ VIOMMU, E2BIG, "this kernel takes no driver's data", caps },

	{ VDEVICE, ENOENT, "there is no such viommu or device", NULL },
	{ VDEVICE, EEXIST,
	  "the viommu has this --virt-id, or the device, already", NULL },
	{ VDEVICE, EINVAL, "the device is behind another IOMMU than the viommu",
	  info },
	{ VDEVICE, EINVAL, "the --virt-id is larger than the IOMMU can have",
	  NULL },

	{ VEVENTQ, ENOENT, "there is no such viommu", NULL },
	{ VEVENTQ, EEXIST, "the viommu has a queue of this type already",
	  NULL },
	{ VEVENTQ, EINVAL, "the depth is 0", NULL },
	{ VEVENTQ, EOPNOTSUPP, "the viommu has no events of this type", NULL },
	{ VEVENTQ, EMFILE, "the process has no free descriptor", "ulimit -n" },

	{ QUEUE, ENOENT, "there is no such viommu", NULL },
	{ QUEUE, ENOENT, "its parent does not map all of the queue", NULL },
	{ QUEUE, EINVAL, "the length is 0", NULL },
	{ QUEUE, EINVAL, "the queue's pages do not follow each other in memory",
	  "iommufdctl ioas map ID --anon 2M --huge 2M" },
	{ QUEUE, EINVAL, "the address is no multiple of the length", NULL },
	{ QUEUE, EOVERFLOW, "the address and the length pass the end", NULL },
	{ QUEUE, EEXIST, "the viommu has a queue with this index already",
	  NULL },
	{ QUEUE, EIO, "the indexes are to be taken in order, from 0", NULL },
	{ QUEUE, EOPNOTSUPP, "the viommu has no queues of this type", NULL },
	{ 0 },
};
