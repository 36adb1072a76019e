// SPDX-License-Identifier: GPL-2.0-only
/*
 * Groups: one for each IOMMU group that has a device of VFIO's, and as long as
 * it has one.
 */
#include <linux/err.h>
#include <linux/idr.h>
#include <linux/iommu.h>
#include <linux/lockdep.h>
#include <linux/slab.h>

#include "core.h"

static DEFINE_MUTEX(groups_lock);
static LIST_HEAD(groups);
static DEFINE_IDA(minors);
static dev_t numbers;

static char *node_path(compat_devnode_const struct device *dev, umode_t *mode)
{
	return kasprintf(GFP_KERNEL, "vfio/%s", dev_name(dev));
}

static struct class group_class = {
	.name = "vfio",
	.devnode = node_path,
};

static void group_release(struct device *node)
{
	struct vfio_group *group = container_of(node, struct vfio_group, node);

	ida_free(&minors, MINOR(node->devt));
	mutex_destroy(&group->devices_lock);
	mutex_destroy(&group->lock);
	kfree(group);
}

/* Without a name, and nowhere to be found; put_device() undoes it. */
static struct vfio_group *group_alloc(void)
{
	struct vfio_group *group;
	int minor;

	group = kzalloc(sizeof(*group), GFP_KERNEL);
	if (!group)
		return ERR_PTR(-ENOMEM);
	minor = ida_alloc_max(&minors, MINORMASK, GFP_KERNEL);
	if (minor < 0) {
		kfree(group);
		return ERR_PTR(minor);
	}
	device_initialize(&group->node);
	group->node.class = &group_class;
	group->node.release = group_release;
	group->node.devt = MKDEV(MAJOR(numbers), minor);
	cdev_init(&group->cdev, &vfio_group_fops);
	group->cdev.owner = THIS_MODULE;
	mutex_init(&group->lock);
	mutex_init(&group->devices_lock);
	INIT_LIST_HEAD(&group->container_item);
	INIT_LIST_HEAD(&group->devices);
	return group;
}

/* Takes over the reference to the IOMMU group if it succeeds. */
static struct vfio_group *group_create(struct iommu_group *iommu_group)
{
	struct vfio_group *group;
	int rc;

	lockdep_assert_held(&groups_lock);

	group = group_alloc();
	if (IS_ERR(group))
		return group;
	group->iommu_group = iommu_group;
	group->members = 1;
	rc = dev_set_name(&group->node, "%d", iommu_group_id(iommu_group));
	if (!rc)
		rc = cdev_device_add(&group->cdev, &group->node);
	if (rc) {
		put_device(&group->node);
		return ERR_PTR(rc);
	}
	list_add(&group->item, &groups);
	return group;
}

static struct vfio_group *find_group(struct iommu_group *iommu_group)
{
	struct vfio_group *group;

	lockdep_assert_held(&groups_lock);

	list_for_each_entry(group, &groups, item) {
		if (group->iommu_group == iommu_group)
			return group;
	}
	return NULL;
}

/**
 * vfio_group_get() - the group of a device, for its registration
 * @dev: the device
 *
 * Context: may sleep. Undo with vfio_group_put().
 * Return: the group, or ERR_PTR: -EINVAL for a device without one, -ENOMEM, and
 * what making its node says.
 */
struct vfio_group *vfio_group_get(struct device *dev)
{
	struct iommu_group *iommu_group = iommu_group_get(dev);
	struct vfio_group *group;

	if (!iommu_group)
		return ERR_PTR(-EINVAL);
	mutex_lock(&groups_lock);
	group = find_group(iommu_group);
	if (group) {
		group->members++;
		iommu_group_put(iommu_group);
	} else {
		group = group_create(iommu_group);
		if (IS_ERR(group))
			iommu_group_put(iommu_group);
	}
	mutex_unlock(&groups_lock);
	return group;
}

/* Its file may stay open, for nothing. */
static void group_end(struct vfio_group *group)
{
	lockdep_assert_held(&groups_lock);

	list_del(&group->item);
	/* Under the lock: the name has to be free for the group's next one. */
	cdev_device_del(&group->cdev, &group->node);

	mutex_lock(&group->lock);
	vfio_group_unset(group);
	iommu_group_put(group->iommu_group);
	group->iommu_group = NULL;
	mutex_unlock(&group->lock);
}

/**
 * vfio_group_put() - undo vfio_group_get()
 * @group: from there; the device cannot be opened through it any more
 *
 * Context: may sleep.
 */
void vfio_group_put(struct vfio_group *group)
{
	bool last;

	mutex_lock(&groups_lock);
	last = !--group->members;
	if (last)
		group_end(group);
	mutex_unlock(&groups_lock);

	if (last)
		put_device(&group->node);
}

/**
 * vfio_group_add_device() - let a device be opened through its group
 * @vdev: complete but for that
 *
 * Context: may sleep.
 */
void vfio_group_add_device(struct vfio_device *vdev)
{
	mutex_lock(&vdev->group->devices_lock);
	list_add_tail(&vdev->group_item, &vdev->group->devices);
	mutex_unlock(&vdev->group->devices_lock);
}

/**
 * vfio_group_remove_device() - let a device be opened through its group no more
 * @vdev: the device
 *
 * A container that has bound it lets go of it: now, or when it is closed.
 *
 * Context: may sleep.
 */
void vfio_group_remove_device(struct vfio_device *vdev)
{
	mutex_lock(&vdev->group->devices_lock);
	list_del_init(&vdev->group_item);
	mutex_unlock(&vdev->group->devices_lock);

	mutex_lock(&vdev->set->lock);
	vdev->leaving = true;
	if (!vdev->open_count)
		vfio_device_unbind(vdev);
	mutex_unlock(&vdev->set->lock);
}

/**
 * vfio_groups_init() - make room for groups
 *
 * Context: may sleep. Undo with vfio_groups_exit().
 * Return: 0 or an errno: -EEXIST if there is another VFIO.
 */
int vfio_groups_init(void)
{
	int rc;

	rc = class_register(&group_class);
	if (rc)
		return rc;
	rc = alloc_chrdev_region(&numbers, 0, MINORMASK + 1, "vfio");
	if (rc)
		class_unregister(&group_class);
	return rc;
}

/**
 * vfio_groups_exit() - undo vfio_groups_init()
 *
 * Context: may sleep. There are no groups.
 */
void vfio_groups_exit(void)
{
	unregister_chrdev_region(numbers, MINORMASK + 1);
	class_unregister(&group_class);
}
