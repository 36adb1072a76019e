// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sets of address ranges, and the two of them that shape a table: what is
 * reserved and what must stay allowed.
 */
#include <linux/lockdep.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <uapi/linux/iommufd.h>

#include "area_tree.h"
#include "iova_ranges.h"

/**
 * iopt_range_insert() - add a range to a set
 * @ranges: the set
 * @start: first address
 * @last: last address
 * @by: kept with it, or NULL
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int iopt_range_insert(struct rb_root_cached *ranges, unsigned long start,
		      unsigned long last, const struct iopt_reserver *by)
{
	struct iopt_range *range;

	range = kzalloc(sizeof(*range), GFP_KERNEL_ACCOUNT);
	if (!range)
		return -ENOMEM;
	range->node.start = start;
	range->node.last = last;
	if (by)
		range->by = *by;
	interval_tree_insert(&range->node, ranges);
	return 0;
}

/**
 * iopt_ranges_free() - empty a set
 * @ranges: the set
 *
 * Context: may sleep.
 */
void iopt_ranges_free(struct rb_root_cached *ranges)
{
	struct iopt_range *range, *next;

	rbtree_postorder_for_each_entry_safe(range, next, &ranges->rb_root,
					     node.rb) {
		kfree(range);
		cond_resched();
	}
	*ranges = RB_ROOT_CACHED;
}

/**
 * iopt_ranges_intersect() - whether a set has an address of a range
 * @ranges: the set
 * @start: first address of the range
 * @last: last address of the range
 *
 * Context: any.
 * Return: true if it has.
 */
bool iopt_ranges_intersect(struct rb_root_cached *ranges, unsigned long start,
			   unsigned long last)
{
	return interval_tree_iter_first(ranges, start, last);
}

/**
 * iopt_ranges_next_used() - the lowest run of addresses of a set in a window
 * @ranges: the set
 * @start: in, first address of the window; out, of the run
 * @last: in, last address of the window; out, of the run
 *
 * Ranges that touch or overlap make one run.
 *
 * Context: any.
 * Return: false, and nothing set, if the window has no address of the set.
 */
bool iopt_ranges_next_used(struct rb_root_cached *ranges, unsigned long *start,
			   unsigned long *last)
{
	struct interval_tree_node *node;
	unsigned long run_last;

	node = interval_tree_iter_first(ranges, *start, *last);
	if (!node)
		return false;

	*start = max(*start, node->start);
	run_last = node->last;
	while (run_last < *last) {
		node = interval_tree_iter_first(ranges, run_last + 1,
						run_last + 1);
		if (!node)
			break;
		run_last = node->last;
	}
	*last = min(*last, run_last);
	return true;
}

/**
 * iopt_ranges_next_hole() - the lowest run of addresses outside a set
 * @ranges: the set
 * @start: in, first address of the window to look at; out, of the run
 * @last: in, last address of the window; out, of the run
 *
 * Context: any.
 * Return: false, and nothing set, if the set covers the window.
 */
bool iopt_ranges_next_hole(struct rb_root_cached *ranges, unsigned long *start,
			   unsigned long *last)
{
	struct interval_tree_node *node;
	unsigned long hole = *start;

	while ((node = interval_tree_iter_first(ranges, hole, hole))) {
		if (node->last >= *last)
			return false;
		hole = node->last + 1;
	}
	node = interval_tree_iter_first(ranges, hole, *last);
	*start = hole;
	if (node)
		*last = node->start - 1;
	return true;
}

/**
 * iopt_usable_ranges() - what addresses mappings can have
 * @iopt: the table
 * @ranges: filled in, in their order; may be NULL without room
 * @room: how many fit
 *
 * Context: holds iova_rwsem.
 * Return: how many there are, also beyond @room.
 */
size_t iopt_usable_ranges(struct io_pagetable *iopt,
			  struct iommu_iova_range *ranges, size_t room)
{
	unsigned long start = 0;
	unsigned long last = ULONG_MAX;
	size_t count = 0;

	lockdep_assert_held(&iopt->iova_rwsem);

	while (iopt_ranges_next_hole(&iopt->reserved, &start, &last)) {
		if (count < room) {
			ranges[count].start = start;
			ranges[count].last = last;
		}
		count++;
		if (last == ULONG_MAX)
			break;
		start = last + 1;
		last = ULONG_MAX;
	}
	return count;
}

/**
 * iopt_reserve() - keep mappings out of a range
 * @iopt: the table
 * @start: first address
 * @last: last address
 * @by: who wants that; any number of ranges can have the same owner
 *
 * Context: holds iova_rwsem for writing; may sleep. Undo with
 * iopt_unreserve().
 * Return: 0, or -EADDRINUSE if something of it is mapped or must stay allowed,
 * -EINVAL for a range that wraps, -ENOMEM.
 */
int iopt_reserve(struct io_pagetable *iopt, unsigned long start,
		 unsigned long last, const struct iopt_reserver *by)
{
	lockdep_assert_held_write(&iopt->iova_rwsem);

	if (last < start)
		return -EINVAL;
	if (area_tree_find(&iopt->areas, start, last) ||
	    iopt_ranges_intersect(&iopt->allowed, start, last))
		return -EADDRINUSE;
	return iopt_range_insert(&iopt->reserved, start, last, by);
}

/**
 * iopt_unreserve() - give back what an owner has reserved, if anything
 * @iopt: the table
 * @owner: whose ranges
 *
 * Context: holds iova_rwsem for writing.
 */
void iopt_unreserve(struct io_pagetable *iopt, const void *owner)
{
	struct interval_tree_node *node, *next;

	lockdep_assert_held_write(&iopt->iova_rwsem);

	for (node = interval_tree_iter_first(&iopt->reserved, 0, ULONG_MAX);
	     node; node = next) {
		struct iopt_range *range =
			container_of(node, struct iopt_range, node);

		next = interval_tree_iter_next(node, 0, ULONG_MAX);
		if (range->by.owner != owner)
			continue;
		interval_tree_remove(node, &iopt->reserved);
		kfree(range);
	}
}

static bool ranges_are_free(struct rb_root_cached *ranges,
			    struct rb_root_cached *reserved)
{
	struct interval_tree_node *node;

	for (node = interval_tree_iter_first(ranges, 0, ULONG_MAX); node;
	     node = interval_tree_iter_next(node, 0, ULONG_MAX)) {
		if (iopt_ranges_intersect(reserved, node->start, node->last))
			return false;
		cond_resched();
	}
	return true;
}

/**
 * iopt_set_allowed() - replace the list of allowed addresses
 * @iopt: the table
 * @allowed: in, the new list, without overlap; out, one to free: the old one,
 *	or on failure the new one
 *
 * Context: may sleep; takes iova_rwsem.
 * Return: 0, or -EADDRINUSE if something of it is reserved, -EINTR for a fatal
 * signal.
 */
int iopt_set_allowed(struct io_pagetable *iopt, struct rb_root_cached *allowed)
{
	int rc;

	rc = down_write_killable(&iopt->iova_rwsem);
	if (rc)
		return rc;
	if (ranges_are_free(allowed, &iopt->reserved))
		swap(*allowed, iopt->allowed);
	else
		rc = -EADDRINUSE;
	up_write(&iopt->iova_rwsem);
	return rc;
}
