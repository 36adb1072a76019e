/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why no mapping may go to some addresses of an IOAS. The kernel's user API
 * gives the addresses and nothing else. Who needs them is told by our module,
 * where debugfs is to be read, and otherwise by sysfs, of the devices that are
 * known to be attached.
 */
#ifndef CLI_RESERVED_H
#define CLI_RESERVED_H

#include <jansson.h>
#include <stdint.h>

#include "claims.h"

struct context;
struct iommu_iova_range;
struct iova_ranges;

/* What a range is for, as its addresses tell; to be freed, or NULL. */
char *reserved_name(const struct iommu_iova_range *reserved);

/*
 * All that is not allowed, in order: each part with its reason. What nobody is
 * known to need is of the kind "unknown".
 */
json_t *reserved_holes_json(struct context *ctx, uint32_t ioas_id,
			    const struct iova_ranges *ranges);
/* The first of these parts that touches the addresses, or NULL. */
const json_t *reserved_hole_at(const json_t *holes, uint64_t start,
			       uint64_t last);

/* reserved_claims.c: who is known to need addresses of an IOAS. */
void reserved_claims(struct context *ctx, uint32_t ioas_id, struct claims *c);

#endif
