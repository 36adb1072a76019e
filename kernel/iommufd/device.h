/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Devices: what a driver has given to a context, and the groups that the IOMMU
 * can tell apart. All devices of a group are attached to one page table, so
 * that the group is what is attached; each of its devices then adds its own
 * reserved addresses.
 */
#ifndef IOMMUFD_DEVICE_H
#define IOMMUFD_DEVICE_H

#include <linux/iommu.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>

#include "object.h"

struct iommufd_attach_handle;
struct iommufd_hwpt;

/**
 * struct iommufd_group - a group of the IOMMU's, as one context has it
 * @refs: one for each bound device
 * @ictx: the context, whose iommufd_ctx::groups has this; the devices hold it
 * @group: the group; no other owner can have it meanwhile
 * @lock: taken inside of iommufd_ioas::lock and outside
 *	of the locks of an io_pagetable. No two groups are locked at once.
 * @hwpt: what the group is attached to, or NULL; each attached device is a
 *	user of it
 * @handle: what the IOMMU core knows the attachment by, while there is one
 * @attached: struct iommufd_device, by its item
 * @msi_window: where MSIs must be mapped in a domain, PHYS_ADDR_MAX if nowhere
 */
struct iommufd_group {
	struct kref refs;
	struct iommufd_ctx *ictx;
	struct iommu_group *group;
	/* Protects the fields below. */
	struct mutex lock;
	struct iommufd_hwpt *hwpt;
	struct iommufd_attach_handle *handle;
	struct list_head attached;
	phys_addr_t msi_window;
};

/**
 * struct iommufd_device - a device that a driver has bound
 * @obj: the driver is a user
 * @ictx: held, but for the mock's devices
 * @group: referenced
 * @item: in iommufd_group::attached while it is, otherwise empty
 * @dev: the device
 * @enforces_coherency: known before attaching that its IOMMU can
 * @iopf_lock: innermost
 * @iopf_users: how often page requests of the device were switched on
 */
struct iommufd_device {
	struct iommufd_object obj;
	struct iommufd_ctx *ictx;
	struct iommufd_group *group;
	struct list_head item;
	struct device *dev;
	bool enforces_coherency;
	/* Protects @iopf_users. */
	struct mutex iopf_lock;
	unsigned int iopf_users;
};

static inline struct iommufd_device *to_device(struct iommufd_object *obj)
{
	return container_of(obj, struct iommufd_device, obj);
}

/* As iommufd_object_lookup(); undo with iommufd_object_put(). */
static inline struct iommufd_device *
iommufd_device_lookup(struct iommufd_ctx *ictx, u32 id)
{
	struct iommufd_object *obj;

	obj = iommufd_object_lookup(ictx, id, IOMMUFD_OBJ_DEVICE);
	return IS_ERR(obj) ? ERR_CAST(obj) : to_device(obj);
}

void iommufd_device_release(struct iommufd_object *obj);

/* group.c */
struct iommufd_group *iommufd_group_get(struct iommufd_ctx *ictx,
					struct device *dev);
void iommufd_group_put(struct iommufd_group *group);

/* group_attach.c */
int iommufd_group_attach(struct iommufd_device *idev,
			 struct iommufd_hwpt *hwpt);
struct iommufd_hwpt *iommufd_group_detach(struct iommufd_device *idev);
struct iommufd_hwpt *iommufd_group_replace(struct iommufd_device *idev,
					   struct iommufd_hwpt *hwpt);

#endif
