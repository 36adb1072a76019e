// SPDX-License-Identifier: GPL-2.0-only
/*
 * User memory for drivers: as struct pages that they have pinned, or copied
 * for them.
 */
#include <linux/highmem.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include "iommufd.h"
#include "owner.h"
#include "pages.h"
#include "pin.h"

/**
 * iopt_pages_list() - the struct pages of pinned pages
 * @pages: what they are of
 * @first: first page
 * @last: last page
 * @list: filled in
 *
 * Context: may sleep; takes @pages->lock. The caller is a user of the range.
 */
void iopt_pages_list(struct iopt_pages *pages, unsigned long first,
		     unsigned long last, struct page **list)
{
	struct iopt_run_iter iter;
	struct iopt_run run;

	mutex_lock(&pages->lock);
	iopt_run_iter_init(&iter, pages, first, last);
	while (iopt_run_next(&iter, &run)) {
		while (run.npages--)
			*list++ = pfn_to_page(run.pfn++);
	}
	mutex_unlock(&pages->lock);
}

/**
 * struct copying - within one page of user memory
 * @pages: what it is of
 * @index: which page
 * @offset: of the first byte in the page
 * @data: the other side
 * @length: in bytes
 * @write: to user memory
 */
struct copying {
	struct iopt_pages *pages;
	unsigned long index;
	unsigned long offset;
	void *data;
	unsigned long length;
	bool write;
};

static void copy_bytes(const struct copying *c, struct page *page)
{
	if (c->write) {
		memcpy_to_page(page, c->offset, c->data, c->length);
		set_page_dirty_lock(page);
	} else {
		memcpy_from_page(c->data, page, c->offset, c->length);
	}
}

/* The frame that devices use, if there is one; 1 if there is none. */
static int copy_pinned(const struct copying *c)
{
	struct page *page;
	int rc;

	rc = mutex_lock_killable(&c->pages->lock);
	if (rc)
		return rc;
	page = pin_find_page(c->pages, c->index);
	if (page)
		copy_bytes(c, page);
	mutex_unlock(&c->pages->lock);
	return !page;
}

static int copy_own(const struct copying *c)
{
	void __user *user = (void __user *)(c->pages->uptr +
					    c->index * PAGE_SIZE + c->offset);
	unsigned long left;

	if (c->write)
		left = copy_to_user(user, c->data, c->length);
	else
		left = copy_from_user(c->data, user, c->length);
	return left ? -EFAULT : 0;
}

static int copy_foreign(const struct copying *c)
{
	struct page *page;
	int rc;

	rc = pin_briefly(c->pages, c->index, c->write, &page);
	if (rc)
		return rc;
	copy_bytes(c, page);
	unpin_user_page(page);
	return 0;
}

/* Without locks while user memory is touched, which may take any time. */
static int copy_in_page(const struct copying *c, bool may_be_own)
{
	int rc;

	if (fatal_signal_pending(current))
		return -EINTR;
	rc = copy_pinned(c);
	if (rc <= 0)
		return rc;
	if (may_be_own && c->pages->owner->mm == current->mm)
		return copy_own(c);
	return copy_foreign(c);
}

/* A kernel thread that has no memory can use the owner's, if it is there. */
static bool borrow_mm(struct mm_struct *mm)
{
	if (!(current->flags & PF_KTHREAD) || current->mm)
		return false;
	if (!mmget_not_zero(mm))
		return false;
	kthread_use_mm(mm);
	return true;
}

static void return_mm(struct mm_struct *mm)
{
	kthread_unuse_mm(mm);
	mmput_async(mm);
}

/**
 * iopt_pages_rw() - read or write user memory
 * @pages: what it is of
 * @offset: of its first byte in @pages
 * @data: the other side
 * @length: in bytes
 * @flags: enum iommufd_access_flags
 *
 * Pages that are pinned are used as devices see them, also when the owner is
 * gone or has something else at their addresses.
 *
 * Context: may sleep, for as long as the owner of the memory likes; takes
 * @pages->lock.
 * Return: 0, or -EPERM to write what devices may not write, -EFAULT where
 * there is no memory, -EINTR for a fatal signal; part may then have been
 * copied.
 */
int iopt_pages_rw(struct iopt_pages *pages, unsigned long offset, void *data,
		  unsigned long length, unsigned int flags)
{
	bool may_be_own = !(flags & __IOMMUFD_ACCESS_RW_SLOW_PATH);
	bool write = flags & IOMMUFD_ACCESS_RW_WRITE;
	struct mm_struct *mm = pages->owner->mm;
	bool borrowed;
	int rc = 0;

	if (write && !pages->writable)
		return -EPERM;
	borrowed = may_be_own && (flags & IOMMUFD_ACCESS_RW_KTHREAD) &&
		   borrow_mm(mm);
	while (length && !rc) {
		struct copying c = {
			.pages = pages,
			.index = offset / PAGE_SIZE,
			.offset = offset_in_page(offset),
			.data = data,
			.length =
				min(length, PAGE_SIZE - offset_in_page(offset)),
			.write = write,
		};

		rc = copy_in_page(&c, may_be_own);
		offset += c.length;
		data += c.length;
		length -= c.length;
		cond_resched();
	}
	if (borrowed)
		return_mm(mm);
	return rc;
}
