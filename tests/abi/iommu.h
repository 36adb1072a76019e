/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The requests of /dev/iommu as functions, for tests. All return 0 or -errno
 * unless they say otherwise.
 */
#ifndef TESTS_ABI_IOMMU_H
#define TESTS_ABI_IOMMU_H

#include <errno.h>
#include <fcntl.h>
#include <linux/iommufd.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tap.h"

#define PAGE 4096ull
#define FIXED IOMMU_IOAS_MAP_FIXED_IOVA
#define READ IOMMU_IOAS_MAP_READABLE
#define WRITE IOMMU_IOAS_MAP_WRITEABLE

__attribute__((unused)) static int iommu_open(void)
{
	int fd = open("/dev/iommu", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		tap_bail_out("/dev/iommu cannot be opened");
	return fd;
}

__attribute__((unused)) static void *memory(size_t length)
{
	void *at = mmap(NULL, length, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		tap_bail_out("no memory");
	return at;
}

/* Whether the kernel watches itself, and is several times slower for it. */
static inline bool is_watched(void)
{
	return !access("/sys/kernel/debug/kmemleak", F_OK);
}

/*
 * How many percent of what is repeated: all, or @watched on a kernel that
 * watches itself, or what TEST_PERCENT in the environment says.
 */
static inline unsigned long test_percent(unsigned long watched)
{
	const char *value = getenv("TEST_PERCENT");

	if (value)
		return strtoul(value, NULL, 10);
	return is_watched() ? watched : 100;
}

static inline int request(int fd, unsigned long number, void *argument)
{
	return ioctl(fd, number, argument) ? -errno : 0;
}

static inline int destroy(int fd, uint32_t id)
{
	struct iommu_destroy cmd = { .size = sizeof(cmd), .id = id };

	return request(fd, IOMMU_DESTROY, &cmd);
}

static inline int ioas_alloc(int fd, uint32_t *id)
{
	struct iommu_ioas_alloc cmd = { .size = sizeof(cmd) };
	int rc = request(fd, IOMMU_IOAS_ALLOC, &cmd);

	*id = cmd.out_ioas_id;
	return rc;
}

static inline int ioas_map(int fd, uint32_t ioas, uint32_t flags,
			   const void *at, uint64_t length, uint64_t *iova)
{
	struct iommu_ioas_map cmd = {
		.size = sizeof(cmd),
		.flags = flags,
		.ioas_id = ioas,
		.user_va = (uintptr_t)at,
		.length = length,
		.iova = *iova,
	};
	int rc = request(fd, IOMMU_IOAS_MAP, &cmd);

	*iova = cmd.iova;
	return rc;
}

static inline int ioas_map_at(int fd, uint32_t ioas, const void *at,
			      uint64_t length, uint64_t iova)
{
	return ioas_map(fd, ioas, FIXED | READ | WRITE, at, length, &iova);
}

static inline int ioas_copy(int fd, uint32_t flags, uint32_t dst, uint32_t src,
			    uint64_t length, uint64_t *dst_iova,
			    uint64_t src_iova)
{
	struct iommu_ioas_copy cmd = {
		.size = sizeof(cmd),
		.flags = flags,
		.dst_ioas_id = dst,
		.src_ioas_id = src,
		.length = length,
		.dst_iova = *dst_iova,
		.src_iova = src_iova,
	};
	int rc = request(fd, IOMMU_IOAS_COPY, &cmd);

	*dst_iova = cmd.dst_iova;
	return rc;
}

static inline int ioas_unmap(int fd, uint32_t ioas, uint64_t iova,
			     uint64_t *length)
{
	struct iommu_ioas_unmap cmd = {
		.size = sizeof(cmd),
		.ioas_id = ioas,
		.iova = iova,
		.length = *length,
	};
	int rc = request(fd, IOMMU_IOAS_UNMAP, &cmd);

	*length = cmd.length;
	return rc;
}

static inline int ioas_unmap_at(int fd, uint32_t ioas, uint64_t iova,
				uint64_t length)
{
	return ioas_unmap(fd, ioas, iova, &length);
}

/* @count: in, room in @ranges; out, how many there are. */
static inline int ioas_ranges(int fd, uint32_t ioas,
			      struct iommu_iova_range *ranges, uint32_t *count,
			      uint64_t *alignment)
{
	struct iommu_ioas_iova_ranges cmd = {
		.size = sizeof(cmd),
		.ioas_id = ioas,
		.num_iovas = *count,
		.allowed_iovas = (uintptr_t)ranges,
	};
	int rc = request(fd, IOMMU_IOAS_IOVA_RANGES, &cmd);

	*count = cmd.num_iovas;
	*alignment = cmd.out_iova_alignment;
	return rc;
}

static inline int ioas_allow(int fd, uint32_t ioas,
			     const struct iommu_iova_range *ranges,
			     uint32_t count)
{
	struct iommu_ioas_allow_iovas cmd = {
		.size = sizeof(cmd),
		.ioas_id = ioas,
		.num_iovas = count,
		.allowed_iovas = (uintptr_t)ranges,
	};

	return request(fd, IOMMU_IOAS_ALLOW_IOVAS, &cmd);
}

static inline int option(int fd, uint32_t option_id, uint16_t op,
			 uint32_t object, uint64_t *value)
{
	struct iommu_option cmd = {
		.size = sizeof(cmd),
		.option_id = option_id,
		.op = op,
		.object_id = object,
		.val64 = *value,
	};
	int rc = request(fd, IOMMU_OPTION, &cmd);

	*value = cmd.val64;
	return rc;
}

static inline int option_set(int fd, uint32_t option_id, uint32_t object,
			     uint64_t value)
{
	return option(fd, option_id, IOMMU_OPTION_OP_SET, object, &value);
}

/* @cmd: all but its size; *@id is set to that of the new page table. */
static inline int hwpt_alloc(int fd, struct iommu_hwpt_alloc *cmd, uint32_t *id)
{
	int rc;

	cmd->size = sizeof(*cmd);
	rc = request(fd, IOMMU_HWPT_ALLOC, cmd);
	*id = cmd->out_hwpt_id;
	return rc;
}

/* A page table of the kernel's that mirrors @ioas. */
static inline int hwpt_alloc_flags(int fd, uint32_t device, uint32_t ioas,
				   uint32_t flags, uint32_t *id)
{
	struct iommu_hwpt_alloc cmd = {
		.flags = flags,
		.dev_id = device,
		.pt_id = ioas,
	};

	return hwpt_alloc(fd, &cmd, id);
}

static inline int set_dirty_tracking(int fd, uint32_t hwpt, bool enable)
{
	struct iommu_hwpt_set_dirty_tracking cmd = {
		.size = sizeof(cmd),
		.flags = enable ? IOMMU_HWPT_DIRTY_TRACKING_ENABLE : 0,
		.hwpt_id = hwpt,
	};

	return request(fd, IOMMU_HWPT_SET_DIRTY_TRACKING, &cmd);
}

static inline int get_dirty_bitmap(int fd, uint32_t hwpt, uint32_t flags,
				   uint64_t iova, uint64_t length,
				   uint64_t page_size, void *bitmap)
{
	struct iommu_hwpt_get_dirty_bitmap cmd = {
		.size = sizeof(cmd),
		.hwpt_id = hwpt,
		.flags = flags,
		.iova = iova,
		.length = length,
		.page_size = page_size,
		.data = (uintptr_t)bitmap,
	};

	return request(fd, IOMMU_HWPT_GET_DIRTY_BITMAP, &cmd);
}

/* *@done: how many entries have been dealt with */
static inline int hwpt_invalidate(int fd, uint32_t hwpt, uint32_t type,
				  const void *entries, uint32_t length,
				  uint32_t count, uint32_t *done)
{
	struct iommu_hwpt_invalidate cmd = {
		.size = sizeof(cmd),
		.hwpt_id = hwpt,
		.data_uptr = (uintptr_t)entries,
		.data_type = type,
		.entry_len = length,
		.entry_num = count,
	};
	int rc = request(fd, IOMMU_HWPT_INVALIDATE, &cmd);

	*done = cmd.entry_num;
	return rc;
}

/* *@queue: the file that page requests are read from */
static inline int fault_alloc(int fd, uint32_t *id, int *queue)
{
	struct iommu_fault_alloc cmd = { .size = sizeof(cmd) };
	int rc = request(fd, IOMMU_FAULT_QUEUE_ALLOC, &cmd);

	*id = cmd.out_fault_id;
	*queue = rc ? -1 : (int)cmd.out_fault_fd;
	return rc;
}

static inline int vfio_ioas(int fd, uint16_t op, uint32_t *ioas)
{
	struct iommu_vfio_ioas cmd = {
		.size = sizeof(cmd),
		.ioas_id = *ioas,
		.op = op,
	};
	int rc = request(fd, IOMMU_VFIO_IOAS, &cmd);

	*ioas = cmd.ioas_id;
	return rc;
}

#endif
