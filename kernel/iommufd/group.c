// SPDX-License-Identifier: GPL-2.0-only
/*
 * Groups of devices, as a context owns them: from the first device that is
 * bound to the last, nobody else lets any of them do DMA. A container owns its
 * groups before that. What they are attached to is in group_attach.c.
 */
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/lockdep.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "device.h"
#include "iommufd.h"

/*
 * Held while a group is claimed or released, of whatever context, so that its
 * owner is always the one who has a struct iommufd_group of it. Outermost.
 */
static DEFINE_MUTEX(ownership_lock);

/* Takes over the reference to the group, also if it fails. */
static struct iommufd_group *group_create(struct iommufd_ctx *ictx,
					  struct iommu_group *iommu_group)
{
	struct iommufd_group *group;
	int rc = -ENOMEM;

	lockdep_assert_held(&ownership_lock);

	group = kzalloc(sizeof(*group), GFP_KERNEL_ACCOUNT);
	if (!group)
		goto put_group;
	kref_init(&group->refs);
	group->ictx = ictx;
	group->group = iommu_group;
	mutex_init(&group->lock);
	INIT_LIST_HEAD(&group->attached);
	group->msi_window = PHYS_ADDR_MAX;

	rc = iommu_group_claim_dma_owner(iommu_group, ictx);
	if (rc)
		goto free_group;
	rc = xa_insert(&ictx->groups, iommu_group_id(iommu_group), group,
		       GFP_KERNEL_ACCOUNT);
	if (rc)
		goto release_owner;
	return group;

release_owner:
	iommu_group_release_dma_owner(iommu_group);
free_group:
	mutex_destroy(&group->lock);
	kfree(group);
put_group:
	iommu_group_put(iommu_group);
	return ERR_PTR(rc);
}

/* Takes over the reference to the group, also if it fails. */
static struct iommufd_group *group_get(struct iommufd_ctx *ictx,
				       struct iommu_group *iommu_group)
{
	struct iommufd_group *group;

	mutex_lock(&ownership_lock);
	group = xa_load(&ictx->groups, iommu_group_id(iommu_group));
	if (group) {
		kref_get(&group->refs);
		iommu_group_put(iommu_group);
	} else {
		group = group_create(ictx, iommu_group);
	}
	mutex_unlock(&ownership_lock);
	return group;
}

/**
 * iommufd_group_get() - the group of a device, owned by a context
 * @ictx: the context
 * @dev: a device whose driver leaves its DMA to others
 *
 * Context: may sleep. Undo with iommufd_group_put().
 * Return: the group, or ERR_PTR: -ENODEV for a device without one, -EPERM or
 * -EBUSY if a driver or another context uses a device of it, -ENOMEM.
 */
struct iommufd_group *iommufd_group_get(struct iommufd_ctx *ictx,
					struct device *dev)
{
	struct iommu_group *iommu_group = iommu_group_get(dev);

	return iommu_group ? group_get(ictx, iommu_group) : ERR_PTR(-ENODEV);
}

/**
 * iommufd_vfio_claim_group() - own the DMA of a group ahead of its devices
 * @ictx: the context, which stays as long as this
 * @iommu_group: the group
 *
 * Its devices can then be bound to this context and to no other one.
 *
 * Context: may sleep. Undo with iommufd_vfio_release_group().
 * Return: what to undo it by, or ERR_PTR, as for iommufd_group_get().
 */
struct iommufd_group *iommufd_vfio_claim_group(struct iommufd_ctx *ictx,
					       struct iommu_group *iommu_group)
{
	return group_get(ictx, iommu_group_ref_get(iommu_group));
}
EXPORT_SYMBOL_NS_GPL(iommufd_vfio_claim_group, IOMMUFD_VFIO);

static void group_release(struct kref *refs)
{
	struct iommufd_group *group =
		container_of(refs, struct iommufd_group, refs);

	/* Whoever finds it in the context may take it for owned. */
	xa_erase(&group->ictx->groups, iommu_group_id(group->group));
	iommu_group_release_dma_owner(group->group);
	mutex_unlock(&ownership_lock);

	iommu_group_put(group->group);
	mutex_destroy(&group->lock);
	kfree(group);
}

/**
 * iommufd_group_put() - undo iommufd_group_get()
 * @group: from there; the device is not attached
 *
 * With its last device the group goes back to the kernel.
 *
 * Context: may sleep.
 */
void iommufd_group_put(struct iommufd_group *group)
{
	kref_put_mutex(&group->refs, group_release, &ownership_lock);
}

/**
 * iommufd_vfio_release_group() - undo iommufd_vfio_claim_group()
 * @group: from there
 *
 * Context: may sleep.
 */
void iommufd_vfio_release_group(struct iommufd_group *group)
{
	iommufd_group_put(group);
}
EXPORT_SYMBOL_NS_GPL(iommufd_vfio_release_group, IOMMUFD_VFIO);
