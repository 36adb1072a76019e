// SPDX-License-Identifier: GPL-2.0-only
/*
 * What drivers do with the memory of an IOAS: pin pages of it, or have bytes
 * copied. Neither holds a lock of the table while it touches user memory. An
 * area with pinned pages is held by iopt_area::accesses: it cannot be unmapped
 * or cut. Copying holds only the memory, and UNMAP waits for it when the area
 * has gone (iopt_wait_uses()).
 */
#include <linux/align.h>
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/overflow.h>

#include "access.h"
#include "area_tree.h"
#include "ioas.h"

static bool area_allows(const struct iopt_area *area, unsigned int flags)
{
	if (flags & IOMMUFD_ACCESS_RW_WRITE)
		return area->iommu_prot & IOMMU_WRITE;
	return area->iommu_prot & IOMMU_READ;
}

/* The area at an address, if a driver may begin to use it. */
static struct iopt_area *area_at(struct io_pagetable *iopt, unsigned long iova)
{
	struct iopt_area *area;

	lockdep_assert_held(&iopt->iova_rwsem);

	area = area_tree_find(&iopt->areas, iova, iova);
	if (!area || !area_is_committed(area))
		return ERR_PTR(-ENOENT);
	return area->no_access ? ERR_PTR(-EINVAL) : area;
}

/*
 * A list of pages has no place for an offset: it begins with the first byte of
 * a page, and goes on from one area to the next at the end of one.
 */
static bool pages_are_whole(const struct iopt_area *area, unsigned long iova,
			    unsigned long last)
{
	unsigned long start_byte = area->start_byte + (iova - area->start);
	unsigned long end_byte = area->start_byte + area_length(area);

	return IS_ALIGNED(start_byte, PAGE_SIZE) &&
	       (last <= area->last || IS_ALIGNED(end_byte, PAGE_SIZE));
}

/* The area stays as it is until area_let_go(). */
static struct iopt_area *area_hold(struct io_pagetable *iopt,
				   unsigned long iova, unsigned long last,
				   unsigned int flags)
{
	struct iopt_area *area;
	int rc;

	rc = down_read_killable(&iopt->iova_rwsem);
	if (rc)
		return ERR_PTR(rc);
	area = area_at(iopt, iova);
	if (IS_ERR(area))
		goto unlock;
	if (!pages_are_whole(area, iova, last))
		area = ERR_PTR(-EINVAL);
	else if (!area_allows(area, flags))
		area = ERR_PTR(-EPERM);
	else
		atomic_inc(&area->accesses);
unlock:
	up_read(&iopt->iova_rwsem);
	return area;
}

static void area_let_go(struct io_pagetable *iopt, struct iopt_area *area)
{
	down_read(&iopt->iova_rwsem);
	atomic_dec(&area->accesses);
	up_read(&iopt->iova_rwsem);
}

static void unpin_area(struct io_pagetable *iopt, struct iopt_area *area,
		       unsigned long first_page, unsigned long last_page)
{
	iopt_count_pinned(&iopt->counts, area->pages->owner,
			  -(last_page - first_page + 1));
	iopt_pages_unpin(area->pages, first_page, last_page);
}

/* Of pages that are pinned, and so their areas held. */
static void unpin_range(struct io_pagetable *iopt, unsigned long iova,
			unsigned long last)
{
	unsigned long area_last;

	for (;; iova = area_last + 1) {
		struct iopt_area *area;

		down_read(&iopt->iova_rwsem);
		area = area_tree_find(&iopt->areas, iova, iova);
		up_read(&iopt->iova_rwsem);
		/* The driver's mistake: it did not pin that. */
		if (WARN_ON_ONCE(!area))
			return;
		area_last = min(area->last, last);
		unpin_area(iopt, area, area_page(area, iova),
			   area_page(area, area_last));
		area_let_go(iopt, area);
		if (area_last == last)
			return;
	}
}

static int pin_area(struct io_pagetable *iopt, struct iopt_area *area,
		    unsigned long iova, unsigned long last, struct page **list)
{
	unsigned long first_page = area_page(area, iova);
	unsigned long last_page = area_page(area, last);
	int rc;

	rc = iopt_pages_pin(area->pages, first_page, last_page);
	if (rc)
		return rc;
	iopt_pages_list(area->pages, first_page, last_page, list);
	iopt_count_pinned(&iopt->counts, area->pages->owner,
			  last_page - first_page + 1);
	return 0;
}

static int pin_range(struct io_pagetable *iopt, unsigned long start,
		     unsigned long last, struct page **list, unsigned int flags)
{
	unsigned long iova = start;
	int rc;

	for (;;) {
		struct iopt_area *area = area_hold(iopt, iova, last, flags);
		unsigned long area_last;

		rc = PTR_ERR_OR_ZERO(area);
		if (rc)
			break;
		area_last = min(area->last, last);
		rc = pin_area(iopt, area, iova, area_last, list);
		if (rc) {
			area_let_go(iopt, area);
			break;
		}
		if (area_last == last)
			return 0;
		list += area_page(area, area_last) - area_page(area, iova) + 1;
		iova = area_last + 1;
	}
	if (iova > start)
		unpin_range(iopt, start, iova - 1);
	return rc;
}

