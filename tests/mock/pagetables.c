// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Page tables as objects: shared by devices that come and go in any order
 * (class 12), many of one IOAS, nested in each other, refused where they do
 * not fit.
 */
#include "../abi/random.h"
#include "mock.h"

#define PAGES 4
#define BASE APERTURE_START
#define MANY 40

static int fd;
static uint32_t ioas;
static unsigned char *buffer;

static void set_up(void)
{
	fd = iommu_open();
	if (ioas_alloc(fd, &ioas) ||
	    ioas_map_at(fd, ioas, buffer, PAGES * PAGE, BASE))
		tap_bail_out("no mapping");
}

static bool sees_memory(uint32_t hwpt)
{
	return !mock_check_map(fd, hwpt, BASE, PAGES * PAGE, buffer);
}

static bool is_pinned(uint32_t times)
{
	return !mock_check_refs(fd, buffer, PAGES * PAGE, times);
}

/* Whether what is attached limits the addresses. */
static bool is_narrow(void)
{
	struct iommu_iova_range range;
	uint32_t count = 1;
	uint64_t alignment;

	return !ioas_ranges(fd, ioas, &range, &count, &alignment) &&
	       range.start == APERTURE_START && range.last == APERTURE_LAST &&
	       alignment == IO_PAGE;
}

static bool is_wide(void)
{
	struct iommu_iova_range range;
	uint32_t count = 1;
	uint64_t alignment;

	return !ioas_ranges(fd, ioas, &range, &count, &alignment) &&
	       range.start == 0 && range.last == UINT64_MAX && alignment == 1;
}

/* @first: which of two devices goes first. */
static void check_automatic(int first)
{
	struct mock mocks[2];

	set_up();
	tap_check(!mock_device(fd, ioas, &mocks[0]) &&
			  !mock_device(fd, ioas, &mocks[1]) &&
			  mocks[0].hwpt_id == mocks[1].hwpt_id,
		  "class 12: two devices of an IOAS share its page table");
	tap_check(sees_memory(mocks[0].hwpt_id) && is_pinned(1) && is_narrow(),
		  "class 12: which is filled once");
	tap_errno(destroy(fd, mocks[0].hwpt_id), EBUSY,
		  "class 12: and cannot be destroyed");
	tap_check(!destroy(fd, mocks[first].test_id),
		  "class 12: one of them goes, the %s",
		  first ? "second" : "first");
	tap_check(sees_memory(mocks[0].hwpt_id) && is_pinned(1) && is_narrow(),
		  "class 12: nothing changes for the other");
	tap_errno(destroy(fd, mocks[!first].test_id), 0,
		  "class 12: the other goes");
	tap_check(is_pinned(0) && is_wide(), "class 12: and nothing is left");
	tap_errno(destroy(fd, mocks[0].hwpt_id), ENOENT,
		  "class 12: of the page table either");
	close(fd);
}

static void check_manual(int first)
{
	struct mock mocks[2], helper;
	uint32_t hwpt;

	set_up();
	if (mock_device(fd, ioas, &helper) ||
	    hwpt_alloc_flags(fd, helper.device_id, ioas, 0, &hwpt))
		tap_bail_out("no page table");
	tap_check(sees_memory(hwpt) && is_pinned(1),
		  "class 12: HWPT_ALLOC fills its page table");
	tap_errno(destroy(fd, helper.test_id), 0,
		  "class 12: it does not need the device it was made for");
	tap_check(sees_memory(hwpt) && is_pinned(1) && is_narrow(),
		  "class 12: and stays as it is");
	tap_check(!mock_device(fd, hwpt, &mocks[0]) &&
			  !mock_device(fd, hwpt, &mocks[1]) &&
			  mocks[0].hwpt_id == hwpt && mocks[1].hwpt_id == hwpt,
		  "class 12: two devices are attached to it");
	tap_errno(mock_replace(fd, &mocks[0], hwpt), 0,
		  "class 12: one of them by itself, which changes nothing");
	tap_errno(destroy(fd, hwpt), EBUSY, "class 12: it cannot be destroyed");
	tap_check(!destroy(fd, mocks[first].test_id),
		  "class 12: one of them goes, the %s",
		  first ? "second" : "first");
	tap_errno(destroy(fd, hwpt), EBUSY,
		  "class 12: it still cannot be destroyed");
	tap_errno(destroy(fd, mocks[!first].test_id), 0,
		  "class 12: the other goes");
	tap_check(sees_memory(hwpt) && is_pinned(1) && is_narrow(),
		  "class 12: and the page table stays");
	tap_errno(destroy(fd, ioas), EBUSY, "class 12: it needs its IOAS");
	tap_errno(destroy(fd, hwpt), 0, "class 12: until it is destroyed");
	tap_check(is_pinned(0) && is_wide(), "class 12: and nothing is left");
	close(fd);
}

