// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Class 11: whatever goes wrong once, goes right the next time: no lock is
 * still held, nothing is left behind. Where the kernel can make an allocation
 * fail, each one of each request does. Class 18: what has been done when a
 * request fails half-way is what it says it has.
 */
#include <linux/vfio.h>

#include "failing.h"

#define PAGES 8
#define BASE APERTURE_START

/* What requests are tried on: two IOAS, a device on the first, memory. */
struct world {
	int fd;
	uint32_t ioas, other;
	struct mock mock;
	int access;
};

static unsigned char *buffer;

static struct world new_world(void)
{
	struct world world = { .fd = iommu_open() };

	if (ioas_alloc(world.fd, &world.ioas) ||
	    ioas_alloc(world.fd, &world.other) ||
	    ioas_map_at(world.fd, world.ioas, buffer, PAGES * PAGE, BASE) ||
	    mock_device(world.fd, world.ioas, &world.mock))
		tap_bail_out("no mock device");
	world.access = mock_access(world.fd, world.ioas, true);
	if (world.access < 0)
		tap_bail_out("no access");
	return world;
}

static bool end_world(struct world *world)
{
	close(world->access);
	close(world->fd);
	world->fd = iommu_open();
	if (mock_check_refs(world->fd, buffer, PAGES * PAGE, 0)) {
		printf("# pages are still pinned\n");
		return false;
	}
	return !close(world->fd);
}

/* Reasons for which no device can be attached to an IOAS. */

static void map_low(struct world *world)
{
	ioas_map_at(world->fd, world->other, buffer, PAGE, PAGE);
}

static void map_high(struct world *world)
{
	ioas_map_at(world->fd, world->other, buffer, PAGE, 1ull << 40);
}

static void map_crooked(struct world *world)
{
	ioas_map_at(world->fd, world->other, buffer + 512, 512, BASE + 512);
}

/* The first mapping can be filled, the second not. */
static void map_nothing(struct world *world)
{
	ioas_map_at(world->fd, world->other, buffer, PAGES * PAGE, BASE);
	ioas_map_at(world->fd, world->other, NULL, PAGE, BASE + PAGES * PAGE);
}

static void allow_low(struct world *world)
{
	const struct iommu_iova_range range = { PAGE, 2 * PAGE };

	ioas_allow(world->fd, world->other, &range, 1);
}

static const struct reason {
	const char *name;
	void (*make)(struct world *world);
	int result;
} reasons[] = {
	{ "a mapping below the aperture", map_low, EADDRINUSE },
	{ "a mapping above it", map_high, EADDRINUSE },
	{ "a mapping that is not aligned", map_crooked, EADDRINUSE },
	{ "memory that is not there", map_nothing, EFAULT },
	{ "an allowed range below the aperture", allow_low, EADDRINUSE },
};

static void unmake(struct world *world)
{
	uint64_t length = UINT64_MAX;

	ioas_unmap(world->fd, world->other, 0, &length);
	ioas_allow(world->fd, world->other, NULL, 0);
}

/* What one does to have a page table of the other IOAS. */

static int attach(struct world *world)
{
	struct mock mock;

	return mock_device(world->fd, world->other, &mock);
}

static int replace(struct world *world)
{
	return mock_replace(world->fd, &world->mock, world->other);
}

static int allocate(struct world *world)
{
	uint32_t hwpt;

	return hwpt_alloc_flags(world->fd, world->mock.device_id, world->other,
				0, &hwpt);
}

static void check_reason(const struct reason *reason, const char *what,
			 int (*want)(struct world *world))
{
	struct world world = new_world();
	char name[160];

	reason->make(&world);
	snprintf(name, sizeof(name), "class 11: %s over %s", what,
		 reason->name);
	tap_errno(want(&world), reason->result, name);
	tap_check(!mock_check_map(world.fd, world.mock.hwpt_id, BASE,
				  PAGES * PAGE, buffer) &&
			  !mock_check_refs(world.fd, buffer, PAGES * PAGE, 1),
		  "class 11: and all is as it was");
	unmake(&world);
	tap_errno(want(&world), 0, "class 11: and without it");
	tap_check(end_world(&world), "class 11: and nothing is left");
}

