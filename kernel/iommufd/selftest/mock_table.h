/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The page table of a mock domain: two levels, as hardware would walk it, with
 * two sizes of pages.
 *
 * An entry is an address and a few bits. Nobody locks: whoever maps or unmaps
 * has the addresses to itself, as with any IOMMU, and the rest, lookups and
 * dirty bits, is a matter of single entries. Tables are freed with the whole.
 *
 * The table is stricter than hardware. What was unmapped stays in its entry
 * until it is flushed, as an IOTLB would keep it, and a page that was written
 * to does not become dirty again before that. Everything that real drivers
 * answer with silent damage is a complaint, in the log and counted: mapping
 * over something, unmapping a hole or a part of what was mapped, and giving
 * memory back that devices could still reach.
 */
#ifndef IOMMUFD_SELFTEST_MOCK_TABLE_H
#define IOMMUFD_SELFTEST_MOCK_TABLE_H

#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/mm.h>
#include <linux/types.h>

#include "test_api.h"

/* Smaller than the processor's: user space has to cope with that as well. */
#define MOCK_IO_PAGE_SIZE (PAGE_SIZE / 2)
#define MOCK_TABLE_ENTRIES 512UL
#define MOCK_HUGE_PAGE_SIZE (MOCK_TABLE_ENTRIES * MOCK_IO_PAGE_SIZE)
#define MOCK_TABLE_SLOTS ((MOCK_APERTURE_LAST + 1UL) / MOCK_HUGE_PAGE_SIZE)

/**
 * struct mock_table - addresses of a domain to addresses of memory
 * @huge: by slot, entries of MOCK_HUGE_PAGE_SIZE
 * @small: by slot, tables of entries of MOCK_IO_PAGE_SIZE, made when needed
 * @stale: slots that may have an entry to be flushed
 * @exact: only what one call mapped may be unmapped, or several of those; can
 *	be told as long as all pages are small
 * @quiet: count complaints and do not say them
 * @complaints: how many there were
 */
struct mock_table {
	unsigned long huge[MOCK_TABLE_SLOTS];
	unsigned long *small[MOCK_TABLE_SLOTS];
	DECLARE_BITMAP(stale, MOCK_TABLE_SLOTS);
	bool exact;
	bool quiet;
	atomic_t complaints;
};

/* How often the mock was asked for what, by all domains. */
struct mock_counts {
	atomic_t maps;
	atomic_t unmaps;
	atomic_t flushes;
	atomic_t lookups;
	atomic_t complaints;
};

extern struct mock_counts mock_counts;

struct mock_table *mock_table_create(void);
void mock_table_destroy(struct mock_table *table);
int mock_table_map(struct mock_table *table, unsigned long iova,
		   phys_addr_t phys, size_t pgsize, size_t count, gfp_t gfp);
size_t mock_table_unmap(struct mock_table *table, unsigned long iova,
			size_t size);
void mock_table_flush(struct mock_table *table, unsigned long start,
		      unsigned long last);
bool mock_table_lookup(struct mock_table *table, unsigned long iova,
		       phys_addr_t *phys);
bool mock_table_make_dirty(struct mock_table *table, unsigned long iova);
bool mock_table_read_dirty(struct mock_table *table, unsigned long iova,
			   bool clear, size_t *pgsize);

int __init mock_table_check(void);

#endif