/* Many of one IOAS, which come and go at random. */
static void check_many(void)
{
	struct random rng = random_seed(12);
	uint32_t hwpts[MANY] = { 0 };
	int rounds = scaled(1000);
	struct mock helper;
	bool ok = true;
	int i;

	set_up();
	if (mock_device(fd, ioas, &helper))
		tap_bail_out("no mock device");
	for (i = 0; i < rounds && ok; i++) {
		uint32_t *hwpt = &hwpts[random_below(&rng, MANY)];

		if (*hwpt) {
			ok = sees_memory(*hwpt) && !destroy(fd, *hwpt);
			*hwpt = 0;
		} else {
			ok = !hwpt_alloc_flags(fd, helper.device_id, ioas, 0,
					       hwpt);
		}
	}
	tap_check(ok && is_pinned(1),
		  "class 12: %d page tables of an IOAS come and go", rounds);
	tap_errno(ioas_unmap_at(fd, ioas, BASE, PAGES * PAGE), 0,
		  "class 12: unmapped from all of them");
	tap_check(is_pinned(0), "class 12: nothing is pinned");
	for (i = 0; i < MANY && ok; i++)
		ok = !hwpts[i] || mock_check_map(fd, hwpts[i], BASE, IO_PAGE,
						 buffer) == -EINVAL;
	tap_check(ok, "class 12: and none of them has anything");
	close(fd);
}

static int invalidate(uint32_t hwpt, uint32_t entry, uint32_t flags)
{
	struct iommu_hwpt_invalidate_selftest what = { flags, entry };
	uint32_t done;

	return hwpt_invalidate(fd, hwpt, IOMMU_HWPT_INVALIDATE_DATA_SELFTEST,
			       &what, sizeof(what), 1, &done);
}

static void check_nested_use(uint32_t parent, struct mock *mock)
{
	uint32_t device = mock->device_id;
	uint32_t nested[2];
	struct mock second;

	tap_check(!mock_nested(fd, device, parent, 0, 0, &nested[0]) &&
			  !mock_nested(fd, device, parent, 0, 0, &nested[1]),
		  "class 12: two page tables nested in one");
	tap_errno(destroy(fd, parent), EBUSY,
		  "class 12: which cannot be destroyed");
	tap_errno(mock_replace(fd, mock, nested[0]), 0,
		  "class 12: a device on a nested one");
	tap_errno(mock_device(fd, nested[0], &second), 0,
		  "class 12: and another");
	tap_errno(mock_replace(fd, mock, nested[1]), 0,
		  "class 12: one changes to the other nested one");
	tap_errno(destroy(fd, nested[0]), EBUSY,
		  "class 12: the first is still needed");
	tap_errno(destroy(fd, second.test_id), 0, "class 12: now it is not");
	tap_errno(destroy(fd, nested[0]), 0, "class 12: and is destroyed");

	tap_errno(invalidate(nested[1], 2, 0), 0, "class 12: one entry");
	tap_check(!mock_check_iotlb(fd, nested[1], 2, 0) &&
			  !mock_check_iotlb(fd, nested[1], 3,
					    IOMMU_TEST_IOTLB_DEFAULT),
		  "class 12: is invalidated, and no other");
	tap_errno(invalidate(nested[1], 0, IOMMU_TEST_INVALIDATE_FLAG_ALL), 0,
		  "class 12: all");
	tap_errno(mock_check_iotlb(fd, nested[1], 3, 0), 0,
		  "class 12: are invalidated");
	tap_errno(invalidate(nested[1], 0, 2), EOPNOTSUPP,
		  "class 12: a flag that the driver does not know");
	tap_errno(invalidate(parent, 0, 0), ENOENT,
		  "class 12: only a nested one can be invalidated");
	tap_errno(mock_replace(fd, mock, parent), 0,
		  "class 12: back to the parent");
	tap_errno(destroy(fd, nested[1]), 0, "class 12: without the nested");
}

static int nested_of(uint32_t device, uint32_t parent, uint32_t type,
		     uint32_t length)
{
	uint64_t data[8] = { IOMMU_TEST_IOTLB_DEFAULT };
	struct iommu_hwpt_alloc cmd = {
		.dev_id = device,
		.pt_id = parent,
		.data_type = type,
		.data_len = length,
		.data_uptr = (uintptr_t)data,
	};
	uint32_t hwpt;
	int rc = hwpt_alloc(fd, &cmd, &hwpt);

	if (!rc)
		destroy(fd, hwpt);
	return rc;
}

/*
 * How long the data of each type is, the core knows by itself: what cannot be
 * right is refused as such, also where the driver has no use for the type.
 */
static void check_data_length(uint32_t device, uint32_t parent)
{
	const uint32_t type = IOMMU_HWPT_DATA_VTD_S1;
	const uint32_t length = sizeof(struct iommu_hwpt_vtd_s1);

	tap_errno(nested_of(device, parent, type, length), EOPNOTSUPP,
		  "class 12: VT-d's data, which is not for the mock");
	tap_errno(nested_of(device, parent, 99, 2 * PAGE), EOPNOTSUPP,
		  "class 12: what nobody knows, of any length");
	if (on_upstream()) {
		tap_skip("Linux leaves it to the driver",
			 "class 12: VT-d's data in a wrong length");
		return;
	}
	tap_errno(nested_of(device, parent, type, length - 1), EINVAL,
		  "class 12: less than VT-d's data");
	tap_errno(nested_of(device, parent, type, length + 1), EINVAL,
		  "class 12: more than VT-d's data");
}

