// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files of VFIO's in the hands of other kernel code: drivers, who want to know
 * what their owner may do to a device, and KVM, which finds these functions by
 * the names that they have in Linux.
 */
#include <linux/iommu.h>
#include <linux/module.h>

#include "../compat/iommu_driver.h"
#include "core.h"

/**
 * vfio_is_group_file() - whether a file is one of a group
 * @file: any open file
 *
 * Context: any.
 * Return: whether vfio_file_has_device() can be true of it.
 */
bool vfio_is_group_file(struct file *file)
{
	return vfio_group_of_file(file);
}
EXPORT_SYMBOL_NS_GPL(vfio_is_group_file, IOMMUFD_VFIO);

/**
 * vfio_file_has_device() - whether a file gives power over a device
 * @file: any open file
 * @vdev: a registered device
 *
 * Context: any.
 * Return: whether it is the file of the group that the device is in.
 */
bool vfio_file_has_device(struct file *file, struct vfio_device *vdev)
{
	struct vfio_group *group = vfio_group_of_file(file);

	return group && group == vdev->group;
}
EXPORT_SYMBOL_NS_GPL(vfio_file_has_device, IOMMUFD_VFIO);

/**
 * vfio_file_is_valid() - whether KVM may be told of a file
 * @file: any open file
 *
 * Context: any.
 * Return: whether it is one of a group or a device.
 */
bool vfio_file_is_valid(struct file *file)
{
	return vfio_group_of_file(file) || vfio_device_of_file(file);
}
EXPORT_SYMBOL_GPL(vfio_file_is_valid);

/**
 * vfio_file_is_group() - the same, for Linux 6.1's KVM
 * @file: any open file
 *
 * Device nodes came later, and were then good for the same request.
 *
 * Context: any.
 * Return: as vfio_file_is_valid().
 */
bool vfio_file_is_group(struct file *file)
{
	return vfio_file_is_valid(file);
}
EXPORT_SYMBOL_GPL(vfio_file_is_group);

static bool group_is_coherent(struct vfio_group *group)
{
	struct vfio_device *vdev;
	bool coherent = true;

	mutex_lock(&group->devices_lock);
	list_for_each_entry(vdev, &group->devices, group_item)
		coherent &= compat_enforces_before_attach(vdev->dev);
	mutex_unlock(&group->devices_lock);
	return coherent;
}

/**
 * vfio_file_enforced_coherent() - whether DMA cannot bypass caches
 * @file: any open file
 *
 * If it can, KVM lets its guest flush caches. Linux 6.1 does not know before a
 * device is attached, so that there it always can.
 *
 * Context: may sleep.
 * Return: whether the IOMMU makes sure of that; true for files of others.
 */
bool vfio_file_enforced_coherent(struct file *file)
{
	struct vfio_device *vdev = vfio_device_of_file(file);
	struct vfio_group *group = vfio_group_of_file(file);

	if (group)
		return group_is_coherent(group);
	return !vdev || compat_enforces_before_attach(vdev->dev);
}
EXPORT_SYMBOL_GPL(vfio_file_enforced_coherent);

/**
 * vfio_file_set_kvm() - KVM tells what machine uses a file
 * @file: any open file
 * @kvm: the machine, or NULL when it does not any more
 *
 * For drivers that play a device for a machine; there are none here.
 *
 * Context: any.
 */
void vfio_file_set_kvm(struct file *file, struct kvm *kvm)
{
}
EXPORT_SYMBOL_GPL(vfio_file_set_kvm);
