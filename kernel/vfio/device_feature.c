// SPDX-License-Identifier: GPL-2.0-only
/*
 * VFIO_DEVICE_FEATURE: one request for all that a device may be able to do
 * beyond the others, where a user can also ask whether it can.
 */
#include <linux/errno.h>
#include <linux/module.h>
#include <linux/uaccess.h>

#include "core.h"

#define GET_OR_SET (VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_SET)

/**
 * vfio_feature_check() - whether a feature is asked for as it can be used
 * @flags: as given to vfio_device_ops::feature
 * @size: likewise
 * @supported: VFIO_DEVICE_FEATURE_GET, _SET, or both
 * @min_size: what the feature needs, in bytes
 *
 * Context: any.
 * Return: 1 if the driver is to go on; 0 if that was only asked for; or
 * -EINVAL.
 */
int vfio_feature_check(u32 flags, size_t size, u32 supported, size_t min_size)
{
	u32 wanted = flags & GET_OR_SET;

	if (wanted & ~supported)
		return -EINVAL;
	if (flags & VFIO_DEVICE_FEATURE_PROBE)
		return 0;
	return wanted && size >= min_size ? 1 : -EINVAL;
}
EXPORT_SYMBOL_NS_GPL(vfio_feature_check, IOMMUFD_VFIO);

static int check_flags(u32 flags)
{
	if (flags & ~(VFIO_DEVICE_FEATURE_MASK | GET_OR_SET |
		      VFIO_DEVICE_FEATURE_PROBE))
		return -EINVAL;
	/* Both at once can only be asked about. */
	if (!(flags & VFIO_DEVICE_FEATURE_PROBE) &&
	    (flags & GET_OR_SET) == GET_OR_SET)
		return -EINVAL;
	return 0;
}

/**
 * vfio_device_feature() - answer VFIO_DEVICE_FEATURE
 * @vdev: an open device
 * @argument: what came with it
 *
 * Context: process; may sleep and fault.
 * Return: 0 or more, or an errno: -EFAULT; -EINVAL for what is no such request;
 * -ENOTTY for features that the device does not have.
 */
int vfio_device_feature(struct vfio_device *vdev,
			struct vfio_device_feature __user *argument)
{
	const size_t head = offsetofend(struct vfio_device_feature, flags);
	struct vfio_device_feature request;
	int rc;

	if (copy_from_user(&request, argument, head))
		return -EFAULT;
	if (request.argsz < head)
		return -EINVAL;
	rc = check_flags(request.flags);
	if (rc)
		return rc;
	if (!vdev->ops->feature)
		return -ENOTTY;
	return vdev->ops->feature(vdev,
				  request.flags & VFIO_DEVICE_FEATURE_MASK,
				  request.flags & ~VFIO_DEVICE_FEATURE_MASK,
				  argument->data, request.argsz - head);
}
