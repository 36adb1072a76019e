// SPDX-License-Identifier: GPL-2.0-only
/*
 * Between areas and the domains of their table: a domain is filled with all
 * areas when it is attached and emptied when it is detached; an area is put
 * into all domains when it is mapped and taken out of them when it is not.
 *
 * What is taken out of a domain is named exactly as it was put in, but that
 * neighbours are joined: some IOMMU drivers lose another mapping when asked to
 * unmap a hole or a part. Frames are given back after the IOTLB was flushed,
 * never before: until then devices still reach them.
 */
#include <linux/bitops.h>
#include <linux/iommu.h>
#include <linux/kconfig.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "area_tree.h"
#include "io_pagetable.h"
#include "iova_ranges.h"

/* What is joined takes an IOMMU driver no longer than this between two naps. */
#define JOINED_MAX SZ_1G

/**
 * struct unmapping - what is taken out of a domain with one flush
 * @domain: the domain
 * @gather: what its driver wants to remember
 * @start: first address, of all
 * @last: last address, of all; in front of @start if there is nothing
 * @run_start: first address of what the driver has not been told yet
 * @run_length: its length in bytes, 0 if there is nothing
 */
struct unmapping {
	struct iommu_domain *domain;
	struct iommu_iotlb_gather gather;
	unsigned long start;
	unsigned long last;
	unsigned long run_start;
	unsigned long run_length;
};

static void unmapping_begin(struct unmapping *u, struct iommu_domain *domain)
{
	u->domain = domain;
	u->start = ULONG_MAX;
	u->last = 0;
	u->run_length = 0;
	iommu_iotlb_gather_init(&u->gather);
	/*
	 * Or the driver would flush whenever two ranges do not touch. The
	 * drivers of x86 flush by first and last address alone; others want to
	 * see each range.
	 */
	u->gather.queued = IS_ENABLED(CONFIG_X86);
}

static void unmapping_tell(struct unmapping *u)
{
	size_t unmapped;

	if (!u->run_length)
		return;
	unmapped = iommu_unmap_fast(u->domain, u->run_start, u->run_length,
				    &u->gather);
	WARN_ON_ONCE(unmapped != u->run_length);
	u->start = min(u->start, u->run_start);
	u->last = max(u->last, u->run_start + u->run_length - 1);
	u->run_length = 0;
}

/*
 * What an IOMMU does for a range costs hardly more than for a page: ranges
 * that lie side by side become one.
 */
static void unmapping_add(struct unmapping *u, unsigned long start,
			  unsigned long length)
{
	if (u->run_length && start == u->run_start + u->run_length &&
	    u->run_length + length <= JOINED_MAX) {
		u->run_length += length;
		return;
	}
	unmapping_tell(u);
	u->run_start = start;
	u->run_length = length;
}

static void unmapping_end(struct unmapping *u)
{
	unmapping_tell(u);
	if (u->start > u->last)
		return;
	if (u->gather.queued) {
		u->gather.queued = false;
		u->gather.start = u->start;
		u->gather.end = u->last;
	}
	iommu_iotlb_sync(u->domain, &u->gather);
}

/*
 * In one call, so that the IOMMU can use large pages, or page by page, so that
 * the mapping can be cut at any page. Moves @iova to where it came.
 */
static int map_frames(struct iommu_domain *domain, unsigned long *iova,
		      phys_addr_t phys, unsigned long length, int prot,
		      bool large_pages)
{
	while (length) {
		unsigned long count = length;
		int rc;

		if (!large_pages)
			count = min(length, PAGE_SIZE - offset_in_page(phys));
		rc = iommu_map(domain, *iova, phys, count, prot,
			       GFP_KERNEL_ACCOUNT);
		if (rc)
			return rc;
		*iova += count;
		phys += count;
		length -= count;
	}
	return 0;
}

