// SPDX-License-Identifier: GPL-2.0-only
/*
 * BARs: taken when they are first used, and read and written for a user, in
 * accesses as wide as they can be.
 */
#include <linux/io.h>
#include <linux/pci.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include "pci.h"

/*
 * A page is what can be mapped. If a BAR is smaller, and nothing else is or
 * will be in the page, that can be as well.
 */
static void open_small(struct vfio_pci_bar *bar, struct resource *res)
{
	if (!PAGE_ALIGNED(res->start))
		return;
	bar->rest = kzalloc(sizeof(*bar->rest), GFP_KERNEL_ACCOUNT);
	if (!bar->rest)
		return;
	bar->rest->name = "vfio rest of a page";
	bar->rest->start = res->end + 1;
	bar->rest->end = res->start + PAGE_SIZE - 1;
	bar->rest->flags = res->flags;
	if (request_resource(res->parent, bar->rest)) {
		kfree(bar->rest);
		bar->rest = NULL;
		return;
	}
	bar->mappable = true;
}

/**
 * vfio_pci_bars_open() - find out which BARs can be mapped
 * @vpci: being opened
 *
 * Context: may sleep. Undo with vfio_pci_bars_close().
 */
void vfio_pci_bars_open(struct vfio_pci *vpci)
{
	struct pci_dev *pdev = vpci->pdev;
	unsigned int i;

	for (i = 0; i < PCI_STD_NUM_BARS; i++) {
		struct resource *res = &pdev->resource[i];
		struct vfio_pci_bar *bar = &vpci->bars[i];

		*bar = (struct vfio_pci_bar){};
		if (!resource_size(res) || !(res->flags & IORESOURCE_MEM) ||
		    !res->parent)
			continue;
		if (resource_size(res) >= PAGE_SIZE)
			bar->mappable = true;
		else
			open_small(bar, res);
	}
}

/**
 * vfio_pci_bars_close() - nobody uses BARs any more
 * @vpci: being closed
 *
 * Context: may sleep.
 */
void vfio_pci_bars_close(struct vfio_pci *vpci)
{
	unsigned int i;

	for (i = 0; i < PCI_STD_NUM_BARS; i++) {
		struct vfio_pci_bar *bar = &vpci->bars[i];

		if (bar->rest) {
			release_resource(bar->rest);
			kfree(bar->rest);
		}
		if (bar->regs) {
			pci_iounmap(vpci->pdev, bar->regs);
			pci_release_selected_regions(vpci->pdev, BIT(i));
		}
		*bar = (struct vfio_pci_bar){};
	}
}

static int use(struct pci_dev *pdev, struct vfio_pci_bar *bar, unsigned int i)
{
	int rc;

	rc = pci_request_selected_regions(pdev, BIT(i), "vfio-pci");
	if (rc)
		return rc;
	bar->regs = pci_iomap(pdev, i, 0);
	if (!bar->regs) {
		pci_release_selected_regions(pdev, BIT(i));
		return -ENOMEM;
	}
	return 0;
}

/**
 * vfio_pci_bar_use() - take a BAR, for as long as the device is open
 * @vpci: while open
 * @i: which
 *
 * Context: may sleep, takes vfio_pci::bars_lock.
 * Return: 0; -EBUSY if somebody else has it; or -ENOMEM.
 */
int vfio_pci_bar_use(struct vfio_pci *vpci, unsigned int i)
{
	int rc = 0;

	mutex_lock(&vpci->bars_lock);
	if (!vpci->bars[i].regs)
		rc = use(vpci->pdev, &vpci->bars[i], i);
	mutex_unlock(&vpci->bars_lock);
	return rc;
}

/* The bytes are in the device's order in @value, on any machine. */
static void access_register(void __iomem *at, void *value, unsigned int size,
			    bool write)
{
	switch (size | (write ? 8 : 0)) {
	case 1:
		*(u8 *)value = ioread8(at);
		break;
	case 2:
		*(__le16 *)value = cpu_to_le16(ioread16(at));
		break;
	case 4:
		*(__le32 *)value = cpu_to_le32(ioread32(at));
		break;
	case 8 | 1:
		iowrite8(*(u8 *)value, at);
		break;
	case 8 | 2:
		iowrite16(le16_to_cpu(*(__le16 *)value), at);
		break;
	case 8 | 4:
		iowrite32(le32_to_cpu(*(__le32 *)value), at);
		break;
	}
}

static int access_once(struct vfio_pci *vpci, unsigned int i, u64 pos,
		       void *value, unsigned int size, bool write)
{
	bool memory = pci_resource_flags(vpci->pdev, i) & IORESOURCE_MEM;
	int rc = 0;

	down_read(&vpci->memory_lock);
	if (memory && !vfio_pci_memory_usable(vpci))
		rc = -EIO;
	else
		access_register(vpci->bars[i].regs + pos, value, size, write);
	up_read(&vpci->memory_lock);
	return rc;
}

/* The kernel's own, as far as reads and writes are concerned. */
static bool in_msix_table(struct vfio_pci *vpci, unsigned int i, u64 pos)
{
	return vpci->msix_bar == (int)i && pos >= vpci->msix_start &&
	       pos < vpci->msix_end;
}

static int copy_register(struct vfio_pci *vpci, unsigned int i,
			 char __user *buf, u64 pos, unsigned int size,
			 bool write)
{
	u32 value = U32_MAX;
	int rc = 0;

	if (write && copy_from_user(&value, buf, size))
		return -EFAULT;
	if (!in_msix_table(vpci, i, pos))
		rc = access_once(vpci, i, pos, &value, size, write);
	if (rc || write)
		return rc;
	return copy_to_user(buf, &value, size) ? -EFAULT : 0;
}

/**
 * vfio_pci_bar_rw() - read or write a BAR
 * @vpci: while open
 * @i: which
 * @buf: the user's
 * @count: how many bytes
 * @pos: from where on
 * @write: or read
 *
 * Context: may fault and sleep, takes vfio_pci::memory_lock.
 * Return: how many bytes were, or an errno: -EINVAL behind the end, -EIO while
 *	the device does not answer.
 */
ssize_t vfio_pci_bar_rw(struct vfio_pci *vpci, unsigned int i, char __user *buf,
			size_t count, u64 pos, bool write)
{
	u64 length = pci_resource_len(vpci->pdev, i);
	size_t done = 0;
	int rc;

	if (pos >= length)
		return -EINVAL;
	count = min_t(u64, count, length - pos);
	rc = vfio_pci_bar_use(vpci, i);
	while (!rc && done < count) {
		unsigned int size = register_size(pos + done, count - done);

		rc = copy_register(vpci, i, buf + done, pos + done, size,
				   write);
		if (!rc)
			done += size;
		if (!rc && fatal_signal_pending(current))
			rc = -EINTR;
		cond_resched();
	}
	return done ?: rc;
}
