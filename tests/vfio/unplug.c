// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Devices that are taken back while a program has them, and programs that die
 * while their devices do DMA.
 */
#include <signal.h>
#include <sys/wait.h>

#include "vfio.h"

/* Somebody who takes the device from its driver, which may have to wait. */
static pid_t unbind(const struct edu *edu)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	/* What it has open it must not keep open. */
	close_range(3, ~0u, 0);
	_exit(!!sysfs_write(DRIVER "/unbind", edu->name));
}

static bool goes_on(pid_t pid)
{
	int status;

	for (int i = 0; i < 300; i++) {
		if (waitpid(pid, &status, WNOHANG))
			return false;
		usleep(1000);
	}
	return true;
}

static bool ends(pid_t pid)
{
	int status;

	return waitpid(pid, &status, 0) == pid && !status;
}

/* The number of its node may be another one now. */
static void bind(struct edu edus[3], const struct edu *edu)
{
	tap_errno(sysfs_write(DRIVER "/bind", edu->name), 0, "give it back");
	edus_find(edus);
}

static void test_node(struct edu edus[3])
{
	uint8_t *at = memory(2 * PAGE);
	int node = open_path(edus[0].node_path), iommufd = iommu_open();
	struct edu edu = edus[0];
	uint32_t id, hwpt;
	pid_t pid;

	node_bind(node, iommufd, &id);
	node_attach(node, ioas_with(iommufd, at), &hwpt);
	pid = unbind(&edu);
	tap_check(goes_on(pid), "taking back a device that is open takes long");
	tap_check(edu_counts(node).requested == 1 &&
			  edu_counts(node).request_count == 0,
		  "its user was asked");
	tap_check(!exists(edu.node_path), "its node has gone");
	tap_check(reaches(node, at), "who has it has it still");
	close(node);
	tap_check(ends(pid), "it goes when that closes it");
	tap_check(!exists(edu.group_path), "and its group as well");
	bind(edus, &edu);
	node = open_path(edus[0].node_path);
	tap_errno(node_bind(node, iommufd, &id), 0, "and can be used anew");
	close(node);
	close(iommufd);
	munmap(at, 2 * PAGE);
}

static void test_unbound_node(struct edu edus[3])
{
	int node = open_path(edus[0].node_path), iommufd = iommu_open();
	struct edu edu = edus[0];
	pid_t pid = unbind(&edu);
	uint32_t id;

	tap_check(goes_on(pid), "likewise one that is not bound");
	tap_errno(node_bind(node, iommufd, &id), 0, "which still can be");
	close(node);
	tap_check(ends(pid), "it goes when that closes it");
	bind(edus, &edu);
	close(iommufd);
}

static void test_container(struct edu edus[3])
{
	uint8_t *at = memory(2 * PAGE);
	int group = open_path(edus[0].group_path);
	int container = container_with(group, at);
	int device = device_fd(group, edus[0].name);
	struct edu edu = edus[0];
	pid_t pid = unbind(&edu);

	tap_check(goes_on(pid), "one in a container");
	tap_errno(device_fd(group, edu.name), ENODEV, "is not opened again");
	tap_check(reaches(device, at), "who has it has it still");
	close(device);
	tap_check(ends(pid), "it goes when that closes it");
	tap_errno(group_status(group), ENODEV, "its group's file is void");
	tap_errno(group_set(group, container), ENODEV, "for all purposes");
	tap_errno(group_unset(group), EINVAL, "whatever it is");
	tap_errno(device_fd(group, edu.name), ENODEV, "that one tries");
	tap_errno(dma_map(container, at, IOVA, PAGE), EINVAL,
		  "the container has no group");
	bind(edus, &edu);
	close(group);
	group = open_path(edus[0].group_path);
	tap_errno(group_set(group, container), 0, "it gets the new one");
	tap_errno(set_iommu(container, VFIO_TYPE1_IOMMU), 0, "and goes on");
	close(container);
	close(group);
	munmap(at, 2 * PAGE);
}

