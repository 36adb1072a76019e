// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bad input: the documented errno, and nothing has changed.
 */
#include <sys/resource.h>

#include "vfio.h"

/* A copy of a struct that can be read and not written. */
static void *read_only(const void *from, size_t size)
{
	void *at = memory(PAGE);

	memcpy(at, from, size);
	mprotect(at, PAGE, PROT_READ);
	return at;
}

static void test_bind(const struct edu *edu)
{
	struct vfio_device_bind_iommufd bind = { .argsz = sizeof(bind) };
	int node = open_path(edu->node_path);
	int iommufd = iommu_open();
	int null = open_path("/dev/null");
	uint32_t id, ioas;
	void *answer;

	bind.iommufd = iommufd;
	answer = read_only(&bind, sizeof(bind));
	tap_errno(request(node, VFIO_DEVICE_BIND_IOMMUFD, NULL), EFAULT,
		  "BIND_IOMMUFD with nothing");
	tap_errno(request(node, VFIO_DEVICE_BIND_IOMMUFD, answer), EFAULT,
		  "with nowhere for the answer");
	munmap(answer, PAGE);
	bind.argsz--;
	tap_errno(request(node, VFIO_DEVICE_BIND_IOMMUFD, &bind), EINVAL,
		  "with a struct that is too short");
	bind.argsz = sizeof(bind) + 100;
	bind.flags = 1;
	tap_errno(request(node, VFIO_DEVICE_BIND_IOMMUFD, &bind), EINVAL,
		  "with a flag");
	tap_errno(node_bind(node, -1, &id), EINVAL, "without an iommufd");
	tap_errno(node_bind(node, 1000, &id), EBADF, "with no open file");
	tap_errno(node_bind(node, null, &id), EBADFD, "with another file");
	tap_errno(ioas_alloc(iommufd, &ioas), 0, "the iommufd is as it was");
	tap_check(ioas == 1, "no id is taken");
	bind.flags = 0;
	tap_errno(request(node, VFIO_DEVICE_BIND_IOMMUFD, &bind), 0,
		  "with a struct that is longer than known, it works");
	close(null);
	close(node);
	close(iommufd);
}

static void test_attach(const struct edu *edu)
{
	struct vfio_device_attach_iommufd_pt attach = {
		.argsz = sizeof(attach),
	};
	struct vfio_device_detach_iommufd_pt detach = {
		.argsz = sizeof(detach),
	};
	uint8_t *at = memory(2 * PAGE);
	int node = open_path(edu->node_path);
	int iommufd = iommu_open(), stranger = iommu_open();
	uint32_t device, ioas, foreign, hwpt;
	void *answer;

	node_bind(node, iommufd, &device);
	ioas = ioas_with(iommufd, at);
	for (int i = 0; i < 8; i++)
		ioas_alloc(stranger, &foreign);
	attach.pt_id = ioas;
	answer = read_only(&attach, sizeof(attach));
	tap_errno(request(node, VFIO_DEVICE_ATTACH_IOMMUFD_PT, NULL), EFAULT,
		  "ATTACH_IOMMUFD_PT with nothing");
	tap_errno(request(node, VFIO_DEVICE_ATTACH_IOMMUFD_PT, answer), EFAULT,
		  "with nowhere for the answer");
	attach.argsz--;
	tap_errno(request(node, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &attach), EINVAL,
		  "with a struct that is too short");
	attach.argsz++;
	attach.flags = 1;
	tap_errno(request(node, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &attach), EINVAL,
		  "with a flag");
	tap_errno(node_attach(node, 0, &hwpt), ENOENT, "to nothing");
	tap_errno(node_attach(node, foreign, &hwpt), ENOENT,
		  "to an IOAS of another iommufd");
	tap_errno(node_attach(node, device, &hwpt), EINVAL, "to itself");
	tap_check(!reaches(node, at), "it is not attached");

	tap_errno(node_attach(node, ioas, &hwpt), 0, "to an IOAS");
	tap_errno(request(node, VFIO_DEVICE_ATTACH_IOMMUFD_PT, answer), EFAULT,
		  "moved with nowhere for the answer");
	tap_errno(node_attach(node, foreign, &hwpt), ENOENT,
		  "moved to an IOAS of another iommufd");
	tap_errno(request(node, VFIO_DEVICE_DETACH_IOMMUFD_PT, NULL), EFAULT,
		  "DETACH_IOMMUFD_PT with nothing");
	detach.argsz--;
	tap_errno(request(node, VFIO_DEVICE_DETACH_IOMMUFD_PT, &detach), EINVAL,
		  "with a struct that is too short");
	detach.argsz++;
	detach.flags = 1;
	tap_errno(request(node, VFIO_DEVICE_DETACH_IOMMUFD_PT, &detach), EINVAL,
		  "with a flag");
	tap_check(reaches(node, at), "it stays attached");
	tap_errno(request(node, VFIO_DEVICE_RESET, NULL), ENOTTY,
		  "what neither the core nor the driver knows");
	munmap(answer, PAGE);
	close(node);
	close(stranger);
	close(iommufd);
	munmap(at, 2 * PAGE);
}

