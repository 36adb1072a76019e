/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a driver of an IOMMU can do beyond the IOMMU API: Linux's own iommufd
 * calls it directly, and so does this one. A kernel that lacks an operation
 * answers as if no driver had it.
 *
 * A domain is the caller's; nobody frees or attaches it meanwhile unless noted.
 * A device is bound, so that its driver stays. All functions may sleep.
 */
#ifndef IOMMUFD_COMPAT_IOMMU_DRIVER_H
#define IOMMUFD_COMPAT_IOMMU_DRIVER_H

#include <linux/errno.h>
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/pci.h>
#include <linux/pci-ats.h>
#include <uapi/linux/iommufd.h>

static inline const struct iommu_ops *compat_iommu_ops(struct device *dev)
{
	return dev->iommu->iommu_dev->ops;
}

/* The addresses that a device cannot use; -> compat_put_resv_regions(). */
static inline void compat_get_resv_regions(struct device *dev,
					   struct list_head *list)
{
	/* The function that does this is not exported everywhere. */
	if (compat_iommu_ops(dev)->get_resv_regions)
		compat_iommu_ops(dev)->get_resv_regions(dev, list);
}

static inline void compat_put_resv_regions(struct device *dev,
					   struct list_head *list)
{
	iommu_put_resv_regions(dev, list);
}

/*
 * Whether domains for a device are sure to enforce coherency, and so are made
 * to before the first attach. Otherwise only an attached domain knows.
 */
static inline bool compat_enforces_before_attach(struct device *dev)
{
#ifdef COMPAT_LACKS_ENFORCE_CAP
	return false;
#else
	return device_iommu_capable(dev, IOMMU_CAP_ENFORCE_CACHE_COHERENCY);
#endif
}

/*
 * Whether a domain knows the device that it was allocated for: its limits and
 * whether it enforces coherency. Otherwise it learns that when it is attached.
 */
static inline bool compat_domain_knows_device(struct device *dev)
{
#ifdef COMPAT_LACKS_PAGING_ALLOC
	return false;
#else
	return compat_iommu_ops(dev)->domain_alloc_user ||
	       compat_iommu_ops(dev)->domain_alloc_paging;
#endif
}

/*
 * Of a domain without mappings that is attached, or going to be attached to a
 * device whose other domains do: whether it enforces coherency from now on.
 */
static inline bool compat_enforces_once_attached(struct iommu_domain *domain)
{
#ifdef COMPAT_LACKS_ENFORCE_CAP
	return domain->ops->enforce_cache_coherency &&
	       domain->ops->enforce_cache_coherency(domain);
#else
	return false;
#endif
}

/* How many PASIDs a device may use; 0 if it has none. */
static inline u32 compat_max_pasids(struct device *dev)
{
#ifdef COMPAT_LACKS_PASID_STATUS
	return 0;
#else
	return dev->iommu->max_pasids;
#endif
}

/* What a PCI device may do with PASIDs: PCI_PASID_CTRL_*. */
static inline int compat_pasid_control(struct device *dev)
{
#ifdef COMPAT_LACKS_PASID_STATUS
	return 0;
#else
	int control = dev_is_pci(dev) ? pci_pasid_status(to_pci_dev(dev)) : 0;

	return max(control, 0);
#endif
}

#ifdef COMPAT_CANNOT_NEST
static inline bool compat_allocates_for_user(struct device *dev)
{
	return false;
}

static inline struct iommu_domain *
compat_domain_alloc_user(struct device *dev, u32 flags,
			 struct iommu_domain *parent,
			 const struct iommu_user_data *data)
{
	if (flags || parent || data)
		return ERR_PTR(-EOPNOTSUPP);
	return iommu_paging_domain_alloc(dev);
}

static inline void *compat_hw_info(struct device *dev, u32 *len, u32 *type)
{
	*len = 0;
	*type = IOMMU_HW_INFO_TYPE_NONE;
	return NULL;
}

static inline bool compat_domain_is_nested(struct iommu_domain *domain)
{
	return false;
}

static inline bool compat_domain_owned_by(struct iommu_domain *domain,
					  struct device *dev)
{
	return domain->ops == compat_iommu_ops(dev)->default_domain_ops;
}

static inline int
compat_cache_invalidate_user(struct iommu_domain *domain,
			     struct iommu_user_data_array *array)
{
	return -EOPNOTSUPP;
}
#else
/* Whether compat_domain_alloc_user() can do more than a plain domain. */
static inline bool compat_allocates_for_user(struct device *dev)
{
	return compat_iommu_ops(dev)->domain_alloc_user;
}

/*
 * A domain for a device: what the flags IOMMU_HWPT_ALLOC_* and user space's
 * data ask for, on top of a parent or NULL. ERR_PTR(-EOPNOTSUPP) for what the
 * driver cannot do, and other errors of its own.
 */
static inline struct iommu_domain *
compat_domain_alloc_user(struct device *dev, u32 flags,
			 struct iommu_domain *parent,
			 const struct iommu_user_data *data)
{
	const struct iommu_ops *ops = compat_iommu_ops(dev);
	struct iommu_domain *domain;

	if (!ops->domain_alloc_user) {
		if (flags || parent || data)
			return ERR_PTR(-EOPNOTSUPP);
		return iommu_paging_domain_alloc(dev);
	}
	domain = ops->domain_alloc_user(dev, flags, parent, data);
	if (!IS_ERR(domain))
		domain->owner = ops;
	return domain;
}

