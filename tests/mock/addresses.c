// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Class 5: addresses, lengths and alignments around every power of two and
 * both ends of the space, with a device attached, with reserved ranges at the
 * top, and in all requests that take an address.
 */
#include "../abi/random.h"
#include "mock.h"

#define TRIES 20000
#define RESERVED 4

static int fd;
static struct random rng;

static uint64_t boundary(void)
{
	uint64_t value = 0;

	switch (random_below(&rng, 6)) {
	case 0:
		break;
	case 1:
		value = UINT64_MAX;
		break;
	case 2:
		value = APERTURE_START;
		break;
	case 3:
		value = APERTURE_LAST + 1;
		break;
	default:
		value = 1ull << random_below(&rng, 64);
	}
	if (random_below(&rng, 4) == 0)
		return value + (random_below(&rng, 9) - 4) * IO_PAGE;
	return value + random_below(&rng, 5) - 2;
}

static bool wraps(uint64_t start, uint64_t length)
{
	return start + (length - 1) < start;
}

/* The errno that the addresses alone call for; -1: what the memory says. */
static int expected_map(uint64_t user_va, uint64_t length, uint64_t iova)
{
	if (iova == UINT64_MAX || length == UINT64_MAX)
		return EOVERFLOW;
	if (!length || length > UINT64_MAX - PAGE)
		return EINVAL;
	if (user_va + length < length)
		return EOVERFLOW;
	if (length % IO_PAGE || iova % IO_PAGE)
		return EINVAL;
	if (wraps(iova, length))
		return EOVERFLOW;
	if (iova < APERTURE_START || iova + length - 1 > APERTURE_LAST)
		return EINVAL;
	if (user_va % IO_PAGE)
		return EINVAL;
	return -1;
}

static bool unmap_exactly(uint32_t ioas, uint64_t iova, uint64_t length)
{
	uint64_t unmapped = length;
	int rc = ioas_unmap(fd, ioas, iova, &unmapped);

	if (!rc && unmapped == length)
		return true;
	printf("# UNMAP 0x%llx at 0x%llx: %s, 0x%llx\n", (long long)length,
	       (long long)iova, strerror(-rc), (long long)unmapped);
	return false;
}

static bool map_fixed(uint32_t ioas)
{
	uint64_t user_va = boundary();
	uint64_t length = boundary();
	uint64_t iova = boundary();
	int expected = expected_map(user_va, length, iova);
	int rc = ioas_map(fd, ioas, FIXED | READ, (void *)(uintptr_t)user_va,
			  length, &iova);

	if (expected < 0 ? rc && rc != -EFAULT : rc != -expected) {
		printf("# MAP va 0x%llx length 0x%llx iova 0x%llx: %s\n",
		       (long long)user_va, (long long)length, (long long)iova,
		       strerror(-rc));
		return false;
	}
	return rc || unmap_exactly(ioas, iova, length);
}

static bool map_automatic(uint32_t ioas, uint64_t user_va, uint64_t length)
{
	uint64_t iova = 0;
	int rc = ioas_map(fd, ioas, READ, (void *)(uintptr_t)user_va, length,
			  &iova);

	if (rc == -EFAULT || rc == -EINVAL || rc == -ENOSPC || rc == -EOVERFLOW)
		return true;
	if (!rc && iova >= APERTURE_START && !wraps(iova, length) &&
	    iova + length - 1 <= APERTURE_LAST)
		return unmap_exactly(ioas, iova, length);
	printf("# MAP va 0x%llx length 0x%llx: %s, at 0x%llx\n",
	       (long long)user_va, (long long)length, strerror(-rc),
	       (long long)iova);
	return false;
}

static void check_attached(unsigned char *buffer)
{
	struct mock mock;
	uint32_t ioas;
	bool ok = true;
	int tries = scaled(TRIES);
	int i;

	if (ioas_alloc(fd, &ioas) || mock_device(fd, ioas, &mock))
		tap_bail_out("no mock device");
	for (i = 0; i < tries && ok; i++)
		ok = map_fixed(ioas) &&
		     map_automatic(ioas, boundary(), boundary()) &&
		     map_automatic(ioas,
				   (uintptr_t)buffer +
					   random_below(&rng, 4) * IO_PAGE,
				   boundary());
	tap_check(ok, "class 5: %d boundaries mapped for a device", 3 * tries);
	tap_errno(ioas_unmap_at(fd, ioas, 0, PAGE), ENOENT,
		  "class 5: and nothing is left");
	destroy(fd, mock.test_id);
	destroy(fd, ioas);
}

