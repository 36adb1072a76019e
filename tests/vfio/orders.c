// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Containers, groups, devices and iommufds closed in any order: what is left
 * goes on working, and in the end nothing is.
 */
#include <linux/capability.h>
#include <sys/syscall.h>

#include "vfio.h"

static const int orders[][3] = {
	{ 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
	{ 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 },
};

/* files[] are a container or an iommufd, a group and a device. */
static void close_in_order(const struct edu *edu, int files[3],
			   const int order[3], uint8_t *at)
{
	static const char *const names[] = { "address space", "group",
					     "device" };
	bool open = true;

	for (int i = 0; i < 3; i++) {
		close(files[order[i]]);
		open &= order[i] != 2;
		if (open)
			tap_check(reaches(files[2], at),
				  "DMA with the %s closed", names[order[i]]);
		if (open && order[i] == 1)
			tap_errno(open_path(edu->group_path), EBUSY,
				  "its group stays open as long");
	}
}

static void test_group(const struct edu *edu, bool with_iommufd)
{
	uint8_t *at = memory(2 * PAGE);

	for (size_t i = 0; i < sizeof(orders) / sizeof(*orders); i++) {
		int files[3];

		files[1] = open_path(edu->group_path);
		if (!tap_check(files[1] >= 0, "the group opens"))
			return;
		if (with_iommufd) {
			files[0] = iommu_open();
			group_set(files[1], files[0]);
			dma_map(files[0], at, IOVA, 2 * PAGE);
		} else {
			files[0] = container_with(files[1], at);
		}
		files[2] = device_fd(files[1], edu->name);
		tap_check(files[2] >= 0 && reaches(files[2], at),
			  "a device of it with %s",
			  with_iommufd ? "an iommufd" : "a container");
		close_in_order(edu, files, orders[i], at);
	}
	munmap(at, 2 * PAGE);
}

static void test_node(const struct edu *edu)
{
	uint8_t *at = memory(2 * PAGE);

	for (int first = 0; first < 2; first++) {
		int files[2] = { iommu_open(), open_path(edu->node_path) };
		uint32_t id, hwpt;

		tap_errno(node_bind(files[1], files[0], &id), 0, "bind a node");
		node_attach(files[1], ioas_with(files[0], at), &hwpt);
		close(files[first]);
		if (first == 0)
			tap_check(reaches(files[1], at),
				  "DMA with the iommufd closed");
		close(files[!first]);
	}
	munmap(at, 2 * PAGE);
}

/* A container is what its groups make it, not who opened it. */
static void test_container_of_two(const struct edu *edus)
{
	uint8_t *at = memory(2 * PAGE);

	for (int first = 0; first < 2; first++) {
		int groups[2] = { open_path(edus[0].group_path),
				  open_path(edus[1].group_path) };
		int container = container_with(groups[0], at);
		int device;

		tap_errno(group_set(groups[1], container), 0, "two groups");
		close(groups[first]);
		tap_errno(dma_map(container, at, IOVA + 16 * PAGE, PAGE), 0,
			  "MAP_DMA with one of them closed");
		device = device_fd(groups[!first], edus[!first].name);
		tap_check(device >= 0 && reaches(device, at), "DMA with one");
		close(groups[!first]);
		tap_check(reaches(device, at), "DMA with none but its device");
		close(device);
		tap_errno(dma_map(container, at, IOVA, PAGE), EINVAL,
			  "MAP_DMA with none");
		close(container);
	}
	munmap(at, 2 * PAGE);
}

/* As a user has it, whose locked memory is limited. */
static void drop_ipc_lock(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &head, data))
		tap_bail_out("no capabilities");
	data[0].effective &= ~(1u << CAP_IPC_LOCK);
	if (syscall(SYS_capset, &head, data))
		tap_bail_out("capabilities cannot be dropped");
}

static long locked_kib(void)
{
	FILE *status = fopen("/proc/self/status", "re");
	char line[128];
	long kib = -1;

	while (status && fgets(line, sizeof(line), status))
		sscanf(line, "VmLck: %ld", &kib);
	fclose(status);
	return kib;
}

/* A container's memory counts as a process's own, as with Linux's VFIO. */
static void test_count(const struct edu *edu)
{
	uint8_t *at = memory(2 * PAGE);
	int group, container;
	long kib;

	drop_ipc_lock();
	group = open_path(edu->group_path);
	container = container_with(group, at);
	kib = locked_kib();
	tap_check(kib == 8, "what is mapped is locked memory: %ld kB", kib);
	close(group);
	kib = locked_kib();
	tap_check(kib == 0, "and not when the group is closed: %ld kB", kib);
	close(container);
	munmap(at, 2 * PAGE);
}

int main(void)
{
	struct edu edus[3];

	edus_find(edus);
	test_group(&edus[0], false);
	test_group(&edus[0], true);
	test_node(&edus[0]);
	test_container_of_two(edus);
	test_count(&edus[0]);
	return tap_done();
}
