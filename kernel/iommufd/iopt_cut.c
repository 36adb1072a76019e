// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cutting an area in two, for VFIO's first version, which may unmap a part of
 * a mapping. Nothing changes in the domains: where no large pages are used,
 * every page of an area is mapped by itself.
 */
#include <linux/align.h>
#include <linux/lockdep.h>

#include "area_tree.h"
#include "io_pagetable.h"

static int cut_check(struct io_pagetable *iopt, struct iopt_area *area,
		     unsigned long lower_length)
{
	if (!area_is_committed(area) || area->no_access)
		return -EBUSY;
	if (!IS_ALIGNED((area->start + lower_length) |
				(area->start_byte + lower_length),
			iopt->iova_alignment))
		return -EINVAL;
	/* A large page may lie across the cut; a driver's pin has no halves. */
	if ((area->pinned && iopt->large_pages) || atomic_read(&area->accesses))
		return -EINVAL;
	return 0;
}

/* Takes the upper part of an area's addresses for another area. */
static void divide(struct io_pagetable *iopt, struct iopt_area *area,
		   struct iopt_area *upper, unsigned long lower_length)
{
	/* The chain that it was mapped in is history. */
	area->next = NULL;
	area_tree_erase(&iopt->areas, area);
	upper->start = area->start + lower_length;
	upper->last = area->last;
	upper->pinned = area->pinned;
	upper->committed = true;
	area->last = upper->start - 1;
	area_tree_insert(&iopt->areas, area, area->last);
	area_tree_insert(&iopt->areas, upper, upper->last);
}

/* A page that the cut goes through has two users from now on. */
static void count_cut(struct io_pagetable *iopt, struct iopt_area *lower,
		      struct iopt_area *upper)
{
	iopt_count(&iopt->counts.areas, 1);
	if (lower->pinned && area_last_page(lower) == area_first_page(upper))
		iopt_count_pinned(&iopt->counts, lower->pages->owner, 1);
}

static int cut_area(struct io_pagetable *iopt, struct iopt_area *area,
		    unsigned long lower_length)
{
	const unsigned long upper_start = area->start + lower_length;
	struct iopt_area *upper;
	int rc;

	lockdep_assert_held(&iopt->domains_rwsem);
	lockdep_assert_held_write(&iopt->iova_rwsem);

	rc = cut_check(iopt, area, lower_length);
	if (rc)
		return rc;
	upper = iopt_area_create(iopt_pages_get(area->pages),
				 area->start_byte + lower_length,
				 area_length(area) - lower_length,
				 area->iommu_prot);
	if (!upper)
		return -ENOMEM;
	if (area->pinned)
		rc = iopt_pages_split_user(area->pages, area_first_page(area),
					   area_page(area, upper_start - 1),
					   area_page(area, upper_start),
					   area_last_page(area));
	if (rc) {
		iopt_areas_free(upper);
		return rc;
	}
	divide(iopt, area, upper, lower_length);
	count_cut(iopt, area, upper);
	return 0;
}

/**
 * iopt_cut() - make the area around an address two
 * @iopt: the table
 * @last: becomes the last address of the lower one
 *
 * Context: may sleep; takes domains_rwsem and iova_rwsem.
 * Return: 0, also when there is nothing to cut, or -EINVAL where no cut is
 * possible, -EBUSY if the area is being made or unmapped, -ENOMEM, -EINTR for
 * a fatal signal.
 */
int iopt_cut(struct io_pagetable *iopt, unsigned long last)
{
	struct iopt_area *area;
	int rc;

	rc = down_read_killable(&iopt->domains_rwsem);
	if (rc)
		return rc;
	rc = down_write_killable(&iopt->iova_rwsem);
	if (rc)
		goto unlock_domains;
	area = area_tree_find(&iopt->areas, last, last);
	if (area && last != area->last)
		rc = cut_area(iopt, area, last - area->start + 1);
	up_write(&iopt->iova_rwsem);
unlock_domains:
	up_read(&iopt->domains_rwsem);
	return rc;
}
