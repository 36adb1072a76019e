// SPDX-License-Identifier: GPL-2.0-only
/* Pinning and writing a bitmap in user memory; see dirty_bitmap.h. */
#include <linux/bitops.h>
#include <linux/highmem.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "dirty_bitmap.h"

#define BITS_PER_PAGE (PAGE_SIZE * BITS_PER_BYTE)

/* Ends what a window can ask for: the pages of 2^28 bits. */
#define WINDOW_PAGES_MAX 8193

/**
 * dirty_bitmap_init() - say where a bitmap is
 * @bitmap: to be set up, nothing of it is pinned
 * @iova: first address of the range
 * @last: last address of the range
 * @page_size: bytes a bit stands for, a power of two
 * @data: user address of the first bit
 *
 * Context: process.
 * Return: 0, or -EFAULT for what cannot be in user memory.
 */
int dirty_bitmap_init(struct dirty_bitmap *bitmap, unsigned long iova,
		      unsigned long last, unsigned long page_size,
		      unsigned long data)
{
	unsigned int shift = ilog2(page_size);
	unsigned long last_byte = ((last - iova) >> shift) / BITS_PER_BYTE;

	/* Beyond that bits could not even be counted. */
	if (data >= TASK_SIZE_MAX || last_byte >= TASK_SIZE_MAX - data)
		return -EFAULT;
	*bitmap = (struct dirty_bitmap){
		.iova = iova,
		.data = data,
		.shift = shift,
	};
	return 0;
}

/* Which bit an address has, counted from the page that the bitmap begins in. */
static unsigned long bit_of(const struct dirty_bitmap *bitmap,
			    unsigned long iova)
{
	return offset_in_page(bitmap->data) * BITS_PER_BYTE +
	       ((iova - bitmap->iova) >> bitmap->shift);
}

/**
 * dirty_bitmap_reach() - how far the usual window goes
 * @bitmap: the bitmap
 * @start: its first address
 *
 * Windows end at multiples of their size, as superpages do.
 *
 * Context: any.
 * Return: its last address, maybe behind the end of the range.
 */
unsigned long dirty_bitmap_reach(const struct dirty_bitmap *bitmap,
				 unsigned long start)
{
	unsigned int shift = bitmap->shift + DIRTY_WINDOW_SHIFT;

	return shift < BITS_PER_LONG ? start | (BIT(shift) - 1) : ULONG_MAX;
}

static int window_pin(struct dirty_bitmap *bitmap, unsigned long npages)
{
	unsigned long addr =
		(bitmap->data & PAGE_MASK) + bitmap->first_page * PAGE_SIZE;

	while (bitmap->npages < npages) {
		int rc;

		rc = pin_user_pages_fast(addr + bitmap->npages * PAGE_SIZE,
					 npages - bitmap->npages, FOLL_WRITE,
					 bitmap->pages + bitmap->npages);
		if (rc <= 0)
			return rc ? rc : -EFAULT;
		bitmap->npages += rc;
	}
	return 0;
}

/**
 * dirty_bitmap_pin() - open a window on a bitmap
 * @bitmap: without a window
 * @start: first address
 * @last: last address, both in the range of the bitmap
 *
 * Context: process, may sleep for as long as user space likes. Undo with
 * dirty_bitmap_unpin().
 * Return: 0, or -EFAULT for a bitmap that cannot be written to; -ENOMEM, also
 * for a window of more than 2^28 bits; -EINTR for a fatal signal.
 */
int dirty_bitmap_pin(struct dirty_bitmap *bitmap, unsigned long start,
		     unsigned long last)
{
	unsigned long npages;
	int rc;

	bitmap->start = start;
	bitmap->last = last;
	bitmap->first_page = bit_of(bitmap, start) / BITS_PER_PAGE;
	npages = bit_of(bitmap, last) / BITS_PER_PAGE - bitmap->first_page + 1;

	bitmap->pages = bitmap->few;
	if (npages > WINDOW_PAGES_MAX)
		return -ENOMEM;
	if (npages > ARRAY_SIZE(bitmap->few))
		bitmap->pages = kvmalloc_array(npages, sizeof(*bitmap->pages),
					       GFP_KERNEL_ACCOUNT);
	if (!bitmap->pages)
		return -ENOMEM;
	rc = window_pin(bitmap, npages);
	if (rc)
		dirty_bitmap_unpin(bitmap);
	return rc;
}

/**
 * dirty_bitmap_unpin() - close the window
 * @bitmap: from dirty_bitmap_pin()
 *
 * Context: may sleep.
 */
void dirty_bitmap_unpin(struct dirty_bitmap *bitmap)
{
	unpin_user_pages_dirty_lock(bitmap->pages, bitmap->npages, true);
	bitmap->npages = 0;
	if (bitmap->pages != bitmap->few)
		kvfree(bitmap->pages);
}

/*
 * Bit by bit where a word is shared with bits that somebody else may be
 * setting: another request, whose range begins where this one ends.
 */
static void set_bits(unsigned long *words, unsigned long first,
		     unsigned long last)
{
	while (first <= last && !IS_ALIGNED(first, BITS_PER_LONG))
		set_bit(first++, words);
	for (; first + BITS_PER_LONG - 1 <= last; first += BITS_PER_LONG)
		WRITE_ONCE(words[first / BITS_PER_LONG], ~0UL);
	while (first <= last)
		set_bit(first++, words);
}

/**
 * dirty_bitmap_set() - set the bits of dirty pages
 * @bitmap: the bitmap
 * @start: first dirty address
 * @last: last dirty address, both in the window
 *
 * Context: does not sleep.
 */
void dirty_bitmap_set(struct dirty_bitmap *bitmap, unsigned long start,
		      unsigned long last)
{
	unsigned long bit = bit_of(bitmap, start);
	unsigned long last_bit = bit_of(bitmap, last);

	for (;;) {
		unsigned long index = bit / BITS_PER_PAGE - bitmap->first_page;
		unsigned long page_last = bit | (BITS_PER_PAGE - 1);
		void *words = kmap_local_page(bitmap->pages[index]);

		set_bits(words, bit % BITS_PER_PAGE,
			 min(last_bit, page_last) % BITS_PER_PAGE);
		kunmap_local(words);
		if (last_bit <= page_last)
			return;
		bit = page_last + 1;
	}
}
