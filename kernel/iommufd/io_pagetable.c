// SPDX-License-Identifier: GPL-2.0-only
/*
 * Making and undoing mappings. A mapping is claimed, then committed or
 * aborted; an unmap looks at everything it would touch before it touches
 * anything. See io_pagetable.h for what there is and who protects it.
 */
#include <linux/align.h>
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "area_tree.h"
#include "io_pagetable.h"
#include "iova_alloc.h"
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
	init_rwsem(&iopt->iova_rwsem);
	iopt->areas = RB_ROOT_CACHED;
	iopt->allowed = RB_ROOT_CACHED;
	iopt->reserved = RB_ROOT_CACHED;
	iopt->iova_alignment = 1;
	iopt->large_pages = true;
}

/* Takes over the caller's reference to @pages, also when it fails. */
static struct iopt_area *area_create(struct iopt_pages *pages,
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
	return area;
}

/* Frees a chain of areas that are in no tree. */
static void areas_free(struct iopt_area *area)
{
	while (area) {
		struct iopt_area *next = area->next;

		iopt_pages_put(area->pages);
		kmem_cache_free(area_cache, area);
		area = next;
		cond_resched();
	}
}

static bool area_is_committed(struct iopt_area *area)
{
	/* Pairs with iopt_claim_commit(). */
	return smp_load_acquire(&area->committed);
}

static unsigned long area_length(struct iopt_area *area)
{
	return area->last - area->start + 1;
}

static bool area_is_aligned(struct iopt_area *area, unsigned long alignment)
{
	return IS_ALIGNED(area->start | area_length(area) | area->start_byte,
			  alignment);
}

/* Moves the areas of a claim to its address. */
static int claim_check_areas(struct iopt_claim *claim)
{
	unsigned long iova = claim->iova;
	struct iopt_area *area;

	for (area = claim->areas; area; area = area->next) {
		unsigned long length = area_length(area);

		if ((claim->iommu_prot & IOMMU_WRITE) && !area->pages->writable)
			return -EPERM;
		area->start = iova;
		area->last = iova + length - 1;
		if (!area_is_aligned(area, claim->iopt->iova_alignment))
			return -EINVAL;
		iova += length;
		cond_resched();
	}
	return 0;
}

static int claim_choose_iova(struct iopt_claim *claim)
{
	struct io_pagetable *iopt = claim->iopt;
	struct iopt_area *area = claim->areas;

	lockdep_assert_held_write(&iopt->iova_rwsem);

	if (!claim->length || !IS_ALIGNED(claim->length, iopt->iova_alignment))
		return -EINVAL;
	if (claim->fixed)
		return iova_check(iopt, claim->iova, claim->length);
	return iova_alloc(iopt, area->pages->uptr + area->start_byte,
			  claim->length, &claim->iova);
}

static void claim_insert(struct iopt_claim *claim)
{
	struct iopt_area *area;

	lockdep_assert_held_write(&claim->iopt->iova_rwsem);

	for (area = claim->areas; area; area = area->next) {
		area_tree_insert(&claim->iopt->areas, area);
		cond_resched();
	}
}

/**
 * iopt_claim_place() - find addresses for what a claim shows, and hold them
 * @claim: from iopt_claim_user() or iopt_claim_slices(); iopt, iommu_prot and
 *	fixed are set, and iova if fixed
 *
 * Context: may sleep; takes iova_rwsem. Follow with iopt_claim_commit() or
 * iopt_claim_abort().
 * Return: 0 with iova set, or what iova_alloc() and iova_check() say, -EINVAL
 * where something is not as aligned as the table needs, -EPERM to write what
 * its owner let devices only read, -EINTR for a fatal signal; the claim is
 * then over.
 */
int iopt_claim_place(struct iopt_claim *claim)
{
	int rc;

	rc = down_write_killable(&claim->iopt->iova_rwsem);
	if (rc)
		goto drop;
	rc = claim_choose_iova(claim);
	if (!rc)
		rc = claim_check_areas(claim);
	if (!rc)
		claim_insert(claim);
	up_write(&claim->iopt->iova_rwsem);
drop:
	if (rc)
		iopt_claim_drop(claim);
	return rc;
}

