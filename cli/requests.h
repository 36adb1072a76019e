/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The requests of /dev/iommu as data: names, numbers, structs, and which Linux
 * was the first to have them. iommu.c makes them, and reasons.c says what
 * their errors stand for.
 */
#ifndef CLI_REQUESTS_H
#define CLI_REQUESTS_H

#include <linux/iommufd.h>
#include <stdbool.h>
#include <stddef.h>

struct context;
struct failure;

enum field_kind {
	FIELD_U16,
	FIELD_U32,
	FIELD_S32,
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
	const char *since; /* Linux's version that has it first */
	size_t size;
	bool by_value; /* the argument is a number, not a struct's address */
	const struct field *fields;
	/*
	 * After errno @f->err: puts a cause that was found by asking again, and
	 * a hint, in place of what reasons.c says. NULL: there is no asking.
	 */
	void (*explain)(struct context *ctx, const void *arg,
			struct failure *f);
};

/* The argument of a request that takes a number. */
struct vfio_value {
	__u64 value;
};

extern const struct iommu_request iommu_destroy_request;
extern const struct iommu_request iommu_ioas_alloc_request;
extern const struct iommu_request iommu_allow_request;
extern const struct iommu_request iommu_copy_request;
extern const struct iommu_request iommu_ranges_request;
extern const struct iommu_request iommu_map_request;
extern const struct iommu_request iommu_unmap_request;
extern const struct iommu_request iommu_option_request;
extern const struct iommu_request iommu_vfio_ioas_request;
extern const struct iommu_request iommu_hwpt_alloc_request;
extern const struct iommu_request iommu_hw_info_request;
extern const struct iommu_request iommu_set_dirty_request;
extern const struct iommu_request iommu_get_dirty_request;
extern const struct iommu_request iommu_invalidate_request;
extern const struct iommu_request iommu_fault_alloc_request;
extern const struct iommu_request iommu_map_file_request;
extern const struct iommu_request iommu_viommu_alloc_request;
extern const struct iommu_request iommu_vdevice_alloc_request;
extern const struct iommu_request iommu_change_process_request;
extern const struct iommu_request iommu_veventq_alloc_request;
extern const struct iommu_request iommu_hw_queue_alloc_request;
extern const struct iommu_request vfio_version_request;
extern const struct iommu_request vfio_extension_request;
extern const struct iommu_request vfio_set_iommu_request;
extern const struct iommu_request vfio_info_request;
extern const struct iommu_request vfio_map_request;
extern const struct iommu_request vfio_unmap_request;

/* All of them, /dev/iommu's own first and in the order of their numbers. */
extern const struct iommu_request *const iommu_requests[];
/*
 * By what a person may call it: its name, also without IOMMU_ and in small
 * letters, or its number. NULL if there is none.
 */
const struct iommu_request *iommu_request_find(const char *text);

#endif
