/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Class 9: pages are unpinned by the callback of one UNMAP while others unmap,
 * map, pin and unpin at the same addresses. Class 10: accesses and devices go
 * from one IOAS to another while their memory is read and mapped.
 */
#ifndef TESTS_MOCK_RACE_ACCESS_H
#define TESTS_MOCK_RACE_ACCESS_H

#include "race.h"

#define PIN_PAGES 8
#define PIN_ACCESSES 2

static uint32_t pin_ioas;
static int pin_accesses[PIN_ACCESSES];
/* The id of each access's latest pin. */
static atomic_uint pin_latest[PIN_ACCESSES];

static void pin_prepare(struct race *race)
{
	struct mock mock;
	int i;

	race->fd = iommu_open();
	race->memory = small_pages(PIN_PAGES * PAGE);
	if (ioas_alloc(race->fd, &pin_ioas) ||
	    mock_device(race->fd, pin_ioas, &mock))
		tap_bail_out("no mock device");
	for (i = 0; i < PIN_ACCESSES; i++) {
		pin_accesses[i] = mock_access(race->fd, pin_ioas, true);
		if (pin_accesses[i] < 0)
			tap_bail_out("no access");
	}
}

static bool pin_step(struct racer *racer)
{
	int fd = racer->race->fd;
	int which = race_below(racer, PIN_ACCESSES);
	int access = pin_accesses[which];
	uint64_t page = race_below(racer, PIN_PAGES);
	uint64_t pages = 1 + race_below(racer, PIN_PAGES - page);
	uint64_t iova = APERTURE_START + page * PAGE;
	uint64_t length = pages * PAGE;
	unsigned char *at = racer->race->memory + page * PAGE;
	unsigned char bytes[64];
	uint32_t id;
	int rc;

	switch (race_below(racer, 8)) {
	case 0:
	case 1:
		return RACE(racer, "MAP",
			    ioas_map_at(fd, pin_ioas, at, length, iova),
			    EEXIST);
	case 2:
		return RACE(racer, "UNMAP",
			    ioas_unmap_at(fd, pin_ioas, iova, length), ENOENT,
			    EBUSY);
	case 3:
		length = UINT64_MAX;
		return RACE(racer, "UNMAP of all",
			    ioas_unmap(fd, pin_ioas, 0, &length), EBUSY);
	case 4:
	case 5:
		rc = mock_pin(fd, access, iova, length, at,
			      race_below(racer, 2), &id);
		if (!rc)
			atomic_store(&pin_latest[which], id);
		return RACE(racer, "pinning", rc, ENOENT, EINVAL);
	case 6:
		id = atomic_load(&pin_latest[which]) - race_below(racer, 8);
		return RACE(racer, "unpinning", mock_unpin(fd, access, id),
			    ENOENT);
	default:
		return RACE(racer, "reading",
			    mock_rw(fd, access, iova, sizeof(bytes), bytes,
				    race_below(racer, 2)
					    ? MOCK_ACCESS_RW_SLOW_PATH
					    : 0),
			    ENOENT, EINVAL);
	}
}

static bool pin_finish(struct race *race)
{
	uint64_t length = UINT64_MAX;
	int i;

	/* With all that is still pinned. */
	if (ioas_unmap(race->fd, pin_ioas, 0, &length))
		return false;
	for (i = 0; i < PIN_ACCESSES; i++)
		close(pin_accesses[i]);
	return race_unpinned(race, PIN_PAGES) && race_destroy_all(race, 64);
}

/* Class 10: each IOAS shows another page at the same address. */

#define MOVE_TABLES 3

static uint32_t move_ioas[MOVE_TABLES];
static struct mock move_device;
static int move_access;
static atomic_uint move_latest;

static void move_prepare(struct race *race)
{
	int i;

	race->fd = iommu_open();
	race->memory = small_pages(2 * MOVE_TABLES * PAGE);
	for (i = 0; i < MOVE_TABLES; i++) {
		memset(race->memory + i * PAGE, 'a' + i, PAGE);
		if (ioas_alloc(race->fd, &move_ioas[i]) ||
		    ioas_map_at(race->fd, move_ioas[i], race->memory + i * PAGE,
				PAGE, APERTURE_START))
			tap_bail_out("no mapping");
	}
	move_access = mock_access(race->fd, move_ioas[0], true);
	if (move_access < 0 ||
	    mock_device(race->fd, move_ioas[0], &move_device))
		tap_bail_out("no mock device");
}

/* Only one thread moves the device, so that it knows what it must find. */
static bool move_it(struct racer *racer)
{
	int to = race_below(racer, MOVE_TABLES);
	int fd = racer->race->fd;

	return RACE(racer, "replacing a device's IOAS",
		    mock_replace(fd, &move_device, move_ioas[to]), 0) &&
	       RACE(racer, "the new IOAS's page",
		    mock_check_map(fd, move_device.hwpt_id, APERTURE_START,
				   PAGE, racer->race->memory + to * PAGE),
		    0);
}

static bool move_read(struct racer *racer)
{
	char bytes[32] = { 0 };
	int rc;

	rc = mock_rw(racer->race->fd, move_access, APERTURE_START + 100,
		     sizeof(bytes), bytes,
		     race_below(racer, 2) ? MOCK_ACCESS_RW_SLOW_PATH : 0);
	/* It is nowhere for a moment. */
	if (rc == -ENOENT)
		return true;
	if (rc || bytes[0] < 'a' || bytes[0] >= 'a' + MOVE_TABLES ||
	    memcmp(bytes, bytes + 1, sizeof(bytes) - 1)) {
		printf("# class 10: reading: %s, %02x\n", strerror(-rc),
		       bytes[0]);
		return false;
	}
	return true;
}

static bool move_step(struct racer *racer)
{
	uint32_t ioas = move_ioas[race_below(racer, MOVE_TABLES)];
	unsigned char *spare = racer->race->memory + MOVE_TABLES * PAGE;
	uint64_t iova = APERTURE_START + (1 + race_below(racer, 4)) * PAGE;
	int fd = racer->race->fd;
	uint32_t id;
	int rc;

	if (!racer->index)
		return move_it(racer);
	switch (race_below(racer, 6)) {
	case 0:
		return RACE(racer, "moving an access",
			    mock_access_replace(fd, move_access, ioas), ENOENT,
			    EBUSY);
	case 1:
		rc = mock_pin(fd, move_access, APERTURE_START, PAGE, NULL,
			      false, &id);
		if (!rc)
			atomic_store(&move_latest, id);
		return RACE(racer, "pinning", rc, ENOENT);
	case 2:
		id = atomic_load(&move_latest) - race_below(racer, 4);
		return RACE(racer, "unpinning", mock_unpin(fd, move_access, id),
			    ENOENT);
	case 3:
		return RACE(racer, "MAP",
			    ioas_map_at(fd, ioas, spare, PAGE, iova), EEXIST);
	case 4:
		return RACE(racer, "UNMAP", ioas_unmap_at(fd, ioas, iova, PAGE),
			    ENOENT, EBUSY);
	default:
		return move_read(racer);
	}
}

static bool move_finish(struct race *race)
{
	close(move_access);
	return race_destroy_all(race, 64) &&
	       race_unpinned(race, 2 * MOVE_TABLES);
}

#endif