/**
 * iommufd_access_pin_pages() - pin what is mapped in a range
 * @access: of the calling driver, which says that it pins and can unmap
 * @iova: first address, at the beginning of a page of memory
 * @length: in bytes; all of it must be mapped
 * @out_pages: room for each page of memory that the range touches
 * @flags: of enum iommufd_access_flags
 *
 * The pages stay until iommufd_access_unpin_pages(). From the moment in which
 * this is called until then the driver may be asked for that by unmap(), which
 * must not return before it is done.
 *
 * Memory that begins or ends within a page can be pinned at the beginning and
 * the end of a range only.
 *
 * Context: may sleep; the driver holds no lock that the owner of the memory
 * can make it wait for. Undo with iommufd_access_unpin_pages().
 * Return: 0, or -EINVAL without a length, where an address does not lead to
 * the beginning of a page, or is about to be unmapped, or for an access that
 * cannot pin, -EOVERFLOW for a range that wraps, -ENOENT if the access is not
 * attached or something of the range is not mapped, -EPERM to read or write
 * what was not mapped for it, -EINTR for a fatal signal, and what
 * iopt_pages_pin() says; nothing is pinned then.
 */
int iommufd_access_pin_pages(struct iommufd_access *access, unsigned long iova,
			     unsigned long length, struct page **out_pages,
			     unsigned int flags)
{
	struct io_pagetable *iopt;
	struct access_use use;
	unsigned long last;
	int rc;

	if (!access->ops->needs_pin_pages || !access->ops->unmap || !length)
		return -EINVAL;
	if (check_add_overflow(iova, length - 1, &last))
		return -EOVERFLOW;
	iopt = access_use_range(access, &use, iova, last);
	if (IS_ERR(iopt))
		return PTR_ERR(iopt);
	rc = pin_range(iopt, iova, last, out_pages, flags);
	access_use_end(access, &use);
	return rc;
}
EXPORT_SYMBOL_NS_GPL(iommufd_access_pin_pages, IOMMUFD);

/* Where to unpin, or NULL; -> iommufd_object_put(). */
static struct iommufd_ioas *ioas_to_unpin(struct iommufd_access *access)
{
	struct iommufd_ioas *ioas;

	spin_lock(&access->lock);
	ioas = access->ioas_unpin;
	if (ioas)
		refcount_inc(&ioas->obj.users);
	spin_unlock(&access->lock);
	return ioas;
}

/**
 * iommufd_access_unpin_pages() - undo iommufd_access_pin_pages()
 * @access: of the calling driver
 * @iova: as it was pinned
 * @length: as it was pinned, in bytes
 *
 * Context: may sleep, but does not wait for the owner of the memory. Also from
 * the driver's unmap().
 */
void iommufd_access_unpin_pages(struct iommufd_access *access,
				unsigned long iova, unsigned long length)
{
	struct iommufd_ioas *ioas;
	unsigned long last;

	if (WARN_ON_ONCE(!length ||
			 check_add_overflow(iova, length - 1, &last)))
		return;
	ioas = ioas_to_unpin(access);
	if (WARN_ON_ONCE(!ioas))
		return;
	unpin_range(&ioas->iopt, iova, last);
	iommufd_object_put(access->ictx, &ioas->obj);
}
EXPORT_SYMBOL_NS_GPL(iommufd_access_unpin_pages, IOMMUFD);

/* As much as one area has of a range, at least a byte, or an errno. */
static ssize_t rw_area(struct io_pagetable *iopt, unsigned long iova,
		       unsigned long last, void *data, unsigned int flags)
{
	struct iopt_pages *pages;
	struct iopt_area *area;
	unsigned long offset;
	unsigned long count;
	int rc;

	rc = down_read_killable(&iopt->iova_rwsem);
	if (rc)
		return rc;
	area = area_at(iopt, iova);
	rc = PTR_ERR_OR_ZERO(area);
	if (!rc && !area_allows(area, flags))
		rc = -EPERM;
	if (rc)
		goto unlock;
	pages = iopt_pages_get(area->pages);
	offset = area->start_byte + (iova - area->start);
	count = min(area->last, last) - iova + 1;
	up_read(&iopt->iova_rwsem);

	rc = iopt_pages_rw(pages, offset, data, count, flags);
	iopt_pages_put(pages);
	return rc ? rc : count;

unlock:
	up_read(&iopt->iova_rwsem);
	return rc;
}

static int rw_range(struct io_pagetable *iopt, unsigned long iova,
		    unsigned long last, void *data, unsigned int flags)
{
	for (;;) {
		ssize_t count = rw_area(iopt, iova, last, data, flags);

		if (count < 0)
			return count;
		if (last - iova < count)
			return 0;
		iova += count;
		data += count;
	}
}

/**
 * iommufd_access_rw() - copy from or to what is mapped in a range
 * @access: of the calling driver
 * @iova: first address
 * @data: the other side, in kernel memory
 * @length: in bytes; all of it must be mapped
 * @flags: of enum iommufd_access_flags
 *
 * Context: may sleep; the driver holds no lock that the owner of the memory
 * can make it wait for.
 * Return: 0, or -EINVAL without a length or where something is about to be
 * unmapped, -EOVERFLOW for a range that wraps, -ENOENT if the access is not
 * attached or something of the range is not mapped, -EPERM to read or write
 * what was not mapped for it, -EINTR for a fatal signal, and what
 * iopt_pages_rw() says. After an error a part may have been copied.
 */
int iommufd_access_rw(struct iommufd_access *access, unsigned long iova,
		      void *data, size_t length, unsigned int flags)
{
	struct io_pagetable *iopt;
	struct access_use use;
	unsigned long last;
	int rc;

	if (!length)
		return -EINVAL;
	if (check_add_overflow(iova, length - 1, &last))
		return -EOVERFLOW;
	iopt = access_use_range(access, &use, iova, last);
	if (IS_ERR(iopt))
		return PTR_ERR(iopt);
	rc = rw_range(iopt, iova, last, data, flags);
	access_use_end(access, &use);
	return rc;
}
EXPORT_SYMBOL_NS_GPL(iommufd_access_rw, IOMMUFD);
