// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pinning: from user memory to chunks of runs. A batch of pages is pinned at a
 * time, and what of it is contiguous is joined to what came before.
 */
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "owner.h"
#include "pin.h"
#include "selftest/selftest.h"

/* Enough for most mappings that are small, and little on the stack. */
#define SMALL_BATCH 16UL
/* A page of memory. */
#define LARGE_BATCH (PAGE_SIZE / sizeof(struct page *))

/**
 * struct pin_builder - a chunk in the making
 * @pages: what is being pinned
 * @batch: room for pages
 * @batch_max: how many fit
 * @start: first page that is in no chunk yet
 * @npages: how many pages are, from there on, in this one
 * @nruns: how many runs they make
 * @runs_max: how many runs there is room for
 * @chunk: where the runs are, or NULL before the first page
 */
struct pin_builder {
	struct iopt_pages *pages;
	struct page **batch;
	unsigned long batch_max;
	unsigned long start;
	unsigned long npages;
	unsigned long nruns;
	unsigned long runs_max;
	struct pin_chunk *chunk;
};

static long pin_remote(struct mm_struct *mm, unsigned long uptr,
		       unsigned long npages, unsigned int flags,
		       struct page **batch)
{
	int locked = 1;
	long pinned;

	if (!mmget_not_zero(mm))
		return -EFAULT;
	if (mmap_read_lock_killable(mm)) {
		pinned = -EINTR;
		goto put_mm;
	}
	pinned = pin_user_pages_remote(mm, uptr, npages, flags, batch, &locked);
	if (locked)
		mmap_read_unlock(mm);
put_mm:
	/* Whoever comes last tears memory down, which is not for here. */
	mmput_async(mm);
	return pinned;
}

/* Some of the pages from @index on; more than 0, or an errno. */
static long pin_some(struct iopt_pages *pages, unsigned long index,
		     unsigned long npages, unsigned int flags,
		     struct page **batch)
{
	unsigned long uptr = pages->uptr + index * PAGE_SIZE;
	struct mm_struct *mm = pages->owner->mm;
	long pinned;

	if (iommufd_should_fail())
		return -EFAULT;
	if (mm == current->mm)
		pinned = pin_user_pages_fast(uptr, npages, flags, batch);
	else
		pinned = pin_remote(mm, uptr, npages, flags, batch);
	return pinned ? pinned : -EFAULT;
}

/* For as long as a device may use them. */
static long pin_some_longterm(struct iopt_pages *pages, unsigned long index,
			      unsigned long npages, struct page **batch)
{
	unsigned int flags = FOLL_LONGTERM;

	if (pages->writable)
		flags |= FOLL_WRITE;
#ifdef COMPAT_CANNOT_UNSHARE
	/*
	 * Private memory that is pinned for reading only would get another
	 * page when the owner writes to it, and the device keep the old one.
	 * So be it written to now, where it can be.
	 */
	if (!pages->writable) {
		long pinned = pin_some(pages, index, npages,
				       flags | FOLL_WRITE | FOLL_FORCE, batch);

		if (pinned != -EFAULT)
			return pinned;
	}
#endif
	return pin_some(pages, index, npages, flags, batch);
}

/**
 * pin_briefly() - pin one page for a short time
 * @pages: what it is of
 * @index: which page
 * @write: it will be written to
 * @page: set to it
 *
 * Context: may sleep, for as long as the owner of the memory likes. Undo with
 * unpin_user_page().
 * Return: 0, -EFAULT where there is no memory, -EINTR for a fatal signal.
 */
int pin_briefly(struct iopt_pages *pages, unsigned long index, bool write,
		struct page **page)
{
	long pinned = pin_some(pages, index, 1, write ? FOLL_WRITE : 0, page);

	return pinned < 0 ? pinned : 0;
}

/* A chunk for the pages up to @last, whatever their frames, or to its limit. */
static int builder_open(struct pin_builder *b, unsigned long last)
{
	if (b->chunk)
		return 0;
	b->runs_max = min(CHUNK_RUNS_MAX, last - b->start + 1);
	b->chunk = kmalloc(struct_size(b->chunk, runs, b->runs_max),
			   GFP_KERNEL_ACCOUNT);
	return b->chunk ? 0 : -ENOMEM;
}

/* The chunk, or a copy if it has turned out to be far too large. */
static struct pin_chunk *builder_take_chunk(struct pin_builder *b)
{
	struct pin_chunk *chunk = b->chunk;

	if (b->nruns > b->runs_max / 2) {
		b->chunk = NULL;
		return chunk;
	}
	return kmemdup(chunk, struct_size(chunk, runs, b->nruns),
		       GFP_KERNEL_ACCOUNT);
}

/* Makes a chunk of what was built so far. */
static int builder_close(struct pin_builder *b)
{
	struct pin_chunk *chunk;

	if (!b->npages)
		return 0;
	chunk = builder_take_chunk(b);
	if (!chunk)
		return -ENOMEM;
	chunk->node.start = b->start;
	chunk->node.last = b->start + b->npages - 1;
	chunk->front = 0;
	chunk->nruns = b->nruns;
	mutex_lock(&b->pages->lock);
	interval_tree_insert(&chunk->node, &b->pages->chunks);
	mutex_unlock(&b->pages->lock);

	b->start += b->npages;
	b->npages = 0;
	b->nruns = 0;
	return 0;
}

/* How many pages are sure to fit, whatever their frames. */
static unsigned long builder_room(const struct pin_builder *b)
{
	return min(b->runs_max - b->nruns, CHUNK_PAGES_MAX - b->npages);
}

/*
 * How many pages at the beginning of a batch are contiguous. That they are by
 * their pointers is cheap to see, page after page; whether a border of memory
 * sections lies between them is then asked once. Not inlined, so that pages
 * without neighbours do not pay for it.
 */
