// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * For each request, everything that can be wrong with it, and the errno that
 * says so; and that nothing has changed afterwards.
 */
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "iommu.h"

static int fd;
static uint32_t ioas;
static unsigned char *buffer;

#define BUFFER (16 * PAGE)
#define NO_ID 0x7fffffff

static int map_flags(uint32_t flags, uint64_t user_va, uint64_t length,
		     uint64_t iova)
{
	return ioas_map(fd, ioas, flags, (void *)(uintptr_t)user_va, length,
			&iova);
}

static uint64_t unmap_all(uint32_t id)
{
	uint64_t length = UINT64_MAX;

	ioas_unmap(fd, id, 0, &length);
	return length;
}

static void check_map(void)
{
	uint64_t at = (uintptr_t)buffer;
	uint64_t iova = 0;

	tap_errno(map_flags(FIXED, at, PAGE, PAGE), EINVAL, "MAP: no access");
	tap_errno(map_flags(READ, at, 0, 0), EINVAL, "MAP: no length");
	tap_errno(map_flags(READ, at, UINT64_MAX, 0), EOVERFLOW,
		  "MAP: the longest length");
	tap_errno(map_flags(READ, at, UINT64_MAX - 1, 0), EINVAL,
		  "MAP: a length that does not count in pages");
	tap_errno(map_flags(READ, at, UINT64_MAX / 2 + 1, 0), EOVERFLOW,
		  "MAP: half of the space at an automatic address");
	tap_errno(map_flags(READ, UINT64_MAX - 10, PAGE, 0), EOVERFLOW,
		  "MAP: memory that wraps");
	tap_errno(map_flags(FIXED | READ, at, PAGE, UINT64_MAX), EOVERFLOW,
		  "MAP: at the very last address");
	tap_errno(map_flags(FIXED | READ, at, PAGE, UINT64_MAX - 10), EOVERFLOW,
		  "MAP: an address that wraps");
	tap_errno(ioas_map(fd, NO_ID, READ, buffer, PAGE, &iova), ENOENT,
		  "MAP: into no such IOAS");
	tap_errno(ioas_map(fd, 0, READ, buffer, PAGE, &iova), ENOENT,
		  "MAP: into id 0");
	tap_check(unmap_all(ioas) == 0, "MAP: none of these mapped anything");

	tap_errno(map_flags(FIXED | READ, at, PAGE, PAGE), 0, "MAP: works");
	tap_errno(map_flags(FIXED | READ, at, PAGE, PAGE), EEXIST,
		  "MAP: where there is a mapping");
	tap_errno(map_flags(FIXED | READ, at, PAGE, 2 * PAGE - 1), EEXIST,
		  "MAP: over the last byte of a mapping");
	tap_errno(map_flags(FIXED | READ, at, PAGE, 1), EEXIST,
		  "MAP: over the first byte of a mapping");
	tap_errno(map_flags(FIXED | READ, at, 4 * PAGE, 0), EEXIST,
		  "MAP: around a mapping");
	tap_errno(map_flags(FIXED | READ, at, PAGE, 2 * PAGE), 0,
		  "MAP: right behind it");
	tap_errno(map_flags(FIXED | READ, at, PAGE, 0), 0,
		  "MAP: right in front of it");
	tap_check(unmap_all(ioas) == 3 * PAGE, "MAP: and only these are there");
}

/* Nothing is made of which the caller cannot learn the id or address. */
static void check_lost_answers(void)
{
	struct iommu_ioas_alloc *alloc = memory(PAGE);
	struct iommu_ioas_map *map = (void *)alloc;
	uint32_t before = 0;
	uint32_t after = 0;

	ioas_alloc(fd, &before);
	destroy(fd, before);
	alloc->size = sizeof(*alloc);
	mprotect(alloc, PAGE, PROT_READ);
	tap_errno(request(fd, IOMMU_IOAS_ALLOC, alloc), EFAULT,
		  "IOAS_ALLOC: the answer cannot be written");
	ioas_alloc(fd, &after);
	destroy(fd, after);
	tap_check(before == after, "IOAS_ALLOC: and its id is free again");

	mprotect(alloc, PAGE, PROT_READ | PROT_WRITE);
	*map = (struct iommu_ioas_map){
		.size = sizeof(*map),
		.flags = READ,
		.ioas_id = ioas,
		.user_va = (uintptr_t)buffer,
		.length = PAGE,
	};
	mprotect(map, PAGE, PROT_READ);
	tap_errno(request(fd, IOMMU_IOAS_MAP, map), EFAULT,
		  "MAP: the answer cannot be written");
	tap_check(unmap_all(ioas) == 0, "MAP: and nothing is mapped");
	munmap(alloc, PAGE);
}

