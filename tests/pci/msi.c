// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Interrupts that devices raise by themselves, as messages: MSI of several
 * vectors, on QEMU's nec-usb-xhci, and MSI-X of its nvme, when a command is
 * done whose data has arrived.
 */
#include "nvme.h"

#define XHCI 0x01941033u
#define MSI VFIO_PCI_MSI_IRQ_INDEX
#define MSIX VFIO_PCI_MSIX_IRQ_INDEX
#define SOON 2000
#define NEVER 100

/* From Intel's specification of xHCI; interrupters are a table of these. */
#define XHCI_LENGTH 0x00
#define XHCI_RUNTIME 0x18
#define XHCI_COMMAND 0x00
#define XHCI_COMMAND_INTERRUPTS 0x4
#define XHCI_INTERRUPTERS 0x20
#define XHCI_INTERRUPTER_SIZE 0x20
#define XHCI_ENABLED 0x00
#define XHCI_ENABLED_PENDING 0x1
#define XHCI_ENABLED_YES 0x2
#define XHCI_SEGMENTS 0x08
#define XHCI_TABLE 0x10
#define XHCI_DEQUEUE 0x18
#define XHCI_DEQUEUE_BUSY 0x8

/* One segment of a ring of events, at IOVA, and the table that says so. */
struct ring {
	uint64_t start;
	uint32_t entries;
	uint32_t reserved;
};

#define RING_SIZE 256
#define VECTORS 8
#define MAX_VECTORS 16

static uint64_t interrupter(struct pci *xhci, int i)
{
	return (pci_get(xhci, XHCI_RUNTIME, 4) & ~0x1fu) + XHCI_INTERRUPTERS +
	       i * XHCI_INTERRUPTER_SIZE;
}

static void start_interrupter(struct pci *xhci, int i)
{
	uint64_t at = interrupter(xhci, i);

	pci_set(xhci, at + XHCI_SEGMENTS, 4, 1);
	pci_set(xhci, at + XHCI_TABLE, 4, IOVA + PAGE);
	pci_set(xhci, at + XHCI_TABLE + 4, 4, 0);
	pci_set(xhci, at + XHCI_ENABLED, 4, XHCI_ENABLED_YES);
}

/* It has a ring to whose end it was not read, as far as it is told here. */
static void interrupt(struct pci *xhci, int i)
{
	uint64_t at = interrupter(xhci, i);

	pci_set(xhci, at + XHCI_ENABLED, 4,
		XHCI_ENABLED_YES | XHCI_ENABLED_PENDING);
	pci_set(xhci, at + XHCI_DEQUEUE, 4, (IOVA + 16) | XHCI_DEQUEUE_BUSY);
	pci_set(xhci, at + XHCI_DEQUEUE + 4, 4, 0);
}

static bool signals_only(int *events, int vector)
{
	bool right = signals(events[vector], SOON) == 1;

	for (int i = 0; i < VECTORS; i++)
		right &= i == vector || !signals(events[i], 0);
	return right;
}

static void start_xhci(struct pci *xhci, uint8_t *at)
{
	struct ring *ring = (struct ring *)(at + PAGE);
	uint32_t operational;

	*ring = (struct ring){ .start = IOVA, .entries = RING_SIZE };
	ioas_map_at(xhci->iommufd, xhci->ioas, at, 2 * PAGE, IOVA);
	pci_command(xhci, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 0);
	operational = pci_get(xhci, XHCI_LENGTH, 1);
	pci_set(xhci, operational + XHCI_COMMAND, 4, XHCI_COMMAND_INTERRUPTS);
}

static void test_msi(void)
{
	struct pci xhci = pci_start(XHCI, 0);
	uint8_t *at = memory(2 * PAGE);
	struct vfio_irq_info info;
	int events[VECTORS], other = eventfd(0, EFD_CLOEXEC);

	irq_info(&xhci, MSI, &info);
	tap_check(info.count == MAX_VECTORS && info.flags == 9,
		  "%u vectors of MSI, flags %u", info.count, info.flags);
	for (int i = 0; i < VECTORS; i++)
		events[i] = eventfd(0, EFD_CLOEXEC);
	tap_errno(irqs(&xhci, MSI, VFIO_IRQ_SET_DATA_EVENTFD | IRQ_TRIGGER, 0,
		       VECTORS, events, sizeof(int)),
		  0, "half of them on");
	start_xhci(&xhci, at);
	for (int i = 0; i < VECTORS; i++)
		start_interrupter(&xhci, i);
	for (int i = 0; i < VECTORS; i++) {
		interrupt(&xhci, i);
		tap_check(signals_only(events, i), "vector %d, and no other",
			  i);
	}
	tap_errno(irqs_eventfd(&xhci, MSI, IRQ_TRIGGER, 3, other), 0,
		  "another eventfd for one of them");
	interrupt(&xhci, 3);
	tap_check(signals(other, SOON) == 1 && !signals(events[3], NEVER),
		  "which is signalled in its place");
	tap_errno(irqs_eventfd(&xhci, MSI, IRQ_TRIGGER, 5, -1), 0, "one off");
	interrupt(&xhci, 5);
	interrupt(&xhci, 6);
	tap_check(signals_only(events, 6), "the others go on");
	tap_errno(irqs_eventfd(&xhci, MSI, IRQ_TRIGGER, VECTORS, other), EINVAL,
		  "no more than at first");
	tap_errno(irqs_none(&xhci, MSI, IRQ_TRIGGER, 0, 0), 0, "all off");
	for (int i = 0; i < VECTORS; i++)
		close(events[i]);
	close(other);
	pci_stop(&xhci);
	munmap(at, 2 * PAGE);
}

static void test_msix(void)
{
	struct pci nvme = pci_start(NVME, 0);
	size_t length = NVME_PAGES * PAGE;
	uint8_t *at = memory(length);
	int event = eventfd(0, EFD_CLOEXEC);

	memset(at, 0, length);
	ioas_map_at(nvme.iommufd, nvme.ioas, at, length, IOVA);
	tap_errno(irqs_eventfd(&nvme, MSIX, IRQ_TRIGGER, 0, event), 0,
		  "a vector of MSI-X");
	pci_command(&nvme, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 0);
	nvme_start(&nvme);
	tap_check(!signals(event, NEVER), "nothing is done yet");
	nvme_identify(&nvme, at);
	tap_check(signals(event, SOON) == 1, "an interrupt: a command is done");
	tap_check(!memcmp(at + NVME_PAGE_DATA * PAGE, "\x36\x1b", 2),
		  "and its data there");
	pci_stop(&nvme);
	close(event);
	munmap(at, length);
}

int main(void)
{
	test_msi();
	test_msix();
	return tap_done();
}
