// SPDX-License-Identifier: GPL-2.0-only
/*
 * Areas in a red-black tree by address. Each knows the free gap in front of it
 * and the largest such gap below it in the tree, so that the lowest gap of a
 * size is found without looking at the areas in between.
 */
#include <linux/rbtree_augmented.h>

#include "area_tree.h"

static inline unsigned long area_gap(struct iopt_area *area)
{
	return area->gap;
}

RB_DECLARE_CALLBACKS_MAX(static, gap_callbacks, struct iopt_area, node,
			 unsigned long, max_gap, area_gap)

static unsigned long gap_between(struct iopt_area *before,
				 struct iopt_area *area)
{
	return before ? area->start - before->last - 1 : area->start;
}

static void set_gap(struct iopt_area *area, unsigned long gap)
{
	area->gap = gap;
	gap_callbacks_propagate(&area->node, NULL);
}

/**
 * area_tree_insert() - put an area in its place, if that is free
 * @areas: the tree
 * @area: its addresses are set
 * @last: nothing may lie between its first address and this one
 *
 * Context: holds iova_rwsem for writing.
 * Return: whether it was.
 */
bool area_tree_insert(struct rb_root_cached *areas, struct iopt_area *area,
		      unsigned long last)
{
	struct rb_node **link = &areas->rb_root.rb_node;
	struct iopt_area *before = NULL;
	struct iopt_area *after = NULL;
	struct rb_node *parent = NULL;

	while (*link) {
		struct iopt_area *other = area_of(*link);

		parent = *link;
		if (area->start < other->start) {
			after = other;
			link = &parent->rb_left;
		} else {
			before = other;
			link = &parent->rb_right;
		}
	}
	if ((before && before->last >= area->start) ||
	    (after && after->start <= last))
		return false;

	area->gap = gap_between(before, area);
	area->max_gap = area->gap;
	rb_link_node(&area->node, parent, link);
	gap_callbacks_propagate(parent, NULL);
	rb_insert_augmented_cached(&area->node, areas, !before, &gap_callbacks);
	if (after)
		set_gap(after, gap_between(area, after));
	return true;
}

/* The last of a chain's first areas that have no other between them. */
static struct iopt_area *last_of_run(struct iopt_area *chain,
				     struct iopt_area **after)
{
	while ((*after = area_tree_next(chain)) && *after == chain->next)
		chain = area_next_in_chain(chain);
	return chain;
}

static void erase_run(struct rb_root_cached *areas, struct iopt_area *first,
		      struct iopt_area *last, struct iopt_area *after)
{
	unsigned long free = first->gap + (last->last - first->start + 1);
	struct iopt_area *area = first;

	/* All there is: the tree need not be kept a tree on the way. */
	if (!after && area_tree_first(areas) == first) {
		*areas = RB_ROOT_CACHED;
		return;
	}
	for (;; area = area->next) {
		rb_erase_augmented_cached(&area->node, areas, &gap_callbacks);
		if (area == last)
			break;
		cond_resched();
	}
	if (after)
		set_gap(after, after->gap + free);
}

/**
 * area_tree_erase() - take areas out
 * @areas: the tree
 * @chain: in the tree, by iopt_area::next in the order of their addresses
 *
 * Context: holds iova_rwsem for writing.
 */
void area_tree_erase(struct rb_root_cached *areas, struct iopt_area *chain)
{
	while (chain) {
		struct iopt_area *after;
		struct iopt_area *last = last_of_run(chain, &after);
		struct iopt_area *rest = last->next;

		erase_run(areas, chain, last, after);
		chain = rest;
	}
}

/**
 * area_tree_after() - the lowest area that begins behind an address
 * @areas: the tree
 * @iova: the address
 *
 * Context: holds iova_rwsem.
 * Return: the area, or NULL.
 */
struct iopt_area *area_tree_after(const struct rb_root_cached *areas,
				  unsigned long iova)
{
	struct rb_node *node = areas->rb_root.rb_node;
	struct iopt_area *found = NULL;

	while (node) {
		struct iopt_area *area = area_of(node);

		if (area->start > iova) {
			found = area;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	return found;
}

/**
 * area_tree_find() - the lowest area with an address in a range
 * @areas: the tree
 * @start: first address of the range
 * @last: last address of the range
 *
 * Context: holds iova_rwsem.
 * Return: the area, or NULL.
 */
struct iopt_area *area_tree_find(const struct rb_root_cached *areas,
				 unsigned long start, unsigned long last)
{
	struct rb_node *node = areas->rb_root.rb_node;
	struct iopt_area *found = NULL;

	while (node) {
		struct iopt_area *area = area_of(node);

		if (area->last >= start) {
			found = area;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	return found && found->start <= last ? found : NULL;
}

static bool has_gap(struct rb_node *node, unsigned long size)
{
	return node && area_of(node)->max_gap >= size;
}

/* The lowest area below @node with such a gap; there is one. */
static struct iopt_area *lowest_gap(struct rb_node *node, unsigned long size)
{
	for (;;) {
		while (has_gap(node->rb_left, size))
			node = node->rb_left;
		if (area_of(node)->gap >= size)
			return area_of(node);
		node = node->rb_right;
	}
}

/**
 * area_tree_next_gap() - the next area with a gap of a size in front of it
 * @area: where to start, itself not considered
 * @size: in addresses
 *
 * Context: holds iova_rwsem.
 * Return: the area, or NULL.
 */
struct iopt_area *area_tree_next_gap(struct iopt_area *area, unsigned long size)
{
	struct rb_node *node = &area->node;
	struct rb_node *parent;

	if (has_gap(node->rb_right, size))
		return lowest_gap(node->rb_right, size);

	for (; (parent = rb_parent(node)); node = parent) {
		if (node == parent->rb_right)
			continue;
		if (area_of(parent)->gap >= size)
			return area_of(parent);
		if (has_gap(parent->rb_right, size))
			return lowest_gap(parent->rb_right, size);
	}
	return NULL;
}
