// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices: what a driver does with one that user space wants to program.
 *
 * The driver makes its calls for a device one after the other. Its mistakes
 * (a second attach, a detach too many) are refused and change nothing.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/lockdep.h>
#include <linux/module.h>

#include "../compat/iommu_driver.h"
#include "device.h"
#include "hwpt.h"
#include "iommufd.h"
#include "selftest/selftest.h"
#include "trace.h"

static bool allow_unsafe_interrupts;
module_param(allow_unsafe_interrupts, bool, 0644);
MODULE_PARM_DESC(allow_unsafe_interrupts,
		 "Bind devices whose DMA can trigger interrupts of others");

/*
 * A device whose writes can become any interrupt is as good as one without an
 * IOMMU. The mock's cannot write.
 */
static int check_interrupts(struct device *dev)
{
	struct iommu_group *group;
	bool isolated;

	if (iommufd_selftest_is_mock_dev(dev))
		return 0;
	group = iommu_group_get(dev);
	if (!group)
		return -ENODEV;
	isolated = iommu_group_has_isolated_msi(group);
	iommu_group_put(group);
	if (isolated)
		return 0;
	if (!allow_unsafe_interrupts)
		return -EPERM;
	dev_warn(dev, "interrupts are not isolated: its DMA can trigger any\n");
	return 0;
}

/* The object holds the group and the context. */
static struct iommufd_device *create_device(struct iommufd_ctx *ictx,
					    struct iommufd_group *group,
					    struct device *dev)
{
	struct iommufd_object *obj;
	struct iommufd_device *idev;

	obj = iommufd_object_alloc(ictx, sizeof(*idev), IOMMUFD_OBJ_DEVICE);
	if (IS_ERR(obj))
		return ERR_CAST(obj);
	idev = to_device(obj);
	idev->group = group;
	INIT_LIST_HEAD(&idev->item);
	idev->dev = dev;
	idev->enforces_coherency = compat_enforces_before_attach(dev);
	mutex_init(&idev->iopf_lock);
	idev->ictx = ictx;
	/* The mock's belong to an object of the context and end with it. */
	if (!iommufd_selftest_is_mock_dev(dev))
		iommufd_ctx_get(ictx);
	return idev;
}

void iommufd_device_release(struct iommufd_object *obj)
{
	struct iommufd_device *idev = to_device(obj);

	iommufd_group_put(idev->group);
	mutex_destroy(&idev->iopf_lock);
	if (!iommufd_selftest_is_mock_dev(idev->dev))
		iommufd_ctx_put(idev->ictx);
}

static struct iommufd_device *bind(struct iommufd_ctx *ictx, struct device *dev)
{
	struct iommufd_device *idev;
	struct iommufd_group *group;
	int rc;

	/* All is mapped with IOMMU_CACHE: user space cannot flush caches. */
	if (!device_iommu_capable(dev, IOMMU_CAP_CACHE_COHERENCY))
		return ERR_PTR(-EINVAL);
	rc = check_interrupts(dev);
	if (rc)
		return ERR_PTR(rc);

	group = iommufd_group_get(ictx, dev);
	if (IS_ERR(group))
		return ERR_CAST(group);
	idev = create_device(ictx, group, dev);
	if (IS_ERR(idev)) {
		iommufd_group_put(group);
		return idev;
	}
	/* The caller's, without which DESTROY could end it. */
	refcount_inc(&idev->obj.users);
	iommufd_object_publish(ictx, &idev->obj);
	return idev;
}

/**
 * iommufd_device_bind() - give a device to a context
 * @ictx: the context; the caller holds it
 * @dev: the device; its driver sets driver_managed_dma and has not let it do
 *	DMA yet
 * @id: set to what user space will know it by
 *
 * From here on all devices of its group do DMA by page tables of this context
 * or not at all.
 *
 * Context: process; may sleep. Undo with iommufd_device_unbind().
 * Return: the device, or ERR_PTR: -EINVAL if its DMA is not coherent with
 * caches, or has no IOMMU; -EPERM if it can trigger interrupts of others (see
 * the module parameter allow_unsafe_interrupts), or if its group belongs to
 * somebody else; -EBUSY if a driver uses a device of the group; -ENODEV
 * without a group; -ENOMEM.
 */
struct iommufd_device *iommufd_device_bind(struct iommufd_ctx *ictx,
					   struct device *dev, u32 *id)
{
	struct iommufd_device *idev = bind(ictx, dev);

	if (IS_ERR(idev))
		iommufd_object_refused(ictx, IOMMUFD_OBJ_DEVICE, PTR_ERR(idev));
	else
		*id = idev->obj.id;
	return idev;
}
EXPORT_SYMBOL_NS_GPL(iommufd_device_bind, IOMMUFD);

