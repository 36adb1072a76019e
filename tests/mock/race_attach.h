/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Class 12: devices come to one page table and go in any order. Class 16: page
 * requests are made, read, answered and awaited while the device leaves, the
 * page table changes and queues come and go.
 */
#ifndef TESTS_MOCK_RACE_ATTACH_H
#define TESTS_MOCK_RACE_ATTACH_H

#include <poll.h>

#include "race.h"

#define JOIN_PAGES 4

static uint32_t join_ioas, join_hwpt;
static struct mock join_first;

static void join_prepare(struct race *race)
{
	race->fd = iommu_open();
	race->memory = small_pages(JOIN_PAGES * PAGE);
	if (ioas_alloc(race->fd, &join_ioas) ||
	    mock_device(race->fd, join_ioas, &join_first) ||
	    hwpt_alloc_flags(race->fd, join_first.device_id, join_ioas, 0,
			     &join_hwpt) ||
	    ioas_map_at(race->fd, join_ioas, race->memory, PAGE,
			APERTURE_START))
		tap_bail_out("no page table");
}

static bool join_step(struct racer *racer)
{
	uint64_t iova = APERTURE_START + (1 + race_below(racer, 4)) * PAGE;
	unsigned char *memory = racer->race->memory;
	int fd = racer->race->fd;
	struct mock mocks[2];
	bool ok = true;
	int first;
	int i;

	if (!racer->index && race_below(racer, 8)) {
		if (race_below(racer, 2))
			return RACE(racer, "MAP",
				    ioas_map_at(fd, join_ioas, memory + PAGE,
						PAGE, iova),
				    EEXIST);
		return RACE(racer, "UNMAP",
			    ioas_unmap_at(fd, join_ioas, iova, PAGE), ENOENT,
			    EBUSY);
	}
	first = race_below(racer, 2);
	for (i = 0; i < 2 && ok; i++) {
		ok = RACE(racer, "attaching",
			  mock_device(fd, join_hwpt, &mocks[i]), 0) &&
		     RACE(racer, "what it sees",
			  mock_check_map(fd, mocks[i].hwpt_id, APERTURE_START,
					 PAGE, memory),
			  0);
		if (ok && race_below(racer, 2))
			ok = RACE(racer, "replacing",
				  mock_replace(fd, &mocks[i], join_ioas), 0);
	}
	return ok &&
	       RACE(racer, "detaching", destroy(fd, mocks[first].test_id), 0) &&
	       RACE(racer, "detaching", destroy(fd, mocks[!first].test_id), 0);
}

static bool join_finish(struct race *race)
{
	return !mock_check_map(race->fd, join_hwpt, APERTURE_START, PAGE,
			       race->memory) &&
	       race_destroy_all(race, 64) && race_unpinned(race, JOIN_PAGES);
}

/* Class 16. */

#define FAULT_TABLES 2

static uint32_t fault_ioas, fault_parent;
static uint32_t fault_hwpts[FAULT_TABLES + 1];
static uint32_t fault_ids[FAULT_TABLES];
static int fault_queues[FAULT_TABLES];
static struct mock fault_device;

static int fault_table(int fd, uint32_t queue, uint32_t *hwpt)
{
	return mock_nested(fd, fault_device.device_id, fault_parent,
			   IOMMU_HWPT_FAULT_ID_VALID, queue, hwpt);
}

static void fault_prepare(struct race *race)
{
	int i;

	race->fd = iommu_open();
	if (!mock_can_fault(race->fd)) {
		race->lacking = "page requests";
		return;
	}
	if (ioas_alloc(race->fd, &fault_ioas) ||
	    mock_device(race->fd, fault_ioas, &fault_device) ||
	    hwpt_alloc_flags(race->fd, fault_device.device_id, fault_ioas,
			     IOMMU_HWPT_ALLOC_NEST_PARENT, &fault_parent))
		tap_bail_out("no mock device");
	for (i = 0; i < FAULT_TABLES; i++) {
		if (fault_alloc(race->fd, &fault_ids[i], &fault_queues[i]) ||
		    fault_table(race->fd, fault_ids[i], &fault_hwpts[i]))
			tap_bail_out("no page table with a fault queue");
	}
	/* And one where nobody hears the device. */
	fault_hwpts[FAULT_TABLES] = fault_ioas;
}

