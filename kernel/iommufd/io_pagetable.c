// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tables and areas: their beginning and end, and what holds for a table as a
 * whole. Mappings are made in iopt_claim.c and undone in iopt_unmap.c. See
 * io_pagetable.h for what there is and who protects it.
 */
#include <linux/iommu.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "area_tree.h"
#include "io_pagetable.h"
#include "iova_ranges.h"

static struct kmem_cache *area_cache;

/**
 * iopt_caches_create() - set up what tables are made of
 *
 * Context: once, before the first table. Undo with iopt_caches_destroy().
 * Return: 0 or -ENOMEM.
 */
int iopt_caches_create(void)
{
	int rc;

	area_cache = kmem_cache_create("iommufd_area", sizeof(struct iopt_area),
				       0, SLAB_ACCOUNT | SLAB_NO_MERGE, NULL);
	if (!area_cache)
		return -ENOMEM;
	rc = iopt_pages_cache_create();
	if (rc)
		kmem_cache_destroy(area_cache);
	return rc;
}

/**
 * iopt_caches_destroy() - undo iopt_caches_create()
 *
 * Context: once, after the last table.
 */
void iopt_caches_destroy(void)
{
	iopt_pages_cache_destroy();
	kmem_cache_destroy(area_cache);
}

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
	INIT_LIST_HEAD(&iopt->accesses);
	init_rwsem(&iopt->iova_rwsem);
	iopt->areas = RB_ROOT_CACHED;
	iopt->allowed = RB_ROOT_CACHED;
	iopt->reserved = RB_ROOT_CACHED;
	iopt->iova_alignment = 1;
	iopt->large_pages = true;
}

/**
 * iopt_area_create() - an area that is in no table yet
 * @pages: what it shows; takes over the caller's reference, also if it fails
 * @start_byte: offset of its first byte in @pages
 * @length: in bytes, not 0
 * @iommu_prot: what devices may do
 *
 * Context: may sleep. Undo with iopt_areas_free().
 * Return: the area, from address 0 on, or NULL without memory.
 */
struct iopt_area *iopt_area_create(struct iopt_pages *pages,
				   unsigned long start_byte,
				   unsigned long length, u8 iommu_prot)
{
	struct iopt_area *area;

	area = kmem_cache_alloc(area_cache, GFP_KERNEL);
	if (!area) {
		iopt_pages_put(pages);
		return NULL;
	}
	area->start = 0;
	area->last = length - 1;
	area->next = NULL;
	area->pages = pages;
	area->start_byte = start_byte;
	area->iommu_prot = iommu_prot;
	area->committed = false;
	area->pinned = false;
	area->no_access = false;
	atomic_set(&area->accesses, 0);
	return area;
}

/**
 * iopt_areas_free() - free areas
 * @chain: by iopt_area::next; in no table, in no domain, not pinned
 *
 * Context: may sleep.
 */
void iopt_areas_free(struct iopt_area *chain)
{
	while (chain) {
		struct iopt_area *next = chain->next;

		iopt_pages_put(chain->pages);
		kmem_cache_free(area_cache, chain);
		chain = next;
		cond_resched();
	}
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
	struct iopt_area *area, *next;

	WARN_ON_ONCE(iopt->ndomains || !list_empty(&iopt->accesses));
	rbtree_postorder_for_each_entry_safe(area, next, &iopt->areas.rb_root,
					     node) {
		area->next = NULL;
		iopt_areas_free(area);
	}
	iopt->areas = RB_ROOT_CACHED;
	iopt_ranges_free(&iopt->allowed);
	iopt_ranges_free(&iopt->reserved);
	kfree(iopt->domains);
}
