// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pinning ahead of a first domain. To fill it everything is pinned under the
 * locks of the table; whoever owns the memory could make that take as long as
 * they like, and all requests to the table wait. So it is pinned without them
 * before, and held until the domain is filled or refused.
 */
#include <linux/sched.h>
#include <linux/slab.h>

#include "area_tree.h"
#include "io_pagetable.h"
#include "iopt_hold.h"

/**
 * struct iopt_held - pages that somebody is a user of for a while
 * @next: the ones that were held before
 * @pages: what they are of, with a reference
 * @first: first page
 * @last: last page
 */
struct iopt_held {
	struct iopt_held *next;
	struct iopt_pages *pages;
	unsigned long first;
	unsigned long last;
};

static struct iopt_area *next_committed(struct io_pagetable *iopt,
					unsigned long iova)
{
	struct iopt_area *area;

	area = area_tree_find(&iopt->areas, iova, ULONG_MAX);
	while (area && !area_is_committed(area))
		area = area_tree_next(area);
	return area;
}

/* Notes what the next area shows, and moves @iova to its last address. */
static bool note_next(struct io_pagetable *iopt, unsigned long *iova,
		      struct iopt_held *held)
{
	struct iopt_area *area;

	if (down_read_killable(&iopt->iova_rwsem))
		return false;
	area = next_committed(iopt, *iova);
	if (area) {
		held->pages = iopt_pages_get(area->pages);
		held->first = area_first_page(area);
		held->last = area_last_page(area);
		*iova = area->last;
	}
	up_read(&iopt->iova_rwsem);
	return area;
}

/* What the next area shows, pinned, or NULL at the end or when that fails. */
static struct iopt_held *hold_next(struct io_pagetable *iopt,
				   unsigned long *iova)
{
	struct iopt_held *held = kmalloc(sizeof(*held), GFP_KERNEL_ACCOUNT);

	if (!held)
		return NULL;
	if (!note_next(iopt, iova, held))
		goto free_held;
	if (iopt_pages_pin(held->pages, held->first, held->last))
		goto put_pages;
	return held;

put_pages:
	iopt_pages_put(held->pages);
free_held:
	kfree(held);
	return NULL;
}

/**
 * iopt_hold() - pin what a table shows, if nothing is pinned for a domain yet
 * @iopt: the table
 *
 * As far as that works: what fails here will fail again when the domain is
 * filled, after what is wrong with the domain itself.
 *
 * Context: may sleep, for as long as the owners of the memory like; takes
 * iova_rwsem. Undo with iopt_let_go().
 * Return: what is held, or NULL.
 */
struct iopt_held *iopt_hold(struct io_pagetable *iopt)
{
	struct iopt_held *all = NULL;
	struct iopt_held *held;
	unsigned long iova = 0;

	if (READ_ONCE(iopt->ndomains))
		return NULL;
	while ((held = hold_next(iopt, &iova))) {
		held->next = all;
		all = held;
		if (iova++ == ULONG_MAX)
			break;
		cond_resched();
	}
	return all;
}

/**
 * iopt_let_go() - undo iopt_hold()
 * @held: what it returned
 *
 * Context: may sleep; as iopt_pages_unpin().
 */
void iopt_let_go(struct iopt_held *held)
{
	while (held) {
		struct iopt_held *next = held->next;

		iopt_pages_unpin(held->pages, held->first, held->last);
		iopt_pages_put(held->pages);
		kfree(held);
		held = next;
		cond_resched();
	}
}
