// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * BARs that are not memory, or less than a page of it. On QEMU's pci-serial and
 * e1000e, which have ports; and its pci-ohci and sdhci-pci, with 256 bytes of
 * memory each, which are mapped if they have their page for themselves.
 */
#include "pci.h"

#define SERIAL 0x00021b36u
#define OHCI 0x003f106bu
#define SDHCI 0x00071b36u
#define INTX VFIO_PCI_INTX_IRQ_INDEX
#define SMALL 256
#define SOON 1000
#define MAPPABLE VFIO_REGION_INFO_FLAG_MMAP
#define READ_WRITE (VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE)

/* A 16550's registers, and bits of those. */
#define UART_INTERRUPTS 1
#define UART_SENT 0x02
#define UART_MODEM 4
#define UART_LOOP 0x10
#define UART_LINE 5
#define UART_ARRIVED 0x01
#define UART_SCRATCH 7
#define UART_SIZE 8

static void check_ports(struct pci *pci, uint32_t bar, uint64_t size)
{
	struct vfio_region_info info = {};

	tap_errno(region_info(pci, bar, &info), 0, "a BAR of ports");
	tap_check(info.size == size && info.flags == READ_WRITE,
		  "%llu of them, flags %u", info.size, info.flags);
	tap_check(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, pci->fd,
		       REGION(bar)) == MAP_FAILED &&
			  errno == EINVAL,
		  "which cannot be mapped");
	tap_check(pci_get(pci, CONFIG + PCI_BASE_ADDRESS_0 + 4 * bar, 4) &
			  PCI_BASE_ADDRESS_SPACE_IO,
		  "nor look like memory");
}

static void test_serial(void)
{
	struct pci uart = pci_start(SERIAL, 0);
	int event = eventfd(0, EFD_CLOEXEC);
	uint32_t data;

	check_ports(&uart, 0, UART_SIZE);
	pci_command(&uart, PCI_COMMAND_IO, 0);
	pci_set(&uart, UART_SCRATCH, 1, 0x5a);
	tap_check(pci_get(&uart, UART_SCRATCH, 1) == 0x5a, "a byte is kept");
	tap_check(pci_get(&uart, UART_MODEM, 4) >> 24 == 0x5a,
		  "and found by a word");
	tap_check(pread(uart.fd, &data, 4, UART_SIZE - 1) == 1,
		  "the last port has no next one");
	tap_check(pread(uart.fd, &data, 1, UART_SIZE) == -1 && errno == EINVAL,
		  "nor is there one behind");
	pci_set(&uart, UART_MODEM, 1, UART_LOOP);
	pci_set(&uart, 0, 1, 0x41);
	for (int i = 0; i < 100; i++) {
		if (pci_get(&uart, UART_LINE, 1) & UART_ARRIVED)
			break;
		usleep(10000);
	}
	tap_check(pci_get(&uart, 0, 1) == 0x41, "what it sends it receives");

	tap_errno(irqs_eventfd(&uart, INTX, IRQ_TRIGGER, 0, event), 0,
		  "INTx on");
	pci_set(&uart, UART_INTERRUPTS, 1, UART_SENT);
	tap_check(signals(event, SOON) == 1, "an interrupt: it could send");
	pci_set(&uart, UART_INTERRUPTS, 1, 0);
	pci_command(&uart, 0, PCI_COMMAND_IO);
	tap_check(pci_get(&uart, UART_SCRATCH, 1) == 0xff,
		  "nothing answers while ports are off");
	close(event);
	pci_stop(&uart);
}

/* Ports that are a window to its memory: where, and what is there. */
static void test_window(void)
{
	struct pci nic = pci_start(E1000E, 0);
	const uint32_t status = 0x8;

	check_ports(&nic, 2, 32);
	pci_command(&nic, PCI_COMMAND_IO | PCI_COMMAND_MEMORY, 0);
	pci_set(&nic, REGION(2), 4, status);
	tap_check(pci_get(&nic, REGION(2), 4) == status, "a port is written");
	tap_check(pci_get(&nic, REGION(2) + 4, 4) == pci_get(&nic, status, 4),
		  "and shows what memory does");
	pci_stop(&nic);
}

/* Where its first BAR is. */
static uint64_t place(const char *bdf)
{
	return pci_hardware(bdf, PCI_BASE_ADDRESS_0, 4) & ~0xfu;
}

