// SPDX-License-Identifier: GPL-2.0-only
/*
 * Asking the IOMMU what is dirty.
 *
 * The entries of an I/O page table, here called leaves, are as large as the
 * driver could make them, and each has one dirty bit. Drivers would record
 * them in a bitmap of the kernel's, but that is compiled out of kernels that
 * were built without iommufd. What they still do is to widen a gather of
 * addresses to be flushed: of all the leaves in a call, it then spans from the
 * first dirty one to the last, with whatever lies between. So
 *
 *   - a call that only looks, over any range, says whether and where to look
 *     closer. One call is enough for a range that is clean.
 *   - a call that clears must be for one leaf. If it were for more, nobody
 * could tell which of them had been dirty; and if it cleared what another call
 *     has seen, whatever a device wrote between the two would be lost.
 *   - a call for the smallest page says how large its leaf is, if it is dirty,
 *     and so where the next one begins.
 *
 * Dirty leaves are therefore cleared one by one as long as they lie side by
 * side, and where one is clean the next dirty one is looked for in growing
 * steps: about as many calls as there are dirty leaves, and the logarithm of
 * the distance for each gap.
 *
 * A driver walks in steps of the leaves it finds from where it is told to
 * start. If that is inside of a leaf it goes wrong at the end of that leaf, so
 * a call that starts there must not go further, see dirty_exact_last().
 *
 * A leaf is cleared only while the bits for all of it can be set. One that
 * sticks out of the range that was asked for is reported and stays dirty, for
 * the rest of it.
 */
#include <linux/align.h>
#include <linux/bitops.h>
#include <linux/iommu.h>
#include <linux/lockdep.h>

#include "../compat/iommu_driver.h"
#include "dirty_leaves.h"
#include "io_pagetable.h"

static bool span_within(const struct dirty_span *inner,
			const struct dirty_span *outer)
{
	return inner->start >= outer->start && inner->last <= outer->last;
}

static unsigned long smallest_page(const struct iommu_domain *domain)
{
	return BIT(__ffs(domain->pgsize_bitmap));
}

/* 1 and where, if something of a range is dirty; 0; or a driver's errno. */
static int query(const struct dirty_walk *walk, const struct dirty_span *range,
		 bool clear, struct dirty_span *dirty)
{
	struct iommu_iotlb_gather gather;
	int rc;

	lockdep_assert_held(&walk->iopt->iova_rwsem);

	iommu_iotlb_gather_init(&gather);
	rc = compat_read_dirty(walk->domain, range->start,
			       range->last - range->start + 1,
			       clear ? 0 : IOMMU_DIRTY_NO_CLEAR, &gather);
	if (rc)
		return rc;
	dirty->start = gather.start;
	dirty->last = gather.end;
	return dirty->start <= dirty->last;
}

/* As query(), for the leaf at an address. */
static int query_leaf(const struct dirty_walk *walk, unsigned long iova,
		      bool clear, struct dirty_span *leaf)
{
	struct dirty_span page = {
		.start = iova,
		.last = iova + smallest_page(walk->domain) - 1,
	};
	unsigned long size;
	int rc;

	rc = query(walk, &page, clear, leaf);
	if (rc <= 0)
		return rc;
	/*
	 * The size is right, but drivers say that a leaf begins where they were
	 * told to. It is aligned to its size, which is a power of two.
	 */
	size = leaf->last - leaf->start + 1;
	leaf->start = ALIGN_DOWN(iova, size);
	leaf->last = leaf->start + size - 1;
	return rc;
}

/**
 * dirty_exact_last() - how far a call may go that starts at an address
 * @walk: the walk
 * @area: what the address is in
 * @iova: the address, a multiple of the smallest page
 *
 * To the end of the largest leaf that the address could be in the middle of,
 * or anywhere if a leaf must begin there.
 *
 * Context: holds iova_rwsem.
 * Return: the last address, maybe behind the end of the area.
 */
unsigned long dirty_exact_last(const struct dirty_walk *walk,
			       const struct iopt_area *area, unsigned long iova)
{
	unsigned long larger;

	if (iova == area->start)
		return ULONG_MAX;
	larger = walk->domain->pgsize_bitmap & ~GENMASK(__ffs(iova), 0);
	return larger ? iova | (BIT(__ffs(larger)) - 1) : ULONG_MAX;
}

/* The largest leaf that an address could be in. */
static struct dirty_span largest_leaf(const struct dirty_walk *walk,
				      const struct iopt_area *area,
				      unsigned long iova)
{
	unsigned long sizes = walk->domain->pgsize_bitmap &
			      GENMASK(__fls(area_length(area)), 0);
	struct dirty_span all = { .start = area->start, .last = area->last };
	struct dirty_span leaf = all;

	while (sizes) {
		unsigned long size = BIT(__fls(sizes));

		leaf.start = ALIGN_DOWN(iova, size);
		leaf.last = leaf.start + size - 1;
		if (span_within(&leaf, &all))
			break;
		sizes &= ~size;
	}
	return leaf;
}

