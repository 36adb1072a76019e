// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * QEMU's edu as a user has it: what it has, its registers, its interrupts and
 * its DMA. It cannot be reset, has MSI, and is on the root bus.
 */
#include <setjmp.h>
#include <signal.h>

#include "edu.h"

#define INTX VFIO_PCI_INTX_IRQ_INDEX
#define MSI VFIO_PCI_MSI_IRQ_INDEX
#define SOON 1000
#define NEVER 100

static void test_info(struct pci *edu)
{
	struct vfio_device_info info = { .argsz = sizeof(info) };
	struct vfio_pci_hot_reset_info hot = { .argsz = sizeof(hot) };

	tap_errno(request(edu->fd, VFIO_DEVICE_GET_INFO, &info), 0, "GET_INFO");
	tap_check(info.flags == VFIO_DEVICE_FLAGS_PCI,
		  "a PCI device that cannot be reset: flags %u", info.flags);
	tap_check(info.num_regions == 9 && info.num_irqs == 5,
		  "%u regions, %u interrupts", info.num_regions, info.num_irqs);
	info.argsz = 8;
	tap_errno(request(edu->fd, VFIO_DEVICE_GET_INFO, &info), EINVAL,
		  "GET_INFO with a short struct");
	tap_errno(request(edu->fd, VFIO_DEVICE_RESET, NULL), EINVAL, "RESET");
	tap_errno(request(edu->fd, VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, &hot),
		  ENODEV, "no hot reset of the root bus");
	tap_errno(request(edu->fd, _IO(VFIO_TYPE, VFIO_BASE + 99), NULL),
		  ENOTTY, "a request that nobody knows");
}

static void check_region(struct pci *edu, uint32_t index, uint64_t size,
			 uint32_t flags)
{
	struct vfio_region_info info = {};

	tap_errno(region_info(edu, index, &info), 0, "GET_REGION_INFO");
	tap_check(info.size == size && info.flags == flags &&
			  info.offset == REGION(index),
		  "region %u: %llu bytes, flags %u, at %#llx", index, info.size,
		  info.flags, info.offset);
}

static void test_regions(struct pci *edu)
{
	struct vfio_region_info info = {};

	check_region(edu, VFIO_PCI_BAR0_REGION_INDEX, EDU_SIZE, 7);
	check_region(edu, VFIO_PCI_BAR1_REGION_INDEX, 0, 0);
	check_region(edu, VFIO_PCI_ROM_REGION_INDEX, 0, 0);
	check_region(edu, VFIO_PCI_CONFIG_REGION_INDEX, 256, 3);
	tap_errno(region_info(edu, VFIO_PCI_VGA_REGION_INDEX, &info), EINVAL,
		  "no VGA region");
	tap_errno(region_info(edu, UINT32_MAX, &info), EINVAL,
		  "no region of the last number");
	info.argsz = 31;
	tap_errno(region_info(edu, 0, &info), EINVAL, "a short struct");
}

static void check_irqs(struct pci *edu, uint32_t index, uint32_t count,
		       uint32_t flags)
{
	struct vfio_irq_info info;

	tap_errno(irq_info(edu, index, &info), 0, "GET_IRQ_INFO");
	tap_check(info.count == count && info.flags == flags,
		  "%u interrupts of kind %u, flags %u", info.count, index,
		  info.flags);
}

static void test_irq_info(struct pci *edu)
{
	struct vfio_irq_info info;

	check_irqs(edu, INTX, 1, 7);
	check_irqs(edu, MSI, 1, 9);
	check_irqs(edu, VFIO_PCI_MSIX_IRQ_INDEX, 0, 9);
	check_irqs(edu, VFIO_PCI_REQ_IRQ_INDEX, 1, 9);
	tap_errno(irq_info(edu, VFIO_PCI_ERR_IRQ_INDEX, &info), EINVAL,
		  "no errors on a conventional bus");
	tap_errno(irq_info(edu, VFIO_PCI_NUM_IRQS, &info), EINVAL,
		  "no interrupts behind the last kind");
}

