// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attaching groups of devices to page tables.
 *
 * The first device that is attached takes its group along, and the last one
 * that is detached leaves it blocked. What each adds for itself is a user of
 * the page table and its reserved addresses in the IOAS below that.
 *
 * An attachment to a page table with a fault queue is one device's alone: it
 * names the device that its page requests come from, and page requests need a
 * device that the IOMMU can tell from all others anyway.
 */
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/lockdep.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "../compat/iommu_driver.h"
#include "device.h"
#include "fault.h"
#include "hwpt.h"

static struct io_pagetable *iopt_below(struct iommufd_hwpt *hwpt)
{
	return &hwpt_bottom(hwpt)->ioas->iopt;
}

static bool is_attached(struct iommufd_device *idev)
{
	lockdep_assert_held(&idev->group->lock);
	return !list_empty(&idev->item);
}

/* Some IOMMUs translate MSIs: the domain needs a window for them, once. */
static int set_up_msi(struct iommufd_group *group, struct iommufd_hwpt *hwpt)
{
	struct iommufd_hwpt_paging *paging = hwpt_bottom(hwpt);
	int rc;

	/* Groups can share a domain. */
	lockdep_assert_held(&paging->ioas->lock);

	if (group->msi_window == PHYS_ADDR_MAX || paging->has_msi_cookie)
		return 0;
	rc = iommu_get_msi_cookie(paging->common.domain, group->msi_window);
	paging->has_msi_cookie = !rc;
	return rc;
}

static struct iommufd_attach_handle *handle_create(struct iommufd_device *idev,
						   struct iommufd_hwpt *hwpt)
{
	struct iommufd_attach_handle *handle;
	int rc;

	handle = kzalloc(sizeof(*handle), GFP_KERNEL_ACCOUNT);
	if (!handle)
		return ERR_PTR(-ENOMEM);
	handle->idev = idev;
	if (hwpt->fault) {
		rc = iommufd_fault_enable(idev);
		if (rc) {
			kfree(handle);
			return ERR_PTR(rc);
		}
	}
	return handle;
}

/* Of an attachment that is over, or never was. */
static void handle_destroy(struct iommufd_attach_handle *handle,
			   struct iommufd_hwpt *hwpt)
{
	if (hwpt->fault) {
		iommufd_fault_answer_all(hwpt, handle);
		iommufd_fault_disable(handle->idev);
	}
	kfree(handle);
}

/*
 * Where the domain does not know the device before it is attached, the IOMMU's
 * driver expects that nobody maps or unmaps meanwhile. VT-d on Linux 6.1 drops
 * a level of the page table for a device that is attached, and forgets one that
 * is detached while somebody flushes its IOTLB.
 */
static void keep_mappings(struct iommufd_device *idev,
			  struct iommufd_hwpt *hwpt)
{
	if (!compat_domain_knows_device(idev->dev))
		down_write(&iopt_below(hwpt)->domains_rwsem);
}

static void let_mappings_change(struct iommufd_device *idev,
				struct iommufd_hwpt *hwpt)
{
	if (!compat_domain_knows_device(idev->dev))
		up_write(&iopt_below(hwpt)->domains_rwsem);
}

static int attach_domain(struct iommufd_device *idev, struct iommufd_hwpt *hwpt,
			 struct iommufd_attach_handle *handle)
{
	int rc;

	keep_mappings(idev, hwpt);
	rc = compat_attach_group(hwpt->domain, idev->group->group,
				 &handle->handle);
	let_mappings_change(idev, hwpt);
	return rc;
}

static void detach_domain(struct iommufd_device *idev,
			  struct iommufd_hwpt *hwpt)
{
	keep_mappings(idev, hwpt);
	compat_detach_group(hwpt->domain, idev->group->group);
	let_mappings_change(idev, hwpt);
}

/*
 * With a gap, in which DMA is blocked. A driver that takes the old domain no
 * more, which it did before, leaves it blocked; detaching is then still right.
 */
static int replace_with_gap(struct iommufd_device *idev,
			    struct iommufd_hwpt *new,
			    struct iommufd_attach_handle *handle)
{
	struct iommufd_group *group = idev->group;
	int rc;

