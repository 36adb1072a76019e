// SPDX-License-Identifier: GPL-2.0-only
/*
 * The least that a driver does that gives a device to user space by VFIO, for
 * QEMU's edu devices: what is tested with it is the core of VFIO. See
 * vfio_edu.h for what a program can do.
 */
#include <linux/err.h>
#include <linux/io-64-nonatomic-lo-hi.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/uaccess.h>

#include "edu.h"
#include "vfio.h"
#include "vfio_edu.h"

/**
 * struct edu - a device
 * @vdev: it, to VFIO
 * @pdev: it
 * @regs: its registers
 * @counts: opened and closed under vfio_device_set::lock
 * @feature: what was set last
 */
struct edu {
	struct vfio_device vdev;
	struct pci_dev *pdev;
	void __iomem *regs;
	struct vfio_edu_counts counts;
	u64 feature;
};

/* What the next device to be opened says. */
static atomic_t fail_open;

static struct edu *edu_of(struct vfio_device *vdev)
{
	return container_of(vdev, struct edu, vdev);
}

static int edu_open(struct vfio_device *vdev)
{
	struct edu *edu = edu_of(vdev);
	int error = atomic_xchg(&fail_open, 0);

	if (error)
		return -error;
	edu->counts.opened++;
	pci_set_master(edu->pdev);
	return 0;
}

static void zap(struct edu *edu)
{
	unmap_mapping_range(vfio_device_mapping(&edu->vdev), 0, 0, true);
}

static void edu_close(struct vfio_device *vdev)
{
	struct edu *edu = edu_of(vdev);

	pci_clear_master(edu->pdev);
	zap(edu);
	edu->counts.closed++;
}

static bool is_register(struct edu *edu, size_t count, loff_t pos)
{
	return (count == 4 || count == 8) && !(pos % count) && pos >= 0 &&
	       pos < pci_resource_len(edu->pdev, 0);
}

static ssize_t edu_read(struct vfio_device *vdev, char __user *buffer,
			size_t count, loff_t *pos)
{
	struct edu *edu = edu_of(vdev);
	u64 value;

	if (!is_register(edu, count, *pos))
		return -EINVAL;
	value = count == 4 ? readl(edu->regs + *pos) : readq(edu->regs + *pos);
	if (copy_to_user(buffer, &value, count))
		return -EFAULT;
	*pos += count;
	return count;
}

static ssize_t edu_write(struct vfio_device *vdev, const char __user *buffer,
			 size_t count, loff_t *pos)
{
	struct edu *edu = edu_of(vdev);
	u64 value = 0;

	if (!is_register(edu, count, *pos))
		return -EINVAL;
	if (copy_from_user(&value, buffer, count))
		return -EFAULT;
	if (count == 4)
		writel(value, edu->regs + *pos);
	else
		writeq(value, edu->regs + *pos);
	*pos += count;
	return count;
}

static vm_fault_t edu_fault(struct vm_fault *vmf)
{
	struct edu *edu = vmf->vma->vm_private_data;
	unsigned long pfn = PHYS_PFN(pci_resource_start(edu->pdev, 0));

	return vmf_insert_pfn(vmf->vma, vmf->address, pfn + vmf->pgoff);
}

static const struct vm_operations_struct edu_vm_ops = {
	.fault = edu_fault,
};

