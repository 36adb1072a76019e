// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a device reserves: addresses that its IOMMU or firmware uses for itself,
 * the window for its interrupts among them.
 */
#include <linux/iommu.h>
#include <linux/list.h>

#include "../compat/iommu_driver.h"
#include "io_pagetable.h"
#include "iova_ranges.h"

/*
 * Only one thing can turn writes into interrupts: the hardware, at addresses of
 * its own, or a page table, in one window. Sets the window if it is the latter.
 */
static int find_msi_window(struct list_head *regions, phys_addr_t *window)
{
	struct iommu_resv_region *region;
	unsigned int hardware = 0;
	unsigned int software = 0;

	list_for_each_entry(region, regions, list) {
		if (region->type == IOMMU_RESV_MSI)
			hardware++;
		if (region->type == IOMMU_RESV_SW_MSI) {
			software++;
			*window = region->start;
		}
	}
	return software > 1 || (software && hardware) ? -EINVAL : 0;
}

static const char *const kinds[] = {
	[IOMMU_RESV_DIRECT] = "direct",
	[IOMMU_RESV_DIRECT_RELAXABLE] = "direct-relaxable",
	[IOMMU_RESV_RESERVED] = "reserved",
	[IOMMU_RESV_MSI] = "msi",
	[IOMMU_RESV_SW_MSI] = "software-msi",
};

static int reserve_regions(struct io_pagetable *iopt, struct list_head *regions,
			   struct device *dev)
{
	struct iopt_reserver by = { .owner = dev };
	struct iommu_resv_region *region;
	int rc = 0;

	lockdep_assert_held_write(&iopt->iova_rwsem);

	list_for_each_entry(region, regions, list) {
		/* Only firmware needs it, and only until a driver takes over. */
		if (region->type == IOMMU_RESV_DIRECT_RELAXABLE)
			continue;
		by.kind = kinds[region->type];
		rc = iopt_reserve(iopt, region->start,
				  region->start + region->length - 1, &by);
		if (rc)
			break;
	}
	if (rc)
		iopt_unreserve(iopt, dev);
	return rc;
}

/**
 * iopt_reserve_device() - keep mappings out of a device's reserved addresses
 * @iopt: the table
 * @dev: has reserved nothing in it yet
 * @msi_window: set to the window that a domain needs for its interrupts, if it
 *	needs one; or NULL
 *
 * Context: may sleep; takes iova_rwsem. Undo with iopt_unreserve_device().
 * Return: 0, or -EADDRINUSE if something is mapped or allowed there, -EINVAL
 * for a device that contradicts itself, -ENOMEM; then nothing is reserved.
 */
int iopt_reserve_device(struct io_pagetable *iopt, struct device *dev,
			phys_addr_t *msi_window)
{
	phys_addr_t window = PHYS_ADDR_MAX;
	LIST_HEAD(regions);
	int rc;

	compat_get_resv_regions(dev, &regions);
	rc = find_msi_window(&regions, &window);
	if (!rc) {
		down_write(&iopt->iova_rwsem);
		rc = reserve_regions(iopt, &regions, dev);
		up_write(&iopt->iova_rwsem);
	}
	compat_put_resv_regions(dev, &regions);
	if (!rc && msi_window && window != PHYS_ADDR_MAX)
		*msi_window = window;
	return rc;
}

/**
 * iopt_unreserve_device() - undo iopt_reserve_device()
 * @iopt: the table
 * @dev: the device
 *
 * Context: may sleep; takes iova_rwsem.
 */
void iopt_unreserve_device(struct io_pagetable *iopt, struct device *dev)
{
	down_write(&iopt->iova_rwsem);
	iopt_unreserve(iopt, dev);
	up_write(&iopt->iova_rwsem);
}
