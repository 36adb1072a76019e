// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whether the device's memory may be accessed. Where it does not decode, an
 * access can be an error of the bus that takes the machine down, so that
 * mappings are taken away before and come back by faults.
 */
#include <linux/mm.h>
#include <linux/pci.h>

#include "pci.h"

/**
 * vfio_pci_memory_usable() - whether the device answers at its BARs
 * @vpci: while open
 *
 * Context: vfio_pci::memory_lock is held.
 * Return: whether it does, for as long as the lock is held.
 */
bool vfio_pci_memory_usable(struct vfio_pci *vpci)
{
	lockdep_assert_held(&vpci->memory_lock);
	return vpci->pdev->current_state == PCI_D0 &&
	       vpci->command & PCI_COMMAND_MEMORY;
}

/**
 * vfio_pci_memory_revoke() - take away what users have mapped
 * @vpci: while open
 *
 * Context: may sleep; vfio_pci::memory_lock is held for writing.
 */
void vfio_pci_memory_revoke(struct vfio_pci *vpci)
{
	lockdep_assert_held_write(&vpci->memory_lock);
	unmap_mapping_range(vfio_device_mapping(&vpci->vdev),
			    REGION_OFFSET(VFIO_PCI_BAR0_REGION_INDEX),
			    REGION_OFFSET(VFIO_PCI_ROM_REGION_INDEX), true);
}

/**
 * vfio_pci_memory_force() - let the kernel access memory that may be off
 * @vpci: while open; it can be asleep
 *
 * Context: may sleep. Takes vfio_pci::memory_lock and keeps it until
 *	vfio_pci_memory_unforce().
 * Return: to be given to that.
 */
struct vfio_pci_forced vfio_pci_memory_force(struct vfio_pci *vpci)
{
	struct pci_dev *pdev = vpci->pdev;
	struct vfio_pci_forced was = {};

	down_write(&vpci->memory_lock);
	was.power = pdev->current_state;
	vfio_pci_set_power(vpci, PCI_D0);
	pci_read_config_byte(pdev, PCI_COMMAND, &was.command);
	if (!(was.command & PCI_COMMAND_MEMORY)) {
		vfio_pci_config_restore_bars(vpci);
		vfio_pci_intx_command(vpci, was.command | PCI_COMMAND_MEMORY);
	}
	return was;
}

/**
 * vfio_pci_memory_unforce() - undo vfio_pci_memory_force()
 * @vpci: while open
 * @was: what that returned
 *
 * Context: vfio_pci::memory_lock is held for writing, and released.
 */
void vfio_pci_memory_unforce(struct vfio_pci *vpci, struct vfio_pci_forced was)
{
	lockdep_assert_held_write(&vpci->memory_lock);
	if (!(was.command & PCI_COMMAND_MEMORY))
		vfio_pci_intx_command(vpci, was.command);
	/* Where no user can have put it: it was unplugged. */
	if (was.power != PCI_D3cold)
		vfio_pci_set_power(vpci, was.power);
	up_write(&vpci->memory_lock);
}
