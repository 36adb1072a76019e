// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * VFIO's requests on /dev/iommu, without a device: each, what can be wrong with
 * it, and what the two versions of its type 1 IOMMU make of an unmap.
 */
#include <linux/vfio.h>
#include <stddef.h>

#include "iommu.h"

#define BUFFER (16 * PAGE)
#define NO_ID 0x7fffffff
#define TOP (UINT64_MAX - 4 * PAGE + 1)
#define RACE_SECONDS 3

static int fd;
static uint32_t ioas;
static unsigned char *buffer;

/* Returns what the kernel does, or -errno. */
static int simple(unsigned long number, unsigned long argument)
{
	int rc = ioctl(fd, number, argument);

	return rc < 0 ? -errno : rc;
}

static int map_dma(uint32_t flags, const void *at, uint64_t size, uint64_t iova)
{
	struct vfio_iommu_type1_dma_map cmd = {
		.argsz = sizeof(cmd),
		.flags = flags,
		.vaddr = (uintptr_t)at,
		.iova = iova,
		.size = size,
	};

	return request(fd, VFIO_IOMMU_MAP_DMA, &cmd);
}

static int map(uint64_t size, uint64_t iova)
{
	return map_dma(VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE, buffer,
		       size, iova);
}

/* @size: in, what to unmap; out, how much was. */
static int unmap_dma(uint32_t flags, uint64_t iova, uint64_t *size)
{
	struct vfio_iommu_type1_dma_unmap cmd = {
		.argsz = sizeof(cmd),
		.flags = flags,
		.iova = iova,
		.size = *size,
	};
	int rc = request(fd, VFIO_IOMMU_UNMAP_DMA, &cmd);

	*size = cmd.size;
	return rc;
}

static int unmap(uint64_t iova, uint64_t size)
{
	return unmap_dma(0, iova, &size);
}

/* Returns how many bytes there were. */
static uint64_t unmap_all(void)
{
	uint64_t size = 0;
	int rc = unmap_dma(VFIO_DMA_UNMAP_FLAG_ALL, 0, &size);

	return rc ? UINT64_MAX : size;
}

/* Unmaps a range that works, and expects so many bytes in it. */
static void check_unmap_size(uint64_t iova, uint64_t size, uint64_t expected,
			     const char *name)
{
	int rc = unmap_dma(0, iova, &size);

	tap_check(!rc && size == expected, "%s: %s, 0x%llx bytes", name,
		  strerror(-rc), (unsigned long long)size);
}

static int choose(uint32_t id)
{
	return vfio_ioas(fd, IOMMU_VFIO_IOAS_SET, &id);
}

static int chosen(uint32_t *id)
{
	*id = 0;
	return vfio_ioas(fd, IOMMU_VFIO_IOAS_GET, id);
}

static int clear(void)
{
	uint32_t id = 0;

	return vfio_ioas(fd, IOMMU_VFIO_IOAS_CLEAR, &id);
}

/* A new IOAS, the one that VFIO's requests work on. */
static void choose_new(void)
{
	ioas_alloc(fd, &ioas);
	if (choose(ioas))
		tap_bail_out("cannot choose an IOAS");
}

static void check_extensions(void)
{
	static const struct {
		unsigned long extension;
		int answer;
		const char *name;
	} extensions[] = {
		{ VFIO_TYPE1_IOMMU, 1, "type 1" },
		{ VFIO_TYPE1v2_IOMMU, 1, "type 1 version 2" },
		{ VFIO_UNMAP_ALL, 1, "unmapping all" },
		{ VFIO_NOIOMMU_IOMMU, 0, "no IOMMU" },
		{ VFIO_TYPE1_NESTING_IOMMU, 0, "nesting" },
		{ VFIO_SPAPR_TCE_IOMMU, 0, "another architecture's" },
		{ VFIO_UPDATE_VADDR, 0, "moving memory" },
		{ 0, 0, "0" },
		{ 1000, 0, "an unknown one" },
		{ (1ul << 32) + VFIO_TYPE1_IOMMU, 0, "a number of 33 bits" },
	};
	size_t i;

	for (i = 0; i < sizeof(extensions) / sizeof(*extensions); i++) {
		int answer =
			simple(VFIO_CHECK_EXTENSION, extensions[i].extension);

		tap_check(answer == extensions[i].answer,
			  "CHECK_EXTENSION: %s is %d", extensions[i].name,
			  extensions[i].answer);
	}
}