static int map_area_frames(struct io_pagetable *iopt,
			   struct iommu_domain *domain, struct iopt_area *area,
			   unsigned long *iova)
{
	unsigned long offset = offset_in_page(area->start_byte);
	unsigned long left = area_length(area);
	struct iopt_run_iter iter;
	struct iopt_run run;
	int rc = 0;

	mutex_lock(&area->pages->lock);
	iopt_run_iter_init(&iter, area->pages, area_first_page(area),
			   area_last_page(area));
	while (!rc && iopt_run_next(&iter, &run)) {
		unsigned long count =
			min(left, run.npages * PAGE_SIZE - offset);

		if (fatal_signal_pending(current))
			rc = -EINTR;
		else
			rc = map_frames(domain, iova,
					PFN_PHYS(run.pfn) + offset, count,
					area->iommu_prot, iopt->large_pages);
		left -= count;
		offset = 0;
	}
	mutex_unlock(&area->pages->lock);
	return rc;
}

static void unmap_range(struct iommu_domain *domain, unsigned long start,
			unsigned long length)
{
	struct unmapping u;

	unmapping_begin(&u, domain);
	unmapping_add(&u, start, length);
	unmapping_end(&u);
}

/* All or nothing. The caller is a user of the area's pages. */
static int map_area(struct io_pagetable *iopt, struct iommu_domain *domain,
		    struct iopt_area *area)
{
	unsigned long iova = area->start;
	int rc;

	rc = map_area_frames(iopt, domain, area, &iova);
	if (rc && iova > area->start)
		unmap_range(domain, area->start, iova - area->start);
	return rc;
}

static int pin_area(struct iopt_area *area)
{
	int rc;

	if (area->pinned)
		return 0;
	rc = iopt_pages_pin(area->pages, area_first_page(area),
			    area_last_page(area));
	area->pinned = !rc;
	return rc;
}

static void unpin_area(struct iopt_area *area)
{
	if (!area->pinned)
		return;
	area->pinned = false;
	iopt_pages_unpin(area->pages, area_first_page(area),
			 area_last_page(area));
}

/**
 * iopt_pin_areas() - pin what areas show, as far as it is not
 * @chain: the areas, by iopt_area::next; claimed by the caller
 *
 * Context: may sleep, for as long as the owner of the memory likes. Undo with
 * iopt_unpin_areas(), also if it fails.
 * Return: 0, or what iopt_pages_pin() says.
 */
int iopt_pin_areas(struct iopt_area *chain)
{
	int rc = 0;

	for (; chain && !rc; chain = chain->next) {
		rc = pin_area(chain);
		cond_resched();
	}
	return rc;
}

/**
 * iopt_unpin_areas() - undo iopt_pin_areas()
 * @chain: the areas, by iopt_area::next; in no domain, and the caller's alone
 *
 * Context: may sleep.
 */
void iopt_unpin_areas(struct iopt_area *chain)
{
	for (; chain; chain = chain->next) {
		unpin_area(chain);
		cond_resched();
	}
}

/* Takes the areas in front of @end out of the first @ndomains domains. */
static void empty_domains(struct io_pagetable *iopt, unsigned int ndomains,
			  struct iopt_area *chain, struct iopt_area *end)
{
	struct iopt_area *area;
	struct unmapping u;
	unsigned int i;

	for (i = 0; i < ndomains; i++) {
		unmapping_begin(&u, iopt->domains[i]);
		for (area = chain; area != end; area = area->next) {
			unmapping_add(&u, area->start, area_length(area));
			cond_resched();
		}
		unmapping_end(&u);
	}
}

static int fill_area(struct io_pagetable *iopt, struct iopt_area *area)
{
	unsigned int i;
	int rc = 0;

	for (i = 0; i < iopt->ndomains; i++) {
		rc = map_area(iopt, iopt->domains[i], area);
		if (rc)
			break;
	}
	if (rc)
		empty_domains(iopt, i, area, area->next);
	return rc;
}

/**
 * iopt_fill_areas() - put areas into all domains, if there are any
 * @iopt: their table
 * @chain: the areas, by iopt_area::next; claimed by the caller
 *
 * Context: holds domains_rwsem; may sleep. Undo with iopt_empty_areas().
 * Return: 0, or what iopt_pin_areas() says, or the IOMMU driver's errno; then
 * they are in no domain, but may be pinned.
 */
