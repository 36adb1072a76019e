// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fault queues: what is read, answered and awaited (class 16), and the file
 * and the object in every order in which they can come and go (class 4).
 */
#include <sys/resource.h>

#include "failing.h"
#include "faults.h"

#define MANY 5

static void check_read(void)
{
	struct iommu_hwpt_pgfault faults[MANY] = { 0 };
	struct iommu_hwpt_pgfault none = { 0 };
	struct faulting f;
	int i;

	faulting_start(&f);
	tap_check(!is_readable(f.queue), "class 16: nothing to read at first");
	tap_check(read(f.queue, faults, sizeof(faults)) == 0,
		  "class 16: and nothing is read");
	for (i = 1; i <= MANY; i++)
		request_page(&f, i);
	tap_check(is_readable(f.queue), "class 16: a request can be read");
	tap_check(read(f.queue, faults, sizeof(faults[0]) - 1) < 0 &&
			  errno == ESPIPE,
		  "class 16: not in part");
	tap_errno(read_faults(f.queue, NULL, 1), EFAULT,
		  "class 16: not to an address that is not there");
	tap_check(read_faults(f.queue, faults, 2) == 2,
		  "class 16: as many as there is room for");
	tap_check(read_faults(f.queue, faults + 2, MANY) == MANY - 2,
		  "class 16: and then the others");
	tap_check(!is_readable(f.queue), "class 16: each once");
	for (i = 0; i < MANY; i++) {
		none.flags = IOMMU_PGFAULT_FLAGS_PASID_VALID |
			     IOMMU_PGFAULT_FLAGS_LAST_PAGE;
		none.dev_id = f.mock.device_id;
		none.pasid = FAULT_PASID;
		none.grpid = i + 1;
		none.perm = IOMMU_PGFAULT_PERM_READ | IOMMU_PGFAULT_PERM_WRITE;
		none.addr = (i + 1) * PAGE;
		none.cookie = faults[i].cookie;
		tap_check(!memcmp(&faults[i], &none, sizeof(none)),
			  "class 14: request %d, with zeroes in between", i);
	}
	for (i = 0; i < MANY; i++)
		tap_check(answer_fault(f.queue, faults[i].cookie, i % 2) == 1,
			  "class 16: request %d is answered", i);
	faulting_end(&f);
}

static void check_answers(void)
{
	struct iommu_hwpt_page_response answers[2] = { 0 };
	struct iommu_hwpt_pgfault faults[2];
	struct faulting f;

	faulting_start(&f);
	request_page(&f, 1);
	tap_errno(answer_fault(f.queue, 1, IOMMUFD_PAGE_RESP_SUCCESS), EINVAL,
		  "class 16: an answer before the request was read");
	request_page(&f, 2);
	if (read_faults(f.queue, faults, 2) != 2)
		tap_bail_out("no page requests");
	tap_check(faults[0].cookie != faults[1].cookie,
		  "class 16: each has a cookie of its own");
	tap_check(write(f.queue, answers, sizeof(answers[0]) - 1) < 0 &&
			  errno == ESPIPE,
		  "class 16: half an answer");
	tap_errno(answer_fault(f.queue, faults[0].cookie, 2), EINVAL,
		  "class 16: an answer that is none");
	tap_errno(answer_fault(f.queue, ~faults[0].cookie, 0), EINVAL,
		  "class 16: an answer to nobody");
	tap_errno(answer_faults(f.queue, NULL, 1), EFAULT,
		  "class 16: an answer that cannot be read");
	answers[0].cookie = faults[1].cookie;
	answers[1].cookie = ~faults[1].cookie;
	tap_check(answer_faults(f.queue, answers, 2) == 1,
		  "class 16: a good answer and a bad one are one");
	tap_errno(answer_fault(f.queue, faults[1].cookie, 0), EINVAL,
		  "class 16: nothing is answered twice");
	tap_check(answer_fault(f.queue, faults[0].cookie, 1) == 1,
		  "class 16: what was refused can still be answered");
	faulting_end(&f);
}

/* Requests of a device that has gone elsewhere are nobody's any more. */
static void check_replace(void)
{
	struct iommu_hwpt_pgfault faults[2];
	struct faulting f;
	uint32_t cookie;

	faulting_start(&f);
	request_page(&f, 1);
	if (read_faults(f.queue, faults, 1) != 1)
		tap_bail_out("no page request");
	cookie = faults[0].cookie;
	request_page(&f, 2);
	tap_errno(mock_replace(f.fd, &f.mock, f.parent), 0,
		  "class 16: to a page table without a queue");
	tap_check(!is_readable(f.queue),
		  "class 16: what was not read yet is gone");
	tap_errno(answer_fault(f.queue, cookie, 0), EINVAL,
		  "class 16: what was not answered yet as well");
	request_page(&f, 3);
	tap_check(!is_readable(f.queue), "class 16: nobody hears the device");
	tap_errno(mock_replace(f.fd, &f.mock, f.hwpt), 0,
		  "class 16: and back to the queue");
	tap_check(!is_readable(f.queue),
		  "class 16: what it said meanwhile does not come");
	request_page(&f, 4);
	tap_check(read_faults(f.queue, faults, 2) == 1 && faults[0].grpid == 4,
		  "class 16: only what it says from now on");
	faulting_end(&f);
}

