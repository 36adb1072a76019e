/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What iommufd_vfio_edu.ko does for a program beyond VFIO: QEMU's edu devices
 * through the core of VFIO alone. The file of a device is the device's
 * registers: read and write 4 or 8 bytes at a time, or map them.
 */
#ifndef VFIO_EDU_H
#define VFIO_EDU_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * struct vfio_edu_counts - what has happened to a device since it was bound
 * @opened: times that it was opened by the first user
 * @closed: times that the last one closed it
 * @requested: times that it was asked for
 * @request_count: the count that came with the last of these
 */
struct vfio_edu_counts {
	__u32 opened;
	__u32 closed;
	__u32 requested;
	__u32 request_count;
};

#define VFIO_EDU_GET_COUNTS _IOR('e', 16, struct vfio_edu_counts)
/* The errno that the next open_device() fails with. */
#define VFIO_EDU_FAIL_OPEN _IO('e', 17)
/* Takes the registers away from who has mapped them, until they fault. */
#define VFIO_EDU_ZAP _IO('e', 18)

/* A feature of 8 bytes that can be set and read back, and no other one. */
#define VFIO_EDU_FEATURE 0x123

/* GET_DEVICE_FD by this name and the device's own opens it... */
#define VFIO_EDU_PREFIX "edu:"
/* ...and by this one fails with ERANGE. */
#define VFIO_EDU_NO_NAME "edu:none"

#endif
