// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Class 3: a device is taken away while a request that uses it, or its page
 * table, hangs in memory that does not come. Nothing may time out, warn or
 * stay behind; whoever is killed while it waits ends.
 */
#include <signal.h>
#include <sys/wait.h>

#include "held.h"

struct target {
	int fd;
	uint32_t ioas;
	struct mock mock;
};

/* What a held request is given, by the thread that makes it. */
struct held_request {
	struct target target;
	unsigned char *page;
	uint32_t id;
};

static struct target new_target(void)
{
	struct target target = { .fd = iommu_open() };

	if (ioas_alloc(target.fd, &target.ioas) ||
	    mock_device(target.fd, target.ioas, &target.mock))
		tap_bail_out("no mock device");
	return target;
}

static int detach(void *argument)
{
	struct target *target = argument;

	return destroy(target->fd, target->mock.test_id);
}

static int ask_hw_info(void *argument)
{
	struct held_request *held = argument;
	struct iommu_hw_info cmd = {
		.size = sizeof(cmd),
		.dev_id = held->target.mock.device_id,
		.data_len = 64,
		.data_uptr = (uintptr_t)held->page,
	};

	return request(held->target.fd, IOMMU_GET_HW_INFO, &cmd);
}

static int map_page(void *argument)
{
	struct held_request *held = argument;

	return ioas_map_at(held->target.fd, held->target.ioas, held->page, PAGE,
			   APERTURE_START);
}

static int allocate_nested(void *argument)
{
	struct held_request *held = argument;
	struct iommu_hwpt_alloc cmd = {
		.dev_id = held->target.mock.device_id,
		.pt_id = held->id,
		.data_type = IOMMU_HWPT_DATA_SELFTEST,
		.data_len = sizeof(struct iommu_hwpt_selftest),
		.data_uptr = (uintptr_t)held->page,
	};
	uint32_t hwpt;

	return hwpt_alloc(held->target.fd, &cmd, &hwpt);
}

static int invalidate(void *argument)
{
	struct held_request *held = argument;
	uint32_t done;

	return hwpt_invalidate(held->target.fd, held->id,
			       IOMMU_HWPT_INVALIDATE_DATA_SELFTEST, held->page,
			       sizeof(struct iommu_hwpt_invalidate_selftest), 1,
			       &done);
}

static int read_queue(void *argument)
{
	struct held_request *held = argument;
	ssize_t length =
		read(held->id, held->page, sizeof(struct iommu_hwpt_pgfault));

	return length < 0 ? -errno : (int)length;
}

static int read_dirty(void *argument)
{
	struct held_request *held = argument;

	return get_dirty_bitmap(held->target.fd, held->id, 0, APERTURE_START,
				PAGE, PAGE, held->page);
}

/*
 * Holds a request up, takes its device away and lets it go on. The request
 * may then have any result of @result and 0.
 */
static void check(const char *name, int (*function)(void *),
		  struct held_request *held, bool may_wait, int result)
{
	struct held_page page = hold_page();
	struct iommu_hwpt_selftest content = { .iotlb = 1 };
	struct call blocked, taken;
	bool over;
	int rc;

	held->page = page.at;
	call_start(&blocked, function, held);
	if (!await_held(&page, &blocked)) {
		mock_lacks("class 3", "memory that is waited for");
		tap_errno(blocked.result, EFAULT, name);
		close(page.faults);
		munmap(page.at, PAGE);
		close(held->target.fd);
		return;
	}
	call_start(&taken, detach, &held->target);
	over = call_is_over(&taken, 500);
	if (!may_wait)
		tap_check(over, "class 3: %s: the device leaves at once", name);
	give_page(&page, &content, sizeof(content));
	if (!over)
		call_result(&taken, name);
	tap_check(taken.result == 0, "class 3: %s: the device has left", name);
	rc = call_result(&blocked, name);
	tap_check(rc >= 0 || rc == -result, "class 3: %s: ends as well", name);
	munmap(page.at, PAGE);
	close(held->target.fd);
}

