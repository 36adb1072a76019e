// SPDX-License-Identifier: GPL-2.0-only
/*
 * iopt_pages: who needs which pages of a run of user memory. See pages.h for
 * the idea, pin.c for how memory is pinned and pin_chunk.c for where it is.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/wait_bit.h>

#include "iova_ranges.h"
#include "owner.h"
#include "pages.h"
#include "pin.h"
#include "trace.h"

static struct kmem_cache *pages_cache;

/**
 * iopt_pages_cache_create() - get ready for the first iopt_pages
 *
 * Context: may sleep. Undo with iopt_pages_cache_destroy().
 * Return: 0 or -ENOMEM.
 */
int iopt_pages_cache_create(void)
{
	pages_cache = kmem_cache_create("iommufd_pages",
					sizeof(struct iopt_pages), 0,
					SLAB_ACCOUNT | SLAB_NO_MERGE, NULL);
	return pages_cache ? 0 : -ENOMEM;
}

/**
 * iopt_pages_cache_destroy() - when the last iopt_pages is gone
 *
 * Context: may sleep.
 */
void iopt_pages_cache_destroy(void)
{
	kmem_cache_destroy(pages_cache);
}

/**
 * iopt_pages_create() - describe memory of the calling process
 * @ictx: the context that maps it
 * @uptr: first byte, at any offset in its page
 * @length: in bytes
 * @writable: devices may write to it
 *
 * The memory is not looked at: an address where there is none is found when
 * the pages are first needed.
 *
 * Context: a process with memory, may sleep. Undo with iopt_pages_put().
 * Return: with one reference, or ERR_PTR: -EINVAL for a length that is 0 or
 * too close to the whole address space to count in pages, -EOVERFLOW when the
 * memory would wrap, -ENOMEM.
 */
struct iopt_pages *iopt_pages_create(struct iommufd_ctx *ictx,
				     unsigned long uptr, unsigned long length,
				     bool writable)
{
	unsigned long offset = offset_in_page(uptr);
	struct iopt_pages *pages;
	struct iopt_owner *owner;
	unsigned long end;

	if (!length || length > ULONG_MAX - PAGE_SIZE)
		return ERR_PTR(-EINVAL);
	if (check_add_overflow(uptr, length, &end))
		return ERR_PTR(-EOVERFLOW);

	owner = iopt_owner_current(ictx);
	if (IS_ERR(owner))
		return ERR_CAST(owner);
	pages = kmem_cache_alloc(pages_cache, GFP_KERNEL);
	if (!pages) {
		iopt_owner_put(owner);
		return ERR_PTR(-ENOMEM);
	}
	refcount_set(&pages->refs, 1);
	pages->writable = writable;
	pages->filling = false;
	pages->fill_contended = false;
	pages->owner = owner;
	pages->uptr = uptr - offset;
	pages->npages = (offset + length - 1) / PAGE_SIZE + 1;
	mutex_init(&pages->lock);
	pages->whole_users = 0;
	pages->part_users = RB_ROOT_CACHED;
	if (pages->npages == 1)
		pages->page = NULL;
	else
		pages->chunks = RB_ROOT_CACHED;
	return pages;
}

/**
 * iopt_pages_get() - share memory
 * @pages: held by the caller
 *
 * Context: any. Undo with iopt_pages_put().
 * Return: @pages.
 */
struct iopt_pages *iopt_pages_get(struct iopt_pages *pages)
{
	refcount_inc(&pages->refs);
	return pages;
}

/**
 * iopt_pages_free() - free many at a time
 * @pages: iopt_pages that iopt_pages_drop() returned true for
 * @count: how many
 *
 * Context: any.
 */
void iopt_pages_free(void **pages, size_t count)
{
	kmem_cache_free_bulk(pages_cache, count, pages);
}

/**
 * iopt_pages_put() - let go of memory
 * @pages: held by the caller, who is no user of it any more
 *
 * Context: process, without spinlocks.
 */
void iopt_pages_put(struct iopt_pages *pages)
{
	if (iopt_pages_drop(pages))
		kmem_cache_free(pages_cache, pages);
}

