// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A program is killed in the middle of its device's DMA, in either shape: the
 * device is quiet, and reset if it can be, before the memory is anybody else's.
 * QEMU's edu is in the middle of it; its nvme can be reset.
 */
#include "nvme.h"
#include "user.h"

static void do_dma(struct pci *edu, uint8_t *at, int to)
{
	user_dma_prepare(edu, at);
	for (;;)
		user_dma(edu, to);
}

static void test_quiet(bool as_node, uint8_t *at)
{
	struct user user;
	char bdf[16];

	pci_find(EDU, 0, bdf);
	pci_bind(bdf);
	memset(at, 0, PAGE);
	user = user_start(bdf, as_node, at, do_dma);
	/* A second one is on its way. */
	tap_check(user_told(&user, 'D') && user_told(&user, 'D') &&
			  user_dma_arrived(at) && may_do_dma(bdf),
		  "DMA to a program, by its %s", as_node ? "node" : "group");
	user_kill(&user);
	tap_check(user_dma_over(at), "it is killed, and none arrives any more");
	tap_check(!may_do_dma(bdf), "nor may the device do any");
	pci_unbind(bdf);
}

static void run_nvme(struct pci *nvme, uint8_t *at, int to)
{
	pci_command(nvme, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 0);
	nvme_start(nvme);
	nvme_identify(nvme, at);
	user_tells(to, 'I');
	pause();
}

/* Looked at past VFIO, which would reset it when it is opened. */
static uint32_t nvme_control(const char *bdf)
{
	char path[100];
	volatile uint32_t *mapped;
	uint32_t control;
	int fd;

	snprintf(path, sizeof(path), SYSFS "/%s/enable", bdf);
	sysfs_write(path, "1");
	snprintf(path, sizeof(path), SYSFS "/%s/resource0", bdf);
	fd = open(path, O_RDWR | O_CLOEXEC);
	mapped = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	if (mapped == MAP_FAILED)
		tap_bail_out(path);
	control = mapped[NVME_CONTROL / 4];
	munmap((void *)mapped, PAGE);
	close(fd);
	snprintf(path, sizeof(path), SYSFS "/%s/enable", bdf);
	sysfs_write(path, "0");
	return control;
}

static void test_reset(bool as_node, uint8_t *at)
{
	struct user user;
	uint32_t control;
	char bdf[16];

	pci_find(NVME, 0, bdf);
	pci_bind(bdf);
	user = user_start(bdf, as_node, at, run_nvme);
	user_told(&user, 'I');
	user_kill(&user);
	pci_unbind(bdf);
	control = nvme_control(bdf);
	tap_check(!control, "a device that can be reset is: control %#x",
		  control);
}

int main(void)
{
	uint8_t *at = user_memory();

	for (int as_node = 0; as_node < 2; as_node++) {
		test_quiet(as_node, at);
		test_reset(as_node, at);
	}
	return tap_done();
}