static sigjmp_buf back;

static void on_bus_error(int number)
{
	siglongjmp(back, number);
}

/* Whether a mapped register can be read, and is EDU_ID's. */
static bool answers(volatile uint32_t *mapped)
{
	if (sigsetjmp(back, 1))
		return false;
	return mapped[EDU_ID] == EDU_IS;
}

static bool maps(struct pci *edu, int flags, size_t size, uint64_t at)
{
	void *mapped = mmap(NULL, size, PROT_READ, flags, edu->fd, at);

	if (mapped != MAP_FAILED)
		munmap(mapped, size);
	return mapped != MAP_FAILED;
}

static void test_mapping_limits(struct pci *edu)
{
	tap_check(maps(edu, MAP_SHARED, PAGE, EDU_SIZE - PAGE),
		  "the last page");
	tap_check(!maps(edu, MAP_PRIVATE, PAGE, 0), "not a private mapping");
	tap_check(!maps(edu, MAP_SHARED, PAGE, EDU_SIZE),
		  "not the page behind");
	tap_check(!maps(edu, MAP_SHARED, EDU_SIZE + PAGE, 0), "not more");
	tap_check(!maps(edu, MAP_SHARED, PAGE, REGION(1)), "not an absent BAR");
	tap_check(!maps(edu, MAP_SHARED, PAGE, CONFIG),
		  "not the configuration space");
	tap_check(!maps(edu, MAP_SHARED, PAGE, REGION(8)), "not what is not");
}

static void test_memory(struct pci *edu)
{
	volatile uint32_t *mapped;
	uint32_t data;

	signal(SIGBUS, on_bus_error);
	mapped = mmap(NULL, EDU_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
		      edu->fd, 0);
	tap_check(mapped != MAP_FAILED, "map all of BAR 0");
	pci_command(edu, 0, PCI_COMMAND_MEMORY);
	tap_check(!answers(mapped), "a mapping while memory is off: SIGBUS");
	tap_check(pread(edu->fd, &data, 4, EDU_ID) == -1 && errno == EIO,
		  "a read while memory is off: EIO");
	pci_command(edu, PCI_COMMAND_MEMORY, 0);
	tap_check(answers(mapped), "the mapping when memory is on");
	tap_check(pci_get(edu, EDU_ID, 4) == EDU_IS, "a read");
	pci_set(edu, EDU_LIVE, 4, 0x12345678);
	tap_check(mapped[EDU_LIVE / 4] == ~0x12345678u, "a write");
	pci_command(edu, 0, PCI_COMMAND_MEMORY);
	tap_check(!answers(mapped), "the mapping is taken away");
	pci_command(edu, PCI_COMMAND_MEMORY, 0);
	tap_check(answers(mapped), "and comes back");
	tap_check(pread(edu->fd, &data, 4, EDU_SIZE) == -1 && errno == EINVAL,
		  "a read behind the end");
	tap_check(pread(edu->fd, &data, 4, EDU_SIZE - 2) == 2,
		  "a read across the end");
	munmap((void *)mapped, EDU_SIZE);
	test_mapping_limits(edu);
}

