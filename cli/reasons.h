/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an errno of a request may stand for: all causes that Linux has for it,
 * as a table. explain_*.c find out which of them it is; this is what there is
 * to say when they cannot, and what `explain` shows.
 */
#ifndef CLI_REASONS_H
#define CLI_REASONS_H

#include <stdbool.h>
#include <stddef.h>

struct failure;
struct iommu_request;

struct reason {
	unsigned char nr; /* of the request; 0 ends a table */
	int err;
	const char *cause;
	const char *hint; /* to be typed, with the user's own ID; or NULL */
};

/* reasons_ioas.c, reasons_hwpt.c, reasons_vfio.c, reasons_device.c */
extern const struct reason reasons_ioas[], reasons_hwpt[], reasons_vfio[],
	reasons_group[], reasons_device[];

/* What <linux/iommufd.h> says of this errno in any request, or NULL. */
const char *reasons_meaning(int err);
/* The causes of @request for @err, each time the next one; NULL begins. */
const struct reason *reasons_next(const struct iommu_request *request, int err,
				  const struct reason *last);
/* Says that this kernel does not know a flag or field, which Linux has. */
void reasons_unknown_field(const struct iommu_request *request,
			   const char *field, const char *since,
			   struct failure *f);
/* Says in @f what f->err of @request may stand for. */
void reasons_tell(const struct iommu_request *request, struct failure *f);

#endif
