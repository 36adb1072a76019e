// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Class 16: page requests of devices that move while they are read, answered
 * or left alone. Whatever happens each is told in its turn, and answered once.
 */
#include "failing.h"
#include "faults.h"
#include "held.h"

#define MESSAGE sizeof(struct iommu_hwpt_pgfault)
/* More than the mock lets a device leave unanswered. */
#define MANY 2000

/* What is read comes to the end of the memory for it. */
static void check_edge(void)
{
	struct iommu_hwpt_pgfault faults[3];
	unsigned char *end = memory(2 * PAGE);
	struct faulting f;
	int i;

	faulting_start(&f);
	munmap(end + PAGE, PAGE);
	end += PAGE;
	for (i = 1; i <= 3; i++)
		request_page(&f, i);
	tap_check(read(f.queue, faults, 0) < 0 && errno == EINVAL,
		  "class 16: no room for the first request");
	tap_errno(read_faults(f.queue, (void *)(end - MESSAGE / 2), 1), EFAULT,
		  "class 16: room for the half of it");
	tap_check(read_faults(f.queue, (void *)(end - MESSAGE), 3) == 1,
		  "class 16: room for one of three");
	memcpy(faults, end - MESSAGE, MESSAGE);
	tap_check(read_faults(f.queue, faults + 1, 2) == 2 &&
			  faults[0].grpid == 1 && faults[1].grpid == 2 &&
			  faults[2].grpid == 3,
		  "class 16: they come in their order");
	for (i = 0; i < 3; i++)
		tap_check(answer_fault(f.queue, faults[i].cookie, 0) == 1,
			  "class 16: and %u is answered", faults[i].grpid);
	munmap(end - PAGE, PAGE);
	faulting_end(&f);
}

/* Somebody who reads or answers, in memory that does not come. */
struct slow {
	struct faulting f;
	unsigned char *at;
};

static int read_slowly(void *argument)
{
	struct slow *slow = argument;

	return read_faults(slow->f.queue, (void *)slow->at, 1);
}

static int answer_slowly(void *argument)
{
	struct slow *slow = argument;

	return answer_faults(slow->f.queue, (void *)slow->at, 1);
}

static int move_away(void *argument)
{
	struct slow *slow = argument;

	return mock_replace(slow->f.fd, &slow->f.mock, slow->f.parent);
}

/* The device moves meanwhile. Nobody has to wait for anybody. */
static void check_slow(const char *name, int (*function)(void *), bool was_read)
{
	struct held_page page = hold_page();
	struct slow slow = { .at = page.at };
	struct iommu_hwpt_page_response response = { 0 };
	struct iommu_hwpt_pgfault fault = { 0 };
	struct call call, move;

	faulting_start(&slow.f);
	request_page(&slow.f, 7);
	if (was_read && read_faults(slow.f.queue, &fault, 1) != 1)
		tap_bail_out("no page request");
	response.cookie = fault.cookie;
	call_start(&call, function, &slow);
	await_fault(&page);
	call_start(&move, move_away, &slow);
	tap_errno(call_result(&move, name), 0, name);
	tap_check(!call_is_over(&call, 100), "class 16: which goes on");
	give_page(&page, &response, sizeof(response));
	tap_check(call_result(&call, name) == (was_read ? -EINVAL : 1),
		  "class 16: and ends, the request being answered");
	memcpy(&fault, page.at, MESSAGE);
	tap_check(!is_readable(slow.f.queue) &&
			  (was_read || answer_fault(slow.f.queue, fault.cookie,
						    0) == -EINVAL),
		  "class 16: so that nothing is left of it");
	munmap(page.at, PAGE);
	faulting_end(&slow.f);
}

/* A device that moves now and then can go on for ever. */
static void check_many(void)
{
	struct iommu_hwpt_pgfault faults[20];
	struct faulting f;
	int i;

	faulting_start(&f);
	for (i = 0; i < MANY && !request_page(&f, i); i++) {
		if (i % 100 != 99)
			continue;
		/* Some unread, some unanswered. */
		read_faults(f.queue, faults, 20);
		if (mock_replace(f.fd, &f.mock,
				 i % 200 == 99 ? f.ioas : f.parent) ||
		    mock_replace(f.fd, &f.mock, f.hwpt))
			break;
	}
	tap_check(i == MANY && !is_readable(f.queue),
		  "class 16: %d requests, and none is left", i);
	faulting_end(&f);
}

/* Each allocation of a request's way fails once. */
static void check_failures(void)
{
	int control = failing_open();
	struct iommu_hwpt_pgfault fault;
	bool failed = true, lost = false;
	struct faulting f;
	int nth;

	if (control < 0)
		return;
	faulting_start(&f);
	for (nth = 1; failed && !lost && nth < 200; nth++) {
		int rc;

		request_page(&f, nth);
		failing_begin(control, nth);
		rc = read_faults(f.queue, &fault, 1);
		failed = failing_end(control);
		/* What could not be read still can be. */
		if (rc != 1 && read_faults(f.queue, &fault, 1) != 1)
			lost = true;
		if (fault.grpid != (uint32_t)nth ||
		    answer_fault(f.queue, fault.cookie, 0) != 1)
			lost = true;
	}
	close(control);
	tap_check(!failed && !lost && nth > 2,
		  "class 16: nothing is lost in %d ways to fail", nth - 2);
	faulting_end(&f);
}

int main(void)
{
	int fd = iommu_open();

	if (!mock_can_fault(fd)) {
		mock_lacks("class 16", "page requests");
		return tap_done();
	}
	close(fd);
	check_edge();
	check_many();
	check_failures();
	if (on_upstream()) {
		tap_skip("Linux lets the device wait",
			 "class 16: a device moves while somebody is slow");
		return tap_done();
	}
	check_slow("class 16: a device moves while its request is read",
		   read_slowly, false);
	check_slow("class 16: a device moves while its request is answered",
		   answer_slowly, true);
	return tap_done();
}
