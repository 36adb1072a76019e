// SPDX-License-Identifier: GPL-2.0-only
/*
 * Regions: what the device's file has at which offset.
 */
#include <linux/pci.h>
#include <linux/pm_runtime.h>
#include <linux/uaccess.h>

#include "pci.h"

static bool has_msix_table(struct vfio_pci *vpci, unsigned int bar)
{
	return vpci->msix_bar == (int)bar;
}

static void describe_bar(struct vfio_pci *vpci, struct vfio_region_info *info)
{
	info->size = pci_resource_len(vpci->pdev, info->index);
	if (!info->size)
		return;
	info->flags = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
	if (!vpci->bars[info->index].mappable)
		return;
	info->flags |= VFIO_REGION_INFO_FLAG_MMAP;
	if (has_msix_table(vpci, info->index))
		info->flags |= VFIO_REGION_INFO_FLAG_CAPS;
}

static int describe(struct vfio_pci *vpci, struct vfio_region_info *info)
{
	info->flags = 0;
	info->cap_offset = 0;
	info->size = 0;
	info->offset = REGION_OFFSET(info->index);
	switch (info->index) {
	case VFIO_PCI_BAR0_REGION_INDEX ... VFIO_PCI_BAR5_REGION_INDEX:
		describe_bar(vpci, info);
		return 0;
	case VFIO_PCI_ROM_REGION_INDEX:
		info->size = vfio_pci_rom_size(vpci);
		if (info->size)
			info->flags = VFIO_REGION_INFO_FLAG_READ;
		return 0;
	case VFIO_PCI_CONFIG_REGION_INDEX:
		info->size = vpci->pdev->cfg_size;
		info->flags = VFIO_REGION_INFO_FLAG_READ |
			      VFIO_REGION_INFO_FLAG_WRITE;
		return 0;
	default:
		return -EINVAL;
	}
}

/**
 * vfio_pci_region_info() - VFIO_DEVICE_GET_REGION_INFO
 * @vpci: while open
 * @argument: the user's struct vfio_region_info
 *
 * One region has a capability: that the MSI-X table in it can be mapped.
 *
 * Context: may fault and sleep.
 * Return: 0, -EINVAL or -EFAULT.
 */
long vfio_pci_region_info(struct vfio_pci *vpci, void __user *argument)
{
	const struct vfio_info_cap_header mappable = {
		.id = VFIO_REGION_INFO_CAP_MSIX_MAPPABLE,
		.version = 1,
	};
	size_t size = offsetofend(struct vfio_region_info, offset);
	struct vfio_region_info info;
	int rc;

	if (copy_from_user(&info, argument, size))
		return -EFAULT;
	if (info.argsz < size)
		return -EINVAL;
	rc = describe(vpci, &info);
	if (rc)
		return rc;
	if (info.flags & VFIO_REGION_INFO_FLAG_CAPS) {
		if (info.argsz < size + sizeof(mappable)) {
			info.argsz = size + sizeof(mappable);
		} else {
			info.cap_offset = size;
			if (copy_to_user(argument + size, &mappable,
					 sizeof(mappable)))
				return -EFAULT;
		}
	}
	return copy_to_user(argument, &info, size) ? -EFAULT : 0;
}

static ssize_t region_rw(struct vfio_device *vdev, char __user *buf,
			 size_t count, loff_t *pos, bool write)
{
	struct vfio_pci *vpci = to_vfio_pci(vdev);
	u64 index = (u64)*pos >> REGION_SHIFT;
	u64 offset = *pos & REGION_MASK;
	ssize_t done;

	if (index > VFIO_PCI_CONFIG_REGION_INDEX)
		return -EINVAL;
	if (!count)
		return 0;
	if (index == VFIO_PCI_CONFIG_REGION_INDEX)
		done = vfio_pci_config_rw(vpci, buf, count, offset, write);
	else if (index < VFIO_PCI_ROM_REGION_INDEX)
		done = vfio_pci_bar_rw(vpci, index, buf, count, offset, write);
	else if (write)
		done = -EINVAL;
	else
		done = vfio_pci_rom_read(vpci, buf, count, offset);
	if (done > 0)
		*pos += done;
	return done;
}

/**
 * vfio_pci_read() - read(2) of the device's file
 * @vdev: while open
 * @buf: the user's
 * @count: how many bytes
 * @pos: from where on; advanced
 *
 * Context: may fault and sleep.
 * Return: how many bytes were, or an errno.
 */
ssize_t vfio_pci_read(struct vfio_device *vdev, char __user *buf, size_t count,
		      loff_t *pos)
{
	return region_rw(vdev, buf, count, pos, false);
}

/**
 * vfio_pci_write() - write(2) of the device's file
 * @vdev: while open
 * @buf: the user's
 * @count: how many bytes
 * @pos: from where on; advanced
 *
 * Context: may fault and sleep.
 * Return: how many bytes were, or an errno.
 */
ssize_t vfio_pci_write(struct vfio_device *vdev, const char __user *buf,
		       size_t count, loff_t *pos)
{
	return region_rw(vdev, (char __user *)buf, count, pos, true);
}
