// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes a device look as old as PCI 2.2, in which none can be told to keep its
 * INTx to itself, for as long as this is loaded; and shares its line, if asked
 * to. QEMU has no such device.
 */
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/pci.h>

static char *device;
module_param(device, charp, 0444);
MODULE_PARM_DESC(device, "its place on the bus, as in /sys/bus/pci/devices");

static bool shared;
module_param(shared, bool, 0444);
MODULE_PARM_DESC(shared, "somebody else uses its line");

static struct pci_dev *pdev;

static irqreturn_t not_ours(int irq, void *data)
{
	return IRQ_NONE;
}

static int share(void)
{
	int rc;

	/* Only then its line is known. */
	rc = pci_enable_device(pdev);
	if (rc)
		return rc;
	rc = request_irq(pdev->irq, not_ours, IRQF_SHARED, "old_intx", &pdev);
	if (rc)
		pci_disable_device(pdev);
	return rc;
}

static int __init old_intx_init(void)
{
	struct device *dev;
	int rc = 0;

	dev = bus_find_device_by_name(&pci_bus_type, NULL, device ?: "");
	if (!dev)
		return -ENODEV;
	pdev = to_pci_dev(dev);
	if (shared)
		rc = share();
	if (rc)
		put_device(dev);
	else
		pdev->broken_intx_masking = 1;
	return rc;
}

static void __exit old_intx_exit(void)
{
	pdev->broken_intx_masking = 0;
	if (shared) {
		free_irq(pdev->irq, &pdev);
		pci_disable_device(pdev);
	}
	pci_dev_put(pdev);
}

module_init(old_intx_init);
module_exit(old_intx_exit);

MODULE_DESCRIPTION("Makes a PCI device look older than it is");
MODULE_LICENSE("GPL");