static void check_lost_copy(void)
{
	struct iommu_ioas_copy *cmd = memory(PAGE);

	map_flags(FIXED | READ, (uintptr_t)buffer, PAGE, PAGE);
	*cmd = (struct iommu_ioas_copy){
		.size = sizeof(*cmd),
		.flags = READ,
		.dst_ioas_id = ioas,
		.src_ioas_id = ioas,
		.length = PAGE,
		.src_iova = PAGE,
	};
	mprotect(cmd, PAGE, PROT_READ);
	tap_errno(request(fd, IOMMU_IOAS_COPY, cmd), EFAULT,
		  "COPY: the answer cannot be written");
	tap_check(unmap_all(ioas) == PAGE, "COPY: and nothing is copied");
	munmap(cmd, PAGE);
}

static void check_alignment(void)
{
	uint64_t at = (uintptr_t)buffer;

	option_set(fd, IOMMU_OPTION_HUGE_PAGES, ioas, 0);
	tap_errno(map_flags(FIXED | READ, at, PAGE, 2 * PAGE + 1), EINVAL,
		  "MAP: a misaligned address");
	tap_errno(map_flags(FIXED | READ, at, PAGE - 1, PAGE), EINVAL,
		  "MAP: a misaligned length");
	tap_errno(map_flags(FIXED | READ, at + 1, PAGE, PAGE), EINVAL,
		  "MAP: misaligned memory");
	tap_errno(map_flags(READ, at + 8, PAGE, PAGE), EINVAL,
		  "MAP: misaligned memory at an automatic address");
	tap_check(unmap_all(ioas) == 0, "MAP: none of these mapped anything");
	option_set(fd, IOMMU_OPTION_HUGE_PAGES, ioas, 1);
}

static int copy(uint32_t flags, uint32_t dst, uint32_t src, uint64_t length,
		uint64_t dst_iova, uint64_t src_iova)
{
	return ioas_copy(fd, flags, dst, src, length, &dst_iova, src_iova);
}

static void check_copy(void)
{
	uint32_t other;

	ioas_alloc(fd, &other);
	map_flags(FIXED | READ, (uintptr_t)buffer, 2 * PAGE, PAGE);
	tap_errno(copy(FIXED, other, ioas, PAGE, 0, PAGE), EINVAL,
		  "COPY: no access");
	tap_errno(copy(READ, other, NO_ID, PAGE, 0, PAGE), ENOENT,
		  "COPY: from no such IOAS");
	tap_errno(copy(READ, NO_ID, ioas, PAGE, 0, PAGE), ENOENT,
		  "COPY: into no such IOAS");
	tap_errno(copy(READ, other, ioas, 0, 0, PAGE), EINVAL,
		  "COPY: no length");
	tap_errno(copy(READ, other, ioas, UINT64_MAX, 0, PAGE), EOVERFLOW,
		  "COPY: the longest length");
	tap_errno(copy(READ, other, ioas, PAGE, 0, UINT64_MAX), EOVERFLOW,
		  "COPY: from the very last address");
	tap_errno(copy(FIXED | READ, other, ioas, PAGE, UINT64_MAX, PAGE),
		  EOVERFLOW, "COPY: to the very last address");
	tap_errno(copy(READ, other, ioas, PAGE, 0, UINT64_MAX - 10), EOVERFLOW,
		  "COPY: a source that wraps");
	tap_errno(copy(FIXED | READ, other, ioas, PAGE, UINT64_MAX - 10, PAGE),
		  EOVERFLOW, "COPY: a destination that wraps");
	tap_errno(copy(READ, other, ioas, PAGE, 0, 8 * PAGE), ENOENT,
		  "COPY: of what is not mapped");
	tap_errno(copy(READ, other, ioas, 4 * PAGE, 0, PAGE), ENOENT,
		  "COPY: of more than is mapped");
	tap_errno(copy(READ, NO_ID, ioas, 0, 0, PAGE), EINVAL,
		  "COPY: the source is looked at first");
	tap_errno(copy(READ | WRITE, other, ioas, PAGE, 0, PAGE), EPERM,
		  "COPY: to write what is mapped to be read");
	tap_check(unmap_all(other) == 0, "COPY: none of these mapped anything");

	tap_errno(copy(FIXED | READ, other, ioas, PAGE, 0, PAGE), 0,
		  "COPY: works");
	tap_errno(copy(FIXED | READ, other, ioas, PAGE, 0, PAGE), EEXIST,
		  "COPY: where there is a mapping");
	tap_errno(copy(FIXED | READ, ioas, ioas, PAGE, 8 * PAGE, PAGE), 0,
		  "COPY: within one IOAS");
	unmap_all(ioas);
	tap_check(unmap_all(other) == PAGE, "COPY: outlives its source");
	destroy(fd, other);
}

