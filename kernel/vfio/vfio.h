/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What iommufd_vfio.ko offers to drivers that give a device to user space, in
 * the symbol namespace IOMMUFD_VFIO. The kernel's own <linux/vfio.h> must not
 * be included beside this: it means Linux's VFIO, and has the same names.
 *
 * A driver's device begins with a struct vfio_device:
 *
 *	struct my_device {
 *		struct vfio_device vdev;
 *		...
 *	};
 *
 *	probe():  my = vfio_device_alloc_as(struct my_device, vdev, dev, &ops);
 *		  vfio_device_join_set(&my->vdev, bus_or_slot); (if it has to)
 *		  vfio_device_register(&my->vdev);
 *	remove(): vfio_device_unregister(&my->vdev);
 *		  vfio_device_put(&my->vdev);
 *
 * The driver sets driver_managed_dma. Nothing of the device may do DMA unless
 * between vfio_device_ops::open_device() and close_device().
 *
 * Locks, from the outside in: struct vfio_group's, struct vfio_container's,
 * vfio_device_set::lock, those of the driver, those of iommufd.
 */
#ifndef VFIO_H
#define VFIO_H

#include <linux/build_bug.h>
#include <linux/cdev.h>
#include <linux/completion.h>
#include <linux/device.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/types.h>
#include <uapi/linux/vfio.h>
#include <vfio_newer.h>

struct file;
struct inode;
struct iommufd_ctx;
struct iommufd_device;
struct module;
struct vfio_device;
struct vfio_group;
struct vm_area_struct;

/**
 * struct vfio_device_ops - a driver's side of a device
 * @owner: the driver's module, held while the device is open
 * @name: of the driver
 * @release: the last reference to the device has gone; free what the driver
 *	has added, not the device. Optional. Called without locks.
 * @open_device: the first user has come and owns the device's DMA: make it
 *	ready, as after a reset. Holds vfio_device_set::lock. 0 or an errno,
 *	with which the user's request fails.
 * @close_device: the last user has gone: stop DMA and interrupts, reset,
 *	take mappings and eventfds away. What DMA could reach is let go of after
 *	this. Holds vfio_device_set::lock.
 * @read: as read(2), at *@pos, which it advances
 * @write: as write(2), likewise
 * @ioctl: any request that is not VFIO_DEVICE_FEATURE or one of the core's;
 *	-ENOTTY for those that it does not know. Optional.
 * @feature: one VFIO_DEVICE_FEATURE: @feature is its number, @flags one or
 *	several of VFIO_DEVICE_FEATURE_{GET,SET,PROBE}, @data and @size what
 *	follows the header. Begin with vfio_feature_check(); -ENOTTY for those
 *	that it does not know. Optional.
 * @mmap: as mmap(2); @vma->vm_pgoff is the offset in the device's file.
 *	Optional. vfio_device_mapping() has all that was mapped.
 * @request: the device is wanted back: tell the user. Called before the first
 *	wait and about every ten seconds from then on, with how often it was
 *	called before. Optional. Called without locks.
 * @match: whether VFIO_GROUP_GET_DEVICE_FD means this device with @name: above
 *	0 if so, 0 if not, or an errno to fail with. Where there is none, it
 *	is meant by the name of its struct device.
 *
 * read, write, ioctl, feature and mmap are called only between open_device()
 * and close_device(), without locks, several at a time; may sleep and fault.
 */
struct vfio_device_ops {
	struct module *owner;
	const char *name;
	void (*release)(struct vfio_device *vdev);
	int (*open_device)(struct vfio_device *vdev);
	void (*close_device)(struct vfio_device *vdev);
	ssize_t (*read)(struct vfio_device *vdev, char __user *buffer,
			size_t count, loff_t *pos);
	ssize_t (*write)(struct vfio_device *vdev, const char __user *buffer,
			 size_t count, loff_t *pos);
	long (*ioctl)(struct vfio_device *vdev, unsigned int request,
		      unsigned long argument);
	int (*feature)(struct vfio_device *vdev, u32 feature, u32 flags,
		       void __user *data, size_t size);
	int (*mmap)(struct vfio_device *vdev, struct vm_area_struct *vma);
	void (*request)(struct vfio_device *vdev, unsigned int count);
	int (*match)(struct vfio_device *vdev, const char *name);
};