/* Nobody has to be waited for where only the container is set up. */
static void test_unused(struct edu edus[3])
{
	uint8_t *at = memory(2 * PAGE);
	int group = open_path(edus[1].group_path);
	int container = container_with(group, at);
	int device = device_fd(group, edus[1].name);
	struct edu edu = edus[2];

	tap_check(ends(unbind(&edu)), "one that is not open goes at once");
	tap_check(reaches(device, at), "its neighbour goes on");
	bind(edus, &edu);
	close(device);
	device = device_fd(group, edus[2].name);
	tap_check(device >= 0 && reaches(device, at),
		  "and it, when it comes back");
	close(device);
	edu = edus[1];
	tap_check(ends(unbind(&edu)), "its neighbour goes");
	bind(edus, &edu);
	close(container);
	close(group);
	munmap(at, 2 * PAGE);
}

/*
 * A file that has nothing to do with the container keeps the device, and not
 * the group from the container's successor.
 */
static void test_waiting(struct edu edus[3])
{
	uint8_t *at = memory(2 * PAGE);
	int node = open_path(edus[1].node_path), iommufd = iommu_open();
	int group = open_path(edus[1].group_path);
	int container = container_with(group, at);
	struct edu edu = edus[1];
	pid_t pid = unbind(&edu);
	uint32_t id;
	int device;

	tap_check(goes_on(pid), "one that is open as an unbound node stays");
	close(group);
	close(container);
	group = open_path(edus[2].group_path);
	container = container_with(group, at);
	device = device_fd(group, edus[2].name);
	tap_check(device >= 0 && reaches(device, at),
		  "its neighbour goes into another container");
	close(device);
	close(group);
	close(container);
	tap_errno(node_bind(node, iommufd, &id), 0,
		  "and itself into an iommufd");
	close(node);
	tap_check(ends(pid), "then it goes");
	bind(edus, &edu);
	close(iommufd);
	munmap(at, 2 * PAGE);
}

static bool log_says(int log, const char *what)
{
	char line[1024];
	ssize_t length;

	while ((length = read(log, line, sizeof(line) - 1)) > 0) {
		line[length] = '\0';
		if (strstr(line, what))
			return true;
	}
	return false;
}

/* The log names who is waited for, once, however long that takes. */
static void test_report(struct edu edus[3])
{
	int node = open_path(edus[0].node_path);
	int log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct edu edu = edus[0];
	char expected[64];
	pid_t pid;

	lseek(log, 0, SEEK_END);
	pid = unbind(&edu);
	snprintf(expected, sizeof(expected), "still open, last by unplug (%d)",
		 getpid());
	tap_check(goes_on(pid) && !log_says(log, expected),
		  "the log says nothing of a short wait");
	sleep(11);
	tap_check(log_says(log, expected), "it does of a longer one");
	sleep(11);
	tap_check(!log_says(log, "still open"), "but not again");
	close(node);
	tap_check(ends(pid), "and then it is over");
	bind(edus, &edu);
	close(log);
}

/* Ends in the middle of DMA, with a device by a container or as a node. */
static void die_in_dma(const struct edu *edu, bool as_node)
{
	uint8_t *at = memory(2 * PAGE);
	uint32_t id, hwpt;
	int device;

	if (as_node) {
		int iommufd = iommu_open();

		device = open_path(edu->node_path);
		node_bind(device, iommufd, &id);
		node_attach(device, ioas_with(iommufd, at), &hwpt);
	} else {
		int group = open_path(edu->group_path);

		container_with(group, at);
		device = device_fd(group, edu->name);
	}
	edu_start(device, IOVA, 2048, true);
	raise(SIGKILL);
}

static void test_killed(const struct edu *edu, bool as_node)
{
	int node, iommufd = iommu_open(), status;
	struct vfio_edu_counts counts;
	pid_t pid = fork();
	uint32_t id;

	if (!pid)
		die_in_dma(edu, as_node);
	waitpid(pid, &status, 0);
	tap_check(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL,
		  "a program is killed while its device does DMA");
	node = open_path(edu->node_path);
	tap_errno(node_bind(node, iommufd, &id), 0, "another one gets it");
	counts = edu_counts(node);
	tap_check(counts.opened == counts.closed + 1,
		  "which the driver had closed");
	close(node);
	close(iommufd);
}

int main(void)
{
	struct edu edus[3];

	edus_find(edus);
	test_node(edus);
	test_unbound_node(edus);
	test_container(edus);
	test_unused(edus);
	test_waiting(edus);
	test_report(edus);
	test_killed(&edus[0], true);
	test_killed(&edus[0], false);
	return tap_done();
}
