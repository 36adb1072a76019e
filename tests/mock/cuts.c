// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Class 7: VFIO's first type of container may unmap the middle of a mapping,
 * which is then two that share what is pinned. Cut in every way, mapped for a
 * device, copied and in use, each page must still lead to its own memory, and
 * in the end all of it must be given back.
 */
#include <linux/vfio.h>

#include "../abi/random.h"
#include "mock.h"

#define PAGES 32
#define BASE APERTURE_START
#define ROUNDS 300

static int fd;
static uint32_t ioas;
static unsigned char *buffer;
static struct random rng;
/* Which pages are mapped. */
static bool mapped[PAGES];

static int vfio_map(uint64_t iova, const void *at, uint64_t length)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.vaddr = (uintptr_t)at,
		.iova = iova,
		.size = length,
	};

	return request(fd, VFIO_IOMMU_MAP_DMA, &map);
}

static int vfio_unmap(uint64_t iova, uint64_t *length)
{
	struct vfio_iommu_type1_dma_unmap unmap = {
		.argsz = sizeof(unmap),
		.iova = iova,
		.size = *length,
	};
	int rc = request(fd, VFIO_IOMMU_UNMAP_DMA, &unmap);

	*length = unmap.size;
	return rc;
}

static void set_up(unsigned long type)
{
	fd = iommu_open();
	if (ioas_alloc(fd, &ioas) || vfio_ioas(fd, IOMMU_VFIO_IOAS_SET, &ioas))
		tap_bail_out("no container");
	if (ioctl(fd, VFIO_SET_IOMMU, type))
		tap_bail_out("no such type of container");
	memset(mapped, 0, sizeof(mapped));
}

/* Each page that is mapped leads to its memory, all others nowhere. */
static bool is_as_modelled(uint32_t hwpt)
{
	int i;

	for (i = 0; i < PAGES; i++) {
		int rc = mock_check_map(fd, hwpt, BASE + i * PAGE, PAGE,
					buffer + i * PAGE);

		if (rc != (mapped[i] ? 0 : -EINVAL)) {
			printf("# page %d: %s\n", i, strerror(-rc));
			return false;
		}
	}
	return true;
}

/* Maps what is free of a range, each piece by itself. */
static bool map_range(int first, int count)
{
	int i;

	while (count) {
		for (i = 0; i < count && !mapped[first + i]; i++)
			mapped[first + i] = true;
		if (i && vfio_map(BASE + first * PAGE, buffer + first * PAGE,
				  i * PAGE))
			return false;
		i += !i;
		first += i;
		count -= i;
	}
	return true;
}

static bool unmap_range(int first, int count)
{
	uint64_t length = count * PAGE;
	uint64_t expected = 0;
	int rc = vfio_unmap(BASE + first * PAGE, &length);
	int i;

	for (i = first; i < first + count; i++) {
		expected += mapped[i] ? PAGE : 0;
		mapped[i] = false;
	}
	if (!rc && length == expected)
		return true;
	printf("# UNMAP_DMA of %d pages from %d: %s, 0x%llx of 0x%llx\n", count,
	       first, strerror(-rc), (long long)length, (long long)expected);
	return false;
}

static bool one_round(struct mock *mock, bool *attached)
{
	int first = random_below(&rng, PAGES);
	int count = 1 + random_below(&rng, PAGES - first);

	switch (random_below(&rng, 8)) {
	case 0:
		if (*attached) {
			*attached = false;
			return !destroy(fd, mock->test_id);
		}
		*attached = true;
		return !mock_device(fd, ioas, mock);
	case 1:
	case 2:
	case 3:
		if (!map_range(first, count))
			return false;
		break;
	default:
		if (!unmap_range(first, 1 + count / 4))
			return false;
	}
	return !*attached || is_as_modelled(mock->hwpt_id);
}

static void check_random(void)
{
	uint64_t length = UINT64_MAX;
	bool attached = false;
	int rounds = scaled(ROUNDS);
	struct mock mock;
	bool ok = true;
	int i;

	set_up(VFIO_TYPE1_IOMMU);
	for (i = 0; i < rounds && ok; i++)
		ok = one_round(&mock, &attached);
	tap_check(ok, "class 7: %d mappings and cuts", rounds);
	tap_errno(ioas_unmap(fd, ioas, 0, &length), 0,
		  "class 7: all that is left unmapped");
	tap_errno(mock_check_refs(fd, buffer, PAGES * PAGE, 0), 0,
		  "class 7: and nothing is pinned any more");
	close(fd);
}

