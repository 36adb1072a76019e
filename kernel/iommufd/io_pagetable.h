/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The I/O page table of an IOAS: which I/O virtual addresses (IOVA) lead to
 * which user memory.
 *
 * An area is one run of addresses that one call mapped. Areas never overlap.
 * What an area shows is a slice of an iopt_pages, a run of user memory that
 * areas of any table may share: IOAS_COPY makes a second area of the same pages.
 *
 * Around the areas lie addresses that nothing may use (reserved, there can be
 * several reasons for one address) and, if user space asked for it, a list of
 * those that must stay usable (allowed), which is also where automatic
 * addresses are taken from. Reserved and allowed never overlap, and neither do
 * reserved and areas.
 *
 * Domains are the I/O page tables of the hardware. All domains of a table hold
 * the same: every committed area, with its frames pinned. Without a domain
 * nothing is pinned, unless a driver does so for itself (access.c).
 *
 * A new mapping is first a claim: what it shows is put together, then it is
 * placed. Its areas hold their addresses, so that nothing else can go there,
 * but nobody may use or remove them yet. The claim is then filled into the
 * domains and committed, or aborted without a trace.
 *
 * Addresses are unsigned long and inclusive at both ends ("start", "last"):
 * the last one of the whole space plus one does not exist.
 */
#ifndef IOMMUFD_IO_PAGETABLE_H
#define IOMMUFD_IO_PAGETABLE_H

#include <linux/iommu.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/rbtree.h>
#include <linux/rwsem.h>

#include "area.h"
#include "iopt_counts.h"
#include "pages.h"

struct device;
struct iommu_domain;
struct iommu_iotlb_gather;
struct iommufd_access;

/**
 * struct io_pagetable - the mappings of an IOAS
 *
 * The order of locks is domains_rwsem, iova_rwsem, iopt_pages::lock. No two
 * tables are locked at once.
 *
 * @domains_rwsem: held for writing to attach and detach a domain or an access,
 *	for reading while areas are put into the domains or taken out
 * @domains: struct iommu_domain of each, @ndomains of them
 * @ndomains: how many are in use
 * @page_sizes: iommu_domain::pgsize_bitmap of the first of them, for people who
 *	look at the table; 0 without one
 * @accesses: struct access_link, of iopt_access.c
 * @iova_rwsem: protects everything below. Held for reading to look, for
 *	writing to change.
 * @areas: struct iopt_area, by address
 * @allowed: struct iopt_range, without overlap
 * @reserved: struct iopt_range, may overlap each other
 * @iova_alignment: what addresses and lengths are a multiple of, a power of
 *	two from 1 to PAGE_SIZE, in bytes
 * @large_pages: whether the IOMMU may use pages above PAGE_SIZE
 * @counts: for people who look at the table, by rules of its own
 */
struct io_pagetable {
	struct rw_semaphore domains_rwsem;
	struct iommu_domain **domains;
	unsigned int ndomains;
	unsigned long page_sizes;
	struct list_head accesses;

	struct rw_semaphore iova_rwsem;
	struct rb_root_cached areas;
	struct rb_root_cached allowed;
	struct rb_root_cached reserved;
	unsigned long iova_alignment;
	bool large_pages;

	struct iopt_counts counts;
};

/* Everything of a table, to change how it is as a whole. */
static inline int iopt_write_lock_killable(struct io_pagetable *iopt)
{
	int rc;

	rc = down_write_killable(&iopt->domains_rwsem);
	if (rc)
		return rc;
	rc = down_write_killable(&iopt->iova_rwsem);
	if (rc)
		up_write(&iopt->domains_rwsem);
	return rc;
}

static inline void iopt_write_lock(struct io_pagetable *iopt)
{
	down_write(&iopt->domains_rwsem);
	down_write(&iopt->iova_rwsem);
}

static inline void iopt_write_unlock(struct io_pagetable *iopt)
{
	up_write(&iopt->iova_rwsem);
	up_write(&iopt->domains_rwsem);
}

