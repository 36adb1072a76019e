/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A device whose page requests go to a queue: its page table is nested, since
 * that is what a fault queue is for.
 */
#ifndef TESTS_MOCK_FAULTS_H
#define TESTS_MOCK_FAULTS_H

#include <poll.h>

#include "mock.h"

struct faulting {
	int fd;
	uint32_t ioas;
	uint32_t parent;
	uint32_t hwpt;
	uint32_t fault;
	int queue;
	struct mock mock;
};

static inline void faulting_start(struct faulting *f)
{
	f->fd = iommu_open();
	if (ioas_alloc(f->fd, &f->ioas) ||
	    mock_device(f->fd, f->ioas, &f->mock) ||
	    hwpt_alloc_flags(f->fd, f->mock.device_id, f->ioas,
			     IOMMU_HWPT_ALLOC_NEST_PARENT, &f->parent) ||
	    fault_alloc(f->fd, &f->fault, &f->queue) ||
	    mock_nested(f->fd, f->mock.device_id, f->parent,
			IOMMU_HWPT_FAULT_ID_VALID, f->fault, &f->hwpt) ||
	    mock_replace(f->fd, &f->mock, f->hwpt))
		tap_bail_out("no device with a fault queue");
}

static inline void faulting_end(struct faulting *f)
{
	close(f->queue);
	close(f->fd);
}

static inline int request_page(const struct faulting *f, uint32_t group)
{
	return mock_fault(f->fd, f->mock.device_id, group, group * PAGE);
}

/* Returns how many were read, or -errno. */
static inline int read_faults(int queue, struct iommu_hwpt_pgfault *faults,
			      int count)
{
	ssize_t length = read(queue, faults, count * sizeof(faults[0]));

	return length < 0 ? -errno : (int)(length / sizeof(faults[0]));
}

/* Returns how many were taken, or -errno. */
static inline int answer_faults(int queue,
				const struct iommu_hwpt_page_response *answers,
				int count)
{
	ssize_t length = write(queue, answers, count * sizeof(answers[0]));

	return length < 0 ? -errno : (int)(length / sizeof(answers[0]));
}

static inline int answer_fault(int queue, uint32_t cookie, uint32_t code)
{
	struct iommu_hwpt_page_response answer = { cookie, code };

	return answer_faults(queue, &answer, 1);
}

static inline bool is_readable(int queue)
{
	struct pollfd event = { .fd = queue, .events = POLLIN | POLLOUT };

	return poll(&event, 1, 0) == 1 && event.revents & POLLIN;
}

#endif
