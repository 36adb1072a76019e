/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The user API of /dev/iommu: numbers and layouts, restated from Linux's ABI
 * for systems whose own headers do not have this file yet. A kernel or a libc
 * package that brings <linux/iommufd.h> says the same things; the include
 * guard is shared so that only one of the two is ever read.
 *
 * Every request is a struct whose first member is its own size. A kernel that
 * knows a shorter struct accepts a longer one as long as the rest is zero, and
 * one that knows a longer struct takes what is missing as zero. Errors mean
 * the same thing throughout:
 *
 *	ENOTTY		no such request on this kernel
 *	E2BIG		bytes are set beyond what this kernel knows
 *	EOPNOTSUPP	a known field asks for something this kernel cannot do
 *	EINVAL		understood, and wrong
 *	ENOENT		no such object, or nothing at that address
 *	EOVERFLOW	an address or a length does not fit
 *	ENOMEM		memory, or a lock limit, is used up
 *	EFAULT		a user address leads nowhere
 *
 * What else a request may answer is said where it is.
 */
#ifndef _UAPI_IOMMUFD_H
#define _UAPI_IOMMUFD_H

#include <linux/types.h>
#include <linux/ioctl.h>

#define IOMMUFD_TYPE (';')

/* Request numbers. Behind each newer one: the first Linux that answers it. */
enum {
	IOMMUFD_CMD_BASE = 0x80,
	IOMMUFD_CMD_DESTROY = 0x80,
	IOMMUFD_CMD_IOAS_ALLOC,
	IOMMUFD_CMD_IOAS_ALLOW_IOVAS,
	IOMMUFD_CMD_IOAS_COPY,
	IOMMUFD_CMD_IOAS_IOVA_RANGES,
	IOMMUFD_CMD_IOAS_MAP,
	IOMMUFD_CMD_IOAS_UNMAP,
	IOMMUFD_CMD_OPTION,
	IOMMUFD_CMD_VFIO_IOAS,
	IOMMUFD_CMD_HWPT_ALLOC, /* 6.6 */
	IOMMUFD_CMD_GET_HW_INFO, /* 6.6 */
	IOMMUFD_CMD_HWPT_SET_DIRTY_TRACKING, /* 6.7 */
	IOMMUFD_CMD_HWPT_GET_DIRTY_BITMAP, /* 6.7 */
	IOMMUFD_CMD_HWPT_INVALIDATE, /* 6.8 */
	IOMMUFD_CMD_FAULT_QUEUE_ALLOC, /* 6.11 */
};

/**
 * struct iommu_destroy - give an object back
 * @size: sizeof(struct iommu_destroy)
 * @id: any object of this descriptor
 *
 * EBUSY while another object needs it.
 */
struct iommu_destroy {
	__u32 size;
	__u32 id;
};

#define IOMMU_DESTROY _IO(IOMMUFD_TYPE, IOMMUFD_CMD_DESTROY)

/**
 * struct iommu_ioas_alloc - make an I/O address space
 * @size: sizeof(struct iommu_ioas_alloc)
 * @flags: none defined, 0
 * @out_ioas_id: set to the new object's id
 */
struct iommu_ioas_alloc {
	__u32 size;
	__u32 flags;
	__u32 out_ioas_id;
};

#define IOMMU_IOAS_ALLOC _IO(IOMMUFD_TYPE, IOMMUFD_CMD_IOAS_ALLOC)

/**
 * struct iommu_iova_range - one run of I/O virtual addresses
 * @start: first address
 * @last: last address, inclusive, so that the whole space can be said
 */
struct iommu_iova_range {
	__aligned_u64 start;
	__aligned_u64 last;
};

/**
 * struct iommu_ioas_iova_ranges - ask where mappings may go
 * @size: sizeof(struct iommu_ioas_iova_ranges)
 * @ioas_id: the IOAS
 * @num_iovas: in, how many ranges the array holds; out, how many there are
 * @__reserved: 0
 * @allowed_iovas: address of an array of struct iommu_iova_range
 * @out_iova_alignment: set to what the first address and the length of a
 *	mapping must be a multiple of, 1 to PAGE_SIZE bytes
 *
 * EMSGSIZE with @num_iovas set when the array is too short. What is attached
 * decides the answer, so ask again after every attach and detach.
 */
struct iommu_ioas_iova_ranges {
	__u32 size;
	__u32 ioas_id;
	__u32 num_iovas;
	__u32 __reserved;
	__aligned_u64 allowed_iovas;
	__aligned_u64 out_iova_alignment;
};

#define IOMMU_IOAS_IOVA_RANGES _IO(IOMMUFD_TYPE, IOMMUFD_CMD_IOAS_IOVA_RANGES)

/**
 * struct iommu_ioas_allow_iovas - ranges that must stay usable
 * @size: sizeof(struct iommu_ioas_allow_iovas)
 * @ioas_id: the IOAS
 * @num_iovas: how many ranges the array holds; 0 clears the list
 * @__reserved: 0
 * @allowed_iovas: address of an array of struct iommu_iova_range
 *
 * Replaces the list as a whole. A device whose limits would cut into it can
 * no longer be attached, and automatic addresses are taken from it alone.
 * EADDRINUSE if something of the list is reserved already.
 */
struct iommu_ioas_allow_iovas {
	__u32 size;
	__u32 ioas_id;
	__u32 num_iovas;
	__u32 __reserved;
	__aligned_u64 allowed_iovas;
};