static void test_group(const struct edu *edus)
{
	struct vfio_group_status status = { .argsz = sizeof(status) - 1 };
	int group = open_path(edus[0].group_path);
	int null = open_path("/dev/null");

	tap_errno(request(group, VFIO_GROUP_GET_STATUS, &status), EINVAL,
		  "GET_STATUS with a struct that is too short");
	tap_errno(request(group, VFIO_GROUP_GET_STATUS, NULL), EFAULT,
		  "with nothing");
	tap_errno(request(group, VFIO_GROUP_SET_CONTAINER, NULL), EFAULT,
		  "SET_CONTAINER with nothing");
	tap_errno(group_set(group, 1000), EBADF, "with no open file");
	tap_errno(group_set(group, -1), EBADF, "with none at all");
	tap_errno(group_set(group, null), EBADFD, "with another file");
	tap_errno(group_set(group, group), EBADFD, "with itself");
	tap_errno(request(group, VFIO_SET_IOMMU, NULL), ENOTTY,
		  "a request of a container's");
	tap_check(group_status(group) == VFIO_GROUP_FLAGS_VIABLE,
		  "nothing is set");
	close(null);
	close(group);
}

static void test_names(const struct edu *edus)
{
	static char longest[2 * PAGE];
	uint8_t *at = memory(2 * PAGE);
	int group = open_path(edus[0].group_path);
	int container = container_with(group, at);
	char by_driver[32];
	int device;

	memset(longest, 'x', sizeof(longest) - 1);
	tap_errno(device_fd(group, NULL), EFAULT, "GET_DEVICE_FD of nothing");
	tap_errno(device_fd(group, ""), ENODEV, "of no name");
	tap_errno(device_fd(group, "0000:00:1f.7"), ENODEV, "of none such");
	tap_errno(device_fd(group, edus[1].name), ENODEV, "of another group's");
	tap_errno(device_fd(group, longest), EINVAL, "of too long a name");
	tap_errno(device_fd(group, VFIO_EDU_NO_NAME), ERANGE,
		  "of a name that the driver refuses");
	snprintf(by_driver, sizeof(by_driver), VFIO_EDU_PREFIX "%s",
		 edus[0].name);
	device = device_fd(group, by_driver);
	tap_check(device >= 0, "of one that the driver knows");
	close(device);
	close(group);
	close(container);
	munmap(at, 2 * PAGE);
}

/* The file of a group's device has no say in where it is attached. */
static void test_wrong_shape(const struct edu *edus)
{
	uint8_t *at = memory(2 * PAGE);
	int group = open_path(edus[0].group_path);
	int container = container_with(group, at);
	int device = device_fd(group, edus[0].name);
	int iommufd = iommu_open();
	uint32_t id;

	tap_errno(node_bind(device, iommufd, &id), EINVAL,
		  "BIND_IOMMUFD of a group's device");
	tap_errno(node_attach(device, 1, &id), ENOTTY, "ATTACH_IOMMUFD_PT");
	tap_errno(node_detach(device), ENOTTY, "DETACH_IOMMUFD_PT");
	tap_check(reaches(device, at), "it is as it was");
	close(iommufd);
	close(device);
	close(group);
	close(container);
	munmap(at, 2 * PAGE);
}

