// SPDX-License-Identifier: GPL-2.0-only
/*
 * The expansion ROM, which a user can only read. It is switched on for each
 * piece: in some devices it shares its decoder with the BARs.
 */
#include <linux/io.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "pci.h"

/**
 * vfio_pci_rom_size() - how long the ROM is
 * @vpci: while open
 *
 * Context: may sleep, takes vfio_pci::memory_lock.
 * Return: its BAR's size, or 0 if there is no ROM behind it.
 */
size_t vfio_pci_rom_size(struct vfio_pci *vpci)
{
	struct pci_dev *pdev = vpci->pdev;
	size_t length = pci_resource_len(pdev, PCI_ROM_RESOURCE);
	void __iomem *rom;
	size_t content;
	struct vfio_pci_forced was;

	if (!length)
		return 0;
	was = vfio_pci_memory_force(vpci);
	rom = pci_map_rom(pdev, &content);
	if (rom)
		pci_unmap_rom(pdev, rom);
	vfio_pci_memory_unforce(vpci, was);
	return rom ? length : 0;
}

/* What is behind the last image reads as erased. */
static int read_piece(struct vfio_pci *vpci, u8 *piece, size_t size, u64 pos)
{
	size_t content, there = 0;
	void __iomem *rom;
	struct vfio_pci_forced was;
	int rc = -EIO;

	was = vfio_pci_memory_force(vpci);
	rom = pci_map_rom(vpci->pdev, &content);
	if (!rom)
		goto unforce;
	if (pos < content)
		there = min_t(u64, size, content - pos);
	memcpy_fromio(piece, rom + pos, there);
	memset(piece + there, 0xff, size - there);
	pci_unmap_rom(vpci->pdev, rom);
	rc = 0;
unforce:
	vfio_pci_memory_unforce(vpci, was);
	return rc;
}

/**
 * vfio_pci_rom_read() - read the ROM
 * @vpci: while open
 * @buf: the user's
 * @count: how many bytes
 * @pos: from where on
 *
 * Context: may fault and sleep, takes vfio_pci::memory_lock.
 * Return: how many bytes were, or an errno.
 */
ssize_t vfio_pci_rom_read(struct vfio_pci *vpci, char __user *buf, size_t count,
			  u64 pos)
{
	u64 length = vfio_pci_rom_size(vpci);
	size_t done = 0;
	u8 *piece;
	int rc = 0;

	if (pos >= length)
		return -EINVAL;
	count = min_t(u64, count, length - pos);
	piece = kmalloc(PAGE_SIZE, GFP_KERNEL_ACCOUNT);
	if (!piece)
		return -ENOMEM;
	while (!rc && done < count) {
		size_t size = min_t(size_t, count - done, PAGE_SIZE);

		rc = read_piece(vpci, piece, size, pos + done);
		if (!rc && copy_to_user(buf + done, piece, size))
			rc = -EFAULT;
		if (!rc)
			done += size;
	}
	kfree(piece);
	return done ?: rc;
}