/* Whether the kernel lists, in /proc/iomem, somebody at these addresses. */
static bool is_taken(uint64_t start, uint64_t end, const char *by)
{
	char line[256], want[64];
	bool found = false;
	FILE *file = fopen("/proc/iomem", "re");

	snprintf(want, sizeof(want),
		 "%08llx-%08llx : ", (unsigned long long)start,
		 (unsigned long long)end);
	while (fgets(line, sizeof(line), file))
		found |= strstr(line, want) && strstr(line, by);
	fclose(file);
	return found;
}

static void check_mapped(struct pci *pci, unsigned int kept)
{
	uint64_t at = place(pci->bdf);
	volatile uint32_t *mapped;
	uint32_t was;

	mapped = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, pci->fd,
		      0);
	if (!tap_check(mapped != MAP_FAILED, "and be mapped, with its page"))
		return;
	was = pci_get(pci, kept, 4);
	mapped[kept / 4] = was ^ 1;
	tap_check(pci_get(pci, kept, 4) == (was ^ 1),
		  "a write there is a write");
	tap_check(mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, pci->fd, 0) ==
			  MAP_FAILED,
		  "not with the next page");
	tap_check(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, pci->fd, PAGE) ==
			  MAP_FAILED,
		  "which is none of it");
	tap_check(is_taken(at + SMALL, at + PAGE - 1, "vfio rest of a page"),
		  "nobody gets the rest of the page");
	munmap((void *)mapped, PAGE);
}

/* @kept: a register of which the lowest bit stays as it is written */
static void test_small(uint32_t id, unsigned int kept, bool alone)
{
	struct pci pci = pci_start(id, 0);
	struct vfio_region_info info = {};
	uint64_t at = place(pci.bdf);
	uint32_t data;

	region_info(&pci, 0, &info);
	tap_check(info.size == SMALL &&
			  info.flags == (READ_WRITE | (alone ? MAPPABLE : 0)),
		  "%llu bytes at %#llx, flags %u", info.size,
		  (unsigned long long)at, info.flags);
	pci_command(&pci, PCI_COMMAND_MEMORY, 0);
	pci_set(&pci, kept, 4, 0x01000001);
	tap_check(pci_get(&pci, kept, 1) == 1, "it can be written and read");
	tap_check(pread(pci.fd, &data, 4, SMALL - 2) == 2, "up to its end");
	tap_check(pread(pci.fd, &data, 4, SMALL) == -1 && errno == EINVAL,
		  "and no further");
	if (alone)
		check_mapped(&pci, kept);
	else
		tap_check(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, pci.fd, 0) ==
					  MAP_FAILED &&
				  errno == EINVAL,
			  "a mapping would have a neighbour in it");
	pci_stop(&pci);
	tap_check(!is_taken(at + SMALL, at + PAGE - 1, "vfio"),
		  "closed, it keeps no more than it has");
}

static void remove_device(uint32_t id)
{
	char bdf[16], path[100];

	pci_find(id, 0, bdf);
	snprintf(path, sizeof(path), SYSFS "/%s/remove", bdf);
	sysfs_write(path, "1");
}

/* What Linux places itself it packs; the firmware had given each a page. */
static bool share_a_page(void)
{
	char ohci[16], sdhci[16];

	remove_device(OHCI);
	remove_device(SDHCI);
	sysfs_write("/sys/bus/pci/rescan", "1");
	if (!pci_find(OHCI, 0, ohci) || !pci_find(SDHCI, 0, sdhci))
		tap_bail_out("what was removed is not found again");
	printf("# at %#llx and %#llx\n", (unsigned long long)place(ohci),
	       (unsigned long long)place(sdhci));
	return place(ohci) / PAGE == place(sdhci) / PAGE;
}

#define OHCI_FRAME_INTERVAL 0x34
#define SDHCI_ARGUMENT 0x08

int main(void)
{
	bool shared;

	test_serial();
	test_window();
	test_small(OHCI, OHCI_FRAME_INTERVAL, true);
	test_small(SDHCI, SDHCI_ARGUMENT, true);
	shared = share_a_page();
	tap_check(shared, "two of them in one page");
	test_small(OHCI, OHCI_FRAME_INTERVAL, !shared);
	test_small(SDHCI, SDHCI_ARGUMENT, !shared);
	return tap_done();
}