static void test_intx(struct pci *edu)
{
	int event = eventfd(0, EFD_CLOEXEC), other = eventfd(0, EFD_CLOEXEC);
	uint64_t one = 1;

	tap_errno(irqs_none(edu, INTX, IRQ_UNMASK, 0, 1), EINVAL,
		  "unmask INTx that is off");
	tap_errno(irqs_none(edu, INTX, IRQ_TRIGGER, 0, 0), EINVAL,
		  "switch INTx off that is off");
	tap_errno(irqs_eventfd(edu, INTX, IRQ_TRIGGER, 0, event), 0, "INTx on");
	tap_errno(irqs_eventfd(edu, MSI, IRQ_TRIGGER, 0, other), EINVAL,
		  "MSI beside INTx");
	tap_check(!signals(event, NEVER), "no interrupt yet");
	pci_set(edu, EDU_RAISE, 4, 1);
	tap_check(signals(event, SOON) == 1, "an interrupt");
	tap_check(!signals(event, NEVER), "which has masked itself");
	tap_errno(irqs_none(edu, INTX, IRQ_UNMASK, 0, 1), 0, "unmask");
	tap_check(signals(event, SOON) == 1, "it is still there");
	pci_set(edu, EDU_ACKNOWLEDGE, 4, 1);
	tap_errno(irqs_none(edu, INTX, IRQ_UNMASK, 0, 1), 0, "unmask");
	tap_check(!signals(event, NEVER), "now it is not");

	tap_errno(irqs_none(edu, INTX, IRQ_MASK, 0, 1), 0, "mask");
	pci_set(edu, EDU_RAISE, 4, 1);
	tap_check(!signals(event, NEVER), "no interrupt while it is masked");
	tap_errno(irqs_eventfd(edu, INTX, IRQ_UNMASK, 0, other), 0,
		  "an eventfd that unmasks");
	if (write(other, &one, sizeof(one)) != sizeof(one))
		tap_bail_out("an eventfd cannot be written");
	tap_check(signals(event, SOON) == 1, "an interrupt when it is written");
	pci_set(edu, EDU_ACKNOWLEDGE, 4, 1);
	irqs_none(edu, INTX, IRQ_UNMASK, 0, 1);

	pci_command(edu, PCI_COMMAND_INTX_DISABLE, 0);
	pci_set(edu, EDU_RAISE, 4, 1);
	tap_check(!signals(event, NEVER), "none while the command forbids it");
	pci_command(edu, 0, PCI_COMMAND_INTX_DISABLE);
	tap_check(signals(event, SOON) == 1, "one when it does not");
	pci_set(edu, EDU_ACKNOWLEDGE, 4, 1);
	tap_errno(irqs_none(edu, INTX, IRQ_TRIGGER, 0, 1), 0, "try it out");
	tap_check(signals(event, SOON) == 1, "a signal");
	tap_errno(irqs_none(edu, INTX, IRQ_TRIGGER, 0, 0), 0, "INTx off");
	close(event);
	close(other);
}

static void test_msi(struct pci *edu)
{
	int event = eventfd(0, EFD_CLOEXEC);
	uint8_t no = 0;

	pci_command(edu, PCI_COMMAND_MASTER, 0);
	tap_errno(irqs_none(edu, MSI, IRQ_TRIGGER, 0, 0), EINVAL,
		  "switch MSI off that is off");
	tap_errno(irqs_eventfd(edu, MSI, IRQ_TRIGGER, 1, event), EINVAL,
		  "a second MSI");
	tap_errno(irqs_eventfd(edu, MSI, IRQ_TRIGGER, 0, 999), EBADF,
		  "no such descriptor");
	tap_errno(irqs_eventfd(edu, MSI, IRQ_TRIGGER, 0, edu->fd), EINVAL,
		  "not an eventfd");
	tap_errno(irqs_eventfd(edu, MSI, IRQ_TRIGGER, 0, event), 0, "MSI on");
	tap_errno(irqs_eventfd(edu, MSI, IRQ_MASK, 0, event), ENOTTY,
		  "it cannot be masked");
	pci_set(edu, EDU_RAISE, 4, 1);
	tap_check(signals(event, SOON) == 1, "an interrupt");
	pci_set(edu, EDU_ACKNOWLEDGE, 4, 1);
	tap_errno(irqs_none(edu, MSI, IRQ_TRIGGER, 0, 1), 0, "try it out");
	tap_check(signals(event, SOON) == 1, "a signal");
	irqs(edu, MSI, VFIO_IRQ_SET_DATA_BOOL | IRQ_TRIGGER, 0, 1, &no, 1);
	tap_check(!signals(event, NEVER), "no signal where none is asked for");
	tap_errno(irqs_eventfd(edu, MSI, IRQ_TRIGGER, 0, -1), 0, "listen not");
	pci_set(edu, EDU_RAISE, 4, 1);
	tap_check(!signals(event, NEVER), "no interrupt");
	pci_set(edu, EDU_ACKNOWLEDGE, 4, 1);
	tap_errno(irqs_none(edu, MSI, IRQ_TRIGGER, 0, 0), 0, "MSI off");
	close(event);
}