/* Two mappings side by side, a hole, and one more. */
static void check_copy_of_several(void)
{
	const struct iommu_iova_range little = { 0x100000, 0x100fff };
	uint64_t iova = 0;
	uint32_t other;

	ioas_alloc(fd, &other);
	map_flags(FIXED | READ, (uintptr_t)buffer, PAGE, PAGE);
	map_flags(FIXED | READ, (uintptr_t)buffer, PAGE, 2 * PAGE);
	map_flags(FIXED | READ, (uintptr_t)buffer, PAGE, 4 * PAGE);
	tap_errno(copy(READ, other, ioas, 4 * PAGE, 0, PAGE), ENOENT,
		  "COPY: of a range with a hole in it");
	tap_errno(copy(FIXED | READ, other, ioas, PAGE, PAGE, PAGE + PAGE / 2),
		  0, "COPY: half of one mapping and half of the next");
	tap_errno(ioas_unmap_at(fd, other, PAGE, PAGE / 2), 0,
		  "COPY: makes a mapping of each");
	unmap_all(other);

	option_set(fd, IOMMU_OPTION_HUGE_PAGES, other, 0);
	tap_errno(copy(FIXED | READ, other, ioas, PAGE, PAGE, PAGE + PAGE / 2),
		  EINVAL, "COPY: halves into an IOAS that needs pages");
	ioas_allow(fd, other, &little, 1);
	tap_errno(ioas_copy(fd, READ, other, ioas, 2 * PAGE, &iova, PAGE),
		  ENOSPC, "COPY: more than fits into the allowed list");
	tap_errno(ioas_copy(fd, READ, other, ioas, PAGE, &iova, PAGE), 0,
		  "COPY: to an automatic address");
	tap_check(iova == little.start, "COPY: which is set");
	tap_check(unmap_all(other) == PAGE, "COPY: and nothing else is there");
	destroy(fd, other);
	unmap_all(ioas);
}

