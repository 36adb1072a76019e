// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counting the frames of a mapping, for people who look at it. Memory may have
 * millions of them: its lock is held for one chunk at a time, and what changes
 * in between is seen or not.
 */
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/sched/signal.h>
#include <linux/string.h>

#include "pages_look.h"
#include "pin.h"

/**
 * struct counting - frames being counted
 * @slice: of what memory
 * @frames: the result
 * @iova: where the run at hand is mapped
 * @phys: where it is
 * @length: in bytes, what was seen of it so far
 */
struct counting {
	const struct iopt_slice *slice;
	struct iopt_frames *frames;
	unsigned long iova;
	phys_addr_t phys;
	unsigned long length;
};

/* How many entries of a size come first, until a larger one fits. */
static unsigned long entries_until_larger(const struct counting *c,
					  unsigned int order)
{
	unsigned long larger = c->slice->entry_sizes & (~1UL << order);
	unsigned long size, before;

	if (!larger)
		return c->length >> order;
	size = larger & -larger;
	/* Both addresses come to a multiple of it at once, or never do. */
	if ((c->iova ^ c->phys) & (size - 1))
		return c->length >> order;
	before = -c->iova & (size - 1);
	return (before <= c->length && size <= c->length - before
			? before
			: c->length) >>
	       order;
}

/*
 * As iommu_map() does, which iopt_fill.c tells of runs: at each address the
 * largest size that both addresses are a multiple of and that does not go
 * beyond the run.
 */
static void count_entries(struct counting *c)
{
	while (c->length) {
		unsigned long sizes = c->slice->entry_sizes;
		unsigned long count;
		unsigned int order;

		sizes &= GENMASK(__fls(c->length), 0);
		if (c->iova | c->phys)
			sizes &= GENMASK(__ffs(c->iova | c->phys), 0);
		/* A page table whose limits have changed since. */
		if (!sizes)
			break;
		order = __fls(sizes);
		count = entries_until_larger(c, order);
		c->frames->entries[order] += count;
		c->iova += count << order;
		c->phys += count << order;
		c->length -= count << order;
	}
}

static void end_run(struct counting *c)
{
	if (!c->length)
		return;
	c->frames->nruns++;
	count_entries(c);
}

/* Frames that follow each other are one run, whatever chunk has them. */
static void see_run(struct counting *c, unsigned long index, unsigned long pfn,
		    unsigned long npages)
{
	const struct iopt_slice *slice = c->slice;
	unsigned long start = max(index * PAGE_SIZE, slice->start_byte);
	unsigned long end = min((index + npages) * PAGE_SIZE,
				slice->start_byte + slice->length);
	unsigned long iova = slice->iova + (start - slice->start_byte);
	phys_addr_t phys = PFN_PHYS(pfn) + (start - index * PAGE_SIZE);

	c->frames->npages += npages;
	if (c->length && iova == c->iova + c->length &&
	    phys == c->phys + c->length) {
		c->length += end - start;
		return;
	}
	end_run(c);
	c->iova = iova;
	c->phys = phys;
	c->length = end - start;
}

static void see_chunk(struct counting *c, const struct pin_chunk *chunk,
		      unsigned long first, unsigned long last)
{
	unsigned long index = chunk->node.start;
	unsigned int slot;

	for (slot = chunk->front; slot < chunk->nruns; slot++) {
		unsigned long end = index + run_npages(chunk->runs[slot]);
		unsigned long from = max(index, first);
		unsigned long to = min(end, last + 1);

		if (from < to)
			see_run(c, from,
				run_pfn(chunk->runs[slot]) + (from - index),
				to - from);
		index = end;
	}
}

/* What is pinned from *@first on; false when that was the last. */
static bool see_next(struct counting *c, unsigned long *first,
		     unsigned long last)
{
	struct iopt_pages *pages = c->slice->pages;
	struct interval_tree_node *node;
	struct pin_chunk *chunk;

	lockdep_assert_held(&pages->lock);

	if (pages->npages == 1) {
		if (pages->page)
			see_run(c, 0, page_to_pfn(pages->page), 1);
		return false;
	}
	node = interval_tree_iter_first(&pages->chunks, *first, last);
	if (!node)
		return false;
	chunk = pin_chunk_of(node);
	see_chunk(c, chunk, *first, last);
	*first = chunk->node.last + 1;
	return *first <= last;
}

/**
 * iopt_slice_frames() - count the frames of a part of some memory
 * @slice: the part
 * @frames: set to what is pinned of it, whoever it was pinned for
 *
 * Context: may sleep; takes the memory's lock, again and again.
 * Return: 0, or -EINTR for a fatal signal.
 */
int iopt_slice_frames(const struct iopt_slice *slice,
		      struct iopt_frames *frames)
{
	struct counting c = { .slice = slice, .frames = frames };
	unsigned long first = slice->start_byte / PAGE_SIZE;
	unsigned long last =
		(slice->start_byte + slice->length - 1) / PAGE_SIZE;
	bool more = true;

	memset(frames, 0, sizeof(*frames));
	while (more) {
		if (mutex_lock_killable(&slice->pages->lock))
			return -EINTR;
		more = see_next(&c, &first, last);
		mutex_unlock(&slice->pages->lock);
		cond_resched();
		if (fatal_signal_pending(current))
			return -EINTR;
	}
	end_run(&c);
	return 0;
}