static void check_hw_info(void)
{
	struct held_request held = { .target = new_target() };

	/* Linux holds the device while it writes the answer. */
	check("GET_HW_INFO", ask_hw_info, &held, on_upstream(), 0);
}

static void check_map(void)
{
	struct held_request held = { .target = new_target() };
	uint64_t length = UINT64_MAX;
	struct held_page page = hold_page();
	struct call blocked;
	uint32_t other;

	check("MAP", map_page, &held, true, 0);

	/* Others are not held up by it. */
	held.target = new_target();
	held.page = page.at;
	call_start(&blocked, map_page, &held);
	if (!await_held(&page, &blocked)) {
		close(page.faults);
		close(held.target.fd);
		return;
	}
	tap_errno(ioas_alloc(held.target.fd, &other), 0,
		  "class 3: an IOAS beside a MAP that hangs");
	tap_errno(ioas_map_at(held.target.fd, other, page.at, PAGE, 0), 0,
		  "class 3: a MAP into it");
	tap_errno(ioas_unmap(held.target.fd, other, 0, &length), 0,
		  "class 3: and an UNMAP");
	tap_errno(destroy(held.target.fd, other), 0, "class 3: and its end");
	give_page(&page, "", 1);
	tap_errno(call_result(&blocked, "MAP"), 0, "class 3: the MAP ends");
	close(held.target.fd);
	munmap(page.at, PAGE);
}

static int attach(void *argument)
{
	struct held_request *held = argument;

	return mock_device(held->target.fd, held->target.ioas,
			   &held->target.mock);
}

/* What was mapped before is pinned when the first device comes. */
static void check_attach(void)
{
	struct held_request held = { .target.fd = iommu_open() };
	struct held_page page = hold_page();
	int fd = held.target.fd;
	unsigned char *at = small_pages(PAGE);
	uint64_t length = PAGE;
	struct call blocked;

	if (ioas_alloc(fd, &held.target.ioas) ||
	    ioas_map_at(fd, held.target.ioas, page.at, PAGE, APERTURE_START))
		tap_bail_out("no mapping");
	call_start(&blocked, attach, &held);
	if (!await_held(&page, &blocked)) {
		close(page.faults);
		close(fd);
		return;
	}
	if (on_upstream()) {
		tap_skip("Linux waits",
			 "class 3: a MAP beside an attach that hangs");
	} else {
		tap_errno(ioas_map_at(fd, held.target.ioas, at, PAGE,
				      APERTURE_START + PAGE),
			  0, "class 3: a MAP beside an attach that hangs");
		tap_errno(ioas_unmap(fd, held.target.ioas,
				     APERTURE_START + PAGE, &length),
			  0, "class 3: and an UNMAP");
	}
	give_page(&page, "", 1);
	tap_errno(call_result(&blocked, "the attach"), 0,
		  "class 3: the attach ends");
	tap_errno(destroy(fd, held.target.mock.test_id), 0,
		  "class 3: and the device can leave");
	close(fd);
	munmap(at, PAGE);
	munmap(page.at, PAGE);
}

static void check_nested(void)
{
	struct held_request held = { .target = new_target() };
	int fd = held.target.fd;
	struct call blocked;
	struct held_page page;
	uint32_t parent;
	int rc;

	rc = hwpt_alloc_flags(fd, held.target.mock.device_id, held.target.ioas,
			      IOMMU_HWPT_ALLOC_NEST_PARENT, &parent);
	if (rc == -EOPNOTSUPP) {
		mock_lacks("class 3", "nested page tables");
		close(fd);
		return;
	}
	held.id = parent;
	check("HWPT_ALLOC", allocate_nested, &held, true, ENOENT);

	held.target = new_target();
	fd = held.target.fd;
	if (hwpt_alloc_flags(fd, held.target.mock.device_id, held.target.ioas,
			     IOMMU_HWPT_ALLOC_NEST_PARENT, &parent) ||
	    mock_nested(fd, held.target.mock.device_id, parent, 0, 0, &held.id))
		tap_bail_out("no nested page table");
	page = hold_page();
	held.page = page.at;
	call_start(&blocked, invalidate, &held);
	await_fault(&page);
	tap_errno(destroy(fd, held.id), EBUSY,
		  "class 3: DESTROY of a page table that is invalidated");
	give_page(&page, "", 1);
	tap_errno(call_result(&blocked, "HWPT_INVALIDATE"), 0,
		  "class 3: HWPT_INVALIDATE ends");
	tap_errno(destroy(fd, held.id), 0, "class 3: and it can be destroyed");
	munmap(page.at, PAGE);
	close(fd);
}