static noinline unsigned long contiguous(struct page **batch, struct page **end,
					 unsigned long pfn)
{
	struct page *next = *batch + 1;
	struct page **entry = batch + 1;
	unsigned long npages;

	for (; entry != end && *entry == next; entry++)
		next++;
	npages = entry - batch;
	if (npages > 1 && page_to_pfn(entry[-1]) != pfn + npages - 1)
		return 1;
	return npages;
}

/* Adds what the batch holds, for which there is room. */
static void builder_add(struct pin_builder *b, unsigned long npages)
{
	struct page **batch = b->batch;
	struct page **end = batch + npages;
	u64 *run = b->chunk->runs + b->nruns;
	unsigned long next = ULONG_MAX;

	if (b->nruns)
		next = run_pfn(run[-1]) + run_npages(run[-1]);
	for (; batch != end; batch++) {
		unsigned long pfn = page_to_pfn(*batch);

		if (pfn == next) {
			/* Where there are two there may be many. */
			unsigned long more = contiguous(batch, end, pfn) - 1;

			run[-1] += 1 + more;
			batch += more;
			pfn += more;
		} else {
			*run++ = run_encode(pfn, 1);
		}
		next = pfn + 1;
	}
	b->nruns = run - b->chunk->runs;
	b->npages += npages;
}

/* Pins a batch of what is left. */
static int builder_step(struct pin_builder *b, unsigned long last)
{
	unsigned long index = b->start + b->npages;
	unsigned long want =
		min3(b->batch_max, builder_room(b), last - index + 1);
	long pinned;

	if (fatal_signal_pending(current))
		return -EINTR;
	pinned = pin_some_longterm(b->pages, index, want, b->batch);
	if (pinned < 0)
		return pinned;
	builder_add(b, pinned);
	cond_resched();
	return 0;
}

static int builder_run(struct pin_builder *b, unsigned long last)
{
	int rc = 0;

	while (!rc && b->start + b->npages <= last) {
		rc = builder_open(b, last);
		if (!rc)
			rc = builder_step(b, last);
		/* Rather than go on in ever smaller batches. */
		if (!rc && builder_room(b) <= b->runs_max / 4)
			rc = builder_close(b);
	}
	return rc ? rc : builder_close(b);
}

/* Gives back what is in no chunk yet; no device has seen it. */
static void builder_abort(struct pin_builder *b)
{
	struct pin_release release __uninitialized;

	if (!b->npages)
		return;
	pin_release_begin(&release, b->pages);
	release.dirty = false;
	pin_release_runs(&release, b->chunk->runs, b->nruns);
	pin_release_end(&release);
}

static int fill(struct pin_builder *b, unsigned long last,
		unsigned long *filled)
{
	unsigned long first = b->start;
	int rc = builder_run(b, last);

	if (rc)
		builder_abort(b);
	kfree(b->chunk);
	*filled = b->start - first;
	return rc;
}

static int fill_small(struct iopt_pages *pages, unsigned long first,
		      unsigned long last, unsigned long *filled)
{
	struct page *batch[SMALL_BATCH] __uninitialized;
	struct pin_builder b = {
		.pages = pages,
		.batch = batch,
		.batch_max = selftest_batch_limit(SMALL_BATCH),
		.start = first,
	};

	return fill(&b, last, filled);
}

static int fill_large(struct iopt_pages *pages, unsigned long first,
		      unsigned long last, unsigned long *filled)
{
	unsigned long batch_max = min(LARGE_BATCH, last - first + 1);
	struct pin_builder b = {
		.pages = pages,
		.batch_max = selftest_batch_limit(batch_max),
		.start = first,
	};
	int rc;

	*filled = 0;
	b.batch = kmalloc_array(batch_max, sizeof(*b.batch), GFP_KERNEL);
	if (!b.batch)
		return -ENOMEM;
	rc = fill(&b, last, filled);
	kfree(b.batch);
	return rc;
}

/**
 * pin_fill() - pin pages that are not pinned
 * @pages: what they are of; more than one page
 * @first: first page
 * @last: last page
 *
 * After a failure some chunks may have been made, which nobody needs. They are
 * pinned and charged like all others.
 *
 * Context: has set @pages->filling; takes @pages->lock; may sleep, for as long
 * as the owner of the memory likes.
 * Return: 0, or what iopt_owner_charge() says, -EFAULT where there is no
 * memory, -EINTR for a fatal signal, -ENOMEM.
 */
int pin_fill(struct iopt_pages *pages, unsigned long first, unsigned long last)
{
	unsigned long npages = last - first + 1;
	unsigned long filled;
	int rc;

	rc = iopt_owner_charge(pages->owner, npages);
	if (rc)
		return rc;
	if (npages <= SMALL_BATCH)
		rc = fill_small(pages, first, last, &filled);
	else
		rc = fill_large(pages, first, last, &filled);
	if (filled < npages)
		iopt_owner_uncharge(pages->owner, npages - filled);
	return rc;
}

/**
 * pin_fill_single() - pin a page that is mapped by itself
 * @pages: what it is of; not pinned
 * @page: set to it
 *
 * Context: has set @pages->filling; may sleep, for as long as the owner of the
 * memory likes.
 * Return: as pin_fill(); then nothing is pinned or charged.
 */
int pin_fill_single(struct iopt_pages *pages, struct page **page)
{
	long pinned;
	int rc;

	rc = iopt_owner_charge(pages->owner, 1);
	if (rc)
		return rc;
	pinned = pin_some_longterm(pages, 0, 1, page);
	if (pinned < 0) {
		iopt_owner_uncharge(pages->owner, 1);
		return pinned;
	}
	return 0;
}
