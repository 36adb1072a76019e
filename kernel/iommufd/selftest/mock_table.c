// SPDX-License-Identifier: GPL-2.0-only
/* The page table of a mock domain; see mock_table.h for what it insists on. */
#include <linux/bitops.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/pfn.h>
#include <linux/ratelimit.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "mock_table.h"

#define ENTRY_PRESENT BIT(0)
/* Unmapped, and not flushed yet. */
#define ENTRY_STALE BIT(1)
#define ENTRY_DIRTY_BIT 2
#define ENTRY_DIRTY BIT(ENTRY_DIRTY_BIT)
/* Where a call that mapped began and ended. */
#define ENTRY_FIRST BIT(3)
#define ENTRY_LAST BIT(4)
/* The IOTLB has it as dirty: until it is flushed, writing leaves no mark. */
#define ENTRY_WRITTEN_BIT 5
#define ENTRY_WRITTEN BIT(ENTRY_WRITTEN_BIT)
#define ENTRY_ADDRESS (~(MOCK_IO_PAGE_SIZE - 1))

#define TABLE_BYTES (MOCK_TABLE_ENTRIES * sizeof(unsigned long))

struct mock_counts mock_counts;

/* The core is wrong. As loud as a WARN, but with limits. */
static void complain(struct mock_table *table, const char *what,
		     unsigned long iova)
{
	static DEFINE_RATELIMIT_STATE(limit, DEFAULT_RATELIMIT_INTERVAL,
				      DEFAULT_RATELIMIT_BURST);

	atomic_inc(&table->complaints);
	if (table->quiet)
		return;
	atomic_inc(&mock_counts.complaints);
	if (!__ratelimit(&limit))
		return;
	pr_err("BUG: mock IOMMU: %s at %#lx\n", what, iova);
	dump_stack();
}

static unsigned long slot_of(unsigned long iova)
{
	return iova / MOCK_HUGE_PAGE_SIZE;
}

static unsigned long index_of(unsigned long iova)
{
	return iova / MOCK_IO_PAGE_SIZE % MOCK_TABLE_ENTRIES;
}

/* How many entries of the slot of an address come before another address. */
static unsigned long entries_before(unsigned long iova, unsigned long end)
{
	return min(MOCK_TABLE_ENTRIES - index_of(iova),
		   (end - iova) / MOCK_IO_PAGE_SIZE);
}

static unsigned long *small_table(struct mock_table *table, unsigned long slot)
{
	/* Pairs with publishing in small_table_make(). */
	return smp_load_acquire(&table->small[slot]);
}

static bool range_is_good(unsigned long iova, size_t size, size_t pgsize)
{
	return IS_ALIGNED(iova | size, pgsize) && size &&
	       iova >= MOCK_APERTURE_START && iova <= MOCK_APERTURE_LAST &&
	       size <= MOCK_APERTURE_LAST + 1UL - iova;
}

/**
 * mock_table_create() - an empty table
 *
 * Context: may sleep.
 * Return: the table, or NULL without memory.
 */
struct mock_table *mock_table_create(void)
{
	return kvzalloc(sizeof(struct mock_table), GFP_KERNEL_ACCOUNT);
}

/**
 * mock_table_destroy() - free a table; nothing may be left in it
 * @table: nobody uses it any more
 *
 * Context: may sleep.
 */
void mock_table_destroy(struct mock_table *table)
{
	unsigned long slot;

	for (slot = 0; slot < MOCK_TABLE_SLOTS; slot++) {
		unsigned long *small = table->small[slot];

		if (table->huge[slot] ||
		    (small && memchr_inv(small, 0, TABLE_BYTES)))
			complain(table, "mapped or unflushed in a freed domain",
				 slot * MOCK_HUGE_PAGE_SIZE);
		kfree(small);
	}
	kvfree(table);
}

static int small_table_make(struct mock_table *table, unsigned long slot,
			    gfp_t gfp)
{
	unsigned long *small;

	if (small_table(table, slot))
		return 0;
	small = kzalloc(TABLE_BYTES, gfp);
	if (!small)
		return -ENOMEM;
	/* Another mapping of the same slot may have been quicker. */
	if (cmpxchg_release(&table->small[slot], NULL, small))
		kfree(small);
	return 0;
}