static void check_unmap(void)
{
	uint64_t length = UINT64_MAX;

	tap_errno(ioas_unmap(fd, ioas, 0, &length), 0,
		  "UNMAP: everything of nothing");
	tap_check(length == 0, "UNMAP: which is no bytes");
	map_flags(FIXED | READ, (uintptr_t)buffer, 2 * PAGE, 2 * PAGE);
	map_flags(FIXED | READ, (uintptr_t)buffer, 2 * PAGE, 6 * PAGE);
	tap_errno(ioas_unmap_at(fd, NO_ID, 0, PAGE), ENOENT,
		  "UNMAP: no such IOAS");
	tap_errno(ioas_unmap_at(fd, ioas, 0, PAGE), ENOENT,
		  "UNMAP: where nothing is mapped");
	tap_errno(ioas_unmap_at(fd, ioas, 2 * PAGE, 0), EINVAL,
		  "UNMAP: no length");
	tap_errno(ioas_unmap_at(fd, ioas, 2 * PAGE, UINT64_MAX), EOVERFLOW,
		  "UNMAP: the longest length");
	tap_errno(ioas_unmap_at(fd, ioas, UINT64_MAX, PAGE), EOVERFLOW,
		  "UNMAP: at the very last address");
	tap_errno(ioas_unmap_at(fd, ioas, UINT64_MAX - 10, PAGE), EOVERFLOW,
		  "UNMAP: a range that wraps");
	tap_errno(ioas_unmap_at(fd, ioas, 2 * PAGE, PAGE), ENOENT,
		  "UNMAP: the front of a mapping");
	tap_errno(ioas_unmap_at(fd, ioas, 3 * PAGE, PAGE), ENOENT,
		  "UNMAP: the back of a mapping");
	tap_errno(ioas_unmap_at(fd, ioas, 0, 7 * PAGE), ENOENT,
		  "UNMAP: one mapping and the front of the next");
	length = 16 * PAGE;
	tap_errno(ioas_unmap(fd, ioas, 0, &length), 0,
		  "UNMAP: a range around both");
	tap_check(length == 4 * PAGE,
		  "UNMAP: both were still whole, and their bytes are counted");
}

static void check_ranges(void)
{
	struct iommu_iova_range range = { 0 };
	uint64_t alignment;
	uint32_t count = 1;

	tap_errno(ioas_ranges(fd, NO_ID, &range, &count, &alignment), ENOENT,
		  "IOVA_RANGES: no such IOAS");
	tap_errno(ioas_ranges(fd, ioas, NULL, &count, &alignment), EFAULT,
		  "IOVA_RANGES: an array that is not there");
	count = 0;
	tap_errno(ioas_ranges(fd, ioas, NULL, &count, &alignment), EMSGSIZE,
		  "IOVA_RANGES: an array without room");
	tap_check(count == 1 && alignment == 1,
		  "IOVA_RANGES: says how much room it takes");
	tap_errno(ioas_ranges(fd, ioas, &range, &count, &alignment), 0,
		  "IOVA_RANGES: works");
	tap_check(range.start == 0 && range.last == UINT64_MAX,
		  "IOVA_RANGES: a new IOAS has the whole space");
}

static void check_allow(void)
{
	const struct iommu_iova_range backwards = { 2 * PAGE, PAGE };
	const struct iommu_iova_range one = { PAGE, PAGE };
	const struct iommu_iova_range overlap[] = { { 0, 2 * PAGE },
						    { PAGE, 3 * PAGE } };
	const struct iommu_iova_range good[] = { { 0x10000, 0x10fff },
						 { 0x20000, 0x2ffff } };
	uint64_t iova = 0;

	tap_errno(ioas_allow(fd, NO_ID, good, 2), ENOENT,
		  "ALLOW_IOVAS: no such IOAS");
	tap_errno(ioas_allow(fd, ioas, NULL, 1), EFAULT,
		  "ALLOW_IOVAS: an array that is not there");
	tap_errno(ioas_allow(fd, ioas, &backwards, 1), EINVAL,
		  "ALLOW_IOVAS: a range that ends before it starts");
	tap_errno(ioas_allow(fd, ioas, &one, 1), EINVAL,
		  "ALLOW_IOVAS: a range of one address");
	tap_errno(ioas_allow(fd, ioas, overlap, 2), EINVAL,
		  "ALLOW_IOVAS: ranges that overlap");
	tap_errno(ioas_allow(fd, ioas, good, 2), 0, "ALLOW_IOVAS: works");
	tap_errno(ioas_allow(fd, ioas, overlap, 2), EINVAL,
		  "ALLOW_IOVAS: a bad list");
	tap_errno(ioas_map(fd, ioas, READ, buffer, 2 * PAGE, &iova), 0,
		  "MAP: an automatic address from the list");
	tap_check(iova == 0x20000, "MAP: from the list before the bad one");
	tap_errno(ioas_map(fd, ioas, READ, buffer, 15 * PAGE, &iova), ENOSPC,
		  "MAP: more than fits into the list");
	tap_errno(ioas_map_at(fd, ioas, buffer, PAGE, 0x100000), 0,
		  "MAP: at an address of the caller's outside the list");
	tap_errno(ioas_allow(fd, ioas, NULL, 0), 0,
		  "ALLOW_IOVAS: an empty list");
	tap_errno(ioas_map(fd, ioas, READ, buffer, 16 * PAGE, &iova), 0,
		  "MAP: and all is allowed again");
	unmap_all(ioas);
}

