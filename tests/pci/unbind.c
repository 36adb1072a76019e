// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How a device comes to the driver and how it goes, while a program has it:
 * asked back by unbinding, taken off the bus, switched off with its slot, left
 * by a program that is killed. The device that is switched off is QEMU's nvme,
 * which does not come back: this runs after the tests that need it.
 */
#include <signal.h>
#include <sys/wait.h>

#include "pci.h"

#define WAIT 20000
#define DRIVER "/sys/bus/pci/drivers/vfio-pci"

static bool is_bound(const char *bdf)
{
	char path[100];

	snprintf(path, sizeof(path), DRIVER "/%s", bdf);
	return !access(path, F_OK);
}

static void test_new_id(void)
{
	char bdf[16], path[100];

	pci_find(E1000E, 0, bdf);
	snprintf(path, sizeof(path), SYSFS "/%s/driver_override", bdf);
	sysfs_write(path, "\n");
	tap_check(!is_bound(bdf), "a device without a driver");
	sysfs_write(DRIVER "/new_id", "8086 10d3");
	tap_check(is_bound(bdf), "new_id gives it one");
	sysfs_write(DRIVER "/remove_id", "8086 10d3");
	pci_unbind(bdf);
	tap_check(!is_bound(bdf), "until it is unbound");
}

/* A user who gives the device back when it is asked, but not at once. */
static void *close_when_asked(void *argument)
{
	struct pci *pci = argument;
	int event = eventfd(0, EFD_CLOEXEC);

	irqs_eventfd(pci, VFIO_PCI_REQ_IRQ_INDEX, IRQ_TRIGGER, 0, event);
	tap_check(signals(event, WAIT) == 1, "the device is wanted back");
	usleep(100000);
	close(pci->fd);
	close(event);
	return NULL;
}

static struct pci busy_device(uint32_t id)
{
	struct pci pci = pci_start(id, 0);

	pci_command(&pci, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 0);
	irqs_eventfd(&pci, VFIO_PCI_MSIX_IRQ_INDEX, IRQ_TRIGGER, 0,
		     eventfd(0, EFD_CLOEXEC));
	return pci;
}

/* Writes to @path what makes the device go, which waits for its user. */
static void leave(uint32_t id, const char *path, const char *value)
{
	struct pci pci = busy_device(id);
	char device[100];
	pthread_t user;

	pthread_create(&user, NULL, close_when_asked, &pci);
	usleep(300000);
	snprintf(device, sizeof(device), path, pci.bdf);
	sysfs_write(device, value ?: pci.bdf);
	pthread_join(user, NULL);
	tap_check(!is_bound(pci.bdf), "it has left the driver");
	close(pci.iommufd);
}

static void test_killed(void)
{
	char bdf[16], byte;
	int to[2];
	pid_t child;

	if (pipe(to))
		tap_bail_out("no pipe");
	child = fork();
	if (!child) {
		struct pci pci = busy_device(E1000E);

		mmap(NULL, PAGE, PROT_READ, MAP_SHARED, pci.fd, 0);
		if (write(to[1], "", 1) == 1)
			pause();
		_exit(1);
	}
	if (read(to[0], &byte, 1) != 1)
		tap_bail_out("a child has died");
	pci_find(E1000E, 0, bdf);
	tap_check(may_do_dma(bdf), "a program whose device may do DMA");
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	tap_check(!may_do_dma(bdf), "is killed, and the device may not");
	pci_unbind(bdf);
}

/* The slot of what is below the same port, in /sys/bus/pci/slots. */
static bool slot_of(const char *bdf, char *power, size_t size)
{
	struct dirent **entries;
	bool found = false;
	int count = scandir("/sys/bus/pci/slots", &entries, NULL, alphasort);

	for (int i = 0; i < count; i++) {
		char path[300], address[16] = "";
		int fd;

		snprintf(path, sizeof(path),
			 "/sys/bus/pci/slots/%.100s/address",
			 entries[i]->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd >= 0 && read(fd, address, 10) == 10 &&
		    !strncmp(address, bdf, 10)) {
			snprintf(power, size, "/sys/bus/pci/slots/%.60s/power",
				 entries[i]->d_name);
			found = true;
		}
		if (fd >= 0)
			close(fd);
		free(entries[i]);
	}
	free(entries);
	return found;
}

static void test_switched_off(void)
{
	char bdf[16], power[100];

	pci_find(NVME, 0, bdf);
	if (!slot_of(bdf, power, sizeof(power))) {
		tap_skip("no slot that can be", "a slot is switched off");
		return;
	}
	leave(NVME, power, "0");
	for (int i = 0; i < 100 && pci_find(NVME, 0, bdf); i++)
		usleep(100000);
	tap_check(!pci_find(NVME, 0, bdf), "and is gone");
}

int main(void)
{
	char bdf[16];

	test_new_id();
	leave(E1000E, DRIVER "/unbind", NULL);
	leave(E1000E, SYSFS "/%s/remove", "1");
	sysfs_write("/sys/bus/pci/rescan", "1");
	tap_check(pci_find(E1000E, 0, bdf), "what was removed is found again");
	test_killed();
	test_switched_off();
	return tap_done();
}
