/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why a device had better stay with the driver that it has: each of these
 * fails with the reason, and with what to type about it.
 */
#ifndef CLI_SYSFS_CHECK_H
#define CLI_SYSFS_CHECK_H

#include "failure.h"

struct sysfs_device;

/* It has an IOMMU group, without which nobody can be given it. */
enum status sysfs_check_group(const struct sysfs_device *d, struct failure *f);
/* The kernel and its users can do without what its driver makes of it. */
enum status sysfs_check_idle(const struct sysfs_device *d, struct failure *f);

#endif
