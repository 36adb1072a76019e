// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Addresses and lengths around every power of two and both ends of the space.
 * Whatever MAP accepts, UNMAP must find again, byte for byte; whatever it does
 * not accept has to leave nothing behind.
 */
#include "iommu.h"
#include "random.h"

#define TRIES 60000

static uint64_t boundary(struct random *random)
{
	uint64_t value = 0;

	switch (random_below(random, 4)) {
	case 0:
		break;
	case 1:
		value = UINT64_MAX;
		break;
	default:
		value = 1ull << random_below(random, 64);
	}
	return value + random_below(random, 5) - 2;
}

/* The errno that the addresses alone call for, 0 if there is none. */
static int expected_errno(uint64_t user_va, uint64_t length, uint64_t iova)
{
	if (iova == UINT64_MAX || length == UINT64_MAX)
		return EOVERFLOW;
	if (!length || length > UINT64_MAX - PAGE)
		return EINVAL;
	if (user_va + length < length)
		return EOVERFLOW;
	if (iova + (length - 1) < iova)
		return EOVERFLOW;
	return 0;
}

static bool try_one(int fd, uint32_t ioas, struct random *random, int *mapped)
{
	uint64_t user_va = boundary(random);
	uint64_t length = boundary(random);
	uint64_t iova = boundary(random);
	uint64_t unmapped = length;
	int rc;

	rc = ioas_map(fd, ioas, FIXED | READ, (void *)(uintptr_t)user_va,
		      length, &iova);
	if (rc != -expected_errno(user_va, length, iova))
		return tap_check(false,
				 "MAP va 0x%llx length 0x%llx iova 0x%llx: %s",
				 (long long)user_va, (long long)length,
				 (long long)iova, strerror(-rc));
	if (rc)
		return true;
	(*mapped)++;
	rc = ioas_unmap(fd, ioas, iova, &unmapped);
	if (!rc && unmapped == length)
		return true;
	return tap_check(false, "UNMAP 0x%llx at 0x%llx: %s, 0x%llx",
			 (long long)length, (long long)iova, strerror(-rc),
			 (long long)unmapped);
}

static bool try_automatic(int fd, uint32_t ioas, struct random *random)
{
	uint64_t user_va = boundary(random);
	uint64_t length = boundary(random);
	uint64_t iova = 0;
	int rc;

	rc = ioas_map(fd, ioas, READ, (void *)(uintptr_t)user_va, length,
		      &iova);
	if (rc == -ENOSPC)
		return length > UINT64_MAX / 4;
	if (rc == -EINVAL)
		return !length || length > UINT64_MAX - PAGE;
	if (rc == -EOVERFLOW)
		return length >= UINT64_MAX / 2 || user_va + length < length;
	return !rc && iova >= PAGE && iova + length > iova &&
	       !ioas_unmap_at(fd, ioas, iova, length);
}

/* Half the space and half the space make all of it. */
static void check_whole_space(int fd, uint32_t ioas)
{
	const uint64_t half = 1ull << 63;

	tap_errno(ioas_map_at(fd, ioas, NULL, half, 0), 0,
		  "the lower half of the space");
	tap_errno(ioas_map_at(fd, ioas, NULL, half, half), 0,
		  "the upper half of the space");
	tap_errno(ioas_map_at(fd, ioas, NULL, 1, half), EEXIST,
		  "and there is no room left");
	tap_errno(ioas_unmap_at(fd, ioas, half, half), 0,
		  "the upper half can be given back");
	tap_errno(destroy(fd, ioas), 0, "and the rest goes with the IOAS");
}

int main(void)
{
	struct random random = random_seed(1);
	uint64_t left = UINT64_MAX;
	int fd = iommu_open();
	bool ok = true;
	int mapped = 0;
	uint32_t ioas;
	int i;

	if (ioas_alloc(fd, &ioas))
		tap_bail_out("no IOAS");
	for (i = 0; i < TRIES && ok; i++)
		ok = try_one(fd, ioas, &random, &mapped);
	tap_check(ok && mapped > TRIES / 20,
		  "%d boundaries, %d of them mapped and unmapped", TRIES,
		  mapped);
	for (i = 0; i < TRIES && ok; i++)
		ok = try_automatic(fd, ioas, &random);
	tap_check(ok, "%d boundaries at automatic addresses", TRIES);
	ioas_unmap(fd, ioas, 0, &left);
	tap_check(left == 0, "nothing is left mapped");
	check_whole_space(fd, ioas);
	close(fd);
	return tap_done();
}