#define IOMMU_IOAS_ALLOW_IOVAS _IO(IOMMUFD_TYPE, IOMMUFD_CMD_IOAS_ALLOW_IOVAS)

/**
 * enum iommufd_ioas_map_flags - of IOMMU_IOAS_MAP and IOMMU_IOAS_COPY
 * @IOMMU_IOAS_MAP_FIXED_IOVA: the caller chose the address
 * @IOMMU_IOAS_MAP_WRITEABLE: the device may write
 * @IOMMU_IOAS_MAP_READABLE: the device may read
 */
enum iommufd_ioas_map_flags {
	IOMMU_IOAS_MAP_FIXED_IOVA = 1 << 0,
	IOMMU_IOAS_MAP_WRITEABLE = 1 << 1,
	IOMMU_IOAS_MAP_READABLE = 1 << 2,
};

/**
 * struct iommu_ioas_map - map the caller's memory
 * @size: sizeof(struct iommu_ioas_map)
 * @flags: enum iommufd_ioas_map_flags, at least one access
 * @ioas_id: the IOAS
 * @__reserved: 0
 * @user_va: where the memory is in the caller's address space
 * @length: bytes
 * @iova: the address, chosen by the caller or set by the kernel
 *
 * EEXIST where something is mapped already, ENOSPC if there is no room for an
 * automatic address. A reserved address is EINVAL.
 */
struct iommu_ioas_map {
	__u32 size;
	__u32 flags;
	__u32 ioas_id;
	__u32 __reserved;
	__aligned_u64 user_va;
	__aligned_u64 length;
	__aligned_u64 iova;
};

#define IOMMU_IOAS_MAP _IO(IOMMUFD_TYPE, IOMMUFD_CMD_IOAS_MAP)

/**
 * struct iommu_ioas_copy - map what another mapping maps
 * @size: sizeof(struct iommu_ioas_copy)
 * @flags: enum iommufd_ioas_map_flags, at least one access
 * @dst_ioas_id: the IOAS to map into
 * @src_ioas_id: the IOAS that has the memory, it may be the same one
 * @length: bytes
 * @dst_iova: the new address, chosen by the caller or set by the kernel
 * @src_iova: where the memory is in the source
 *
 * The pages are shared with the source: pinned and accounted once. EPERM to
 * write what was mapped to be read; otherwise as IOMMU_IOAS_MAP.
 */
struct iommu_ioas_copy {
	__u32 size;
	__u32 flags;
	__u32 dst_ioas_id;
	__u32 src_ioas_id;
	__aligned_u64 length;
	__aligned_u64 dst_iova;
	__aligned_u64 src_iova;
};

#define IOMMU_IOAS_COPY _IO(IOMMUFD_TYPE, IOMMUFD_CMD_IOAS_COPY)

/**
 * struct iommu_ioas_unmap - undo mappings
 * @size: sizeof(struct iommu_ioas_unmap)
 * @ioas_id: the IOAS
 * @iova: first address
 * @length: in, bytes to look at; out, bytes that were mapped there
 *
 * Mappings are undone whole: one that sticks out of the range is refused.
 * An @iova of 0 with a @length of 2^64 - 1 undoes them all. ENOENT if there is
 * none or one sticks out, EBUSY while one is being made.
 */
struct iommu_ioas_unmap {
	__u32 size;
	__u32 ioas_id;
	__aligned_u64 iova;
	__aligned_u64 length;
};

#define IOMMU_IOAS_UNMAP _IO(IOMMUFD_TYPE, IOMMUFD_CMD_IOAS_UNMAP)

/**
 * enum iommufd_option - what IOMMU_OPTION reads and sets
 * @IOMMU_OPTION_RLIMIT_MODE: pinned memory counts 0 for the user (default), 1
 *	for the process; of the descriptor, so object_id is 0; to set it takes
 *	CAP_SYS_RESOURCE and a descriptor without objects
 * @IOMMU_OPTION_HUGE_PAGES: 1 (default) lets the IOMMU use pages larger than
 *	PAGE_SIZE, 0 forbids it; of an IOAS
 */
enum iommufd_option {
	IOMMU_OPTION_RLIMIT_MODE = 0,
	IOMMU_OPTION_HUGE_PAGES = 1,
};

/**
 * enum iommufd_option_ops - what to do with the option
 * @IOMMU_OPTION_OP_SET: take val64
 * @IOMMU_OPTION_OP_GET: answer in val64
 */
enum iommufd_option_ops {
	IOMMU_OPTION_OP_SET = 0,
	IOMMU_OPTION_OP_GET = 1,
};

/**
 * struct iommu_option - read or set an option
 * @size: sizeof(struct iommu_option)
 * @option_id: enum iommufd_option
 * @op: enum iommufd_option_ops
 * @__reserved: 0
 * @object_id: the object the option is of, 0 for the descriptor
 * @val64: the value
 *
 * EPERM and EBUSY to set IOMMU_OPTION_RLIMIT_MODE without the privilege or with
 * objects, EADDRINUSE to clear IOMMU_OPTION_HUGE_PAGES over a mapping that is
 * not aligned to pages.
 */
struct iommu_option {
	__u32 size;
	__u32 option_id;
	__u16 op;
	__u16 __reserved;
	__u32 object_id;
	__aligned_u64 val64;
};

#define IOMMU_OPTION _IO(IOMMUFD_TYPE, IOMMUFD_CMD_OPTION)

#endif
