// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a device is to iommufd: bound to a context, which then owns its DMA, and
 * attached to a page table, so that it can do any.
 */
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/lockdep.h>
#include <linux/module.h>

#include "../iommufd/iommufd.h"
#include "core.h"

/**
 * vfio_device_bind() - give a device's DMA to a context
 * @vdev: not bound
 * @ictx: the context
 *
 * Context: may sleep; holds vfio_device_set::lock. Undo with
 * vfio_device_unbind().
 * Return: 0, or what iommufd_device_bind() says.
 */
int vfio_device_bind(struct vfio_device *vdev, struct iommufd_ctx *ictx)
{
	struct iommufd_device *idev;
	u32 id;

	lockdep_assert_held(&vdev->set->lock);

	idev = iommufd_device_bind(ictx, vdev->dev, &id);
	if (IS_ERR(idev))
		return PTR_ERR(idev);
	vdev->idev = idev;
	return 0;
}

/**
 * vfio_device_unbind() - detach a device and give its DMA back
 * @vdev: bound, or not
 *
 * Context: may sleep; holds vfio_device_set::lock. The device does no DMA.
 */
void vfio_device_unbind(struct vfio_device *vdev)
{
	lockdep_assert_held(&vdev->set->lock);

	if (!vdev->idev)
		return;
	vfio_device_detach(vdev);
	iommufd_device_unbind(vdev->idev);
	vdev->idev = NULL;
}

/**
 * vfio_device_attach() - attach a device, or move it to another page table
 * @vdev: bound
 * @pt_id: an IOAS or a page table; set to the page table
 *
 * Context: may sleep; holds vfio_device_set::lock. Undo with
 * vfio_device_detach().
 * Return: 0, or what iommufd_device_attach() says; the device is then where it
 * was before.
 */
int vfio_device_attach(struct vfio_device *vdev, u32 *pt_id)
{
	int rc;

	lockdep_assert_held(&vdev->set->lock);

	if (vdev->attached)
		return iommufd_device_replace(vdev->idev, pt_id);
	rc = iommufd_device_attach(vdev->idev, pt_id);
	vdev->attached = !rc;
	return rc;
}

/**
 * vfio_device_detach() - block a device's DMA
 * @vdev: bound
 *
 * Context: may sleep; holds vfio_device_set::lock.
 */
void vfio_device_detach(struct vfio_device *vdev)
{
	lockdep_assert_held(&vdev->set->lock);

	if (vdev->attached)
		iommufd_device_detach(vdev->idev);
	vdev->attached = false;
}

/**
 * vfio_device_ictx() - the context that owns a device's DMA
 * @vdev: the device
 *
 * Context: holds vfio_device_set::lock.
 * Return: the context, without a reference, or NULL.
 */
struct iommufd_ctx *vfio_device_ictx(struct vfio_device *vdev)
{
	lockdep_assert_held(&vdev->set->lock);
	return vdev->idev ? iommufd_device_to_ictx(vdev->idev) : NULL;
}
EXPORT_SYMBOL_NS_GPL(vfio_device_ictx, IOMMUFD_VFIO);

/**
 * vfio_device_id_in() - what a context knows a device by
 * @vdev: the device
 * @ictx: the context, or NULL
 *
 * Context: may sleep; holds vfio_device_set::lock.
 * Return: the id of the device, if it is bound to @ictx; -ENOENT if it is not,
 * but the context owns the DMA of its group; -ENODEV otherwise.
 */
int vfio_device_id_in(struct vfio_device *vdev, struct iommufd_ctx *ictx)
{
	struct iommu_group *group;
	bool owned;

	if (ictx && vfio_device_ictx(vdev) == ictx)
		return iommufd_device_to_id(vdev->idev);

	group = iommu_group_get(vdev->dev);
	owned = iommufd_ctx_has_group(ictx, group);
	iommu_group_put(group);
	return owned ? -ENOENT : -ENODEV;
}
EXPORT_SYMBOL_NS_GPL(vfio_device_id_in, IOMMUFD_VFIO);
