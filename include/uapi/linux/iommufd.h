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
	IOMMUFD_CMD_IOAS_MAP_FILE, /* 6.13 */
	IOMMUFD_CMD_VIOMMU_ALLOC, /* 6.13 */
	IOMMUFD_CMD_VDEVICE_ALLOC, /* 6.13 */
	IOMMUFD_CMD_IOAS_CHANGE_PROCESS, /* 6.14 */
	IOMMUFD_CMD_VEVENTQ_ALLOC, /* 6.15 */
	IOMMUFD_CMD_HW_QUEUE_ALLOC, /* 6.17 */
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
 * struct iommu_ioas_map_file - map the pages of a file
 * @size: sizeof(struct iommu_ioas_map_file)
 * @flags: enum iommufd_ioas_map_flags, at least one access
 * @ioas_id: the IOAS
 * @fd: the file, which may be closed afterwards
 * @start: first byte in the file
 * @length: bytes
 * @iova: the address, chosen by the caller or set by the kernel
 *
 * For memory without an address in the caller's address space: a memfd, or
 * another file that lives in memory alone. Otherwise as IOMMU_IOAS_MAP. EBADF
 * if there is no such descriptor, EINVAL if the file is of another kind.
 */
struct iommu_ioas_map_file {
	__u32 size;
	__u32 flags;
	__u32 ioas_id;
	__s32 fd;
	__aligned_u64 start;
	__aligned_u64 length;
	__aligned_u64 iova;
};

#define IOMMU_IOAS_MAP_FILE _IO(IOMMUFD_TYPE, IOMMUFD_CMD_IOAS_MAP_FILE)

/**
 * struct iommu_ioas_change_process - move what counts as pinned to the caller
 * @size: sizeof(struct iommu_ioas_change_process)
 * @__reserved: 0
 *
 * For a descriptor that was handed to another process: from then on that one
 * is charged. EINVAL if anything was mapped by other means than
 * IOMMU_IOAS_MAP_FILE; nothing is moved then.
 */
struct iommu_ioas_change_process {
	__u32 size;
	__u32 __reserved;
};

#define IOMMU_IOAS_CHANGE_PROCESS \
	_IO(IOMMUFD_TYPE, IOMMUFD_CMD_IOAS_CHANGE_PROCESS)

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

/**
 * enum iommufd_vfio_ioas_op - what IOMMU_VFIO_IOAS does
 * @IOMMU_VFIO_IOAS_GET: say which IOAS it is
 * @IOMMU_VFIO_IOAS_SET: make it this one
 * @IOMMU_VFIO_IOAS_CLEAR: have none
 */
enum iommufd_vfio_ioas_op {
	IOMMU_VFIO_IOAS_GET = 0,
	IOMMU_VFIO_IOAS_SET = 1,
	IOMMU_VFIO_IOAS_CLEAR = 2,
};

/**
 * struct iommu_vfio_ioas - the IOAS that VFIO's requests work on
 * @size: sizeof(struct iommu_vfio_ioas)
 * @ioas_id: the IOAS; in for a set, out for a get
 * @op: enum iommufd_vfio_ioas_op
 * @__reserved: 0
 *
 * VFIO's container has one address space without a name. On a descriptor of
 * this device it is the one that was set here, or one that VFIO made for
 * itself. Clearing does not destroy it. ENODEV to get where there is none.
 */
struct iommu_vfio_ioas {
	__u32 size;
	__u32 ioas_id;
	__u16 op;
	__u16 __reserved;
};

#define IOMMU_VFIO_IOAS _IO(IOMMUFD_TYPE, IOMMUFD_CMD_VFIO_IOAS)

/**
 * enum iommufd_hwpt_alloc_flags - of IOMMU_HWPT_ALLOC
 * @IOMMU_HWPT_ALLOC_NEST_PARENT: nested page tables will be put on top of it
 * @IOMMU_HWPT_ALLOC_DIRTY_TRACKING: it must know what devices wrote; one whose
 *	IOMMU does not keep that cannot be attached
 * @IOMMU_HWPT_FAULT_ID_VALID: page requests go to fault_id
 * @IOMMU_HWPT_ALLOC_PASID: it can be attached to a PASID; since 6.13
 */
