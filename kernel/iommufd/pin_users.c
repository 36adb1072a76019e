// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who needs which pages of an iopt_pages. Users of everything, which is nearly
 * all of them, are only counted; those of a part are kept by their range, and
 * counted where they share it.
 */
#include <linux/lockdep.h>
#include <linux/slab.h>

#include "pin.h"

/* Users of the same part of some pages. */
struct pin_range {
	struct interval_tree_node node;
	unsigned long users;
};

static bool is_whole(struct iopt_pages *pages, unsigned long first,
		     unsigned long last)
{
	return first == 0 && last == pages->npages - 1;
}

/* Not by asking for what overlaps: slices of one memory may all do that. */
static struct pin_range *find_range(struct iopt_pages *pages,
				    unsigned long first, unsigned long last)
{
	struct rb_node *rb = pages->part_users.rb_root.rb_node;
	struct rb_node *found = NULL;

	while (rb) {
		if (rb_entry(rb, struct pin_range, node.rb)->node.start <
		    first) {
			rb = rb->rb_right;
		} else {
			found = rb;
			rb = rb->rb_left;
		}
	}
	for (; found; found = rb_next(found)) {
		struct pin_range *range =
			rb_entry(found, struct pin_range, node.rb);

		if (range->node.start != first)
			return NULL;
		if (range->node.last == last)
			return range;
	}
	return NULL;
}

/**
 * pin_user_add() - note that somebody needs a range
 * @pages: what it is of
 * @first: first page
 * @last: last page
 *
 * Context: holds @pages->lock; may sleep. Undo with pin_user_forget().
 * Return: 0 or -ENOMEM.
 */
int pin_user_add(struct iopt_pages *pages, unsigned long first,
		 unsigned long last)
{
	struct pin_range *range;

	lockdep_assert_held(&pages->lock);

	if (is_whole(pages, first, last)) {
		pages->whole_users++;
		return 0;
	}
	range = find_range(pages, first, last);
	if (range) {
		range->users++;
		return 0;
	}
	range = kmalloc(sizeof(*range), GFP_KERNEL_ACCOUNT);
	if (!range)
		return -ENOMEM;
	range->node.start = first;
	range->node.last = last;
	range->users = 1;
	interval_tree_insert(&range->node, &pages->part_users);
	return 0;
}

/**
 * pin_user_forget() - undo pin_user_add()
 * @pages: what it is of
 * @first: first page
 * @last: last page
 *
 * Context: holds @pages->lock.
 */
void pin_user_forget(struct iopt_pages *pages, unsigned long first,
		     unsigned long last)
{
	struct pin_range *range;

	lockdep_assert_held(&pages->lock);

	if (is_whole(pages, first, last)) {
		pages->whole_users--;
		return;
	}
	range = find_range(pages, first, last);
	if (WARN_ON_ONCE(!range) || --range->users)
		return;
	interval_tree_remove(&range->node, &pages->part_users);
	kfree(range);
}