static void check_reasons(void)
{
	size_t i;

	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		check_reason(&reasons[i], "an attach", attach);
		check_reason(&reasons[i], "a replace", replace);
		check_reason(&reasons[i], "HWPT_ALLOC", allocate);
	}
}

/* Ids of the wrong kind. */
static void check_ids(void)
{
	struct world world = new_world();
	uint32_t wrong = world.mock.device_id, hwpt;
	struct mock mock;
	int fd = world.fd;

	tap_errno(mock_device(fd, wrong, &mock), EINVAL,
		  "class 11: attaching to a device");
	tap_errno(mock_replace(fd, &world.mock, wrong), EINVAL,
		  "class 11: replacing by a device");
	tap_errno(mock_replace(fd, &world.mock, 0x7fffffff), ENOENT,
		  "class 11: replacing by nothing");
	tap_errno(hwpt_alloc_flags(fd, wrong, wrong, 0, &hwpt), EINVAL,
		  "class 11: a page table of a device");
	tap_errno(hwpt_alloc_flags(fd, world.ioas, world.ioas, 0, &hwpt),
		  ENOENT, "class 11: a page table for an IOAS");
	tap_errno(mock_access(fd, wrong, true), ENOENT,
		  "class 11: an access of a device");
	tap_errno(mock_access_replace(fd, world.access, wrong), ENOENT,
		  "class 11: an access put onto a device");
	tap_errno(option_set(fd, IOMMU_OPTION_HUGE_PAGES, world.ioas, 0),
		  EINVAL, "class 11: huge-pages off over what is filled");
	tap_errno(mock_replace(fd, &world.mock, world.other), 0,
		  "class 11: and replacing works");
	tap_errno(option_set(fd, IOMMU_OPTION_HUGE_PAGES, world.ioas, 0), 0,
		  "class 11: and huge-pages off");
	tap_errno(mock_access_replace(fd, world.access, world.other), 0,
		  "class 11: and moving the access");
	tap_errno(destroy(fd, world.ioas), 0, "class 11: and DESTROY");
	tap_check(end_world(&world), "class 11: and nothing is left");
}

/* Each request of a world, to be made to fail in the middle. */

static int map(struct world *world)
{
	return ioas_map_at(world->fd, world->ioas, buffer, PAGES * PAGE,
			   BASE + PAGES * PAGE);
}

static int copy(struct world *world)
{
	uint64_t iova = 0;

	return ioas_copy(world->fd, READ, world->other, world->ioas,
			 PAGES * PAGE, &iova, BASE);
}

static int unmap(struct world *world)
{
	return ioas_unmap_at(world->fd, world->ioas, BASE, PAGES * PAGE);
}

static int allow(struct world *world)
{
	const struct iommu_iova_range ranges[] = { { BASE, BASE + PAGE },
						   { 2 * BASE, 3 * BASE } };

	return ioas_allow(world->fd, world->ioas, ranges, 2);
}

static int pin(struct world *world)
{
	uint32_t id;

	return mock_pin(world->fd, world->access, BASE + PAGE,
			(PAGES - 2) * PAGE, NULL, true, &id);
}

static int pin_unattached(struct world *world)
{
	uint32_t id;

	if (ioas_map_at(world->fd, world->other, buffer, PAGES * PAGE, PAGE) ==
		    -EFAULT ||
	    mock_access_replace(world->fd, world->access, world->other))
		return -ENOMEM;
	return mock_pin(world->fd, world->access, PAGE, PAGES * PAGE, NULL,
			true, &id);
}

