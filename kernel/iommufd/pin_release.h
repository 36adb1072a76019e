/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Giving pinned pages back. Unpinning and uncharging them one by one costs more
 * than many at a time, so they are collected on the way.
 */
#ifndef IOMMUFD_PIN_RELEASE_H
#define IOMMUFD_PIN_RELEASE_H

#include <linux/types.h>

#include "pages.h"

struct iopt_counts;
struct iopt_owner;
struct page;

/* Enough for unpinning to cost hardly more than in one call. */
#define RELEASE_BATCH 32

/**
 * struct pin_release - pages on their way out
 * @owner: whom they are charged to
 * @dirty: they may have been written to
 * @npages: how many were given back so far, and are still charged
 * @nusers: of how many pages a user has left, and is still counted
 * @counts: where, if there are any
 * @nbatch: how many wait in @batch
 * @batch: pages without neighbours
 */
struct pin_release {
	struct iopt_owner *owner;
	bool dirty;
	unsigned long npages;
	unsigned long nusers;
	struct iopt_counts *counts;
	unsigned int nbatch;
	struct page *batch[RELEASE_BATCH];
};

void pin_release_switch(struct pin_release *release, struct iopt_pages *pages);
void pin_release_batch(struct pin_release *release);
void pin_release_runs(struct pin_release *release, const u64 *runs,
		      unsigned long nruns);
void pin_release_end(struct pin_release *release);

/**
 * pin_release_begin() - begin to give pages back
 * @release: where they are collected
 * @pages: what the first of them are of; stays until pin_release_end()
 *
 * Context: any. To be followed by pin_release_end().
 */
static inline void pin_release_begin(struct pin_release *release,
				     struct iopt_pages *pages)
{
	release->owner = pages->owner;
	release->dirty = pages->writable;
	release->npages = 0;
	release->nusers = 0;
	release->nbatch = 0;
}

/**
 * pin_release_from() - say whose the next pages are
 * @release: what they go with
 * @pages: what they are of; stays until pin_release_end()
 *
 * Context: may sleep; as iopt_owner_uncharge().
 */
static inline void pin_release_from(struct pin_release *release,
				    struct iopt_pages *pages)
{
	if (release->owner != pages->owner || release->dirty != pages->writable)
		pin_release_switch(release, pages);
}

/**
 * pin_release_page() - unpin a page, soon
 * @release: what it goes with
 * @page: the page; the caller counts it in @release->npages
 *
 * Context: may sleep.
 */
static inline void pin_release_page(struct pin_release *release,
				    struct page *page)
{
	release->batch[release->nbatch++] = page;
	if (release->nbatch == RELEASE_BATCH)
		pin_release_batch(release);
}

#endif
