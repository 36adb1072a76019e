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

#endif
