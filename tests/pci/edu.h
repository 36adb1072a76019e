/* SPDX-License-Identifier: GPL-2.0-or-later */
/* QEMU's edu: its registers, and its DMA. */
#ifndef TESTS_PCI_EDU_H
#define TESTS_PCI_EDU_H

#include "pci.h"

/* From QEMU's docs/specs/edu. */
#define EDU_ID 0x00
#define EDU_LIVE 0x04
#define EDU_RAISE 0x60
#define EDU_ACKNOWLEDGE 0x64
#define EDU_DMA_FROM 0x80
#define EDU_DMA_TO 0x88
#define EDU_DMA_COUNT 0x90
#define EDU_DMA_COMMAND 0x98
#define EDU_DMA_START 1
#define EDU_DMA_TO_MEMORY 2
#define EDU_BUFFER 0x40000
#define EDU_IS 0x010000ed
#define EDU_SIZE 0x100000

static inline bool edu_copy(struct pci *edu, uint64_t from, uint64_t to,
			    uint32_t command)
{
	command |= EDU_DMA_START;
	pci_set(edu, EDU_DMA_FROM, 4, from);
	pci_set(edu, EDU_DMA_FROM + 4, 4, from >> 32);
	pci_set(edu, EDU_DMA_TO, 4, to);
	pci_set(edu, EDU_DMA_TO + 4, 4, to >> 32);
	pci_set(edu, EDU_DMA_COUNT, 4, 512);
	pci_set(edu, EDU_DMA_COMMAND, 4, command);
	for (int i = 0; i < 1000; i++) {
		if (!(pci_get(edu, EDU_DMA_COMMAND, 4) & EDU_DMA_START))
			return true;
		usleep(10000);
	}
	return false;
}

/* Whether the device moves bytes from one page of @at to the next. */
static inline bool edu_moves(struct pci *edu, uint8_t *at)
{
	static uint8_t seed;

	seed++;
	for (int i = 0; i < 512; i++)
		at[i] = seed + i * 7;
	memset(at + PAGE, 0, 512);
	if (!edu_copy(edu, IOVA, EDU_BUFFER, 0) ||
	    !edu_copy(edu, EDU_BUFFER, IOVA + PAGE, EDU_DMA_TO_MEMORY))
		tap_bail_out("a device hangs");
	return !memcmp(at, at + PAGE, 512);
}

#endif
