// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * INTx of a device that cannot be told to keep it to itself: the line is masked
 * instead, and so it must be nobody else's. QEMU's edu is made one by a module.
 */
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

#include "edu.h"

#define INTX VFIO_PCI_INTX_IRQ_INDEX
#define SOON 1000
#define NEVER 100

static void module_load(const char *bdf, bool shared)
{
	char parameters[64], path[300];
	int fd;

	snprintf(path, sizeof(path), "%s/iommufd_old_intx.ko",
		 getenv("TEST_MODULES") ?: ".");
	snprintf(parameters, sizeof(parameters), "device=%s shared=%d", bdf,
		 shared);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || syscall(SYS_finit_module, fd, parameters, 0))
		tap_bail_out(path);
	close(fd);
}

static void module_unload(void)
{
	if (syscall(SYS_delete_module, "iommufd_old_intx", 0))
		tap_bail_out("a module does not go");
}

/* By its registers, while no driver has it. */
static void edu_lower(const char *bdf)
{
	uint16_t command = htole16(PCI_COMMAND_MEMORY);
	volatile uint32_t *registers;
	char path[100];
	int fd;

	snprintf(path, sizeof(path), SYSFS "/%s/config", bdf);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (pwrite(fd, &command, sizeof(command), PCI_COMMAND) < 0)
		tap_bail_out(path);
	close(fd);
	snprintf(path, sizeof(path), SYSFS "/%s/resource0", bdf);
	fd = open(path, O_RDWR | O_CLOEXEC);
	registers = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (registers == MAP_FAILED)
		tap_bail_out(path);
	registers[EDU_ACKNOWLEDGE / 4] = UINT32_MAX;
	munmap((void *)registers, 4096);
}

/* Devices that no driver has keep their interrupts to themselves. */
static void hush(const char *bdf)
{
	uint16_t command = htole16(pci_hardware(bdf, PCI_COMMAND, 2) |
				   PCI_COMMAND_INTX_DISABLE);
	char path[300];
	int fd;

	snprintf(path, sizeof(path), SYSFS "/%s/driver", bdf);
	if (!access(path, F_OK))
		return;
	snprintf(path, sizeof(path), SYSFS "/%s/config", bdf);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (pwrite(fd, &command, sizeof(command), PCI_COMMAND) < 0)
		tap_bail_out(path);
	close(fd);
}

/*
 * The line is others', too, and where it is masked nobody can tell whose
 * interrupt it is. What an edu has raised outlives its user and a reset.
 */
static void lower_all(const char *but)
{
	struct dirent **entries;
	int count = scandir(SYSFS, &entries, NULL, alphasort);
	char bdf[16];

	for (int nth = 0; pci_find(EDU, nth, bdf); nth++)
		edu_lower(bdf);
	for (int i = 0; i < count; i++) {
		if (*entries[i]->d_name != '.' &&
		    strcmp(entries[i]->d_name, but))
			hush(entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
}

static bool forbids_intx(struct pci *edu)
{
	return pci_hardware(edu->bdf, PCI_COMMAND, 2) &
	       PCI_COMMAND_INTX_DISABLE;
}

static void unmask(struct pci *edu)
{
	tap_errno(irqs_none(edu, INTX, IRQ_UNMASK, 0, 1), 0, "unmask");
}

static void test_alone(const char *bdf)
{
	int event = eventfd(0, EFD_CLOEXEC), other = eventfd(0, EFD_CLOEXEC);
	uint64_t one = 1;
	struct pci edu;

	module_load(bdf, false);
	edu = pci_start(EDU, 0);
	pci_command(&edu, PCI_COMMAND_MEMORY, 0);
	tap_errno(irqs_eventfd(&edu, INTX, IRQ_TRIGGER, 0, event), 0,
		  "INTx on");
	tap_check(!signals(event, NEVER), "no interrupt yet");
	pci_set(&edu, EDU_RAISE, 4, 1);
	tap_check(signals(event, SOON) == 1, "an interrupt");
	tap_check(!signals(event, NEVER) && !forbids_intx(&edu),
		  "the line is masked, and not the device");
	unmask(&edu);
	tap_check(signals(event, SOON) == 1, "it is still there");
	tap_errno(irqs_eventfd(&edu, INTX, IRQ_UNMASK, 0, other), 0,
		  "an eventfd that unmasks");
	if (write(other, &one, sizeof(one)) != sizeof(one))
		tap_bail_out("an eventfd cannot be written");
	tap_check(signals(event, SOON) == 1, "and does");
	pci_set(&edu, EDU_ACKNOWLEDGE, 4, 1);
	unmask(&edu);
	tap_check(!signals(event, NEVER), "acknowledged it is gone");

	pci_command(&edu, PCI_COMMAND_INTX_DISABLE, 0);
	pci_set(&edu, EDU_RAISE, 4, 1);
	tap_check(!signals(event, NEVER) && !forbids_intx(&edu),
		  "none while the command forbids it, which it is not told");
	tap_check(pci_get(&edu, CONFIG + PCI_COMMAND, 2) &
			  PCI_COMMAND_INTX_DISABLE,
		  "but the user sees");
	pci_command(&edu, 0, PCI_COMMAND_INTX_DISABLE);
	tap_check(signals(event, SOON) == 1, "one when it does not");
	tap_errno(irqs_none(&edu, INTX, IRQ_TRIGGER, 0, 0), 0,
		  "off while it is asserted");
	tap_errno(irqs_eventfd(&edu, INTX, IRQ_TRIGGER, 0, event), 0,
		  "and on again");
	tap_check(signals(event, SOON) == 1, "it is still asserted");
	pci_set(&edu, EDU_ACKNOWLEDGE, 4, 1);
	pci_stop(&edu);
	module_unload();
	close(event);
	close(other);
}

/* Masked, it would silence who shares it. */
static void test_shared(const char *bdf)
{
	int event = eventfd(0, EFD_CLOEXEC);
	struct pci edu;

	module_load(bdf, true);
	edu = pci_start(EDU, 0);
	tap_errno(irqs_eventfd(&edu, INTX, IRQ_TRIGGER, 0, event), EBUSY,
		  "INTx of a line that is shared");
	pci_command(&edu, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 0);
	tap_errno(irqs_eventfd(&edu, VFIO_PCI_MSI_IRQ_INDEX, IRQ_TRIGGER, 0,
			       event),
		  0, "which leaves MSI");
	pci_set(&edu, EDU_RAISE, 4, 1);
	tap_check(signals(event, SOON) == 1, "that interrupts");
	pci_set(&edu, EDU_ACKNOWLEDGE, 4, 1);
	pci_stop(&edu);
	module_unload();
	close(event);
}

int main(void)
{
	char bdf[16];

	if (!pci_find(EDU, 0, bdf))
		tap_bail_out("the VM lacks a device");
	lower_all(bdf);
	test_alone(bdf);
	test_shared(bdf);
	return tap_done();
}