/* A copy of what is cut keeps what the cut takes away. */
static void check_copied(void)
{
	uint64_t length = 4 * PAGE;
	uint64_t to = BASE;
	struct mock mock, other_mock;
	uint32_t other;

	set_up(VFIO_TYPE1_IOMMU);
	if (ioas_alloc(fd, &other) || mock_device(fd, ioas, &mock) ||
	    mock_device(fd, other, &other_mock) || !map_range(0, PAGES))
		tap_bail_out("no mapping");
	tap_errno(ioas_copy(fd, FIXED | READ, other, ioas, PAGES * PAGE, &to,
			    BASE),
		  0, "class 7: a copy of a mapping");
	tap_check(unmap_range(8, 4) && is_as_modelled(mock.hwpt_id),
		  "class 7: which is then cut");
	tap_errno(mock_check_map(fd, other_mock.hwpt_id, BASE, PAGES * PAGE,
				 buffer),
		  0, "class 7: the copy is whole");
	tap_errno(mock_check_refs(fd, buffer, PAGES * PAGE, 1), 0,
		  "class 7: and all of it is pinned once");
	tap_errno(destroy(fd, mock.test_id), 0, "class 7: without the first");
	tap_errno(ioas_unmap(fd, other, BASE, &length), ENOENT,
		  "class 7: the copy cannot be cut by UNMAP");
	tap_errno(ioas_unmap_at(fd, other, BASE, PAGES * PAGE), 0,
		  "class 7: only as a whole");
	tap_errno(mock_check_refs(fd, buffer, PAGES * PAGE, 0), 0,
		  "class 7: and nothing is pinned any more");
	tap_errno(mock_device(fd, ioas, &mock), 0,
		  "class 7: what was cut is filled into another device's");
	tap_check(is_as_modelled(mock.hwpt_id) &&
			  !mock_check_refs(fd, buffer, 8 * PAGE, 1) &&
			  !mock_check_refs(fd, buffer + 12 * PAGE,
					   (PAGES - 12) * PAGE, 1),
		  "class 7: piece by piece");
	close(fd);
}

/* Where a cut is not possible, nothing has changed. */
static void check_refused(void)
{
	uint64_t length = PAGE;
	struct mock mock;
	uint32_t id;
	int access;

	set_up(VFIO_TYPE1_IOMMU);
	if (mock_device(fd, ioas, &mock) || !map_range(0, 8))
		tap_bail_out("no mapping");
	access = mock_access(fd, ioas, true);
	tap_errno(mock_pin(fd, access, BASE, PAGE, buffer, false, &id), 0,
		  "class 7: a page in use");
	tap_errno(vfio_unmap(BASE + 4 * PAGE, &length), EINVAL,
		  "class 7: its mapping cannot be cut");
	tap_check(is_as_modelled(mock.hwpt_id), "class 7: and was not");
	tap_errno(mock_unpin(fd, access, id), 0, "class 7: no longer in use");
	tap_check(unmap_range(4, 1) && is_as_modelled(mock.hwpt_id),
		  "class 7: it can be cut");
	close(access);
	length = IO_PAGE;
	tap_errno(vfio_unmap(BASE, &length), EINVAL,
		  "class 7: not within a page");
	tap_check(is_as_modelled(mock.hwpt_id), "class 7: and was not");
	close(fd);
}

/* The second type does not cut. */
static void check_version_2(void)
{
	uint64_t length = PAGE;

	set_up(VFIO_TYPE1v2_IOMMU);
	if (!map_range(0, 8))
		tap_bail_out("no mapping");
	tap_errno(vfio_unmap(BASE + 4 * PAGE, &length), ENOENT,
		  "class 7: a container of version 2 does not cut");
	length = 8 * PAGE;
	tap_check(!vfio_unmap(BASE, &length) && length == 8 * PAGE,
		  "class 7: the mapping is whole");
	close(fd);
}

int main(void)
{
	rng = random_seed(7);
	buffer = small_pages(PAGES * PAGE);
	check_random();
	check_copied();
	check_refused();
	check_version_2();
	return tap_done();
}