/**
 * struct vfio_device_set - devices that are opened, closed and reset together
 * @lock: see the top; held around open_device() and close_device()
 * @devices: struct vfio_device, by its set_item; under @lock
 * @key: what the devices have in common; set once
 * @users: how many devices refer to it; the core's
 * @item: in the core's list
 */
struct vfio_device_set {
	/* Protects @devices, and what struct vfio_device says. */
	struct mutex lock;
	struct list_head devices;
	const void *key;
	unsigned int users;
	struct list_head item;
};

/**
 * struct vfio_device - a device that user space can open
 * @dev: the device, with its driver bound; a driver may read these first four
 * @ops: the driver's side
 * @set: from registration on
 * @set_item: in vfio_device_set::devices while registered
 * @open_count: how many files have opened it; under vfio_device_set::lock
 * @as_node: it is open as a node, not through a group; likewise
 * @idev: what it is to iommufd while its DMA is a user's; likewise. Can be
 *there although the device is not open
 * @attached: whether @idev is; likewise
 * @leaving: its driver is taking it back; likewise. A container does not bind
 *it any more, nor keep it bound when it is not open
 * @node: /dev/vfio/devices/vfioN, and the reference count of all this
 * @cdev: of @node
 * @inode: whose mapping all files share
 * @group: while registered
 * @group_item: in vfio_group::devices while it can be opened
 * @users: files of it, and one while it is registered
 * @unused: @users is 0
 * @user_pid: who opened it last, for messages
 * @user_name: likewise
 */
struct vfio_device {
	struct device *dev;
	const struct vfio_device_ops *ops;
	struct vfio_device_set *set;
	struct list_head set_item;
	unsigned int open_count;
	bool as_node;
	struct iommufd_device *idev;
	bool attached;
	bool leaving;

	/* The core's. */
	struct device node;
	struct cdev cdev;
	struct inode *inode;
	struct vfio_group *group;
	struct list_head group_item;
	refcount_t users;
	struct completion unused;
	pid_t user_pid;
	char user_name[TASK_COMM_LEN];
};

/* device.c */
struct vfio_device *vfio_device_alloc(size_t size, struct device *dev,
				      const struct vfio_device_ops *ops);
void vfio_device_put(struct vfio_device *vdev);
int vfio_device_join_set(struct vfio_device *vdev, const void *key);
int vfio_device_register(struct vfio_device *vdev);
void vfio_device_unregister(struct vfio_device *vdev);
struct address_space *vfio_device_mapping(struct vfio_device *vdev);

/**
 * vfio_device_alloc_as() - a driver's device
 * @type: the driver's struct
 * @member: the struct vfio_device in it, which is first
 * @dev: the device
 * @ops: the driver's side
 *
 * Context: may sleep. Undo with vfio_device_put().
 * Return: the driver's struct, zeroed behind @member; or ERR_PTR.
 */
#define vfio_device_alloc_as(type, member, dev, ops)                           \
	((type *)vfio_device_alloc(                                            \
		sizeof(type) + BUILD_BUG_ON_ZERO(offsetof(type, member)), dev, \
		ops))

/* device_feature.c */
int vfio_feature_check(u32 flags, size_t size, u32 supported, size_t min_size);

/* outside.c and device_iommu.c: who may reset a set of devices. */
bool vfio_is_group_file(struct file *file);
bool vfio_file_has_device(struct file *file, struct vfio_device *vdev);
struct iommufd_ctx *vfio_device_ictx(struct vfio_device *vdev);
int vfio_device_id_in(struct vfio_device *vdev, struct iommufd_ctx *ictx);

#endif