static void fail_next_open(const struct edu *edu, int error)
{
	int node = open_path(edu->node_path), iommufd = iommu_open();
	uint32_t id;

	node_bind(node, iommufd, &id);
	ioctl(node, VFIO_EDU_FAIL_OPEN, error);
	close(node);
	close(iommufd);
}

static void test_driver_refuses(const struct edu *edu)
{
	uint8_t *at = memory(2 * PAGE);
	int iommufd = iommu_open();
	int node, group, container;
	uint32_t id;

	fail_next_open(edu, EXDEV);
	node = open_path(edu->node_path);
	tap_errno(node_bind(node, iommufd, &id), EXDEV,
		  "a driver that does not open a node");
	tap_errno(node_bind(node, iommufd, &id), 0, "and then does");
	close(node);

	fail_next_open(edu, EXDEV);
	group = open_path(edu->group_path);
	container = container_with(group, at);
	tap_errno(device_fd(group, edu->name), EXDEV, "nor in a container");
	node = device_fd(group, edu->name);
	tap_check(node >= 0 && reaches(node, at), "and then does");
	close(node);
	close(group);
	close(container);

	fail_next_open(edu, EXDEV);
	group = open_path(edu->group_path);
	group_set(group, iommufd);
	tap_errno(device_fd(group, edu->name), EXDEV, "nor with an iommufd");
	node = device_fd(group, edu->name);
	tap_check(node >= 0, "and then does");
	close(node);
	close(group);
	close(iommufd);
	munmap(at, 2 * PAGE);
}

static void test_no_descriptors(const struct edu *edu)
{
	uint8_t *at = memory(2 * PAGE);
	int group = open_path(edu->group_path);
	int container = container_with(group, at);
	struct rlimit none, limit;
	int device;

	getrlimit(RLIMIT_NOFILE, &limit);
	none = limit;
	none.rlim_cur = container + 1;
	setrlimit(RLIMIT_NOFILE, &none);
	tap_errno(device_fd(group, edu->name), EMFILE,
		  "GET_DEVICE_FD without a descriptor to spare");
	setrlimit(RLIMIT_NOFILE, &limit);
	tap_errno(group_unset(group), 0, "leaves nothing open");
	group_set(group, container);
	set_iommu(container, VFIO_TYPE1v2_IOMMU);
	device = device_fd(group, edu->name);
	tap_check(device >= 0, "and with one it works");
	close(device);
	close(group);
	close(container);
	munmap(at, 2 * PAGE);
}

/* What becomes of an iommufd is its owner's, while a group has it. */
static void test_iommufd_changes(const struct edu *edu)
{
	struct iommu_vfio_ioas clear = {
		.size = sizeof(clear),
		.op = IOMMU_VFIO_IOAS_CLEAR,
	};
	uint8_t *at = memory(PAGE);
	int group = open_path(edu->group_path), iommufd = iommu_open();
	uint64_t iova = MSI_WINDOW;
	uint32_t ioas;

	group_set(group, iommufd);
	tap_errno(request(iommufd, IOMMU_VFIO_IOAS, &clear), 0,
		  "an iommufd whose IOAS is taken from VFIO");
	tap_errno(device_fd(group, edu->name), ENODEV, "GET_DEVICE_FD");
	ioas_alloc(iommufd, &ioas);
	ioas_map(iommufd, ioas, FIXED | READ, at, PAGE, &iova);
	clear.op = IOMMU_VFIO_IOAS_SET;
	clear.ioas_id = ioas;
	request(iommufd, IOMMU_VFIO_IOAS, &clear);
	tap_errno(device_fd(group, edu->name), EADDRINUSE,
		  "one with something where interrupts have to be");
	close(group);
	close(iommufd);
	munmap(at, PAGE);
}

int main(void)
{
	struct edu edus[3];

	edus_find(edus);
	test_bind(&edus[0]);
	test_attach(&edus[0]);
	test_group(edus);
	test_names(edus);
	test_wrong_shape(edus);
	test_driver_refuses(&edus[0]);
	test_no_descriptors(&edus[0]);
	test_iommufd_changes(&edus[0]);
	return tap_done();
}
