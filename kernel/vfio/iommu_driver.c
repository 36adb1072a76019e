// SPDX-License-Identifier: GPL-2.0-only
/*
 * What can be behind a container: VFIO's type 1 and type 1 version 2 IOMMUs, as
 * iommufd plays them. It is what all machines have but PowerPC.
 */
#include <linux/errno.h>
#include <linux/module.h>

#include "../iommufd/iommufd.h"
#include "core.h"

static bool type1_supports(unsigned long extension)
{
	return extension == VFIO_TYPE1_IOMMU ||
	       extension == VFIO_TYPE1v2_IOMMU || extension == VFIO_UNMAP_ALL;
}

static int type1_enable(struct iommufd_ctx *ictx, unsigned long type)
{
	int rc;

	/* What can be asked for is not all an IOMMU. */
	if (type != VFIO_TYPE1_IOMMU && type != VFIO_TYPE1v2_IOMMU)
		return -EINVAL;
	rc = iommufd_vfio_compat_ioas_create(ictx);
	if (rc)
		return rc;
	return iommufd_vfio_ioctl(ictx, VFIO_SET_IOMMU, type);
}

static int type1_attach(struct iommufd_ctx *ictx, struct vfio_device *vdev)
{
	u32 ioas;
	int rc;

	rc = iommufd_vfio_compat_ioas_get_id(ictx, &ioas);
	if (rc)
		return rc;
	rc = vfio_device_attach(vdev, &ioas);
	/* VFIO says so if something is mapped where the device cannot reach. */
	return rc == -EADDRINUSE ? -EINVAL : rc;
}

static const struct vfio_iommu_driver type1 = {
	.name = "type1",
	.supports = type1_supports,
	.enable = type1_enable,
	.attach = type1_attach,
	.ioctl = iommufd_vfio_ioctl,
};

static const struct vfio_iommu_driver *const drivers[] = {
	&type1,
};

/**
 * vfio_find_iommu_driver() - who has an extension
 * @extension: as given to VFIO_CHECK_EXTENSION or VFIO_SET_IOMMU
 *
 * Context: any.
 * Return: the first that has it, or NULL.
 */
const struct vfio_iommu_driver *vfio_find_iommu_driver(unsigned long extension)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(drivers); i++) {
		if (drivers[i]->supports(extension))
			return drivers[i];
	}
	return NULL;
}

MODULE_IMPORT_NS(IOMMUFD);
MODULE_IMPORT_NS(IOMMUFD_VFIO);
