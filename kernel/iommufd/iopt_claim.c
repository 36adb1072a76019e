// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claims: mappings in the making. What a claim shows is put together first,
 * then placed, then filled into the domains and committed. Whoever asked is
 * answered between the last two, without a lock, so that what cannot be
 * answered is not mapped.
 */
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sched/signal.h>

#include "area_tree.h"
#include "io_pagetable.h"
#include "iova_alloc.h"

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

static int check_area(struct iopt_claim *claim, struct iopt_area *area)
{
	if ((claim->iommu_prot & IOMMU_WRITE) && !area->pages->writable)
		return -EPERM;
	if (!area_is_aligned(area, claim->iopt->iova_alignment))
		return -EINVAL;
	return 0;
}

/* Takes the areas up to one out of the tree again. */
static void claim_take_back(struct iopt_claim *claim, struct iopt_area *last)
{
	struct iopt_area *rest = last->next;

	last->next = NULL;
	area_tree_erase(&claim->iopt->areas, claim->areas);
	last->next = rest;
}

/* Puts the areas side by side at the claim's address, if that is free. */
static int claim_insert(struct iopt_claim *claim)
{
	const unsigned long last = claim->iova + (claim->length - 1);
	struct iopt_counts *counts = &claim->iopt->counts;
	unsigned long iova = claim->iova;
	unsigned long areas = 0;
	struct iopt_area *area;
	int rc;

	lockdep_assert_held_write(&claim->iopt->iova_rwsem);

	for (area = claim->areas; area; area = area_next_in_chain(area)) {
		area->last += iova - area->start;
		area->start = iova;
		/* No other than the first can be in somebody's way. */
		if (!area_tree_insert(&claim->iopt->areas, area, last))
			return -EEXIST;
		rc = check_area(claim, area);
		if (rc) {
			claim_take_back(claim, area);
			return rc;
		}
		iova = area->last + 1;
		areas++;
	}
	iopt_count(&counts->areas, areas);
	iopt_count(&counts->bytes, claim->length);
	return 0;
}

/**
 * iopt_claim_place() - find addresses for what a claim shows, and hold them
 * @claim: from iopt_claim_user() or iopt_claim_slices(); iopt, iommu_prot and
 *	fixed are set, and iova if fixed
 *
 * Context: may sleep; takes iova_rwsem. Follow with iopt_claim_commit() or
 * iopt_claim_abort().
 * Return: 0 with iova set, or what iova_alloc() and iova_check() say, -EEXIST
 * where something is mapped, -EINVAL where something is not as aligned as the
 * table needs, -EPERM to write what its owner let devices only read, -EINTR for
 * a fatal signal; the claim is then over.
 */
int iopt_claim_place(struct iopt_claim *claim)
{
	int rc;

	rc = down_write_killable(&claim->iopt->iova_rwsem);
	if (rc)
		goto drop;
	rc = claim_choose_iova(claim);
	if (!rc)
		rc = claim_insert(claim);
	up_write(&claim->iopt->iova_rwsem);
drop:
	if (rc)
		iopt_claim_drop(claim);
	return rc;
}

/**
 * iopt_claim_user() - begin a claim that shows the calling process's memory
 * @claim: length, in bytes, and iommu_prot are set
 * @ictx: the context that it maps by
 * @uptr: where the memory begins, at any offset in its page
 *
 * Context: process, may sleep. Follow with iopt_claim_place() or
 * iopt_claim_drop().
 * Return: 0, or what iopt_pages_create() says.
 */
int iopt_claim_user(struct iopt_claim *claim, struct iommufd_ctx *ictx,
		    unsigned long uptr)
{
	struct iopt_pages *pages;

	pages = iopt_pages_create(ictx, uptr, claim->length,
				  claim->iommu_prot & IOMMU_WRITE);
	if (IS_ERR(pages))
		return PTR_ERR(pages);
	claim->areas = iopt_area_first(pages, offset_in_page(uptr),
				       claim->length, claim->iommu_prot);
	return 0;
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
		unsigned long start_byte;

		if (!area_is_committed(area))
			return -ENOENT;
		if (fatal_signal_pending(current))
			return -EINTR;
		start_byte = area->start_byte + (iova - area->start);
		*link = iopt_area_create(iopt_pages_get(area->pages),
					 start_byte, slice_last - iova + 1,
					 claim->iommu_prot);
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
	rc = down_read_killable(&source->iova_rwsem);
	if (rc)
		return rc;
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
	iopt_areas_free(claim->areas);
}

/* Takes a claim's areas out of the tree, in which they hold their place. */
static void claim_erase(struct iopt_claim *claim)
{
	struct io_pagetable *iopt = claim->iopt;
	struct iopt_area *area;

	down_write(&iopt->iova_rwsem);
	area_tree_erase(&iopt->areas, claim->areas);
	for (area = claim->areas; area; area = area_next_in_chain(area))
		iopt_count(&iopt->counts.areas, -1);
	iopt_count(&iopt->counts.bytes, -claim->length);
	up_write(&iopt->iova_rwsem);
}

static void claim_publish(struct iopt_claim *claim)
{
	struct iopt_area *area = claim->areas;

	while (area) {
		struct iopt_area *next = area_next_in_chain(area);

		area_commit(area);
		area = next;
	}
}

/*
 * Memory is pinned before a lock of the table is held: whoever owns it can
 * make that take as long as they like.
 */
static int claim_fill(struct iopt_claim *claim)
{
	struct io_pagetable *iopt = claim->iopt;
	int rc = 0;

	if (READ_ONCE(iopt->ndomains))
		rc = iopt_pin_areas(iopt, claim->areas);
	if (rc)
		return rc;
	rc = down_read_killable(&iopt->domains_rwsem);
	if (rc)
		return rc;
	rc = iopt_fill_areas(iopt, claim->areas);
	if (!rc) {
		atomic_long_inc(&iopt->counts.maps);
		claim_publish(claim);
	}
	up_read(&iopt->domains_rwsem);
	return rc;
}

/**
 * iopt_claim_commit() - make a claim a mapping
 * @claim: placed
 *
 * After success any thread may unmap it: the areas are no longer the caller's.
 *
 * Context: may sleep; takes domains_rwsem, and iova_rwsem if it fails.
 * Return: 0, or what iopt_pin_areas() and iopt_fill_areas() say, -EINTR for a
 * fatal signal; the claim is then over.
 */
int iopt_claim_commit(struct iopt_claim *claim)
{
	int rc;

	rc = claim_fill(claim);
	if (rc)
		iopt_claim_abort(claim);
	return rc;
}

/**
 * iopt_claim_abort() - take a claim back
 * @claim: placed
 *
 * Context: may sleep; takes iova_rwsem.
 */
void iopt_claim_abort(struct iopt_claim *claim)
{
	claim_erase(claim);
	iopt_unpin_areas(claim->iopt, claim->areas);
	iopt_claim_drop(claim);
}
