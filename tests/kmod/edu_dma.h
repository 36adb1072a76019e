/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What iommufd_edu_dma.ko does for a program: /dev/edu_dma0 and so on are
 * QEMU's edu devices, in the order in which they were found.
 */
#ifndef EDU_DMA_H
#define EDU_DMA_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* What the device can keep, in bytes. QEMU aborts if its last one is used. */
#define EDU_DMA_ROOM 4095

/**
 * struct edu_dma_copy - a transfer between memory and the device
 * @iova: where in memory, below 2^28
 * @length: in bytes, up to EDU_DMA_ROOM
 * @to_memory: 1, or 0 for the other direction
 */
struct edu_dma_copy {
	__u64 iova;
	__u32 length;
	__u32 to_memory;
};

/* A descriptor of /dev/iommu; becomes the device's id there. */
#define EDU_DMA_BIND _IOWR('e', 0, __u32)
#define EDU_DMA_UNBIND _IO('e', 1)
/* An IOAS or a page table; becomes the page table's id. */
#define EDU_DMA_ATTACH _IOWR('e', 2, __u32)
#define EDU_DMA_REPLACE _IOWR('e', 3, __u32)
#define EDU_DMA_DETACH _IO('e', 4)
/* The id of the device, as long as it is bound. */
#define EDU_DMA_ID _IOR('e', 6, __u32)
/* A descriptor of /dev/iommu; becomes what of the device is there. */
#define EDU_DMA_HAS _IOWR('e', 7, __u32)
#define EDU_DMA_HAS_DEVICE 1
#define EDU_DMA_HAS_GROUP 2
/* Nobody tells whether the transfer reached its end. */
#define EDU_DMA_COPY _IOW('e', 5, struct edu_dma_copy)

#endif