int iopt_fill_areas(struct io_pagetable *iopt, struct iopt_area *chain)
{
	struct iopt_area *area;
	int rc;

	lockdep_assert_held(&iopt->domains_rwsem);

	if (!iopt->ndomains) {
		iopt_unpin_areas(chain);
		return 0;
	}
	/* The first domain may have come since they were claimed. */
	rc = iopt_pin_areas(chain);
	if (rc)
		return rc;
	for (area = chain; area; area = area->next) {
		rc = fill_area(iopt, area);
		if (rc) {
			empty_domains(iopt, iopt->ndomains, chain, area);
			return rc;
		}
		cond_resched();
	}
	return 0;
}

/**
 * iopt_empty_areas() - take areas out of all domains, and unpin them
 * @iopt: their table, with a domain
 * @chain: the areas, by iopt_area::next in the order of their addresses; taken
 *	by the caller
 *
 * One flush for each domain, whatever there is in the chain.
 *
 * Context: holds domains_rwsem; may sleep.
 */
void iopt_empty_areas(struct io_pagetable *iopt, struct iopt_area *chain)
{
	lockdep_assert_held(&iopt->domains_rwsem);

	empty_domains(iopt, iopt->ndomains, chain, NULL);
	iopt_unpin_areas(chain);
}

/* Takes the areas in front of @end, or all, out of a domain, with one flush. */
static void empty_domain(struct io_pagetable *iopt, struct iommu_domain *domain,
			 struct iopt_area *end)
{
	struct iopt_area *area;
	struct unmapping u;

	unmapping_begin(&u, domain);
	area_tree_for_each(area, &iopt->areas) {
		if (area == end)
			break;
		/* A claim is in no domain yet. */
		if (area_is_committed(area))
			unmapping_add(&u, area->start, area_length(area));
		cond_resched();
	}
	unmapping_end(&u);
}

/* There is no domain any more: give the frames back. */
static void unpin_committed(struct io_pagetable *iopt)
{
	struct iopt_area *area;

	area_tree_for_each(area, &iopt->areas) {
		if (area_is_committed(area))
			unpin_area(area);
		cond_resched();
	}
}

static int fill_domain(struct io_pagetable *iopt, struct iommu_domain *domain)
{
	struct iopt_area *area;
	int rc = 0;

	lockdep_assert_held_write(&iopt->domains_rwsem);
	lockdep_assert_held(&iopt->iova_rwsem);

	area_tree_for_each(area, &iopt->areas) {
		/* A claim will find this domain when it is filled. */
		if (!area_is_committed(area))
			continue;
		rc = pin_area(area);
		if (!rc)
			rc = map_area(iopt, domain, area);
		if (rc)
			break;
		cond_resched();
	}
	if (rc) {
		empty_domain(iopt, domain, area);
		if (!iopt->ndomains)
			unpin_committed(iopt);
	}
	return rc;
}

static int reserve_outside_aperture(struct io_pagetable *iopt,
				    struct iommu_domain *domain)
{
	const struct iommu_domain_geometry *aperture = &domain->geometry;
	int rc = 0;

	if (aperture->aperture_start)
		rc = iopt_reserve(iopt, 0, aperture->aperture_start - 1,
				  domain);
	if (!rc && aperture->aperture_end != ULONG_MAX)
		rc = iopt_reserve(iopt, aperture->aperture_end + 1, ULONG_MAX,
				  domain);
	return rc;
}

/* Room for one more domain, so that adding it cannot fail. */
static int grow_domains(struct io_pagetable *iopt)
{
	struct iommu_domain **domains;

	domains = krealloc_array(iopt->domains, iopt->ndomains + 1,
				 sizeof(*domains), GFP_KERNEL_ACCOUNT);
	if (!domains)
		return -ENOMEM;
	iopt->domains = domains;
	return 0;
}

