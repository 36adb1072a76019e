/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much room the BARs of a PCI device take, of those with 64-bit addresses. */
#ifndef CLI_SYSFS_BARS_H
#define CLI_SYSFS_BARS_H

#include <stdint.h>

struct sysfs_device;

struct sysfs_bars {
	uint64_t total;
	uint64_t largest; /* each is aligned to its size, a power of two */
};

/* Adds those of a device. */
void sysfs_bars_add(const struct sysfs_device *d, struct sysfs_bars *bars);

#endif
