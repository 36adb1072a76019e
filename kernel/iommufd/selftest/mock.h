/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A mock IOMMU: a driver of the kernel's IOMMU API whose hardware is a struct,
 * and devices behind it. Whatever uses the mock uses it through that API.
 *
 * How such a driver and its devices come to be is not the same on all kernels,
 * and there is one file for each way:
 *
 *	mock_bus_platform.c	devices on the platform bus, which the IOMMU
 *				core probes; with all that newer drivers can do
 *				(mock_nested.c, mock_dirty.c, mock_faults.c)
 *	mock_bus_own.c		a bus of its own, whose devices are put into
 *				groups by hand; page tables only
 */
#ifndef IOMMUFD_SELFTEST_MOCK_H
#define IOMMUFD_SELFTEST_MOCK_H

#include <linux/atomic.h>
#include <linux/iommu.h>
#include <linux/platform_device.h>
#include <linux/rwsem.h>

#include "mock_table.h"

/**
 * struct mock_device - a device behind the mock IOMMU, alone in its group
 * @pdev: what the kernel knows it by; without a platform bus only its dev
 * @flags: MOCK_FLAGS_DEVICE_*
 * @attaching: held for writing while what the device is attached to changes,
 *	for reading while it asks for a page. Outside of all other locks.
 * @requests: how many of the pages it asked for were not answered
 */
struct mock_device {
	struct platform_device pdev;
	u32 flags;
	struct rw_semaphore attaching;
	atomic_t requests;
};

static inline struct mock_device *to_mock_device(struct device *dev)
{
	return container_of(dev, struct mock_device, pdev.dev);
}

/**
 * struct mock_domain - a paging domain
 * @domain: what the kernel knows it by
 * @table: what it translates
 * @tracks_dirty: dirty pages are being looked for
 */
struct mock_domain {
	struct iommu_domain domain;
	struct mock_table *table;
	bool tracks_dirty;
};

/* Of a bus. */
extern const struct iommu_domain_ops mock_domain_ops;
int __init mock_bus_init(void);
void mock_bus_exit(void);
struct mock_device *mock_device_create(u32 flags);
void mock_device_destroy(struct mock_device *mdev);
void mock_device_free(struct device *dev);

/* mock_domain.c */
struct mock_domain *mock_domain_create(void);
struct mock_domain *mock_domain_of(struct iommu_domain *domain);
void mock_domain_use_huge_pages(struct mock_domain *mock);
void mock_domain_free(struct iommu_domain *domain);
int mock_map_pages(struct iommu_domain *domain, unsigned long iova,
		   phys_addr_t paddr, size_t pgsize, size_t pgcount, int prot,
		   gfp_t gfp, size_t *mapped);
size_t mock_unmap_pages(struct iommu_domain *domain, unsigned long iova,
			size_t pgsize, size_t pgcount,
			struct iommu_iotlb_gather *gather);
void mock_iotlb_sync(struct iommu_domain *domain,
		     struct iommu_iotlb_gather *gather);
phys_addr_t mock_iova_to_phys(struct iommu_domain *domain, dma_addr_t iova);

/* mock_nested.c */
#ifdef COMPAT_CANNOT_NEST
static inline int mock_nested_read_iotlb(struct iommu_domain *domain, u32 index,
					 u32 *value)
{
	return -EOPNOTSUPP;
}
#else
struct iommu_domain *
mock_nested_create(struct iommu_domain *parent,
		   const struct iommu_user_data *user_data);
int mock_nested_read_iotlb(struct iommu_domain *domain, u32 index, u32 *value);
#endif

/* mock_dirty.c */
#ifdef COMPAT_CANNOT_TRACK_DIRTY
#define MOCK_CAN_TRACK_DIRTY false
#else
#define MOCK_CAN_TRACK_DIRTY true
extern const struct iommu_dirty_ops mock_dirty_ops;
#endif

/* mock_faults.c */
#ifdef COMPAT_CANNOT_FAULT
static inline int mock_faults_request(struct mock_device *mdev, u32 pasid,
				      u32 group, u32 perm, u64 addr)
{
	return -EOPNOTSUPP;
}
#else
int __init mock_faults_init(void);
void mock_faults_exit(void);
int mock_faults_enable(struct device *dev, enum iommu_dev_features feature);
int mock_faults_disable(struct device *dev, enum iommu_dev_features feature);
void mock_faults_answered(struct device *dev, struct iopf_fault *fault,
			  struct iommu_page_response *response);
int mock_faults_request(struct mock_device *mdev, u32 pasid, u32 group,
			u32 perm, u64 addr);
#endif

#endif
