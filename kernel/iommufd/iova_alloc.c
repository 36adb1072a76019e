// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where a new mapping goes: the lowest fitting addresses that are allowed, not
 * reserved and not mapped; or, where the caller chose, whether it may go there.
 */
#include <linux/align.h>
#include <linux/bitops.h>
#include <linux/lockdep.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sched.h>

#include "area_tree.h"
#include "iova_alloc.h"
#include "iova_ranges.h"

/*
 * What is being looked for: a multiple of @alignment with the bits of @offset,
 * the user address's place in its page, set.
 */
struct placement {
	unsigned long length;
	unsigned long alignment;
	unsigned long offset;
};

static bool fit(const struct placement *want, unsigned long start,
		unsigned long last, unsigned long *iova)
{
	unsigned long aligned;

	if (check_add_overflow(start, want->alignment - 1, &aligned))
		return false;
	aligned = ALIGN_DOWN(aligned, want->alignment) | want->offset;
	/* The last address of a run alone will not do, as with Linux. */
	if (aligned >= last || last - aligned < want->length - 1)
		return false;
	*iova = aligned;
	return true;
}

/* The lowest place between the areas of a window. */
static bool fit_between_areas(const struct placement *want,
			      const struct rb_root_cached *areas,
			      unsigned long start, unsigned long last,
			      unsigned long *iova)
{
	struct iopt_area *area = area_tree_after(areas, start);
	struct iopt_area *tail;

	for (; area; area = area_tree_next_gap(area, want->length)) {
		unsigned long gap_start = area->start - area->gap;

		if (gap_start > last)
			return false;
		if (area->gap && fit(want, max(gap_start, start),
				     min(area->start - 1, last), iova))
			return true;
		cond_resched();
	}

	tail = area_tree_last(areas);
	if (!tail || tail->last < start)
		return fit(want, start, last, iova);
	return tail->last < last && fit(want, tail->last + 1, last, iova);
}

static bool fit_outside_reserved(const struct placement *want,
				 struct io_pagetable *iopt, unsigned long start,
				 unsigned long last, unsigned long *iova)
{
	for (;;) {
		unsigned long hole_start = start;
		unsigned long hole_last = last;

		if (!iopt_ranges_next_hole(&iopt->reserved, &hole_start,
					   &hole_last))
			return false;
		if (fit_between_areas(want, &iopt->areas, hole_start, hole_last,
				      iova))
			return true;
		if (hole_last == last)
			return false;
		start = hole_last + 1;
		cond_resched();
	}
}

/* In a run of addresses that are allowed: from its first aligned one on. */
static bool fit_in_run(const struct placement *want, struct io_pagetable *iopt,
		       unsigned long start, unsigned long last,
		       unsigned long *iova)
{
	return fit(want, start, last, &start) &&
	       fit_outside_reserved(want, iopt, start, last, iova);
}

static bool fit_in_allowed(const struct placement *want,
			   struct io_pagetable *iopt, unsigned long start,
			   unsigned long last, unsigned long *iova)
{
	for (;;) {
		unsigned long run_start = start;
		unsigned long run_last = last;

		if (!iopt_ranges_next_used(&iopt->allowed, &run_start,
					   &run_last))
			return false;
		if (fit_in_run(want, iopt, run_start, run_last, iova))
			return true;
		if (run_last == last)
			return false;
		start = run_last + 1;
		cond_resched();
	}
}

/*
 * An address keeps the alignment that the memory has, as far as the length
 * makes use of it and up to what a huge page needs: then the IOMMU can use a
 * huge page wherever the memory is one.
 */
static unsigned long natural_alignment(unsigned long uptr, unsigned long length)
{
	unsigned long alignment = roundup_pow_of_two(length);

	if (uptr)
		alignment = min(alignment, 1UL << __ffs(uptr));
	if (IS_ENABLED(CONFIG_TRANSPARENT_HUGEPAGE))
		return min(alignment, HPAGE_SIZE);
	return min(alignment, PAGE_SIZE);
}

/**
 * iova_alloc() - choose the address of a mapping
 * @iopt: the table
 * @uptr: where the memory is in user space
 * @length: of the mapping, in bytes
 * @iova: set to the address
 *
 * Never the first or the last page of the space, and only allowed addresses
 * if there is a list of them.
 *
 * Context: holds iova_rwsem for writing.
 * Return: 0, or -EOVERFLOW for a length that has no alignment, -EINVAL when the
 * memory is aligned too little for the table, -ENOSPC when it fits nowhere.
 */
int iova_alloc(struct io_pagetable *iopt, unsigned long uptr,
	       unsigned long length, unsigned long *iova)
{
	const unsigned long start = PAGE_SIZE;
	const unsigned long last = ULONG_MAX - PAGE_SIZE;
	struct placement want = { .length = length };
	bool found;

	lockdep_assert_held_write(&iopt->iova_rwsem);

	/* Half the space: the largest power of two that there is. */
	if (!length || length >= ULONG_MAX / 2)
		return -EOVERFLOW;
	want.offset = offset_in_page(uptr);
	want.alignment = natural_alignment(uptr, length);
	if (want.alignment < iopt->iova_alignment)
		return -EINVAL;

	if (RB_EMPTY_ROOT(&iopt->allowed.rb_root))
		found = fit_in_run(&want, iopt, start, last, iova);
	else
		found = fit_in_allowed(&want, iopt, start, last, iova);
	return found ? 0 : -ENOSPC;
}

/**
 * iova_check() - whether a mapping may go where its caller wants it, if that
 *	is free
 * @iopt: the table
 * @iova: first address
 * @length: in bytes, not 0
 *
 * Context: holds iova_rwsem.
 * Return: 0, or -EINVAL for an address that is misaligned or reserved,
 * -EOVERFLOW for one that wraps.
 */
int iova_check(struct io_pagetable *iopt, unsigned long iova,
	       unsigned long length)
{
	const unsigned long last = iova + (length - 1);

	lockdep_assert_held(&iopt->iova_rwsem);

	if (!IS_ALIGNED(iova, iopt->iova_alignment))
		return -EINVAL;
	if (last < iova)
		return -EOVERFLOW;
	return iopt_ranges_intersect(&iopt->reserved, iova, last) ? -EINVAL : 0;
}
