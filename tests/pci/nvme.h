/* SPDX-License-Identifier: GPL-2.0-or-later */
/* QEMU's nvme: as much of it as makes it ready, and asks it who it is. */
#ifndef TESTS_PCI_NVME_H
#define TESTS_PCI_NVME_H

#include <stdatomic.h>

#include "pci.h"

/* From the NVM Express base specification. */
#define NVME_CONTROL 0x14
#define NVME_STATUS 0x1c
#define NVME_QUEUES 0x24
#define NVME_SUBMISSIONS 0x28
#define NVME_COMPLETIONS 0x30
#define NVME_DOORBELLS 0x1000
#define NVME_ENABLE 0x00460001
#define NVME_READY 1
#define NVME_IDENTIFY 6
#define NVME_IDENTIFY_CONTROLLER 1

/* What is at IOVA, a page each; who only wants it ready need not map them. */
enum {
	NVME_PAGE_SUBMISSIONS,
	NVME_PAGE_COMPLETIONS,
	NVME_PAGE_DATA,
	NVME_PAGES,
};

static inline void nvme_start(struct pci *nvme)
{
	pci_set(nvme, NVME_QUEUES, 4, 0x00070007);
	pci_set(nvme, NVME_SUBMISSIONS, 4, IOVA);
	pci_set(nvme, NVME_COMPLETIONS, 4, IOVA + PAGE);
	pci_set(nvme, NVME_CONTROL, 4, NVME_ENABLE);
	if (pci_get(nvme, NVME_STATUS, 4) != NVME_READY)
		tap_bail_out("a device does not start");
}

/* Its first command: to write who it is to the third page of @at. */
static inline void nvme_identify(struct pci *nvme, uint8_t *at)
{
	uint32_t command[16] = {
		[0] = NVME_IDENTIFY,
		[6] = IOVA + NVME_PAGE_DATA * PAGE,
		[10] = NVME_IDENTIFY_CONTROLLER,
	};

	memcpy(at, command, sizeof(command));
	atomic_thread_fence(memory_order_release);
	pci_set(nvme, NVME_DOORBELLS, 4, 1);
}

#endif
