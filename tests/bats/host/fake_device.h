/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files of VFIO's groups and devices, as fake_iommu.c plays them. Each device
 * is a network card with memory, MSI and MSI-X, and keeps what is written to
 * its regions. It is opened as often as one likes.
 *
 *	FAKE_VFIO_NOT_VIABLE=1	no group may be had
 */
#ifndef FAKE_DEVICE_H
#define FAKE_DEVICE_H

#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <vfio_newer.h>

#define REGION_SHIFT 40
#define BAR_SIZE 0x1000

/* Interrupts of each kind, and where they are to be told of. */
static const __u32 irq_counts[VFIO_PCI_NUM_IRQS] = { 1, 4, 4, 0, 1 };
static int irq_events[VFIO_PCI_NUM_IRQS][4];

static const unsigned char config_header[0x60] = {
	0x86,
	0x80,
	0xd3,
	0x10,
	0x03,
	0x01,
	0x10,
	0x00, /* memory is on */
	[PCI_CLASS_DEVICE] = 0x00,
	0x02,
	[PCI_CAPABILITY_LIST] = 0x40,
	[0x40] = PCI_CAP_ID_MSI,
	0x50,
	0x84,
	0x00, /* 4 vectors */
	[0x50] = PCI_CAP_ID_MSIX,
	0x00,
	0x03,
	0x00,
	0x01,
};

/* Its own file: regions lie far apart, and what is between them is none. */
static int device_file(void)
{
	int fd = memfd_create("vfio-device", MFD_CLOEXEC);
	off_t config = (off_t)VFIO_PCI_CONFIG_REGION_INDEX << REGION_SHIFT;

	if (fd < 0 || ftruncate(fd, config + BAR_SIZE) ||
	    pwrite(fd, config_header, sizeof(config_header), config) < 0 ||
	    pwrite(fd, "\x03\x00\x01\x00", 4, config + 0x100) < 0)
		abort();
	return fd;
}

static int region(struct vfio_region_info *info)
{
	struct vfio_region_info_cap_sparse_mmap *cap = (void *)(info + 1);
	__u32 length = sizeof(*info) + sizeof(*cap) + sizeof(*cap->areas);

	if (info->index > VFIO_PCI_CONFIG_REGION_INDEX)
		return refuse(EINVAL);
	info->size = 0;
	info->flags = 0;
	info->offset = (__u64)info->index << REGION_SHIFT;
	if (info->index && info->index != VFIO_PCI_CONFIG_REGION_INDEX)
		return 0;
	info->size = BAR_SIZE;
	info->flags = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
	if (info->index)
		return 0;
	info->flags |= VFIO_REGION_INFO_FLAG_MMAP | VFIO_REGION_INFO_FLAG_CAPS;
	if (info->argsz >= length) {
		info->cap_offset = sizeof(*info);
		*cap = (struct vfio_region_info_cap_sparse_mmap){
			.header.id = VFIO_REGION_INFO_CAP_SPARSE_MMAP,
			.nr_areas = 1,
		};
		cap->areas[0].size = BAR_SIZE / 2;
	}
	info->argsz = length;
	return 0;
}

static int set_irqs(struct vfio_irq_set *set)
{
	const __s32 *fd = (const void *)(set + 1);
	__u64 one = 1;

	if (set->index >= VFIO_PCI_NUM_IRQS ||
	    set->start + set->count > irq_counts[set->index])
		return refuse(EINVAL);
	if (!set->count)
		memset(irq_events[set->index], 0, sizeof(*irq_events));
	if (!(set->flags & VFIO_IRQ_SET_ACTION_TRIGGER))
		return 0;
	for (__u32 i = 0; i < set->count; i++) {
		int *event = &irq_events[set->index][set->start + i];

		if (set->flags & VFIO_IRQ_SET_DATA_EVENTFD)
			*event = fd[i];
		else if (*event <= 0 || write(*event, &one, 8) != 8)
			return refuse(EINVAL);
	}
	return 0;
}

static int attach(struct vfio_device_attach_iommufd_pt *ask)
{
	if (!known(ask->pt_id) && object(ask->pt_id) != HWPT)
		return refuse(ENOENT);
	attached_to = ask->pt_id;
	/* The page table that an address space gets is not one of ours. */
	if (known(ask->pt_id))
		ask->pt_id = IOAS_MAX;
	return 0;
}

static int group_device(void)
{
	new_object(DEVICE);
	return device_file();
}

/* -2: this is none of a group's or device's. */
static int device_answer(unsigned long request, void *arg)
{
	struct vfio_device_bind_iommufd *bind = arg;
	struct vfio_group_status *status = arg;
	struct vfio_device_info *info = arg;
	struct vfio_irq_info *irq = arg;

	switch (request) {
	case VFIO_GROUP_GET_STATUS:
		status->flags = getenv("FAKE_VFIO_NOT_VIABLE")
					? 0
					: VFIO_GROUP_FLAGS_VIABLE;
		return 0;
	case VFIO_GROUP_SET_CONTAINER:
		vfio_id = known(vfio_id) ? vfio_id : new_object(IOAS);
		return 0;
	case VFIO_GROUP_GET_DEVICE_FD:
		return group_device();
	case VFIO_DEVICE_BIND_IOMMUFD:
		bind->out_devid = new_object(DEVICE);
		return 0;
	case VFIO_DEVICE_ATTACH_IOMMUFD_PT:
		return attach(arg);
	case VFIO_DEVICE_DETACH_IOMMUFD_PT:
		attached_to = 0;
		return 0;
	case VFIO_DEVICE_RESET:
		return 0;
	case VFIO_DEVICE_GET_INFO:
		info->flags = VFIO_DEVICE_FLAGS_PCI | VFIO_DEVICE_FLAGS_RESET;
		info->num_regions = VFIO_PCI_NUM_REGIONS;
		info->num_irqs = VFIO_PCI_NUM_IRQS;
		return 0;
	case VFIO_DEVICE_GET_REGION_INFO:
		return region(arg);
	case VFIO_DEVICE_GET_IRQ_INFO:
		if (irq->index >= VFIO_PCI_NUM_IRQS)
			return refuse(EINVAL);
		irq->count = irq_counts[irq->index];
		irq->flags = VFIO_IRQ_INFO_EVENTFD;
		return 0;
	case VFIO_DEVICE_SET_IRQS:
		return set_irqs(arg);
	default:
		return -2;
	}
}

#endif