enum iommufd_hwpt_alloc_flags {
	IOMMU_HWPT_ALLOC_NEST_PARENT = 1 << 0,
	IOMMU_HWPT_ALLOC_DIRTY_TRACKING = 1 << 1,
	IOMMU_HWPT_FAULT_ID_VALID = 1 << 2,
	IOMMU_HWPT_ALLOC_PASID = 1 << 3,
};

/**
 * enum iommu_hwpt_vtd_s1_flags - of struct iommu_hwpt_vtd_s1, as the PASID
 *	entry of VT-d has them
 * @IOMMU_VTD_S1_SRE: requests may ask for supervisor rights
 * @IOMMU_VTD_S1_EAFE: the IOMMU sets the extended accessed flag
 * @IOMMU_VTD_S1_WPE: write protection counts for the supervisor too
 */
enum iommu_hwpt_vtd_s1_flags {
	IOMMU_VTD_S1_SRE = 1 << 0,
	IOMMU_VTD_S1_EAFE = 1 << 1,
	IOMMU_VTD_S1_WPE = 1 << 2,
};

/**
 * struct iommu_hwpt_vtd_s1 - a first-stage page table of VT-d
 * @flags: enum iommu_hwpt_vtd_s1_flags
 * @pgtbl_addr: where its root is, an address that the parent translates
 * @addr_width: bits of an address that it translates
 * @__reserved: 0
 */
struct iommu_hwpt_vtd_s1 {
	__aligned_u64 flags;
	__aligned_u64 pgtbl_addr;
	__u32 addr_width;
	__u32 __reserved;
};

/**
 * struct iommu_hwpt_arm_smmuv3 - a first-stage translation of SMMUv3
 * @ste: the first two words of its stream table entry, little-endian: V, Cfg,
 *	S1Fmt, S1ContextPtr, S1CDMax, and S1DSS, S1CIR, S1COR, S1CSH, S1STALLD,
 *	EATS (section 5.2 of the SMMUv3 specification)
 *
 * EIO if another bit is set.
 */
struct iommu_hwpt_arm_smmuv3 {
	__aligned_le64 ste[2];
};

/**
 * enum iommu_hwpt_data_type - what data_uptr of IOMMU_HWPT_ALLOC leads to
 * @IOMMU_HWPT_DATA_NONE: nothing
 * @IOMMU_HWPT_DATA_VTD_S1: struct iommu_hwpt_vtd_s1
 * @IOMMU_HWPT_DATA_ARM_SMMUV3: struct iommu_hwpt_arm_smmuv3; since 6.13
 */
enum iommu_hwpt_data_type {
	IOMMU_HWPT_DATA_NONE = 0,
	IOMMU_HWPT_DATA_VTD_S1 = 1,
	IOMMU_HWPT_DATA_ARM_SMMUV3 = 2,
};

/**
 * struct iommu_hwpt_alloc - make a hardware page table
 * @size: sizeof(struct iommu_hwpt_alloc)
 * @flags: enum iommufd_hwpt_alloc_flags
 * @dev_id: a device that it must suit
 * @pt_id: the IOAS that it mirrors, or the hardware page table, or virtual
 *	IOMMU (since 6.13), that a nested one is put on
 * @out_hwpt_id: set to the new object's id
 * @__reserved: 0
 * @data_type: enum iommu_hwpt_data_type
 * @data_len: bytes at @data_uptr; 0 without a @data_type
 * @data_uptr: address of a struct that the IOMMU's driver understands; 0
 *	without a @data_type
 * @fault_id: a fault queue, with IOMMU_HWPT_FAULT_ID_VALID
 * @__reserved2: 0
 *
 * A page table that mirrors an IOAS holds all that is mapped there, now and
 * later. A nested one belongs to the caller, who describes it in the terms of
 * the hardware, and changes it in its own memory. EOPNOTSUPP if the IOMMU
 * cannot have such a one.
 */
