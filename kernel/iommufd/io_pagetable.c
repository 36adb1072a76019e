// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tables: their beginning and end, and what holds for one as a whole. Mappings
 * are made in iopt_claim.c and undone in iopt_unmap.c. See
 * io_pagetable.h for what there is and who protects it.
 */
#include <linux/iommu.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "area_tree.h"
#include "io_pagetable.h"
#include "iova_ranges.h"

/**
 * iopt_init() - an empty table over the whole space
 * @iopt: the table
 *
 * Nothing is reserved and any alignment will do until something that needs
 * more is attached.
 *
 * Context: any. Undo with iopt_release().
 */
void iopt_init(struct io_pagetable *iopt)
{
	init_rwsem(&iopt->domains_rwsem);
	iopt->domains = NULL;
	iopt->ndomains = 0;
	iopt->page_sizes = 0;
	INIT_LIST_HEAD(&iopt->accesses);
	init_rwsem(&iopt->iova_rwsem);
	iopt->areas = RB_ROOT_CACHED;
	iopt->allowed = RB_ROOT_CACHED;
	iopt->reserved = RB_ROOT_CACHED;
	iopt->iova_alignment = 1;
	iopt->large_pages = true;
	memset(&iopt->counts, 0, sizeof(iopt->counts));
}

static bool areas_are_aligned(struct io_pagetable *iopt,
			      unsigned long alignment)
{
	struct iopt_area *area;

	area_tree_for_each(area, &iopt->areas) {
		if (!area_is_aligned(area, alignment))
			return false;
		cond_resched();
	}
	return true;
}

/**
 * iopt_update_alignment() - work out anew what addresses must be aligned to
 * @iopt: the table
 * @extra: what is about to be attached needs, in bytes; 1 if nothing is
 *
 * Context: holds domains_rwsem for writing, and iova_rwsem for writing.
 * Return: 0, or -EADDRINUSE if a mapping is not so aligned, to which only a
 * new need can lead; nothing has changed then.
 */
int iopt_update_alignment(struct io_pagetable *iopt, unsigned long extra)
{
	unsigned long alignment = iopt->large_pages ? 1 : PAGE_SIZE;

	lockdep_assert_held_write(&iopt->domains_rwsem);
	lockdep_assert_held_write(&iopt->iova_rwsem);

	alignment = max3(alignment, extra, iopt_access_alignment(iopt));
	alignment = max(alignment, iopt_domains_alignment(iopt));
	if (alignment > iopt->iova_alignment &&
	    !areas_are_aligned(iopt, alignment))
		return -EADDRINUSE;
	iopt->iova_alignment = alignment;
	return 0;
}

static int set_large_pages_locked(struct io_pagetable *iopt, bool enable)
{
	int rc;

	if (iopt->large_pages == enable)
		return 0;
	/* What is in a domain cannot be made smaller any more. */
	if (!enable && iopt->ndomains && !RB_EMPTY_ROOT(&iopt->areas.rb_root))
		return -EINVAL;
	WRITE_ONCE(iopt->large_pages, enable);
	rc = iopt_update_alignment(iopt, 1);
	if (rc)
		WRITE_ONCE(iopt->large_pages, !enable);
	return rc;
}

/**
 * iopt_set_large_pages() - let the IOMMU use pages above PAGE_SIZE, or not
 * @iopt: the table
 * @enable: whether it may
 *
 * Without them a mapping can be cut at any page, so that everything has to be
 * aligned to one.
 *
 * Context: may sleep; takes domains_rwsem and iova_rwsem.
 * Return: 0, or -EADDRINUSE if there is a mapping that is not so aligned,
 * -EINVAL to forbid them where a domain may already have some, -EINTR for a
 * fatal signal.
 */
int iopt_set_large_pages(struct io_pagetable *iopt, bool enable)
{
	int rc;

	rc = iopt_write_lock_killable(iopt);
	if (rc)
		return rc;
	rc = set_large_pages_locked(iopt, enable);
	iopt_write_unlock(iopt);
	return rc;
}

/**
 * iopt_release() - give back all that a table holds
 * @iopt: nobody else uses it: it has no domain, no access, and nothing is
 *	being mapped
 *
 * Context: may sleep.
 */
void iopt_release(struct io_pagetable *iopt)
{
	struct iopt_area *chain = NULL;
	struct iopt_area *area;

	WARN_ON_ONCE(iopt->ndomains || !list_empty(&iopt->accesses));
	area_tree_for_each(area, &iopt->areas) {
		area->next = chain;
		chain = area;
		cond_resched();
	}
	iopt->areas = RB_ROOT_CACHED;
	iopt_areas_free(chain);
	iopt_ranges_free(&iopt->allowed);
	iopt_ranges_free(&iopt->reserved);
	kfree(iopt->domains);
}