static bool entry_is_free(struct mock_table *table, unsigned long entry,
			  unsigned long iova)
{
	if (!entry)
		return true;
	complain(table,
		 entry & ENTRY_STALE ? "mapped before the flush"
				     : "mapped over a mapping",
		 iova);
	return false;
}

static int map_huge(struct mock_table *table, unsigned long iova,
		    phys_addr_t phys)
{
	unsigned long slot = slot_of(iova);
	unsigned long *small = small_table(table, slot);

	if (!entry_is_free(table, READ_ONCE(table->huge[slot]), iova))
		return -EEXIST;
	if (small && memchr_inv(small, 0, TABLE_BYTES)) {
		complain(table, "large page mapped over small ones", iova);
		return -EEXIST;
	}
	WRITE_ONCE(table->huge[slot], phys | ENTRY_PRESENT);
	return 0;
}

/* The slot has a table. */
static int map_small(struct mock_table *table, unsigned long iova,
		     phys_addr_t phys, unsigned long count)
{
	unsigned long slot = slot_of(iova);
	unsigned long *entry = small_table(table, slot) + index_of(iova);
	unsigned long i;

	if (!entry_is_free(table, READ_ONCE(table->huge[slot]), iova))
		return -EEXIST;
	for (i = 0; i < count; i++) {
		if (!entry_is_free(table, READ_ONCE(entry[i]), iova))
			return -EEXIST;
		WRITE_ONCE(entry[i], phys | ENTRY_PRESENT);
		iova += MOCK_IO_PAGE_SIZE;
		phys += MOCK_IO_PAGE_SIZE;
	}
	return 0;
}

/* All memory is there before anything is mapped, so that only a bug fails. */
static int map_all_small(struct mock_table *table, unsigned long iova,
			 phys_addr_t phys, size_t size, gfp_t gfp)
{
	unsigned long end = iova + size, at = iova, slot, n;
	int rc;

	for (slot = slot_of(iova); slot <= slot_of(end - 1); slot++) {
		rc = small_table_make(table, slot, gfp);
		if (rc)
			return rc;
	}
	for (; at < end; at += n * MOCK_IO_PAGE_SIZE) {
		n = entries_before(at, end);
		rc = map_small(table, at, phys + (at - iova), n);
		if (rc)
			return rc;
	}
	set_bit(ilog2(ENTRY_FIRST),
		small_table(table, slot_of(iova)) + index_of(iova));
	set_bit(ilog2(ENTRY_LAST),
		small_table(table, slot_of(end - 1)) + index_of(end - 1));
	return 0;
}

/**
 * mock_table_map() - translate addresses
 * @table: the table
 * @iova: first address, a multiple of @pgsize
 * @phys: of the memory, a multiple of @pgsize
 * @pgsize: MOCK_IO_PAGE_SIZE or MOCK_HUGE_PAGE_SIZE
 * @count: of pages
 * @gfp: for tables
 *
 * Context: as @gfp says. The caller has the addresses to itself.
 * Return: 0, or -ENOMEM with nothing mapped. After a complaint: -EFAULT with
 * nothing mapped, -EEXIST with what came before mapped.
 */
int mock_table_map(struct mock_table *table, unsigned long iova,
		   phys_addr_t phys, size_t pgsize, size_t count, gfp_t gfp)
{
	size_t size, i;
	int rc = 0;

	if (check_mul_overflow(pgsize, count, &size) ||
	    !range_is_good(iova, size, pgsize) || !IS_ALIGNED(phys, pgsize)) {
		complain(table, "mapped what cannot be", iova);
		return -EFAULT;
	}
	if (pgsize == MOCK_IO_PAGE_SIZE)
		return map_all_small(table, iova, phys, size, gfp);
	for (i = 0; i < count && !rc; i++)
		rc = map_huge(table, iova + i * pgsize, phys + i * pgsize);
	return rc;
}

static bool unmap_entry(struct mock_table *table, unsigned long *entry,
			unsigned long iova)
{
	unsigned long old = READ_ONCE(*entry);

	if (!(old & ENTRY_PRESENT)) {
		complain(table, "unmapped a hole", iova);
		return false;
	}
	WRITE_ONCE(*entry, (old & ENTRY_ADDRESS) | ENTRY_STALE);
	return true;
}

