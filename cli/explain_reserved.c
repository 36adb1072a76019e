// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a reserved range is for. The kernel gives its addresses and nothing
 * else, but where most of them lie is settled by the architectures.
 */
#include "explain_map.h"

#include <linux/iommufd.h>

#include "buf.h"

static const struct {
	struct iommu_iova_range range;
	const char *name;
} known[] = {
	{ { 0xfee00000, 0xfeefffff }, "message interrupts (MSI) of x86" },
	{ { 0x8000000, 0x80fffff }, "message interrupts (MSI) of ARM" },
	{ { 0xfd00000000, 0xffffffffff }, "AMD's HyperTransport" },
};

char *reserved_name(const struct iommu_iova_range *reserved)
{
	uint64_t start = reserved->start;

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (start >= known[i].range.start &&
		    reserved->last <= known[i].range.last)
			return mem_strdup(known[i].name);
	if (reserved->last == UINT64_MAX && start && !(start & (start - 1)))
		return mem_asprintf("more than the IOMMU's %d address bits",
				    __builtin_ctzll(start));
	if (reserved->last == UINT64_MAX && start)
		return mem_strdup("above what the IOMMU can translate");
	if (!start)
		return mem_strdup("below what the IOMMU can translate");
	return NULL;
}
