/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The configuration space as a user sees it: which bits are the hardware's,
 * which are kept beside it, and which of those may be written.
 */
#ifndef VFIO_PCI_CONFIG_H
#define VFIO_PCI_CONFIG_H

#include <linux/mutex.h>
#include <linux/types.h>

struct pci_dev;
struct vfio_pci;

enum config_in {
	CONFIG_HEADER,
	CONFIG_CAPABILITY,
	CONFIG_EXTENDED,
};

/**
 * enum config_effect - what has to happen when a register was written
 * @CONFIG_NOTHING: it is only kept
 * @CONFIG_COMMAND: decoding, bus mastering and INTx are switched
 * @CONFIG_POWER: the power state changes
 * @CONFIG_DEVCTL: PCI Express settings, and a way to ask for a reset
 * @CONFIG_AF: another way to ask for a reset
 * @CONFIG_EFFECTS: how many there are
 */
enum config_effect {
	CONFIG_NOTHING,
	CONFIG_COMMAND,
	CONFIG_POWER,
	CONFIG_DEVCTL,
	CONFIG_AF,
	CONFIG_EFFECTS,
};

/**
 * struct config_row - bits of a register that are open
 * @in: the header, or one of the two lists of capabilities
 * @id: of the capability
 * @offset: in the header or the capability
 * @size: in bytes, or 0: to the end of a capability that says how long it is
 * @live: bits that are read from the hardware each time
 * @kept: bits that are as they were when the device was opened, or as written
 * @writable: those of @kept that may be written
 * @effect: of writing
 * @where: the capability at a position has the register, or NULL: always
 */
struct config_row {
	enum config_in in;
	u16 id;
	u16 offset;
	u16 size;
	u32 live;
	u32 kept;
	u32 writable;
	enum config_effect effect;
	bool (*where)(struct pci_dev *pdev, int pos);
};

/**
 * struct config_byte - one byte of the configuration space
 * @live: as in struct config_row
 * @kept: as in struct config_row; no bit is both
 * @writable: as in struct config_row
 * @value: of the bits in @kept
 * @effect: an enum config_effect
 */
struct config_byte {
	u8 live;
	u8 kept;
	u8 writable;
	u8 value;
	u8 effect;
};

/**
 * struct vfio_pci_config - a device's configuration space while it is open
 * @lock: held while a register is accessed; outside of vfio_pci::memory_lock
 * @bytes: NULL while the device is closed
 * @size: of @bytes
 * @bars: what the hardware's BARs and its ROM's must be
 */
struct vfio_pci_config {
	/* Protects config_byte::value, and what effects do. */
	struct mutex lock;
	struct config_byte *bytes;
	unsigned int size;
	u32 bars[7];
};

extern const struct config_row vfio_pci_config_rows[];
unsigned int vfio_pci_config_row_size(const struct config_row *row,
				      struct pci_dev *pdev, int pos);

/* config_build.c */
int vfio_pci_config_open(struct vfio_pci *vpci);
void vfio_pci_config_close(struct vfio_pci *vpci);

/* config_bars.c */
void vfio_pci_config_bars(struct vfio_pci *vpci);
void vfio_pci_config_restore_bars(struct vfio_pci *vpci);

/* config_effects.c */
int vfio_pci_config_effect(struct vfio_pci *vpci, enum config_effect effect);

/* config.c */
ssize_t vfio_pci_config_rw(struct vfio_pci *vpci, char __user *buf,
			   size_t count, u64 pos, bool write);
u32 vfio_pci_config_get(struct vfio_pci_config *config, unsigned int pos,
			unsigned int size);
void vfio_pci_config_set(struct vfio_pci_config *config, unsigned int pos,
			 unsigned int size, u32 value);

#endif