static void check_dirty(void)
{
	struct held_request held = { .target = new_target() };
	unsigned char *at = small_pages(PAGE);
	int fd = held.target.fd;
	uint64_t dirty = 1;
	int rc;

	rc = hwpt_alloc_flags(fd, held.target.mock.device_id, held.target.ioas,
			      IOMMU_HWPT_ALLOC_DIRTY_TRACKING, &held.id);
	if (rc == -EOPNOTSUPP) {
		mock_lacks("class 3", "dirty tracking");
		close(fd);
		return;
	}
	if (ioas_map_at(fd, held.target.ioas, at, PAGE, APERTURE_START) ||
	    set_dirty_tracking(fd, held.id, true) ||
	    mock_replace(fd, &held.target.mock, held.id) ||
	    mock_dirty(fd, held.id, APERTURE_START, IO_PAGE, IO_PAGE, &dirty,
		       &dirty))
		tap_bail_out("no dirty tracking");
	check("HWPT_GET_DIRTY_BITMAP", read_dirty, &held, true, 0);
	munmap(at, PAGE);
}

static void check_queue(void)
{
	struct held_request held = { .target = new_target() };
	int fd = held.target.fd;
	uint32_t parent, nested, fault;
	int queue;

	if (!mock_can_fault(fd)) {
		mock_lacks("class 3", "page requests");
		close(fd);
		return;
	}
	if (hwpt_alloc_flags(fd, held.target.mock.device_id, held.target.ioas,
			     IOMMU_HWPT_ALLOC_NEST_PARENT, &parent) ||
	    fault_alloc(fd, &fault, &queue) ||
	    mock_nested(fd, held.target.mock.device_id, parent,
			IOMMU_HWPT_FAULT_ID_VALID, fault, &nested) ||
	    mock_replace(fd, &held.target.mock, nested) ||
	    mock_fault(fd, held.target.mock.device_id, 1, 0x1000))
		tap_bail_out("no fault queue");
	held.id = queue;
	check("reading a fault queue", read_queue, &held, true, 0);
	close(queue);
}

/* In a child, whose memory never comes. */
static void check_killed(const char *name, int (*function)(void *))
{
	struct held_request held = { .target = new_target() };
	int status = 0;
	int pipes[2];
	struct call call;
	pid_t child;
	char ready;
	int i;

	if (pipe(pipes))
		tap_bail_out("no pipe");
	child = fork();
	if (!child) {
		struct held_page page = hold_page();

		held.page = page.at;
		call_start(&call, function, &held);
		if (!await_held(&page, &call))
			_exit(-call.result);
		if (write(pipes[1], "", 1) != 1)
			_exit(EXIT_FAILURE);
		pause();
	}
	close(pipes[1]);
	if (read(pipes[0], &ready, 1) != 1) {
		waitpid(child, &status, 0);
		tap_errno(-WEXITSTATUS(status), EFAULT, name);
		close(pipes[0]);
		close(held.target.fd);
		return;
	}
	kill(child, SIGKILL);
	for (i = 0; i < PATIENCE * 10 && !waitpid(child, &status, WNOHANG); i++)
		usleep(100000);
	tap_check(WIFSIGNALED(status), "class 3: %s ends with its process",
		  name);
	call_start(&call, detach, &held.target);
	tap_errno(call_result(&call, name), 0,
		  "class 3: and the device can leave");
	close(pipes[0]);
	close(held.target.fd);
}

int main(void)
{
	check_hw_info();
	check_map();
	check_attach();
	check_nested();
	check_dirty();
	check_queue();
	check_killed("GET_HW_INFO", ask_hw_info);
	check_killed("MAP", map_page);
	return tap_done();
}
