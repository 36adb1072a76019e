/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The IOMMU that a device is behind, and how many bits the addresses have that
 * it translates. The drivers of Intel's and AMD's show the registers that say
 * so; of others it is known only once a device is attached.
 */
#ifndef CLI_SYSFS_IOMMU_H
#define CLI_SYSFS_IOMMU_H

#include <stdint.h>

struct sysfs_device;

struct sysfs_iommu {
	char *name; /* "dmar0", or NULL: sysfs does not say */
	unsigned bits; /* of an address; 0: sysfs does not say */
	char *source; /* the file that says it, or NULL */
};

/* To be emptied with sysfs_iommu_free(). */
void sysfs_iommu_read(const struct sysfs_device *d, struct sysfs_iommu *iommu);
void sysfs_iommu_free(struct sysfs_iommu *iommu);

/* The last address of so many bits, 1 to 64. */
static inline uint64_t address_last(unsigned bits)
{
	return UINT64_MAX >> (64 - bits);
}

#endif