/* What addresses in a domain must be a multiple of, in bytes. */
static unsigned long domain_alignment(const struct iommu_domain *domain)
{
	return 1UL << __ffs(domain->pgsize_bitmap);
}

/**
 * iopt_domains_alignment() - what all domains need of addresses
 * @iopt: the table
 *
 * Context: holds domains_rwsem.
 * Return: a power of two up to PAGE_SIZE, in bytes.
 */
unsigned long iopt_domains_alignment(struct io_pagetable *iopt)
{
	unsigned long alignment = 1;
	unsigned int i;

	lockdep_assert_held(&iopt->domains_rwsem);

	for (i = 0; i < iopt->ndomains; i++)
		alignment = max(alignment, domain_alignment(iopt->domains[i]));
	return alignment;
}

static void forget_limits(struct io_pagetable *iopt,
			  struct iommu_domain *domain)
{
	down_write(&iopt->iova_rwsem);
	iopt_unreserve(iopt, domain);
	/* Less is needed than before: that cannot fail. */
	iopt_update_alignment(iopt, 1);
	up_write(&iopt->iova_rwsem);
}

static int adopt_limits(struct io_pagetable *iopt, struct iommu_domain *domain)
{
	unsigned long alignment = domain_alignment(domain);
	int rc;

	if (alignment > PAGE_SIZE)
		return -EINVAL;
	down_write(&iopt->iova_rwsem);
	rc = iopt_update_alignment(iopt, alignment);
	if (!rc)
		rc = reserve_outside_aperture(iopt, domain);
	up_write(&iopt->iova_rwsem);
	return rc;
}

static int add_domain_locked(struct io_pagetable *iopt,
			     struct iommu_domain *domain)
{
	int rc;

	lockdep_assert_held_write(&iopt->domains_rwsem);

	rc = grow_domains(iopt);
	if (!rc)
		rc = adopt_limits(iopt, domain);
	if (rc)
		return rc;
	/* Areas come and go by claims meanwhile, but none is committed. */
	down_read(&iopt->iova_rwsem);
	rc = fill_domain(iopt, domain);
	up_read(&iopt->iova_rwsem);
	return rc;
}

/**
 * iopt_add_domain() - fill a domain with all there is and keep it so
 * @iopt: the table
 * @domain: empty, its limits final; in no table
 *
 * Context: may sleep; takes domains_rwsem and iova_rwsem. Undo with
 * iopt_remove_domain().
 * Return: 0, or -EINVAL for a domain that cannot map a page, -EADDRINUSE if
 * something mapped or allowed lies outside its limits, -EINTR for a fatal
 * signal, and what pinning and the IOMMU driver say; the domain is then empty.
 */
int iopt_add_domain(struct io_pagetable *iopt, struct iommu_domain *domain)
{
	int rc;

	rc = down_write_killable(&iopt->domains_rwsem);
	if (rc)
		return rc;
	rc = add_domain_locked(iopt, domain);
	if (rc)
		forget_limits(iopt, domain);
	else
		iopt->domains[iopt->ndomains++] = domain;
	up_write(&iopt->domains_rwsem);
	return rc;
}

/**
 * iopt_remove_domain() - empty a domain and let go of it
 * @iopt: the table
 * @domain: added to it
 *
 * Context: may sleep; takes domains_rwsem and iova_rwsem.
 */
void iopt_remove_domain(struct io_pagetable *iopt, struct iommu_domain *domain)
{
	unsigned int i;

	down_write(&iopt->domains_rwsem);
	for (i = 0; i < iopt->ndomains && iopt->domains[i] != domain;)
		i++;
	if (WARN_ON_ONCE(i == iopt->ndomains))
		goto unlock;
	iopt->domains[i] = iopt->domains[--iopt->ndomains];

	down_read(&iopt->iova_rwsem);
	empty_domain(iopt, domain, NULL);
	if (!iopt->ndomains)
		unpin_committed(iopt);
	up_read(&iopt->iova_rwsem);
	forget_limits(iopt, domain);
unlock:
	up_write(&iopt->domains_rwsem);
}