struct iommu_hwpt_alloc {
	__u32 size;
	__u32 flags;
	__u32 dev_id;
	__u32 pt_id;
	__u32 out_hwpt_id;
	__u32 __reserved;
	__u32 data_type;
	__u32 data_len;
	__aligned_u64 data_uptr;
	__u32 fault_id;
	__u32 __reserved2;
};

#define IOMMU_HWPT_ALLOC _IO(IOMMUFD_TYPE, IOMMUFD_CMD_HWPT_ALLOC)

/**
 * enum iommu_hw_info_vtd_flags - of struct iommu_hw_info_vtd
 * @IOMMU_HW_INFO_VTD_ERRATA_772415_SPR17: Intel's erratum SPR17, document
 *	772415: the parent of a nested page table may map nothing that cannot
 *	be written
 */
enum iommu_hw_info_vtd_flags {
	IOMMU_HW_INFO_VTD_ERRATA_772415_SPR17 = 1 << 0,
};

/**
 * struct iommu_hw_info_vtd - what a VT-d unit can do, in its own words
 * @flags: enum iommu_hw_info_vtd_flags
 * @__reserved: 0
 * @cap_reg: its capability register, 11.4.2 of the VT-d specification
 * @ecap_reg: its extended capability register, 11.4.3 there
 */
struct iommu_hw_info_vtd {
	__u32 flags;
	__u32 __reserved;
	__aligned_u64 cap_reg;
	__aligned_u64 ecap_reg;
};

/**
 * struct iommu_hw_info_arm_smmuv3 - what an SMMUv3 can do, in its own words
 * @flags: 0
 * @__reserved: 0
 * @idr: its registers IDR0 to IDR5, 6.3.1 to 6.3.6 of its specification
 * @iidr: its IIDR, who made it
 * @aidr: its AIDR, the version of the architecture
 */
struct iommu_hw_info_arm_smmuv3 {
	__u32 flags;
	__u32 __reserved;
	__u32 idr[6];
	__u32 iidr;
	__u32 aidr;
};

/**
 * struct iommu_hw_info_tegra241_cmdqv - what NVIDIA's command queues can do
 * @flags: 0
 * @version: of the hardware
 * @log2vcmdqs: how many virtual queues there are, as a power of two
 * @log2vsids: how many stream ids can be replaced, as a power of two
 * @__reserved: 0
 */
struct iommu_hw_info_tegra241_cmdqv {
	__u32 flags;
	__u8 version;
	__u8 log2vcmdqs;
	__u8 log2vsids;
	__u8 __reserved;
};

/**
 * enum iommu_hw_info_type - what IOMMU_GET_HW_INFO wrote to data_uptr
 * @IOMMU_HW_INFO_TYPE_NONE: nothing, the IOMMU's driver has nothing to say
 * @IOMMU_HW_INFO_TYPE_DEFAULT: in a request: what the driver thinks best
 * @IOMMU_HW_INFO_TYPE_INTEL_VTD: struct iommu_hw_info_vtd
 * @IOMMU_HW_INFO_TYPE_ARM_SMMUV3: struct iommu_hw_info_arm_smmuv3; since 6.13
 * @IOMMU_HW_INFO_TYPE_TEGRA241_CMDQV: struct iommu_hw_info_tegra241_cmdqv;
 *	since 6.17
 */
enum iommu_hw_info_type {
	IOMMU_HW_INFO_TYPE_NONE = 0,
	IOMMU_HW_INFO_TYPE_DEFAULT = 0,
	IOMMU_HW_INFO_TYPE_INTEL_VTD = 1,
	IOMMU_HW_INFO_TYPE_ARM_SMMUV3 = 2,
	IOMMU_HW_INFO_TYPE_TEGRA241_CMDQV = 3,
};