static int read_slowly(struct world *world)
{
	unsigned char bytes[2 * PAGE];

	return mock_rw(world->fd, world->access, BASE + 100, sizeof(bytes),
		       bytes, MOCK_ACCESS_RW_SLOW_PATH);
}

static int new_access(struct world *world)
{
	int access = mock_access(world->fd, world->other, true);

	return access < 0 ? access : close(access);
}

static int move_access(struct world *world)
{
	return mock_access_replace(world->fd, world->access, world->other);
}

static int detach(struct world *world)
{
	return destroy(world->fd, world->mock.test_id);
}

static int large_pages(struct world *world)
{
	return option_set(world->fd, IOMMU_OPTION_HUGE_PAGES, world->other, 0);
}

static int ask_ranges(struct world *world)
{
	struct iommu_iova_range ranges[4];
	uint64_t alignment;
	uint32_t count = 4;

	return ioas_ranges(world->fd, world->ioas, ranges, &count, &alignment);
}

static int ask_vfio_info(struct world *world)
{
	unsigned char room[512] = { 0 };

	memcpy(room, &(uint32_t){ sizeof(room) }, sizeof(uint32_t));
	if (vfio_ioas(world->fd, IOMMU_VFIO_IOAS_SET, &world->ioas))
		return -ENOMEM;
	return request(world->fd, VFIO_IOMMU_GET_INFO, room);
}

static int ask_hw_info(struct world *world)
{
	unsigned char room[64];
	struct iommu_hw_info cmd = {
		.size = sizeof(cmd),
		.dev_id = world->mock.device_id,
		.data_len = sizeof(room),
		.data_uptr = (uintptr_t)room,
	};

	return request(world->fd, IOMMU_GET_HW_INFO, &cmd);
}

static const struct request {
	const char *name;
	int (*make)(struct world *world);
	/* What it says when it has been done already. */
	int again;
} requests[] = {
	{ "MAP", map, EEXIST },
	{ "COPY", copy, 0 },
	{ "UNMAP", unmap, ENOENT },
	{ "ALLOW_IOVAS", allow, 0 },
	{ "IOVA_RANGES", ask_ranges, 0 },
	{ "OPTION", large_pages, 0 },
	{ "GET_HW_INFO", ask_hw_info, 0 },
	{ "VFIO's GET_INFO", ask_vfio_info, 0 },
	{ "an attach", attach, 0 },
	{ "a replace", replace, 0 },
	{ "a detach", detach, ENOENT },
	{ "HWPT_ALLOC", allocate, 0 },
	{ "a new access", new_access, 0 },
	{ "moving an access", move_access, 0 },
	{ "pinning", pin, 0 },
	{ "pinning what nothing else has pinned", pin_unattached, 0 },
	{ "reading", read_slowly, 0 },
};

/* Returns how many times it failed, or -1. */
static int fail_each(const struct request *request, int control)
{
	bool failed = true;
	int nth;

	for (nth = 1; failed && nth < 2000; nth++) {
		struct world world = new_world();
		int rc, again;

		/* Small batches make long ways. */
		mock_memory_limit(world.fd, 16);
		failing_begin(control, nth);
		rc = request->make(&world);
		failed = failing_end(control);
		again = request->make(&world);
		mock_memory_limit(world.fd, 65536);
		if (again && again != -request->again) {
			printf("# %s after failure %d (%s): %s\n",
			       request->name, nth, strerror(-rc),
			       strerror(-again));
			return -1;
		}
		if (!failed && rc) {
			printf("# %s without a failure: %s\n", request->name,
			       strerror(-rc));
			return -1;
		}
		if (!end_world(&world))
			return -1;
	}
	return nth - 2;
}

static void check_failures(void)
{
	int control = failing_open();
	size_t i;

	if (control < 0)
		return;
	for (i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		int failures = fail_each(&requests[i], control);

		tap_check(failures > 0,
			  "class 11: %s, after each of its %d ways to fail",
			  requests[i].name, failures);
	}
	close(control);
}

/* Class 18. */

