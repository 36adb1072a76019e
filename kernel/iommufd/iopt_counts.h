/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a table has and has done, for people who look at it. Counted where it
 * happens and read without a lock, so that nobody waits for a reader and no
 * reader waits: figures that belong together may be a moment apart.
 */
#ifndef IOMMUFD_IOPT_COUNTS_H
#define IOMMUFD_IOPT_COUNTS_H

#include <linux/atomic.h>
#include <linux/compiler.h>

#include "owner.h"
#include "pages.h"

/**
 * struct iopt_counts - the figures of a table
 * @context: iommufd_ctx::number of its context
 * @ioas: the id of its IOAS there
 * @areas: in the tree, with those that are being made or undone
 * @bytes: their lengths
 * @unmaps: unmaps that have undone something
 * @maps: claims that have become mappings
 * @flushes: of the IOTLB, for any of the domains
 * @pinned: pages that areas and accesses are users of, once for each user
 * @charged: those of them that count against a limit
 *
 * The first two do not change once the table is used. The next three do under
 * io_pagetable::iova_rwsem held for writing.
 */
struct iopt_counts {
	u64 context;
	u32 ioas;
	unsigned long areas;
	unsigned long bytes;
	unsigned long unmaps;
	atomic_long_t maps;
	atomic_long_t flushes;
	atomic_long_t pinned;
	atomic_long_t charged;
};

/* By whoever keeps all other writers out; modulo, so that it also takes off. */
static inline void iopt_count(unsigned long *count, unsigned long more)
{
	WRITE_ONCE(*count, *count + more);
}

/* Of pages of which somebody has become a user, or, less than 0, is none. */
static inline void iopt_count_pinned(struct iopt_counts *counts,
				     const struct iopt_owner *owner,
				     long npages)
{
	atomic_long_add(npages, &counts->pinned);
	if (owner->charge != IOPT_CHARGE_NONE)
		atomic_long_add(npages, &counts->charged);
}

#endif
