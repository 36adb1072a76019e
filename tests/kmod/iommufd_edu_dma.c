// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lets a program bind QEMU's edu devices to iommufd, attach them and have them
 * do DMA: all that a driver does that gives a device to user space, and real
 * DMA through a real IOMMU's page tables. See edu_dma.h for the requests.
 *
 * No request of a program is checked that iommufd has to check, so that what
 * it does with a driver's mistakes can be tested.
 */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/io-64-nonatomic-lo-hi.h>
#include <linux/iommu.h>
#include <linux/iopoll.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/uaccess.h>

#include "edu.h"
#include "edu_dma.h"
#include "iommufd.h"

#define EDUS_MAX 4

/**
 * struct edu - a place for a device; never freed, so that files may stay open
 * @lock: protects what follows, and makes requests one at a time
 * @pdev: the device, or NULL when there is none, or it has gone
 * @regs: its registers
 * @idev: what it is to iommufd, or NULL
 * @misc: /dev/edu_dmaN
 * @name: N included
 */
struct edu {
	/* Protects @pdev, @regs and @idev. */
	struct mutex lock;
	struct pci_dev *pdev;
	void __iomem *regs;
	struct iommufd_device *idev;
	struct miscdevice misc;
	char name[16];
};

static struct edu edus[EDUS_MAX];

static int edu_bind(struct edu *edu, u32 *id)
{
	struct iommufd_device *idev;
	struct iommufd_ctx *ictx;

	if (edu->idev)
		return -EBUSY;
	ictx = iommufd_ctx_from_fd(*id);
	if (IS_ERR(ictx))
		return PTR_ERR(ictx);
	idev = iommufd_device_bind(ictx, &edu->pdev->dev, id);
	iommufd_ctx_put(ictx);
	if (IS_ERR(idev))
		return PTR_ERR(idev);
	edu->idev = idev;
	return 0;
}

static void edu_unbind(struct edu *edu)
{
	if (!edu->idev)
		return;
	iommufd_device_detach(edu->idev);
	iommufd_device_unbind(edu->idev);
	edu->idev = NULL;
}

static int edu_copy(struct edu *edu, const struct edu_dma_copy *copy)
{
	u32 command = EDU_DMA_START;

	if (!copy->length || copy->length > EDU_DMA_ROOM)
		return -EINVAL;
	if (copy->to_memory)
		command |= EDU_DMA_TO_MEMORY;
	writeq(copy->to_memory ? EDU_BUFFER : copy->iova,
	       edu->regs + EDU_DMA_FROM);
	writeq(copy->to_memory ? copy->iova : EDU_BUFFER,
	       edu->regs + EDU_DMA_TO);
	writeq(copy->length, edu->regs + EDU_DMA_COUNT);
	writeq(command, edu->regs + EDU_DMA_COMMAND);
	/* It takes 100 ms of the guest's time. */
	return readl_poll_timeout(edu->regs + EDU_DMA_COMMAND, command,
				  !(command & EDU_DMA_START), 1000, 10000000);
}

static int edu_is_had(struct edu *edu, u32 *by)
{
	struct iommu_group *group;
	struct iommufd_ctx *ictx;

	ictx = iommufd_ctx_from_fd(*by);
	if (IS_ERR(ictx))
		return PTR_ERR(ictx);
	*by = 0;
	if (edu->idev && iommufd_device_to_ictx(edu->idev) == ictx)
		*by |= EDU_DMA_HAS_DEVICE;
	group = iommu_group_get(&edu->pdev->dev);
	if (iommufd_ctx_has_group(ictx, group))
		*by |= EDU_DMA_HAS_GROUP;
	iommu_group_put(group);
	iommufd_ctx_put(ictx);
	return 0;
}

static int edu_change(struct edu *edu, unsigned int request, u32 *id)
{
	if (request == EDU_DMA_BIND)
		return edu_bind(edu, id);
	if (request == EDU_DMA_HAS)
		return edu_is_had(edu, id);
	if (!edu->idev)
		return -EINVAL;
	if (request == EDU_DMA_ID) {
		*id = iommufd_device_to_id(edu->idev);
		return 0;
	}
	if (request == EDU_DMA_ATTACH)
		return iommufd_device_attach(edu->idev, id);
	return iommufd_device_replace(edu->idev, id);
}

