// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The configuration space: what a user sees of it, what it can write, and that
 * nothing else gets through to the hardware, of which sysfs tells the truth.
 * On QEMU's e1000e, which has most of what there is, and edu.
 *
 * The first argument is how many random writes are tried.
 */
#include "../abi/random.h"
#include "pci.h"

#define RANDOM_WRITES 100000
#define SIZE 4096

static uint32_t hardware(struct pci *pci, unsigned int pos, size_t size)
{
	return pci_hardware(pci->bdf, pos, size);
}

static uint32_t seen(struct pci *pci, unsigned int pos, size_t size)
{
	return pci_get(pci, CONFIG + pos, size);
}

static void set(struct pci *pci, unsigned int pos, size_t size, uint32_t value)
{
	if (pci_set(pci, CONFIG + pos, size, value))
		tap_check(false, "%#x cannot be written", pos);
}

static unsigned int extended(struct pci *pci, uint16_t id)
{
	unsigned int pos = 0x100;

	while (pos && (seen(pci, pos, 4) & 0xffff) != id) {
		if (seen(pci, pos, 4) == UINT32_MAX)
			tap_bail_out("a list of capabilities has no end");
		pos = seen(pci, pos, 4) >> 20;
	}
	return pos;
}

static void test_limits(struct pci *pci, size_t size)
{
	uint8_t all[SIZE + 1],
		*nowhere = mmap(NULL, PAGE, PROT_NONE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	tap_check(pread(pci->fd, all, size, CONFIG) == (ssize_t)size,
		  "all of it in one read: %zu bytes", size);
	tap_check(pread(pci->fd, all, size + 1, CONFIG) == -1 &&
			  errno == EFAULT,
		  "more than all of it: EFAULT");
	tap_check(pread(pci->fd, all, 2, CONFIG + size - 1) == -1 &&
			  errno == EFAULT,
		  "across its end");
	tap_check(pread(pci->fd, all, 1, CONFIG + size) == -1 &&
			  errno == EFAULT,
		  "behind its end");
	tap_check(pwrite(pci->fd, all, 4, CONFIG + size) == -1 &&
			  errno == EFAULT,
		  "a write behind its end");
	tap_check(!pread(pci->fd, all, 0, CONFIG), "nothing of it");
	tap_check(pread(pci->fd, nowhere, 4, CONFIG) == -1 && errno == EFAULT,
		  "to nowhere");
	tap_check(seen(pci, 1, 1) == (seen(pci, 0, 4) >> 8 & 0xff) &&
			  seen(pci, 2, 2) == seen(pci, 0, 4) >> 16,
		  "by bytes and words");
}

static void test_bar(struct pci *pci, int bar)
{
	unsigned int pos = PCI_BASE_ADDRESS_0 + 4 * bar;
	uint32_t before = hardware(pci, pos, 4), was = seen(pci, pos, 4);
	struct vfio_region_info info = {};

	region_info(pci, bar, &info);
	set(pci, pos, 4, UINT32_MAX);
	tap_check((seen(pci, pos, 4) & ~0xfu) == (uint32_t)-info.size,
		  "BAR %d tells its size", bar);
	set(pci, pos + 3, 1, 0x12);
	tap_check(seen(pci, pos + 3, 1) == (0x12 & -info.size >> 24),
		  "and can be written by bytes");
	tap_check(hardware(pci, pos, 4) == before, "but not the hardware's");
	set(pci, pos, 4, was);
	tap_check(seen(pci, pos, 4) == was, "and put back");
}

/* Registers of the header that nobody can write. */
static void test_header(struct pci *pci)
{
	static const uint8_t fixed[] = { 0x00, 0x02, 0x06, 0x08,
					 0x0a, 0x0e, 0x2c, 0x34 };
	unsigned int i;

	for (i = 0; i < sizeof(fixed); i++) {
		uint32_t was = seen(pci, fixed[i], 2);

		set(pci, fixed[i], 2, ~was);
		tap_check(seen(pci, fixed[i], 2) == was, "%#x is as it was",
			  fixed[i]);
	}
	tap_check(seen(pci, 0, 4) == hardware(pci, 0, 4), "and the hardware's");
	set(pci, PCI_INTERRUPT_LINE, 1, 0x5a);
	tap_check(seen(pci, PCI_INTERRUPT_LINE, 1) == 0x5a &&
			  hardware(pci, PCI_INTERRUPT_LINE, 1) != 0x5a,
		  "the interrupt line is the user's own");
}

static void test_command(struct pci *pci)
{
	set(pci, PCI_COMMAND, 2, 0);
	tap_check(!(hardware(pci, PCI_COMMAND, 2) & 7), "all decoding is off");
	set(pci, PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	tap_check((hardware(pci, PCI_COMMAND, 2) & 7) ==
			  (PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER),
		  "memory and DMA are on");
	set(pci, PCI_COMMAND, 2, 0xffff);
	tap_check(seen(pci, PCI_COMMAND, 2) == 0x547,
		  "what of the command is the user's: %#x",
		  seen(pci, PCI_COMMAND, 2));
	set(pci, PCI_COMMAND + 1, 1, 0);
	tap_check((seen(pci, PCI_COMMAND, 2) & 0xff00) == 0,
		  "and by its bytes");
	set(pci, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
}

static void test_msi(struct pci *pci)
{
	unsigned int pos = pci_capability(pci, PCI_CAP_ID_MSI);
	uint32_t before = hardware(pci, pos, 4);

	if (!tap_check(pos, "MSI is there, at %#x", pos))
		return;
	set(pci, pos, 4, UINT32_MAX);
	tap_check(seen(pci, pos, 1) == PCI_CAP_ID_MSI, "it keeps its id");
	tap_check(seen(pci, pos + PCI_MSI_FLAGS, 2) & PCI_MSI_FLAGS_ENABLE,
		  "it looks enabled");
	set(pci, pos + PCI_MSI_ADDRESS_LO, 4, 0xfee00000);
	tap_check(seen(pci, pos + PCI_MSI_ADDRESS_LO, 4) == 0xfee00000,
		  "it has an address");
	tap_check(hardware(pci, pos, 4) == before &&
			  hardware(pci, pos + PCI_MSI_ADDRESS_LO, 4) !=
				  0xfee00000,
		  "the hardware knows nothing of it");
	set(pci, pos + PCI_MSI_FLAGS, 2, 0);
}

static void test_msix(struct pci *pci)
{
	unsigned int pos = pci_capability(pci, PCI_CAP_ID_MSIX);

	if (!tap_check(pos, "MSI-X is there, at %#x", pos))
		return;
	set(pci, pos + PCI_MSIX_FLAGS, 2, 0xffff);
	tap_check(!(hardware(pci, pos + PCI_MSIX_FLAGS, 2) &
		    PCI_MSIX_FLAGS_ENABLE),
		  "it cannot be enabled this way");
	tap_check(seen(pci, pos + PCI_MSIX_TABLE, 4) ==
				  hardware(pci, pos + PCI_MSIX_TABLE, 4) &&
			  seen(pci, pos + PCI_MSIX_PBA, 4) ==
				  hardware(pci, pos + PCI_MSIX_PBA, 4),
		  "where its tables are can be read");
}

static void test_power(struct pci *pci)
{
	unsigned int pos = pci_capability(pci, PCI_CAP_ID_PM);
	unsigned int control = pos + PCI_PM_CTRL;
	uint32_t data;

	if (!tap_check(pos, "power management is there, at %#x", pos))
		return;
	tap_check(!(seen(pci, pos + PCI_PM_PMC, 2) & PCI_PM_CAP_PME_MASK),
		  "it wakes nobody up");
	set(pci, PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	set(pci, control, 2, 3);
	tap_check((hardware(pci, control, 2) & 3) == 3 &&
			  (seen(pci, control, 2) & 3) == 3,
		  "put to sleep");
	tap_check(pread(pci->fd, &data, 4, REGION(0)) == -1 && errno == EIO,
		  "it does not answer");
	set(pci, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
	set(pci, control, 2, 0);
	tap_check(!(hardware(pci, control, 2) & 3), "woken up");
	tap_check(pread(pci->fd, &data, 4, REGION(0)) == 4, "it answers");
	tap_check(!(hardware(pci, PCI_COMMAND, 2) & PCI_COMMAND_MASTER),
		  "with the command that was written while it slept");
}

static void test_lists(struct pci *pci)
{
	unsigned int pos = extended(pci, PCI_EXT_CAP_ID_ERR), known;
	uint32_t before;

	known = pci_capability(pci, PCI_CAP_ID_EXP);
	tap_check(known && seen(pci, known + PCI_EXP_DEVCAP, 4) ==
				   hardware(pci, known + PCI_EXP_DEVCAP, 4),
		  "PCI Express is there");
	before = hardware(pci, known + PCI_EXP_LNKCTL, 2);
	set(pci, known + PCI_EXP_LNKCTL, 2, PCI_EXP_LNKCTL_LD);
	tap_check(hardware(pci, known + PCI_EXP_LNKCTL, 2) == before,
		  "its link is not the user's");
	before = hardware(pci, known + PCI_EXP_DEVCTL, 2);
	set(pci, known + PCI_EXP_DEVCTL, 2, PCI_EXP_DEVCTL_PAYLOAD);
	tap_check(!((hardware(pci, known + PCI_EXP_DEVCTL, 2) ^ before) &
		    PCI_EXP_DEVCTL_PAYLOAD),
		  "nor is the size of its packets");
	if (!tap_check(pos, "error reporting is there, at %#x", pos))
		return;
	before = hardware(pci, pos + PCI_ERR_UNCOR_MASK, 4);
	set(pci, pos + PCI_ERR_UNCOR_MASK, 4, ~before);
	tap_check(hardware(pci, pos + PCI_ERR_UNCOR_MASK, 4) == before,
		  "and reports what it did");
}

static void hardware_all(struct pci *pci, uint8_t *all)
{
	for (unsigned int pos = 0; pos < SIZE; pos++)
		all[pos] = hardware(pci, pos, 1);
}

/* All that is not open for reading is zero, and the rest survives all ones. */
static void test_closed(struct pci *pci)
{
	uint8_t before[SIZE], after[SIZE];
	int changed = 0;

	hardware_all(pci, before);
	/* Not the command, and what resets it or puts it to sleep. */
	for (unsigned int pos = 0x40; pos < SIZE; pos += 4) {
		if (pos - 4 != pci_capability(pci, PCI_CAP_ID_PM) &&
		    pos - 8 != pci_capability(pci, PCI_CAP_ID_EXP))
			set(pci, pos, 4, UINT32_MAX);
	}
	hardware_all(pci, after);
	for (unsigned int pos = 0; pos < SIZE; pos++)
		changed += before[pos] != after[pos];
	tap_check(!changed, "ones everywhere change %d bytes", changed);
}

/* Placed as the kernel has placed it, and alive. */
static void test_random(struct pci *pci, struct pci *neighbour, long writes)
{
	uint32_t bar = hardware(pci, PCI_BASE_ADDRESS_0, 4);
	struct random random = random_seed(1);

	for (long i = 0; i < writes; i++) {
		/* Half of them are in the part that all devices have. */
		uint64_t end = random_below(&random, 2) ? 256 : SIZE;
		size_t size = 1u << random_below(&random, 3);

		pci_set(pci, CONFIG + random_below(&random, end), size,
			random_next(&random));
	}
	tap_check(hardware(pci, PCI_BASE_ADDRESS_0, 4) == bar,
		  "%ld random writes: the BAR is where it was", writes);
	tap_check(pci_get(neighbour, 0, 4) == 0x010000ed,
		  "another device answers");
	for (unsigned int i = 0; i < 3; i++) {
		pci_power(pci, 0);
		set(pci, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
	}
	tap_check(pci_get(pci, 8, 4) != UINT32_MAX, "and it answers, too");
}

int main(int argc, char **argv)
{
	struct pci edu = pci_start(EDU, 0), nic = pci_start(E1000E, 0);

	pci_command(&edu, PCI_COMMAND_MEMORY, 0);
	test_limits(&edu, 256);
	test_limits(&nic, SIZE);
	test_bar(&edu, 0);
	test_bar(&nic, 0);
	test_bar(&nic, 3);
	test_header(&edu);
	test_header(&nic);
	test_command(&nic);
	test_msi(&nic);
	test_msix(&nic);
	test_power(&nic);
	test_lists(&nic);
	test_closed(&nic);
	test_random(&nic, &edu, argc > 1 ? atol(argv[1]) : RANDOM_WRITES);
	pci_stop(&nic);
	pci_stop(&edu);
	return tap_done();
}
