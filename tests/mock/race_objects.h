/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Class 1: an object is made of each type, and others are already at the id
 * that it will get. Class 2: several destroy one object while it is used.
 */
#ifndef TESTS_MOCK_RACE_OBJECTS_H
#define TESTS_MOCK_RACE_OBJECTS_H

#include <sched.h>

#include "race.h"

#define EARLY_IDS 48

/* What may be said of an id that may be anything, or nothing. */
#define ANYTHING                                                               \
	ENOENT, EINVAL, EBUSY, EEXIST, EADDRINUSE, ENOSPC, EOPNOTSUPP, ENODEV, \
		EMSGSIZE, EBADFD

static atomic_uint early_last;

static void early_prepare(struct race *race)
{
	uint32_t id;

	race->fd = iommu_open();
	race->memory = small_pages(PAGE);
	if (ioas_alloc(race->fd, &id) || ioas_alloc(race->fd, &id))
		tap_bail_out("no IOAS");
	atomic_store(&early_last, id);
}

/* Makes an object of any type; what it needs is likely to be there. */
static bool early_make(struct racer *racer)
{
	int fd = racer->race->fd;
	uint32_t near = 1 + race_below(racer, EARLY_IDS);
	uint32_t id = 0;
	struct mock mock;
	int queue;
	int rc;

	switch (race_below(racer, 8)) {
	case 0:
		rc = mock_device(fd, near, &mock);
		id = mock.test_id;
		break;
	case 1:
		rc = hwpt_alloc_flags(fd, near, 1 + race_below(racer, 8), 0,
				      &id);
		break;
	case 2:
		rc = mock_access(fd, near, race_below(racer, 2));
		if (rc >= 0)
			close(rc);
		break;
	case 3:
		rc = fault_alloc(fd, &id, &queue);
		if (!rc)
			close(queue);
		break;
	default:
		rc = ioas_alloc(fd, &id);
	}
	if (!rc && id)
		atomic_store(&early_last, id);
	return RACE(racer, "making an object", rc, ANYTHING);
}

static int early_user(struct racer *racer, int fd, uint32_t id)
{
	struct iommu_iova_range range = { APERTURE_START, APERTURE_LAST };
	struct iommu_hw_info info = { .size = sizeof(info), .dev_id = id };
	uint64_t value = 0;
	uint32_t count = 1;
	uint32_t other = id;

	switch (race_below(racer, 12)) {
	case 0:
		return ioas_map(fd, id, READ, racer->race->memory, PAGE,
				&value);
	case 1:
		value = UINT64_MAX;
		return ioas_unmap(fd, id, 0, &value);
	case 2:
		return ioas_ranges(fd, id, &range, &count, &value);
	case 3:
		return ioas_allow(fd, id, &range, race_below(racer, 2));
	case 4:
		return ioas_copy(fd, READ, id, id, PAGE, &value,
				 APERTURE_START);
	case 5:
		return option_set(fd, IOMMU_OPTION_HUGE_PAGES, id,
				  race_below(racer, 2));
	case 6:
		return vfio_ioas(fd, race_below(racer, 3), &other);
	case 7:
		return request(fd, IOMMU_GET_HW_INFO, &info);
	case 8:
		return set_dirty_tracking(fd, id, race_below(racer, 2));
	case 9:
		return get_dirty_bitmap(fd, id, 0, APERTURE_START, PAGE, PAGE,
					&value);
	case 10:
		return hwpt_invalidate(fd, id, 0, NULL, 0, 0, &count);
	default:
		return ioas_map_at(fd, id, racer->race->memory, PAGE,
				   APERTURE_START +
					   race_below(racer, 8) * PAGE);
	}
}

/* What the test ioctl can be told to do with an id. */
static int early_tester(struct racer *racer, int fd, uint32_t id)
{
	struct mock mock = { .test_id = id };
	uint32_t hwpt;
	int rc;

	switch (race_below(racer, 6)) {
	case 0:
		return mock_replace(fd, &mock, 1 + race_below(racer, 8));
	case 1:
		return mock_check_map(fd, id, APERTURE_START, PAGE,
				      racer->race->memory);
	case 2:
		return mock_reserve(fd, id, 0, PAGE);
	case 3:
		rc = mock_access(fd, id, race_below(racer, 2));
		if (rc >= 0)
			close(rc);
		return rc;
	case 4:
		return hwpt_alloc_flags(fd, id, id - 1, 0, &hwpt);
	default:
		rc = mock_device(fd, id, &mock);
		if (!rc)
			destroy(fd, mock.test_id);
		return rc;
	}
}