static void check_without_ioas(void)
{
	struct vfio_iommu_type1_info info = { .argsz = sizeof(info) };

	tap_check(simple(VFIO_GET_API_VERSION, 0) == VFIO_API_VERSION,
		  "GET_API_VERSION: is VFIO's");
	check_extensions();
	tap_errno(simple(VFIO_CHECK_EXTENSION, VFIO_DMA_CC_IOMMU), ENODEV,
		  "CHECK_EXTENSION: coherent without an IOAS");
	tap_errno(simple(VFIO_SET_IOMMU, VFIO_TYPE1_IOMMU), ENODEV,
		  "SET_IOMMU: type 1 without an IOAS");
	tap_errno(simple(VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU), ENODEV,
		  "SET_IOMMU: type 1 version 2 without an IOAS");
	tap_errno(request(fd, VFIO_IOMMU_GET_INFO, &info), ENODEV,
		  "GET_INFO: without an IOAS");
	tap_errno(map(PAGE, PAGE), ENODEV, "MAP_DMA: without an IOAS");
	tap_errno(unmap(PAGE, PAGE), ENODEV, "UNMAP_DMA: without an IOAS");
	tap_errno(unmap(PAGE, 0), ENODEV,
		  "UNMAP_DMA: whatever else is wrong with the range");
}

static void check_set_iommu(void)
{
	static const unsigned long types[] = {
		0,
		VFIO_SPAPR_TCE_IOMMU,
		VFIO_TYPE1_NESTING_IOMMU,
		VFIO_NOIOMMU_IOMMU,
		(1ul << 32) + VFIO_TYPE1_IOMMU,
	};
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(*types); i++)
		tap_check(simple(VFIO_SET_IOMMU, types[i]) == -EINVAL,
			  "SET_IOMMU: type 0x%lx is refused", types[i]);
}

static void check_not_there(void)
{
	struct vfio_iommu_type1_dirty_bitmap dirty = {
		.argsz = sizeof(dirty),
		.flags = VFIO_IOMMU_DIRTY_PAGES_FLAG_START,
	};

	tap_errno(request(fd, VFIO_IOMMU_DIRTY_PAGES, &dirty), ENOTTY,
		  "DIRTY_PAGES: given up");
	tap_errno(simple(VFIO_IOMMU_ENABLE, 0), ENOTTY,
		  "IOMMU_ENABLE: another architecture's");
	tap_errno(simple(VFIO_GROUP_GET_STATUS, 0), ENOTTY,
		  "GROUP_GET_STATUS: this is no group");
	tap_errno(simple(VFIO_GET_API_VERSION & ~0xff, 0), ENOTTY,
		  "number 0 of VFIO's letter");
	tap_errno(simple(_IO('<', VFIO_BASE), 0), ENOTTY,
		  "VFIO's number of another letter");
}

static void check_ioas_errors(void)
{
	struct iommu_vfio_ioas cmd = { .size = sizeof(cmd), .op = 3 };
	unsigned char longer[16] = { sizeof(longer), [4] = 1, [12] = 1 };
	struct iommu_vfio_ioas *answer = memory(PAGE);
	uint32_t id;

	tap_errno(chosen(&id), ENODEV, "VFIO_IOAS: none is chosen at first");
	tap_errno(choose(NO_ID), ENOENT, "VFIO_IOAS: no such IOAS");
	tap_errno(choose(0), ENOENT, "VFIO_IOAS: id 0");
	tap_errno(request(fd, IOMMU_VFIO_IOAS, &cmd), EOPNOTSUPP,
		  "VFIO_IOAS: an unknown operation");
	cmd.op = IOMMU_VFIO_IOAS_CLEAR;
	cmd.__reserved = 1;
	tap_errno(request(fd, IOMMU_VFIO_IOAS, &cmd), EOPNOTSUPP,
		  "VFIO_IOAS: a reserved field that is set");
	cmd.size = sizeof(cmd) - 1;
	tap_errno(request(fd, IOMMU_VFIO_IOAS, &cmd), EINVAL,
		  "VFIO_IOAS: a short struct");
	tap_errno(request(fd, IOMMU_VFIO_IOAS, longer), E2BIG,
		  "VFIO_IOAS: a longer struct that says more");
	tap_errno(clear(), 0, "VFIO_IOAS: none is cleared");

	choose_new();
	*answer = (struct iommu_vfio_ioas){ .size = sizeof(*answer),
					    .op = IOMMU_VFIO_IOAS_GET };
	mprotect(answer, PAGE, PROT_READ);
	tap_errno(request(fd, IOMMU_VFIO_IOAS, answer), EFAULT,
		  "VFIO_IOAS: the answer cannot be written");
	munmap(answer, PAGE);
	clear();
	destroy(fd, ioas);
}

