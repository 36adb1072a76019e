// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hardware page tables: how they end, and how one is made that mirrors an IOAS.
 * What user space asks for is in hwpt_alloc.c.
 */
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/lockdep.h>
#include <uapi/linux/iommufd.h>

#include "../compat/iommu_driver.h"
#include "device.h"
#include "fault.h"
#include "hwpt.h"

#define PAGING_FLAGS \
	(IOMMU_HWPT_ALLOC_NEST_PARENT | IOMMU_HWPT_ALLOC_DIRTY_TRACKING)

/* Of a page table that no device is attached to. */
static void free_domain(struct iommufd_hwpt *hwpt)
{
	iommu_domain_free(hwpt->domain);
	if (hwpt->fault)
		iommufd_fault_disconnect(hwpt);
}

static void free_paging(struct iommufd_hwpt_paging *paging)
{
	struct iommufd_ioas *ioas = paging->ioas;

	/* Not if it failed before it was filled. */
	if (!list_empty(&paging->item)) {
		mutex_lock(&ioas->lock);
		list_del(&paging->item);
		mutex_unlock(&ioas->lock);
		iopt_remove_domain(&ioas->iopt, paging->common.domain);
	}
	free_domain(&paging->common);
	/* Nobody waits for one of those to lose its users. */
	refcount_dec(&ioas->obj.users);
}

static void free_nested(struct iommufd_hwpt_nested *nested)
{
	free_domain(&nested->common);
	refcount_dec(&nested->parent->common.obj.users);
}

void iommufd_hwpt_paging_release(struct iommufd_object *obj)
{
	free_paging(to_paging(to_hwpt(obj)));
}

void iommufd_hwpt_nested_release(struct iommufd_object *obj)
{
	free_nested(to_nested(to_hwpt(obj)));
}

/**
 * iommufd_hwpt_abort() - take back a page table that was never published
 * @ictx: its context
 * @hwpt: attached to nothing
 *
 * Context: may sleep; holds no lock of the IOAS.
 */
void iommufd_hwpt_abort(struct iommufd_ctx *ictx, struct iommufd_hwpt *hwpt)
{
	if (hwpt->obj.type == IOMMUFD_OBJ_HWPT_PAGING)
		free_paging(to_paging(hwpt));
	else
		free_nested(to_nested(hwpt));
	iommufd_object_abort(ictx, &hwpt->obj);
}

/**
 * iommufd_hwpt_put() - a device is not attached to a page table any more
 * @ictx: its context
 * @hwpt: the caller is a user of it in place of the device
 *
 * An automatic one ends with its last device.
 *
 * Context: may sleep; holds no lock of the IOAS.
 */
void iommufd_hwpt_put(struct iommufd_ctx *ictx, struct iommufd_hwpt *hwpt)
{
	if (hwpt->obj.type == IOMMUFD_OBJ_HWPT_PAGING &&
	    to_paging(hwpt)->automatic)
		iommufd_object_put_last(ictx, &hwpt->obj);
	else
		iommufd_object_put(ictx, &hwpt->obj);
}

/**
 * iommufd_hwpt_create() - make a domain an object that nobody can see yet
 * @ictx: its context
 * @size: of the struct that begins with a struct iommufd_hwpt, in bytes
 * @type: what it is
 * @domain: of the kernel's, or ERR_PTR; taken over, also if this fails
 *
 * Context: may sleep. Follow with iommufd_object_publish() or, when it is
 * complete enough, iommufd_hwpt_abort().
 * Return: the page table, or ERR_PTR: that of @domain, or as
 * iommufd_object_alloc().
 */
struct iommufd_hwpt *iommufd_hwpt_create(struct iommufd_ctx *ictx, size_t size,
					 enum iommufd_object_type type,
					 struct iommu_domain *domain)
{
	struct iommufd_object *obj;

	if (IS_ERR(domain))
		return ERR_CAST(domain);
	obj = iommufd_object_alloc(ictx, size, type);
	if (IS_ERR(obj)) {
		iommu_domain_free(domain);
		return ERR_CAST(obj);
	}
	to_hwpt(obj)->domain = domain;
	return to_hwpt(obj);
}

/*
 * Some IOMMUs have it in each entry of the page table: decided before there is
 * one, and for good.
 */
static int enforce_coherency(struct iommufd_hwpt_paging *paging,
			     struct iommufd_device *idev)
{
	struct iommu_domain *domain = paging->common.domain;

	if (!idev->enforces_coherency)
		return 0;
	if (!domain->ops->enforce_cache_coherency ||
	    !domain->ops->enforce_cache_coherency(domain))
		return -EINVAL;
	paging->enforces_coherency = true;
	return 0;
}