/**
 * iopt_claim_user() - begin a claim that shows the calling process's memory
 * @claim: length, in bytes, and iommu_prot are set
 * @uptr: where the memory begins, at any offset in its page
 *
 * Context: process, may sleep. Follow with iopt_claim_place() or
 * iopt_claim_drop().
 * Return: 0, or what iopt_pages_create() says, -ENOMEM.
 */
int iopt_claim_user(struct iopt_claim *claim, unsigned long uptr)
{
	struct iopt_pages *pages;

	pages = iopt_pages_create(uptr, claim->length,
				  claim->iommu_prot & IOMMU_WRITE);
	if (IS_ERR(pages))
		return PTR_ERR(pages);
	claim->areas = area_create(pages, offset_in_page(uptr), claim->length,
				   claim->iommu_prot);
	return claim->areas ? 0 : -ENOMEM;
}

/* Chains an area for each slice of the source's areas, also if it fails. */
static int chain_slices(struct iopt_claim *claim, struct io_pagetable *source,
			unsigned long iova, unsigned long last)
{
	struct iopt_area **link = &claim->areas;
	struct iopt_area *area;

	lockdep_assert_held(&source->iova_rwsem);

	area = area_tree_find(&source->areas, iova, iova);
	for (; area && area->start <= iova; area = area_tree_next(area)) {
		unsigned long slice_last = min(area->last, last);

		if (!area_is_committed(area))
			return -ENOENT;
		if (fatal_signal_pending(current))
			return -EINTR;
		*link = area_create(iopt_pages_get(area->pages),
				    area->start_byte + (iova - area->start),
				    slice_last - iova + 1, claim->iommu_prot);
		if (!*link)
			return -ENOMEM;
		if (slice_last == last)
			return 0;
		link = &(*link)->next;
		iova = slice_last + 1;
		cond_resched();
	}
	return -ENOENT;
}

/**
 * iopt_claim_slices() - begin a claim that shows what is mapped elsewhere
 * @claim: length, in bytes, and iommu_prot are set
 * @source: the table to look in
 * @iova: first address there; all of the range must be mapped
 *
 * Context: may sleep; takes the source's iova_rwsem. Follow with
 * iopt_claim_place() or iopt_claim_drop().
 * Return: 0, or -EINVAL without a length, -EOVERFLOW for a range that wraps,
 * -ENOENT where something of it is not mapped, -EINTR for a fatal signal,
 * -ENOMEM.
 */
int iopt_claim_slices(struct iopt_claim *claim, struct io_pagetable *source,
		      unsigned long iova)
{
	unsigned long last;
	int rc;

	if (!claim->length)
		return -EINVAL;
	if (check_add_overflow(iova, claim->length - 1, &last))
		return -EOVERFLOW;

	claim->areas = NULL;
	down_read(&source->iova_rwsem);
	rc = chain_slices(claim, source, iova, last);
	up_read(&source->iova_rwsem);
	if (rc)
		iopt_claim_drop(claim);
	return rc;
}

/**
 * iopt_claim_drop() - end a claim that was not placed
 * @claim: begun
 *
 * Context: may sleep.
 */
void iopt_claim_drop(struct iopt_claim *claim)
{
	areas_free(claim->areas);
}

/**
 * iopt_claim_commit() - make a claim a mapping
 * @claim: placed
 *
 * From here on any thread may unmap it: the areas are no longer the caller's.
 *
 * Context: may sleep.
 */
void iopt_claim_commit(struct iopt_claim *claim)
{
	struct iopt_area *area = claim->areas;

	while (area) {
		struct iopt_area *next = area->next;

		/*
		 * Pairs with area_is_committed(): all that was done to the area
		 * is seen by whoever sees it committed, and may free it.
		 */
		smp_store_release(&area->committed, true);
		area = next;
		cond_resched();
	}
}

/**
 * iopt_claim_abort() - take a claim back
 * @claim: placed
 *
 * Context: may sleep; takes iova_rwsem.
 */