/**
 * enum iommufd_hw_capabilities - what any kind of IOMMU may be able to do
 * @IOMMU_HW_CAP_DIRTY_TRACKING: it keeps what devices wrote, so that
 *	IOMMU_HWPT_SET_DIRTY_TRACKING and IOMMU_HWPT_GET_DIRTY_BITMAP work
 * @IOMMU_HW_CAP_PCI_PASID_EXEC: requests with a PASID may ask to execute;
 *	means nothing while out_max_pasid_log2 is 0
 * @IOMMU_HW_CAP_PCI_PASID_PRIV: requests with a PASID may be privileged; means
 *	nothing while out_max_pasid_log2 is 0
 */
enum iommufd_hw_capabilities {
	IOMMU_HW_CAP_DIRTY_TRACKING = 1 << 0,
	IOMMU_HW_CAP_PCI_PASID_EXEC = 1 << 1,
	IOMMU_HW_CAP_PCI_PASID_PRIV = 1 << 2,
};

/**
 * enum iommufd_hw_info_flags - of IOMMU_GET_HW_INFO
 * @IOMMU_HW_INFO_FLAG_INPUT_TYPE: in_data_type says what to tell; since 6.17
 */
enum iommufd_hw_info_flags {
	IOMMU_HW_INFO_FLAG_INPUT_TYPE = 1 << 0,
};

/**
 * struct iommu_hw_info - ask about the IOMMU of a device
 * @size: sizeof(struct iommu_hw_info)
 * @flags: enum iommufd_hw_info_flags
 * @dev_id: the device
 * @data_len: in, how many bytes there is room for; out, how many there are
 * @data_uptr: where to write them; what is left of the room is zeroed
 * @in_data_type: one of enum iommu_hw_info_type, with
 *	IOMMU_HW_INFO_FLAG_INPUT_TYPE
 * @out_data_type: set to one of enum iommu_hw_info_type
 * @out_max_pasid_log2: set to how many bits a PASID has, 0 without PASIDs
 * @__reserved: 0
 * @out_capabilities: set to enum iommufd_hw_capabilities
 *
 * Too little room is no error: what fits is written. With a @data_len of 0
 * the answer is how much to bring.
 */
struct iommu_hw_info {
	__u32 size;
	__u32 flags;
	__u32 dev_id;
	__u32 data_len;
	__aligned_u64 data_uptr;
	union {
		__u32 in_data_type;
		__u32 out_data_type;
	};
	__u8 out_max_pasid_log2;
	__u8 __reserved[3];
	__aligned_u64 out_capabilities;
};

#define IOMMU_GET_HW_INFO _IO(IOMMUFD_TYPE, IOMMUFD_CMD_GET_HW_INFO)

/**
 * enum iommufd_hwpt_set_dirty_tracking_flags - of
 *	IOMMU_HWPT_SET_DIRTY_TRACKING
 * @IOMMU_HWPT_DIRTY_TRACKING_ENABLE: on; without it, off
 */
enum iommufd_hwpt_set_dirty_tracking_flags {
	IOMMU_HWPT_DIRTY_TRACKING_ENABLE = 1,
};

/**
 * struct iommu_hwpt_set_dirty_tracking - begin or end to keep what is written
 * @size: sizeof(struct iommu_hwpt_set_dirty_tracking)
 * @flags: enum iommufd_hwpt_set_dirty_tracking_flags
 * @hwpt_id: a hardware page table that mirrors an IOAS
 * @__reserved: 0
 *
 * When it begins, nothing counts as written. EOPNOTSUPP for a page table that
 * was made without IOMMU_HWPT_ALLOC_DIRTY_TRACKING.
 */
struct iommu_hwpt_set_dirty_tracking {
	__u32 size;
	__u32 flags;
	__u32 hwpt_id;
	__u32 __reserved;
};

#define IOMMU_HWPT_SET_DIRTY_TRACKING \
	_IO(IOMMUFD_TYPE, IOMMUFD_CMD_HWPT_SET_DIRTY_TRACKING)

/**
 * enum iommufd_hwpt_get_dirty_bitmap_flags - of IOMMU_HWPT_GET_DIRTY_BITMAP
 * @IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR: look only, and let it count as
 *	written still; quicker, and enough if the range is unmapped next
 */
