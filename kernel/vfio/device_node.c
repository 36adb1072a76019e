// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices as nodes, /dev/vfio/devices/vfioN: whoever can open one gives the
 * device to an iommufd, and attaches it there as it likes.
 */
#include <linux/err.h>
#include <linux/lockdep.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "../iommufd/iommufd.h"
#include "core.h"

static dev_t numbers;

static char *node_path(compat_devnode_const struct device *dev, umode_t *mode)
{
	return kasprintf(GFP_KERNEL, "vfio/devices/%s", dev_name(dev));
}

struct class vfio_device_class = {
	.name = "vfio-dev",
	.devnode = node_path,
};

/**
 * vfio_device_node_init() - give a device its node, not visible yet
 * @vdev: the device, not initialised
 * @index: which no other device has
 *
 * Context: any. From here on the device is freed by put_device().
 */
void vfio_device_node_init(struct vfio_device *vdev, unsigned int index)
{
	device_initialize(&vdev->node);
	vdev->node.class = &vfio_device_class;
	vdev->node.parent = vdev->dev;
	vdev->node.devt = MKDEV(MAJOR(numbers), index);
	cdev_init(&vdev->cdev, &vfio_device_fops);
	vdev->cdev.owner = THIS_MODULE;
}

static int bind_and_open(struct vfio_device *vdev, struct iommufd_ctx *ictx,
			 u32 __user *id)
{
	int rc;

	rc = vfio_device_bind(vdev, ictx);
	if (rc)
		return rc;
	rc = vfio_device_open(vdev);
	if (rc)
		goto unbind;
	if (put_user(iommufd_device_to_id(vdev->idev), id)) {
		rc = -EFAULT;
		goto close;
	}
	return 0;

close:
	vfio_device_close(vdev);
unbind:
	vfio_device_unbind(vdev);
	return rc;
}

/* As nodes, devices are opened once: there is no way to share the context. */
static int bind_locked(struct vfio_device_file *df, int iommufd, u32 __user *id)
{
	struct vfio_device *vdev = df->vdev;
	struct iommufd_ctx *ictx;
	int rc;

	lockdep_assert_held(&vdev->set->lock);

	if (df->ready || vdev->open_count)
		return -EINVAL;
	ictx = iommufd_ctx_from_fd(iommufd);
	if (IS_ERR(ictx))
		return PTR_ERR(ictx);
	rc = bind_and_open(vdev, ictx, id);
	/* The bound device holds it. */
	iommufd_ctx_put(ictx);
	if (rc)
		return rc;
	vdev->as_node = true;
	/* Whoever sees this sees a device that is open. */
	smp_store_release(&df->ready, true);
	return 0;
}

/**
 * vfio_device_bind_node() - answer VFIO_DEVICE_BIND_IOMMUFD
 * @df: the open device
 * @argument: what came with it
 *
 * Context: process; may sleep and fault.
 * Return: 0 or an errno: -EFAULT; -EINVAL for a file that came from a group or
 * is bound, and a device that is; -EBUSY while its group is open; -EBADF and
 * -EBADFD for what is no iommufd; and what binding it and the driver say.
 */
int vfio_device_bind_node(struct vfio_device_file *df,
			  struct vfio_device_bind_iommufd __user *argument)
{
	struct vfio_device *vdev = df->vdev;
	struct vfio_device_bind_iommufd bind;
	int rc;

	if (copy_from_user(&bind, argument, sizeof(bind)))
		return -EFAULT;
	if (bind.argsz < sizeof(bind) || bind.flags || bind.iommufd < 0 ||
	    df->group_file)
		return -EINVAL;

	rc = vfio_group_block(vdev->group);
	if (rc)
		return rc;
	mutex_lock(&vdev->set->lock);
	rc = bind_locked(df, bind.iommufd, &argument->out_devid);
	mutex_unlock(&vdev->set->lock);
	if (rc)
		vfio_group_unblock(vdev->group);
	return rc;
}

/**
 * vfio_device_node_close() - undo vfio_device_bind_node()
 * @df: the open device, which may not have been bound
 *
 * Context: may sleep. Nobody else uses @df.
 */
void vfio_device_node_close(struct vfio_device_file *df)
{
	struct vfio_device *vdev = df->vdev;

	if (!df->ready)
		return;
	mutex_lock(&vdev->set->lock);
	vfio_device_close(vdev);
	vfio_device_unbind(vdev);
	vdev->as_node = false;
	mutex_unlock(&vdev->set->lock);
	vfio_group_unblock(vdev->group);
}

/**
 * vfio_device_attach_node() - answer VFIO_DEVICE_ATTACH_IOMMUFD_PT
 * @df: the open device, ready
 * @argument: what came with it
 *
 * Context: process; may sleep and fault.
 * Return: 0 or an errno: -EFAULT, -EINVAL, and what vfio_device_attach() says.
 */
int vfio_device_attach_node(struct vfio_device_file *df, void __user *argument)
{
	struct vfio_device_attach_iommufd_pt __user *answer = argument;
	struct vfio_device_attach_iommufd_pt attach;
	struct vfio_device *vdev = df->vdev;
	int rc;

	if (copy_from_user(&attach, argument, sizeof(attach)))
		return -EFAULT;
	if (attach.argsz < sizeof(attach) || attach.flags)
		return -EINVAL;
	/* A replaced page table may be gone: try the way back beforehand. */
	if (put_user(attach.pt_id, &answer->pt_id))
		return -EFAULT;

	mutex_lock(&vdev->set->lock);
	rc = vfio_device_attach(vdev, &attach.pt_id);
	if (!rc && put_user(attach.pt_id, &answer->pt_id)) {
		vfio_device_detach(vdev);
		rc = -EFAULT;
	}
	mutex_unlock(&vdev->set->lock);
	return rc;
}

/**
 * vfio_device_detach_node() - answer VFIO_DEVICE_DETACH_IOMMUFD_PT
 * @df: the open device, ready
 * @argument: what came with it
 *
 * Context: process; may sleep and fault.
 * Return: 0, also if it was not attached; -EFAULT or -EINVAL.
 */
int vfio_device_detach_node(struct vfio_device_file *df, void __user *argument)
{
	struct vfio_device_detach_iommufd_pt detach;
	struct vfio_device *vdev = df->vdev;

	if (copy_from_user(&detach, argument, sizeof(detach)))
		return -EFAULT;
	if (detach.argsz < sizeof(detach) || detach.flags)
		return -EINVAL;

	mutex_lock(&vdev->set->lock);
	vfio_device_detach(vdev);
	mutex_unlock(&vdev->set->lock);
	return 0;
}

/**
 * vfio_device_nodes_init() - make room for nodes
 *
 * Context: may sleep. Undo with vfio_device_nodes_exit().
 * Return: 0 or an errno: -EEXIST if there is another VFIO.
 */
int vfio_device_nodes_init(void)
{
	int rc;

	rc = class_register(&vfio_device_class);
	if (rc)
		return rc;
	rc = alloc_chrdev_region(&numbers, 0, MINORMASK + 1, "vfio-dev");
	if (rc)
		class_unregister(&vfio_device_class);
	return rc;
}

/**
 * vfio_device_nodes_exit() - undo vfio_device_nodes_init()
 *
 * Context: may sleep.
 */
void vfio_device_nodes_exit(void)
{
	unregister_chrdev_region(numbers, MINORMASK + 1);
	class_unregister(&vfio_device_class);
}