static void check_ioas(void)
{
	uint32_t first, second, id;

	ioas_alloc(fd, &first);
	ioas_alloc(fd, &second);
	tap_errno(choose(first), 0, "VFIO_IOAS: one is chosen");
	tap_check(!chosen(&id) && id == first, "VFIO_IOAS: and is said");
	tap_errno(choose(first), 0, "VFIO_IOAS: the same again");
	tap_errno(choose(second), 0, "VFIO_IOAS: another one");
	tap_check(!chosen(&id) && id == second, "VFIO_IOAS: takes its place");
	tap_errno(choose(NO_ID), ENOENT, "VFIO_IOAS: one that does not exist");
	tap_check(!chosen(&id) && id == second, "VFIO_IOAS: does not");
	tap_errno(map(PAGE, PAGE), 0, "MAP_DMA: into the one chosen last");
	tap_errno(ioas_unmap_at(fd, first, PAGE, PAGE), ENOENT,
		  "MAP_DMA: nothing is in the other");
	tap_errno(ioas_unmap_at(fd, second, PAGE, PAGE), 0,
		  "MAP_DMA: it is a mapping like any other");
	tap_errno(clear(), 0, "VFIO_IOAS: is cleared");
	tap_errno(chosen(&id), ENODEV, "VFIO_IOAS: and none is left");
	tap_errno(destroy(fd, first), 0, "DESTROY: the one before");

	choose(second);
	tap_errno(destroy(fd, second), 0, "DESTROY: the one that is chosen");
	tap_errno(chosen(&id), ENODEV, "VFIO_IOAS: and none is left");
	tap_errno(map(PAGE, PAGE), ENODEV, "MAP_DMA: has nowhere to go");
}

/* What GET_INFO says when nothing is attached, as it lies in memory. */
struct whole_info {
	struct vfio_iommu_type1_info info;
	struct vfio_iommu_type1_info_dma_avail avail;
	uint32_t gap;
	struct vfio_info_cap_header ranges;
	uint32_t nr_ranges;
	uint32_t reserved;
	struct vfio_iova_range range;
};

#define CAP_OFFSET_END \
	(offsetof(struct vfio_iommu_type1_info, cap_offset) + sizeof(uint32_t))

/* With @argsz, into memory that is otherwise full of @fill. */
static int get_info(struct whole_info *whole, uint32_t argsz, uint8_t fill)
{
	memset(whole, fill, sizeof(*whole));
	whole->info.argsz = argsz;
	return request(fd, VFIO_IOMMU_GET_INFO, whole);
}

static bool untouched(const void *from, size_t start, size_t end, uint8_t fill)
{
	const unsigned char *byte = from;

	while (start < end)
		if (byte[start++] != fill)
			return false;
	return true;
}

/* Bytes that mean nothing are 0, or the caller's. */
static bool clean(const void *from, size_t start, size_t end, uint8_t fill)
{
	return untouched(from, start, end, fill) ||
	       untouched(from, start, end, 0);
}

static void check_info_errors(void)
{
	struct vfio_iommu_type1_info *info = memory(2 * PAGE);
	struct vfio_iommu_type1_info *end =
		(void *)((char *)info + PAGE - sizeof(*info));

	tap_errno(request(fd, VFIO_IOMMU_GET_INFO, NULL), EFAULT,
		  "GET_INFO: nowhere");
	tap_errno(request(fd, VFIO_IOMMU_GET_INFO, info), EINVAL,
		  "GET_INFO: a struct of no length");
	info->argsz = offsetof(struct vfio_iommu_type1_info, cap_offset) - 1;
	tap_errno(request(fd, VFIO_IOMMU_GET_INFO, info), EINVAL,
		  "GET_INFO: a short struct");
	info->argsz = sizeof(*info);
	mprotect(info, PAGE, PROT_READ);
	tap_errno(request(fd, VFIO_IOMMU_GET_INFO, info), EFAULT,
		  "GET_INFO: the answer cannot be written");
	mprotect(info, PAGE, PROT_READ | PROT_WRITE);

	mprotect((char *)info + PAGE, PAGE, PROT_NONE);
	end->argsz = sizeof(struct whole_info);
	tap_errno(request(fd, VFIO_IOMMU_GET_INFO, end), EFAULT,
		  "GET_INFO: the capabilities cannot be written");
	end->argsz = sizeof(*end);
	tap_errno(request(fd, VFIO_IOMMU_GET_INFO, end), 0,
		  "GET_INFO: and are not if there is no room for them");
	munmap(info, 2 * PAGE);
}

