// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lets a program make the calls that a VFIO makes when its container is really
 * /dev/iommu, each by an ioctl of its own, see vfio_calls.h.
 */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/uaccess.h>

#include "iommufd.h"
#include "vfio_calls.h"

static int get_id(struct iommufd_ctx *ictx, u32 __user *argument)
{
	u32 id;
	int rc;

	rc = iommufd_vfio_compat_ioas_get_id(ictx, &id);
	return rc ? rc : put_user(id, argument);
}

static int make_call(struct iommufd_ctx *ictx, unsigned int number,
		     u32 __user *argument)
{
	switch (number) {
	case VFIO_CALL_IOAS_GET_ID:
		return get_id(ictx, argument);
	case VFIO_CALL_IOAS_CREATE:
		return iommufd_vfio_compat_ioas_create(ictx);
	case VFIO_CALL_SET_NO_IOMMU:
		return iommufd_vfio_compat_set_no_iommu(ictx);
	default:
		return -ENOTTY;
	}
}

static long calls_ioctl(struct file *file, unsigned int number,
			unsigned long arg)
{
	u32 __user *argument = (u32 __user *)arg;
	struct iommufd_ctx *ictx;
	int rc;
	u32 fd;

	if (get_user(fd, argument))
		return -EFAULT;
	ictx = iommufd_ctx_from_fd(fd);
	if (IS_ERR(ictx))
		return PTR_ERR(ictx);
	rc = make_call(ictx, number, argument);
	iommufd_ctx_put(ictx);
	return rc;
}

static const struct file_operations calls_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = calls_ioctl,
};

static struct miscdevice calls_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "vfio_calls",
	.fops = &calls_fops,
};

module_misc_device(calls_misc);

MODULE_DESCRIPTION("Test of what iommufd does for a VFIO");
MODULE_IMPORT_NS(IOMMUFD);
MODULE_IMPORT_NS(IOMMUFD_VFIO);
MODULE_LICENSE("GPL");
