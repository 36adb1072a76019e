/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which leaves of an I/O page table are dirty, as far as drivers tell. A walk
 * goes through a range in pieces that one call of the driver can look at.
 */
#ifndef IOMMUFD_DIRTY_LEAVES_H
#define IOMMUFD_DIRTY_LEAVES_H

#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/types.h>

#include "dirty_bitmap.h"

struct io_pagetable;
struct iommu_domain;
struct iopt_area;

/**
 * struct dirty_span - a run of addresses
 * @start: the first
 * @last: the last; below @start if there is none
 */
struct dirty_span {
	unsigned long start;
	unsigned long last;
};

#define DIRTY_SPAN_NONE ((struct dirty_span){ .start = ULONG_MAX, .last = 0 })

static inline void span_include(struct dirty_span *span,
				const struct dirty_span *more)
{
	span->start = min(span->start, more->start);
	span->last = max(span->last, more->last);
}

/**
 * struct dirty_walk - a request on its way through the leaves of a domain
 * @iopt: what is mapped
 * @domain: one of its domains, which tracks
 * @range: where to look
 * @next: first address that is still to be looked at
 * @clear: whether leaves are cleared
 * @cleared: to be flushed
 * @bitmap: where to report
 * @wanted: a leaf that needs a window of its own
 */
struct dirty_walk {
	struct io_pagetable *iopt;
	struct iommu_domain *domain;
	struct dirty_span range;
	unsigned long next;
	bool clear;
	struct dirty_span cleared;
	struct dirty_bitmap bitmap;
	struct dirty_span wanted;
};

unsigned long dirty_exact_last(const struct dirty_walk *walk,
			       const struct iopt_area *area,
			       unsigned long iova);
int dirty_read_piece(struct dirty_walk *walk, const struct iopt_area *area,
		     const struct dirty_span *piece);
int dirty_clear_piece(struct dirty_walk *walk, const struct iopt_area *area,
		      const struct dirty_span *piece);

#endif