/* Any length is taken; what is behind it is the caller's. */
static void check_info_lengths(uint8_t fill)
{
	struct whole_info whole;
	bool said = true;
	bool kept = true;
	uint32_t argsz;

	for (argsz = offsetof(struct vfio_iommu_type1_info, cap_offset);
	     argsz <= sizeof(whole); argsz++) {
		said &= !get_info(&whole, argsz, fill) &&
			whole.info.argsz == sizeof(whole) &&
			whole.info.flags == (VFIO_IOMMU_INFO_PGSIZES |
					     VFIO_IOMMU_INFO_CAPS) &&
			whole.info.iova_pgsizes == ~(PAGE - 1);
		if (argsz >= CAP_OFFSET_END && argsz < sizeof(whole))
			said &= whole.info.cap_offset == 0;
		kept &= untouched(&whole, argsz, sizeof(whole), fill);
	}
	tap_check(said, "GET_INFO: any room is enough, 0x%x", fill);
	tap_check(kept, "GET_INFO: no more than that is written, 0x%x", fill);
}

static void check_info_chain(uint8_t fill)
{
	struct whole_info whole;

	tap_errno(get_info(&whole, sizeof(whole), fill), 0,
		  "GET_INFO: with capabilities");
	tap_check(whole.info.cap_offset == offsetof(struct whole_info, avail),
		  "GET_INFO: the first one is found");
	tap_check(whole.avail.header.id == VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL &&
			  whole.avail.header.version == 1 &&
			  whole.avail.header.next ==
				  offsetof(struct whole_info, ranges) &&
			  whole.avail.avail == UINT32_MAX,
		  "GET_INFO: how many mappings there may be");
	tap_check(whole.ranges.id == VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE &&
			  whole.ranges.version == 1 && !whole.ranges.next &&
			  whole.nr_ranges == 1 && !whole.range.start &&
			  whole.range.end == UINT64_MAX,
		  "GET_INFO: and where");
	tap_check(clean(&whole, CAP_OFFSET_END, sizeof(whole.info), fill) &&
			  clean(&whole, offsetof(struct whole_info, gap),
				offsetof(struct whole_info, ranges), fill) &&
			  !whole.reserved,
		  "GET_INFO: nothing else is told, 0x%x", fill);
}

static void check_info_room(void)
{
	struct whole_info *whole = memory(2 * PAGE);

	memset(whole, 0xaa, 2 * PAGE);
	whole->info.argsz = PAGE;
	tap_errno(request(fd, VFIO_IOMMU_GET_INFO, whole), 0,
		  "GET_INFO: with room to spare");
	tap_check(whole->info.argsz == sizeof(*whole) &&
			  untouched(whole, sizeof(*whole), 2 * PAGE, 0xaa),
		  "GET_INFO: which is left alone");
	munmap(whole, 2 * PAGE);
}

static void check_map_errors(void)
{
	const uint32_t both = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE;
	struct vfio_iommu_type1_dma_map cmd = {
		.argsz = sizeof(cmd) - 1,
		.flags = VFIO_DMA_MAP_FLAG_READ,
		.vaddr = (uintptr_t)buffer,
		.iova = PAGE,
		.size = PAGE,
	};

	tap_errno(request(fd, VFIO_IOMMU_MAP_DMA, NULL), EFAULT,
		  "MAP_DMA: nowhere");
	tap_errno(request(fd, VFIO_IOMMU_MAP_DMA, &cmd), EINVAL,
		  "MAP_DMA: a short struct");
	tap_errno(map_dma(VFIO_DMA_MAP_FLAG_VADDR, buffer, PAGE, PAGE), EINVAL,
		  "MAP_DMA: moving memory");
	tap_errno(map_dma(both | 8, buffer, PAGE, PAGE), EINVAL,
		  "MAP_DMA: an unknown flag");
	tap_errno(map(0, PAGE), EINVAL, "MAP_DMA: no length");
	tap_errno(map(UINT64_MAX, 0), EINVAL, "MAP_DMA: the longest length");
	tap_errno(map_dma(both, (void *)(UINTPTR_MAX - 10), PAGE, PAGE),
		  EOVERFLOW, "MAP_DMA: memory that wraps");
	tap_errno(map(PAGE, UINT64_MAX), EOVERFLOW,
		  "MAP_DMA: an address that wraps");
	tap_check(unmap_all() == 0, "MAP_DMA: none of these mapped anything");
}