void iopt_claim_abort(struct iopt_claim *claim)
{
	struct io_pagetable *iopt = claim->iopt;
	struct iopt_area *area;

	down_write(&iopt->iova_rwsem);
	for (area = claim->areas; area; area = area->next) {
		area_tree_erase(&iopt->areas, area);
		cond_resched();
	}
	up_write(&iopt->iova_rwsem);
	iopt_claim_drop(claim);
}

static int unmap_check(struct io_pagetable *iopt, struct iopt_area *area,
		       unsigned long start, unsigned long last)
{
	lockdep_assert_held_write(&iopt->iova_rwsem);

	for (; area; area = area_tree_next_in(area, last)) {
		if (!area_is_committed(area))
			return -EBUSY;
		if (area->start < start || area->last > last)
			return -ENOENT;
		cond_resched();
	}
	return 0;
}

/* Takes the areas from one up to an address out of the table and chains them. */
static struct iopt_area *unmap_take(struct io_pagetable *iopt,
				    struct iopt_area *area, unsigned long last,
				    unsigned long *unmapped)
{
	struct iopt_area *taken = NULL;

	lockdep_assert_held_write(&iopt->iova_rwsem);

	while (area) {
		struct iopt_area *after = area_tree_next_in(area, last);

		area_tree_erase(&iopt->areas, area);
		*unmapped += area_length(area);
		area->next = taken;
		taken = area;
		area = after;
		cond_resched();
	}
	return taken;
}

/**
 * iopt_unmap() - undo the mappings of a range, all of them or none
 * @iopt: the table
 * @start: first address
 * @last: last address
 * @unmapped: set to how many bytes were mapped there
 *
 * Context: may sleep; takes iova_rwsem.
 * Return: 0, also when nothing was mapped, or -ENOENT if a mapping is only
 * partly in the range, -EBUSY if one is still being made, -EINTR for a fatal
 * signal.
 */
int iopt_unmap(struct io_pagetable *iopt, unsigned long start,
	       unsigned long last, unsigned long *unmapped)
{
	struct iopt_area *taken = NULL;
	struct iopt_area *first;
	int rc;

	*unmapped = 0;
	rc = down_write_killable(&iopt->iova_rwsem);
	if (rc)
		return rc;
	first = area_tree_find(&iopt->areas, start, last);
	rc = unmap_check(iopt, first, start, last);
	if (!rc)
		taken = unmap_take(iopt, first, last, unmapped);
	up_write(&iopt->iova_rwsem);

	areas_free(taken);
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
 * Context: may sleep; takes iova_rwsem.
 * Return: 0, or -EADDRINUSE if there is a mapping that is not so aligned,
 * -EINTR for a fatal signal.
 */
int iopt_set_large_pages(struct io_pagetable *iopt, bool enable)
{
	unsigned long alignment = enable ? 1 : PAGE_SIZE;
	struct iopt_area *area;
	int rc;

	rc = down_write_killable(&iopt->iova_rwsem);
	if (rc)
		return rc;
	area_tree_for_each(area, &iopt->areas) {
		if (!area_is_aligned(area, alignment)) {
			rc = -EADDRINUSE;
			goto unlock;
		}
		cond_resched();
	}
	WRITE_ONCE(iopt->large_pages, enable);
	iopt->iova_alignment = alignment;
unlock:
	up_write(&iopt->iova_rwsem);
	return rc;
}

static void free_all_areas(struct io_pagetable *iopt)
{
	struct iopt_area *area, *next;

	rbtree_postorder_for_each_entry_safe(area, next, &iopt->areas.rb_root,
					     node) {
		area->next = NULL;
		areas_free(area);
	}
	iopt->areas = RB_ROOT_CACHED;
}

/**
 * iopt_release() - give back all that a table holds
 * @iopt: nobody else uses it, nothing is being mapped
 *
 * Context: may sleep.
 */
void iopt_release(struct io_pagetable *iopt)
{
	free_all_areas(iopt);
	iopt_ranges_free(&iopt->allowed);
	iopt_ranges_free(&iopt->reserved);
}
