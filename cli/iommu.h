/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ioctls of /dev/iommu, each with a description of its struct, so that a
 * refused request can be shown field by field.
 */
#ifndef CLI_IOMMU_H
#define CLI_IOMMU_H

#include <linux/iommufd.h>
#include <stdbool.h>
#include <stddef.h>

#include "failure.h"

struct context;

enum field_kind {
	FIELD_U16,
	FIELD_U32,
	FIELD_U64,
	FIELD_FLAGS, /* u32, by name */
};

struct field {
	const char *name;
	enum field_kind kind;
	size_t offset;
	const char *const *flags; /* names of bits 0, 1, ... */
};

struct iommu_request {
	const char *name;
	unsigned long number;
	const struct field *fields;
	/* Fills in the cause, and a hint, after errno @f->err. */
	void (*explain)(struct context *ctx, const void *arg,
			struct failure *f);
};

extern const struct iommu_request iommu_destroy_request;
extern const struct iommu_request iommu_ioas_alloc_request;
extern const struct iommu_request iommu_allow_request;
extern const struct iommu_request iommu_copy_request;
extern const struct iommu_request iommu_ranges_request;
extern const struct iommu_request iommu_map_request;
extern const struct iommu_request iommu_unmap_request;
extern const struct iommu_request iommu_option_request;

enum status iommu_open(const char *path, int *fd, struct failure *f);
/* Asks the kernel; a refusal is explained. */
enum status iommu_call(struct context *ctx, const struct iommu_request *request,
		       void *arg, struct failure *f);

struct iova_ranges {
	struct iommu_iova_range *range;
	size_t count;
	__u64 alignment;
};

/* Asks for the allowed ranges of an IOAS, sorted; the caller frees @range. */
enum status iommu_ranges(struct context *ctx, __u32 ioas_id,
			 struct iova_ranges *ranges, struct failure *f);
/* The reserved range that touches @start to @last, the first one. */
bool iommu_reserved(const struct iova_ranges *ranges, __u64 start, __u64 last,
		    struct iommu_iova_range *reserved);

#define HEX64_SIZE 19
const char *hex64(__u64 value, char out[static HEX64_SIZE]);
json_t *json_hex64(__u64 value);
json_t *json_range(const struct iommu_iova_range *range);

#endif
