// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pinned pages on their way out: single ones wait until there are some, runs of
 * neighbours go at once, and the owner is told at the end, in one sum.
 */
#include <linux/mm.h>

#include "iopt_counts.h"
#include "owner.h"
#include "pages.h"
#include "pin_release.h"

/**
 * pin_release_batch() - unpin the pages that wait
 * @release: has some
 *
 * For pin_release_page(). Context: as that.
 */
void pin_release_batch(struct pin_release *release)
{
	unpin_user_pages_dirty_lock(release->batch, release->nbatch,
				    release->dirty);
	release->nbatch = 0;
}

/**
 * pin_release_switch() - see to it that the next pages are of another owner
 * @release: what they go with
 * @pages: what they are of
 *
 * For pin_release_from(). Context: as that.
 */
void pin_release_switch(struct pin_release *release, struct iopt_pages *pages)
{
	pin_release_end(release);
	release->owner = pages->owner;
	release->dirty = pages->writable;
}

/**
 * pin_release_runs() - unpin runs, soon
 * @release: what they go with
 * @runs: encoded; in no chunk any more
 * @nruns: how many
 *
 * The caller adds up how many pages they are.
 *
 * Context: may sleep.
 */
void pin_release_runs(struct pin_release *release, const u64 *runs,
		      unsigned long nruns)
{
	const u64 *end = runs + nruns;

	for (; runs != end; runs++) {
		struct page *page = pfn_to_page(run_pfn(*runs));
		unsigned long npages = run_npages(*runs);

		if (npages > 1)
			unpin_user_page_range_dirty_lock(page, npages,
							 release->dirty);
		else
			pin_release_page(release, page);
	}
}

/**
 * pin_release_end() - unpin what is left, and tell the owner
 * @release: has had all its pages, or is about to have those of another owner
 *
 * Context: may sleep; as iopt_owner_uncharge().
 */
void pin_release_end(struct pin_release *release)
{
	if (release->nbatch)
		pin_release_batch(release);
	if (release->npages)
		iopt_owner_uncharge(release->owner, release->npages);
	if (release->nusers)
		iopt_count_pinned(release->counts, release->owner,
				  -release->nusers);
	release->npages = 0;
	release->nusers = 0;
}
