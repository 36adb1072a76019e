// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What others are told while a request is under way. The request is a MAP that
 * has found its place and cannot write its answer: the page of its struct is
 * write-protected, and userfaultfd lets the test decide when that ends.
 */
#include <linux/userfaultfd.h>
#include <poll.h>
#include <sys/syscall.h>

#include "iommu.h"

struct held_map {
	int fd;
	int faults;
	struct iommu_ioas_map *cmd;
	pthread_t thread;
	int result;
};

static unsigned char *buffer;

static int watch_writes(void *page)
{
	struct uffdio_api api = {
		.api = UFFD_API,
		.features = UFFD_FEATURE_PAGEFAULT_FLAG_WP,
	};
	struct uffdio_register area = {
		.range = { (uintptr_t)page, PAGE },
		.mode = UFFDIO_REGISTER_MODE_WP,
	};
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC);

	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) ||
	    ioctl(fd, UFFDIO_REGISTER, &area))
		tap_bail_out("no userfaultfd");
	return fd;
}

static void protect(const struct held_map *held, bool on)
{
	struct uffdio_writeprotect wp = {
		.range = { (uintptr_t)held->cmd, PAGE },
		.mode = on ? UFFDIO_WRITEPROTECT_MODE_WP : 0,
	};

	if (ioctl(held->faults, UFFDIO_WRITEPROTECT, &wp))
		tap_bail_out("no write protection");
}

static void *run_map(void *argument)
{
	struct held_map *held = argument;

	held->result = request(held->fd, IOMMU_IOAS_MAP, held->cmd);
	return NULL;
}

/* Returns when the request waits for its answer to be written. */
static void hold(struct held_map *held, uint32_t ioas, uint64_t iova)
{
	struct pollfd poll_fault;
	struct uffd_msg fault;

	held->cmd = memory(PAGE);
	*held->cmd = (struct iommu_ioas_map){
		.size = sizeof(*held->cmd),
		.flags = FIXED | READ,
		.ioas_id = ioas,
		.user_va = (uintptr_t)buffer,
		.length = PAGE,
		.iova = iova,
	};
	held->faults = watch_writes(held->cmd);
	protect(held, true);
	if (pthread_create(&held->thread, NULL, run_map, held))
		tap_bail_out("no thread");
	poll_fault = (struct pollfd){ .fd = held->faults, .events = POLLIN };
	if (poll(&poll_fault, 1, 60000) != 1 ||
	    read(held->faults, &fault, sizeof(fault)) != sizeof(fault))
		tap_bail_out("the request does not come to its answer");
}

static int let_go(struct held_map *held)
{
	protect(held, false);
	pthread_join(held->thread, NULL);
	close(held->faults);
	munmap(held->cmd, PAGE);
	return held->result;
}

int main(void)
{
	struct held_map held = { .fd = iommu_open() };
	uint64_t all = UINT64_MAX;
	uint64_t elsewhere = 0;
	int fd = held.fd;
	uint32_t ioas;

	buffer = memory(PAGE);
	if (ioas_alloc(fd, &ioas))
		tap_bail_out("no IOAS");
	hold(&held, ioas, 4 * PAGE);
	tap_errno(destroy(fd, ioas), EBUSY,
		  "DESTROY: an object that a request works on");
	tap_errno(ioas_unmap_at(fd, ioas, 4 * PAGE, PAGE), EBUSY,
		  "UNMAP: a mapping that is being made");
	tap_errno(ioas_unmap(fd, ioas, 0, &all), EBUSY,
		  "UNMAP: everything, with a mapping that is being made");
	tap_errno(ioas_copy(fd, READ, ioas, ioas, PAGE, &elsewhere, 4 * PAGE),
		  ENOENT, "COPY: a mapping that is being made");
	tap_errno(ioas_map_at(fd, ioas, buffer, PAGE, 4 * PAGE), EEXIST,
		  "MAP: where a mapping is being made");
	tap_errno(ioas_map_at(fd, ioas, buffer, PAGE, 5 * PAGE), 0,
		  "MAP: anywhere else");
	tap_errno(let_go(&held), 0, "the request is answered after all");
	tap_errno(ioas_unmap_at(fd, ioas, 4 * PAGE, PAGE), 0,
		  "UNMAP: the mapping is there now");
	tap_errno(destroy(fd, ioas), 0, "DESTROY: and nobody works on it");
	close(fd);
	return tap_done();
}