enum iommufd_hwpt_get_dirty_bitmap_flags {
	IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR = 1,
};

/**
 * struct iommu_hwpt_get_dirty_bitmap - ask what devices wrote
 * @size: sizeof(struct iommu_hwpt_get_dirty_bitmap)
 * @hwpt_id: a hardware page table that mirrors an IOAS
 * @flags: enum iommufd_hwpt_get_dirty_bitmap_flags
 * @__reserved: 0
 * @iova: first address, a multiple of @page_size
 * @length: bytes, a multiple of @page_size
 * @page_size: bytes that one bit stands for, a power of two
 * @data: address of an array of __u64
 *
 * Page number n from @iova is bit n % 64 of word n / 64. Bits of what was
 * written since the last time are set, the others are left as they are. What
 * has been answered does not count as written any more.
 */
struct iommu_hwpt_get_dirty_bitmap {
	__u32 size;
	__u32 hwpt_id;
	__u32 flags;
	__u32 __reserved;
	__aligned_u64 iova;
	__aligned_u64 length;
	__aligned_u64 page_size;
	__aligned_u64 data;
};

#define IOMMU_HWPT_GET_DIRTY_BITMAP \
	_IO(IOMMUFD_TYPE, IOMMUFD_CMD_HWPT_GET_DIRTY_BITMAP)

/**
 * enum iommu_hwpt_invalidate_data_type - what the array of
 *	IOMMU_HWPT_INVALIDATE is made of
 * @IOMMU_HWPT_INVALIDATE_DATA_VTD_S1: struct iommu_hwpt_vtd_s1_invalidate
 * @IOMMU_VIOMMU_INVALIDATE_DATA_ARM_SMMUV3: struct
 *	iommu_viommu_arm_smmuv3_invalidate; since 6.13
 */
enum iommu_hwpt_invalidate_data_type {
	IOMMU_HWPT_INVALIDATE_DATA_VTD_S1 = 0,
	IOMMU_VIOMMU_INVALIDATE_DATA_ARM_SMMUV3 = 1,
};

/**
 * enum iommu_hwpt_vtd_s1_invalidate_flags - of struct
 *	iommu_hwpt_vtd_s1_invalidate
 * @IOMMU_VTD_INV_FLAGS_LEAF: only entries of the last level changed
 */
enum iommu_hwpt_vtd_s1_invalidate_flags {
	IOMMU_VTD_INV_FLAGS_LEAF = 1 << 0,
};

/**
 * struct iommu_hwpt_vtd_s1_invalidate - forget a run of addresses
 * @addr: the first one, a multiple of 4096
 * @npages: how many times 4096 bytes
 * @flags: enum iommu_hwpt_vtd_s1_invalidate_flags
 * @__reserved: 0
 *
 * An @addr of 0 with 2^64 - 1 @npages is all there is. Caches in the device
 * itself (ATS) are included.
 */
struct iommu_hwpt_vtd_s1_invalidate {
	__aligned_u64 addr;
	__aligned_u64 npages;
	__u32 flags;
	__u32 __reserved;
};

/**
 * struct iommu_viommu_arm_smmuv3_invalidate - a command of SMMUv3's queue
 * @cmd: it, little-endian: TLBI_NSNH_ALL, TLBI_NH_VA, TLBI_NH_VAA,
 *	TLBI_NH_ALL, TLBI_NH_ASID, ATC_INV, CFGI_CD or CFGI_CD_ALL (section 4 of
 *	the SMMUv3 specification)
 *
 * Stream ids in it are those of virtual devices. EIO for another command.
 */
struct iommu_viommu_arm_smmuv3_invalidate {
	__aligned_le64 cmd[2];
};

/**
 * struct iommu_hwpt_invalidate - say that a nested page table was changed
 * @size: sizeof(struct iommu_hwpt_invalidate)
 * @hwpt_id: the nested hardware page table, or virtual IOMMU (since 6.13)
 * @data_uptr: address of an array of @entry_num times @entry_len bytes
 * @data_type: enum iommu_hwpt_invalidate_data_type
 * @entry_len: bytes of an element
 * @entry_num: in, how many elements there are; out, how many were carried out
 * @__reserved: 0
 *
 * With an @entry_num of 0 it asks whether @data_type is known.
 */