static void check_map(void)
{
	struct {
		struct vfio_iommu_type1_dma_map map;
		uint64_t more;
	} cmd = { { .argsz = sizeof(cmd),
		    .flags = VFIO_DMA_MAP_FLAG_READ,
		    .vaddr = (uintptr_t)buffer,
		    .iova = 2 * PAGE,
		    .size = PAGE },
		  1 };

	tap_errno(map(PAGE, PAGE), 0, "MAP_DMA: works");
	tap_errno(map(PAGE, PAGE), EEXIST, "MAP_DMA: where there is a mapping");
	tap_errno(map(PAGE, PAGE + 1), EEXIST, "MAP_DMA: or the end of one");
	tap_errno(request(fd, VFIO_IOMMU_MAP_DMA, &cmd), 0,
		  "MAP_DMA: a longer struct, whatever it says");
	tap_errno(map_dma(VFIO_DMA_MAP_FLAG_WRITE, buffer, PAGE, 3 * PAGE), 0,
		  "MAP_DMA: to be written only");
	tap_errno(map_dma(0, buffer, PAGE, 4 * PAGE), 0,
		  "MAP_DMA: for nothing, as long as nobody has to do it");
	tap_errno(map_dma(VFIO_DMA_MAP_FLAG_READ, buffer + 7, 21, 0x10003), 0,
		  "MAP_DMA: anything where nothing needs pages");
	tap_errno(map_dma(VFIO_DMA_MAP_FLAG_READ, NULL, PAGE, 5 * PAGE), 0,
		  "MAP_DMA: memory that nobody has looked at");
	tap_errno(map(4 * PAGE, TOP), 0, "MAP_DMA: up to the last address");
	tap_check(unmap_all() == 9 * PAGE + 21, "MAP_DMA: and that is all");
}

static void check_unmap_errors(void)
{
	struct vfio_iommu_type1_dma_unmap cmd = {
		.argsz = offsetof(struct vfio_iommu_type1_dma_unmap, data) - 1,
		.iova = PAGE,
		.size = PAGE,
	};
	uint64_t size = PAGE;

	map(PAGE, PAGE);
	tap_errno(request(fd, VFIO_IOMMU_UNMAP_DMA, NULL), EFAULT,
		  "UNMAP_DMA: nowhere");
	tap_errno(request(fd, VFIO_IOMMU_UNMAP_DMA, &cmd), EINVAL,
		  "UNMAP_DMA: a short struct");
	tap_errno(unmap_dma(VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP, PAGE, &size),
		  EINVAL, "UNMAP_DMA: with dirty pages, given up");
	tap_errno(unmap_dma(VFIO_DMA_UNMAP_FLAG_VADDR, PAGE, &size), EINVAL,
		  "UNMAP_DMA: moving memory");
	tap_errno(unmap_dma(8, PAGE, &size), EINVAL,
		  "UNMAP_DMA: an unknown flag");
	tap_errno(unmap_dma(VFIO_DMA_UNMAP_FLAG_ALL, 0, &size), EINVAL,
		  "UNMAP_DMA: all, and a length");
	tap_check(size == PAGE, "UNMAP_DMA: which is as it was");
	size = 0;
	tap_errno(unmap_dma(VFIO_DMA_UNMAP_FLAG_ALL, PAGE, &size), EINVAL,
		  "UNMAP_DMA: all, and an address");
	tap_errno(unmap(PAGE, 0), EINVAL, "UNMAP_DMA: no length");
	tap_errno(unmap(PAGE, UINT64_MAX), EOVERFLOW,
		  "UNMAP_DMA: the longest length");
	tap_errno(unmap(UINT64_MAX, PAGE), EOVERFLOW,
		  "UNMAP_DMA: a range that wraps");
	tap_check(unmap_all() == PAGE, "UNMAP_DMA: none of these unmapped it");
}

