// SPDX-License-Identifier: GPL-2.0-only
/*
 * Power states, and resets of one function. Both make a device forget what the
 * kernel has to put back, and both take its memory away.
 */
#include <linux/pci.h>

#include "pci.h"

/*
 * What was changed while the device could not keep it: the command register,
 * and in that whether INTx is masked.
 */
static void put_back(struct vfio_pci *vpci)
{
	vfio_pci_intx_command(vpci, vpci->command);
	vfio_pci_intx_again(vpci);
}

/**
 * vfio_pci_keep_power() - show the power state that there is
 * @vpci: while open
 *
 * Context: vfio_pci::memory_lock is held.
 */
void vfio_pci_keep_power(struct vfio_pci *vpci)
{
	struct vfio_pci_config *config = &vpci->config;
	unsigned int pos = vpci->pdev->pm_cap + PCI_PM_CTRL;
	u16 control;

	lockdep_assert_held(&vpci->memory_lock);
	if (!vpci->pdev->pm_cap)
		return;
	control = vfio_pci_config_get(config, pos, 2);
	control &= ~PCI_PM_CTRL_STATE_MASK;
	vfio_pci_config_set(config, pos, 2,
			    control | (__force u16)vpci->pdev->current_state);
}

static bool forgets(struct vfio_pci *vpci)
{
	u16 control = 0;

	pci_read_config_word(vpci->pdev, vpci->pdev->pm_cap + PCI_PM_CTRL,
			     &control);
	return !(control & PCI_PM_CTRL_NO_SOFT_RESET);
}

/**
 * vfio_pci_set_power() - change the power state
 * @vpci: while open
 * @state: PCI_D0 to PCI_D3hot; a state that the device has not got is ignored
 *
 * Context: may sleep; vfio_pci::memory_lock is held for writing.
 */
void vfio_pci_set_power(struct vfio_pci *vpci, pci_power_t state)
{
	struct pci_dev *pdev = vpci->pdev;

	lockdep_assert_held_write(&vpci->memory_lock);
	if (state == pdev->current_state)
		return;
	if (state != PCI_D0)
		vfio_pci_memory_revoke(vpci);
	if (state == PCI_D3hot && !vpci->asleep && forgets(vpci)) {
		pci_save_state(pdev);
		vpci->asleep = pci_store_saved_state(pdev);
		if (!vpci->asleep)
			return;
	}
	pci_set_power_state(pdev, state);
	if (pdev->current_state == PCI_D0 && vpci->asleep) {
		pci_load_and_free_saved_state(pdev, &vpci->asleep);
		pci_restore_state(pdev);
		put_back(vpci);
	}
}

/**
 * vfio_pci_reset_prepare() - take a device's memory away before a reset
 * @vpci: while open
 *
 * Context: may sleep; vfio_pci::memory_lock is held for writing, until
 *	vfio_pci_reset_done().
 */
void vfio_pci_reset_prepare(struct vfio_pci *vpci)
{
	vfio_pci_memory_revoke(vpci);
	vfio_pci_set_power(vpci, PCI_D0);
}

/**
 * vfio_pci_reset_done() - the kernel has put back what it saved
 * @vpci: while open
 *
 * Context: may sleep; vfio_pci::memory_lock is held for writing.
 */
void vfio_pci_reset_done(struct vfio_pci *vpci)
{
	lockdep_assert_held_write(&vpci->memory_lock);
	put_back(vpci);
	vfio_pci_keep_power(vpci);
}

/**
 * vfio_pci_reset() - reset the function, for its user
 * @vpci: while open
 *
 * Context: may sleep; vfio_pci_config::lock is held.
 * Return: 0; -EINVAL if it cannot be reset by itself; -EAGAIN if somebody else
 *	is at it, as when it is being taken away.
 */
int vfio_pci_reset(struct vfio_pci *vpci)
{
	int rc;

	lockdep_assert_held(&vpci->config.lock);
	if (!vpci->can_reset)
		return -EINVAL;
	down_write(&vpci->memory_lock);
	vfio_pci_reset_prepare(vpci);
	rc = pci_try_reset_function(vpci->pdev);
	vfio_pci_reset_done(vpci);
	up_write(&vpci->memory_lock);
	return rc;
}
