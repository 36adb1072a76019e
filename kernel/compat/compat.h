/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Force-included in front of every source file, and the only place that may
 * ask for a kernel version. The driver is written against Linux 6.12; what an
 * older kernel lacks is supplied from here under the same name, and what it
 * cannot do gets a name of the form COMPAT_CANNOT_*.
 *
 * What can be asked as a feature is asked in Kbuild.include beside this file.
 *
 * The user API header needs nothing here: where the kernel does not have
 * <uapi/linux/iommufd.h>, this project's include/ has.
 */
#ifndef IOMMUFD_COMPAT_H
#define IOMMUFD_COMPAT_H

#include <linux/version.h>

#if KERNEL_VERSION(6, 1, 0) > LINUX_VERSION_CODE
#error "iommufd needs Linux 6.1 or newer"
#elif KERNEL_VERSION(6, 13, 0) <= LINUX_VERSION_CODE
#error "iommufd is not yet ported beyond Linux 6.12"
#endif

#ifndef CONFIG_64BIT
#error "iommufd needs addresses of 64 bits"
#endif

/*
 * Every line in the log says whose it is. Here, because it has to be known
 * before the kernel's headers are read, and what follows may read them.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "device.h"
#include "iommu.h"
#include "mm.h"

#ifdef COMPAT_LACKS_EVENTFD_SIGNAL_ONCE
#include <linux/eventfd.h>

#define eventfd_signal(event) eventfd_signal(event, 1)
#endif

#endif