/* Ends with its process, not after it. */
static void check_allow_is_killable(void)
{
	const uint32_t count = 3u << 20;
	struct iommu_iova_range *list = memory(count * sizeof(*list));
	struct timespec start, end;
	int status = 0;
	pid_t child;
	uint32_t i;

	for (i = 0; i < count; i++)
		list[i] = (struct iommu_iova_range){ i * PAGE, i * PAGE + 1 };
	child = fork();
	if (!child)
		_exit(ioas_allow(fd, ioas, list, count) ? 1 : 0);
	usleep(200000);
	clock_gettime(CLOCK_MONOTONIC, &start);
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	clock_gettime(CLOCK_MONOTONIC, &end);
	tap_check(WIFSIGNALED(status) && end.tv_sec - start.tv_sec < 2,
		  "ALLOW_IOVAS: a list of %u ranges ends with its process",
		  count);
	munmap(list, count * sizeof(*list));
}

static void check_destroy(void)
{
	uint32_t id;

	tap_errno(destroy(fd, 0), ENOENT, "DESTROY: id 0");
	tap_errno(destroy(fd, NO_ID), ENOENT, "DESTROY: no such object");
	tap_errno(destroy(fd, UINT32_MAX), ENOENT, "DESTROY: the largest id");
	ioas_alloc(fd, &id);
	ioas_map_at(fd, id, buffer, PAGE, PAGE);
	tap_errno(destroy(fd, id), 0, "DESTROY: an IOAS with a mapping");
	tap_errno(destroy(fd, id), ENOENT, "DESTROY: the same again");
}

static void check_huge_pages(void)
{
	uint64_t value = 2;

	tap_errno(option_set(fd, IOMMU_OPTION_HUGE_PAGES, NO_ID, 1), ENOENT,
		  "OPTION: huge-pages of no such IOAS");
	tap_errno(option_set(fd, IOMMU_OPTION_HUGE_PAGES, ioas, 2), EINVAL,
		  "OPTION: huge-pages of 2");
	tap_errno(option(fd, IOMMU_OPTION_HUGE_PAGES, 2, ioas, &value),
		  EOPNOTSUPP, "OPTION: an unknown operation");
	ioas_map_at(fd, ioas, buffer + 1, 17, 33);
	tap_errno(option_set(fd, IOMMU_OPTION_HUGE_PAGES, ioas, 0), EADDRINUSE,
		  "OPTION: huge-pages off over a mapping that is not aligned");
	tap_errno(option(fd, IOMMU_OPTION_HUGE_PAGES, IOMMU_OPTION_OP_GET, ioas,
			 &value),
		  0, "OPTION: huge-pages can be read");
	tap_check(value == 1, "OPTION: huge-pages is still on");
	unmap_all(ioas);
}