/**
 * iommufd_device_unbind() - take a device back
 * @idev: from iommufd_device_bind(), detached; gone afterwards
 *
 * With the last device of its group the group's DMA is the kernel's again.
 *
 * Context: process; sleeps until requests on the device are done, however long
 * that takes.
 */
void iommufd_device_unbind(struct iommufd_device *idev)
{
	struct iommufd_hwpt *hwpt = iommufd_group_detach(idev);

	/* The driver forgot it, and the group would go on with a dead device. */
	if (WARN_ON_ONCE(hwpt))
		iommufd_hwpt_put(idev->ictx, hwpt);
	iommufd_object_remove(idev->ictx, &idev->obj);
}
EXPORT_SYMBOL_NS_GPL(iommufd_device_unbind, IOMMUFD);

/**
 * iommufd_ctx_has_group() - whether a context owns a group
 * @ictx: the context, or NULL
 * @group: the group, which the caller holds, or NULL
 *
 * Context: any.
 * Return: true if a device of @group is bound to @ictx.
 */
bool iommufd_ctx_has_group(struct iommufd_ctx *ictx, struct iommu_group *group)
{
	if (!ictx || !group)
		return false;
	return xa_load(&ictx->groups, iommu_group_id(group));
}
EXPORT_SYMBOL_NS_GPL(iommufd_ctx_has_group, IOMMUFD);

/**
 * iommufd_device_to_ictx() - the context of a device
 * @idev: from iommufd_device_bind()
 *
 * Context: any.
 * Return: the context; no reference is taken, it stays while @idev is bound.
 */
struct iommufd_ctx *iommufd_device_to_ictx(struct iommufd_device *idev)
{
	return idev->ictx;
}
EXPORT_SYMBOL_NS_GPL(iommufd_device_to_ictx, IOMMUFD);

/**
 * iommufd_device_to_id() - what user space knows a device by
 * @idev: from iommufd_device_bind()
 *
 * Context: any.
 * Return: the id in its context.
 */
u32 iommufd_device_to_id(struct iommufd_device *idev)
{
	return idev->obj.id;
}
EXPORT_SYMBOL_NS_GPL(iommufd_device_to_id, IOMMUFD);

/*
 * Attaches the device, or replaces what it is attached to. The result is NULL,
 * ERR_PTR, or an old page table that the caller is now a user of.
 */
static struct iommufd_hwpt *change(struct iommufd_device *idev,
				   struct iommufd_hwpt *hwpt, bool replace)
{
	if (replace)
		return iommufd_group_replace(idev, hwpt);
	return ERR_PTR(iommufd_group_attach(idev, hwpt));
}

static struct iommufd_hwpt *change_to_hwpt(struct iommufd_device *idev,
					   struct iommufd_hwpt *hwpt,
					   bool replace)
{
	struct iommufd_ioas *ioas = hwpt_bottom(hwpt)->ioas;
	struct iommufd_hwpt *old;

	if (mutex_lock_killable(&ioas->lock))
		return ERR_PTR(-EINTR);
	old = change(idev, hwpt, replace);
	mutex_unlock(&ioas->lock);
	return old;
}

/*
 * All automatic page tables of an IOAS hold the same: the first one that takes
 * the device will do. -EINVAL is how a driver says that it does not go
 * together with a domain, and the result if none does.
 */
static struct iommufd_hwpt *change_to_automatic(struct iommufd_device *idev,
						struct iommufd_ioas *ioas,
						u32 *pt_id, bool replace)
{
	struct iommufd_hwpt *old = ERR_PTR(-EINVAL);
	struct iommufd_hwpt_paging *paging;

	lockdep_assert_held(&ioas->lock);

	list_for_each_entry(paging, &ioas->hwpts, item) {
		struct iommufd_hwpt *hwpt = &paging->common;

		/* One that is ending waits for the lock to leave the list. */
		if (!paging->automatic || !iommufd_object_get(&hwpt->obj))
			continue;
		old = change(idev, hwpt, replace);
		if (!IS_ERR(old))
			*pt_id = hwpt->obj.id;
		iommufd_object_put(idev->ictx, &hwpt->obj);
		if (old != ERR_PTR(-EINVAL))
			break;
	}
	return old;
}

/* The same, with one of its own. Sets @unused if that is to be aborted. */
static struct iommufd_hwpt *change_to_new(struct iommufd_device *idev,
					  struct iommufd_ioas *ioas, u32 *pt_id,
					  bool replace,
					  struct iommufd_hwpt **unused)
{
	struct iommufd_hwpt_paging *paging;
	struct iommufd_hwpt *old = NULL;

	paging = iommufd_hwpt_paging_create(idev->ictx, ioas, idev, 0, NULL,
					    !replace);
	if (IS_ERR(paging))
		return ERR_CAST(paging);
	if (replace)
		old = change(idev, &paging->common, true);
	if (IS_ERR(old)) {
		*unused = &paging->common;
		return old;
	}
	paging->automatic = true;
	*pt_id = paging->common.obj.id;
	iommufd_object_publish(idev->ictx, &paging->common.obj);
	return old;
}

