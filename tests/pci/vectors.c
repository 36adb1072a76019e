// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * MSI-X of QEMU's e1000e, of which each vector signals an eventfd of its own;
 * the BAR that has its table; and its expansion ROM.
 */
#include "pci.h"

#define MSIX VFIO_PCI_MSIX_IRQ_INDEX
#define ERROR VFIO_PCI_ERR_IRQ_INDEX
#define VECTORS 5
#define SOON 1000
#define NEVER 100

/* From Intel's 82574 datasheet. */
#define CAUSE_SET 0xc8
#define MASK_SET 0xd0
#define CAUSES 0xc0
#define VECTOR_OF_CAUSE 0xe4
#define LINK_CHANGED 0x00000004
#define OTHER 0x01000000
#define OTHER_IS_VECTOR_1 0x00090000

static void raise_other(struct pci *nic)
{
	/* What is acknowledged can happen again. */
	pci_set(nic, CAUSES, 4, OTHER | LINK_CHANGED);
	pci_set(nic, MASK_SET, 4, OTHER | LINK_CHANGED);
	pci_set(nic, VECTOR_OF_CAUSE, 4, OTHER_IS_VECTOR_1);
	pci_set(nic, CAUSE_SET, 4, OTHER | LINK_CHANGED);
}

static void test_vectors(struct pci *nic)
{
	int events[VECTORS], one = eventfd(0, EFD_CLOEXEC);
	uint8_t yes[VECTORS] = { 1, 1, 0, 1, 1 };
	struct vfio_irq_info info;

	irq_info(nic, MSIX, &info);
	tap_check(info.count == VECTORS && info.flags == 9,
		  "%u vectors, flags %u", info.count, info.flags);
	for (int i = 0; i < VECTORS; i++)
		events[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	close(events[3]);
	events[3] = -1;
	tap_errno(irqs(nic, MSIX, VFIO_IRQ_SET_DATA_EVENTFD | IRQ_TRIGGER, 0,
		       VECTORS, events, sizeof(int)),
		  0, "all but one of them, while memory is off");
	tap_errno(irqs_none(nic, MSIX, IRQ_TRIGGER, 0, VECTORS), 0,
		  "try out all of them");
	tap_check(signals(events[0], SOON) == 1 &&
			  signals(events[4], SOON) == 1,
		  "the first and the last are signalled");
	signals(events[1], 0);
	signals(events[2], 0);
	irqs(nic, MSIX, VFIO_IRQ_SET_DATA_BOOL | IRQ_TRIGGER, 0, VECTORS, yes,
	     1);
	tap_check(signals(events[1], SOON) == 1 && !signals(events[2], 0),
		  "those that are asked for");
	signals(events[0], 0);
	pci_command(nic, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 0);
	raise_other(nic);
	tap_check(signals(events[1], SOON), "an interrupt on vector 1");
	tap_check(!signals(events[0], NEVER), "and on no other");
	tap_errno(irqs_eventfd(nic, MSIX, IRQ_TRIGGER, 1, one), 0,
		  "another eventfd for it");
	raise_other(nic);
	tap_check(signals(one, SOON) && !signals(events[1], NEVER),
		  "an interrupt there");
	tap_errno(irqs_eventfd(nic, MSIX, IRQ_TRIGGER, VECTORS, one), EINVAL,
		  "one too many");
	close(one);
	raise_other(nic);
	/* QEMU dies of a delayed interrupt that finds MSI-X off. */
	usleep(200000);
	tap_errno(irqs_none(nic, MSIX, IRQ_TRIGGER, 0, 0), 0, "all off");
	tap_errno(irqs_eventfd(nic, MSIX, IRQ_TRIGGER, 0, events[0]), 0,
		  "one of them on");
	tap_errno(irqs_eventfd(nic, MSIX, IRQ_TRIGGER, 1, events[1]), EINVAL,
		  "no more of them meanwhile");
	tap_errno(irqs_none(nic, MSIX, IRQ_TRIGGER, 0, 0), 0, "off");
	for (int i = 0; i < VECTORS; i++)
		close(events[i]);
}

/* The table is where a device that is asleep does not answer. */
static void test_asleep(struct pci *nic)
{
	int first = eventfd(0, EFD_CLOEXEC), second = eventfd(0, EFD_CLOEXEC);
	uint32_t pos = pci_capability(nic, PCI_CAP_ID_PM) + PCI_PM_CTRL;

	pci_power(nic, 3);
	tap_errno(irqs_eventfd(nic, MSIX, IRQ_TRIGGER, 1, first), 0,
		  "a vector for a device that is asleep");
	tap_errno(irqs_eventfd(nic, MSIX, IRQ_TRIGGER, 1, second), 0,
		  "and another eventfd for it");
	tap_check((pci_hardware(nic->bdf, pos, 2) & 3) == 3 &&
			  (pci_get(nic, CONFIG + pos, 2) & 3) == 3,
		  "it is still asleep");
	pci_power(nic, 0);
	pci_command(nic, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 0);
	raise_other(nic);
	tap_check(signals(second, SOON), "awake it interrupts");
	usleep(200000);
	pci_power(nic, 3);
	tap_errno(irqs_none(nic, MSIX, IRQ_TRIGGER, 0, 0), 0,
		  "all off while it is asleep");
	pci_power(nic, 0);
	close(first);
	close(second);
}

static void test_table(struct pci *nic)
{
	struct {
		struct vfio_region_info info;
		struct vfio_region_info_cap_sparse_mmap cap;
	} region = {};
	uint32_t entry;

	tap_errno(region_info(nic, 3, &region.info), 0, "the table's BAR");
	tap_check(region.info.flags == 15 &&
			  region.info.argsz > sizeof(region.info) &&
			  !region.info.cap_offset,
		  "it has a capability, for which there is no room");
	tap_errno(region_info(nic, 3, &region.info), 0, "now there is");
	tap_check(region.info.cap_offset == sizeof(region.info) &&
			  region.cap.header.id ==
				  VFIO_REGION_INFO_CAP_MSIX_MAPPABLE &&
			  !region.cap.header.next,
		  "the table can be mapped");
	pci_set(nic, REGION(3), 4, 0);
	entry = pci_get(nic, REGION(3), 4);
	tap_check(entry == UINT32_MAX, "the table cannot be read");
}

static void test_rom(struct pci *nic)
{
	struct vfio_region_info info = {};
	uint32_t data = 1;

	region_info(nic, VFIO_PCI_ROM_REGION_INDEX, &info);
	tap_check(info.size && info.flags == 1, "a ROM of %llu bytes",
		  info.size);
	tap_check(pci_get(nic, info.offset, 2) == 0xaa55,
		  "it begins as ROMs do");
	tap_check(pread(nic->fd, &data, 4, info.offset + info.size - 2) == 2,
		  "it ends");
	tap_check(pwrite(nic->fd, &data, 4, info.offset) == -1 &&
			  errno == EINVAL,
		  "it cannot be written");
}

/* Nothing goes wrong here, but that would be heard. */
static void test_error(struct pci *nic)
{
	int event = eventfd(0, EFD_CLOEXEC);

	tap_errno(irqs_none(nic, ERROR, IRQ_TRIGGER, 0, 1), EINVAL,
		  "nobody waits for errors");
	tap_errno(irqs_eventfd(nic, ERROR, IRQ_TRIGGER, 0, event), 0,
		  "an eventfd for errors");
	tap_errno(irqs_none(nic, ERROR, IRQ_TRIGGER, 0, 1), 0, "try it out");
	tap_check(signals(event, SOON) == 1, "a signal");
	tap_errno(irqs_none(nic, ERROR, IRQ_TRIGGER, 0, 0), 0, "no more");
	tap_errno(irqs_none(nic, ERROR, IRQ_MASK, 0, 1), ENOTTY,
		  "errors cannot be masked");
	close(event);
}

static void test_features(struct pci *nic)
{
	struct vfio_device_feature feature = {
		.argsz = sizeof(feature),
		.flags = VFIO_DEVICE_FEATURE_PROBE | VFIO_DEVICE_FEATURE_GET |
			 VFIO_DEVICE_FEATURE_PCI_VF_TOKEN,
	};

	tap_errno(request(nic->fd, VFIO_DEVICE_FEATURE, &feature), ENOTTY,
		  "no feature that one could probe for");
}

int main(void)
{
	struct pci nic = pci_start(E1000E, 0);

	test_vectors(&nic);
	test_asleep(&nic);
	test_table(&nic);
	test_rom(&nic);
	test_error(&nic);
	test_features(&nic);
	pci_stop(&nic);
	return tap_done();
}
