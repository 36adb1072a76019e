/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * User memory that is mapped, and the one place that knows what of it is
 * pinned and where it lies.
 *
 * An iopt_pages is a run of user memory that any number of areas show, in
 * whole or in part. Whoever needs frames, an area whose table has a domain or
 * a driver's access, is a user of a range of pages. Pages with a user are
 * pinned, once, however many there are; when the last one leaves they are
 * given back. Users of everything, which is nearly all of them, are only
 * counted.
 *
 * The frames are kept as runs of contiguous ones, 64 bits a run, in chunks
 * that cover what is pinned. A chunk whose users leave is cut at its ends and
 * freed as a whole, but has no holes: pages that lie between two users of one
 * chunk stay pinned, and counted, until one of them leaves. A page that is
 * mapped by itself needs no chunk.
 *
 * Giving back cannot fail, takes no memory and waits for nobody: what depends
 * on how the owner of the memory likes to answer page faults is done without
 * the lock, by one at a time.
 */
#ifndef IOMMUFD_PAGES_H
#define IOMMUFD_PAGES_H

#include <linux/interval_tree.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/types.h>

#include "area.h"
#include "owner.h"

struct iommufd_ctx;
struct page;
struct pin_release;

/**
 * struct iopt_pages - a run of user memory
 * @refs: one for each area, claimed or committed
 * @writable: whether the one who mapped it let devices write
 * @filling: somebody is pinning
 * @fill_contended: somebody else had to wait once, and so others may
 * @owner: whose memory it is
 * @uptr: where it begins in that process, a multiple of PAGE_SIZE
 * @npages: its length in pages of PAGE_SIZE
 * @lock: taken inside of io_pagetable's locks, and outside of the owner's
 *	mmap_lock; not held while memory is being pinned, charged or uncharged
 * @whole_users: how many need all of it
 * @part_users: struct pin_range, who needs a part
 * @chunks: struct pin_chunk, what is pinned, without overlap; if @npages is
 *	not 1
 * @page: the page while it is pinned, or NULL; if @npages is 1
 * @first_area: the area that it was mapped as; most memory is in no other
 *
 * The rest does not change, but for @refs and what @first_area says itself.
 */
struct iopt_pages {
	refcount_t refs;
	bool writable;
	bool filling;
	bool fill_contended;
	struct iopt_owner *owner;
	unsigned long uptr;
	unsigned long npages;
	/* Protects the fields below, @filling and @fill_contended. */
	struct mutex lock;
	unsigned long whole_users;
	struct rb_root_cached part_users;
	union {
		struct rb_root_cached chunks;
		struct page *page;
	};
	struct iopt_area first_area;
};

/* A run in 64 bits: the first frame, of 40 bits, and how many follow it. */
#define RUN_COUNT_BITS 24
#define RUN_COUNT_MASK ((1UL << RUN_COUNT_BITS) - 1)

static inline u64 run_encode(unsigned long pfn, unsigned long npages)
{
	return (u64)pfn << RUN_COUNT_BITS | (npages - 1);
}

static inline unsigned long run_pfn(u64 run)
{
	return run >> RUN_COUNT_BITS;
}

static inline unsigned long run_npages(u64 run)
{
	return (run & RUN_COUNT_MASK) + 1;
}

/**
 * struct iopt_run - contiguous frames
 * @pfn: the first
 * @npages: how many
 */
struct iopt_run {
	unsigned long pfn;
	unsigned long npages;
};

/**
 * struct iopt_run_iter - walks the frames of pinned pages
 * @pages: what they are of; its lock is held
 * @index: the next page
 * @left: how many pages from there
 * @run: where that page is
 * @end: behind the last run of this chunk
 * @skip: pages of the run that lie before @index
 * @single: the run of a page that has no chunk
 */
struct iopt_run_iter {
	struct iopt_pages *pages;
	unsigned long index;
	unsigned long left;
	const u64 *run;
	const u64 *end;
	unsigned long skip;
	u64 single;
};

struct iopt_pages *iopt_pages_create(struct iommufd_ctx *ictx,
				     unsigned long uptr, unsigned long length,
				     bool writable);
struct iopt_pages *iopt_pages_get(struct iopt_pages *pages);
void iopt_pages_put(struct iopt_pages *pages);
void iopt_pages_free(void **pages, size_t count);

int iopt_pages_pin(struct iopt_pages *pages, unsigned long first,
		   unsigned long last);
void iopt_pages_unpin(struct iopt_pages *pages, unsigned long first,
		      unsigned long last);
void iopt_pages_unpin_with(struct iopt_pages *pages, unsigned long first,
			   unsigned long last, struct pin_release *release);
int iopt_pages_split_user(struct iopt_pages *pages, unsigned long first,
			  unsigned long lower_last, unsigned long upper_first,
			  unsigned long last);

/* pages_rw.c */
void iopt_pages_list(struct iopt_pages *pages, unsigned long first,
		     unsigned long last, struct page **list);
int iopt_pages_rw(struct iopt_pages *pages, unsigned long offset, void *data,
		  unsigned long length, unsigned int flags);

int iopt_pages_cache_create(void);
void iopt_pages_cache_destroy(void);

/* pin_chunk.c */
void iopt_run_iter_init(struct iopt_run_iter *iter, struct iopt_pages *pages,
			unsigned long first, unsigned long last);
bool iopt_run_iter_enter(struct iopt_run_iter *iter);

/* Whether the next run of a walk lies in another chunk, if there is one. */
static inline bool iopt_run_iter_at_end(const struct iopt_run_iter *iter)
{
	return iter->run == iter->end;
}

/**
 * iopt_run_next() - the next contiguous frames of a walk
 * @iter: the walk
 * @run: set to them
 *
 * Here for all the pages that have no neighbours.
 *
 * Context: as iopt_run_iter_init().
 * Return: false at the end.
 */
static inline bool iopt_run_next(struct iopt_run_iter *iter,
				 struct iopt_run *run)
{
	u64 next;

	if (!iter->left)
		return false;
	if (iopt_run_iter_at_end(iter) && !iopt_run_iter_enter(iter))
		return false;
	next = *iter->run++;
	run->pfn = run_pfn(next) + iter->skip;
	run->npages = run_npages(next) - iter->skip;
	if (run->npages > iter->left)
		run->npages = iter->left;
	iter->skip = 0;
	iter->index += run->npages;
	iter->left -= run->npages;
	return true;
}

/**
 * iopt_pages_drop() - let go of memory, but do not free what describes it
 * @pages: held by the caller, who is no user of it any more
 *
 * For those who have many.
 *
 * Context: process, without spinlocks.
 * Return: true if this was the last reference; follow with iopt_pages_free().
 */
static inline bool iopt_pages_drop(struct iopt_pages *pages)
{
	if (!refcount_dec_and_test(&pages->refs))
		return false;
	WARN_ON_ONCE(pages->whole_users ||
		     !RB_EMPTY_ROOT(&pages->part_users.rb_root));
	iopt_owner_put(pages->owner);
	mutex_destroy(&pages->lock);
	return true;
}

#endif
