// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dirty tracking: what devices wrote to, from the IOMMU into a bitmap.
 *
 * The entries of an I/O page table, here called leaves, are as large as the
 * driver could make them, and each has one dirty bit. Drivers would record
 * them in a bitmap of the kernel's, but that is compiled out of kernels that
 * were built without iommufd. What they still do is to widen a gather of
 * addresses to be flushed: of all the leaves in a call, it then holds the first
 * and the last dirty one, and all in between. So
 *
 *   - a call that only looks, over any range, says whether and where to look
 *     closer. One call is enough for a range that is clean.
 *   - a call that clears must be for one leaf. If it were for more, nobody
 *     could tell which of them had been dirty; and if it cleared what another
 *     call has seen, whatever a device wrote between the two would be lost.
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
 * a call that starts there must not go further, see exact_last().
 *
 * Nothing is cleared that cannot be reported: all that the bitmap's pages can
 * be found wrong with is found before the first leaf is cleared, and the bits
 * of a leaf, all of them, are pinned when it is. A leaf that sticks out of the
 * range that was asked for is reported and stays dirty, for the rest of it.
 *
 * What is mapped stands still under iova_rwsem. It is let go when somebody
 * waits for it, at every section; user memory is touched only without it. One
 * flush of the IOTLB at the end of the request is enough: a device may go on to
 * write without setting dirty bits before, but then whoever asked has not been
 * answered yet, and will see what was written.
 */
#include <linux/bitops.h>
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/limits.h>
#include <linux/lockdep.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <uapi/linux/iommufd.h>

#include "../compat/iommu_driver.h"
#include "area_tree.h"
#include "dirty_bitmap.h"
#include "hwpt.h"

/* Bounds for how long map and unmap wait, in addresses. */
#define SECTION_SIZE SZ_32M

/**
 * struct span - a run of addresses
 * @start: the first
 * @last: the last; below @start if there is none
 */
struct span {
	unsigned long start;
	unsigned long last;
};

static const struct span no_span = { .start = ULONG_MAX, .last = 0 };

static bool span_within(const struct span *inner, const struct span *outer)
{
	return inner->start >= outer->start && inner->last <= outer->last;
}

static void span_include(struct span *span, const struct span *more)
{
	span->start = min(span->start, more->start);
	span->last = max(span->last, more->last);
}

/**
 * struct dirty_walk - a request on its way through the leaves of a domain
 * @iopt: what is mapped
 * @domain: one of its domains
 * @range: where to look
 * @next: first address that is still to be looked at
 * @clear: whether leaves are cleared
 * @cleared: to be flushed
 * @bitmap: where to report
 * @wanted: a leaf that needs a window of its own
 */
struct dirty_walk {
	struct io_pagetable *iopt;
	struct iommu_domain *domain;
	struct span range;
	unsigned long next;
	bool clear;
	struct span cleared;
	struct dirty_bitmap bitmap;
	struct span wanted;
};

static unsigned long smallest_page(const struct iommu_domain *domain)
{
	return BIT(__ffs(domain->pgsize_bitmap));
}

/* 1 and where, if something of a range is dirty; 0; or a driver's errno. */
static int query(const struct dirty_walk *walk, const struct span *range,
		 bool clear, struct span *dirty)
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
		      bool clear, struct span *leaf)
{
	struct span page = {
		.start = iova,
		.last = iova + smallest_page(walk->domain) - 1,
	};
	unsigned long size;
	int rc;

	rc = query(walk, &page, clear, leaf);
	if (rc <= 0)
		return rc;
	/* Leaves are aligned to their size, which is a power of two. */
	size = leaf->last - leaf->start + 1;
	leaf->start = ALIGN_DOWN(iova, size);
	leaf->last = leaf->start + size - 1;
	return rc;
}

/*
 * How far a call may go that starts at an address: to the end of the largest
 * leaf that the address could be in the middle of, or anywhere if a leaf must
 * begin there.
 */
static unsigned long exact_last(const struct dirty_walk *walk,
				const struct iopt_area *area,
				unsigned long iova)
{
	unsigned long larger;

	if (iova == area->start)
		return ULONG_MAX;
	larger = walk->domain->pgsize_bitmap & ~GENMASK(__ffs(iova), 0);
	return larger ? iova | (BIT(__ffs(larger)) - 1) : ULONG_MAX;
}

/* The largest leaf that an address could be in. */
static struct span largest_leaf(const struct dirty_walk *walk,
				const struct iopt_area *area,
				unsigned long iova)
{
	unsigned long sizes = walk->domain->pgsize_bitmap &
			      GENMASK(__fls(area_length(area)), 0);
	struct span all = { .start = area->start, .last = area->last };
	struct span leaf = all;

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
static void report(struct dirty_walk *walk, const struct span *leaf)
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
		     unsigned long iova, struct span *leaf)
{
	const struct span window = {
		.start = walk->bitmap.start,
		.last = walk->bitmap.last,
	};
	struct span largest = largest_leaf(walk, area, iova);
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
	struct span leaf;
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
		struct span piece = { .start = walk->next, .last = last };
		struct span dirty;

		step *= 2;
		if (last - walk->next >= step)
			piece.last = walk->next + step - 1;
		piece.last =
			min(piece.last, exact_last(walk, area, walk->next));
		rc = query(walk, &piece, false, &dirty);
		if (rc > 0)
			walk->next = max(piece.start, dirty.start);
		if (rc || piece.last == last)
			return rc;
		walk->next = piece.last + 1;
	}
}