	detach_domain(idev, group->hwpt);
	rc = attach_domain(idev, new, handle);
	if (rc && attach_domain(idev, group->hwpt, group->handle))
		pr_err_ratelimited("DMA of group %d stays blocked\n",
				   iommu_group_id(group->group));
	return rc;
}

/* Without a gap where the driver can; an error leaves the old one attached. */
static int replace_domain(struct iommufd_device *idev, struct iommufd_hwpt *new,
			  struct iommufd_attach_handle *handle)
{
	int rc;

	if (!compat_replaces_groups())
		return replace_with_gap(idev, new, handle);
	keep_mappings(idev, new);
	rc = compat_replace_group(idev->group->group, new->domain,
				  &handle->handle);
	let_mappings_change(idev, new);
	return rc;
}

/* Of the last device. */
static void detach_group(struct iommufd_device *idev)
{
	struct iommufd_group *group = idev->group;
	struct iommufd_hwpt *hwpt = group->hwpt;

	lockdep_assert_held(&group->lock);

	detach_domain(idev, hwpt);
	handle_destroy(group->handle, hwpt);
	group->handle = NULL;
	group->hwpt = NULL;
}

/*
 * Attaches the group to a page table, or moves it there: what its devices do
 * for themselves is not done here.
 */
static int set_hwpt(struct iommufd_device *idev, struct iommufd_hwpt *hwpt)
{
	struct iommufd_group *group = idev->group;
	struct iommufd_hwpt *old = group->hwpt;
	struct iommufd_attach_handle *handle;
	int rc;

	lockdep_assert_held(&group->lock);

	rc = set_up_msi(group, hwpt);
	if (rc)
		return rc;
	handle = handle_create(idev, hwpt);
	if (IS_ERR(handle))
		return PTR_ERR(handle);
	if (old)
		rc = replace_domain(idev, hwpt, handle);
	else
		rc = attach_domain(idev, hwpt, handle);
	if (rc) {
		handle_destroy(handle, hwpt);
		return rc;
	}
	if (old)
		handle_destroy(group->handle, old);
	group->handle = handle;
	group->hwpt = hwpt;
	return 0;
}

/* Not every kernel does this by itself. */
static bool can_attach(struct iommufd_device *idev, struct iommufd_hwpt *hwpt)
{
	return compat_domain_owned_by(hwpt->domain, idev->dev);
}

static int attach_locked(struct iommufd_device *idev, struct iommufd_hwpt *hwpt)
{
	struct iommufd_group *group = idev->group;
	struct io_pagetable *iopt = iopt_below(hwpt);
	int rc;

	if (!can_attach(idev, hwpt))
		return -EINVAL;
	if (group->hwpt && (group->hwpt != hwpt || hwpt->fault))
		return -EINVAL;
	if (is_attached(idev))
		return -EBUSY;

	rc = iopt_reserve_device(iopt, idev->dev, &group->msi_window);
	if (rc)
		return rc;
	if (!group->hwpt) {
		rc = set_hwpt(idev, hwpt);
		if (rc) {
			iopt_unreserve_device(iopt, idev->dev);
			return rc;
		}
	}
	refcount_inc(&hwpt->obj.users);
	list_add_tail(&idev->item, &group->attached);
	return 0;
}

/**
 * iommufd_group_attach() - attach a device, with its group if it is the first
 * @idev: the device
 * @hwpt: the caller is a user of it, or has not published it; the device
 *	becomes another
 *
 * Context: may sleep; holds iommufd_ioas::lock of the IOAS below @hwpt. Undo
 * with iommufd_group_detach().
 * Return: 0, or -EINVAL if the group is attached to something else, or the
 * device and the page table do not go together; -EBUSY if it is attached to
 * this one already; -EADDRINUSE if something is mapped at addresses that the
 * device reserves; -ENOMEM; and what the IOMMU's driver says.
 */
int iommufd_group_attach(struct iommufd_device *idev, struct iommufd_hwpt *hwpt)
{
	int rc;

	mutex_lock(&idev->group->lock);
	rc = attach_locked(idev, hwpt);
	mutex_unlock(&idev->group->lock);
	return rc;
}

/**
 * iommufd_group_detach() - detach a device, with its group if it is the last
 * @idev: the device
 *
 * Context: may sleep; can take domains_rwsem of the IOAS below.
 * Return: what it was attached to, of which the caller is now the user in its
 * place, or NULL if it was not attached.
 */
