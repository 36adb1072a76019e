// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dirty tracking of the mock IOMMU. A dirty page is reported through the
 * gather, as real drivers do; the bitmap that they could fill is compiled out
 * of kernels without an iommufd of their own.
 */
#include <linux/module.h>

#include "mock.h"

static int mock_set_dirty_tracking(struct iommu_domain *domain, bool enable)
{
	WRITE_ONCE(mock_domain_of(domain)->tracks_dirty, enable);
	return 0;
}

/* Reports whole pages of the IOMMU, also those that stick out of the range. */
static int mock_read_and_clear_dirty(struct iommu_domain *domain,
				     unsigned long iova, size_t size,
				     unsigned long flags,
				     struct iommu_dirty_bitmap *dirty)
{
	struct mock_domain *mock = mock_domain_of(domain);
	unsigned long end = iova + size, page;
	bool clear = !(flags & IOMMU_DIRTY_NO_CLEAR);
	size_t pgsize;

	/* Without a bitmap it is to start from nothing. */
	if (dirty->bitmap && !READ_ONCE(mock->tracks_dirty))
		return -EINVAL;
	for (; iova < end; iova = page + pgsize) {
		bool found = mock_table_read_dirty(mock->table, iova, clear,
						   &pgsize);

		page = round_down(iova, pgsize);
		if (found)
			iommu_dirty_bitmap_record(dirty, page, pgsize);
	}
	return 0;
}

const struct iommu_dirty_ops mock_dirty_ops = {
	.set_dirty_tracking = mock_set_dirty_tracking,
	.read_and_clear_dirty = mock_read_and_clear_dirty,
};

/* Where the bitmap is not compiled out, its helpers are Linux's iommufd's. */
MODULE_IMPORT_NS(IOMMUFD);