static size_t unmap_huge(struct mock_table *table, unsigned long iova,
			 unsigned long end)
{
	unsigned long slot = slot_of(iova);

	if (!IS_ALIGNED(iova, MOCK_HUGE_PAGE_SIZE) ||
	    end - iova < MOCK_HUGE_PAGE_SIZE) {
		complain(table, "unmapped a part of a large page", iova);
		return 0;
	}
	if (!unmap_entry(table, &table->huge[slot], iova))
		return 0;
	set_bit(slot, table->stale);
	return MOCK_HUGE_PAGE_SIZE;
}

static size_t unmap_small(struct mock_table *table, unsigned long iova,
			  unsigned long end)
{
	unsigned long slot = slot_of(iova), n = entries_before(iova, end), i;
	unsigned long *small = small_table(table, slot);

	if (!small) {
		complain(table, "unmapped a hole", iova);
		return 0;
	}
	small += index_of(iova);
	for (i = 0; i < n; i++)
		if (!unmap_entry(table, &small[i],
				 iova + i * MOCK_IO_PAGE_SIZE))
			break;
	set_bit(slot, table->stale);
	return i * MOCK_IO_PAGE_SIZE;
}

/* Whether an entry of a small page, if there is one, has a mark. */
static bool has_mark(struct mock_table *table, unsigned long iova,
		     unsigned long mark)
{
	unsigned long *small = small_table(table, slot_of(iova));

	return !small || (READ_ONCE(small[index_of(iova)]) & mark);
}

/**
 * mock_table_unmap() - end the translation of addresses
 * @table: the table
 * @iova: first address, a multiple of MOCK_IO_PAGE_SIZE
 * @size: in bytes, likewise
 *
 * Devices may still reach the memory until mock_table_flush().
 *
 * Context: any. The caller has the addresses to itself.
 * Return: how many bytes were unmapped; less than @size after a complaint.
 */
size_t mock_table_unmap(struct mock_table *table, unsigned long iova,
			size_t size)
{
	unsigned long at, end = iova + size;
	size_t n;

	if (!range_is_good(iova, size, MOCK_IO_PAGE_SIZE)) {
		complain(table, "unmapped what cannot be mapped", iova);
		return 0;
	}
	if (table->exact && (!has_mark(table, iova, ENTRY_FIRST) ||
			     !has_mark(table, end - 1, ENTRY_LAST)))
		complain(table, "unmapped a part of what was mapped", iova);

	for (at = iova; at < end; at += n) {
		if (READ_ONCE(table->huge[slot_of(at)]))
			n = unmap_huge(table, at, end);
		else
			n = unmap_small(table, at, end);
		/* Stopped in the middle of a slot: a hole. */
		if (!n ||
		    (at + n < end && !IS_ALIGNED(at + n, MOCK_HUGE_PAGE_SIZE)))
			return at + n - iova;
	}
	return size;
}

/* As memory that devices can reach must be; but for the page of zeros. */
static bool is_pinned(unsigned long entry)
{
	unsigned long pfn = PHYS_PFN(entry & ENTRY_ADDRESS);

	return !pfn_valid(pfn) || is_zero_pfn(pfn) ||
	       folio_maybe_dma_pinned(pfn_folio(pfn));
}

/*
 * Two may flush the same entry. The one that is too late must not judge: the
 * other's caller may have unpinned the memory by now.
 */
static void flush_entry(struct mock_table *table, unsigned long *entry,
			unsigned long iova)
{
	unsigned long old = READ_ONCE(*entry);
	bool pinned;

	if (old & ENTRY_WRITTEN)
		clear_bit(ENTRY_WRITTEN_BIT, entry);
	if (!(old & ENTRY_STALE))
		return;
	pinned = is_pinned(old);
	if (cmpxchg(entry, old, 0) == old && !pinned)
		complain(table, "memory was given back before the flush", iova);
}

