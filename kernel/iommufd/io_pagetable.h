/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The I/O page table of an IOAS: which I/O virtual addresses (IOVA) lead to
 * which user memory.
 *
 * An area is one run of addresses that one call mapped. Areas never overlap.
 * What an area shows is a slice of an iopt_pages,
 * a run of user memory that areas of any table may share: IOAS_COPY makes a
 * second area of the same pages.
 *
 * Around the areas lie addresses that nothing may use (reserved, there can be
 * several reasons for one address) and, if user space asked for it, a list of
 * those that must stay usable (allowed), which is also where automatic
 * addresses are taken from. Reserved and allowed never overlap, and neither do
 * reserved and areas.
 *
 * A new mapping is first a claim: what it shows is put together, then it is
 * placed. Its areas hold their addresses, so that nothing else can go there,
 * but nobody may use or remove them yet. The claim is then committed, which
 * cannot fail, or aborted without a trace.
 *
 * Addresses are unsigned long and inclusive at both ends ("start", "last"):
 * the last one of the whole space plus one does not exist.
 */
#ifndef IOMMUFD_IO_PAGETABLE_H
#define IOMMUFD_IO_PAGETABLE_H

#include <linux/rbtree.h>
#include <linux/refcount.h>
#include <linux/rwsem.h>

/**
 * struct io_pagetable - the mappings of an IOAS
 * @iova_rwsem: protects everything below. Held for reading to look, for
 *	writing to change. No two tables are locked at once.
 * @areas: struct iopt_area, by address
 * @allowed: struct iopt_range, without overlap
 * @reserved: struct iopt_range, may overlap each other
 * @iova_alignment: what addresses and lengths are a multiple of, a power of
 *	two from 1 to PAGE_SIZE, in bytes
 * @large_pages: whether the IOMMU may use pages above PAGE_SIZE
 */
struct io_pagetable {
	struct rw_semaphore iova_rwsem;
	struct rb_root_cached areas;
	struct rb_root_cached allowed;
	struct rb_root_cached reserved;
	unsigned long iova_alignment;
	bool large_pages;
};

/**
 * struct iopt_pages - a run of user memory
 * @refs: one for each area, claimed or committed
 * @writable: whether the one who mapped it let devices write
 * @uptr: where it begins in that process, a multiple of PAGE_SIZE
 * @npages: its length in pages of PAGE_SIZE
 *
 * All but @refs is fixed when it is made.
 */
struct iopt_pages {
	refcount_t refs;
	bool writable;
	unsigned long uptr;
	unsigned long npages;
};

/**
 * struct iopt_area - one mapping
 * @node: in io_pagetable::areas
 * @start: first address
 * @last: last address, inclusive
 * @gap: free addresses between the area before this one and @start
 * @max_gap: the largest @gap in the part of the tree below @node
 * @next: the next area of the same claim, or of those about to be freed
 * @pages: the memory it shows; the area holds a reference
 * @start_byte: offset of its first byte in @pages
 * @iommu_prot: IOMMU_READ, IOMMU_WRITE, IOMMU_CACHE
 * @committed: set with release semantics when the claim is committed; an area
 *	without it is its claim's alone
 *
 * @start, @last, @pages, @start_byte and @iommu_prot do not change once the
 * area is in the tree.
 */
struct iopt_area {
	struct rb_node node;
	unsigned long start;
	unsigned long last;
	unsigned long gap;
	unsigned long max_gap;
	struct iopt_area *next;
	struct iopt_pages *pages;
	unsigned long start_byte;
	u8 iommu_prot;
	bool committed;
};

/**
 * struct iopt_claim - a mapping in the making
 * @iopt: the table it goes into
 * @iova: first address, chosen by the caller or by the claim
 * @length: in bytes
 * @iommu_prot: what the device may do
 * @fixed: the caller chose @iova
 * @areas: chained by iopt_area::next, in the order of their addresses
 */
struct iopt_claim {
	struct io_pagetable *iopt;
	unsigned long iova;
	unsigned long length;
	u8 iommu_prot;
	bool fixed;
	struct iopt_area *areas;
};

int iopt_caches_create(void);
void iopt_caches_destroy(void);

void iopt_init(struct io_pagetable *iopt);
void iopt_release(struct io_pagetable *iopt);

int iopt_claim_user(struct iopt_claim *claim, unsigned long uptr);
int iopt_claim_slices(struct iopt_claim *claim, struct io_pagetable *source,
		      unsigned long iova);
void iopt_claim_drop(struct iopt_claim *claim);
int iopt_claim_place(struct iopt_claim *claim);
void iopt_claim_commit(struct iopt_claim *claim);
void iopt_claim_abort(struct iopt_claim *claim);

int iopt_unmap(struct io_pagetable *iopt, unsigned long start,
	       unsigned long last, unsigned long *unmapped);
int iopt_set_large_pages(struct io_pagetable *iopt, bool enable);

/* pages.c */
struct iopt_pages *iopt_pages_create(unsigned long uptr, unsigned long length,
				     bool writable);
struct iopt_pages *iopt_pages_get(struct iopt_pages *pages);
void iopt_pages_put(struct iopt_pages *pages);
int iopt_pages_cache_create(void);
void iopt_pages_cache_destroy(void);

#endif
