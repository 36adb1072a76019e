// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A container as a VFIO has it: what it asks of the /dev/iommu that it was
 * given in place of one, through iommufd_vfio_calls.ko, and what a program then
 * sees. The VFIO gives the container an IOAS when the first device is opened,
 * or says that this device has no IOMMU.
 */
#include <linux/vfio.h>
#include <sys/wait.h>

#include "../kmod/vfio_calls.h"
#include "iommu.h"

static int calls;

static int get_id(int fd, uint32_t *id)
{
	uint32_t value = fd;
	int rc = request(calls, VFIO_CALL_IOAS_GET_ID, &value);

	*id = value;
	return rc;
}

static int create(int fd)
{
	uint32_t value = fd;

	return request(calls, VFIO_CALL_IOAS_CREATE, &value);
}

static int set_no_iommu(int fd)
{
	uint32_t value = fd;

	return request(calls, VFIO_CALL_SET_NO_IOMMU, &value);
}

/* As a program uses a container; the result of an extension is 0 or 1. */

static int extension(int fd, unsigned long which)
{
	int rc = ioctl(fd, VFIO_CHECK_EXTENSION, which);

	return rc < 0 ? -errno : rc;
}

static int set_iommu(int fd, unsigned long type)
{
	return ioctl(fd, VFIO_SET_IOMMU, type) ? -errno : 0;
}

static int look_up(int fd, uint32_t ioas)
{
	struct iommu_iova_range range;
	uint64_t alignment;
	uint32_t count = 1;

	return ioas_ranges(fd, ioas, &range, &count, &alignment);
}

static bool next_id_is(int fd, uint32_t expected)
{
	uint32_t id;
	bool is = !ioas_alloc(fd, &id) && id == expected;

	destroy(fd, id);
	return is;
}

static void check_create(void)
{
	int fd = iommu_open();
	uint32_t ioas, same = 0;

	tap_errno(get_id(fd, &ioas), ENODEV, "a container without an IOAS");
	tap_errno(create(fd), 0, "the VFIO gives it one");
	tap_errno(get_id(fd, &ioas), 0, "and learns its id");
	tap_check(!vfio_ioas(fd, IOMMU_VFIO_IOAS_GET, &same) && same == ioas,
		  "as the program does");
	tap_errno(look_up(fd, ioas), 0, "who can use it as any other");
	tap_errno(set_iommu(fd, VFIO_TYPE1v2_IOMMU), 0,
		  "SET_IOMMU: type 1 version 2");
	tap_errno(create(fd), 0, "a second device is opened");
	tap_check(!get_id(fd, &same) && same == ioas, "the IOAS is the same");
	tap_check(next_id_is(fd, ioas + 1), "and there is no other one");
	tap_errno(set_no_iommu(fd), EINVAL,
		  "a device without an IOMMU is refused");
	tap_check(extension(fd, VFIO_NOIOMMU_IOMMU) == 0 &&
			  extension(fd, VFIO_TYPE1_IOMMU) == 1,
		  "and the container is as it was");
	tap_errno(destroy(fd, ioas), 0, "the program destroys the IOAS");
	tap_errno(get_id(fd, &ioas), ENODEV, "the container has none then");
	tap_errno(create(fd), 0, "until it is given another");
	tap_errno(get_id(fd, &ioas), 0, "that has an id as well");
	close(fd);
}

static void check_chosen(void)
{
	int fd = iommu_open();
	uint32_t ioas, id;

	if (ioas_alloc(fd, &ioas) || vfio_ioas(fd, IOMMU_VFIO_IOAS_SET, &ioas))
		tap_bail_out("no IOAS");
	tap_errno(create(fd), 0, "where the program has chosen an IOAS");
	tap_check(!get_id(fd, &id) && id == ioas, "the VFIO takes that");
	close(fd);
}

/* In a child that has no rights. */
static int set_without_rights(int fd)
{
	pid_t child = fork();
	int status = 0;

	if (!child) {
		if (setresuid(65534, 65534, 65534))
			_exit(EXIT_FAILURE);
		_exit(-set_iommu(fd, VFIO_NOIOMMU_IOMMU));
	}
	waitpid(child, &status, 0);
	return -WEXITSTATUS(status);
}

static void check_no_iommu(void)
{
	int fd = iommu_open();
	uint32_t id;

	tap_errno(set_iommu(fd, VFIO_NOIOMMU_IOMMU), EINVAL,
		  "SET_IOMMU: none, where no device was opened that has none");
	tap_errno(set_no_iommu(fd), 0, "a device without an IOMMU is opened");
	tap_errno(set_no_iommu(fd), 0, "and another one");
	tap_check(extension(fd, VFIO_NOIOMMU_IOMMU) == 1,
		  "CHECK_EXTENSION: the container can be used without");
	tap_check(extension(fd, VFIO_TYPE1_IOMMU) == 0 &&
			  extension(fd, VFIO_TYPE1v2_IOMMU) == 0 &&
			  extension(fd, VFIO_UNMAP_ALL) == 0,
		  "CHECK_EXTENSION: and only so");
	tap_errno(set_iommu(fd, VFIO_TYPE1_IOMMU), EINVAL,
		  "SET_IOMMU: type 1 is refused");
	tap_errno(set_iommu(fd, VFIO_TYPE1v2_IOMMU), EINVAL,
		  "SET_IOMMU: type 1 version 2 is refused");
	tap_errno(set_without_rights(fd), EPERM,
		  "SET_IOMMU: none, without CAP_SYS_RAWIO");
	tap_errno(set_iommu(fd, VFIO_NOIOMMU_IOMMU), 0, "SET_IOMMU: none");
	tap_errno(create(fd), EINVAL, "a device with an IOMMU is refused");
	tap_errno(get_id(fd, &id), ENODEV, "the container gets no IOAS");
	tap_check(next_id_is(fd, 1), "and there is none");
	close(fd);
}

static void check_descriptors(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	tap_errno(create(null), EBADFD, "a container that is something else");
	close(null);
	tap_errno(create(null), EBADF, "a container that is not open");
}

int main(void)
{
	calls = open("/dev/vfio_calls", O_RDWR | O_CLOEXEC);
	if (calls < 0) {
		tap_check(false, "the calls of a VFIO");
		return tap_done();
	}
	check_create();
	check_chosen();
	check_no_iommu();
	check_descriptors();
	return tap_done();
}
