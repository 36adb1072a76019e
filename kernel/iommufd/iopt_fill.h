/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What filling a domain with all areas, and all domains with an area, have in
 * common.
 */
#ifndef IOMMUFD_IOPT_FILL_H
#define IOMMUFD_IOPT_FILL_H

#include <linux/iommu.h>

#include "io_pagetable.h"

struct pin_release;

/**
 * struct unmapping - what is taken out of a domain with one flush
 * @domain: the domain
 * @counts: of its table
 * @gather: what its driver wants to remember
 * @start: first address, of all
 * @run_start: first address of what the driver has not been told yet
 * @run_length: its length in bytes, 0 before there is anything
 */
struct unmapping {
	struct iommu_domain *domain;
	struct iopt_counts *counts;
	struct iommu_iotlb_gather gather;
	unsigned long start;
	unsigned long run_start;
	unsigned long run_length;
};

void unmapping_begin(struct unmapping *u, struct io_pagetable *iopt,
		     struct iommu_domain *domain);
void unmapping_add(struct unmapping *u, unsigned long start,
		   unsigned long length);
void unmapping_end(struct unmapping *u);

int area_map(struct io_pagetable *iopt, struct iommu_domain *domain,
	     struct iopt_area *area);
int area_pin(struct io_pagetable *iopt, struct iopt_area *area);
void area_unpin(struct iopt_area *area, struct pin_release *release);

#endif
