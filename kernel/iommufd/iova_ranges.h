/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reserved and allowed addresses of a table. The caller holds
 * io_pagetable::iova_rwsem where a table is named, for writing to change it.
 */
#ifndef IOMMUFD_IOVA_RANGES_H
#define IOMMUFD_IOVA_RANGES_H

#include <linux/interval_tree.h>

#include "io_pagetable.h"

struct iommu_iova_range;

/**
 * struct iopt_reserver - who keeps mappings out of addresses, and why
 * @owner: a struct device, or the struct iommu_domain of a page table
 * @kind: for people, in a word
 * @hwpt: what user space knows the page table by; 0 for a device
 */
struct iopt_reserver {
	const void *owner;
	const char *kind;
	u32 hwpt;
};

/**
 * struct iopt_range - a run of reserved or allowed addresses
 * @node: first and last address
 * @by: who reserved it; all 0 for an allowed range
 */
struct iopt_range {
	struct interval_tree_node node;
	struct iopt_reserver by;
};

int iopt_range_insert(struct rb_root_cached *ranges, unsigned long start,
		      unsigned long last, const struct iopt_reserver *by);
void iopt_ranges_free(struct rb_root_cached *ranges);
bool iopt_ranges_intersect(struct rb_root_cached *ranges, unsigned long start,
			   unsigned long last);
bool iopt_ranges_next_used(struct rb_root_cached *ranges, unsigned long *start,
			   unsigned long *last);
bool iopt_ranges_next_hole(struct rb_root_cached *ranges, unsigned long *start,
			   unsigned long *last);

size_t iopt_usable_ranges(struct io_pagetable *iopt,
			  struct iommu_iova_range *ranges, size_t room);
int iopt_reserve(struct io_pagetable *iopt, unsigned long start,
		 unsigned long last, const struct iopt_reserver *by);
void iopt_unreserve(struct io_pagetable *iopt, const void *owner);
int iopt_set_allowed(struct io_pagetable *iopt, struct rb_root_cached *allowed);

#endif
