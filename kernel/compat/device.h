/* SPDX-License-Identifier: GPL-2.0-only */
/* The driver core as of Linux 6.12. */
#ifndef IOMMUFD_COMPAT_DEVICE_H
#define IOMMUFD_COMPAT_DEVICE_H

/* In the type of struct class's devnode(). */
#ifndef compat_devnode_const
#define compat_devnode_const
#endif

#endif
