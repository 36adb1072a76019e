// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which address a mapping gets by itself: the lowest that is allowed and free
 * and keeps the alignment of the memory. Known answers, those of Linux.
 */
#include "iommu.h"

#define HUGE (2ull << 20)

static int fd;
static uint32_t ioas;

static void start_over(void)
{
	destroy(fd, ioas);
	if (ioas_alloc(fd, &ioas))
		tap_bail_out("no IOAS");
}

/* The memory is not looked at, so that any address will do. */
static void expect(uint64_t user_va, uint64_t length, uint64_t expected,
		   const char *name)
{
	uint64_t iova = 0;
	int rc;

	rc = ioas_map(fd, ioas, READ, (void *)(uintptr_t)user_va, length,
		      &iova);
	if (rc)
		tap_errno(rc, 0, name);
	else
		tap_check(iova == expected, "%s: 0x%llx, expected 0x%llx", name,
			  (long long)iova, (long long)expected);
}

static void expect_no_space(uint64_t user_va, uint64_t length, const char *name)
{
	uint64_t iova = 0;

	tap_errno(ioas_map(fd, ioas, READ, (void *)(uintptr_t)user_va, length,
			   &iova),
		  ENOSPC, name);
}

static void map_at(uint64_t iova, uint64_t length)
{
	if (ioas_map_at(fd, ioas, NULL, length, iova))
		tap_bail_out("a fixed mapping failed");
}

static void allow(uint64_t start, uint64_t last)
{
	const struct iommu_iova_range range = { start, last };

	if (ioas_allow(fd, ioas, &range, 1))
		tap_bail_out("a range is not allowed");
}

static void check_alignment(void)
{
	start_over();
	expect(PAGE, PAGE, PAGE, "the first page is not the first address");
	expect(2 * PAGE, 2 * PAGE, 2 * PAGE, "two pages, aligned to two");
	expect(PAGE, 2 * PAGE, 4 * PAGE, "two pages of an odd page on");
	expect(HUGE, HUGE, HUGE, "a huge page");
	expect(2 * HUGE, 2 * HUGE, 2 * HUGE, "two, aligned to one");
	expect(4 * HUGE, 4 * HUGE, 4 * HUGE, "four");
	map_at(9 * HUGE - PAGE, PAGE);
	expect(8 * HUGE, 8 * HUGE, 9 * HUGE, "eight, still aligned to one");
	expect(PAGE, PAGE, 6 * PAGE, "a page, in the lowest hole");
}

static void check_offsets(void)
{
	start_over();
	map_at(0x1000, 0x400);
	expect(0x5a00, 0x200, 0x1a00, "an offset in the page, from the start");
	expect(0x5a00, 0x600, 0x1e00, "and in the next hole");
	expect(0x7234, 3, 0x1634, "three bytes");
}

static void check_allowed(void)
{
	const struct iommu_iova_range touching[] = { { 0x10000, 0x10fff },
						     { 0x11000, 0x11fff } };

	start_over();
	ioas_allow(fd, ioas, touching, 2);
	expect(2 * PAGE, 2 * PAGE, 0x10000, "across two ranges that touch");
	expect_no_space(PAGE, PAGE, "and no further");

	start_over();
	allow(0x10000, 0x10001);
	expect(0x8000, 1, 0x10000, "one byte of a range of two");
	expect_no_space(0x8000, 1, "the range's last byte alone");
}

static void check_ends(void)
{
	start_over();
	allow(0, 2 * PAGE - 1);
	expect(PAGE, PAGE, PAGE, "never the first page");
	expect_no_space(PAGE, PAGE, "even if it is all there is");

	start_over();
	allow(UINT64_MAX - 2 * PAGE + 1, UINT64_MAX);
	expect(PAGE, PAGE, UINT64_MAX - 2 * PAGE + 1, "the last page but one");
	expect_no_space(PAGE, PAGE, "never the last page");
}

int main(void)
{
	fd = iommu_open();
	check_alignment();
	check_offsets();
	check_allowed();
	check_ends();
	close(fd);
	return tap_done();
}