/* Sets the bits of what of a leaf is in the window. */
static void report(struct dirty_walk *walk, const struct dirty_span *leaf)
{
	struct dirty_bitmap *bitmap = &walk->bitmap;

	dirty_bitmap_set(bitmap, max(leaf->start, bitmap->start),
			 min(leaf->last, bitmap->last));
}

/*
 * Reports, and clears, the leaf at an address: 1 and where it is, or 0 if it is
 * not dirty. -EAGAIN if it is and the window does not hold all of its bits.
 */
static int take_leaf(struct dirty_walk *walk, const struct iopt_area *area,
		     unsigned long iova, struct dirty_span *leaf)
{
	const struct dirty_span window = {
		.start = walk->bitmap.start,
		.last = walk->bitmap.last,
	};
	struct dirty_span largest = largest_leaf(walk, area, iova);
	bool clear = walk->clear;
	int rc;

	if (clear && !span_within(&largest, &window)) {
		rc = query_leaf(walk, iova, false, leaf);
		if (rc <= 0)
			return rc;
		clear = span_within(leaf, &walk->range);
		if (clear && !span_within(leaf, &window)) {
			walk->wanted = *leaf;
			return -EAGAIN;
		}
	}
	rc = query_leaf(walk, iova, clear, leaf);
	if (rc <= 0)
		return rc;
	if (clear)
		span_include(&walk->cleared, leaf);
	report(walk, leaf);
	return rc;
}

/* Takes dirty leaves that lie side by side. 1 if there is more behind them. */
static int take_leaves(struct dirty_walk *walk, const struct iopt_area *area,
		       unsigned long last)
{
	struct dirty_span leaf;
	int rc;

	for (;;) {
		rc = take_leaf(walk, area, walk->next, &leaf);
		if (rc < 0)
			return rc;
		if (!rc)
			return 1;
		if (leaf.last >= last)
			return 0;
		walk->next = leaf.last + 1;
	}
}

/* Goes to the next dirty leaf. 1 if there is one. */
static int skip_clean(struct dirty_walk *walk, const struct iopt_area *area,
		      unsigned long last)
{
	unsigned long step = smallest_page(walk->domain);
	int rc;

	for (;;) {
		struct dirty_span piece = { .start = walk->next };
		struct dirty_span dirty;

		step *= 2;
		piece.last = last - piece.start < step ? last
						       : piece.start + step - 1;
		piece.last = min(piece.last,
				 dirty_exact_last(walk, area, piece.start));
		rc = query(walk, &piece, false, &dirty);
		if (rc > 0)
			walk->next = max(piece.start, dirty.start);
		if (rc || piece.last == last)
			return rc;
		walk->next = piece.last + 1;
	}
}

/**
 * dirty_read_piece() - report what is dirty in a piece
 * @walk: the walk; its window holds the piece
 * @area: what the piece is in, committed
 * @piece: multiples of the smallest page, as dirty_exact_last() allows
 *
 * Context: holds iova_rwsem.
 * Return: 0; -EAGAIN where @walk->wanted does not fit the window, which is at
 * @walk->next, or what the IOMMU's driver says.
 */
int dirty_read_piece(struct dirty_walk *walk, const struct iopt_area *area,
		     const struct dirty_span *piece)
{
	struct dirty_span dirty;
	unsigned long last;
	int rc;

	/* Some drivers never find the end of the last leaf that can be. */
	if (area->last == ULONG_MAX) {
		report(walk, piece);
		return 0;
	}
	rc = query(walk, piece, false, &dirty);
	if (rc <= 0)
		return rc;
	walk->next = max(piece->start, dirty.start);
	last = min(piece->last, dirty.last);
	do {
		rc = take_leaves(walk, area, last);
		if (rc > 0)
			rc = skip_clean(walk, area, last);
	} while (rc > 0);
	return rc;
}

/**
 * dirty_clear_piece() - let nothing of a piece be dirty
 * @walk: the walk, without a bitmap
 * @area: what the piece is in, committed
 * @piece: multiples of the smallest page, as dirty_exact_last() allows
 *
 * Nobody is told what was dirty, so that one call is enough.
 *
 * Context: holds iova_rwsem.
 * Return: 0, or what the IOMMU's driver says.
 */
int dirty_clear_piece(struct dirty_walk *walk, const struct iopt_area *area,
		      const struct dirty_span *piece)
{
	struct dirty_span dirty;
	int rc;

	if (area->last == ULONG_MAX)
		return 0;
	rc = query(walk, piece, true, &dirty);
	if (rc > 0)
		span_include(&walk->cleared, &dirty);
	return min(rc, 0);
}