static void test_bad_irqs(struct pci *edu)
{
	struct vfio_irq_set set = { .argsz = sizeof(set) - 1 };
	int fd = -1;

	tap_errno(request(edu->fd, VFIO_DEVICE_SET_IRQS, &set), EINVAL,
		  "SET_IRQS with a short struct");
	tap_errno(irqs(edu, INTX, 0, 0, 1, &fd, 4), EINVAL, "without flags");
	tap_errno(irqs(edu, INTX, IRQ_TRIGGER, 0, 1, &fd, 4), EINVAL,
		  "without a kind of data");
	tap_errno(irqs(edu, INTX, VFIO_IRQ_SET_DATA_EVENTFD, 0, 1, &fd, 4),
		  EINVAL, "without an action");
	tap_errno(irqs_none(edu, INTX, IRQ_TRIGGER | IRQ_MASK, 0, 1), EINVAL,
		  "with two actions");
	tap_errno(irqs(edu, INTX, VFIO_IRQ_SET_DATA_EVENTFD | IRQ_TRIGGER, 0, 1,
		       &fd, 3),
		  EINVAL, "with too little data");
	tap_errno(irqs_none(edu, INTX, IRQ_TRIGGER, 1, 1), EINVAL,
		  "from behind the last");
	tap_errno(irqs_none(edu, INTX, IRQ_TRIGGER, 0, UINT32_MAX), EINVAL,
		  "too many");
	tap_errno(irqs_none(edu, 5, IRQ_TRIGGER, 0, 1), EINVAL, "no such kind");
}

static void test_dma(struct pci *edu)
{
	uint8_t *at = memory(2 * PAGE);

	ioas_map_at(edu->iommufd, edu->ioas, at, 2 * PAGE, IOVA);
	pci_command(edu, PCI_COMMAND_MASTER, 0);
	tap_check(edu_moves(edu, at), "DMA arrives");
	pci_command(edu, 0, PCI_COMMAND_MASTER);
	tap_check(!edu_moves(edu, at), "DMA does not while it is switched off");
	pci_command(edu, PCI_COMMAND_MASTER, 0);
	tap_check(edu_moves(edu, at), "and does again");
	ioas_unmap_at(edu->iommufd, edu->ioas, IOVA, 2 * PAGE);
	munmap(at, 2 * PAGE);
}

/* It cannot be reset: the next driver that enables it will hear of it. */
static void test_left_asserting(void)
{
	struct pci edu = pci_start(EDU, 0);

	pci_command(&edu, PCI_COMMAND_MEMORY, 0);
	pci_set(&edu, EDU_RAISE, 4, 1);
	tap_check(pci_hardware(edu.bdf, PCI_STATUS, 2) & PCI_STATUS_INTERRUPT,
		  "a device asserts INTx");
	close(edu.fd);
	tap_check(pci_hardware(edu.bdf, PCI_COMMAND, 2) &
			  PCI_COMMAND_INTX_DISABLE,
		  "and is kept quiet when its user has gone");
	edu.fd = pci_open_node(edu.bdf);
	tap_errno(node_start(edu.fd, edu.iommufd, edu.ioas), 0, "the next one");
	pci_command(&edu, PCI_COMMAND_MEMORY, 0);
	pci_set(&edu, EDU_ACKNOWLEDGE, 4, 1);
	pci_stop(&edu);
}

int main(void)
{
	struct pci edu = pci_start(EDU, 0);

	test_info(&edu);
	test_regions(&edu);
	test_irq_info(&edu);
	test_memory(&edu);
	test_intx(&edu);
	test_msi(&edu);
	test_bad_irqs(&edu);
	test_dma(&edu);
	pci_stop(&edu);
	test_left_asserting();
	return tap_done();
}
