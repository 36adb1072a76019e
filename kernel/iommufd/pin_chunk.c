// SPDX-License-Identifier: GPL-2.0-only
/*
 * Chunks of pinned frames: looking into them, walking them, and giving back
 * what they hold, from either end or as a whole.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "pin.h"

/**
 * pin_chunk_free() - give back a whole chunk
 * @chunk: in no tree
 * @release: what its frames go with
 *
 * Context: may sleep.
 */
void pin_chunk_free(struct pin_chunk *chunk, struct pin_release *release)
{
	release->npages += pin_chunk_npages(chunk);
	pin_release_runs(release, chunk->runs + chunk->front,
			 chunk->nruns - chunk->front);
	kfree(chunk);
}

/* Gives back a part of a run. */
static void release_part(struct pin_release *release, unsigned long pfn,
			 unsigned long npages)
{
	u64 run = run_encode(pfn, npages);

	release->npages += npages;
	pin_release_runs(release, &run, 1);
}

/* Gives back the first @npages of a chunk that has more. */
static void cut_front(struct pin_chunk *chunk, unsigned long npages,
		      struct pin_release *release)
{
	while (npages) {
		u64 *run = &chunk->runs[chunk->front];
		unsigned long count = min(npages, run_npages(*run));
		unsigned long kept = run_npages(*run) - count;

		release_part(release, run_pfn(*run), count);
		npages -= count;
		if (kept)
			*run = run_encode(run_pfn(*run) + count, kept);
		else
			chunk->front++;
	}
}

/* Gives back the last @npages of a chunk that has more. */
static void cut_back(struct pin_chunk *chunk, unsigned long npages,
		     struct pin_release *release)
{
	while (npages) {
		u64 *run = &chunk->runs[chunk->nruns - 1];
		unsigned long count = min(npages, run_npages(*run));
		unsigned long kept = run_npages(*run) - count;

		release_part(release, run_pfn(*run) + kept, count);
		npages -= count;
		if (kept)
			*run = run_encode(run_pfn(*run), kept);
		else
			chunk->nruns--;
	}
}

/**
 * pin_chunk_shrink() - give back both ends of a chunk
 * @pages: what it is of
 * @chunk: to be shrunk
 * @first: first page that stays
 * @last: last page that stays
 * @release: what the other frames go with
 *
 * Context: holds @pages->lock; may sleep.
 */
void pin_chunk_shrink(struct iopt_pages *pages, struct pin_chunk *chunk,
		      unsigned long first, unsigned long last,
		      struct pin_release *release)
{
	lockdep_assert_held(&pages->lock);

	interval_tree_remove(&chunk->node, &pages->chunks);
	cut_front(chunk, first - chunk->node.start, release);
	cut_back(chunk, chunk->node.last - last, release);
	chunk->node.start = first;
	chunk->node.last = last;
	interval_tree_insert(&chunk->node, &pages->chunks);
}

static struct pin_chunk *find_chunk(struct iopt_pages *pages,
				    unsigned long index)
{
	struct interval_tree_node *node;

	node = interval_tree_iter_first(&pages->chunks, index, index);
	return pin_chunk_of(node);
}

/* The run of a page that a chunk has, and the pages in front of it in there. */
static unsigned int find_run(const struct pin_chunk *chunk, unsigned long index,
			     unsigned long *skip)
{
	unsigned int slot = chunk->front;

	*skip = index - chunk->node.start;
	while (*skip >= run_npages(chunk->runs[slot]))
		*skip -= run_npages(chunk->runs[slot++]);
	return slot;
}

/* The pages of a chunk from @index on, as a chunk of its own. */
static struct pin_chunk *copy_upper(const struct pin_chunk *chunk,
				    unsigned long index)
{
	struct pin_chunk *upper;
	unsigned long skip;
	unsigned int slot = find_run(chunk, index, &skip);
	unsigned int nruns = chunk->nruns - slot;

	upper = kmalloc(struct_size(upper, runs, nruns), GFP_KERNEL_ACCOUNT);
	if (!upper)
		return NULL;
	upper->node.start = index;
	upper->node.last = chunk->node.last;
	upper->front = 0;
	upper->nruns = nruns;
	memcpy(upper->runs, &chunk->runs[slot], nruns * sizeof(*upper->runs));
	upper->runs[0] = run_encode(run_pfn(upper->runs[0]) + skip,
				    run_npages(upper->runs[0]) - skip);
	return upper;
}

