// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Class 3: a device is attached to an IOAS whose memory does not come, and
 * others want something of the same IOAS. Who wants a page table of it, or to
 * know about all of them, has to wait, but not beyond the end of its process;
 * all others have nothing to wait for.
 */
#include <linux/vfio.h>
#include <signal.h>
#include <sys/wait.h>

#include "held.h"

static int fd;
static uint32_t slow;
/* Attached to another IOAS. */
static struct mock mock;

/* The requests, made by children. */

static int attach(void)
{
	struct mock another;

	return mock_device(fd, slow, &another);
}

static int replace(void)
{
	return mock_replace(fd, &mock, slow);
}

static int allocate(void)
{
	uint32_t hwpt;

	return hwpt_alloc_flags(fd, mock.device_id, slow, 0, &hwpt);
}

static int add_access(void)
{
	return mock_access(fd, slow, false);
}

static int map(void)
{
	return ioas_map_at(fd, slow, memory(PAGE), PAGE, 2 * APERTURE_START);
}

static int unmap(void)
{
	return ioas_unmap_at(fd, slow, 2 * APERTURE_START, PAGE);
}

static int copy(void)
{
	uint64_t iova = 3 * APERTURE_START;

	return ioas_copy(fd, FIXED | READ, slow, slow, PAGE, &iova,
			 APERTURE_START);
}

static int ask_ranges(void)
{
	struct iommu_iova_range range;
	uint64_t alignment;
	uint32_t count = 1;

	return ioas_ranges(fd, slow, &range, &count, &alignment);
}

static int forbid_huge_pages(void)
{
	return option_set(fd, IOMMU_OPTION_HUGE_PAGES, slow, 0);
}

static int ask_coherency(void)
{
	return ioctl(fd, VFIO_CHECK_EXTENSION, VFIO_DMA_CC_IOMMU);
}

static int ask_vfio_info(void)
{
	struct vfio_iommu_type1_info info = { .argsz = sizeof(info) };

	return ioctl(fd, VFIO_IOMMU_GET_INFO, &info);
}

static pid_t start(int (*function)(void))
{
	pid_t child = fork();

	if (!child)
		_exit(function() < 0);
	return child;
}

/* Whether a process has ended in time, and how. */
static bool ends(pid_t child, int *status)
{
	int i;

	for (i = 0; i < PATIENCE * 10; i++) {
		if (waitpid(child, status, WNOHANG))
			return true;
		usleep(100000);
	}
	return false;
}

/* Kills a process that makes the request. */
static void check_waits(const char *name, int (*function)(void))
{
	pid_t child = start(function);
	int status = 0;

	usleep(200000);
	if (waitpid(child, &status, WNOHANG)) {
		tap_check(false, "class 3: %s does not wait", name);
		return;
	}
	kill(child, SIGKILL);
	tap_check(ends(child, &status) && WIFSIGNALED(status),
		  "class 3: %s waits, and ends with its process", name);
}

static void check_goes_on(const char *name, int (*function)(void))
{
	pid_t child = start(function);
	int status = 0;

	if (ends(child, &status)) {
		tap_check(!status, "class 3: %s does not wait", name);
		return;
	}
	tap_check(false, "class 3: %s waits", name);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

static int attach_slowly(void *argument)
{
	struct mock another;

	return mock_device(fd, *(uint32_t *)argument, &another);
}

static void set_up(struct held_page *page)
{
	uint32_t other;

	fd = iommu_open();
	*page = hold_page();
	if (ioas_alloc(fd, &slow) || ioas_alloc(fd, &other) ||
	    mock_device(fd, other, &mock) ||
	    ioas_map_at(fd, slow, page->at, PAGE, APERTURE_START) ||
	    vfio_ioas(fd, IOMMU_VFIO_IOAS_SET, &slow))
		tap_bail_out("no IOAS with a mapping");
}

static void check_all(void)
{
	check_waits("attaching another device", attach);
	check_waits("moving one there", replace);
	check_waits("HWPT_ALLOC", allocate);
	check_waits("VFIO's CHECK_EXTENSION", ask_coherency);
	check_goes_on("an access", add_access);
	check_goes_on("MAP", map);
	check_goes_on("UNMAP", unmap);
	check_goes_on("COPY", copy);
	check_goes_on("IOVA_RANGES", ask_ranges);
	check_goes_on("OPTION", forbid_huge_pages);
	check_goes_on("VFIO's GET_INFO", ask_vfio_info);
}

int main(void)
{
	struct held_page page;
	struct call slowly;

	set_up(&page);
	call_start(&slowly, attach_slowly, &slow);
	if (!await_held(&page, &slowly)) {
		mock_lacks("class 3", "memory that is waited for");
		tap_errno(slowly.result, EFAULT,
			  "class 3: an attach does not wait");
		return tap_done();
	}
	if (on_upstream())
		tap_skip("Linux waits to the end",
			 "class 3: who waits for an attach");
	else
		check_all();
	give_page(&page, "", 1);
	tap_errno(call_result(&slowly, "attaching"), 0,
		  "class 3: the first device is attached");
	return tap_done();
}