/*
 * What a device may do. IOMMU_CACHE: user space has no way to flush caches, so
 * that only devices whose DMA is coherent will do.
 */
static inline u8 iopt_prot(bool read, bool write)
{
	return IOMMU_CACHE | (read ? IOMMU_READ : 0) |
	       (write ? IOMMU_WRITE : 0);
}

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

/**
 * struct iopt_extent - a run of addresses
 * @start: the first
 * @length: in bytes
 */
struct iopt_extent {
	unsigned long start;
	unsigned long length;
};

/* area.c */
int iopt_caches_create(void);
void iopt_caches_destroy(void);
struct iopt_area *iopt_area_first(struct iopt_pages *pages,
				  unsigned long start_byte,
				  unsigned long length, u8 iommu_prot);
struct iopt_area *iopt_area_create(struct iopt_pages *pages,
				   unsigned long start_byte,
				   unsigned long length, u8 iommu_prot);
void iopt_areas_free(struct iopt_area *chain);

void iopt_init(struct io_pagetable *iopt);
void iopt_release(struct io_pagetable *iopt);

int iopt_claim_user(struct iopt_claim *claim, struct iommufd_ctx *ictx,
		    unsigned long uptr);
int iopt_claim_slices(struct iopt_claim *claim, struct io_pagetable *source,
		      unsigned long iova);
void iopt_claim_drop(struct iopt_claim *claim);
int iopt_claim_place(struct iopt_claim *claim);
int iopt_claim_commit(struct iopt_claim *claim);
void iopt_claim_abort(struct iopt_claim *claim);

int iopt_unmap(struct io_pagetable *iopt, unsigned long start,
	       unsigned long last, unsigned long *unmapped);
int iopt_set_large_pages(struct io_pagetable *iopt, bool enable);
int iopt_update_alignment(struct io_pagetable *iopt, unsigned long extra);

/* iopt_cut.c */
int iopt_cut(struct io_pagetable *iopt, unsigned long last);

/* iopt_domain.c */
int iopt_add_domain(struct io_pagetable *iopt, struct iommu_domain *domain,
		    u32 hwpt);
void iopt_remove_domain(struct io_pagetable *iopt, struct iommu_domain *domain);
unsigned long iopt_domains_alignment(struct io_pagetable *iopt);

/* iopt_fill.c */
int iopt_pin_areas(struct io_pagetable *iopt, struct iopt_area *chain);
void iopt_unpin_areas(struct io_pagetable *iopt, struct iopt_area *chain);
int iopt_fill_areas(struct io_pagetable *iopt, struct iopt_area *chain);
void iopt_empty_areas(struct io_pagetable *iopt, struct iopt_area *chain);

/* iopt_reserve.c */
int iopt_reserve_device(struct io_pagetable *iopt, struct device *dev,
			phys_addr_t *msi_window);
void iopt_unreserve_device(struct io_pagetable *iopt, struct device *dev);

/* iopt_access.c */
int iopt_add_access(struct io_pagetable *iopt, struct iommufd_access *access);
void iopt_remove_access(struct io_pagetable *iopt,
			struct iommufd_access *access);
unsigned long iopt_access_alignment(struct io_pagetable *iopt);
void iopt_notify_unmap(struct io_pagetable *iopt, unsigned long iova,
		       unsigned long length);
void iopt_wait_accesses(struct io_pagetable *iopt, unsigned long start,
			unsigned long last);

/**
 * iopt_wait_uses() - wait until nobody copies what was unmapped
 * @iopt: the table, held by the caller
 * @start: first address of what cannot be found in the table any more
 * @last: last address
 *
 * Context: sleeps, without any lock. Ends at a fatal signal.
 */
static inline void iopt_wait_uses(struct io_pagetable *iopt,
				  unsigned long start, unsigned long last)
{
	/* An access that is attached only now cannot have found anything. */
	if (!list_empty(&iopt->accesses))
		iopt_wait_accesses(iopt, start, last);
}

#endif
