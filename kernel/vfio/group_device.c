// SPDX-License-Identifier: GPL-2.0-only
/*
 * Opening devices through their group: several files can share one, since all
 * came from the group's only file.
 */
#include <linux/err.h>
#include <linux/file.h>
#include <linux/lockdep.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../iommufd/iommufd.h"
#include "core.h"

static int matches(struct vfio_device *vdev, const char *name)
{
	if (vdev->ops->match)
		return vdev->ops->match(vdev, name);
	return !strcmp(dev_name(vdev->dev), name);
}

/* The caller becomes a user of it. */
static struct vfio_device *find_device(struct vfio_group *group,
				       const char *name)
{
	struct vfio_device *vdev, *found = ERR_PTR(-ENODEV);

	mutex_lock(&group->devices_lock);
	list_for_each_entry(vdev, &group->devices, group_item) {
		int match = matches(vdev, name);

		if (match < 0)
			found = ERR_PTR(match);
		else if (match && vfio_device_try_get(vdev))
			found = vdev;
		if (found != ERR_PTR(-ENODEV))
			break;
	}
	mutex_unlock(&group->devices_lock);
	return found;
}

/* While the first file is open; in a container it was done before. */
static int attach_to_iommufd(struct vfio_device *vdev, struct iommufd_ctx *ictx)
{
	u32 ioas;
	int rc;

	lockdep_assert_held(&vdev->set->lock);

	rc = iommufd_vfio_compat_ioas_get_id(ictx, &ioas);
	if (rc)
		return rc;
	rc = vfio_device_bind(vdev, ictx);
	if (rc)
		return rc;
	rc = vfio_device_attach(vdev, &ioas);
	if (rc)
		vfio_device_unbind(vdev);
	return rc;
}

static int open_with_iommufd(struct vfio_group *group, struct vfio_device *vdev)
{
	int rc = 0;

	mutex_lock(&vdev->set->lock);
	if (!vdev->open_count)
		rc = attach_to_iommufd(vdev, group->ictx);
	if (!rc) {
		rc = vfio_device_open(vdev);
		if (rc && !vdev->open_count)
			vfio_device_unbind(vdev);
	}
	mutex_unlock(&vdev->set->lock);
	return rc;
}

static int open_in_container(struct vfio_group *group, struct vfio_device *vdev)
{
	int rc;

	rc = vfio_container_attach_device(group->container, vdev);
	if (rc)
		return rc;
	mutex_lock(&vdev->set->lock);
	rc = vfio_device_open(vdev);
	mutex_unlock(&vdev->set->lock);
	return rc;
}

static int open_locked(struct vfio_group *group, struct vfio_device_file *df)
{
	int rc = -EINVAL;

	lockdep_assert_held(&group->lock);

	if (group->container)
		rc = open_in_container(group, df->vdev);
	else if (group->ictx)
		rc = open_with_iommufd(group, df->vdev);
	if (rc)
		return rc;
	df->group_file = get_file(group->file);
	df->ready = true;
	group->opened++;
	return 0;
}

/**
 * vfio_group_device_close() - a device's file from a group is closed
 * @df: the open device
 *
 * Context: may sleep. Nobody else uses @df.
 */
void vfio_group_device_close(struct vfio_device_file *df)
{
	struct vfio_group *group = vfio_group_of_file(df->group_file);
	struct vfio_device *vdev = df->vdev;

	mutex_lock(&group->lock);
	mutex_lock(&vdev->set->lock);
	vfio_device_close(vdev);
	if (!vdev->open_count && (group->ictx || vdev->leaving))
		vfio_device_unbind(vdev);
	mutex_unlock(&vdev->set->lock);
	group->opened--;
	mutex_unlock(&group->lock);
	fput(df->group_file);
}

/* Takes over the caller's use of the device if it succeeds. */
static struct file *open_device(struct vfio_group *group,
				struct vfio_device *vdev)
{
	struct vfio_device_file *df;
	struct file *file;
	int rc;

	df = vfio_device_file_create(vdev);
	if (IS_ERR(df))
		return ERR_CAST(df);
	mutex_lock(&group->lock);
	rc = open_locked(group, df);
	mutex_unlock(&group->lock);
	if (rc) {
		file = ERR_PTR(rc);
		goto free_file;
	}
	file = vfio_device_file_install(df);
	if (IS_ERR(file))
		goto close_device;
	return file;

close_device:
	vfio_group_device_close(df);
free_file:
	kfree(df);
	return file;
}

/**
 * vfio_group_get_device_fd() - answer VFIO_GROUP_GET_DEVICE_FD
 * @group: the group, whose file the caller has
 * @argument: the device's name
 *
 * Context: process; may sleep and fault.
 * Return: a descriptor, or an errno: -EFAULT; -EINVAL for a name that is too
 * long and a group that was given nothing, or a container without an IOMMU;
 * -ENODEV if it has no such device; -EMFILE; -ENOMEM; and what attaching it
 * and the driver say.
 */
int vfio_group_get_device_fd(struct vfio_group *group,
			     const char __user *argument)
{
	struct vfio_device *vdev;
	struct file *file;
	char *name;
	int fd;

	name = strndup_user(argument, PAGE_SIZE);
	if (IS_ERR(name))
		return PTR_ERR(name);
	vdev = find_device(group, name);
	kfree(name);
	if (IS_ERR(vdev))
		return PTR_ERR(vdev);

	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		goto unget_device;
	file = open_device(group, vdev);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		fd = PTR_ERR(file);
		goto unget_device;
	}
	fd_install(fd, file);
	return fd;

unget_device:
	vfio_device_unget(vdev);
	return fd;
}
