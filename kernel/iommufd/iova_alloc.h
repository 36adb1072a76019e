/* SPDX-License-Identifier: GPL-2.0-only */
/* Choosing and checking the addresses of a new mapping. */
#ifndef IOMMUFD_IOVA_ALLOC_H
#define IOMMUFD_IOVA_ALLOC_H

#include "io_pagetable.h"

int iova_alloc(struct io_pagetable *iopt, unsigned long uptr,
	       unsigned long length, unsigned long *iova);
int iova_check(struct io_pagetable *iopt, unsigned long iova,
	       unsigned long length);

#endif