static void flush_slot(struct mock_table *table, unsigned long slot,
		       unsigned long start, unsigned long last)
{
	unsigned long *small = small_table(table, slot);
	unsigned long base = slot * MOCK_HUGE_PAGE_SIZE;
	unsigned long end = base + MOCK_HUGE_PAGE_SIZE - 1;
	unsigned long iova;

	start = max(start, base);
	last = min(last, end);
	/* A mark that stays on only costs a look. */
	if (start == base && last == end)
		clear_bit(slot, table->stale);
	flush_entry(table, &table->huge[slot], base);
	if (!small)
		return;
	for (iova = start; iova <= last; iova += MOCK_IO_PAGE_SIZE)
		flush_entry(table, &small[index_of(iova)], iova);
}

/**
 * mock_table_flush() - from here on devices do not see what was unmapped
 * @table: the table
 * @start: first address
 * @last: last address
 *
 * Context: any.
 */
void mock_table_flush(struct mock_table *table, unsigned long start,
		      unsigned long last)
{
	unsigned long slot;

	last = min_t(unsigned long, last, MOCK_APERTURE_LAST);
	if (start > last)
		return;
	for (slot = slot_of(start); slot <= slot_of(last); slot++) {
		slot = find_next_bit(table->stale, slot_of(last) + 1, slot);
		if (slot <= slot_of(last))
			flush_slot(table, slot, start, last);
	}
}

/*
 * The entry that an address goes through, or NULL; and how many bytes, from
 * where such a page begins, there is nothing else to find.
 */
static unsigned long *find_entry(struct mock_table *table, unsigned long iova,
				 size_t *pgsize)
{
	unsigned long slot = slot_of(iova), *small;

	*pgsize = MOCK_HUGE_PAGE_SIZE;
	if (iova > MOCK_APERTURE_LAST)
		return NULL;
	if (READ_ONCE(table->huge[slot]))
		return &table->huge[slot];
	small = small_table(table, slot);
	if (!small)
		return NULL;
	*pgsize = MOCK_IO_PAGE_SIZE;
	return &small[index_of(iova)];
}

/**
 * mock_table_lookup() - translate an address
 * @table: the table
 * @iova: the address
 * @phys: set to where it leads
 *
 * Context: any.
 * Return: false, and nothing set, if it leads nowhere.
 */
bool mock_table_lookup(struct mock_table *table, unsigned long iova,
		       phys_addr_t *phys)
{
	unsigned long *entry, value;
	size_t pgsize;

	entry = find_entry(table, iova, &pgsize);
	value = entry ? READ_ONCE(*entry) : 0;
	if (!(value & ENTRY_PRESENT))
		return false;
	*phys = (value & ENTRY_ADDRESS) + iova % pgsize;
	return true;
}

/**
 * mock_table_make_dirty() - as if a device had written to an address
 * @table: the table
 * @iova: the address
 *
 * As with hardware the first time counts, until the next flush.
 *
 * Context: any.
 * Return: false if it leads nowhere.
 */
bool mock_table_make_dirty(struct mock_table *table, unsigned long iova)
{
	unsigned long *entry, old;
	size_t pgsize;

	entry = find_entry(table, iova, &pgsize);
	if (!entry)
		return false;
	old = READ_ONCE(*entry);
	do {
		if (!(old & ENTRY_PRESENT))
			return false;
		if (old & ENTRY_WRITTEN)
			return true;
	} while (!try_cmpxchg(entry, &old, old | ENTRY_DIRTY | ENTRY_WRITTEN));
	set_bit(slot_of(iova), table->stale);
	return true;
}

/**
 * mock_table_read_dirty() - whether a page was written to
 * @table: the table
 * @iova: an address of it
 * @clear: and forget
 * @pgsize: set to the size of the page that @iova is in, or, if there is none,
 *	of what is known to be empty, in bytes, a power of two
 *
 * Context: any.
 * Return: true if it was.
 */
bool mock_table_read_dirty(struct mock_table *table, unsigned long iova,
			   bool clear, size_t *pgsize)
{
	unsigned long *entry, value;

	entry = find_entry(table, iova, pgsize);
	value = entry ? READ_ONCE(*entry) : 0;
	if (!(value & ENTRY_PRESENT) || !(value & ENTRY_DIRTY))
		return false;
	return !clear || test_and_clear_bit(ENTRY_DIRTY_BIT, entry);
}
