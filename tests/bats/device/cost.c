// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What it costs to be traced: a loop of CALLS maps and unmaps, and one of as
 * many ioctls that are no business of a trace's. Prints how long each took, in
 * nanoseconds.
 *
 * usage: cost CALLS
 */
#include <fcntl.h>
#include <linux/iommufd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>

static _Alignas(4096) char page[4096];

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ll + t.tv_nsec;
}

static void map_and_unmap(int fd, __u32 ioas)
{
	struct iommu_ioas_map map = {
		.size = sizeof(map),
		.flags = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_READABLE,
		.ioas_id = ioas,
		.user_va = (uintptr_t)page,
		.length = sizeof(page),
		.iova = 0x100000,
	};
	struct iommu_ioas_unmap unmap = {
		.size = sizeof(unmap),
		.ioas_id = ioas,
		.iova = 0x100000,
		.length = sizeof(page),
	};

	if (ioctl(fd, IOMMU_IOAS_MAP, &map) ||
	    ioctl(fd, IOMMU_IOAS_UNMAP, &unmap))
		abort();
}

int main(int argc, char **argv)
{
	struct iommu_ioas_alloc alloc = { .size = sizeof(alloc) };
	int fd = open("/dev/iommu", O_RDWR), other = open("/dev/null", O_RDWR);
	struct termios settings;
	int calls = argc == 2 ? atoi(argv[1]) : 0;
	long long start;

	if (ioctl(fd, IOMMU_IOAS_ALLOC, &alloc))
		return 1;
	start = now();
	for (int i = 0; i < calls / 2; i++)
		map_and_unmap(fd, alloc.out_ioas_id);
	printf("%lld ", now() - start);
	start = now();
	for (int i = 0; i < calls; i++)
		if (!ioctl(other, TCGETS, &settings))
			return 1;
	printf("%lld\n", now() - start);
	return 0;
}