static struct iommufd_hwpt *change_to_ioas(struct iommufd_device *idev,
					   struct iommufd_ioas *ioas,
					   u32 *pt_id, bool replace)
{
	struct iommufd_hwpt *unused = NULL;
	struct iommufd_hwpt *old;

	if (mutex_lock_killable(&ioas->lock))
		return ERR_PTR(-EINTR);
	old = change_to_automatic(idev, ioas, pt_id, replace);
	if (old == ERR_PTR(-EINVAL))
		old = change_to_new(idev, ioas, pt_id, replace, &unused);
	mutex_unlock(&ioas->lock);

	if (unused)
		iommufd_hwpt_abort(idev->ictx, unused);
	return old;
}

static int change_to_id(struct iommufd_device *idev, u32 *pt_id, bool replace)
{
	struct iommufd_hwpt *old;
	struct iommufd_object *obj;

	obj = iommufd_object_lookup(idev->ictx, *pt_id, IOMMUFD_OBJ_ANY);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	switch (obj->type) {
	case IOMMUFD_OBJ_HWPT_NESTED:
	case IOMMUFD_OBJ_HWPT_PAGING:
		old = change_to_hwpt(idev, to_hwpt(obj), replace);
		break;
	case IOMMUFD_OBJ_IOAS:
		old = change_to_ioas(idev, to_ioas(obj), pt_id, replace);
		break;
	default:
		old = ERR_PTR(-EINVAL);
	}
	iommufd_object_put(idev->ictx, obj);

	if (IS_ERR(old))
		return PTR_ERR(old);
	/* An automatic one ends here, for which no lock may be held. */
	if (old)
		iommufd_hwpt_put(idev->ictx, old);
	return 0;
}

/**
 * iommufd_device_attach() - connect a device to a page table
 * @idev: not attached; an attached one is refused
 * @pt_id: an IOAS, which gets a page table that suits the device, or a page
 *	table; set to the page table
 *
 * From here on the device can do DMA. All attached devices of a group share a
 * page table.
 *
 * Context: process; may sleep. Undo with iommufd_device_detach().
 * Return: 0; -ENOENT if there is no such object; -EINVAL if it is of another
 * kind, does not suit the device, or the group is attached to another one;
 * -EBUSY if the device is attached to this one; -EADDRINUSE if something is
 * mapped at addresses that the device or its IOMMU cannot use; -EINTR for a
 * fatal signal; -ENOMEM, and what pinning and the IOMMU's driver say.
 */
int iommufd_device_attach(struct iommufd_device *idev, u32 *pt_id)
{
	u32 to = *pt_id;
	int rc;

	rc = change_to_id(idev, pt_id, false);
	trace_iommufd_attach(idev->ictx, idev->obj.id, dev_name(idev->dev), to,
			     *pt_id, rc);
	return rc;
}
EXPORT_SYMBOL_NS_GPL(iommufd_device_attach, IOMMUFD);

/**
 * iommufd_device_replace() - connect an attached device to another page table
 * @idev: attached; others of its group that are come along
 * @pt_id: as for iommufd_device_attach()
 *
 * DMA that both page tables translate alike goes on if the IOMMU can do that;
 * on Linux 6.1 it is blocked for a moment.
 *
 * Context: process; may sleep.
 * Return: 0, -EINVAL if @idev is not attached, and otherwise as for
 * iommufd_device_attach(); if it fails, the attachment is as before.
 */
int iommufd_device_replace(struct iommufd_device *idev, u32 *pt_id)
{
	u32 to = *pt_id;
	int rc;

	rc = change_to_id(idev, pt_id, true);
	trace_iommufd_replace(idev->ictx, idev->obj.id, dev_name(idev->dev), to,
			      *pt_id, rc);
	return rc;
}
EXPORT_SYMBOL_NS_GPL(iommufd_device_replace, IOMMUFD);

/**
 * iommufd_device_detach() - end what iommufd_device_attach() began
 * @idev: one that is not attached stays so
 *
 * With the last device of a group, all DMA of the group is blocked.
 *
 * Context: process; may sleep.
 */
void iommufd_device_detach(struct iommufd_device *idev)
{
	struct iommufd_hwpt *hwpt = iommufd_group_detach(idev);

	if (!hwpt)
		return;
	trace_iommufd_detach(idev->ictx, idev->obj.id, dev_name(idev->dev),
			     hwpt->obj.id);
	iommufd_hwpt_put(idev->ictx, hwpt);
}
EXPORT_SYMBOL_NS_GPL(iommufd_device_detach, IOMMUFD);
