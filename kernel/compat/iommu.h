/* SPDX-License-Identifier: GPL-2.0-only */
/* The IOMMU API as of Linux 6.12. */
#ifndef IOMMUFD_COMPAT_IOMMU_H
#define IOMMUFD_COMPAT_IOMMU_H

#ifdef COMPAT_LACKS_MAP_GFP
#include <linux/gfp.h>
#include <linux/iommu.h>

/* What the page table takes is not charged to the caller there. */
static inline int compat_iommu_map(struct iommu_domain *domain,
				   unsigned long iova, phys_addr_t paddr,
				   size_t size, int prot, gfp_t gfp)
{
	if (gfpflags_allow_blocking(gfp))
		return iommu_map(domain, iova, paddr, size, prot);
	return iommu_map_atomic(domain, iova, paddr, size, prot);
}

#define iommu_map compat_iommu_map
#endif

#ifdef COMPAT_LACKS_PAGING_ALLOC
#include <linux/iommu.h>

/* There an allocation on a bus that has an IOMMU fails for want of memory. */
static inline struct iommu_domain *iommu_paging_domain_alloc(struct device *dev)
{
	struct iommu_domain *domain = iommu_domain_alloc(dev->bus);

	return domain ?: ERR_PTR(-ENOMEM);
}
#endif

#ifdef COMPAT_LACKS_ISOLATED_MSI
#include <linux/iommu.h>
#include <linux/irqdomain.h>

static inline int compat_lacks_isolated_msi(struct device *dev, void *unused)
{
	return !device_iommu_capable(dev, IOMMU_CAP_INTR_REMAP);
}

static inline bool iommu_group_has_isolated_msi(struct iommu_group *group)
{
	return irq_domain_check_msi_remap() ||
	       !iommu_group_for_each_dev(group, NULL,
					 compat_lacks_isolated_msi);
}
#endif

#ifdef COMPAT_LACKS_USER_DATA
#include <linux/types.h>

/**
 * struct iommu_user_data - what user space says about a domain
 * @type: how the driver is to read it
 * @uptr: where it is
 * @len: its length in bytes
 */
struct iommu_user_data {
	unsigned int type;
	void __user *uptr;
	size_t len;
};

/**
 * struct iommu_user_data_array - a list of requests to a domain's driver
 * @type: how the driver is to read each
 * @uptr: where they are
 * @entry_len: length of each, in bytes
 * @entry_num: how many; the driver sets it to how many it carried out
 */
struct iommu_user_data_array {
	unsigned int type;
	void __user *uptr;
	size_t entry_len;
	u32 entry_num;
};
#endif

#ifdef COMPAT_CANNOT_TRACK_DIRTY
#include <linux/bits.h>

/* Read what is dirty and leave it so. */
#define IOMMU_DIRTY_NO_CLEAR BIT(0)
#endif

#ifdef COMPAT_CANNOT_FAULT
struct iommu_domain;

/**
 * struct iommu_attach_handle - an attachment, as page requests find it
 * @domain: what is attached
 */
struct iommu_attach_handle {
	struct iommu_domain *domain;
};
#endif

#endif
