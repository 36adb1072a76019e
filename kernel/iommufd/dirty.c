// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dirty tracking: the requests, and their way through what is mapped.
 *
 * What is mapped stands still under iova_rwsem. It is let go of when somebody
 * waits for it, and user memory is touched only without it. So a range is read
 * in windows, of which the bitmap is pinned, and a window in pieces, between
 * which others get their turn. Addresses where nothing is mapped are clean.
 *
 * Nothing is cleared that cannot be reported. A bitmap that cannot be written
 * to is found before the first leaf is cleared: if there is more than one
 * window, by trying them all. (Whoever takes memory of the bitmap away while
 * this runs finds in the rest of it what has been cleared until then.)
 *
 * One flush of the IOTLB at the end is enough: until then a device may write
 * without setting dirty bits, but whoever asked has not been answered yet and
 * will see what was written.
 */
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
#include "dirty_leaves.h"
#include "hwpt.h"

/* Bounds a piece, and so how long map and unmap wait, in bytes. */
#define SECTION_SIZE SZ_32M

typedef int (*piece_fn)(struct dirty_walk *walk, const struct iopt_area *area,
			const struct dirty_span *piece);

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

/* Goes through what is mapped up to an address, from @walk->next on. */
static int visit_pieces(struct dirty_walk *walk, unsigned long last,
			piece_fn visit)
{
	struct dirty_span piece;
	struct iopt_area *area;
	int rc;

	rc = down_read_killable(&walk->iopt->iova_rwsem);
	if (rc)
		return rc;
	while (!rc && (area = next_area(walk, last))) {
		piece.start = walk->next;
		piece.last = min3(area->last, last,
				  piece.start | (SECTION_SIZE - 1));
		piece.last = min(piece.last,
				 dirty_exact_last(walk, area, piece.start));
		rc = visit(walk, area, &piece);
		if (rc || piece.last == last)
			break;
		walk->next = piece.last + 1;
		rc = take_a_break(walk);
	}
	up_read(&walk->iopt->iova_rwsem);
	return rc;
}

/* 1 if there is something mapped still to be looked at, at @walk->next. */
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

/* Opens a window that @walk->next is in. */
static int open_window(struct dirty_walk *walk)
{
	struct dirty_span window = {
		.start = walk->next,
		.last = dirty_bitmap_reach(&walk->bitmap, walk->next),
	};

	/* It may have been unmapped meanwhile. */
	if (walk->next >= walk->wanted.start && walk->next <= walk->wanted.last)
		span_include(&window, &walk->wanted);
	walk->wanted = DIRTY_SPAN_NONE;
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
			rc = visit_pieces(walk, last, dirty_read_piece);
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
	atomic_long_inc(&walk->iopt->counts.flushes);
}

static int read_range(struct dirty_walk *walk)
{
	bool one_window =
		dirty_bitmap_reach(&walk->bitmap, walk->range.start) >=
		walk->range.last;
	int rc = 0;

	if (walk->clear && !one_window)
		rc = read_windows(walk, true);
	if (!rc)
		rc = read_windows(walk, false);
	flush_cleared(walk);
	return rc;
}

static int check_range(struct io_pagetable *iopt,
		       const struct iommu_hwpt_get_dirty_bitmap *cmd,
		       struct dirty_span *range)
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
		.cleared = DIRTY_SPAN_NONE,
		.wanted = DIRTY_SPAN_NONE,
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
		.cleared = DIRTY_SPAN_NONE,
	};
	int rc;

	rc = visit_pieces(&walk, walk.range.last, dirty_clear_piece);
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

	if (cmd->flags & ~IOMMU_HWPT_DIRTY_TRACKING_ENABLE)
		return -EOPNOTSUPP;
	paging = paging_lookup(ucmd->ictx, cmd->hwpt_id);
	if (IS_ERR(paging))
		return PTR_ERR(paging);
	rc = set_tracking(paging,
			  cmd->flags & IOMMU_HWPT_DIRTY_TRACKING_ENABLE);
	iommufd_object_put(ucmd->ictx, &paging->common.obj);
	return rc;
}