struct iommu_hwpt_invalidate {
	__u32 size;
	__u32 hwpt_id;
	__aligned_u64 data_uptr;
	__u32 data_type;
	__u32 entry_len;
	__u32 entry_num;
	__u32 __reserved;
};

#define IOMMU_HWPT_INVALIDATE _IO(IOMMUFD_TYPE, IOMMUFD_CMD_HWPT_INVALIDATE)

/**
 * enum iommu_hwpt_pgfault_flags - of struct iommu_hwpt_pgfault
 * @IOMMU_PGFAULT_FLAGS_PASID_VALID: it came with a PASID
 * @IOMMU_PGFAULT_FLAGS_LAST_PAGE: the last one of its group
 */
enum iommu_hwpt_pgfault_flags {
	IOMMU_PGFAULT_FLAGS_PASID_VALID = 1 << 0,
	IOMMU_PGFAULT_FLAGS_LAST_PAGE = 1 << 1,
};

/**
 * enum iommu_hwpt_pgfault_perm - what a page is requested for
 * @IOMMU_PGFAULT_PERM_READ: to read
 * @IOMMU_PGFAULT_PERM_WRITE: to write
 * @IOMMU_PGFAULT_PERM_EXEC: to execute, with a PASID (PCIe 10.4.1)
 * @IOMMU_PGFAULT_PERM_PRIV: in privileged mode, with a PASID (PCIe 10.4.1)
 */
enum iommu_hwpt_pgfault_perm {
	IOMMU_PGFAULT_PERM_READ = 1 << 0,
	IOMMU_PGFAULT_PERM_WRITE = 1 << 1,
	IOMMU_PGFAULT_PERM_EXEC = 1 << 2,
	IOMMU_PGFAULT_PERM_PRIV = 1 << 3,
};

/**
 * struct iommu_hwpt_pgfault - a page request, as read from a fault queue
 * @flags: enum iommu_hwpt_pgfault_flags
 * @dev_id: the device that asks
 * @pasid: its process address space, if @flags say so
 * @grpid: its number for the group of requests that this one is of
 * @perm: enum iommu_hwpt_pgfault_perm
 * @__reserved: 0
 * @addr: the address it could not reach
 * @length: bytes that it will go on to ask for, 0 if it did not say
 * @cookie: the kernel's number for the group, to answer with
 *
 * A read takes whole groups. It is EINVAL where there is no room for one.
 */
struct iommu_hwpt_pgfault {
	__u32 flags;
	__u32 dev_id;
	__u32 pasid;
	__u32 grpid;
	__u32 perm;
	__u32 __reserved;
	__aligned_u64 addr;
	__u32 length;
	__u32 cookie;
};

/**
 * enum iommufd_page_response_code - answers to a group of page requests
 * @IOMMUFD_PAGE_RESP_SUCCESS: it is there now, try again
 * @IOMMUFD_PAGE_RESP_INVALID: it will not be there, do not try again
 *
 * As in 10.4.2.1 of the PCIe specification.
 */
enum iommufd_page_response_code {
	IOMMUFD_PAGE_RESP_SUCCESS = 0,
	IOMMUFD_PAGE_RESP_INVALID = 1,
};

/**
 * struct iommu_hwpt_page_response - an answer, as written to a fault queue
 * @cookie: of the group that is answered
 * @code: enum iommufd_page_response_code
 */
struct iommu_hwpt_page_response {
	__u32 cookie;
	__u32 code;
};

/**
 * struct iommu_fault_alloc - make a fault queue
 * @size: sizeof(struct iommu_fault_alloc)
 * @flags: none defined, 0
 * @out_fault_id: set to the new object's id
 * @out_fault_fd: set to a descriptor to read requests from and write answers to
 *
 * The object cannot be destroyed while the descriptor is open.
 */
struct iommu_fault_alloc {
	__u32 size;
	__u32 flags;
	__u32 out_fault_id;
	__u32 out_fault_fd;
};