static int edu_mmap(struct vfio_device *vdev, struct vm_area_struct *vma)
{
	struct edu *edu = edu_of(vdev);
	unsigned long pages = pci_resource_len(edu->pdev, 0) >> PAGE_SHIFT;
	unsigned long pfn = PHYS_PFN(pci_resource_start(edu->pdev, 0));

	if (vma->vm_pgoff + vma_pages(vma) > pages ||
	    !(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	vma->vm_private_data = edu;
	vma->vm_page_prot = pgprot_noncached(vma->vm_page_prot);
	vma->vm_ops = &edu_vm_ops;
	/* Any flags that a VMA of a device has; older kernels lack a setter. */
	return io_remap_pfn_range(vma, vma->vm_start, pfn + vma->vm_pgoff,
				  vma->vm_end - vma->vm_start,
				  vma->vm_page_prot);
}

static long edu_ioctl(struct vfio_device *vdev, unsigned int request,
		      unsigned long argument)
{
	struct edu *edu = edu_of(vdev);
	void __user *at = (void __user *)argument;

	switch (request) {
	case VFIO_EDU_GET_COUNTS:
		return copy_to_user(at, &edu->counts, sizeof(edu->counts))
			       ? -EFAULT
			       : 0;
	case VFIO_EDU_FAIL_OPEN:
		atomic_set(&fail_open, argument);
		return 0;
	case VFIO_EDU_ZAP:
		zap(edu);
		return 0;
	default:
		return -ENOTTY;
	}
}

static int edu_feature(struct vfio_device *vdev, u32 feature, u32 flags,
		       void __user *data, size_t size)
{
	u32 can = VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_SET;
	struct edu *edu = edu_of(vdev);
	int rc;

	if (feature != VFIO_EDU_FEATURE)
		return -ENOTTY;
	rc = vfio_feature_check(flags, size, can, sizeof(edu->feature));
	if (rc != 1)
		return rc;
	if (flags & VFIO_DEVICE_FEATURE_SET)
		rc = copy_from_user(&edu->feature, data, sizeof(edu->feature));
	else
		rc = copy_to_user(data, &edu->feature, sizeof(edu->feature));
	return rc ? -EFAULT : 0;
}

static void edu_request(struct vfio_device *vdev, unsigned int count)
{
	struct edu *edu = edu_of(vdev);

	edu->counts.requested++;
	edu->counts.request_count = count;
}

static int edu_match(struct vfio_device *vdev, const char *name)
{
	const char *own = dev_name(vdev->dev);

	if (!strcmp(name, VFIO_EDU_NO_NAME))
		return -ERANGE;
	if (!strncmp(name, VFIO_EDU_PREFIX, strlen(VFIO_EDU_PREFIX)))
		name += strlen(VFIO_EDU_PREFIX);
	return !strcmp(name, own);
}

static const struct vfio_device_ops edu_ops = {
	.owner = THIS_MODULE,
	.name = KBUILD_MODNAME,
	.open_device = edu_open,
	.close_device = edu_close,
	.read = edu_read,
	.write = edu_write,
	.ioctl = edu_ioctl,
	.feature = edu_feature,
	.mmap = edu_mmap,
	.request = edu_request,
	.match = edu_match,
};

/*
 * All of the device that is used. To enable it as a whole would be to look for
 * its interrupt in ACPI's tables, which takes a debug kernel many seconds.
 */
static void decode_memory(struct pci_dev *pdev)
{
	u16 command;

	pci_read_config_word(pdev, PCI_COMMAND, &command);
	pci_write_config_word(pdev, PCI_COMMAND, command | PCI_COMMAND_MEMORY);
}

static int edu_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct edu *edu;
	int rc;

	edu = vfio_device_alloc_as(struct edu, vdev, &pdev->dev, &edu_ops);
	if (IS_ERR(edu))
		return PTR_ERR(edu);
	edu->pdev = pdev;
	rc = -ENOMEM;
	edu->regs = pcim_iomap(pdev, 0, 0);
	if (!edu->regs)
		goto put_device;
	decode_memory(pdev);
	/* Those on one bus would be reset together. */
	rc = vfio_device_join_set(&edu->vdev, pdev->bus);
	if (rc)
		goto put_device;
	pci_set_drvdata(pdev, edu);
	rc = vfio_device_register(&edu->vdev);
	if (rc)
		goto put_device;
	return 0;

put_device:
	vfio_device_put(&edu->vdev);
	return rc;
}

static void edu_remove(struct pci_dev *pdev)
{
	struct edu *edu = pci_get_drvdata(pdev);

	vfio_device_unregister(&edu->vdev);
	vfio_device_put(&edu->vdev);
}

static const struct pci_device_id edu_ids[] = {
	{ PCI_DEVICE(EDU_VENDOR, EDU_DEVICE) }, {}
};

static struct pci_driver edu_driver = {
	.name = KBUILD_MODNAME,
	.id_table = edu_ids,
	.probe = edu_probe,
	.remove = edu_remove,
	.driver_managed_dma = true,
};
module_pci_driver(edu_driver);

MODULE_DESCRIPTION("Test of VFIO's core with QEMU's edu devices");
MODULE_IMPORT_NS(IOMMUFD_VFIO);
MODULE_LICENSE("GPL");