static void check_unmap(void)
{
	struct vfio_iommu_type1_dma_unmap *cmd = memory(PAGE);

	map(2 * PAGE, 2 * PAGE);
	map(2 * PAGE, 6 * PAGE);
	check_unmap_size(10 * PAGE, PAGE, 0, "UNMAP_DMA: nothing");
	check_unmap_size(PAGE, 3 * PAGE, 2 * PAGE,
			 "UNMAP_DMA: a range around a mapping");
	check_unmap_size(6 * PAGE, 2 * PAGE, 2 * PAGE, "UNMAP_DMA: a mapping");
	tap_check(unmap_all() == 0, "UNMAP_DMA: all of nothing");

	map(PAGE, PAGE);
	*cmd = (struct vfio_iommu_type1_dma_unmap){
		.argsz = sizeof(*cmd),
		.iova = PAGE,
		.size = PAGE,
	};
	mprotect(cmd, PAGE, PROT_READ);
	tap_errno(request(fd, VFIO_IOMMU_UNMAP_DMA, cmd), EFAULT,
		  "UNMAP_DMA: the answer cannot be written");
	tap_check(unmap_all() == 0, "UNMAP_DMA: and it is done all the same");
	munmap(cmd, PAGE);
}

static uint64_t huge_pages(void)
{
	uint64_t value = 2;

	option(fd, IOMMU_OPTION_HUGE_PAGES, IOMMU_OPTION_OP_GET, ioas, &value);
	return value;
}

/* Mappings go as they came. */
static void check_version_2(void)
{
	uint64_t size = PAGE;

	tap_errno(simple(VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU), 0,
		  "version 2: is set");
	tap_check(simple(VFIO_CHECK_EXTENSION, VFIO_DMA_CC_IOMMU) == 1,
		  "CHECK_EXTENSION: coherent without a device");
	tap_check(huge_pages() == 1, "version 2: large pages are used");
	map(4 * PAGE, 4 * PAGE);
	tap_errno(unmap_dma(0, 4 * PAGE, &size), ENOENT,
		  "version 2: the front of a mapping");
	tap_check(size == 0, "version 2: and no bytes");
	tap_errno(unmap(7 * PAGE, PAGE), ENOENT, "version 2: the back");
	tap_errno(unmap(5 * PAGE, PAGE), ENOENT, "version 2: the middle");
	tap_errno(unmap(0, 5 * PAGE), ENOENT, "version 2: or a piece of it");
	check_unmap_size(0, 16 * PAGE, 4 * PAGE, "version 2: it is whole");
}

/* Any page of a mapping can go. */
static void check_version_1(void)
{
	map(16 * PAGE, 0);
	check_unmap_size(0, PAGE, PAGE, "version 1: the front of a mapping");
	check_unmap_size(15 * PAGE, PAGE, PAGE, "version 1: the back");
	check_unmap_size(4 * PAGE, 2 * PAGE, 2 * PAGE, "version 1: the middle");
	check_unmap_size(3 * PAGE, 5 * PAGE, 3 * PAGE,
			 "version 1: around the hole");
	tap_errno(map(5 * PAGE, 3 * PAGE), 0, "version 1: it can be filled");
	check_unmap_size(2 * PAGE, 2 * PAGE, 2 * PAGE,
			 "version 1: pieces of two mappings");
	tap_errno(unmap(5 * PAGE, PAGE - 1), EINVAL,
		  "version 1: but no part of a page");
	tap_errno(unmap(5 * PAGE + 1, PAGE - 1), EINVAL,
		  "version 1: at either end");
	check_unmap_size(0, 16 * PAGE, 12 * PAGE, "version 1: and the rest");

	map(4 * PAGE, TOP);
	check_unmap_size(TOP + 3 * PAGE, PAGE, PAGE,
			 "version 1: the last page of all");
	tap_errno(unmap(TOP, 5 * PAGE), EOVERFLOW, "version 1: and no more");
	tap_check(unmap_all() == 3 * PAGE, "version 1: all the rest");
}

