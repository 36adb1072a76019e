// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices: from the driver that gives one to user space to the driver that
 * wants it back.
 *
 * Two counts keep a device. References to vfio_device::node keep the memory.
 * vfio_device::users are files of it, and its registration: a driver that
 * takes its device back waits until the last of them has gone.
 */
#include <linux/err.h>
#include <linux/idr.h>
#include <linux/iommu.h>
#include <linux/lockdep.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/pseudo_fs.h>
#include <linux/slab.h>

#include "core.h"

/* How long a driver waits until it asks again. */
#define REQUEST_INTERVAL (10 * HZ)

static DEFINE_IDA(indexes);

/* Protects who is noted as a user, of all devices. A leaf. */
static DEFINE_SPINLOCK(user_lock);

/*
 * A file system for inodes that nobody can open: what all files of a device map
 * is found by one.
 */
static int mapping_fs_init(struct fs_context *context)
{
	return init_pseudo(context, 0x6f696676) ? 0 : -ENOMEM;
}

static struct file_system_type mapping_fs = {
	.name = "vfio",
	.owner = THIS_MODULE,
	.init_fs_context = mapping_fs_init,
	.kill_sb = kill_anon_super,
};

static struct vfsmount *mapping_mount;
static int mapping_users;

static struct inode *inode_create(void)
{
	struct inode *inode;
	int rc;

	rc = simple_pin_fs(&mapping_fs, &mapping_mount, &mapping_users);
	if (rc)
		return ERR_PTR(rc);
	inode = alloc_anon_inode(mapping_mount->mnt_sb);
	if (IS_ERR(inode))
		simple_release_fs(&mapping_mount, &mapping_users);
	return inode;
}

static void inode_destroy(struct inode *inode)
{
	iput(inode);
	simple_release_fs(&mapping_mount, &mapping_users);
}

/**
 * vfio_device_mapping() - what user space has mapped of a device
 * @vdev: the device
 *
 * Context: any.
 * Return: what unmap_mapping_range() takes mappings away by, of all files.
 */
struct address_space *vfio_device_mapping(struct vfio_device *vdev)
{
	return vdev->inode->i_mapping;
}
EXPORT_SYMBOL_NS_GPL(vfio_device_mapping, IOMMUFD_VFIO);

static void device_release(struct device *node)
{
	struct vfio_device *vdev = container_of(node, struct vfio_device, node);

	if (vdev->ops && vdev->ops->release)
		vdev->ops->release(vdev);
	vfio_device_set_put(vdev->set);
	inode_destroy(vdev->inode);
	ida_free(&indexes, MINOR(node->devt));
	kfree(vdev);
}

/**
 * vfio_device_alloc() - begin a device
 * @size: of the driver's struct, which begins with a struct vfio_device
 * @dev: the device
 * @ops: the driver's side
 *
 * See vfio_device_alloc_as().
 *
 * Context: may sleep. Undo with vfio_device_put().
 * Return: the device, all else of the driver's struct zeroed; or ERR_PTR.
 */
struct vfio_device *vfio_device_alloc(size_t size, struct device *dev,
				      const struct vfio_device_ops *ops)
{
	struct vfio_device *vdev;
	int rc = -ENOMEM;
	int index;

	vdev = kzalloc(size, GFP_KERNEL_ACCOUNT);
	if (!vdev)
		return ERR_PTR(rc);
	vdev->dev = dev;
	init_completion(&vdev->unused);
	INIT_LIST_HEAD(&vdev->set_item);
	INIT_LIST_HEAD(&vdev->group_item);

	index = ida_alloc_max(&indexes, MINORMASK, GFP_KERNEL);
	if (index < 0) {
		rc = index;
		goto free_device;
	}
	vdev->inode = inode_create();
	if (IS_ERR(vdev->inode)) {
		rc = PTR_ERR(vdev->inode);
		goto free_index;
	}
	vfio_device_node_init(vdev, index);
	vdev->node.release = device_release;
	rc = dev_set_name(&vdev->node, "vfio%d", index);
	if (rc) {
		put_device(&vdev->node);
		return ERR_PTR(rc);
	}
	/* The driver hears of no device that it was not given. */
	vdev->ops = ops;
	return vdev;

free_index:
	ida_free(&indexes, index);
free_device:
	kfree(vdev);
	return ERR_PTR(rc);
}
EXPORT_SYMBOL_NS_GPL(vfio_device_alloc, IOMMUFD_VFIO);

/**
 * vfio_device_put() - the driver is done with a device
 * @vdev: never registered, or not any more
 *
 * Context: may sleep.
 */
void vfio_device_put(struct vfio_device *vdev)
{
	put_device(&vdev->node);
}
EXPORT_SYMBOL_NS_GPL(vfio_device_put, IOMMUFD_VFIO);

/**
 * vfio_device_try_get() - become a user of a device
 * @vdev: a device whose memory stays meanwhile
 *
 * Context: any. Undo with vfio_device_unget().
 * Return: whether it is there for users at all, and not being taken back.
 */
bool vfio_device_try_get(struct vfio_device *vdev)
{
	return refcount_inc_not_zero(&vdev->users);
}