/*
 * A piece is what one call can look at: of one area, in one section. If this
 * fails, @walk->next is where.
 */
static int read_piece(struct dirty_walk *walk, const struct iopt_area *area,
		      const struct span *piece)
{
	struct span dirty;
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

/* Nobody is told what was dirty: pieces may be cleared as a whole. */
static int clear_piece(struct dirty_walk *walk, const struct iopt_area *area,
		       const struct span *piece)
{
	struct span dirty;
	int rc;

	if (area->last == ULONG_MAX)
		return 0;
	rc = query(walk, piece, true, &dirty);
	if (rc > 0)
		span_include(&walk->cleared, &dirty);
	return min(rc, 0);
}

/* The next area that is in the domain, NULL if there is none up to @last. */
static struct iopt_area *next_area(struct dirty_walk *walk, unsigned long last)
{
	struct iopt_area *area;

	lockdep_assert_held(&walk->iopt->iova_rwsem);

	area = area_tree_find(&walk->iopt->areas, walk->next, last);
	while (area && !area_is_committed(area))
		area = area_tree_next_in(area, last);
	if (area)
		walk->next = max(walk->next, area->start);
	return area;
}

/* Lets others in. What was mapped may be gone after this. */
static int take_a_break(struct dirty_walk *walk)
{
	struct rw_semaphore *sem = &walk->iopt->iova_rwsem;

	if (need_resched() || rwsem_is_contended(sem)) {
		up_read(sem);
		cond_resched();
		down_read(sem);
	}
	return fatal_signal_pending(current) ? -EINTR : 0;
}

typedef int (*piece_fn)(struct dirty_walk *walk, const struct iopt_area *area,
			const struct span *piece);

/* Goes through what is mapped up to an address, from @walk->next on. */
static int visit_pieces(struct dirty_walk *walk, unsigned long last,
			piece_fn visit)
{
	struct iopt_area *area;
	struct span piece;
	int rc;

	rc = down_read_killable(&walk->iopt->iova_rwsem);
	if (rc)
		return rc;
	while (!rc && (area = next_area(walk, last))) {
		piece.start = walk->next;
		piece.last = min3(area->last, last,
				  piece.start | (SECTION_SIZE - 1));
		piece.last =
			min(piece.last, exact_last(walk, area, piece.start));
		rc = visit(walk, area, &piece);
		if (rc || piece.last == last)
			break;
		walk->next = piece.last + 1;
		rc = take_a_break(walk);
	}
	up_read(&walk->iopt->iova_rwsem);
	return rc;
}

/* 1 if there is something mapped still to be looked at. */
static int find_mapped(struct dirty_walk *walk)
{
	struct rw_semaphore *sem = &walk->iopt->iova_rwsem;
	struct iopt_area *area;
	int rc;

	rc = down_read_killable(sem);
	if (rc)
		return rc;
	area = next_area(walk, walk->range.last);
	up_read(sem);
	if (fatal_signal_pending(current))
		return -EINTR;
	return area ? 1 : 0;
}

/* Opens a window in which @walk->next is. */
static int open_window(struct dirty_walk *walk)
{
	struct span window = {
		.start = walk->next,
		.last = dirty_bitmap_reach(&walk->bitmap, walk->next),
	};

	/* It may have been unmapped meanwhile. */
	if (walk->next >= walk->wanted.start && walk->next <= walk->wanted.last)
		span_include(&window, &walk->wanted);
	walk->wanted = no_span;
	return dirty_bitmap_pin(&walk->bitmap, window.start,
				min(window.last, walk->range.last));
}

/*
 * Reports what is dirty in the range or, if @only_pin, finds out what can be
 * found out about the bitmap beforehand.
 */
static int read_windows(struct dirty_walk *walk, bool only_pin)
{
	unsigned long last;
	int rc;

	walk->next = walk->range.start;
	for (;;) {
		rc = find_mapped(walk);
		if (rc <= 0)
			return rc;
		rc = open_window(walk);
		if (rc)
			return rc;
		last = walk->bitmap.last;
		if (!only_pin)
			rc = visit_pieces(walk, last, read_piece);
		dirty_bitmap_unpin(&walk->bitmap);
		if (rc == -EAGAIN)
			continue;
		if (rc || last == walk->range.last)
			return rc;
		walk->next = last + 1;
	}
}

static void flush_cleared(struct dirty_walk *walk)
{
	struct iommu_iotlb_gather gather;

	if (walk->cleared.start > walk->cleared.last)
		return;
	iommu_iotlb_gather_init(&gather);
	gather.start = walk->cleared.start;
	gather.end = walk->cleared.last;
	iommu_iotlb_sync(walk->domain, &gather);
}

static int read_range(struct dirty_walk *walk)
{
	int rc = 0;

	/* In one window there is nothing to be cleared before it is open. */
	if (walk->clear &&
	    dirty_bitmap_reach(&walk->bitmap, walk->range.start) <
		    walk->range.last)
		rc = read_windows(walk, true);
	if (!rc)
		rc = read_windows(walk, false);
	flush_cleared(walk);
	return rc;
}

static int check_range(struct io_pagetable *iopt,
		       const struct iommu_hwpt_get_dirty_bitmap *cmd,
		       struct span *range)
{
	unsigned long alignment;
	int rc;

	range->start = cmd->iova;
	if (!cmd->length)
		return -EINVAL;
	if (check_add_overflow(range->start, (unsigned long)cmd->length - 1,
			       &range->last))
		return -EOVERFLOW;
	if (!is_power_of_2(cmd->page_size))
		return -EINVAL;

	rc = down_read_killable(&iopt->iova_rwsem);
	if (rc)
		return rc;
	alignment = max_t(unsigned long, iopt->iova_alignment, cmd->page_size);
	up_read(&iopt->iova_rwsem);
	return IS_ALIGNED(cmd->iova | cmd->length, alignment) ? 0 : -EINVAL;
}

/* As iommufd_object_lookup(); undo with iommufd_object_put(). */
static struct iommufd_hwpt_paging *paging_lookup(struct iommufd_ctx *ictx,
						 u32 id)
{
	struct iommufd_object *obj;

	obj = iommufd_object_lookup(ictx, id, IOMMUFD_OBJ_HWPT_PAGING);
	return IS_ERR(obj) ? ERR_CAST(obj) : to_paging(to_hwpt(obj));
}

static int get_dirty(struct iommufd_hwpt_paging *paging,
		     const struct iommu_hwpt_get_dirty_bitmap *cmd)
{
	struct dirty_walk walk = {
		.iopt = &paging->ioas->iopt,
		.domain = paging->common.domain,
		.clear = !(cmd->flags & IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR),
		.cleared = no_span,
		.wanted = no_span,
	};
	int rc;

	rc = check_range(walk.iopt, cmd, &walk.range);
	if (rc)
		return rc;
	if (!compat_domain_tracks_dirty(walk.domain))
		return -EOPNOTSUPP;
	rc = dirty_bitmap_init(&walk.bitmap, walk.range.start, walk.range.last,
			       cmd->page_size, cmd->data);
	return rc ? rc : read_range(&walk);
}

int iommufd_hwpt_get_dirty_bitmap(struct iommufd_ucmd *ucmd)
{
	struct iommu_hwpt_get_dirty_bitmap *cmd = ucmd->cmd;
	struct iommufd_hwpt_paging *paging;
	int rc;

	if ((cmd->flags & ~IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR) ||
	    cmd->__reserved)
		return -EOPNOTSUPP;
	paging = paging_lookup(ucmd->ictx, cmd->hwpt_id);
	if (IS_ERR(paging))
		return PTR_ERR(paging);
	rc = get_dirty(paging, cmd);
	iommufd_object_put(ucmd->ictx, &paging->common.obj);
	return rc;
}

/* What was dirty before is not to be found when tracking begins. */
static int clear_all(struct iommufd_hwpt_paging *paging)
{
	struct dirty_walk walk = {
		.iopt = &paging->ioas->iopt,
		.domain = paging->common.domain,
		.range.last = ULONG_MAX,
		.cleared = no_span,
	};
	int rc;

	rc = visit_pieces(&walk, walk.range.last, clear_piece);
	flush_cleared(&walk);
	return rc;
}

static int set_tracking(struct iommufd_hwpt_paging *paging, bool enable)
{
	struct iommu_domain *domain = paging->common.domain;
	int rc = 0;

	if (!compat_domain_tracks_dirty(domain))
		return -EOPNOTSUPP;
	if (enable)
		rc = clear_all(paging);
	return rc ? rc : compat_set_dirty_tracking(domain, enable);
}

int iommufd_hwpt_set_dirty_tracking(struct iommufd_ucmd *ucmd)
{
	struct iommu_hwpt_set_dirty_tracking *cmd = ucmd->cmd;
	struct iommufd_hwpt_paging *paging;
	int rc;

	if ((cmd->flags & ~IOMMU_HWPT_DIRTY_TRACKING_ENABLE) || cmd->__reserved)
		return -EOPNOTSUPP;
	paging = paging_lookup(ucmd->ictx, cmd->hwpt_id);
	if (IS_ERR(paging))
		return PTR_ERR(paging);
	rc = set_tracking(paging,
			  cmd->flags & IOMMU_HWPT_DIRTY_TRACKING_ENABLE);
	iommufd_object_put(ucmd->ictx, &paging->common.obj);
	return rc;
}