/* The last page of a window that somebody needs, @user being the first one. */
static unsigned long last_needed(struct interval_tree_node *user,
				 unsigned long first, unsigned long last)
{
	unsigned long needed = user->last;

	while (needed < last) {
		user = interval_tree_iter_next(user, first, last);
		if (!user)
			return needed;
		needed = max(needed, user->last);
	}
	return last;
}

/*
 * Gives back what of a chunk nobody needs after a user of @first to @last has
 * left. An end that was not that user's still has another one.
 */
static void trim_chunk(struct iopt_pages *pages, struct pin_chunk *chunk,
		       unsigned long first, unsigned long last,
		       struct pin_release *release)
{
	unsigned long kept_first = chunk->node.start;
	unsigned long kept_last = chunk->node.last;
	struct interval_tree_node *user;

	user = interval_tree_iter_first(&pages->part_users, kept_first,
					kept_last);
	if (!user) {
		interval_tree_remove(&chunk->node, &pages->chunks);
		pin_chunk_free(chunk, release);
		return;
	}
	/* Users come in the order of their first pages. */
	kept_first = max(kept_first, user->start);
	if (kept_last <= last)
		kept_last = last_needed(user, chunk->node.start, kept_last);
	if (kept_first != chunk->node.start || kept_last != chunk->node.last)
		pin_chunk_shrink(pages, chunk, kept_first, kept_last, release);
}

static void trim_chunks(struct iopt_pages *pages, unsigned long first,
			unsigned long last, struct pin_release *release)
{
	struct interval_tree_node *node, *next;

	for (node = interval_tree_iter_first(&pages->chunks, first, last); node;
	     node = next) {
		next = interval_tree_iter_next(node, first, last);
		trim_chunk(pages, pin_chunk_of(node), first, last, release);
		cond_resched();
	}
}

/* Gives back what nobody needs after a user of a range has left. */
static void remove_user(struct iopt_pages *pages, unsigned long first,
			unsigned long last, struct pin_release *release)
{
	pin_user_forget(pages, first, last);
	if (!pages->whole_users)
		trim_chunks(pages, first, last, release);
}

/* The same for a page that is mapped by itself. */
static void remove_single_user(struct iopt_pages *pages,
			       struct pin_release *release)
{
	lockdep_assert_held(&pages->lock);

	if (--pages->whole_users)
		return;
	pin_release_page(release, pages->page);
	release->npages++;
	pages->page = NULL;
}

/* Takes the lock when nobody is pinning. */
static int lock_to_fill(struct iopt_pages *pages)
{
	int rc;

	rc = mutex_lock_killable(&pages->lock);
	while (!rc && pages->filling) {
		pages->fill_contended = true;
		mutex_unlock(&pages->lock);
		if (wait_var_event_killable(&pages->filling,
					    !READ_ONCE(pages->filling)))
			return -EINTR;
		rc = mutex_lock_killable(&pages->lock);
	}
	return rc;
}

static void fill_begin(struct iopt_pages *pages)
{
	WRITE_ONCE(pages->filling, true);
	mutex_unlock(&pages->lock);
}

static void fill_end(struct iopt_pages *pages)
{
	mutex_lock(&pages->lock);
	WRITE_ONCE(pages->filling, false);
	if (!pages->fill_contended)
		return;
	/* Who is not seen to wait sees that there is nothing to wait for. */
	smp_mb();
	wake_up_var(&pages->filling);
}

static int add_single_user(struct iopt_pages *pages)
{
	struct page *page;
	int rc;

	if (!pages->whole_users) {
		fill_begin(pages);
		rc = pin_fill_single(pages, &page);
		fill_end(pages);
		if (rc)
			return rc;
		pages->page = page;
	}
	pages->whole_users++;
	return 0;
}

/*
 * The caller is a user of the range already, so that what is pinned of it
 * stays so.
 */
static int fill_holes(struct iopt_pages *pages, unsigned long first,
		      unsigned long last)
{
	unsigned long hole_first = first;
	unsigned long hole_last = last;
	int rc = 0;

	while (!rc &&
	       iopt_ranges_next_hole(&pages->chunks, &hole_first, &hole_last)) {
		fill_begin(pages);
		rc = pin_fill(pages, hole_first, hole_last);
		fill_end(pages);
		if (hole_last == last)
			break;
		hole_first = hole_last + 1;
		hole_last = last;
	}
	return rc;
}