static void check_half_unmap(void)
{
	struct world world = new_world();
	uint64_t length = 2 * PAGES * PAGE - PAGE;
	uint64_t said = length;

	map(&world);
	tap_errno(ioas_unmap(world.fd, world.ioas, BASE, &said), ENOENT,
		  "class 18: UNMAP of one mapping and half of the next");
	tap_check(said == length, "class 18: says nothing of a length");
	if (on_upstream())
		tap_skip("Linux has unmapped the first",
			 "class 18: and has unmapped nothing");
	else
		tap_check(!mock_check_map(world.fd, world.mock.hwpt_id, BASE,
					  PAGES * PAGE, buffer) &&
				  !mock_check_refs(world.fd, buffer,
						   PAGES * PAGE, 2),
			  "class 18: and has unmapped nothing");
	end_world(&world);
}

static void check_half_vfio_unmap(void)
{
	struct vfio_iommu_type1_dma_unmap cmd = {
		.argsz = sizeof(cmd),
		.iova = BASE,
		.size = 2 * PAGES * PAGE - PAGE,
	};
	struct world world = new_world();
	uint64_t left = UINT64_MAX;

	map(&world);
	if (vfio_ioas(world.fd, IOMMU_VFIO_IOAS_SET, &world.ioas))
		tap_bail_out("no container");
	tap_errno(request(world.fd, VFIO_IOMMU_UNMAP_DMA, &cmd), ENOENT,
		  "class 18: UNMAP_DMA of one mapping and half of the next");
	tap_check(!ioas_unmap(world.fd, world.ioas, 0, &left) &&
			  left + cmd.size == 2 * PAGES * PAGE,
		  "class 18: what it says was unmapped is gone");
	end_world(&world);
}

static void check_half_invalidate(void)
{
	struct iommu_hwpt_invalidate_selftest entries[] = {
		{ .iotlb_id = 0 },
		{ .iotlb_id = 1 },
		{ .iotlb_id = MOCK_NESTED_DOMAIN_IOTLB_NUM },
		{ .iotlb_id = 2 },
	};
	struct world world = new_world();
	uint32_t device = world.mock.device_id;
	uint32_t parent, nested, done;
	int fd = world.fd;
	int rc;

	rc = hwpt_alloc_flags(fd, device, world.ioas,
			      IOMMU_HWPT_ALLOC_NEST_PARENT, &parent);
	if (rc == -EOPNOTSUPP) {
		mock_lacks("class 18", "nested page tables");
		end_world(&world);
		return;
	}
	if (rc || mock_nested(fd, device, parent, 0, 0, &nested))
		tap_bail_out("no nested page table");
	tap_errno(hwpt_invalidate(fd, nested,
				  IOMMU_HWPT_INVALIDATE_DATA_SELFTEST, entries,
				  sizeof(entries[0]), 4, &done),
		  EINVAL, "class 18: HWPT_INVALIDATE with a bad third entry");
	tap_check(done == 2 && !mock_check_iotlb(fd, nested, 0, 0) &&
			  !mock_check_iotlb(fd, nested, 1, 0) &&
			  !mock_check_iotlb(fd, nested, 2,
					    IOMMU_TEST_IOTLB_DEFAULT),
		  "class 18: two are done, and two are said to be");
	tap_errno(hwpt_invalidate(fd, nested,
				  IOMMU_HWPT_INVALIDATE_DATA_SELFTEST, NULL,
				  sizeof(entries[0]), 1, &done),
		  EINVAL, "class 18: HWPT_INVALIDATE without an array");
	tap_check(done == 0, "class 18: none is done");
	end_world(&world);
}

int main(void)
{
	buffer = small_pages(PAGES * PAGE);
	/* A lock that is still held makes the next request hang. */
	alarm(900);
	check_reasons();
	check_ids();
	check_half_unmap();
	check_half_vfio_unmap();
	check_half_invalidate();
	check_failures();
	return tap_done();
}
