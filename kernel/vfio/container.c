// SPDX-License-Identifier: GPL-2.0-only
/*
 * Containers: /dev/vfio/vfio, of which each open is one address space for the
 * groups that are put into it.
 *
 * Anybody can open one. What it can do, it can by its groups, which somebody
 * has let the user open: with the last of them all is gone that was set up.
 */
#include <linux/err.h>
#include <linux/lockdep.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "../iommufd/iommufd.h"
#include "core.h"

/**
 * struct vfio_container - an address space for groups
 * @refs: its file, and each group in it
 * @lock: inside of vfio_group::lock, outside of vfio_group::devices_lock
 * @groups: struct vfio_group, by its container_item
 * @ictx: the owner of their DMA, while there are any
 * @driver: what SET_IOMMU has chosen, or NULL; then the devices of the groups
 *	are attached
 */
struct vfio_container {
	struct kref refs;
	/* Protects what follows. */
	struct mutex lock;
	struct list_head groups;
	struct iommufd_ctx *ictx;
	const struct vfio_iommu_driver *driver;
};

static void container_free(struct kref *refs)
{
	struct vfio_container *container =
		container_of(refs, struct vfio_container, refs);

	mutex_destroy(&container->lock);
	kfree(container);
}

/* What is attached stays so until the group leaves. */
static int attach_device(struct vfio_container *container,
			 const struct vfio_iommu_driver *driver,
			 struct vfio_device *vdev)
{
	int rc = 0;

	lockdep_assert_held(&container->lock);

	mutex_lock(&vdev->set->lock);
	if (vdev->leaving) {
		rc = -ENODEV;
	} else if (!vdev->idev) {
		rc = vfio_device_bind(vdev, container->ictx);
		if (!rc)
			rc = driver->attach(container->ictx, vdev);
		if (rc)
			vfio_device_unbind(vdev);
	}
	mutex_unlock(&vdev->set->lock);
	return rc;
}

/* Also what is attached in part, or not at all. */
static void detach_group(struct vfio_group *group)
{
	struct vfio_device *vdev;

	mutex_lock(&group->devices_lock);
	list_for_each_entry(vdev, &group->devices, group_item) {
		mutex_lock(&vdev->set->lock);
		vfio_device_unbind(vdev);
		mutex_unlock(&vdev->set->lock);
	}
	mutex_unlock(&group->devices_lock);
}

static int attach_group(struct vfio_container *container,
			const struct vfio_iommu_driver *driver,
			struct vfio_group *group)
{
	struct vfio_device *vdev;
	int rc = 0;

	lockdep_assert_held(&container->lock);

	mutex_lock(&group->devices_lock);
	list_for_each_entry(vdev, &group->devices, group_item) {
		rc = attach_device(container, driver, vdev);
		if (rc)
			break;
	}
	mutex_unlock(&group->devices_lock);
	if (rc)
		detach_group(group);
	return rc;
}

static int attach_all(struct vfio_container *container,
		      const struct vfio_iommu_driver *driver)
{
	struct vfio_group *group;
	int rc;

	list_for_each_entry(group, &container->groups, container_item) {
		rc = attach_group(container, driver, group);
		if (rc)
			goto detach_all;
	}
	return 0;

detach_all:
	list_for_each_entry(group, &container->groups, container_item)
		detach_group(group);
	return rc;
}

/**
 * vfio_container_attach_device() - see that a device can be opened
 * @container: the container that its group is in
 * @vdev: the device; it may have joined the group late
 *
 * Context: may sleep; holds vfio_group::lock.
 * Return: 0; -EINVAL if no IOMMU was set; -ENODEV if its driver is taking it
 * back; or what attaching it says.
 */
int vfio_container_attach_device(struct vfio_container *container,
				 struct vfio_device *vdev)
{
	int rc = -EINVAL;

	mutex_lock(&container->lock);
	if (container->driver)
		rc = attach_device(container, container->driver, vdev);
	mutex_unlock(&container->lock);
	return rc;
}

/* From here on nobody else can get the group's DMA. */
static int claim_group(struct vfio_container *container,
		       struct vfio_group *group)
{
	struct iommufd_group *claim;

	claim = iommufd_vfio_claim_group(container->ictx, group->iommu_group);
	if (IS_ERR(claim))
		return PTR_ERR(claim);
	group->claim = claim;
	return 0;
}

static void unclaim_group(struct vfio_group *group)
{
	iommufd_vfio_release_group(group->claim);
	group->claim = NULL;
}

/* All that was mapped goes with the context. */
static void disable_if_empty(struct vfio_container *container)
{
	lockdep_assert_held(&container->lock);

	if (!list_empty(&container->groups))
		return;
	container->driver = NULL;
	iommufd_ctx_put(container->ictx);
	container->ictx = NULL;
}

static int add_locked(struct vfio_container *container,
		      struct vfio_group *group)
{
	int rc;