/* Two devices on two queues: each hears its own, also after a change. */
static void check_two(void)
{
	struct iommu_hwpt_pgfault faults[2];
	uint32_t fault, hwpt;
	struct faulting f;
	struct mock other;
	int queue;

	faulting_start(&f);
	if (fault_alloc(f.fd, &fault, &queue) ||
	    mock_nested(f.fd, f.mock.device_id, f.parent,
			IOMMU_HWPT_FAULT_ID_VALID, fault, &hwpt) ||
	    mock_device(f.fd, hwpt, &other))
		tap_bail_out("no second queue");
	request_page(&f, 1);
	mock_fault(f.fd, other.device_id, 2, 0);
	tap_check(read_faults(f.queue, faults, 2) == 1 && faults[0].grpid == 1,
		  "class 16: the first queue hears the first device");
	tap_check(read_faults(queue, faults, 2) == 1 && faults[0].grpid == 2 &&
			  faults[0].dev_id == other.device_id,
		  "class 16: the second queue hears the second device");
	tap_errno(mock_replace(f.fd, &f.mock, hwpt), 0,
		  "class 16: the first device goes to the second queue");
	request_page(&f, 3);
	tap_check(!is_readable(f.queue) &&
			  read_faults(queue, faults + 1, 1) == 1 &&
			  faults[1].dev_id == f.mock.device_id,
		  "class 16: which hears it now");
	tap_check(answer_fault(queue, faults[0].cookie, 0) == 1,
		  "class 16: and what was there before can be answered");
	close(queue);
	faulting_end(&f);
}

/* Class 4. */

enum {
	CLOSE_QUEUE,
	DETACH,
	DESTROY_HWPT,
	DESTROY_FAULT,
	CLOSE_ALL,
	ENDS,
};

/* What one step says when those in @before have been done. */
static int expected_of(int step, const bool *before)
{
	if (before[CLOSE_ALL] && step != CLOSE_QUEUE)
		return EBADF;
	switch (step) {
	case DESTROY_HWPT:
		return before[DETACH] ? 0 : EBUSY;
	case DESTROY_FAULT:
		return before[CLOSE_QUEUE] && before[DESTROY_HWPT] ? 0 : EBUSY;
	default:
		return 0;
	}
}

static int do_step(struct faulting *f, int step)
{
	switch (step) {
	case CLOSE_QUEUE:
		return close(f->queue) ? -errno : 0;
	case DETACH:
		return destroy(f->fd, f->mock.test_id);
	case DESTROY_HWPT:
		return destroy(f->fd, f->hwpt);
	case DESTROY_FAULT:
		return destroy(f->fd, f->fault);
	default:
		return close(f->fd) ? -errno : 0;
	}
}

/* @state: how far one request has come: unread, unanswered, answered. */
static bool end_in_order(const int *order, int state)
{
	struct iommu_hwpt_pgfault fault;
	bool done[ENDS] = { false };
	struct faulting f;
	int i;

	faulting_start(&f);
	request_page(&f, 1);
	if (state > 0 && read_faults(f.queue, &fault, 1) != 1)
		return false;
	if (state > 1 && answer_fault(f.queue, fault.cookie, 0) != 1)
		return false;
	for (i = 0; i < ENDS; i++) {
		int expected = expected_of(order[i], done);
		int rc = do_step(&f, order[i]);

		if (rc != -expected) {
			printf("# step %d of %d%d%d%d%d: %s, expected %s\n", i,
			       order[0], order[1], order[2], order[3], order[4],
			       strerror(-rc), strerror(expected));
			return false;
		}
		done[order[i]] = !rc;
	}
	return true;
}

static bool next_order(int *order)
{
	int i = ENDS - 1, j = ENDS - 1, t;

	while (i > 0 && order[i - 1] > order[i])
		i--;
	if (!i)
		return false;
	while (order[j] < order[i - 1])
		j--;
	t = order[i - 1];
	order[i - 1] = order[j];
	order[j] = t;
	for (j = ENDS - 1; i < j; i++, j--) {
		t = order[i];
		order[i] = order[j];
		order[j] = t;
	}
	return true;
}

