/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A PCI device in a user's hands.
 *
 * Locks, from the outside in: vfio_device_set::lock, vfio_pci_config::lock,
 * vfio_pci_irqs::lock, vfio_pci::memory_lock, vfio_pci_intx::lock. User memory
 * is touched with none of them held.
 */
#ifndef VFIO_PCI_H
#define VFIO_PCI_H

#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/rwsem.h>

#include "../vfio.h"
#include "config.h"
#include "irqs.h"

/* A region's offset in the device's file is its number, this far up. */
#define REGION_SHIFT 40
#define REGION_OFFSET(index) ((u64)(index) << REGION_SHIFT)
#define REGION_MASK (REGION_OFFSET(1) - 1)

/**
 * struct vfio_pci_bar - a BAR of the device
 * @regs: the kernel's view of it, or NULL: not used yet
 * @mappable: a user may map it
 * @rest: keeps what is behind a small BAR in its page from others
 */
struct vfio_pci_bar {
	void __iomem *regs;
	bool mappable;
	struct resource *rest;
};

/**
 * struct vfio_pci - a device that is bound to this driver
 * @vdev: what VFIO's core knows
 * @pdev: the device
 * @saved: how it was when it was opened
 * @asleep: how it was before it was put to sleep, or NULL if it was not, or
 *	remembers by itself; under @memory_lock
 * @dirty: it was used and could not be reset; under vfio_device_set::lock
 * @can_reset: it can be reset by itself; known once it was opened
 * @config: its configuration space
 * @irqs: its interrupts
 * @bars_lock: held while a BAR is taken into use
 * @bars: under @bars_lock until they are there; while open
 * @msix_bar: which BAR the MSI-X table is in, or -1
 * @msix_start: where in that BAR
 * @msix_end: likewise
 * @command: the lower byte of the command register, as the user has it and the
 *	hardware was told; under @memory_lock
 * @memory_lock: held for reading where the device's memory is accessed, for
 *	writing where that is switched on or off
 */
struct vfio_pci {
	struct vfio_device vdev;
	struct pci_dev *pdev;
	struct pci_saved_state *saved;
	struct pci_saved_state *asleep;
	bool dirty;
	bool can_reset;
	struct vfio_pci_config config;
	struct vfio_pci_irqs irqs;
	/* Protects vfio_pci_bar::regs while it is set. */
	struct mutex bars_lock;
	struct vfio_pci_bar bars[PCI_STD_NUM_BARS];
	int msix_bar;
	u32 msix_start;
	u32 msix_end;
	u8 command;
	struct rw_semaphore memory_lock;
};

static inline struct vfio_pci *to_vfio_pci(struct vfio_device *vdev)
{
	return container_of(vdev, struct vfio_pci, vdev);
}

/* How wide an aligned access of @count bytes at @pos can be. */
static inline unsigned int register_size(u64 pos, size_t count)
{
	if (!(pos & 3) && count >= 4)
		return 4;
	if (!(pos & 1) && count >= 2)
		return 2;
	return 1;
}

/* device.c */
extern const struct vfio_device_ops vfio_pci_ops;

/**
 * struct vfio_pci_forced - how a device was before its memory was forced on
 * @command: its command register's lower byte
 * @power: its state
 */
struct vfio_pci_forced {
	u8 command;
	pci_power_t power;
};

/* memory.c */
bool vfio_pci_memory_usable(struct vfio_pci *vpci);
void vfio_pci_memory_revoke(struct vfio_pci *vpci);
struct vfio_pci_forced vfio_pci_memory_force(struct vfio_pci *vpci);
void vfio_pci_memory_unforce(struct vfio_pci *vpci, struct vfio_pci_forced was);

/* bars.c */
void vfio_pci_bars_open(struct vfio_pci *vpci);
void vfio_pci_bars_close(struct vfio_pci *vpci);
int vfio_pci_bar_use(struct vfio_pci *vpci, unsigned int i);
ssize_t vfio_pci_bar_rw(struct vfio_pci *vpci, unsigned int i, char __user *buf,
			size_t count, u64 pos, bool write);

/* rom.c */
size_t vfio_pci_rom_size(struct vfio_pci *vpci);
ssize_t vfio_pci_rom_read(struct vfio_pci *vpci, char __user *buf, size_t count,
			  u64 pos);

/* mmap.c */
int vfio_pci_mmap(struct vfio_device *vdev, struct vm_area_struct *vma);

/* regions.c */
long vfio_pci_region_info(struct vfio_pci *vpci, void __user *argument);
ssize_t vfio_pci_read(struct vfio_device *vdev, char __user *buf, size_t count,
		      loff_t *pos);
ssize_t vfio_pci_write(struct vfio_device *vdev, const char __user *buf,
		       size_t count, loff_t *pos);

/* reset.c */
void vfio_pci_keep_power(struct vfio_pci *vpci);
void vfio_pci_set_power(struct vfio_pci *vpci, pci_power_t state);
void vfio_pci_reset_prepare(struct vfio_pci *vpci);
void vfio_pci_reset_done(struct vfio_pci *vpci);
int vfio_pci_reset(struct vfio_pci *vpci);

/* hot_reset.c */
long vfio_pci_hot_reset_info(struct vfio_pci *vpci, void __user *argument);
long vfio_pci_hot_reset(struct vfio_pci *vpci, void __user *argument);
const void *vfio_pci_reset_key(struct pci_dev *pdev);
void vfio_pci_reset_unused(struct vfio_pci *vpci);

#endif