static void check_nested(void)
{
	const uint32_t type = IOMMU_HWPT_DATA_SELFTEST;
	const uint32_t length = sizeof(struct iommu_hwpt_selftest);
	uint32_t parent, plain, device, nested;
	struct mock mock;
	int rc;

	set_up();
	if (mock_device(fd, ioas, &mock))
		tap_bail_out("no mock device");
	device = mock.device_id;
	rc = hwpt_alloc_flags(fd, device, ioas, IOMMU_HWPT_ALLOC_NEST_PARENT,
			      &parent);
	if (rc == -EOPNOTSUPP) {
		mock_lacks("class 12", "nested page tables");
		close(fd);
		return;
	}
	if (rc || hwpt_alloc_flags(fd, device, ioas, 0, &plain))
		tap_bail_out("no page table");
	tap_errno(nested_of(device, plain, type, length), EINVAL,
		  "class 12: nothing is nested in what is no parent");
	tap_errno(nested_of(device, mock.hwpt_id, type, length), EINVAL,
		  "class 12: nor in an automatic one");
	tap_errno(nested_of(device, device, type, length), EINVAL,
		  "class 12: nor in a device");
	tap_errno(nested_of(device, parent, type, 0), EINVAL,
		  "class 12: a type without data");
	tap_errno(nested_of(device, parent, IOMMU_HWPT_DATA_NONE, length),
		  EINVAL, "class 12: data without a type");
	tap_errno(nested_of(device, parent, IOMMU_HWPT_DATA_NONE, 0),
		  EOPNOTSUPP, "class 12: neither");
	tap_errno(nested_of(device, parent, type + 1, length), EOPNOTSUPP,
		  "class 12: a type that the driver does not know");
	tap_errno(nested_of(device, parent, type, length - 1), EINVAL,
		  "class 12: less data than the type has");
	tap_errno(nested_of(device, parent, type, length + 8), EINVAL,
		  "class 12: more data than the type has");
	tap_errno(nested_of(device, ioas, type, length), EOPNOTSUPP,
		  "class 12: data for a page table of an IOAS");
	check_data_length(device, parent);
	tap_errno(mock_nested(fd, device, parent, IOMMU_HWPT_FAULT_ID_VALID,
			      ioas, &nested),
		  ENOENT, "class 12: a fault queue that is none");
	tap_errno(mock_nested(fd, device, parent, IOMMU_HWPT_ALLOC_NEST_PARENT,
			      0, &nested),
		  EOPNOTSUPP, "class 12: a nested parent");
	check_nested_use(parent, &mock);
	tap_errno(mock_replace(fd, &mock, plain), 0,
		  "class 12: and away from the parent");
	tap_errno(destroy(fd, parent), 0, "class 12: which can go");
	tap_check(is_pinned(1), "class 12: and its page table is the last");
	close(fd);
}

/* A device without dirty tracking does not fit everywhere. */
static void check_incompatible(void)
{
	struct mock mock, plain;
	uint32_t hwpt;
	int rc;

	set_up();
	if (mock_device(fd, ioas, &mock))
		tap_bail_out("no mock device");
	rc = hwpt_alloc_flags(fd, mock.device_id, ioas,
			      IOMMU_HWPT_ALLOC_DIRTY_TRACKING, &hwpt);
	if (rc == -EOPNOTSUPP) {
		mock_lacks("class 12", "dirty tracking");
		close(fd);
		return;
	}
	tap_errno(mock_device_flags(fd, hwpt, MOCK_FLAGS_DEVICE_NO_DIRTY,
				    &plain),
		  EINVAL, "class 12: a device that does not fit a page table");
	tap_errno(mock_device_flags(fd, ioas, MOCK_FLAGS_DEVICE_NO_DIRTY,
				    &plain),
		  0, "class 12: fits another of the same IOAS");
	tap_errno(mock_replace(fd, &plain, hwpt), EINVAL,
		  "class 12: and cannot change to the first");
	tap_check(sees_memory(plain.hwpt_id), "class 12: but is where it was");
	tap_errno(hwpt_alloc_flags(fd, plain.device_id, ioas,
				   IOMMU_HWPT_ALLOC_DIRTY_TRACKING, &hwpt),
		  EOPNOTSUPP, "class 12: nor have one made for it");
	close(fd);
}

int main(void)
{
	buffer = small_pages(PAGES * PAGE);
	check_automatic(0);
	check_automatic(1);
	check_manual(0);
	check_manual(1);
	check_many();
	check_nested();
	check_incompatible();
	return tap_done();
}