/* Reserved ranges, of which the test knows as much as the kernel. */

struct reserved {
	uint64_t start[RESERVED];
	uint64_t last[RESERVED];
	int count;
};

static bool is_reserved(const struct reserved *reserved, uint64_t start,
			uint64_t last)
{
	int i;

	for (i = 0; i < reserved->count; i++) {
		if (reserved->start[i] <= last && start <= reserved->last[i])
			return true;
	}
	return false;
}

static bool reserve(uint32_t ioas, struct reserved *reserved)
{
	/* Most of them at the top, where sums overflow. */
	uint64_t start = random_below(&rng, 3)
				 ? UINT64_MAX - random_below(&rng, 5 * PAGE)
				 : boundary();
	uint64_t length = random_below(&rng, 2) ? UINT64_MAX - start + 1
						: boundary();
	int expected = !length ? EINVAL : wraps(start, length) ? EOVERFLOW : 0;
	int rc = mock_reserve(fd, ioas, start, length);

	if (rc != -expected) {
		printf("# reserving 0x%llx at 0x%llx: %s, expected %s\n",
		       (long long)length, (long long)start, strerror(-rc),
		       strerror(expected));
		return false;
	}
	if (!rc) {
		reserved->start[reserved->count] = start;
		reserved->last[reserved->count++] = start + length - 1;
	}
	return true;
}

static bool check_ranges(uint32_t ioas, const struct reserved *reserved)
{
	struct iommu_iova_range ranges[RESERVED + 1];
	uint32_t count = RESERVED + 1;
	uint64_t alignment;
	uint32_t i;

	if (ioas_ranges(fd, ioas, ranges, &count, &alignment))
		return false;
	for (i = 0; i < count; i++) {
		if (ranges[i].start > ranges[i].last ||
		    is_reserved(reserved, ranges[i].start, ranges[i].last) ||
		    (ranges[i].start &&
		     !is_reserved(reserved, ranges[i].start - 1,
				  ranges[i].start - 1)) ||
		    (ranges[i].last != UINT64_MAX &&
		     !is_reserved(reserved, ranges[i].last + 1,
				  ranges[i].last + 1)))
			return false;
	}
	return true;
}

static bool map_around(uint32_t ioas, const struct reserved *reserved)
{
	uint64_t user_va = boundary();
	uint64_t length = boundary();
	bool fixed = random_below(&rng, 2);
	uint64_t iova = boundary();
	int rc = ioas_map(fd, ioas, READ | (fixed ? FIXED : 0),
			  (void *)(uintptr_t)user_va, length, &iova);

	if (rc)
		return rc == -EINVAL || rc == -EOVERFLOW || rc == -ENOSPC ||
		       rc == -EEXIST;
	if (!wraps(iova, length) &&
	    !is_reserved(reserved, iova, iova + length - 1))
		return random_below(&rng, 2) ||
		       unmap_exactly(ioas, iova, length);
	printf("# MAP 0x%llx at 0x%llx, which is reserved\n", (long long)length,
	       (long long)iova);
	return false;
}

static bool one_reserved_space(void)
{
	struct reserved reserved = { .count = 0 };
	uint64_t length = UINT64_MAX;
	uint32_t ioas;
	bool ok;
	int i;

	if (ioas_alloc(fd, &ioas))
		tap_bail_out("no IOAS");
	ok = random_below(&rng, 2) ||
	     !option_set(fd, IOMMU_OPTION_HUGE_PAGES, ioas, 0);
	for (i = 0; i < RESERVED && ok; i++)
		ok = reserve(ioas, &reserved);
	ok = ok && check_ranges(ioas, &reserved);
	for (i = 0; i < 16 && ok; i++)
		ok = map_around(ioas, &reserved);
	return ok && !ioas_unmap(fd, ioas, 0, &length) && !destroy(fd, ioas);
}

static void check_reserved(void)
{
	int tries = scaled(TRIES / 16);
	bool ok = true;
	int i;

	for (i = 0; i < tries && ok; i++)
		ok = one_reserved_space();
	tap_check(ok, "class 5: %d spaces with reserved ends", tries);
}

