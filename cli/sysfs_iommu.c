// SPDX-License-Identifier: GPL-2.0-or-later
#include "sysfs_iommu.h"

#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "sysfs.h"
#include "sysfs_device.h"

#define SYSFS_IOMMUS "/sys/class/iommu"

/* Of Intel's capability register. */
#define CAP_MGAW_SHIFT 16 /* the address bits, less one */
#define CAP_MGAW_MASK 0x3f
#define CAP_SAGAW_SHIFT 8 /* page tables of 2, 3, 4... levels */
#define CAP_SAGAW_MASK 0x1f

/* Of AMD's extended features: the levels of page tables, from 4. */
#define EFR_HATS_SHIFT 10
#define EFR_HATS_MASK 3

static unsigned intel_bits(const char *text)
{
	unsigned long long cap = strtoull(text, NULL, 16);
	unsigned tables = (cap >> CAP_SAGAW_SHIFT) & CAP_SAGAW_MASK;
	unsigned widest = ((cap >> CAP_MGAW_SHIFT) & CAP_MGAW_MASK) + 1;
	unsigned bits = 0;

	for (unsigned n = 0; n < 5; n++)
		if (tables & 1u << n)
			bits = 30 + 9 * n;
	return bits < widest ? bits : widest;
}

/*
 * Two registers with a colon between them, whose order Linux 6.7 has turned
 * around, or one of them. Of the second the low bits are all that there is.
 */
static unsigned amd_bits(const char *text)
{
	static const unsigned bits[] = { 48, 57, 64, 0 };
	const char *colon = strchr(text, ':');
	unsigned long long one = strtoull(text, NULL, 16);
	unsigned long long two = colon ? strtoull(colon + 1, NULL, 16) : 0;
	unsigned long long features = one > two ? one : two;

	if (!features)
		return 0;
	return bits[(features >> EFR_HATS_SHIFT) & EFR_HATS_MASK];
}

static const struct {
	const char *folder, *file;
	unsigned (*bits)(const char *text);
} drivers[] = {
	{ "intel-iommu", "cap", intel_bits },
	{ "amd-iommu", "features", amd_bits },
};

void sysfs_iommu_read(const struct sysfs_device *d, struct sysfs_iommu *iommu)
{
	*iommu = (struct sysfs_iommu){ .name = sysfs_link(d->path, "iommu") };
	for (size_t i = 0; i < sizeof(drivers) / sizeof(*drivers); i++) {
		char *folder, *text;

		if (!iommu->name || iommu->bits)
			return;
		folder = mem_asprintf("%s/%s/%s", SYSFS_IOMMUS, iommu->name,
				      drivers[i].folder);
		text = sysfs_read(folder, drivers[i].file);
		iommu->bits = text ? drivers[i].bits(text) : 0;
		if (iommu->bits)
			iommu->source =
				mem_asprintf("%s/%s", folder, drivers[i].file);
		free(text);
		free(folder);
	}
}

void sysfs_iommu_free(struct sysfs_iommu *iommu)
{
	free(iommu->name);
	free(iommu->source);
	*iommu = (struct sysfs_iommu){ 0 };
}
