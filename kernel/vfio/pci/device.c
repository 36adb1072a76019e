// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device while a user has it: made ready when it is opened, quiet and as it
 * was when it is closed.
 */
#include <linux/pci.h>
#include <linux/pm_runtime.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "pci.h"

static void find_msix_table(struct vfio_pci *vpci)
{
	struct pci_dev *pdev = vpci->pdev;
	u32 count = vfio_pci_irq_count(vpci, VFIO_PCI_MSIX_IRQ_INDEX);
	u32 table = 0;

	vpci->msix_bar = -1;
	if (!count)
		return;
	pci_read_config_dword(pdev, pdev->msix_cap + PCI_MSIX_TABLE, &table);
	vpci->msix_bar = table & PCI_MSIX_TABLE_BIR;
	vpci->msix_start = table & PCI_MSIX_TABLE_OFFSET;
	vpci->msix_end = vpci->msix_start + count * PCI_MSIX_ENTRY_SIZE;
}

/* As the user will find it. What it was before is put back in the end. */
static int reset_and_save(struct vfio_pci *vpci)
{
	struct pci_dev *pdev = vpci->pdev;
	int rc;

	rc = pci_try_reset_function(pdev);
	if (rc == -EAGAIN)
		return rc;
	vpci->can_reset = !rc;
	vpci->dirty = true;
	pci_save_state(pdev);
	vpci->saved = pci_store_saved_state(pdev);
	return vpci->saved ? 0 : -ENOMEM;
}

static int open_device(struct vfio_device *vdev)
{
	struct vfio_pci *vpci = to_vfio_pci(vdev);
	struct pci_dev *pdev = vpci->pdev;
	int rc;

	rc = pm_runtime_resume_and_get(&pdev->dev);
	if (rc)
		return rc;
	pci_clear_master(pdev);
	rc = pci_enable_device(pdev);
	if (rc)
		goto put_power;
	rc = reset_and_save(vpci);
	if (rc)
		goto disable_device;
	vfio_pci_irqs_open(vpci);
	find_msix_table(vpci);
	rc = vfio_pci_config_open(vpci);
	if (rc)
		goto free_saved;
	vfio_pci_bars_open(vpci);
	return 0;

free_saved:
	pci_load_and_free_saved_state(pdev, &vpci->saved);
	pci_restore_state(pdev);
disable_device:
	pci_disable_device(pdev);
put_power:
	pm_runtime_put(&pdev->dev);
	return rc;
}

/* Also when it wakes up, which all that follows needs. */
static void stop_dma(struct vfio_pci *vpci)
{
	struct pci_dev *pdev = vpci->pdev;
	u8 command = 0;

	down_write(&vpci->memory_lock);
	pci_read_config_byte(pdev, PCI_COMMAND, &command);
	vfio_pci_intx_command(vpci, command & ~PCI_COMMAND_MASTER);
	vpci->command &= ~PCI_COMMAND_MASTER;
	vfio_pci_set_power(vpci, PCI_D0);
	/* What does not wake up is not there any more. */
	kfree(vpci->asleep);
	vpci->asleep = NULL;
	up_write(&vpci->memory_lock);
}

/*
 * If the lock cannot be had the device is being taken from its driver, whose
 * remove() then does this; or the next one who opens it.
 */
static void reset_and_restore(struct vfio_pci *vpci)
{
	struct pci_dev *pdev = vpci->pdev;

	pci_load_and_free_saved_state(pdev, &vpci->saved);
	if (vpci->can_reset && pci_device_is_present(pdev) &&
	    pci_dev_trylock(pdev)) {
		vpci->dirty = __pci_reset_function_locked(pdev);
		pci_dev_unlock(pdev);
	}
	pci_restore_state(pdev);
	/* Until it is enabled again, by whoever serves it. */
	if (vpci->dirty)
		vfio_pci_intx_silence(vpci);
}

static void close_device(struct vfio_device *vdev)
{
	struct vfio_pci *vpci = to_vfio_pci(vdev);

	stop_dma(vpci);
	vfio_pci_irqs_close(vpci);
	vfio_pci_bars_close(vpci);
	vfio_pci_config_close(vpci);
	reset_and_restore(vpci);
	pci_disable_device(vpci->pdev);
	vfio_pci_reset_unused(vpci);
	pm_runtime_put(&vpci->pdev->dev);
}

static long device_info(struct vfio_pci *vpci, void __user *argument)
{
	size_t size = offsetofend(struct vfio_device_info, num_irqs);
	struct vfio_device_info info;

	if (copy_from_user(&info, argument, size))
		return -EFAULT;
	if (info.argsz < size)
		return -EINVAL;
	info.flags = VFIO_DEVICE_FLAGS_PCI;
	if (vpci->can_reset)
		info.flags |= VFIO_DEVICE_FLAGS_RESET;
	info.num_regions = VFIO_PCI_NUM_REGIONS;
	info.num_irqs = VFIO_PCI_NUM_IRQS;
	return copy_to_user(argument, &info, size) ? -EFAULT : 0;
}

static long device_reset(struct vfio_pci *vpci)
{
	int rc;

	mutex_lock(&vpci->config.lock);
	rc = vfio_pci_reset(vpci);
	mutex_unlock(&vpci->config.lock);
	return rc;
}

static long device_ioctl(struct vfio_device *vdev, unsigned int request,
			 unsigned long argument)
{
	struct vfio_pci *vpci = to_vfio_pci(vdev);
	void __user *user = (void __user *)argument;

	switch (request) {
	case VFIO_DEVICE_GET_INFO:
		return device_info(vpci, user);
	case VFIO_DEVICE_GET_REGION_INFO:
		return vfio_pci_region_info(vpci, user);
	case VFIO_DEVICE_GET_IRQ_INFO:
		return vfio_pci_irq_info(vpci, user);
	case VFIO_DEVICE_SET_IRQS:
		return vfio_pci_set_irqs(vpci, user);
	case VFIO_DEVICE_RESET:
		return device_reset(vpci);
	case VFIO_DEVICE_GET_PCI_HOT_RESET_INFO:
		return vfio_pci_hot_reset_info(vpci, user);
	case VFIO_DEVICE_PCI_HOT_RESET:
		return vfio_pci_hot_reset(vpci, user);
	default:
		return -ENOTTY;
	}
}

static void request(struct vfio_device *vdev, unsigned int count)
{
	vfio_pci_event_request(to_vfio_pci(vdev), count);
}

const struct vfio_device_ops vfio_pci_ops = {
	.owner = THIS_MODULE,
	.name = "vfio-pci",
	.open_device = open_device,
	.close_device = close_device,
	.read = vfio_pci_read,
	.write = vfio_pci_write,
	.ioctl = device_ioctl,
	.mmap = vfio_pci_mmap,
	.request = request,
};