static long edu_request(struct edu *edu, unsigned int request,
			void __user *argument)
{
	struct edu_dma_copy copy;
	u32 id;
	int rc;

	switch (request) {
	case EDU_DMA_BIND:
	case EDU_DMA_ATTACH:
	case EDU_DMA_REPLACE:
	case EDU_DMA_ID:
	case EDU_DMA_HAS:
		if (copy_from_user(&id, argument, sizeof(id)))
			return -EFAULT;
		rc = edu_change(edu, request, &id);
		if (!rc && copy_to_user(argument, &id, sizeof(id)))
			return -EFAULT;
		return rc;
	case EDU_DMA_UNBIND:
		edu_unbind(edu);
		return 0;
	case EDU_DMA_DETACH:
		if (!edu->idev)
			return -EINVAL;
		iommufd_device_detach(edu->idev);
		return 0;
	case EDU_DMA_COPY:
		if (copy_from_user(&copy, argument, sizeof(copy)))
			return -EFAULT;
		return edu_copy(edu, &copy);
	default:
		return -ENOTTY;
	}
}

static struct edu *edu_of(struct file *file)
{
	/* Which misc_open() has set. */
	return container_of(file->private_data, struct edu, misc);
}

static long edu_ioctl(struct file *file, unsigned int request,
		      unsigned long argument)
{
	struct edu *edu = edu_of(file);
	long rc = -ENODEV;

	mutex_lock(&edu->lock);
	if (edu->pdev)
		rc = edu_request(edu, request, (void __user *)argument);
	mutex_unlock(&edu->lock);
	return rc;
}

/* The program is gone: so is what it used. */
static int edu_close(struct inode *inode, struct file *file)
{
	struct edu *edu = edu_of(file);

	mutex_lock(&edu->lock);
	edu_unbind(edu);
	mutex_unlock(&edu->lock);
	return 0;
}

static const struct file_operations edu_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = edu_ioctl,
	.release = edu_close,
};

static struct edu *edu_free_place(void)
{
	int i;

	for (i = 0; i < EDUS_MAX; i++) {
		if (!edus[i].pdev)
			return &edus[i];
	}
	return NULL;
}

static int edu_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct edu *edu = edu_free_place();
	int rc;

	if (!edu)
		return -ENOSPC;
	rc = pcim_enable_device(pdev);
	if (rc)
		return rc;
	edu->regs = pcim_iomap(pdev, 0, 0);
	if (!edu->regs)
		return -ENOMEM;
	pci_set_master(pdev);

	edu->misc = (struct miscdevice){
		.minor = MISC_DYNAMIC_MINOR,
		.name = edu->name,
		.fops = &edu_fops,
	};
	edu->pdev = pdev;
	rc = misc_register(&edu->misc);
	if (rc) {
		edu->pdev = NULL;
		return rc;
	}
	pci_set_drvdata(pdev, edu);
	return 0;
}

static void edu_remove(struct pci_dev *pdev)
{
	struct edu *edu = pci_get_drvdata(pdev);

	misc_deregister(&edu->misc);
	mutex_lock(&edu->lock);
	edu_unbind(edu);
	pci_clear_master(pdev);
	edu->pdev = NULL;
	mutex_unlock(&edu->lock);
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

static int __init edu_init(void)
{
	int i;

	for (i = 0; i < EDUS_MAX; i++) {
		mutex_init(&edus[i].lock);
		snprintf(edus[i].name, sizeof(edus[i].name), "edu_dma%d", i);
	}
	return pci_register_driver(&edu_driver);
}

static void __exit edu_exit(void)
{
	pci_unregister_driver(&edu_driver);
}

module_init(edu_init);
module_exit(edu_exit);

MODULE_DESCRIPTION("Test of iommufd with DMA of QEMU's edu devices");
MODULE_IMPORT_NS(IOMMUFD);
MODULE_LICENSE("GPL");
