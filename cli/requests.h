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
	FIELD_FLAGS, /* u32 or u64, by name */
	FIELD_U8,
	FIELD_ID, /* u32, an object's */
	FIELD_TEXT, /* at most so many bytes, up to a zero */
	FIELD_FEATURE, /* u32: a feature of VFIO's, and what is to be done */
};

/* What a field is to whoever reads a request. */
enum field_role {
	FIELD_ASKED,
	FIELD_POINTER, /* asked, and of use only beside the memory it is into */
	FIELD_ANSWER, /* filled in by the kernel */
};

/* Which files a request is made on: the same numbers mean others on others. */
enum request_on {
	ON_IOMMU, /* /dev/iommu, and VFIO's container */
	ON_GROUP,
	ON_DEVICE,
};

struct field {
	const char *name;
	enum field_kind kind;
	size_t offset, size;
	enum field_role role;
	unsigned makes; /* OF() the kind of object whose id is answered */
	const char *const *flags; /* names of bits 0, 1, ... */
};

struct iommu_request {
	const char *name;
	unsigned long number;
	const char *since; /* Linux's version that has it first */
	enum request_on on;
	const char *layout; /* its struct: "iommu_ioas_map" */
	size_t size;
	bool sized; /* the struct begins with its size, as it claims */
	bool tail; /* more follows, within that size */
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

/* What the arguments of these point to has no struct of its own. */
struct vfio_container_fd {
	__s32 container;
};

struct vfio_dmabuf_id {
	__u32 dmabuf_id;
};

struct vfio_device_name {
	char name[64];
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
extern const struct iommu_request vfio_dirty_request;
extern const struct iommu_request vfio_group_status_request;
extern const struct iommu_request vfio_set_container_request;
extern const struct iommu_request vfio_unset_container_request;
extern const struct iommu_request vfio_device_fd_request;
extern const struct iommu_request vfio_device_info_request;
extern const struct iommu_request vfio_region_info_request;
extern const struct iommu_request vfio_irq_info_request;
extern const struct iommu_request vfio_set_irqs_request;
extern const struct iommu_request vfio_reset_request;
extern const struct iommu_request vfio_hot_reset_info_request;
extern const struct iommu_request vfio_hot_reset_request;
extern const struct iommu_request vfio_gfx_plane_request;
extern const struct iommu_request vfio_gfx_dmabuf_request;
extern const struct iommu_request vfio_ioeventfd_request;
extern const struct iommu_request vfio_feature_request;
extern const struct iommu_request vfio_bind_request;
extern const struct iommu_request vfio_attach_request;
extern const struct iommu_request vfio_detach_request;

/* All of them, /dev/iommu's own first and in the order of their numbers. */
extern const struct iommu_request *const iommu_requests[];
/*
 * By what a person may call it: its name, also without IOMMU_ and in small
 * letters, or its number. NULL if there is none.
 */
const struct iommu_request *iommu_request_find(const char *text);
/* The one that a file of this sort knows by this number, or NULL. */
const struct iommu_request *iommu_request_on(enum request_on on,
					     unsigned long number);

#endif
