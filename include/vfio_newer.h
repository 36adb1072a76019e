/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * What Linux 6.12's <linux/vfio.h> has and older ones lack, for who has
 * included that one: device nodes, and resets of what was opened by them.
 */
#ifndef VFIO_NEWER_H
#define VFIO_NEWER_H

#ifndef VFIO_DEVICE_BIND_IOMMUFD

/**
 * struct vfio_device_bind_iommufd - VFIO_DEVICE_BIND_IOMMUFD
 * @argsz: length of the struct
 * @flags: 0
 * @iommufd: descriptor of /dev/iommu
 * @out_devid: set to the device's id there
 */
struct vfio_device_bind_iommufd {
	__u32 argsz;
	__u32 flags;
	__s32 iommufd;
	__u32 out_devid;
};

#define VFIO_DEVICE_BIND_IOMMUFD _IO(VFIO_TYPE, VFIO_BASE + 18)

/**
 * struct vfio_device_attach_iommufd_pt - VFIO_DEVICE_ATTACH_IOMMUFD_PT
 * @argsz: length of the struct
 * @flags: 0
 * @pt_id: an IOAS or a page table; set to the page table
 */
struct vfio_device_attach_iommufd_pt {
	__u32 argsz;
	__u32 flags;
	__u32 pt_id;
};

#define VFIO_DEVICE_ATTACH_IOMMUFD_PT _IO(VFIO_TYPE, VFIO_BASE + 19)

/**
 * struct vfio_device_detach_iommufd_pt - VFIO_DEVICE_DETACH_IOMMUFD_PT
 * @argsz: length of the struct
 * @flags: 0
 */
struct vfio_device_detach_iommufd_pt {
	__u32 argsz;
	__u32 flags;
};

#define VFIO_DEVICE_DETACH_IOMMUFD_PT _IO(VFIO_TYPE, VFIO_BASE + 20)

/*
 * Of VFIO_DEVICE_GET_PCI_HOT_RESET_INFO. A device's id is where its group_id
 * would be; the older struct has no other name for it.
 */
#define VFIO_PCI_DEVID_OWNED 0
#define VFIO_PCI_DEVID_NOT_OWNED -1
#define VFIO_PCI_HOT_RESET_FLAG_DEV_ID 0x1
#define VFIO_PCI_HOT_RESET_FLAG_DEV_ID_OWNED 0x2

#endif
#endif