	if (!container->ictx) {
		struct iommufd_ctx *ictx = iommufd_vfio_create_ctx();

		if (IS_ERR(ictx))
			return PTR_ERR(ictx);
		container->ictx = ictx;
	}
	rc = claim_group(container, group);
	if (rc)
		goto disable;
	if (container->driver) {
		rc = attach_group(container, container->driver, group);
		if (rc)
			goto unclaim;
	}
	list_add_tail(&group->container_item, &container->groups);
	return 0;

unclaim:
	unclaim_group(group);
disable:
	disable_if_empty(container);
	return rc;
}

/**
 * vfio_container_add_group() - put a group into a container
 * @container: the container; the group holds it from then on
 * @group: in none
 *
 * Context: may sleep; holds vfio_group::lock. Undo with
 * vfio_container_remove_group().
 * Return: 0 or an errno: -EPERM or -EBUSY if a device of the group is somebody
 * else's; -ENOMEM; and what attaching its devices says.
 */
int vfio_container_add_group(struct vfio_container *container,
			     struct vfio_group *group)
{
	int rc;

	lockdep_assert_held(&group->lock);

	mutex_lock(&container->lock);
	rc = add_locked(container, group);
	mutex_unlock(&container->lock);
	if (!rc) {
		kref_get(&container->refs);
		group->container = container;
	}
	return rc;
}

/**
 * vfio_container_remove_group() - take a group out of its container
 * @group: none of its devices is open
 *
 * Context: may sleep; holds vfio_group::lock.
 */
void vfio_container_remove_group(struct vfio_group *group)
{
	struct vfio_container *container = group->container;

	lockdep_assert_held(&group->lock);

	mutex_lock(&container->lock);
	list_del_init(&group->container_item);
	detach_group(group);
	unclaim_group(group);
	disable_if_empty(container);
	mutex_unlock(&container->lock);

	group->container = NULL;
	kref_put(&container->refs, container_free);
}

static long set_iommu(struct vfio_container *container, unsigned long type)
{
	const struct vfio_iommu_driver *driver = vfio_find_iommu_driver(type);
	int rc;

	lockdep_assert_held(&container->lock);

	if (container->driver || list_empty(&container->groups))
		return -EINVAL;
	if (!driver)
		return -ENODEV;
	rc = driver->enable(container->ictx, type);
	if (!rc)
		rc = attach_all(container, driver);
	if (!rc)
		container->driver = driver;
	return rc;
}

/* The driver may take long, and must not keep groups from leaving. */
static long pass_on(struct vfio_container *container, unsigned int request,
		    unsigned long argument)
{
	const struct vfio_iommu_driver *driver;
	struct iommufd_ctx *ictx = NULL;
	long rc;

	mutex_lock(&container->lock);
	driver = container->driver;
	if (driver) {
		ictx = container->ictx;
		iommufd_ctx_get(ictx);
	}
	mutex_unlock(&container->lock);

	if (driver) {
		rc = driver->ioctl(ictx, request, argument);
		iommufd_ctx_put(ictx);
		return rc;
	}
	if (request == VFIO_CHECK_EXTENSION)
		return vfio_find_iommu_driver(argument) ? 1 : 0;
	return -EINVAL;
}

static long container_ioctl(struct file *file, unsigned int request,
			    unsigned long argument)
{
	struct vfio_container *container = file->private_data;
	long rc;

	switch (request) {
	case VFIO_GET_API_VERSION:
		return VFIO_API_VERSION;
	case VFIO_SET_IOMMU:
		mutex_lock(&container->lock);
		rc = set_iommu(container, argument);
		mutex_unlock(&container->lock);
		return rc;
	default:
		return pass_on(container, request, argument);
	}
}

static int container_open(struct inode *inode, struct file *file)
{
	struct vfio_container *container;

	container = kzalloc(sizeof(*container), GFP_KERNEL_ACCOUNT);
	if (!container)
		return -ENOMEM;
	kref_init(&container->refs);
	mutex_init(&container->lock);
	INIT_LIST_HEAD(&container->groups);
	file->private_data = container;
	return 0;
}

static int container_release(struct inode *inode, struct file *file)
{
	struct vfio_container *container = file->private_data;

	kref_put(&container->refs, container_free);
	return 0;
}

static const struct file_operations container_fops = {
	.owner = THIS_MODULE,
	.open = container_open,
	.release = container_release,
	.unlocked_ioctl = container_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

/**
 * vfio_container_of_file() - what container a file is of
 * @file: any open file
 *
 * Context: any.
 * Return: the container, which stays as long as the file, or NULL.
 */
struct vfio_container *vfio_container_of_file(struct file *file)
{
	return file->f_op == &container_fops ? file->private_data : NULL;
}

static struct miscdevice container_misc = {
	.minor = VFIO_MINOR,
	.name = "vfio",
	.nodename = "vfio/vfio",
	.fops = &container_fops,
	.mode = 0666,
};

/**
 * vfio_containers_init() - make /dev/vfio/vfio
 *
 * Context: may sleep. Undo with vfio_containers_exit().
 * Return: 0 or an errno: -EBUSY if there is another VFIO.
 */
int vfio_containers_init(void)
{
	return misc_register(&container_misc);
}

/**
 * vfio_containers_exit() - undo vfio_containers_init()
 *
 * Context: may sleep. There are no containers.
 */
void vfio_containers_exit(void)
{
	misc_deregister(&container_misc);
}
