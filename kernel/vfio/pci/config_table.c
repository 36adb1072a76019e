// SPDX-License-Identifier: GPL-2.0-only
/*
 * What of the configuration space a user gets to see, and what may be written:
 * one table, in which each row opens some bits of a register. What has no row
 * reads as zero and swallows writes; a capability without rows is not there.
 *
 * No row opens the hardware itself for writing. What may be written is kept
 * beside it, and a row's effect decides what of that the device is told.
 */
#include <linux/pci.h>

#include "config.h"

#define ALL 0xffffffff
#define LOW 0x0000ffff
#define BYTE 0x000000ff

#define COMMAND_BITS                                                \
	(PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | \
	 PCI_COMMAND_PARITY | PCI_COMMAND_SERR | PCI_COMMAND_INTX_DISABLE)

/* Tells the device nothing, so that the user may change what it likes. */
#define DEVCTL_BITS                                                         \
	(PCI_EXP_DEVCTL_CERE | PCI_EXP_DEVCTL_NFERE | PCI_EXP_DEVCTL_FERE | \
	 PCI_EXP_DEVCTL_URRE | PCI_EXP_DEVCTL_RELAX_EN |                    \
	 PCI_EXP_DEVCTL_PAYLOAD | PCI_EXP_DEVCTL_EXT_TAG |                  \
	 PCI_EXP_DEVCTL_NOSNOOP_EN | PCI_EXP_DEVCTL_READRQ |                \
	 PCI_EXP_DEVCTL_BCR_FLR)

static bool msi_short(struct pci_dev *pdev, int pos);
static bool msi_long(struct pci_dev *pdev, int pos);
static bool msi_short_masks(struct pci_dev *pdev, int pos);
static bool msi_long_masks(struct pci_dev *pdev, int pos);
static bool express_2(struct pci_dev *pdev, int pos);

#define HEADER .in = CONFIG_HEADER, .id = 0
#define CAP(name) .in = CONFIG_CAPABILITY, .id = PCI_CAP_ID_##name
#define EXT(name) .in = CONFIG_EXTENDED, .id = PCI_EXT_CAP_ID_##name

/*
 * The bits of a row are those of a register of four bytes at most; longer rows
 * repeat them. BARs and the expansion ROM are in config_bars.c, because what
 * may be written there depends on their sizes.
 */
const struct config_row vfio_pci_config_rows[] = {
	{ HEADER, PCI_VENDOR_ID, 4, .kept = ALL },
	{ HEADER, PCI_COMMAND, 2, .kept = LOW, .writable = COMMAND_BITS,
	  .effect = CONFIG_COMMAND },
	{ HEADER, PCI_STATUS, 2, .live = LOW & ~PCI_STATUS_CAP_LIST,
	  .kept = PCI_STATUS_CAP_LIST },
	{ HEADER, PCI_CLASS_REVISION, 4, .live = ALL },
	{ HEADER, PCI_CACHE_LINE_SIZE, 2, .kept = LOW, .writable = LOW },
	{ HEADER, PCI_HEADER_TYPE, 1, .live = BYTE },
	{ HEADER, PCI_CARDBUS_CIS, 8, .live = ALL },
	{ HEADER, PCI_CAPABILITY_LIST, 1, .kept = BYTE },
	{ HEADER, PCI_INTERRUPT_LINE, 1, .kept = BYTE, .writable = BYTE },
	{ HEADER, PCI_INTERRUPT_PIN, 1, .kept = BYTE },
	{ HEADER, PCI_MIN_GNT, 2, .live = LOW },

	/* No wake-up: who would be woken? */
	{ CAP(PM), PCI_PM_PMC, 2, .live = LOW & ~PCI_PM_CAP_PME_MASK },
	{ CAP(PM), PCI_PM_CTRL, 2,
	  .kept = PCI_PM_CTRL_STATE_MASK | PCI_PM_CTRL_NO_SOFT_RESET,
	  .writable = PCI_PM_CTRL_STATE_MASK, .effect = CONFIG_POWER },

	/* Interrupts are set up by requests. What is written here goes nowhere.
	 */
	{ CAP(MSI), PCI_MSI_FLAGS, 2, .kept = LOW,
	  .writable = PCI_MSI_FLAGS_ENABLE | PCI_MSI_FLAGS_QSIZE },
	{ CAP(MSI), PCI_MSI_ADDRESS_LO, 4, .kept = ALL, .writable = ALL },
	{ CAP(MSI), PCI_MSI_DATA_32, 2, .kept = LOW, .writable = LOW,
	  .where = msi_short },
	{ CAP(MSI), PCI_MSI_MASK_32, 4, .kept = ALL, .writable = ALL,
	  .where = msi_short_masks },
	{ CAP(MSI), PCI_MSI_PENDING_32, 4, .live = ALL,
	  .where = msi_short_masks },
	{ CAP(MSI), PCI_MSI_ADDRESS_HI, 4, .kept = ALL, .writable = ALL,
	  .where = msi_long },
	{ CAP(MSI), PCI_MSI_DATA_64, 2, .kept = LOW, .writable = LOW,
	  .where = msi_long },
	{ CAP(MSI), PCI_MSI_MASK_64, 4, .kept = ALL, .writable = ALL,
	  .where = msi_long_masks },
	{ CAP(MSI), PCI_MSI_PENDING_64, 4, .live = ALL,
	  .where = msi_long_masks },
	{ CAP(MSIX), PCI_MSIX_FLAGS, 2, .live = LOW },
	{ CAP(MSIX), PCI_MSIX_TABLE, 8, .live = ALL },

	{ CAP(EXP), PCI_EXP_FLAGS, 2, .live = LOW },
	{ CAP(EXP), PCI_EXP_DEVCAP, 4, .live = ALL },
	{ CAP(EXP), PCI_EXP_DEVCTL, 2, .kept = LOW, .writable = DEVCTL_BITS,
	  .effect = CONFIG_DEVCTL },
	{ CAP(EXP), PCI_EXP_DEVSTA, 2, .live = LOW },
	{ CAP(EXP), PCI_EXP_LNKCAP, 8, .live = ALL },
	{ CAP(EXP), PCI_EXP_DEVCAP2, 16, .live = ALL, .where = express_2 },

	{ CAP(AF), PCI_AF_LENGTH, 2, .live = LOW },
	{ CAP(AF), PCI_AF_CTRL, 1, .kept = BYTE, .writable = PCI_AF_CTRL_FLR,
	  .effect = CONFIG_AF },
	{ CAP(AF), PCI_AF_STATUS, 1, .live = BYTE },

	{ CAP(SSVID), PCI_SSVID_VENDOR_ID, 4, .live = ALL },
	{ CAP(SATA), 2, 6, .live = ALL },
	/* As long as it says that it is; a virtio device has all in these. */
	{ CAP(VNDR), PCI_CAP_FLAGS, 0, .live = ALL },

	{ EXT(ERR), PCI_ERR_UNCOR_STATUS, 0x28, .live = ALL },
	{ EXT(DSN), 4, 8, .live = ALL },
	{ EXT(ACS), PCI_ACS_CAP, 4, .live = ALL },
	{ EXT(ARI), PCI_ARI_CAP, 4, .live = ALL },
	{ EXT(LTR), PCI_LTR_MAX_SNOOP_LAT, 4, .live = ALL },
	{ EXT(L1SS), PCI_L1SS_CAP, 12, .live = ALL },
	{ EXT(VNDR), PCI_VNDR_HEADER, 0, .live = ALL },
	{ EXT(DVSEC), PCI_DVSEC_HEADER1, 0, .live = ALL },
	{}
};

