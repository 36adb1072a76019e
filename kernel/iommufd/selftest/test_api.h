/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The test request, _IO(';', 0xa0): Linux's selftests for iommufd drive the
 * kernel through it. They are compiled against Linux's own header, so that the
 * numbers and layouts here are Linux's. Test builds only; nothing of it is
 * promised to anybody.
 *
 * Each operation says what iommu_test_cmd::id is, what goes in and what comes
 * out. One that takes an access takes the descriptor of its file, which
 * CREATE_ACCESS returned. A domain is named by its hardware page table.
 */
#ifndef IOMMUFD_SELFTEST_TEST_API_H
#define IOMMUFD_SELFTEST_TEST_API_H

#include <linux/types.h>
#include <uapi/linux/iommufd.h>

enum {
	/* IOAS: nothing may be mapped at these addresses any more */
	IOMMU_TEST_OP_ADD_RESERVED = 1,
	/* IOAS or domain: bind a new mock device and attach it */
	IOMMU_TEST_OP_MOCK_DOMAIN,
	/* domain: these addresses lead to that memory, or EINVAL */
	IOMMU_TEST_OP_MD_CHECK_MAP,
	/* unused: this memory is pinned so many times, or EIO */
	IOMMU_TEST_OP_MD_CHECK_REFS,
	/* IOAS: make an access and a file for it */
	IOMMU_TEST_OP_CREATE_ACCESS,
	/* access: give back what one ACCESS_PAGES pinned */
	IOMMU_TEST_OP_DESTROY_ACCESS_PAGES,
	/* access: pin, and compare with that memory, or EBADE */
	IOMMU_TEST_OP_ACCESS_PAGES,
	/* access: read or write */
	IOMMU_TEST_OP_ACCESS_RW,
	/* unused: how much memory a batch of pages may take */
	IOMMU_TEST_OP_SET_TEMP_MEMORY_LIMIT,
	/* mock device: attach it to something else */
	IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE,
	/* access: move it to another IOAS */
	IOMMU_TEST_OP_ACCESS_REPLACE_IOAS,
	/* as MOCK_DOMAIN, for a device that is not like the others */
	IOMMU_TEST_OP_MOCK_DOMAIN_FLAGS,
	/* domain: as if a device had written to the pages of a bitmap */
	IOMMU_TEST_OP_DIRTY,
	/* nested domain: an entry of its IOTLB is this, or EINVAL */
	IOMMU_TEST_OP_MD_CHECK_IOTLB,
	/* unused: a device asks for a page */
	IOMMU_TEST_OP_TRIGGER_IOPF,
};

/* What a mock domain can translate, in bytes, inclusive. */
enum {
	MOCK_APERTURE_START = 1UL << 24,
	MOCK_APERTURE_LAST = (1UL << 31) - 1,
};

/* access_pages.flags; with SYZ, iova is a mapping's number and an offset */
enum {
	MOCK_FLAGS_ACCESS_WRITE = 1 << 0,
	MOCK_FLAGS_ACCESS_SYZ = 1 << 16,
};

/* access_rw.flags, or MOCK_FLAGS_ACCESS_SYZ */
enum {
	MOCK_ACCESS_RW_WRITE = 1 << 0,
	MOCK_ACCESS_RW_SLOW_PATH = 1 << 2,
};

/* create_access.flags */
enum {
	MOCK_FLAGS_ACCESS_CREATE_NEEDS_PIN_PAGES = 1 << 0,
};

/* mock_domain_flags.dev_flags: cannot track dirty pages; has larger pages */
enum {
	MOCK_FLAGS_DEVICE_NO_DIRTY = 1 << 0,
	MOCK_FLAGS_DEVICE_HUGE_IOVA = 1 << 1,
};

/* The IOTLB of a nested domain. */
enum {
	MOCK_NESTED_DOMAIN_IOTLB_ID_MAX = 3,
	MOCK_NESTED_DOMAIN_IOTLB_NUM = 4,
};

