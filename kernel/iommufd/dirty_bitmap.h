/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A bitmap in user memory: one bit for each page of a range of I/O virtual
 * addresses. Only the part that is pinned can be written to, a window that is
 * moved along. It is pinned before the IOMMU is asked to forget what the bits
 * will say, and while no lock of an io_pagetable is held: user memory can take
 * as long as its owner likes.
 */
#ifndef IOMMUFD_DIRTY_BITMAP_H
#define IOMMUFD_DIRTY_BITMAP_H

#include <linux/types.h>

struct page;

/*
 * The usual window is 2^18 bits, the size of 8 pages and so of a superpage of
 * 1 GiB in pages of 4 KiB, which may begin at any byte.
 */
#define DIRTY_WINDOW_SHIFT 18
#define DIRTY_WINDOW_PAGES 9

/**
 * struct dirty_bitmap - where user space wants to know what is dirty
 * @iova: the address that the first bit stands for
 * @data: where that is in user memory, at any byte
 * @shift: how many addresses a bit stands for, as a power of two
 * @start: first address of the window
 * @last: last address of the window
 * @first_page: of the window, counted from the page that @data is in
 * @npages: how many pages are pinned
 * @pages: these
 * @few: room for @pages of the usual window
 */
struct dirty_bitmap {
	unsigned long iova;
	unsigned long data;
	unsigned int shift;
	unsigned long start;
	unsigned long last;
	unsigned long first_page;
	unsigned long npages;
	struct page **pages;
	struct page *few[DIRTY_WINDOW_PAGES];
};

int dirty_bitmap_init(struct dirty_bitmap *bitmap, unsigned long iova,
		      unsigned long last, unsigned long page_size,
		      unsigned long data);
unsigned long dirty_bitmap_reach(const struct dirty_bitmap *bitmap,
				 unsigned long start);
int dirty_bitmap_pin(struct dirty_bitmap *bitmap, unsigned long start,
		     unsigned long last);
void dirty_bitmap_unpin(struct dirty_bitmap *bitmap);
void dirty_bitmap_set(struct dirty_bitmap *bitmap, unsigned long start,
		      unsigned long last);

#endif
