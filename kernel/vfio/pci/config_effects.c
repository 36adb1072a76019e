// SPDX-License-Identifier: GPL-2.0-only
/*
 * What happens when a user writes certain registers: all that this driver
 * writes to a device's configuration space for a user is written here.
 */
#include <linux/pci.h>

#include "pci.h"

/* Not while somebody resets the device, who would undo it. */
static int effect_command(struct vfio_pci *vpci)
{
	u16 command = vfio_pci_config_get(&vpci->config, PCI_COMMAND, 2);
	u8 low = command & (PCI_COMMAND_IO | PCI_COMMAND_MEMORY |
			    PCI_COMMAND_MASTER | PCI_COMMAND_PARITY);

	down_write(&vpci->memory_lock);
	if (!(low & PCI_COMMAND_MEMORY))
		vfio_pci_memory_revoke(vpci);
	if (low & (PCI_COMMAND_IO | PCI_COMMAND_MEMORY))
		vfio_pci_config_restore_bars(vpci);
	pci_cfg_access_lock(vpci->pdev);
	vfio_pci_intx_command(vpci, low);
	pci_cfg_access_unlock(vpci->pdev);
	vpci->command = low;
	up_write(&vpci->memory_lock);
	vfio_pci_intx_forbid(vpci, command & PCI_COMMAND_INTX_DISABLE);
	return 0;
}

/* A device that does not know the state stays in its own. */
static int effect_power(struct vfio_pci *vpci)
{
	struct vfio_pci_config *config = &vpci->config;
	unsigned int pos = vpci->pdev->pm_cap + PCI_PM_CTRL;
	u16 control = vfio_pci_config_get(config, pos, 2);

	if (!vpci->pdev->pm_cap)
		return 0;
	down_write(&vpci->memory_lock);
	vfio_pci_set_power(vpci, (__force pci_power_t)(control &
						       PCI_PM_CTRL_STATE_MASK));
	vfio_pci_keep_power(vpci);
	up_write(&vpci->memory_lock);
	return 0;
}

static int effect_devctl(struct vfio_pci *vpci)
{
	struct vfio_pci_config *config = &vpci->config;
	const u16 told = PCI_EXP_DEVCTL_RELAX_EN | PCI_EXP_DEVCTL_NOSNOOP_EN;
	unsigned int pos = pci_pcie_cap(vpci->pdev) + PCI_EXP_DEVCTL;
	u16 control = vfio_pci_config_get(config, pos, 2);
	u32 able = 0;

	/* While its bus is reset there is rubbish to be read. */
	down_read(&vpci->memory_lock);
	pcie_capability_clear_and_set_word(vpci->pdev, PCI_EXP_DEVCTL,
					   told & ~control, told & control);
	up_read(&vpci->memory_lock);
	if (!(control & PCI_EXP_DEVCTL_BCR_FLR))
		return 0;
	vfio_pci_config_set(config, pos, 2, control & ~PCI_EXP_DEVCTL_BCR_FLR);
	pcie_capability_read_dword(vpci->pdev, PCI_EXP_DEVCAP, &able);
	if (able & PCI_EXP_DEVCAP_FLR)
		vfio_pci_reset(vpci);
	return 0;
}

static int effect_af(struct vfio_pci *vpci)
{
	struct pci_dev *pdev = vpci->pdev;
	unsigned int pos = pci_find_capability(pdev, PCI_CAP_ID_AF);
	u8 control, able = 0;

	/* Of a device that is gone nothing is found any more. */
	if (!pos)
		return 0;
	control = vfio_pci_config_get(&vpci->config, pos + PCI_AF_CTRL, 1);
	vfio_pci_config_set(&vpci->config, pos + PCI_AF_CTRL, 1, 0);
	pci_user_read_config_byte(pdev, pos + PCI_AF_CAP, &able);
	if (control & PCI_AF_CTRL_FLR && able & PCI_AF_CAP_TP &&
	    able & PCI_AF_CAP_FLR)
		vfio_pci_reset(vpci);
	return 0;
}

/**
 * vfio_pci_config_effect() - a register was written
 * @vpci: while open, with the new value in place
 * @effect: what the register is
 *
 * Context: may sleep; vfio_pci_config::lock is held.
 * Return: 0, or an errno of the hardware's.
 */
int vfio_pci_config_effect(struct vfio_pci *vpci, enum config_effect effect)
{
	lockdep_assert_held(&vpci->config.lock);
	switch (effect) {
	case CONFIG_COMMAND:
		return effect_command(vpci);
	case CONFIG_POWER:
		return effect_power(vpci);
	case CONFIG_DEVCTL:
		return effect_devctl(vpci);
	case CONFIG_AF:
		return effect_af(vpci);
	default:
		return 0;
	}
}