#define IOMMU_FAULT_QUEUE_ALLOC _IO(IOMMUFD_TYPE, IOMMUFD_CMD_FAULT_QUEUE_ALLOC)

/**
 * enum iommu_viommu_type - what a virtual IOMMU is made of
 * @IOMMU_VIOMMU_TYPE_DEFAULT: nothing yet
 * @IOMMU_VIOMMU_TYPE_ARM_SMMUV3: an SMMUv3
 * @IOMMU_VIOMMU_TYPE_TEGRA241_CMDQV: an SMMUv3 with NVIDIA's command queues;
 *	since 6.17
 */
enum iommu_viommu_type {
	IOMMU_VIOMMU_TYPE_DEFAULT = 0,
	IOMMU_VIOMMU_TYPE_ARM_SMMUV3 = 1,
	IOMMU_VIOMMU_TYPE_TEGRA241_CMDQV = 2,
};

/**
 * struct iommu_viommu_tegra241_cmdqv - where its registers can be mapped
 * @out_vintf_mmap_offset: set to the offset for mmap() of the descriptor
 * @out_vintf_mmap_length: set to how many bytes there are
 */
struct iommu_viommu_tegra241_cmdqv {
	__aligned_u64 out_vintf_mmap_offset;
	__aligned_u64 out_vintf_mmap_length;
};

/**
 * struct iommu_viommu_alloc - make a virtual IOMMU
 * @size: sizeof(struct iommu_viommu_alloc)
 * @flags: none defined, 0
 * @type: enum iommu_viommu_type
 * @dev_id: a device behind the IOMMU that it is a slice of
 * @hwpt_id: a hardware page table made with IOMMU_HWPT_ALLOC_NEST_PARENT
 * @out_viommu_id: set to the new object's id
 * @data_len: bytes at @data_uptr; since 6.17, as all that follows
 * @__reserved: 0
 * @data_uptr: address of a struct of the driver's, read and written
 *
 * The part of a hardware IOMMU that one virtual machine has. EOPNOTSUPP if the
 * hardware cannot be shared out so.
 */
struct iommu_viommu_alloc {
	__u32 size;
	__u32 flags;
	__u32 type;
	__u32 dev_id;
	__u32 hwpt_id;
	__u32 out_viommu_id;
	__u32 data_len;
	__u32 __reserved;
	__aligned_u64 data_uptr;
};

#define IOMMU_VIOMMU_ALLOC _IO(IOMMUFD_TYPE, IOMMUFD_CMD_VIOMMU_ALLOC)

/**
 * struct iommu_vdevice_alloc - say what a device is called in a virtual IOMMU
 * @size: sizeof(struct iommu_vdevice_alloc)
 * @viommu_id: the virtual IOMMU
 * @dev_id: the device, which must be behind the same hardware
 * @out_vdevice_id: set to the new object's id
 * @virt_id: its name there: SMMUv3's stream id, VT-d's requester id
 *
 * EEXIST if that name, or the device, is taken.
 */
struct iommu_vdevice_alloc {
	__u32 size;
	__u32 viommu_id;
	__u32 dev_id;
	__u32 out_vdevice_id;
	__aligned_u64 virt_id;
};

#define IOMMU_VDEVICE_ALLOC _IO(IOMMUFD_TYPE, IOMMUFD_CMD_VDEVICE_ALLOC)

/**
 * enum iommu_veventq_flag - of struct iommufd_vevent_header
 * @IOMMU_VEVENTQ_FLAG_LOST_EVENTS: some were lost here; no data follows
 */
enum iommu_veventq_flag {
	IOMMU_VEVENTQ_FLAG_LOST_EVENTS = 1U << 0,
};

/**
 * struct iommufd_vevent_header - in front of each event that is read
 * @flags: enum iommu_veventq_flag
 * @sequence: its number, 0 to 2^31 - 1 and over again; a gap is as many lost
 */
struct iommufd_vevent_header {
	__u32 flags;
	__u32 sequence;
};

