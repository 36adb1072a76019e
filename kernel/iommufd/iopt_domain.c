// SPDX-License-Identifier: GPL-2.0-only
/*
 * The domains of a table: one is filled with all areas when it is attached, and
 * emptied when it is detached. What it can address and how limits the table for
 * as long as it is there.
 */
#include <linux/bitops.h>
#include <linux/iommu.h>
#include <linux/lockdep.h>
#include <linux/slab.h>

#include "area_tree.h"
#include "iopt_fill.h"
#include "iopt_hold.h"
#include "iova_ranges.h"
#include "pin_release.h"

/* Takes the areas in front of @end, or all, out of a domain, with one flush. */
static void empty_domain(struct io_pagetable *iopt, struct iommu_domain *domain,
			 struct iopt_area *end)
{
	struct iopt_area *area;
	struct unmapping u __uninitialized;

	unmapping_begin(&u, iopt, domain);
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
	struct pin_release release __uninitialized;
	struct iopt_area *area = area_tree_first(&iopt->areas);

	if (!area)
		return;
	pin_release_begin(&release, area->pages);
	release.counts = &iopt->counts;
	for (; area; area = area_tree_next(area)) {
		if (area_is_committed(area))
			area_unpin(area, &release);
		cond_resched();
	}
	pin_release_end(&release);
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
		rc = area_pin(iopt, area);
		if (!rc)
			rc = area_map(iopt, domain, area);
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
				    struct iommu_domain *domain, u32 hwpt)
{
	const struct iommu_domain_geometry *aperture = &domain->geometry;
	const struct iopt_reserver by = {
		.owner = domain,
		.kind = "aperture",
		.hwpt = hwpt,
	};
	int rc = 0;

	if (aperture->aperture_start)
		rc = iopt_reserve(iopt, 0, aperture->aperture_start - 1, &by);
	if (!rc && aperture->aperture_end != ULONG_MAX)
		rc = iopt_reserve(iopt, aperture->aperture_end + 1, ULONG_MAX,
				  &by);
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

static void note_page_sizes(struct io_pagetable *iopt)
{
	lockdep_assert_held_write(&iopt->domains_rwsem);

	WRITE_ONCE(iopt->page_sizes,
		   iopt->ndomains ? iopt->domains[0]->pgsize_bitmap : 0);
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

static int adopt_limits(struct io_pagetable *iopt, struct iommu_domain *domain,
			u32 hwpt)
{
	unsigned long alignment = domain_alignment(domain);
	int rc;

	if (alignment > PAGE_SIZE)
		return -EINVAL;
	down_write(&iopt->iova_rwsem);
	rc = iopt_update_alignment(iopt, alignment);
	if (!rc)
		rc = reserve_outside_aperture(iopt, domain, hwpt);
	up_write(&iopt->iova_rwsem);
	return rc;
}

static int add_domain_locked(struct io_pagetable *iopt,
			     struct iommu_domain *domain, u32 hwpt)
{
	int rc;

	lockdep_assert_held_write(&iopt->domains_rwsem);

	rc = grow_domains(iopt);
	if (!rc)
		rc = adopt_limits(iopt, domain, hwpt);
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
 * @hwpt: what user space knows it by
 *
 * Context: may sleep, for as long as the owners of the memory like; takes
 * domains_rwsem and iova_rwsem. Undo with iopt_remove_domain().
 * Return: 0, or -EINVAL for a domain that cannot map a page, -EADDRINUSE if
 * something mapped or allowed lies outside its limits, -EINTR for a fatal
 * signal, and what pinning and the IOMMU driver say; the domain is then empty.
 */
int iopt_add_domain(struct io_pagetable *iopt, struct iommu_domain *domain,
		    u32 hwpt)
{
	struct iopt_held *held = iopt_hold(iopt);
	int rc;

	rc = down_write_killable(&iopt->domains_rwsem);
	if (rc)
		goto let_go;
	rc = add_domain_locked(iopt, domain, hwpt);
	if (rc)
		forget_limits(iopt, domain);
	else
		iopt->domains[iopt->ndomains++] = domain;
	note_page_sizes(iopt);
	up_write(&iopt->domains_rwsem);
let_go:
	iopt_let_go(held);
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
	note_page_sizes(iopt);

	down_read(&iopt->iova_rwsem);
	empty_domain(iopt, domain, NULL);
	if (!iopt->ndomains)
		unpin_committed(iopt);
	up_read(&iopt->iova_rwsem);
	forget_limits(iopt, domain);
unlock:
	up_write(&iopt->domains_rwsem);
}
