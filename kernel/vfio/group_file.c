// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file of a group, /dev/vfio/N, and what it is given: a container, or an
 * iommufd in place of one.
 */
#include <linux/err.h>
#include <linux/file.h>
#include <linux/iommu.h>
#include <linux/lockdep.h>
#include <linux/uaccess.h>

#include "../iommufd/iommufd.h"
#include "core.h"

static bool is_set(struct vfio_group *group)
{
	lockdep_assert_held(&group->lock);
	return group->container || group->ictx;
}

/**
 * vfio_group_unset() - take from a group what it was given
 * @group: none of its devices is open; may have been given nothing
 *
 * Context: may sleep; holds vfio_group::lock.
 */
void vfio_group_unset(struct vfio_group *group)
{
	lockdep_assert_held(&group->lock);

	if (group->container)
		vfio_container_remove_group(group);
	if (group->ictx)
		iommufd_ctx_put(group->ictx);
	group->ictx = NULL;
}

/**
 * vfio_group_block() - a device of a group is about to be opened as a node
 * @group: the group
 *
 * Context: may sleep. Undo with vfio_group_unblock().
 * Return: 0, or -EBUSY while the group is open.
 */
int vfio_group_block(struct vfio_group *group)
{
	int rc = 0;

	mutex_lock(&group->lock);
	if (group->file)
		rc = -EBUSY;
	else
		group->nodes++;
	mutex_unlock(&group->lock);
	return rc;
}

/**
 * vfio_group_unblock() - undo vfio_group_block()
 * @group: the group
 *
 * Context: may sleep.
 */
void vfio_group_unblock(struct vfio_group *group)
{
	mutex_lock(&group->lock);
	group->nodes--;
	mutex_unlock(&group->lock);
}

static int group_open(struct inode *inode, struct file *file)
{
	struct vfio_group *group =
		container_of(inode->i_cdev, struct vfio_group, cdev);
	int rc = 0;

	mutex_lock(&group->lock);
	if (!group->iommu_group) {
		rc = -ENODEV;
	} else if (group->nodes || group->file) {
		rc = -EBUSY;
	} else {
		group->file = file;
		file->private_data = group;
	}
	mutex_unlock(&group->lock);
	return rc;
}

/* Files of devices hold this one: there are none any more. */
static int group_release(struct inode *inode, struct file *file)
{
	struct vfio_group *group = file->private_data;

	mutex_lock(&group->lock);
	vfio_group_unset(group);
	group->file = NULL;
	mutex_unlock(&group->lock);
	return 0;
}

/*
 * Whether all devices of the group can be owned by one user: nobody else does,
 * neither a driver of the kernel's nor another context.
 */
static bool is_viable(struct vfio_group *group)
{
	return is_set(group) ||
	       !iommu_group_dma_owner_claimed(group->iommu_group);
}

static int status_flags(struct vfio_group *group, u32 *flags)
{
	int rc = 0;

	mutex_lock(&group->lock);
	if (!group->iommu_group)
		rc = -ENODEV;
	else
		*flags = (is_viable(group) ? VFIO_GROUP_FLAGS_VIABLE : 0) |
			 (is_set(group) ? VFIO_GROUP_FLAGS_CONTAINER_SET : 0);
	mutex_unlock(&group->lock);
	return rc;
}

static int get_status(struct vfio_group *group,
		      struct vfio_group_status __user *argument)
{
	struct vfio_group_status status;
	int rc;

	if (copy_from_user(&status, argument, sizeof(status)))
		return -EFAULT;
	if (status.argsz < sizeof(status))
		return -EINVAL;
	rc = status_flags(group, &status.flags);
	if (rc)
		return rc;
	return put_user(status.flags, &argument->flags);
}

static int set_iommufd(struct vfio_group *group, struct file *file)
{
	struct iommufd_ctx *ictx = iommufd_ctx_from_file(file);
	int rc;

	if (IS_ERR(ictx))
		return PTR_ERR(ictx);
	rc = iommufd_vfio_compat_ioas_create(ictx);
	if (rc)
		iommufd_ctx_put(ictx);
	else
		group->ictx = ictx;
	return rc;
}

static int set_to_file(struct vfio_group *group, struct file *file)
{
	struct vfio_container *container = vfio_container_of_file(file);
	int rc;

	mutex_lock(&group->lock);
	if (is_set(group))
		rc = -EINVAL;
	else if (!group->iommu_group)
		rc = -ENODEV;
	else if (container)
		rc = vfio_container_add_group(container, group);
	else
		rc = set_iommufd(group, file);
	mutex_unlock(&group->lock);
	return rc;
}

static int set_container(struct vfio_group *group, int __user *argument)
{
	struct file *file;
	int fd, rc;

	if (get_user(fd, argument))
		return -EFAULT;
	file = fget(fd);
	if (!file)
		return -EBADF;
	rc = set_to_file(group, file);
	fput(file);
	return rc;
}

static int unset_container(struct vfio_group *group)
{
	int rc = 0;

	mutex_lock(&group->lock);
	if (!is_set(group))
		rc = -EINVAL;
	else if (group->opened)
		rc = -EBUSY;
	else
		vfio_group_unset(group);
	mutex_unlock(&group->lock);
	return rc;
}

static long group_ioctl(struct file *file, unsigned int request,
			unsigned long argument)
{
	struct vfio_group *group = file->private_data;
	void __user *at = (void __user *)argument;

	switch (request) {
	case VFIO_GROUP_GET_STATUS:
		return get_status(group, at);
	case VFIO_GROUP_SET_CONTAINER:
		return set_container(group, at);
	case VFIO_GROUP_UNSET_CONTAINER:
		return unset_container(group);
	case VFIO_GROUP_GET_DEVICE_FD:
		return vfio_group_get_device_fd(group, at);
	default:
		return -ENOTTY;
	}
}

const struct file_operations vfio_group_fops = {
	.owner = THIS_MODULE,
	.open = group_open,
	.release = group_release,
	.unlocked_ioctl = group_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

/**
 * vfio_group_of_file() - what group a file is of
 * @file: any open file
 *
 * Context: any.
 * Return: the group, whose memory stays as long as the file, or NULL.
 */
struct vfio_group *vfio_group_of_file(struct file *file)
{
	return file->f_op == &vfio_group_fops ? file->private_data : NULL;
}