/* Pins what a new user of a range lacks; drops the lock on the way. */
static int add_pinned_user(struct iopt_pages *pages, unsigned long first,
			   unsigned long last, struct pin_release *release)
{
	bool all_pinned = pages->whole_users;
	int rc;

	rc = pin_user_add(pages, first, last);
	if (rc || all_pinned)
		return rc;
	rc = fill_holes(pages, first, last);
	if (rc)
		remove_user(pages, first, last, release);
	return rc;
}

/**
 * iopt_pages_pin() - become a user of some pages
 * @pages: what they are of
 * @first: first page
 * @last: last page
 *
 * Context: may sleep, for as long as the owner of the memory likes; takes
 * @pages->lock. Undo with iopt_pages_unpin() of the same range.
 * Return: 0, or what pin_fill() says; then all is as it was.
 */
int iopt_pages_pin(struct iopt_pages *pages, unsigned long first,
		   unsigned long last)
{
	struct pin_release release __uninitialized;
	int rc;

	rc = lock_to_fill(pages);
	if (rc)
		return rc;
	if (pages->npages == 1) {
		rc = add_single_user(pages);
		mutex_unlock(&pages->lock);
		trace_iommufd_pin(pages, 0, 0, rc);
		return rc;
	}
	pin_release_begin(&release, pages);
	rc = add_pinned_user(pages, first, last, &release);
	mutex_unlock(&pages->lock);
	pin_release_end(&release);
	trace_iommufd_pin(pages, first, last, rc);
	return rc;
}

/**
 * iopt_pages_unpin_with() - undo iopt_pages_pin(), with others
 * @pages: what they are of
 * @first: first page
 * @last: last page
 * @release: what is not needed goes with this
 *
 * Context: as iopt_pages_unpin(); @pages stays until the end of @release.
 */
void iopt_pages_unpin_with(struct iopt_pages *pages, unsigned long first,
			   unsigned long last, struct pin_release *release)
{
	trace_iommufd_unpin(pages, first, last);
	pin_release_from(release, pages);
	mutex_lock(&pages->lock);
	if (pages->npages == 1)
		remove_single_user(pages, release);
	else
		remove_user(pages, first, last, release);
	mutex_unlock(&pages->lock);
}

/**
 * iopt_pages_unpin() - undo iopt_pages_pin()
 * @pages: what they are of
 * @first: first page
 * @last: last page
 *
 * Context: may sleep; takes @pages->lock, and the owner's mmap_lock if pages
 * are charged to the process. No device can reach the frames any more on
 * behalf of this user.
 */
void iopt_pages_unpin(struct iopt_pages *pages, unsigned long first,
		      unsigned long last)
{
	struct pin_release release __uninitialized;

	pin_release_begin(&release, pages);
	iopt_pages_unpin_with(pages, first, last, &release);
	pin_release_end(&release);
}

/**
 * iopt_pages_split_user() - make one user two
 * @pages: what they use
 * @first: first page of the one there is
 * @lower_last: last page of the first of the two
 * @upper_first: first page of the second, the next page or the same
 * @last: last page of the one there is
 *
 * Chunks are split there as well, so that whichever of the two leaves first
 * gives all of its pages back.
 *
 * Context: may sleep; takes @pages->lock.
 * Return: 0, or -ENOMEM, -EINTR for a fatal signal; then it is still one.
 */
int iopt_pages_split_user(struct iopt_pages *pages, unsigned long first,
			  unsigned long lower_last, unsigned long upper_first,
			  unsigned long last)
{
	int rc;

	rc = mutex_lock_killable(&pages->lock);
	if (rc)
		return rc;
	/* Behind its end there may be pages that nobody needs. */
	if (lower_last < last)
		rc = pin_chunk_split(pages, lower_last);
	if (rc)
		goto unlock;
	rc = pin_user_add(pages, first, lower_last);
	if (rc)
		goto unlock;
	rc = pin_user_add(pages, upper_first, last);
	if (rc)
		pin_user_forget(pages, first, lower_last);
	else
		pin_user_forget(pages, first, last);
unlock:
	mutex_unlock(&pages->lock);
	return rc;
}
