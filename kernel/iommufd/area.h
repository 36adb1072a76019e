/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One mapping: a run of addresses of a table, and the slice of user memory
 * that it shows.
 */
#ifndef IOMMUFD_AREA_H
#define IOMMUFD_AREA_H

#include <linux/align.h>
#include <linux/atomic.h>
#include <linux/mm.h>
#include <linux/rbtree.h>
#include <linux/sched.h>

struct iopt_pages;

/**
 * struct iopt_area - one mapping
 * @node: in io_pagetable::areas
 * @start: first address
 * @last: last address, inclusive
 * @gap: free addresses between the area before this one and @start
 * @max_gap: the largest @gap in the part of the tree below @node
 * @next: the next area of the same claim, or of those about to be freed
 * @pages: the memory it shows; the area holds a reference
 * @start_byte: offset of its first byte in @pages
 * @iommu_prot: IOMMU_READ, IOMMU_WRITE, IOMMU_CACHE
 * @committed: set with release semantics when the claim is committed; an area
 *	without it is its claim's alone, or that of whoever unmaps it
 * @pinned: it is a user of its pages for the sake of the domains; changed by
 *	whoever has the area to itself, or holds domains_rwsem for writing.
 *	Under domains_rwsem a committed area is pinned if there is a domain,
 *	and it is in all of them.
 * @no_access: about to be unmapped, drivers may not begin to use it; under
 *	iova_rwsem
 * @accesses: how many times drivers have pinned something of it. Raised and
 *	lowered under iova_rwsem held for reading, so that it stands still
 *	under iova_rwsem held for writing.
 *
 * @start, @pages, @start_byte and @iommu_prot do not change once the area is in
 * the tree. Nor does @last, but for iopt_cut(), under iova_rwsem held for
 * writing and not while drivers have something of the area pinned.
 */
struct iopt_area {
	struct rb_node node;
	unsigned long start;
	unsigned long last;
	unsigned long gap;
	unsigned long max_gap;
	struct iopt_area *next;
	struct iopt_pages *pages;
	unsigned long start_byte;
	u8 iommu_prot;
	bool committed;
	bool pinned;
	bool no_access;
	atomic_t accesses;
};

static inline unsigned long area_length(const struct iopt_area *area)
{
	return area->last - area->start + 1;
}

static inline unsigned long area_first_page(const struct iopt_area *area)
{
	return area->start_byte / PAGE_SIZE;
}

static inline unsigned long area_last_page(const struct iopt_area *area)
{
	return (area->start_byte + area_length(area) - 1) / PAGE_SIZE;
}

static inline unsigned long area_npages(const struct iopt_area *area)
{
	return area_last_page(area) - area_first_page(area) + 1;
}

static inline bool area_is_aligned(const struct iopt_area *area,
				   unsigned long alignment)
{
	return IS_ALIGNED(area->start | area_length(area) | area->start_byte,
			  alignment);
}

/* The page of an area that an address leads to. */
static inline unsigned long area_page(const struct iopt_area *area,
				      unsigned long iova)
{
	return (area->start_byte + (iova - area->start)) / PAGE_SIZE;
}

/* A committed area is seen with all that was done to it before. */
static inline bool area_is_committed(const struct iopt_area *area)
{
	/* Pairs with area_commit(). */
	return smp_load_acquire(&area->committed);
}

/* From here on any thread may use the area, and free it. */
static inline void area_commit(struct iopt_area *area)
{
	/* Pairs with area_is_committed(). */
	smp_store_release(&area->committed, true);
}

/* The next one of a chain that may be long: others get the processor, too. */
static inline struct iopt_area *area_next_in_chain(struct iopt_area *area)
{
	if (area->next)
		cond_resched();
	return area->next;
}

#endif
