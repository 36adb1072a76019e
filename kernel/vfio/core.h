/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between the files of the core: groups, containers and the files by which
 * user space has them.
 *
 * A device is open in one of three shapes:
 *
 *	through a group in a container: the container's context owns the DMA of
 *	the group from SET_CONTAINER on, and its devices are attached from
 *	SET_IOMMU on, so that what is mapped is checked against what they can
 *	reach before any of them is opened;
 *
 *	through a group that was given an iommufd in place of a container, as
 *	Linux allows: a device is bound and attached while it is open;
 *
 *	as a node: user space binds it to an iommufd, and attaches it itself.
 *
 * A group whose file is open has no devices open as nodes, and the other way
 * around. A device's file holds the file of the group that it came from, and a
 * group holds its container, so that user space can close them in any order.
 */
#ifndef VFIO_CORE_H
#define VFIO_CORE_H

#include <linux/fs.h>
#include <linux/kref.h>

#include "vfio.h"

struct iommu_group;
struct iommufd_group;
struct kvm;
struct vfio_container;

/**
 * struct vfio_group - an IOMMU group with devices of VFIO's
 * @node: /dev/vfio/N, and the reference count of all this
 * @cdev: of @node
 * @item: in the list of all groups, while it has devices
 * @members: how many devices are registered, or being so; under the lock of
 *	that list
 * @lock: outermost
 * @iommu_group: held; NULL once the group has no devices any more. Then all
 *	below is as if nobody had opened it
 * @file: its open file, or NULL
 * @nodes: how many of its devices are open as nodes, or being opened
 * @opened: how many files of devices came from @file
 * @container: what it is in, or NULL
 * @claim: by which the context of @container owns its DMA
 * @container_item: in vfio_container::groups, under vfio_container::lock
 * @ictx: an iommufd in place of a container, or NULL
 * @devices_lock: inside of vfio_container::lock
 * @devices: struct vfio_device, those that can be opened
 */
struct vfio_group {
	struct device node;
	struct cdev cdev;
	struct list_head item;
	unsigned int members;
	/* Protects what follows, up to @devices_lock. */
	struct mutex lock;
	struct iommu_group *iommu_group;
	struct file *file;
	unsigned int nodes;
	unsigned int opened;
	struct vfio_container *container;
	struct iommufd_group *claim;
	struct list_head container_item;
	struct iommufd_ctx *ictx;
	/* Protects @devices. */
	struct mutex devices_lock;
	struct list_head devices;
};

/**
 * struct vfio_iommu_driver - what can be behind a container
 * @name: for whoever reads this
 * @supports: whether VFIO_CHECK_EXTENSION finds something, when no driver was
 *	chosen yet; of an IOMMU type, whether SET_IOMMU will choose this one
 * @enable: an IOMMU type that it supports was chosen: 0 or an errno. The
 *	context has no devices yet, and may have been through this before.
 * @attach: attach a bound device; under vfio_device_set::lock
 * @ioctl: any request to the container, and VFIO_CHECK_EXTENSION
 */
struct vfio_iommu_driver {
	const char *name;
	bool (*supports)(unsigned long extension);
	int (*enable)(struct iommufd_ctx *ictx, unsigned long type);
	int (*attach)(struct iommufd_ctx *ictx, struct vfio_device *vdev);
	long (*ioctl)(struct iommufd_ctx *ictx, unsigned int request,
		      unsigned long argument);
};

/* iommu_driver.c */
const struct vfio_iommu_driver *vfio_find_iommu_driver(unsigned long extension);

/**
 * struct vfio_device_file - an open device
 * @vdev: the device; the file is one of vfio_device::users
 * @group_file: the file of the group that it came from, held; NULL if it was
 *	opened as a node
 * @ready: the device may be used by this file. Set once, under
 *	vfio_device_set::lock, with release semantics
 */
struct vfio_device_file {
	struct vfio_device *vdev;
	struct file *group_file;
	bool ready;
};

/* device.c */
bool vfio_device_try_get(struct vfio_device *vdev);
void vfio_device_unget(struct vfio_device *vdev);
void vfio_device_note_user(struct vfio_device *vdev);
int vfio_device_open(struct vfio_device *vdev);
void vfio_device_close(struct vfio_device *vdev);

/* device_node.c */
extern struct class vfio_device_class;
void vfio_device_node_init(struct vfio_device *vdev, unsigned int index);
int vfio_device_bind_node(struct vfio_device_file *df,
			  struct vfio_device_bind_iommufd __user *argument);
int vfio_device_attach_node(struct vfio_device_file *df, void __user *argument);
int vfio_device_detach_node(struct vfio_device_file *df, void __user *argument);
void vfio_device_node_close(struct vfio_device_file *df);
int vfio_device_nodes_init(void);
void vfio_device_nodes_exit(void);

/* device_file.c */
extern const struct file_operations vfio_device_fops;
struct vfio_device_file *vfio_device_file_create(struct vfio_device *vdev);
struct file *vfio_device_file_install(struct vfio_device_file *df);
struct vfio_device *vfio_device_of_file(struct file *file);

/* device_feature.c */
int vfio_device_feature(struct vfio_device *vdev,
			struct vfio_device_feature __user *argument);

/* device_iommu.c */
int vfio_device_bind(struct vfio_device *vdev, struct iommufd_ctx *ictx);
void vfio_device_unbind(struct vfio_device *vdev);
int vfio_device_attach(struct vfio_device *vdev, u32 *pt_id);
void vfio_device_detach(struct vfio_device *vdev);

/* device_set.c */
void vfio_device_set_put(struct vfio_device_set *set);

/* group.c */
struct vfio_group *vfio_group_get(struct device *dev);
void vfio_group_put(struct vfio_group *group);
void vfio_group_add_device(struct vfio_device *vdev);
void vfio_group_remove_device(struct vfio_device *vdev);
int vfio_groups_init(void);
void vfio_groups_exit(void);

/* group_file.c */
extern const struct file_operations vfio_group_fops;
struct vfio_group *vfio_group_of_file(struct file *file);
void vfio_group_unset(struct vfio_group *group);
int vfio_group_block(struct vfio_group *group);
void vfio_group_unblock(struct vfio_group *group);

/* group_device.c */
int vfio_group_get_device_fd(struct vfio_group *group,
			     const char __user *argument);
void vfio_group_device_close(struct vfio_device_file *df);

/* outside.c: for KVM, which has no header for them. */
bool vfio_file_is_valid(struct file *file);
bool vfio_file_is_group(struct file *file);
bool vfio_file_enforced_coherent(struct file *file);
void vfio_file_set_kvm(struct file *file, struct kvm *kvm);

/* container.c */
struct vfio_container *vfio_container_of_file(struct file *file);
int vfio_container_add_group(struct vfio_container *container,
			     struct vfio_group *group);
void vfio_container_remove_group(struct vfio_group *group);
int vfio_container_attach_device(struct vfio_container *container,
				 struct vfio_device *vdev);
int vfio_containers_init(void);
void vfio_containers_exit(void);

#endif