/* All else that takes addresses, of a small mapping; most of it is wrong. */

static bool is_plausible(int rc)
{
	return !rc || rc == -EINVAL || rc == -EOVERFLOW || rc == -ENOENT ||
	       rc == -EEXIST || rc == -ENOSPC || rc == -EFAULT ||
	       rc == -EPERM || rc == -ENOMEM || rc == -EBADE ||
	       rc == -EADDRINUSE;
}

static bool use_addresses(uint32_t ioas, uint32_t other, uint32_t hwpt,
			  int access, unsigned char *bytes)
{
	struct iommu_iova_range range = { boundary(), boundary() };
	uint64_t start = boundary();
	uint64_t length = boundary();
	uint64_t to = boundary();
	uint32_t id;
	int rc = 0;

	switch (random_below(&rng, 8)) {
	case 0:
		rc = ioas_copy(fd, READ | (random_below(&rng, 2) ? FIXED : 0),
			       other, ioas, length, &to, start);
		break;
	case 1:
		rc = ioas_unmap(fd, other, start, &length);
		break;
	case 2:
		rc = ioas_allow(fd, other, &range, 1);
		ioas_allow(fd, other, NULL, 0);
		break;
	case 3:
		/* A length that would be tried in earnest ends here. */
		length %= 4 * PAGE;
		rc = mock_pin(fd, access, start, length, NULL, false, &id);
		if (!rc)
			mock_unpin(fd, access, id);
		break;
	case 4:
		length %= 4 * PAGE;
		rc = mock_rw(fd, access, start, length, bytes,
			     random_below(&rng, 2) ? MOCK_ACCESS_RW_SLOW_PATH
						   : 0);
		break;
	case 5:
		rc = mock_check_map(fd, hwpt, start, length,
				    (void *)(uintptr_t)to);
		break;
	case 6:
		rc = mock_pin(fd, access, start, UINT64_MAX - start, NULL,
			      false, &id);
		break;
	default:
		rc = option_set(fd, IOMMU_OPTION_HUGE_PAGES, other,
				random_below(&rng, 2));
	}
	if (is_plausible(rc))
		return true;
	printf("# start 0x%llx length 0x%llx to 0x%llx: %s\n", (long long)start,
	       (long long)length, (long long)to, strerror(-rc));
	return false;
}

static void check_all_requests(unsigned char *buffer)
{
	uint32_t ioas, other;
	int tries = scaled(TRIES);
	struct mock mock;
	uint64_t length;
	bool ok = true;
	int access;
	int i;

	if (ioas_alloc(fd, &ioas) || ioas_alloc(fd, &other) ||
	    mock_device(fd, ioas, &mock) ||
	    ioas_map_at(fd, ioas, buffer, 4 * PAGE, APERTURE_START) ||
	    ioas_map_at(fd, ioas, buffer, 4 * PAGE,
			APERTURE_LAST + 1 - 4 * PAGE))
		tap_bail_out("no mock device");
	access = mock_access(fd, ioas, true);
	for (i = 0; i < tries && ok; i++)
		ok = use_addresses(ioas, other, mock.hwpt_id, access,
				   buffer + 4 * PAGE);
	tap_check(ok, "class 5: %d boundaries in all other requests", tries);
	close(access);
	tap_check(!mock_check_map(fd, mock.hwpt_id, APERTURE_START, 4 * PAGE,
				  buffer) &&
			  !mock_check_map(fd, mock.hwpt_id,
					  APERTURE_LAST + 1 - 4 * PAGE,
					  4 * PAGE, buffer),
		  "class 5: and what was mapped before is as it was");
	length = UINT64_MAX;
	tap_check(!ioas_unmap(fd, ioas, 0, &length) && length == 8 * PAGE,
		  "class 5: no more and no less");
	tap_errno(mock_check_refs(fd, buffer, 4 * PAGE, 0), 0,
		  "class 5: and nothing of it is pinned");
	destroy(fd, mock.test_id);
}

int main(void)
{
	unsigned char *buffer = small_pages(8 * PAGE);

	rng = random_seed(5);
	fd = iommu_open();
	check_attached(buffer);
	check_reserved();
	check_all_requests(buffer);
	close(fd);
	return tap_done();
}