static bool early_step(struct racer *racer)
{
	uint32_t id = atomic_load(&early_last) + race_below(racer, 4);
	int fd = racer->race->fd;

	if (!racer->index) {
		if (race_below(racer, 2))
			return early_make(racer);
		/* Keeps the ids small, so that the guesses are good. */
		id = 1 + race_below(racer, id > EARLY_IDS ? id : EARLY_IDS);
		return RACE(racer, "destroying", destroy(fd, id), ANYTHING);
	}
	switch (race_below(racer, 4)) {
	case 0:
		return RACE(racer, "destroying early", destroy(fd, id),
			    ANYTHING);
	case 1:
		return RACE(racer, "a test request on an early id",
			    early_tester(racer, fd, id), ANYTHING);
	default:
		return RACE(racer, "a request on an early id",
			    early_user(racer, fd, id), ANYTHING);
	}
}

static bool early_finish(struct race *race)
{
	return race_destroy_all(race, 8192) && race_unpinned(race, 1);
}

/* Class 2. */

static atomic_uint once_target;
static atomic_ulong once_made, once_destroyed;
static uint32_t once_base;
static struct mock once_device;

static void once_prepare(struct race *race)
{
	race->fd = iommu_open();
	race->memory = small_pages(PAGE);
	if (ioas_alloc(race->fd, &once_base) ||
	    mock_device(race->fd, once_base, &once_device))
		tap_bail_out("no mock device");
}

static bool once_make(struct racer *racer)
{
	int fd = racer->race->fd;
	struct mock mock;
	uint32_t id;
	int rc;

	if (atomic_load(&once_made) != atomic_load(&once_destroyed)) {
		sched_yield();
		return true;
	}
	switch (race_below(racer, 4)) {
	case 0:
		rc = mock_device(fd, once_base, &mock);
		id = mock.test_id;
		break;
	case 1:
		rc = hwpt_alloc_flags(fd, once_device.device_id, once_base, 0,
				      &id);
		break;
	default:
		rc = ioas_alloc(fd, &id);
	}
	if (rc) {
		printf("# class 2: making an object: %s\n", strerror(-rc));
		return false;
	}
	atomic_fetch_add(&once_made, 1);
	atomic_store(&once_target, id);
	return true;
}

static bool once_use(struct racer *racer, uint32_t id)
{
	struct mock device = once_device;
	int fd = racer->race->fd;
	uint64_t value = 0;
	int rc;

	switch (race_below(racer, 4)) {
	case 0:
		rc = ioas_map(fd, id, READ, racer->race->memory, PAGE, &value);
		break;
	case 1:
		value = UINT64_MAX;
		rc = ioas_unmap(fd, id, 0, &value);
		break;
	case 2:
		rc = ioas_copy(fd, READ, id, id, PAGE, &value, PAGE);
		break;
	default:
		rc = mock_replace(fd, &device, id);
		mock_replace(fd, &device, once_base);
	}
	return RACE(racer, "use", rc, ENOENT, EINVAL, EBUSY, ENOSPC,
		    EADDRINUSE);
}

static bool once_step(struct racer *racer)
{
	uint32_t id = atomic_load(&once_target);
	int rc;

	if (!racer->index)
		return once_make(racer);
	if (!id)
		return true;
	rc = destroy(racer->race->fd, id);
	if (!rc)
		atomic_fetch_add(&once_destroyed, 1);
	return RACE(racer, "destroying", rc, ENOENT, EBUSY) &&
	       once_use(racer, id);
}

static bool once_finish(struct race *race)
{
	uint32_t id = atomic_load(&once_target);

	mock_replace(race->fd, &once_device, once_base);
	if (atomic_load(&once_made) != atomic_load(&once_destroyed) &&
	    !destroy(race->fd, id))
		atomic_fetch_add(&once_destroyed, 1);
	if (atomic_load(&once_made) != atomic_load(&once_destroyed)) {
		printf("# class 2: %lu objects were made, %lu destroyed\n",
		       atomic_load(&once_made), atomic_load(&once_destroyed));
		return false;
	}
	return atomic_load(&once_made) > 10 && race_destroy_all(race, 64) &&
	       race_unpinned(race, 1);
}

#endif