/* How many open files and objects hold the module. */
static long module_users(void)
{
	FILE *file = fopen("/sys/module/iommufd/refcnt", "re");
	long users = -1;

	if (file) {
		if (fscanf(file, "%ld", &users) != 1)
			users = -1;
		fclose(file);
	}
	return users;
}

static void check_orders(void)
{
	static const char *const states[] = { "not read", "not answered",
					      "answered" };
	long users = module_users();
	int state;

	for (state = 0; state < 3; state++) {
		int order[ENDS] = { 0, 1, 2, 3, 4 };
		int tried = 0;
		bool ok = true;

		do {
			ok = end_in_order(order, state);
			tried++;
		} while (ok && next_order(order));
		tap_check(ok, "class 4: ended in %d orders, its request %s",
			  tried, states[state]);
	}
	tap_check(module_users() == users,
		  "class 4: and nobody holds the module any more");
}

/* The queue's file outlives all else, and can still be used. */
static void check_queue_alone(void)
{
	struct iommu_hwpt_pgfault fault;
	struct faulting f;

	faulting_start(&f);
	request_page(&f, 1);
	close(f.fd);
	tap_check(read_faults(f.queue, &fault, 1) == 1 &&
			  answer_fault(f.queue, fault.cookie, 0) == 1,
		  "class 4: a queue whose descriptor is closed goes on");
	close(f.queue);
}

/* A queue that nobody could be told of is none, and its id is free. */
static void check_aborted(void)
{
	struct iommu_fault_alloc *cmd = memory(PAGE);
	struct rlimit old, none = { 0 };
	uint32_t before, after, id;
	int fd = iommu_open();
	int queue, last;

	if (fault_alloc(fd, &before, &last))
		tap_bail_out("no fault queue");
	close(last);
	destroy(fd, before);
	cmd->size = sizeof(*cmd);
	mprotect(cmd, PAGE, PROT_READ);
	tap_errno(request(fd, IOMMU_FAULT_QUEUE_ALLOC, cmd), EFAULT,
		  "class 4: a queue of which nobody can be told");
	getrlimit(RLIMIT_NOFILE, &old);
	none.rlim_max = old.rlim_max;
	setrlimit(RLIMIT_NOFILE, &none);
	tap_errno(fault_alloc(fd, &id, &queue), EMFILE,
		  "class 4: a queue without a descriptor for it");
	setrlimit(RLIMIT_NOFILE, &old);
	tap_errno(fault_alloc(fd, &after, &queue), 0,
		  "class 4: and then one that can be");
	tap_check(before == after && queue == last,
		  "class 4: its id and its descriptor are the first free ones");
	close(queue);
	close(fd);
	munmap(cmd, PAGE);
}

/* Each allocation fails once, on a kernel that can be told to. */

static bool make_all(struct faulting *f, int control, int nth)
{
	uint32_t parent = 0;

	f->queue = -1;
	failing_begin(control, nth);
	(void)(hwpt_alloc_flags(f->fd, f->mock.device_id, f->ioas,
				IOMMU_HWPT_ALLOC_NEST_PARENT, &parent) ||
	       fault_alloc(f->fd, &f->fault, &f->queue) ||
	       mock_nested(f->fd, f->mock.device_id, parent,
			   IOMMU_HWPT_FAULT_ID_VALID, f->fault, &f->hwpt) ||
	       mock_replace(f->fd, &f->mock, f->hwpt) || request_page(f, 1));
	return failing_end(control);
}

static void check_failed_allocations(void)
{
	int control = failing_open();
	long users = module_users();
	struct faulting f;
	bool failed = true;
	int i;

	if (control < 0)
		return;
	for (i = 1; failed && i < 1000; i++) {
		f.fd = iommu_open();
		if (ioas_alloc(f.fd, &f.ioas) ||
		    mock_device(f.fd, f.ioas, &f.mock))
			tap_bail_out("no mock device");
		failed = make_all(&f, control, i);
		if (i % 2)
			destroy(f.fd, f.mock.test_id);
		if (f.queue >= 0)
			close(f.queue);
		close(f.fd);
	}
	close(control);
	tap_check(i > 5 && !failed && module_users() == users,
		  "class 4: each of %d allocations failed once", i - 2);
}

int main(void)
{
	int fd = iommu_open();

	if (!mock_can_fault(fd)) {
		mock_lacks("classes 4 and 16", "page requests");
		return tap_done();
	}
	close(fd);
	check_read();
	check_answers();
	check_replace();
	check_two();
	check_orders();
	check_queue_alone();
	check_aborted();
	check_failed_allocations();
	return tap_done();
}
