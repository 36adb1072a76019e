// SPDX-License-Identifier: GPL-2.0-only
/*
 * BARs of the configuration space: the user's are only kept, so that it can
 * find out sizes and a guest can place them. The hardware's stay as the kernel
 * has placed them.
 */
#include <linux/pci.h>

#include "pci.h"

static unsigned int bar_position(int index)
{
	return index == PCI_ROM_RESOURCE ? PCI_ROM_ADDRESS
					 : PCI_BASE_ADDRESS_0 + 4 * index;
}

/* One register, in which the bits of @writable may be written. */
static void open_bar(struct vfio_pci_config *config, unsigned int pos,
		     u32 value, u32 writable)
{
	unsigned int i;

	for (i = 0; i < 4; i++) {
		config->bytes[pos + i] = (struct config_byte){
			.kept = 0xff,
			.writable = writable >> (8 * i),
			.value = value >> (8 * i),
		};
	}
}

static u32 bar_flags(unsigned long flags)
{
	u32 bits;

	if (flags & IORESOURCE_IO)
		return PCI_BASE_ADDRESS_SPACE_IO;
	bits = PCI_BASE_ADDRESS_SPACE_MEMORY;
	if (flags & IORESOURCE_PREFETCH)
		bits |= PCI_BASE_ADDRESS_MEM_PREFETCH;
	if (flags & IORESOURCE_MEM_64)
		bits |= PCI_BASE_ADDRESS_MEM_TYPE_64;
	return bits;
}

/**
 * vfio_pci_config_bars() - what may be seen and written of BARs
 * @vpci: being opened
 *
 * As hardware would have it: what is below a BAR's size is fixed.
 *
 * Context: reads the device's configuration space.
 */
void vfio_pci_config_bars(struct vfio_pci *vpci)
{
	struct vfio_pci_config *config = &vpci->config;
	struct pci_dev *pdev = vpci->pdev;
	int i;

	for (i = 0; i <= PCI_ROM_RESOURCE; i++) {
		unsigned long flags = pci_resource_flags(pdev, i);
		u64 size = pci_resource_len(pdev, i);
		unsigned int pos = bar_position(i);
		u32 *bar = &config->bars[i];

		pci_read_config_dword(pdev, pos, bar);
		if (!size || !is_power_of_2(size)) {
			open_bar(config, pos, 0, 0);
		} else if (i == PCI_ROM_RESOURCE) {
			open_bar(config, pos, *bar & ~PCI_ROM_ADDRESS_ENABLE,
				 -size | PCI_ROM_ADDRESS_ENABLE);
		} else {
			open_bar(config, pos, (*bar & -size) | bar_flags(flags),
				 -size);
			if (!(flags & IORESOURCE_MEM_64))
				continue;
			pci_read_config_dword(pdev, pos + 4, bar + 1);
			open_bar(config, pos + 4, bar[1], -size >> 32);
			i++;
		}
	}
}

/**
 * vfio_pci_config_restore_bars() - put back BARs that the device has forgotten
 * @vpci: while open
 *
 * A user can reset a device by ways of its own, of which nobody else knows.
 *
 * Context: may sleep; vfio_pci::memory_lock is held for writing.
 */
void vfio_pci_config_restore_bars(struct vfio_pci *vpci)
{
	struct pci_dev *pdev = vpci->pdev;
	u32 value;
	int i;

	lockdep_assert_held_write(&vpci->memory_lock);
	/* Those of a virtual function are in its physical one. */
	if (pdev->is_virtfn)
		return;
	for (i = 0; i <= PCI_ROM_RESOURCE; i++) {
		unsigned int pos = bar_position(i);
		u32 bar = vpci->config.bars[i];

		if (pci_user_read_config_dword(pdev, pos, &value) ||
		    value == bar)
			continue;
		pci_user_write_config_dword(pdev, pos, bar);
	}
}
