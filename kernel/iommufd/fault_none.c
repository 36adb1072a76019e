// SPDX-License-Identifier: GPL-2.0-only
/*
 * In place of fault.c, on a kernel (COMPAT_CANNOT_FAULT) whose IOMMU drivers
 * have no way to hand page requests of a device to somebody else: there are no
 * fault queues, and what asks for one says EOPNOTSUPP.
 */
#include <linux/errno.h>

#include "fault.h"

int iommufd_fault_alloc(struct iommufd_ucmd *ucmd)
{
	return iommufd_object_refused(ucmd->ictx, IOMMUFD_OBJ_FAULT,
				      -EOPNOTSUPP);
}

void iommufd_fault_release(struct iommufd_object *obj)
{
}

int iommufd_fault_connect(struct iommufd_ctx *ictx, u32 id,
			  struct iommufd_hwpt *hwpt)
{
	return -EOPNOTSUPP;
}

void iommufd_fault_disconnect(struct iommufd_hwpt *hwpt)
{
}

int iommufd_fault_enable(struct iommufd_device *idev)
{
	return -EOPNOTSUPP;
}

void iommufd_fault_disable(struct iommufd_device *idev)
{
}

void iommufd_fault_answer_all(struct iommufd_hwpt *hwpt,
			      struct iommufd_attach_handle *handle)
{
}