static u16 msi_flags(struct pci_dev *pdev, int pos)
{
	u16 flags = 0;

	pci_read_config_word(pdev, pos + PCI_MSI_FLAGS, &flags);
	return flags;
}

static bool msi_long(struct pci_dev *pdev, int pos)
{
	return msi_flags(pdev, pos) & PCI_MSI_FLAGS_64BIT;
}

static bool msi_short(struct pci_dev *pdev, int pos)
{
	return !msi_long(pdev, pos);
}

static bool msi_long_masks(struct pci_dev *pdev, int pos)
{
	return msi_long(pdev, pos) &&
	       msi_flags(pdev, pos) & PCI_MSI_FLAGS_MASKBIT;
}

static bool msi_short_masks(struct pci_dev *pdev, int pos)
{
	return msi_short(pdev, pos) &&
	       msi_flags(pdev, pos) & PCI_MSI_FLAGS_MASKBIT;
}

static bool express_2(struct pci_dev *pdev, int pos)
{
	u16 flags = 0;

	pci_read_config_word(pdev, pos + PCI_EXP_FLAGS, &flags);
	return (flags & PCI_EXP_FLAGS_VERS) >= 2;
}

static unsigned int own_length(const struct config_row *row,
			       struct pci_dev *pdev, int pos)
{
	u32 header = 0;
	u8 length = 0;

	if (row->in == CONFIG_CAPABILITY) {
		pci_read_config_byte(pdev, pos + PCI_CAP_FLAGS, &length);
		return length;
	}
	/* Vendors' own and designated ones have it at the same place. */
	pci_read_config_dword(pdev, pos + PCI_VNDR_HEADER, &header);
	return PCI_VNDR_HEADER_LEN(header);
}

/**
 * vfio_pci_config_row_size() - how many bytes a row is about
 * @row: of vfio_pci_config_rows
 * @pdev: whose
 * @pos: where the capability is
 *
 * Context: reads the device's configuration space.
 * Return: bytes from the row's offset on, 0 if the device has not got it.
 */
unsigned int vfio_pci_config_row_size(const struct config_row *row,
				      struct pci_dev *pdev, int pos)
{
	unsigned int length;

	if (row->where && !row->where(pdev, pos))
		return 0;
	if (row->size)
		return row->size;
	length = own_length(row, pdev, pos);
	return length > row->offset ? length - row->offset : 0;
}
