// SPDX-License-Identifier: GPL-2.0-only
/*
 * The driver "vfio-pci": takes PCI devices that it is told to take, by
 * driver_override or new_id, and gives them to VFIO's core. A device that
 * nobody has opened sleeps.
 */
#include <linux/err.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/pm_runtime.h>

#include "pci.h"
#include "version.h"

static int register_device(struct vfio_pci *vpci)
{
	const void *key = vfio_pci_reset_key(vpci->pdev);
	int rc = 0;

	if (key)
		rc = vfio_device_join_set(&vpci->vdev, key);
	return rc ?: vfio_device_register(&vpci->vdev);
}

static struct vfio_pci *alloc_device(struct pci_dev *pdev)
{
	struct vfio_pci *vpci;

	vpci = vfio_device_alloc_as(struct vfio_pci, vdev, &pdev->dev,
				    &vfio_pci_ops);
	if (IS_ERR(vpci))
		return vpci;
	vpci->pdev = pdev;
	vpci->msix_bar = -1;
	mutex_init(&vpci->config.lock);
	mutex_init(&vpci->bars_lock);
	init_rwsem(&vpci->memory_lock);
	vfio_pci_irqs_init(vpci);
	return vpci;
}

static int probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct vfio_pci *vpci;
	int rc;

	/* Bridges stay with the kernel, whatever they are asked to be. */
	if (pdev->hdr_type != PCI_HEADER_TYPE_NORMAL)
		return -EINVAL;
	/* Whoever has those must not depend on what a user does to this. */
	if (pci_num_vf(pdev))
		return -EBUSY;
	vpci = alloc_device(pdev);
	if (IS_ERR(vpci))
		return PTR_ERR(vpci);
	pci_set_drvdata(pdev, vpci);
	/* The bus holds one more for the time of this. */
	pm_runtime_allow(&pdev->dev);
	pm_runtime_put(&pdev->dev);
	rc = register_device(vpci);
	if (rc)
		goto hold_power;
	return 0;

hold_power:
	pm_runtime_get_noresume(&pdev->dev);
	pm_runtime_forbid(&pdev->dev);
	vfio_device_put(&vpci->vdev);
	return rc;
}

/* Its user may have held it until just now, when it could not be reset. */
static void reset_if_used(struct vfio_pci *vpci)
{
	struct pci_dev *pdev = vpci->pdev;

	if (!vpci->dirty || !vpci->can_reset || !pci_device_is_present(pdev))
		return;
	pci_cfg_access_lock(pdev);
	pci_save_state(pdev);
	__pci_reset_function_locked(pdev);
	pci_restore_state(pdev);
	pci_cfg_access_unlock(pdev);
}

static void remove(struct pci_dev *pdev)
{
	struct vfio_pci *vpci = pci_get_drvdata(pdev);

	vfio_device_unregister(&vpci->vdev);
	pm_runtime_get_sync(&pdev->dev);
	pm_runtime_forbid(&pdev->dev);
	reset_if_used(vpci);
	vfio_device_put(&vpci->vdev);
}

/* Errors are the user's to deal with, who alone knows what the device does. */
static pci_ers_result_t error_detected(struct pci_dev *pdev,
				       pci_channel_state_t state)
{
	vfio_pci_event_error(pci_get_drvdata(pdev));
	return PCI_ERS_RESULT_CAN_RECOVER;
}

static const struct pci_error_handlers error_handlers = {
	.error_detected = error_detected,
};

/* The bus does all of it, for a driver that has any. */
static const struct dev_pm_ops power = {};

static const struct pci_device_id ids[] = {
	{ PCI_DRIVER_OVERRIDE_DEVICE_VFIO(PCI_ANY_ID, PCI_ANY_ID) }, {}
};
MODULE_DEVICE_TABLE(pci, ids);

static struct pci_driver vfio_pci_driver = {
	.name = "vfio-pci",
	.id_table = ids,
	.probe = probe,
	.remove = remove,
	.err_handler = &error_handlers,
	.driver_managed_dma = true,
	.driver.pm = &power,
};
module_pci_driver(vfio_pci_driver);

MODULE_DESCRIPTION("PCI devices for user space");
MODULE_VERSION(IOMMUFDCTL_VERSION);
MODULE_IMPORT_NS(IOMMUFD);
MODULE_IMPORT_NS(IOMMUFD_VFIO);
MODULE_LICENSE("GPL");