static void check_rlimit_mode_rules(void)
{
	uint64_t value = 2;
	uint32_t id;
	int fresh = iommu_open();

	tap_errno(option(fresh, IOMMU_OPTION_RLIMIT_MODE, IOMMU_OPTION_OP_GET,
			 1, &value),
		  EOPNOTSUPP, "OPTION: rlimit-mode of an object");
	tap_errno(option(fresh, IOMMU_OPTION_RLIMIT_MODE, 2, 0, &value),
		  EOPNOTSUPP, "OPTION: rlimit-mode, an unknown operation");
	tap_errno(option_set(fresh, 7, 0, 0), EOPNOTSUPP,
		  "OPTION: an unknown option");
	tap_errno(option_set(fresh, IOMMU_OPTION_RLIMIT_MODE, 0, 2), EINVAL,
		  "OPTION: rlimit-mode of 2");
	tap_errno(option_set(fresh, IOMMU_OPTION_RLIMIT_MODE, 0, 1), 0,
		  "OPTION: rlimit-mode can be set");
	option(fresh, IOMMU_OPTION_RLIMIT_MODE, IOMMU_OPTION_OP_GET, 0, &value);
	tap_check(value == 1, "OPTION: and read back");
	ioas_alloc(fresh, &id);
	tap_errno(option_set(fresh, IOMMU_OPTION_RLIMIT_MODE, 0, 0), EBUSY,
		  "OPTION: rlimit-mode while there is an object");
	tap_errno(option_set(fresh, IOMMU_OPTION_RLIMIT_MODE, 0, 2), EBUSY,
		  "OPTION: whatever the value");
	close(fresh);
}

/* In a child, since what is dropped does not come back. */
static void check_rlimit_mode_privilege(void)
{
	int status = 0;
	int fresh = iommu_open();
	pid_t child = fork();

	if (!child) {
		if (setuid(65534))
			_exit(0);
		_exit(-option_set(fresh, IOMMU_OPTION_RLIMIT_MODE, 0, 1));
	}
	waitpid(child, &status, 0);
	close(fresh);
	tap_errno(WIFEXITED(status) ? -WEXITSTATUS(status) : 0, EPERM,
		  "OPTION: rlimit-mode without privilege");
}

/* Which IOAS VFIO's requests work on. */
static void check_vfio_ioas(void)
{
	uint32_t id = NO_ID;
	uint32_t mine;

	tap_errno(vfio_ioas(fd, IOMMU_VFIO_IOAS_GET, &id), ENODEV,
		  "VFIO_IOAS: get, and there is none");
	tap_errno(vfio_ioas(fd, IOMMU_VFIO_IOAS_CLEAR, &id), 0,
		  "VFIO_IOAS: clear what is not there");
	tap_errno(vfio_ioas(fd, IOMMU_VFIO_IOAS_SET, &id), ENOENT,
		  "VFIO_IOAS: set no such IOAS");
	tap_errno(vfio_ioas(fd, 3, &id), EOPNOTSUPP,
		  "VFIO_IOAS: an unknown operation");
	ioas_alloc(fd, &mine);
	id = mine;
	tap_errno(vfio_ioas(fd, IOMMU_VFIO_IOAS_SET, &id), 0, "VFIO_IOAS: set");
	id = 0;
	tap_errno(vfio_ioas(fd, IOMMU_VFIO_IOAS_GET, &id), 0, "VFIO_IOAS: get");
	tap_check(id == mine, "VFIO_IOAS: which is the one that was set");
	tap_errno(vfio_ioas(fd, IOMMU_VFIO_IOAS_CLEAR, &id), 0,
		  "VFIO_IOAS: clear");
	tap_errno(vfio_ioas(fd, IOMMU_VFIO_IOAS_GET, &id), ENODEV,
		  "VFIO_IOAS: and there is none");
	id = mine;
	vfio_ioas(fd, IOMMU_VFIO_IOAS_SET, &id);
	tap_errno(destroy(fd, mine), 0, "VFIO_IOAS: its IOAS is destroyed");
	tap_errno(vfio_ioas(fd, IOMMU_VFIO_IOAS_GET, &id), ENODEV,
		  "VFIO_IOAS: and there is none");
}

