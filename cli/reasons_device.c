// SPDX-License-Identifier: GPL-2.0-or-later
/* Of the requests that VFIO's groups and devices know. */
#include "reasons.h"

#include <errno.h>
#include <linux/vfio.h>

#include "vfio_newer.h"

#define SET _IOC_NR(VFIO_GROUP_SET_CONTAINER)
#define UNSET _IOC_NR(VFIO_GROUP_UNSET_CONTAINER)
#define DEVICE_FD _IOC_NR(VFIO_GROUP_GET_DEVICE_FD)
#define REGION _IOC_NR(VFIO_DEVICE_GET_REGION_INFO)
#define IRQ _IOC_NR(VFIO_DEVICE_GET_IRQ_INFO)
#define SET_IRQS _IOC_NR(VFIO_DEVICE_SET_IRQS)
#define RESET _IOC_NR(VFIO_DEVICE_RESET)
#define RESET_INFO _IOC_NR(VFIO_DEVICE_GET_PCI_HOT_RESET_INFO)
#define HOT_RESET _IOC_NR(VFIO_DEVICE_PCI_HOT_RESET)
#define FEATURE _IOC_NR(VFIO_DEVICE_FEATURE)
#define BIND _IOC_NR(VFIO_DEVICE_BIND_IOMMUFD)
#define ATTACH _IOC_NR(VFIO_DEVICE_ATTACH_IOMMUFD_PT)

static const char small[] = "argsz is less than the struct has";
static const char other_owner[] =
	"another descriptor owns the DMA of a device in its group";
static const char unsafe[] =
	"interrupts are not isolated, and unsafe ones are not allowed";
static const char index[] = "the device has no such index";

const struct reason reasons_group[] = {
	{ SET, EINVAL, "the group has a container already", NULL },
	{ SET, EINVAL, "the descriptor is no container and no iommufd", NULL },
	{ SET, EBADF, "there is no such descriptor", NULL },
	{ SET, EPERM, "a device of the group has another driver than VFIO's",
	  NULL },
	{ SET, EBUSY, "a device of the group is used elsewhere", NULL },
	{ SET, ENODEV, "the group's devices are gone", NULL },

	{ UNSET, EINVAL, "the group has no container", NULL },
	{ UNSET, EBUSY, "devices of the group are open", NULL },

	{ DEVICE_FD, ENODEV, "the group has no device of this name", NULL },
	{ DEVICE_FD, EINVAL, "the group has no container", NULL },
	{ DEVICE_FD, EINVAL, "the container has no VFIO_SET_IOMMU yet", NULL },
	{ DEVICE_FD, EPERM,
	  "a device of the group has another driver than VFIO's", NULL },
	{ DEVICE_FD, EPERM, other_owner, NULL },
	{ DEVICE_FD, EPERM, unsafe, NULL },
	{ DEVICE_FD, EMFILE, "the process has too many descriptors",
	  "ulimit -n" },
	{ 0 },
};

const struct reason reasons_device[] = {
	{ REGION, EINVAL, index, NULL },
	{ REGION, EINVAL, small, NULL },

	{ IRQ, EINVAL, index, NULL },
	{ IRQ, EINVAL, small, NULL },

	{ SET_IRQS, EINVAL, index, NULL },
	{ SET_IRQS, EINVAL, "argsz is less than the count needs", NULL },
	{ SET_IRQS, EINVAL, "the flags are not one DATA and one ACTION", NULL },
	{ SET_IRQS, EINVAL, "start and count pass the end of the index", NULL },
	{ SET_IRQS, EINVAL, "another kind of interrupt is on, or none is",
	  NULL },

	{ SET_IRQS, ENOTTY, "this cannot be done with such an interrupt",
	  NULL },
	{ SET_IRQS, ENOSPC, "the machine has no interrupts left", NULL },

	{ RESET, EINVAL, "the device has no way to be reset by itself", NULL },
	{ RESET, ENOTTY, "the device has no way to be reset by itself", NULL },

	{ RESET_INFO, ENOSPC,
	  "the array is too short; count says how long it must be", NULL },
	{ RESET_INFO, ENODEV, "the device is on a root bus, or is no PCI's",
	  NULL },

	{ HOT_RESET, EINVAL, "a group that would be reset is not among these",
	  NULL },
	{ HOT_RESET, EINVAL, "a device that would be reset has another owner",
	  NULL },
	{ HOT_RESET, ENODEV, "the device is on a root bus", NULL },

	{ FEATURE, ENOTTY, "the device does not have the feature", NULL },
	{ FEATURE, EINVAL, "the feature has no such operation", NULL },
	{ FEATURE, EINVAL, small, NULL },

	{ BIND, EINVAL, "the device is bound already", NULL },
	{ BIND, EINVAL, "the descriptor came from a group", NULL },
	{ BIND, EINVAL, "a flag is set, or argsz is too small", NULL },
	{ BIND, EBADF, "the iommufd is none", NULL },
	{ BIND, EBUSY, "the device's group is open", NULL },
	{ BIND, EBUSY, "the device is open elsewhere", NULL },
	{ BIND, EPERM, "a device of its group has another driver than VFIO's",
	  NULL },
	{ BIND, EPERM, other_owner, NULL },
	{ BIND, EPERM, unsafe, NULL },
	{ BIND, ENODEV, "no IOMMU is behind the device, or it is just leaving",
	  NULL },

	{ ATTACH, EINVAL, "the device is not bound", NULL },
	{ ATTACH, EINVAL, "pt_id is neither an IOAS nor a page table", NULL },
	{ ATTACH, EINVAL, "the page table is not for the device's IOMMU",
	  NULL },
	{ ATTACH, ENOENT, "there is no object of this id", NULL },
	{ ATTACH, EADDRINUSE,
	  "something is mapped where the device's IOMMU cannot translate",
	  NULL },
	{ ATTACH, ENOMEM, "the lock limit (RLIMIT_MEMLOCK) is reached",
	  "ulimit -l" },
	{ ATTACH, EBUSY, "a device of its group is attached elsewhere", NULL },
	{ 0 },
};