/*
 * What the driver tells of the hardware, to be given to kfree(); NULL if it
 * tells nothing, or ERR_PTR.
 */
static inline void *compat_hw_info(struct device *dev, u32 *len, u32 *type)
{
	const struct iommu_ops *ops = compat_iommu_ops(dev);

	*len = 0;
	*type = IOMMU_HW_INFO_TYPE_NONE;
	return ops->hw_info ? ops->hw_info(dev, len, type) : NULL;
}

static inline bool compat_domain_is_nested(struct iommu_domain *domain)
{
	return domain->type == IOMMU_DOMAIN_NESTED &&
	       domain->ops->cache_invalidate_user;
}

/* Whether the driver of a device's IOMMU made the domain. */
static inline bool compat_domain_owned_by(struct iommu_domain *domain,
					  struct device *dev)
{
	return domain->owner == compat_iommu_ops(dev);
}

/* Of a nested domain; sets @array->entry_num to what was done, error or not. */
static inline int
compat_cache_invalidate_user(struct iommu_domain *domain,
			     struct iommu_user_data_array *array)
{
	return domain->ops->cache_invalidate_user(domain, array);
}
#endif

#ifdef COMPAT_CANNOT_TRACK_DIRTY
static inline bool compat_can_track_dirty(struct device *dev)
{
	return false;
}

static inline bool compat_domain_tracks_dirty(struct iommu_domain *domain)
{
	return false;
}

static inline int compat_set_dirty_tracking(struct iommu_domain *domain,
					    bool enable)
{
	return -EOPNOTSUPP;
}

static inline int compat_read_dirty(struct iommu_domain *domain,
				    unsigned long iova, size_t size,
				    unsigned long flags,
				    struct iommu_iotlb_gather *gather)
{
	return -EOPNOTSUPP;
}
#else
/* Whether a domain that tracks can be allocated for a device. */
static inline bool compat_can_track_dirty(struct device *dev)
{
	return device_iommu_capable(dev, IOMMU_CAP_DIRTY_TRACKING);
}

/* Whether the two functions below may be called. */
static inline bool compat_domain_tracks_dirty(struct iommu_domain *domain)
{
	return domain->dirty_ops;
}

static inline int compat_set_dirty_tracking(struct iommu_domain *domain,
					    bool enable)
{
	return domain->dirty_ops->set_dirty_tracking(domain, enable);
}

/*
 * The kernel's own record of dirty pages is compiled out where iommufd is not
 * built in, but drivers still add what is dirty to the gather. Whether any of
 * a range is, is seen by @gather having grown. @flags is 0 or
 * IOMMU_DIRTY_NO_CLEAR.
 */
static inline int compat_read_dirty(struct iommu_domain *domain,
				    unsigned long iova, size_t size,
				    unsigned long flags,
				    struct iommu_iotlb_gather *gather)
{
	struct iommu_dirty_bitmap dirty = { .gather = gather };

	return domain->dirty_ops->read_and_clear_dirty(domain, iova, size,
						       flags, &dirty);
}
#endif

/*
 * Attaching a group: the caller owns its DMA. The handle is what page requests
 * find; it stays with the kernel until the group is detached or its domain
 * replaced, which does not leave a gap where compat_replaces_groups(), and an
 * error leaves the old one attached.
 */
#ifdef COMPAT_CANNOT_FAULT
static inline int compat_attach_group(struct iommu_domain *domain,
				      struct iommu_group *group,
				      struct iommu_attach_handle *handle)
{
	int rc = iommu_attach_group(domain, group);

	/* How VT-d says that a domain is too wide for it; EINVAL since 6.10. */
	return rc == -EFAULT ? -EINVAL : rc;
}

static inline void compat_detach_group(struct iommu_domain *domain,
				       struct iommu_group *group)
{
	iommu_detach_group(domain, group);
}

static inline bool compat_replaces_groups(void)
{
	return false;
}

static inline int compat_replace_group(struct iommu_group *group,
				       struct iommu_domain *new,
				       struct iommu_attach_handle *handle)
{
	return -EOPNOTSUPP;
}
#else
/*
 * Exported to iommufd alone, in namespace IOMMUFD_INTERNAL; the header that
 * declares them is not installed.
 */
int iommu_attach_group_handle(struct iommu_domain *domain,
			      struct iommu_group *group,
			      struct iommu_attach_handle *handle);
void iommu_detach_group_handle(struct iommu_domain *domain,
			       struct iommu_group *group);
int iommu_replace_group_handle(struct iommu_group *group,
			       struct iommu_domain *new_domain,
			       struct iommu_attach_handle *handle);

static inline int compat_attach_group(struct iommu_domain *domain,
				      struct iommu_group *group,
				      struct iommu_attach_handle *handle)
{
	return iommu_attach_group_handle(domain, group, handle);
}

static inline void compat_detach_group(struct iommu_domain *domain,
				       struct iommu_group *group)
{
	iommu_detach_group_handle(domain, group);
}

static inline bool compat_replaces_groups(void)
{
	return true;
}

static inline int compat_replace_group(struct iommu_group *group,
				       struct iommu_domain *new,
				       struct iommu_attach_handle *handle)
{
	return iommu_replace_group_handle(group, new, handle);
}
#endif

#endif