/* As far as that can be said without a device. */
static void check_page_tables(void)
{
	struct iommu_hw_info info = { .size = sizeof(info), .dev_id = ioas };
	struct iommu_hwpt_alloc alloc = { .dev_id = NO_ID, .pt_id = ioas };
	uint64_t bitmap = 0;
	uint32_t id, done;

	tap_errno(request(fd, IOMMU_GET_HW_INFO, &info), ENOENT,
		  "GET_HW_INFO: of an IOAS");
	tap_errno(hwpt_alloc(fd, &alloc, &id), ENOENT,
		  "HWPT_ALLOC: for no such device");
	alloc.dev_id = ioas;
	tap_errno(hwpt_alloc(fd, &alloc, &id), ENOENT,
		  "HWPT_ALLOC: for an IOAS");
	alloc.data_type = 1;
	tap_errno(hwpt_alloc(fd, &alloc, &id), EINVAL,
		  "HWPT_ALLOC: a type without data");
	alloc.data_type = IOMMU_HWPT_DATA_NONE;
	alloc.data_len = 8;
	tap_errno(hwpt_alloc(fd, &alloc, &id), EINVAL,
		  "HWPT_ALLOC: data without a type");
	tap_errno(set_dirty_tracking(fd, ioas, true), ENOENT,
		  "HWPT_SET_DIRTY_TRACKING: of an IOAS");
	tap_errno(get_dirty_bitmap(fd, ioas, 0, 0, PAGE, PAGE, &bitmap), ENOENT,
		  "HWPT_GET_DIRTY_BITMAP: of an IOAS");
	tap_errno(hwpt_invalidate(fd, ioas, 0, &bitmap, 8, 1, &done), ENOENT,
		  "HWPT_INVALIDATE: of an IOAS");
	tap_check(done == 0, "HWPT_INVALIDATE: and nothing is done");
	tap_errno(hwpt_invalidate(fd, NO_ID, 0, NULL, 8, 1, &done), EINVAL,
		  "HWPT_INVALIDATE: entries that are nowhere");
	tap_errno(hwpt_invalidate(fd, NO_ID, 0, &bitmap, 0, 1, &done), EINVAL,
		  "HWPT_INVALIDATE: entries of no length");
	tap_errno(hwpt_invalidate(fd, NO_ID, 0, &bitmap, PAGE + 1, 1, &done),
		  EINVAL, "HWPT_INVALIDATE: entries longer than a page");
	tap_errno(hwpt_invalidate(fd, NO_ID, 0, &bitmap, 8, (1 << 19) + 1,
				  &done),
		  EINVAL, "HWPT_INVALIDATE: too many entries");
}

static void check_fault_queue(void)
{
	struct iommu_hwpt_pgfault fault;
	uint32_t id, answer[2] = { 0 };
	int queue;
	int rc = fault_alloc(fd, &id, &queue);

	if (rc == -EOPNOTSUPP) {
		tap_errno(
			fault_alloc(fd, &id, &queue), EOPNOTSUPP,
			"FAULT_QUEUE_ALLOC: no driver here has page requests");
		return;
	}
	tap_errno(rc, 0, "FAULT_QUEUE_ALLOC: works");
	tap_check(fcntl(queue, F_GETFD) == FD_CLOEXEC,
		  "FAULT_QUEUE_ALLOC: a descriptor that is closed on exec");
	tap_check(read(queue, &fault, sizeof(fault)) == 0,
		  "fault queue: nothing to read");
	tap_errno(read(queue, &fault, sizeof(fault) - 1) < 0 ? -errno : 0,
		  ESPIPE, "fault queue: reading a part");
	tap_errno(write(queue, answer, sizeof(answer) - 1) < 0 ? -errno : 0,
		  ESPIPE, "fault queue: writing a part");
	tap_errno(write(queue, answer, sizeof(answer)) < 0 ? -errno : 0, EINVAL,
		  "fault queue: an answer to nobody");
	tap_errno(destroy(fd, id), EBUSY, "DESTROY: a queue that is open");
	close(queue);
	tap_errno(destroy(fd, id), 0, "DESTROY: a queue that is closed");
}

int main(void)
{
	buffer = memory(BUFFER);
	fd = iommu_open();
	if (ioas_alloc(fd, &ioas))
		tap_bail_out("no IOAS");

	check_map();
	check_lost_answers();
	check_lost_copy();
	check_alignment();
	check_copy();
	check_copy_of_several();
	check_unmap();
	check_ranges();
	check_allow();
	check_allow_is_killable();
	check_destroy();
	check_huge_pages();
	check_rlimit_mode_rules();
	check_rlimit_mode_privilege();
	check_vfio_ioas();
	check_page_tables();
	check_fault_queue();
	close(fd);
	return tap_done();
}
