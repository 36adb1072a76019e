/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who needs I/O addresses for other things than mappings: the IOMMU groups of
 * devices, by their reserved regions, and IOMMUs, which translate only so many
 * bits of an address. A claim that several make is one with several owners.
 */
#ifndef CLI_CLAIMS_H
#define CLI_CLAIMS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct iommu_iova_range;
struct sysfs_device;
struct sysfs_iommu;

#define CLAIM_APERTURE "aperture" /* what the IOMMU does not translate */
#define CLAIM_DIRECT "direct" /* the firmware needs it mapped one to one */

struct claim {
	uint64_t start, last;
	char *kind; /* of the kernel's types of regions, or an aperture */
	/* Texts: whose it is, which devices that concerns, which files say so. */
	json_t *owners, *devices, *sources;
};

/* In order of their first addresses. */
struct claims {
	struct claim *claim;
	size_t count;
};

/* @owner and @source may be NULL. */
void claims_add(struct claims *c, const struct claim *values, const char *owner,
		const char *device, const char *source);
/* All that sysfs says of the device's group and IOMMU; it has a group. */
void claims_add_device(struct claims *c, const struct sysfs_device *d,
		       const struct sysfs_iommu *iommu);
/* The first that touches these addresses, or NULL. */
const struct claim *claims_touching(const struct claims *c, uint64_t start,
				    uint64_t last);
void claims_free(struct claims *c);

/* Adds to a list of texts what is not in it. */
void texts_add(json_t *list, const char *text);
/* The part of it from @start to @last, with what that is for. */
json_t *claim_json(const struct claim *c, uint64_t start, uint64_t last);

#endif