static void check_version_1_rules(void)
{
	ioas_map_at(fd, ioas, buffer + 1, 17, 33);
	tap_errno(simple(VFIO_SET_IOMMU, VFIO_TYPE1_IOMMU), EADDRINUSE,
		  "version 1: over a mapping that is not in pages");
	unmap_all();
	tap_errno(simple(VFIO_SET_IOMMU, VFIO_TYPE1_IOMMU), 0,
		  "version 1: is set");
	tap_check(huge_pages() == 0, "version 1: large pages are not used");
	tap_errno(simple(VFIO_SET_IOMMU, VFIO_TYPE1_IOMMU), 0,
		  "version 1: is set again");
	tap_errno(map(PAGE, 33), EINVAL, "version 1: an address within a page");
	tap_errno(map(17, PAGE), EINVAL, "version 1: a part of a page");
	tap_errno(map_dma(VFIO_DMA_MAP_FLAG_READ, buffer + 1, PAGE, PAGE),
		  EINVAL, "version 1: memory from within a page");
	tap_check(unmap_all() == 0, "version 1: none of these is mapped");
}

static void check_version_changes(void)
{
	tap_errno(simple(VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU), 0,
		  "version 2: is set after version 1");
	tap_check(huge_pages() == 0, "version 2: which keeps pages small");
	map(2 * PAGE, 0);
	check_unmap_size(0, PAGE, PAGE, "version 2: and cuts mappings");
	unmap_all();
	map(4 * PAGE, 0);
	option_set(fd, IOMMU_OPTION_HUGE_PAGES, ioas, 1);
	tap_errno(unmap(0, PAGE), ENOENT,
		  "version 2: until large pages are allowed again");
	unmap_all();
}

/* Whatever runs beside it, a request answers one of these. */
static bool is_expected(int rc)
{
	switch (-rc) {
	case 0:
	case EBUSY:
	case EEXIST:
	case ENODEV:
	case ENOENT:
		return true;
	default:
		return false;
	}
}

static bool racing = true;

static void *race_requests(void *argument)
{
	struct whole_info whole;
	bool *ok = argument;
	int coherent;

	while (__atomic_load_n(&racing, __ATOMIC_RELAXED)) {
		*ok &= is_expected(map(PAGE, PAGE));
		*ok &= is_expected(get_info(&whole, sizeof(whole), 0));
		*ok &= is_expected(unmap(PAGE, PAGE));
		*ok &= is_expected(simple(VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU));
		coherent = simple(VFIO_CHECK_EXTENSION, VFIO_DMA_CC_IOMMU);
		*ok &= coherent == 1 || coherent == -ENODEV;
	}
	return NULL;
}

static void *race_choices(void *argument)
{
	bool *ok = argument;
	uint32_t id;

	while (__atomic_load_n(&racing, __ATOMIC_RELAXED)) {
		ioas_alloc(fd, &id);
		*ok &= is_expected(choose(id));
		*ok &= is_expected(chosen(&id));
		if (id % 3 == 0)
			*ok &= is_expected(clear());
		*ok &= is_expected(destroy(fd, id));
	}
	return NULL;
}

/* The IOAS of a request is destroyed while it runs, bug class 1. */
static void check_race(void)
{
	void *(*const bodies[])(void *) = { race_requests, race_choices,
					    race_requests, race_choices };
	pthread_t threads[4];
	bool ok[4];
	size_t i;

	for (i = 0; i < 4; i++) {
		ok[i] = true;
		if (pthread_create(&threads[i], NULL, bodies[i], &ok[i]))
			tap_bail_out("no threads");
	}
	sleep(RACE_SECONDS);
	__atomic_store_n(&racing, false, __ATOMIC_RELAXED);
	for (i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	tap_check(ok[0] && ok[1] && ok[2] && ok[3],
		  "requests while their IOAS comes and goes");
}

int main(void)
{
	fd = iommu_open();
	buffer = memory(BUFFER);

	check_without_ioas();
	check_set_iommu();
	check_not_there();
	check_ioas_errors();
	check_ioas();

	choose_new();
	check_info_errors();
	check_info_lengths(0);
	check_info_lengths(0xaa);
	check_info_chain(0);
	check_info_chain(0xaa);
	check_info_room();
	check_map_errors();
	check_map();
	check_unmap_errors();
	check_unmap();
	check_version_2();
	check_version_1_rules();
	check_version_1();
	check_version_changes();
	destroy(fd, ioas);

	check_race();
	close(fd);
	return tap_done();
}