/* What the domain in use has learnt of the group's devices holds for others. */
static void introduce_by_hearsay(struct iommufd_hwpt_paging *paging,
				 struct iommufd_hwpt_paging *used)
{
	struct iommu_domain *domain = paging->common.domain;

	domain->geometry = used->common.domain->geometry;
	domain->pgsize_bitmap = used->common.domain->pgsize_bitmap;
	if (used->enforces_coherency)
		paging->enforces_coherency =
			compat_enforces_once_attached(domain);
}

/* The group's DMA is blocked before, meanwhile by an empty domain, and after. */
static int introduce_in_person(struct iommufd_hwpt_paging *paging,
			       struct iommu_group *group)
{
	struct iommu_domain *domain = paging->common.domain;
	int rc;

	rc = iommu_attach_group(domain, group);
	if (rc)
		return rc;
	paging->enforces_coherency = compat_enforces_once_attached(domain);
	iommu_detach_group(domain, group);
	return 0;
}

/* Tells a new domain about its device, whose DMA is not disturbed. */
static int introduce(struct iommufd_device *idev,
		     struct iommufd_hwpt_paging *paging)
{
	struct iommufd_group *group = idev->group;
	int rc = 0;

	if (compat_domain_knows_device(idev->dev))
		return 0;
	mutex_lock(&group->lock);
	if (group->hwpt)
		introduce_by_hearsay(paging, hwpt_bottom(group->hwpt));
	else
		rc = introduce_in_person(paging, group->group);
	mutex_unlock(&group->lock);
	return rc;
}

/*
 * First the device: its limits are the domain's, and what the domain is filled
 * with must respect them.
 */
static int fill_paging(struct iommufd_hwpt_paging *paging,
		       struct iommufd_device *idev, bool attach)
{
	struct iommufd_hwpt *hwpt = &paging->common;
	int rc;

	rc = enforce_coherency(paging, idev);
	if (!rc && attach)
		rc = iommufd_group_attach(idev, hwpt);
	else if (!rc)
		rc = introduce(idev, paging);
	if (rc)
		return rc;
	if (attach && compat_enforces_once_attached(hwpt->domain))
		paging->enforces_coherency = true;
	rc = iopt_add_domain(&paging->ioas->iopt, hwpt->domain, hwpt->obj.id);
	if (rc) {
		if (attach)
			iommufd_group_detach(idev);
		return rc;
	}
	list_add_tail(&paging->item, &paging->ioas->hwpts);
	return 0;
}

/**
 * iommufd_hwpt_paging_create() - make a page table that mirrors an IOAS
 * @ictx: its context
 * @ioas: the IOAS
 * @idev: the device whose IOMMU it is for
 * @flags: IOMMU_HWPT_ALLOC_* of user space
 * @user_data: more of what user space says, for the driver, or NULL
 * @attach: attach @idev; then it is a user of the page table
 *
 * Context: may sleep; holds @ioas->lock, an automatic one until it is
 * published.
 * Return: the page table, filled, or ERR_PTR: -EOPNOTSUPP for what this kernel
 * or IOMMU cannot do, -EINVAL for an IOMMU that breaks its word, -ENOMEM, and
 * what iommufd_group_attach(), iopt_add_domain() and the driver say.
 */
struct iommufd_hwpt_paging *
iommufd_hwpt_paging_create(struct iommufd_ctx *ictx, struct iommufd_ioas *ioas,
			   struct iommufd_device *idev, u32 flags,
			   const struct iommu_user_data *user_data, bool attach)
{
	struct iommufd_hwpt_paging *paging;
	struct iommu_domain *domain;
	struct iommufd_hwpt *hwpt;
	int rc;

	lockdep_assert_held(&ioas->lock);

	if (flags & ~PAGING_FLAGS)
		return ERR_PTR(-EOPNOTSUPP);
	if ((flags & IOMMU_HWPT_ALLOC_DIRTY_TRACKING) &&
	    !compat_can_track_dirty(idev->dev))
		return ERR_PTR(-EOPNOTSUPP);

	domain = hwpt_domain_alloc(idev->dev, flags, NULL, user_data);
	hwpt = iommufd_hwpt_create(ictx, sizeof(*paging),
				   IOMMUFD_OBJ_HWPT_PAGING, domain);
	if (IS_ERR(hwpt))
		return ERR_CAST(hwpt);
	paging = to_paging(hwpt);
	INIT_LIST_HEAD(&paging->item);
	refcount_inc(&ioas->obj.users);
	paging->ioas = ioas;
	paging->nest_parent = flags & IOMMU_HWPT_ALLOC_NEST_PARENT;

	rc = fill_paging(paging, idev, attach);
	if (rc) {
		/* Not in the IOAS yet, and so without need of its lock. */
		iommufd_hwpt_abort(ictx, hwpt);
		return ERR_PTR(rc);
	}
	return paging;
}