/**
 * vfio_device_unget() - use a device no more
 * @vdev: from vfio_device_try_get(); can be gone afterwards
 *
 * Context: any.
 */
void vfio_device_unget(struct vfio_device *vdev)
{
	if (refcount_dec_and_test(&vdev->users))
		complete(&vdev->unused);
}

static void join_set_list(struct vfio_device *vdev)
{
	mutex_lock(&vdev->set->lock);
	list_add_tail(&vdev->set_item, &vdev->set->devices);
	mutex_unlock(&vdev->set->lock);
}

static void leave_set_list(struct vfio_device *vdev)
{
	mutex_lock(&vdev->set->lock);
	list_del_init(&vdev->set_item);
	mutex_unlock(&vdev->set->lock);
}

/**
 * vfio_device_register() - offer a device to user space
 * @vdev: complete; the driver is ready for calls of its operations
 *
 * Context: may sleep. Undo with vfio_device_unregister().
 * Return: 0; -EINVAL for a device without an IOMMU, or one whose DMA is not
 * coherent with caches; -ENOMEM, and what making the nodes says.
 */
int vfio_device_register(struct vfio_device *vdev)
{
	struct vfio_group *group;
	int rc;

	/* User space cannot flush caches. */
	if (!device_iommu_capable(vdev->dev, IOMMU_CAP_CACHE_COHERENCY))
		return -EINVAL;
	if (!vdev->set) {
		rc = vfio_device_join_set(vdev, vdev);
		if (rc)
			return rc;
	}
	group = vfio_group_get(vdev->dev);
	if (IS_ERR(group))
		return PTR_ERR(group);
	vdev->group = group;
	join_set_list(vdev);
	refcount_set(&vdev->users, 1);

	rc = cdev_device_add(&vdev->cdev, &vdev->node);
	if (rc)
		goto leave_group;
	vfio_group_add_device(vdev);
	return 0;

leave_group:
	leave_set_list(vdev);
	vfio_group_put(group);
	return rc;
}
EXPORT_SYMBOL_NS_GPL(vfio_device_register, IOMMUFD_VFIO);

/**
 * vfio_device_note_user() - remember who has a device
 * @vdev: the calling process is getting a file of it
 *
 * Context: process.
 */
void vfio_device_note_user(struct vfio_device *vdev)
{
	spin_lock(&user_lock);
	vdev->user_pid = task_tgid_nr(current);
	get_task_comm(vdev->user_name, current->group_leader);
	spin_unlock(&user_lock);
}

static void report_user(struct vfio_device *vdev)
{
	char name[TASK_COMM_LEN];
	pid_t pid;

	spin_lock(&user_lock);
	pid = vdev->user_pid;
	memcpy(name, vdev->user_name, sizeof(name));
	spin_unlock(&user_lock);

	dev_warn(vdev->dev,
		 "still open, last by %s (%d): waiting until it is closed\n",
		 name, pid);
}

/*
 * Waits for files of the device to be closed, however long that takes: the
 * kernel cannot go on without. The log says whom to look for.
 */
static void wait_for_users(struct vfio_device *vdev)
{
	unsigned int count = 0;

	while (!try_wait_for_completion(&vdev->unused)) {
		if (vdev->ops->request)
			vdev->ops->request(vdev, count);
		if (wait_for_completion_timeout(&vdev->unused,
						REQUEST_INTERVAL))
			break;
		if (!count++)
			report_user(vdev);
	}
}

/**
 * vfio_device_unregister() - take a device back from user space
 * @vdev: from vfio_device_register()
 *
 * Nobody can open it any more, and who has is asked to close it.
 *
 * Context: sleeps until the last file of the device is closed.
 */
void vfio_device_unregister(struct vfio_device *vdev)
{
	vfio_group_remove_device(vdev);
	cdev_device_del(&vdev->cdev, &vdev->node);
	vfio_device_unget(vdev);
	wait_for_users(vdev);

	leave_set_list(vdev);
	vfio_group_put(vdev->group);
	vdev->group = NULL;
}
EXPORT_SYMBOL_NS_GPL(vfio_device_unregister, IOMMUFD_VFIO);

/**
 * vfio_device_open() - a further file uses a device
 * @vdev: a user's; its DMA is owned by that user's context
 *
 * Context: may sleep; holds vfio_device_set::lock. Undo with
 * vfio_device_close().
 * Return: 0, -ENODEV if the driver is about to go, or what the driver says.
 */
int vfio_device_open(struct vfio_device *vdev)
{
	int rc;

	lockdep_assert_held(&vdev->set->lock);

	if (!vdev->open_count) {
		if (!try_module_get(vdev->ops->owner))
			return -ENODEV;
		rc = vdev->ops->open_device(vdev);
		if (rc) {
			module_put(vdev->ops->owner);
			return rc;
		}
	}
	vdev->open_count++;
	return 0;
}

/**
 * vfio_device_close() - a file uses a device no more
 * @vdev: from vfio_device_open()
 *
 * Context: may sleep; holds vfio_device_set::lock.
 */
void vfio_device_close(struct vfio_device *vdev)
{
	lockdep_assert_held(&vdev->set->lock);

	if (--vdev->open_count)
		return;
	vdev->ops->close_device(vdev);
	module_put(vdev->ops->owner);
}