struct iommufd_hwpt *iommufd_group_detach(struct iommufd_device *idev)
{
	struct iommufd_group *group = idev->group;
	struct iommufd_hwpt *hwpt = NULL;

	mutex_lock(&group->lock);
	if (is_attached(idev)) {
		hwpt = group->hwpt;
		list_del_init(&idev->item);
		if (list_empty(&group->attached))
			detach_group(idev);
		iopt_unreserve_device(iopt_below(hwpt), idev->dev);
	}
	mutex_unlock(&group->lock);
	return hwpt;
}

/* For the attached devices in front of @end, or with NULL for all of them. */
static void unreserve_devices(struct iommufd_group *group,
			      struct io_pagetable *iopt,
			      struct iommufd_device *end)
{
	struct iommufd_device *idev;

	lockdep_assert_held(&group->lock);

	list_for_each_entry(idev, &group->attached, item) {
		if (idev == end)
			break;
		iopt_unreserve_device(iopt, idev->dev);
	}
}

static int reserve_devices(struct iommufd_group *group,
			   struct io_pagetable *iopt)
{
	struct iommufd_device *idev;
	int rc;

	lockdep_assert_held(&group->lock);

	list_for_each_entry(idev, &group->attached, item) {
		rc = iopt_reserve_device(iopt, idev->dev, NULL);
		if (rc) {
			unreserve_devices(group, iopt, idev);
			return rc;
		}
	}
	return 0;
}

/* The devices become users of the new one; the caller gets one of the old. */
static void move_users(struct iommufd_group *group, struct iommufd_hwpt *old,
		       struct iommufd_hwpt *new)
{
	struct iommufd_device *idev;

	lockdep_assert_held(&group->lock);

	refcount_inc(&old->obj.users);
	list_for_each_entry(idev, &group->attached, item) {
		refcount_inc(&new->obj.users);
		iommufd_object_put(group->ictx, &old->obj);
	}
}

/*
 * Both IOASs keep free of mappings what the devices reserve, until it is known
 * which of them is left.
 */
static int replace_locked(struct iommufd_device *idev,
			  struct iommufd_hwpt *hwpt)
{
	struct iommufd_group *group = idev->group;
	struct iommufd_hwpt *old = group->hwpt;
	bool same_ioas = iopt_below(hwpt) == iopt_below(old);
	int rc;

	if (!can_attach(idev, hwpt))
		return -EINVAL;
	if (hwpt->fault && !list_is_singular(&group->attached))
		return -EINVAL;

	if (!same_ioas) {
		rc = reserve_devices(group, iopt_below(hwpt));
		if (rc)
			return rc;
	}
	rc = set_hwpt(idev, hwpt);
	if (!rc)
		move_users(group, old, hwpt);
	if (!same_ioas)
		unreserve_devices(group, iopt_below(rc ? hwpt : old), NULL);
	return rc;
}

/**
 * iommufd_group_replace() - move an attached device and its group
 * @idev: the device; the others of its group that are attached come along
 * @hwpt: the caller is a user of it, or has not published it
 *
 * Context: may sleep; holds iommufd_ioas::lock of the IOAS below @hwpt.
 * Return: what the group was attached to, of which the caller is now a user;
 * NULL if that is @hwpt; or ERR_PTR: -EINVAL for a device that is not attached,
 * and what iommufd_group_attach() says. Nothing has changed then.
 */
struct iommufd_hwpt *iommufd_group_replace(struct iommufd_device *idev,
					   struct iommufd_hwpt *hwpt)
{
	struct iommufd_group *group = idev->group;
	struct iommufd_hwpt *old;
	int rc = 0;

	mutex_lock(&group->lock);
	old = group->hwpt;
	if (!is_attached(idev))
		rc = -EINVAL;
	else if (old == hwpt)
		old = NULL;
	else
		rc = replace_locked(idev, hwpt);
	mutex_unlock(&group->lock);
	return rc ? ERR_PTR(rc) : old;
}

/* Attaching with a handle is for iommufd alone; see compat/iommu_driver.h. */
MODULE_IMPORT_NS(IOMMUFD_INTERNAL);
