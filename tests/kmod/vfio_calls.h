/* SPDX-License-Identifier: GPL-2.0-only */
/* What iommufd_vfio_calls.ko does for a program that opens /dev/vfio_calls. */
#ifndef VFIO_CALLS_H
#define VFIO_CALLS_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* All are told a descriptor of /dev/iommu, and answer what the function does. */

/* The descriptor becomes the id. */
#define VFIO_CALL_IOAS_GET_ID _IOWR('v', 0, __u32)
#define VFIO_CALL_IOAS_CREATE _IOW('v', 1, __u32)
#define VFIO_CALL_SET_NO_IOMMU _IOW('v', 2, __u32)

#endif
