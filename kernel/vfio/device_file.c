// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file of a device: from a system call to the driver, once the file's owner
 * has said what address space the device is to use.
 */
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "core.h"

/**
 * vfio_device_file_create() - an open device, not ready
 * @vdev: the caller is a user of it; that is handed over if this succeeds
 *
 * Context: may sleep. Its release undoes it, or kfree().
 * Return: what vfio_device_fops works on, or ERR_PTR(-ENOMEM).
 */
struct vfio_device_file *vfio_device_file_create(struct vfio_device *vdev)
{
	struct vfio_device_file *df;

	df = kzalloc(sizeof(*df), GFP_KERNEL_ACCOUNT);
	if (!df)
		return ERR_PTR(-ENOMEM);
	df->vdev = vdev;
	vfio_device_note_user(vdev);
	return df;
}

/**
 * vfio_device_file_install() - a file that has no node
 * @df: an open device; belongs to the file if this succeeds
 *
 * Context: may sleep.
 * Return: the file, or ERR_PTR.
 */
struct file *vfio_device_file_install(struct vfio_device_file *df)
{
	struct file *file;

	file = anon_inode_getfile("[vfio-device]", &vfio_device_fops, df,
				  O_RDWR);
	if (IS_ERR(file))
		return file;
	/* pread(), pwrite() and mmap() know where they are. */
	file->f_mode |= FMODE_PREAD | FMODE_PWRITE;
	file->f_mapping = vfio_device_mapping(df->vdev);
	return file;
}

static int device_open(struct inode *inode, struct file *file)
{
	struct vfio_device *vdev =
		container_of(inode->i_cdev, struct vfio_device, cdev);
	struct vfio_device_file *df;

	if (!vfio_device_try_get(vdev))
		return -ENODEV;
	df = vfio_device_file_create(vdev);
	if (IS_ERR(df)) {
		vfio_device_unget(vdev);
		return PTR_ERR(df);
	}
	file->private_data = df;
	file->f_mapping = vfio_device_mapping(vdev);
	return 0;
}

static int device_release(struct inode *inode, struct file *file)
{
	struct vfio_device_file *df = file->private_data;

	if (df->group_file)
		vfio_group_device_close(df);
	else
		vfio_device_node_close(df);
	vfio_device_unget(df->vdev);
	kfree(df);
	return 0;
}

static bool is_ready(struct vfio_device_file *df)
{
	/* Pairs with the release that made it so. */
	return smp_load_acquire(&df->ready);
}

static long node_ioctl(struct vfio_device_file *df, unsigned int request,
		       void __user *argument)
{
	if (request == VFIO_DEVICE_ATTACH_IOMMUFD_PT)
		return vfio_device_attach_node(df, argument);
	return vfio_device_detach_node(df, argument);
}

static long device_ioctl(struct file *file, unsigned int request,
			 unsigned long argument)
{
	struct vfio_device_file *df = file->private_data;
	const struct vfio_device_ops *ops = df->vdev->ops;
	void __user *at = (void __user *)argument;

	if (request == VFIO_DEVICE_BIND_IOMMUFD)
		return vfio_device_bind_node(df, at);
	if (!is_ready(df))
		return -EINVAL;

	switch (request) {
	case VFIO_DEVICE_ATTACH_IOMMUFD_PT:
	case VFIO_DEVICE_DETACH_IOMMUFD_PT:
		/* Where a group's device is attached is its container's. */
		return df->group_file ? -ENOTTY : node_ioctl(df, request, at);
	case VFIO_DEVICE_FEATURE:
		return vfio_device_feature(df->vdev, at);
	default:
		if (!ops->ioctl)
			return -ENOTTY;
		return ops->ioctl(df->vdev, request, argument);
	}
}

static ssize_t device_read(struct file *file, char __user *buffer, size_t count,
			   loff_t *pos)
{
	struct vfio_device_file *df = file->private_data;

	if (!is_ready(df) || !df->vdev->ops->read)
		return -EINVAL;
	return df->vdev->ops->read(df->vdev, buffer, count, pos);
}

static ssize_t device_write(struct file *file, const char __user *buffer,
			    size_t count, loff_t *pos)
{
	struct vfio_device_file *df = file->private_data;

	if (!is_ready(df) || !df->vdev->ops->write)
		return -EINVAL;
	return df->vdev->ops->write(df->vdev, buffer, count, pos);
}

static int device_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct vfio_device_file *df = file->private_data;

	if (!is_ready(df) || !df->vdev->ops->mmap)
		return -EINVAL;
	return df->vdev->ops->mmap(df->vdev, vma);
}

const struct file_operations vfio_device_fops = {
	.owner = THIS_MODULE,
	.open = device_open,
	.release = device_release,
	.read = device_read,
	.write = device_write,
	.unlocked_ioctl = device_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.mmap = device_mmap,
};

/**
 * vfio_device_of_file() - what device a file is one of
 * @file: any open file
 *
 * Context: any.
 * Return: the device, which stays as long as the file, or NULL.
 */
struct vfio_device *vfio_device_of_file(struct file *file)
{
	struct vfio_device_file *df = file->private_data;

	return file->f_op == &vfio_device_fops ? df->vdev : NULL;
}
