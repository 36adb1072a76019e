/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Making the requests of /dev/iommu, so that one that is refused is shown
 * field by field, with its cause.
 */
#ifndef CLI_IOMMU_H
#define CLI_IOMMU_H

#include <linux/iommufd.h>
#include <stdbool.h>
#include <stddef.h>

#include "failure.h"
#include "requests.h"

enum status iommu_open(const char *path, int *fd, struct failure *f);
/* Asks the kernel; a refusal is explained. */
enum status iommu_call(struct context *ctx, const struct iommu_request *request,
		       void *arg, struct failure *f);
/* The same for a request whose answer is a number that is not negative. */
enum status iommu_ask(struct context *ctx, const struct iommu_request *request,
		      void *arg, int *answer, struct failure *f);
/* The same of another descriptor: of a group's or a device's. */
enum status iommu_ask_of(struct context *ctx, int fd,
			 const struct iommu_request *request, void *arg,
			 int *answer, struct failure *f);
/* The release of the kernel that runs: 6.12.117+deb12-amd64 */
char *kernel_release(void);

struct iova_ranges {
	struct iommu_iova_range *range;
	size_t count;
	__u64 alignment;
};

/* Asks for the allowed ranges of an IOAS, sorted; the caller frees @range. */
enum status iommu_ranges(struct context *ctx, __u32 ioas_id,
			 struct iova_ranges *ranges, struct failure *f);
/* The same of any descriptor and ask->ioas_id; 0 or why not, as errno says. */
int iommu_ranges_of(int fd, struct iommu_ioas_iova_ranges *ask,
		    struct iova_ranges *ranges);
/* The reserved range that touches @start to @last, the first one. */
bool iommu_reserved(const struct iova_ranges *ranges, __u64 start, __u64 last,
		    struct iommu_iova_range *reserved);

#define HEX64_SIZE 19
const char *hex64(__u64 value, char out[static HEX64_SIZE]);
json_t *json_hex64(__u64 value);
/* The names of the bits that are set; the unknown ones as one number. */
json_t *json_flags(__u64 bits, const char *const *names);
json_t *field_value_json(const struct field *field, const void *arg);
/* Two hex digits each. */
json_t *json_bytes(const void *data, size_t length);
json_t *json_range(const struct iommu_iova_range *range);
json_t *json_ranges(const struct iova_ranges *ranges);
/* What is not allowed, in the whole space, is reserved. */
json_t *json_reserved(const struct iova_ranges *ranges);

#endif