/**
 * struct iommu_test_cmd - one operation of the test request
 * @size: sizeof(struct iommu_test_cmd)
 * @op: IOMMU_TEST_OP_*
 * @id: what it is done to
 * @__reserved: not looked at
 * @add_reserved: ADD_RESERVED, in bytes
 * @mock_domain: MOCK_DOMAIN; the ids of the mock device (which is what has to
 *	be destroyed), of what it is attached to, and of the bound device
 * @mock_domain_flags: MOCK_DOMAIN_FLAGS, the same with a wish
 * @mock_domain_replace: MOCK_DOMAIN_REPLACE; out, what it is attached to now
 * @check_map: MD_CHECK_MAP
 * @check_refs: MD_CHECK_REFS
 * @create_access: CREATE_ACCESS
 * @destroy_access_pages: DESTROY_ACCESS_PAGES
 * @access_pages: ACCESS_PAGES; without uptr nothing is compared
 * @access_rw: ACCESS_RW
 * @memory_limit: SET_TEMP_MEMORY_LIMIT, in bytes
 * @access_replace_ioas: ACCESS_REPLACE_IOAS
 * @dirty: DIRTY; a bit for each page_size bytes
 * @check_iotlb: MD_CHECK_IOTLB
 * @trigger_iopf: TRIGGER_IOPF; dev_id is a bound device
 * @last: marks the end of the shortest form
 */
struct iommu_test_cmd {
	__u32 size;
	__u32 op;
	__u32 id;
	__u32 __reserved;
	union {
		struct {
			__aligned_u64 start;
			__aligned_u64 length;
		} add_reserved;
		struct {
			__u32 out_stdev_id;
			__u32 out_hwpt_id;
			__u32 out_idev_id;
		} mock_domain;
		struct {
			__u32 out_stdev_id;
			__u32 out_hwpt_id;
			__u32 out_idev_id;
			__u32 dev_flags;
		} mock_domain_flags;
		struct {
			__u32 pt_id;
		} mock_domain_replace;
		struct {
			__aligned_u64 iova;
			__aligned_u64 length;
			__aligned_u64 uptr;
		} check_map;
		struct {
			__aligned_u64 length;
			__aligned_u64 uptr;
			__u32 refs;
		} check_refs;
		struct {
			__u32 out_access_fd;
			__u32 flags;
		} create_access;
		struct {
			__u32 access_pages_id;
		} destroy_access_pages;
		struct {
			__u32 flags;
			__u32 out_access_pages_id;
			__aligned_u64 iova;
			__aligned_u64 length;
			__aligned_u64 uptr;
		} access_pages;
		struct {
			__aligned_u64 iova;
			__aligned_u64 length;
			__aligned_u64 uptr;
			__u32 flags;
		} access_rw;
		struct {
			__u32 limit;
		} memory_limit;
		struct {
			__u32 ioas_id;
		} access_replace_ioas;
		struct {
			__u32 flags;
			__aligned_u64 iova;
			__aligned_u64 length;
			__aligned_u64 page_size;
			__aligned_u64 uptr;
			__aligned_u64 out_nr_dirty;
		} dirty;
		struct {
			__u32 id;
			__u32 iotlb;
		} check_iotlb;
		struct {
			__u32 dev_id;
			__u32 pasid;
			__u32 grpid;
			__u32 perm;
			__u64 addr;
		} trigger_iopf;
	};
	__u32 last;
};

#define IOMMU_TEST_CMD _IO(IOMMUFD_TYPE, IOMMUFD_CMD_BASE + 32)

/* What GET_HW_INFO says of a mock device. */
#define IOMMU_HW_INFO_TYPE_SELFTEST 0xfeedbeef
#define IOMMU_HW_INFO_SELFTEST_REGVAL 0xdeadbeef

struct iommu_test_hw_info {
	__u32 flags;
	__u32 test_reg;
};

/* The driver's part of HWPT_ALLOC for a nested domain: its IOTLB's content. */
#define IOMMU_HWPT_DATA_SELFTEST 0xdead
#define IOMMU_TEST_IOTLB_DEFAULT 0xbadbeef

struct iommu_hwpt_selftest {
	__u32 iotlb;
};

/* And of HWPT_INVALIDATE: which entry becomes 0, or with the flag, all. */
#define IOMMU_HWPT_INVALIDATE_DATA_SELFTEST 0xdeadbeef
#define IOMMU_HWPT_INVALIDATE_DATA_SELFTEST_INVALID 0xdadbeef

enum {
	IOMMU_TEST_INVALIDATE_FLAG_ALL = 1 << 0,
};

struct iommu_hwpt_invalidate_selftest {
	__u32 flags;
	__u32 iotlb_id;
};

#endif
