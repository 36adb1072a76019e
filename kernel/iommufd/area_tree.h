/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The areas of a table by address, and the gaps between them by size. The
 * caller holds io_pagetable::iova_rwsem throughout, for writing to change.
 */
#ifndef IOMMUFD_AREA_TREE_H
#define IOMMUFD_AREA_TREE_H

#include <linux/rbtree.h>
#include <linux/sched.h>

#include "io_pagetable.h"

bool area_tree_insert(struct rb_root_cached *areas, struct iopt_area *area,
		      unsigned long last);
void area_tree_erase(struct rb_root_cached *areas, struct iopt_area *chain);
struct iopt_area *area_tree_find(const struct rb_root_cached *areas,
				 unsigned long start, unsigned long last);
struct iopt_area *area_tree_after(const struct rb_root_cached *areas,
				  unsigned long iova);
struct iopt_area *area_tree_next_gap(struct iopt_area *area,
				     unsigned long size);

static inline struct iopt_area *area_of(struct rb_node *node)
{
	return rb_entry_safe(node, struct iopt_area, node);
}

/* NULL in an empty tree */
static inline struct iopt_area *
area_tree_first(const struct rb_root_cached *areas)
{
	return area_of(rb_first_cached(areas));
}

/* NULL in an empty tree */
static inline struct iopt_area *
area_tree_last(const struct rb_root_cached *areas)
{
	return area_of(rb_last(&areas->rb_root));
}

/* NULL after the last one */
static inline struct iopt_area *area_tree_next(struct iopt_area *area)
{
	return area_of(rb_next(&area->node));
}

/*
 * The next one that begins in front of or at an address, NULL without one. For
 * ranges that may be long: others get the processor in between.
 */
static inline struct iopt_area *area_tree_next_in(struct iopt_area *area,
						  unsigned long last)
{
	struct iopt_area *next;

	/* Known without a look at the tree, in the most common case. */
	if (area->last >= last)
		return NULL;
	cond_resched();
	next = area_tree_next(area);
	return next && next->start <= last ? next : NULL;
}

/* Walk in the order of addresses; the body may not change the tree. */
#define area_tree_for_each(area, areas) \
	for (area = area_tree_first(areas); area; area = area_tree_next(area))

#endif
