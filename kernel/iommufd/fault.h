/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fault queues: page requests of devices, read by user space from a file and
 * answered by writing to it. On a kernel whose IOMMU drivers cannot deliver
 * them there are none (COMPAT_CANNOT_FAULT), and fault_none.c takes the place
 * of fault.c.
 */
#ifndef IOMMUFD_FAULT_H
#define IOMMUFD_FAULT_H

#include <linux/iommu.h>

#include "object.h"

struct iommufd_device;
struct iommufd_fault;
struct iommufd_hwpt;

/**
 * struct iommufd_attach_handle - what the IOMMU core knows an attachment by
 * @handle: the core's
 * @idev: the first device of the group that was attached
 */
struct iommufd_attach_handle {
	struct iommu_attach_handle handle;
	struct iommufd_device *idev;
};

void iommufd_fault_release(struct iommufd_object *obj);
int iommufd_fault_connect(struct iommufd_ctx *ictx, u32 id,
			  struct iommufd_hwpt *hwpt);
void iommufd_fault_disconnect(struct iommufd_hwpt *hwpt);
int iommufd_fault_enable(struct iommufd_device *idev);
void iommufd_fault_disable(struct iommufd_device *idev);
void iommufd_fault_answer_all(struct iommufd_hwpt *hwpt,
			      struct iommufd_attach_handle *handle);

#endif