static bool fault_read(struct racer *racer, int queue)
{
	struct iommu_hwpt_pgfault faults[4];
	struct iommu_hwpt_page_response answer = { 0 };
	struct pollfd event = { .fd = queue, .events = POLLIN | POLLOUT };
	ssize_t length;
	int i;

	if (poll(&event, 1, 0) < 0)
		return false;
	length = read(queue, faults,
		      (1 + race_below(racer, 4)) * sizeof(faults[0]));
	if (length < 0)
		return errno == EAGAIN;
	for (i = 0; i < length / (ssize_t)sizeof(faults[0]); i++) {
		/* Some stay unanswered. */
		if (!race_below(racer, 4))
			continue;
		answer.cookie = faults[i].cookie;
		answer.code = race_below(racer, 2);
		/* The device may be gone since. */
		if (write(queue, &answer, sizeof(answer)) < 0 &&
		    errno != EINVAL) {
			printf("# class 16: answering: %s\n", strerror(errno));
			return false;
		}
	}
	return true;
}

/* A queue, a page table and a device of its own, which end in any order. */
static bool fault_ephemeral(struct racer *racer)
{
	int fd = racer->race->fd;
	bool close_first = race_below(racer, 2);
	uint32_t id, hwpt;
	struct mock mock;
	int count, queue;
	bool ok;

	if (!RACE(racer, "a queue", fault_alloc(fd, &id, &queue), 0) ||
	    !RACE(racer, "its page table", fault_table(fd, id, &hwpt), 0) ||
	    !RACE(racer, "its device", mock_device(fd, hwpt, &mock), 0))
		return false;
	for (count = race_below(racer, 4); count; count--)
		mock_fault(fd, mock.device_id, count, 0x1000);
	ok = fault_read(racer, queue);
	if (close_first)
		close(queue);
	ok = ok && RACE(racer, "detaching", destroy(fd, mock.test_id), 0) &&
	     RACE(racer, "the page table's end", destroy(fd, hwpt), 0);
	if (!close_first)
		close(queue);
	return ok && RACE(racer, "the queue's end", destroy(fd, id), 0);
}

static bool fault_request(struct racer *racer)
{
	/* EBUSY: it has asked for too many that nobody has answered yet. */
	return RACE(racer, "a page request",
		    mock_fault(racer->race->fd, fault_device.device_id,
			       race_below(racer, 64), 0x2000),
		    EBUSY);
}

static bool fault_step(struct racer *racer)
{
	int which = race_below(racer, FAULT_TABLES + 1);

	switch (racer->index) {
	case 0:
		return RACE(racer, "replacing",
			    mock_replace(racer->race->fd, &fault_device,
					 fault_hwpts[which]),
			    0) &&
		       fault_request(racer);
	case 1:
		return fault_ephemeral(racer);
	case 2:
		return fault_request(racer) &&
		       (race_below(racer, 2) ||
			fault_read(racer, fault_queues[which % FAULT_TABLES]));
	default:
		return fault_read(racer, fault_queues[which % FAULT_TABLES]);
	}
}

static bool fault_finish(struct race *race)
{
	bool ok;
	int i;

	/* Where nobody hears it, what it has asked for was answered. */
	ok = !mock_replace(race->fd, &fault_device, fault_ioas) &&
	     !mock_fault(race->fd, fault_device.device_id, 0, 0);
	for (i = 0; i < FAULT_TABLES; i++)
		close(fault_queues[i]);
	return ok && race_destroy_all(race, 512);
}

#endif