/**
 * enum iommu_veventq_type - what the events of a queue are
 * @IOMMU_VEVENTQ_TYPE_DEFAULT: nothing yet
 * @IOMMU_VEVENTQ_TYPE_ARM_SMMUV3: struct iommu_vevent_arm_smmuv3
 * @IOMMU_VEVENTQ_TYPE_TEGRA241_CMDQV: struct iommu_vevent_tegra241_cmdqv;
 *	since 6.17
 */
enum iommu_veventq_type {
	IOMMU_VEVENTQ_TYPE_DEFAULT = 0,
	IOMMU_VEVENTQ_TYPE_ARM_SMMUV3 = 1,
	IOMMU_VEVENTQ_TYPE_TEGRA241_CMDQV = 2,
};

/**
 * struct iommu_vevent_arm_smmuv3 - an event record of SMMUv3
 * @evt: it, little-endian, with the stream id of a virtual device (section 7.3
 *	of the SMMUv3 specification)
 */
struct iommu_vevent_arm_smmuv3 {
	__aligned_le64 evt[4];
};

/**
 * struct iommu_vevent_tegra241_cmdqv - queues that met an error
 * @lvcmdq_err_map: a bit each, little-endian
 */
struct iommu_vevent_tegra241_cmdqv {
	__aligned_le64 lvcmdq_err_map[2];
};

/**
 * struct iommu_veventq_alloc - make a queue of a virtual IOMMU's events
 * @size: sizeof(struct iommu_veventq_alloc)
 * @flags: none defined, 0
 * @viommu_id: the virtual IOMMU; it has one queue of each type at most
 * @type: enum iommu_veventq_type
 * @veventq_depth: how many events it keeps; more are lost
 * @out_veventq_id: set to the new object's id
 * @out_veventq_fd: set to a descriptor to read events from
 * @__reserved: 0
 *
 * EEXIST if there is one of this type. The object cannot be destroyed while the
 * descriptor is open.
 */
struct iommu_veventq_alloc {
	__u32 size;
	__u32 flags;
	__u32 viommu_id;
	__u32 type;
	__u32 veventq_depth;
	__u32 out_veventq_id;
	__u32 out_veventq_fd;
	__u32 __reserved;
};

#define IOMMU_VEVENTQ_ALLOC _IO(IOMMUFD_TYPE, IOMMUFD_CMD_VEVENTQ_ALLOC)

/**
 * enum iommu_hw_queue_type - what kind of hardware reads the queue
 * @IOMMU_HW_QUEUE_TYPE_DEFAULT: nothing yet
 * @IOMMU_HW_QUEUE_TYPE_TEGRA241_CMDQV: NVIDIA's command queues, which are made
 *	from index 0 upwards and destroyed from the last downwards
 */
enum iommu_hw_queue_type {
	IOMMU_HW_QUEUE_TYPE_DEFAULT = 0,
	IOMMU_HW_QUEUE_TYPE_TEGRA241_CMDQV = 1,
};

/**
 * struct iommu_hw_queue_alloc - let the hardware read a queue of the guest's
 * @size: sizeof(struct iommu_hw_queue_alloc)
 * @flags: none defined, 0
 * @viommu_id: the virtual IOMMU
 * @type: enum iommu_hw_queue_type
 * @index: which of the queues of this type
 * @out_hw_queue_id: set to the new object's id
 * @nesting_parent_iova: where it is, an address that the virtual IOMMU's
 *	parent page table translates
 * @length: bytes
 *
 * The memory is held while the queue lives, so it cannot be unmapped. EEXIST if
 * the index is taken.
 */
struct iommu_hw_queue_alloc {
	__u32 size;
	__u32 flags;
	__u32 viommu_id;
	__u32 type;
	__u32 index;
	__u32 out_hw_queue_id;
	__aligned_u64 nesting_parent_iova;
	__aligned_u64 length;
};

#define IOMMU_HW_QUEUE_ALLOC _IO(IOMMUFD_TYPE, IOMMUFD_CMD_HW_QUEUE_ALLOC)

#endif
