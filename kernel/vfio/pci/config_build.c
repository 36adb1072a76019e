// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the table of rows means for one device: found when it is opened, by
 * walking its lists of capabilities. Those that the table does not know are
 * taken out of the lists that the user sees.
 */
#include <linux/pci.h>
#include <linux/slab.h>

#include "pci.h"

/* What is kept begins as the hardware has it. */
static void open_byte(struct vfio_pci *vpci, const struct config_row *row,
		      unsigned int pos, unsigned int i)
{
	struct config_byte *byte = &vpci->config.bytes[pos];
	unsigned int shift = 8 * (i % 4);

	/* Capabilities that lie in each other: the first one has it. */
	if (byte->live || byte->kept)
		return;
	byte->live = row->live >> shift;
	byte->kept = row->kept >> shift;
	byte->writable = row->writable >> shift;
	byte->effect = row->effect;
	if (byte->kept)
		pci_read_config_byte(vpci->pdev, pos, &byte->value);
}

static void open_row(struct vfio_pci *vpci, const struct config_row *row,
		     unsigned int pos)
{
	unsigned int size, end, i;

	size = vfio_pci_config_row_size(row, vpci->pdev, pos);
	end = row->in == CONFIG_EXTENDED ? PCI_CFG_SPACE_EXP_SIZE
					 : PCI_CFG_SPACE_SIZE;
	for (i = 0; i < size && pos + row->offset + i < end; i++)
		open_byte(vpci, row, pos + row->offset + i, i);
}

/* Whether the table knows it; if so its rows are opened. */
static bool open_rows(struct vfio_pci *vpci, enum config_in in, u16 id,
		      unsigned int pos)
{
	const struct config_row *row;
	bool known = false;

	for (row = vfio_pci_config_rows; row->live | row->kept; row++) {
		if (row->in != in || row->id != id)
			continue;
		open_row(vpci, row, pos);
		known = true;
	}
	return known;
}

static void keep(struct vfio_pci_config *config, unsigned int pos,
		 unsigned int size, u32 value)
{
	unsigned int i;

	for (i = 0; i < size; i++)
		config->bytes[pos + i] = (struct config_byte){ .kept = 0xff };
	vfio_pci_config_set(config, pos, size, value);
}

/*
 * Each entry is linked to only once it turns out to be known. Hardware may
 * have lists that run in circles.
 */
static void open_capabilities(struct vfio_pci *vpci)
{
	struct vfio_pci_config *config = &vpci->config;
	unsigned int link = PCI_CAPABILITY_LIST;
	DECLARE_BITMAP(seen, PCI_CFG_SPACE_SIZE / 4) = {};
	u8 pos = 0, id = 0, next = 0;
	u16 status = 0;

	pci_read_config_word(vpci->pdev, PCI_STATUS, &status);
	if (status & PCI_STATUS_CAP_LIST)
		pci_read_config_byte(vpci->pdev, PCI_CAPABILITY_LIST, &pos);
	keep(config, link, 1, 0);
	for (pos &= ~3; pos >= PCI_STD_HEADER_SIZEOF; pos = next & ~3) {
		if (test_and_set_bit(pos / 4, seen))
			break;
		pci_read_config_byte(vpci->pdev, pos + PCI_CAP_LIST_ID, &id);
		if (id == 0xff)
			break;
		pci_read_config_byte(vpci->pdev, pos + PCI_CAP_LIST_NEXT,
				     &next);
		if (!open_rows(vpci, CONFIG_CAPABILITY, id, pos))
			continue;
		keep(config, pos, 2, id);
		vfio_pci_config_set(config, link, 1, pos);
		link = pos + PCI_CAP_LIST_NEXT;
	}
	if (link == PCI_CAPABILITY_LIST)
		vfio_pci_config_set(config, PCI_STATUS, 2, 0);
}

/* A header of the extended list with @next in it. */
static void link_extended(struct vfio_pci_config *config, unsigned int pos,
			  unsigned int next)
{
	u32 header = vfio_pci_config_get(config, pos, 4);

	vfio_pci_config_set(config, pos, 4, (header & 0xfffff) | next << 20);
}

/*
 * The list always begins at the same place. If what is there is not known it
 * is a capability without id and content, from which the rest hangs.
 */
static void open_extended(struct vfio_pci *vpci)
{
	struct vfio_pci_config *config = &vpci->config;
	unsigned int pos = PCI_CFG_SPACE_SIZE, link = 0;
	DECLARE_BITMAP(seen, PCI_CFG_SPACE_EXP_SIZE / 4) = {};
	u32 header = 0;

	if (config->size <= PCI_CFG_SPACE_SIZE)
		return;
	keep(config, pos, 4, 0);
	for (; pos >= PCI_CFG_SPACE_SIZE; pos = PCI_EXT_CAP_NEXT(header) & ~3) {
		pci_read_config_dword(vpci->pdev, pos, &header);
		if (!header || header == U32_MAX ||
		    test_and_set_bit(pos / 4, seen))
			break;
		if (!open_rows(vpci, CONFIG_EXTENDED, PCI_EXT_CAP_ID(header),
			       pos))
			continue;
		keep(config, pos, 4, header & 0xfffff);
		if (link || pos != PCI_CFG_SPACE_SIZE)
			link_extended(config, link ?: PCI_CFG_SPACE_SIZE, pos);
		link = pos;
	}
}

/* What the header of a virtual function does not say itself. */
static void open_virtual_function(struct vfio_pci *vpci)
{
	struct pci_dev *pdev = vpci->pdev;

	vfio_pci_config_set(&vpci->config, PCI_VENDOR_ID, 2, pdev->vendor);
	vfio_pci_config_set(&vpci->config, PCI_DEVICE_ID, 2, pdev->device);
	if (pdev->no_command_memory)
		vfio_pci_config_set(&vpci->config, PCI_COMMAND, 2,
				    PCI_COMMAND_MEMORY);
}

/**
 * vfio_pci_config_open() - find out what of a device may be seen and written
 * @vpci: being opened, its device enabled and reset
 *
 * Context: may sleep. Undo with vfio_pci_config_close().
 * Return: 0, or -ENOMEM.
 */
int vfio_pci_config_open(struct vfio_pci *vpci)
{
	struct vfio_pci_config *config = &vpci->config;

	config->size = vpci->pdev->cfg_size;
	config->bytes = kvcalloc(config->size, sizeof(*config->bytes),
				 GFP_KERNEL_ACCOUNT);
	if (!config->bytes)
		return -ENOMEM;
	open_rows(vpci, CONFIG_HEADER, 0, 0);
	open_capabilities(vpci);
	open_extended(vpci);
	open_virtual_function(vpci);
	vfio_pci_config_bars(vpci);
	if (!vfio_pci_irq_count(vpci, VFIO_PCI_INTX_IRQ_INDEX))
		vfio_pci_config_set(config, PCI_INTERRUPT_PIN, 1, 0);
	vpci->command = vfio_pci_config_get(config, PCI_COMMAND, 1);
	/* INTx is off for another reason: no one listens yet. */
	vfio_pci_config_set(config, PCI_COMMAND, 2,
			    vfio_pci_config_get(config, PCI_COMMAND, 2) &
				    ~PCI_COMMAND_INTX_DISABLE);
	return 0;
}

/**
 * vfio_pci_config_close() - undo vfio_pci_config_open()
 * @vpci: nobody accesses its configuration space any more
 *
 * Context: may sleep.
 */
void vfio_pci_config_close(struct vfio_pci *vpci)
{
	kvfree(vpci->config.bytes);
	vpci->config.bytes = NULL;
}