/* Forgets the pages from @index on, of which another chunk knows. */
static void drop_upper(struct pin_chunk *chunk, unsigned long index)
{
	unsigned long skip;
	unsigned int slot = find_run(chunk, index, &skip);

	if (skip) {
		chunk->runs[slot] =
			run_encode(run_pfn(chunk->runs[slot]), skip);
		slot++;
	}
	chunk->nruns = slot;
	chunk->node.last = index - 1;
}

/**
 * pin_chunk_split() - see to it that no chunk goes on behind a page
 * @pages: what it is of; more than one page
 * @last: the page; a user needs it and the next
 *
 * Context: holds @pages->lock; may sleep.
 * Return: 0 or -ENOMEM.
 */
int pin_chunk_split(struct iopt_pages *pages, unsigned long last)
{
	struct pin_chunk *chunk = find_chunk(pages, last);
	struct pin_chunk *upper;

	lockdep_assert_held(&pages->lock);

	if (!chunk || chunk->node.last == last)
		return 0;
	upper = copy_upper(chunk, last + 1);
	if (!upper)
		return -ENOMEM;
	interval_tree_remove(&chunk->node, &pages->chunks);
	drop_upper(chunk, last + 1);
	interval_tree_insert(&chunk->node, &pages->chunks);
	interval_tree_insert(&upper->node, &pages->chunks);
	return 0;
}

/**
 * pin_find_page() - where a page is
 * @pages: what it is of
 * @index: which page
 *
 * Context: holds @pages->lock.
 * Return: the page, or NULL if it is not pinned.
 */
struct page *pin_find_page(struct iopt_pages *pages, unsigned long index)
{
	struct pin_chunk *chunk;
	unsigned long skip;
	unsigned int slot;

	lockdep_assert_held(&pages->lock);

	if (pages->npages == 1)
		return pages->page;
	chunk = find_chunk(pages, index);
	if (!chunk)
		return NULL;
	slot = find_run(chunk, index, &skip);
	return pfn_to_page(run_pfn(chunk->runs[slot]) + skip);
}

/**
 * iopt_run_iter_init() - begin to walk the frames of pinned pages
 * @iter: the walk
 * @pages: what they are of
 * @first: first page
 * @last: last page
 *
 * Context: holds @pages->lock until the walk ends; the caller is a user of the
 * range.
 */
void iopt_run_iter_init(struct iopt_run_iter *iter, struct iopt_pages *pages,
			unsigned long first, unsigned long last)
{
	lockdep_assert_held(&pages->lock);

	iter->pages = pages;
	iter->index = first;
	iter->left = last - first + 1;
	iter->run = NULL;
	iter->end = NULL;
	iter->skip = 0;
}

/**
 * iopt_run_iter_enter() - go on in the next chunk
 * @iter: the walk, at the end of a chunk
 *
 * Context: as iopt_run_iter_init().
 * Return: false, with a warning, if the next page is not pinned.
 */
bool iopt_run_iter_enter(struct iopt_run_iter *iter)
{
	struct iopt_pages *pages = iter->pages;
	struct pin_chunk *chunk;

	if (pages->npages == 1) {
		iter->single = run_encode(page_to_pfn(pages->page), 1);
		iter->run = &iter->single;
		iter->end = iter->run + 1;
		return true;
	}
	chunk = find_chunk(pages, iter->index);
	if (WARN_ON_ONCE(!chunk))
		return false;
	iter->run = chunk->runs + find_run(chunk, iter->index, &iter->skip);
	iter->end = chunk->runs + chunk->nruns;
	return true;
}
