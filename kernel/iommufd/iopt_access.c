// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a table knows of the accesses that are attached to it: how aligned they
 * need its mappings, and whom to ask before one is unmapped.
 */
#include <linux/err.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/slab.h>

#include "access.h"
#include "io_pagetable.h"

/**
 * struct access_link - an access that is attached to a table
 * @item: in io_pagetable::accesses
 * @access: the access; one that moves to another table has a link in each
 * @order: ascending in the list, so that a walk can go on after it was left
 *
 * Under io_pagetable::domains_rwsem.
 */
struct access_link {
	struct list_head item;
	struct iommufd_access *access;
	u64 order;
};

static u64 order_after_all(struct io_pagetable *iopt)
{
	struct access_link *newest;

	if (list_empty(&iopt->accesses))
		return 1;
	newest = list_last_entry(&iopt->accesses, struct access_link, item);
	return newest->order + 1;
}

/**
 * iopt_add_access() - attach an access to a table
 * @iopt: the table
 * @access: not in it
 *
 * Context: may sleep; takes domains_rwsem and iova_rwsem. Undo with
 * iopt_remove_access().
 * Return: 0, or what iopt_update_alignment() says, -ENOMEM, -EINTR for a fatal
 * signal.
 */
int iopt_add_access(struct io_pagetable *iopt, struct iommufd_access *access)
{
	struct access_link *link;
	int rc;

	link = kmalloc(sizeof(*link), GFP_KERNEL_ACCOUNT);
	if (!link)
		return -ENOMEM;
	link->access = access;
	rc = iopt_write_lock_killable(iopt);
	if (rc)
		goto free_link;
	rc = iopt_update_alignment(iopt, access->iova_alignment);
	if (!rc) {
		link->order = order_after_all(iopt);
		list_add_tail(&link->item, &iopt->accesses);
	}
	iopt_write_unlock(iopt);
free_link:
	if (rc)
		kfree(link);
	return rc;
}

/**
 * iopt_remove_access() - undo iopt_add_access()
 * @iopt: the table
 * @access: in it, with nothing pinned
 *
 * Context: may sleep; takes domains_rwsem and iova_rwsem.
 */
void iopt_remove_access(struct io_pagetable *iopt,
			struct iommufd_access *access)
{
	struct access_link *link;

	iopt_write_lock(iopt);
	list_for_each_entry(link, &iopt->accesses, item) {
		if (link->access != access)
			continue;
		list_del(&link->item);
		kfree(link);
		break;
	}
	/* Cannot fail: it needs no more than before. */
	iopt_update_alignment(iopt, 1);
	iopt_write_unlock(iopt);
}

/**
 * iopt_access_alignment() - what the accesses of a table need of addresses
 * @iopt: the table
 *
 * Context: holds domains_rwsem.
 * Return: an alignment in bytes, a power of two.
 */
unsigned long iopt_access_alignment(struct io_pagetable *iopt)
{
	unsigned long alignment = 1;
	struct access_link *link;

	lockdep_assert_held(&iopt->domains_rwsem);

	list_for_each_entry(link, &iopt->accesses, item)
		alignment = max(alignment, link->access->iova_alignment);
	return alignment;
}

/*
 * A walk over the accesses without a lock between two of them: the one after
 * *@order, with a user, or NULL. What was attached when the walk began, and
 * still is, is not missed. Ends at a fatal signal.
 */
static struct iommufd_access *next_access(struct io_pagetable *iopt, u64 *order)
{
	struct iommufd_access *found = NULL;
	struct access_link *link;

	if (down_read_killable(&iopt->domains_rwsem))
		return NULL;
	list_for_each_entry(link, &iopt->accesses, item) {
		if (link->order <= *order ||
		    !iommufd_object_get(&link->access->obj))
			continue;
		*order = link->order;
		found = link->access;
		break;
	}
	up_read(&iopt->domains_rwsem);
	return found;
}

/**
 * iopt_notify_unmap() - ask drivers to let go of what is to be unmapped
 * @iopt: the table, held by the caller
 * @iova: first address of an area that drivers can no longer begin to use
 * @length: of the area, in bytes
 *
 * A driver that pins something of it just now has pinned it, or failed, before
 * it is asked.
 *
 * Context: sleeps, without any lock. Does less when there is a fatal signal.
 */
void iopt_notify_unmap(struct io_pagetable *iopt, unsigned long iova,
		       unsigned long length)
{
	unsigned long last = iova + (length - 1);
	struct iommufd_access *access;
	u64 order = 0;

	while ((access = next_access(iopt, &order))) {
		if (!access_wait_killable(access, iova, last) &&
		    access->ops->unmap)
			access->ops->unmap(access->data, iova, length);
		iommufd_object_put(access->ictx, &access->obj);
	}
}

/**
 * iopt_wait_accesses() - iopt_wait_uses() where there are accesses
 * @iopt: the table
 * @start: first address
 * @last: last address
 *
 * Context: as that.
 */
void iopt_wait_accesses(struct io_pagetable *iopt, unsigned long start,
			unsigned long last)
{
	struct iommufd_access *access;
	u64 order = 0;

	while ((access = next_access(iopt, &order))) {
		access_wait_killable(access, start, last);
		iommufd_object_put(access->ictx, &access->obj);
	}
}
