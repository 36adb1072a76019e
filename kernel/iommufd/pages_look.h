/* SPDX-License-Identifier: GPL-2.0-only */
/* Where memory lies that is mapped, for people who look. */
#ifndef IOMMUFD_PAGES_LOOK_H
#define IOMMUFD_PAGES_LOOK_H

#include <linux/bits.h>
#include <linux/sizes.h>

#include "pages.h"

/* A page table is told of no more than PIECE_MAX of iopt_fill.c at once. */
#define ENTRY_ORDERS 31

/**
 * struct iopt_slice - a part of some memory, and where it is mapped
 * @pages: the memory, referenced
 * @start_byte: the first byte in there
 * @length: in bytes
 * @iova: where that is mapped
 * @entry_sizes: a bit for each size that a page table's entry can have there,
 *	or 0 if it is in none
 */
struct iopt_slice {
	struct iopt_pages *pages;
	unsigned long start_byte;
	unsigned long length;
	unsigned long iova;
	unsigned long entry_sizes;
};

/**
 * struct iopt_frames - where it was found to be
 * @npages: pages of PAGE_SIZE that are pinned
 * @nruns: of contiguous frames at contiguous addresses
 * @entries: how many entries of a page table they became, by their order: 12
 *	for 4 KiB
 */
struct iopt_frames {
	unsigned long npages;
	unsigned long nruns;
	unsigned long entries[ENTRY_ORDERS];
};

int iopt_slice_frames(const struct iopt_slice *slice,
		      struct iopt_frames *frames);

#endif
