// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The three ways to a device, and what each lets a program do: a group in a
 * container, a group with an iommufd in place of one, and a node.
 */
#include <sys/sysmacros.h>

#include "vfio.h"

static void test_names(const struct edu *edu)
{
	struct stat at;

	tap_check(exists("/sys/module/vfio") && exists("/sys/module/vfio_pci"),
		  "the modules' names, which DPDK looks for");
	tap_check(!stat("/dev/vfio/vfio", &at) && S_ISCHR(at.st_mode) &&
			  at.st_rdev == makedev(10, 196) &&
			  (at.st_mode & 0777) == 0666,
		  "the container's node, for everybody");
	tap_check(!stat(edu->group_path, &at) && S_ISCHR(at.st_mode) &&
			  !(at.st_mode & 077),
		  "%s, for root", edu->group_path);
	tap_check(!stat(edu->node_path, &at) && S_ISCHR(at.st_mode) &&
			  !(at.st_mode & 077),
		  "%s, for root", edu->node_path);
	tap_check(exists("/sys/class/vfio") && exists("/sys/class/vfio-dev"),
		  "the classes");
}

/* What QEMU and DPDK ask before they have a group. */
static void test_empty_container(void)
{
	struct vfio_iommu_type1_info info = { .argsz = sizeof(info) };
	int container = container_open();

	tap_check(number(ioctl(container, VFIO_GET_API_VERSION)) == 0,
		  "GET_API_VERSION");
	tap_check(check_extension(container, VFIO_TYPE1_IOMMU) == 1 &&
			  check_extension(container, VFIO_TYPE1v2_IOMMU) == 1 &&
			  check_extension(container, VFIO_UNMAP_ALL) == 1,
		  "CHECK_EXTENSION of what there is");
	tap_check(check_extension(container, VFIO_SPAPR_TCE_v2_IOMMU) == 0 &&
			  check_extension(container, VFIO_NOIOMMU_IOMMU) == 0 &&
			  check_extension(container, 1000) == 0 &&
			  check_extension(container, -1ul) == 0,
		  "CHECK_EXTENSION of what there is not");
	tap_errno(set_iommu(container, VFIO_TYPE1_IOMMU), EINVAL,
		  "SET_IOMMU without a group");
	tap_errno(request(container, VFIO_IOMMU_GET_INFO, &info), EINVAL,
		  "GET_INFO without an IOMMU");
	tap_errno(dma_map(container, memory(PAGE), IOVA, PAGE), EINVAL,
		  "MAP_DMA without an IOMMU");
	tap_errno(request(container, VFIO_DEVICE_RESET, NULL), EINVAL,
		  "a request that is none of a container's");
	close(container);
}

static void test_map(int container, uint8_t *at)
{
	struct vfio_iommu_type1_info info = { .argsz = sizeof(info) };

	tap_check(!request(container, VFIO_IOMMU_GET_INFO, &info) &&
			  info.iova_pgsizes & PAGE && info.argsz > sizeof(info),
		  "GET_INFO");
	tap_errno(dma_map(container, at, IOVA, 2 * PAGE), 0, "MAP_DMA");
	tap_errno(dma_map(container, at, IOVA, PAGE), EEXIST,
		  "over an existing one");
	tap_errno(dma_map(container, at, MSI_WINDOW, PAGE), EINVAL,
		  "where interrupts are, before any device is open");
	tap_errno(dma_map(container, at, 1ull << 60, PAGE), EINVAL,
		  "where the IOMMU does not reach, likewise");
}

static void test_device(int device, uint8_t *at)
{
	void *registers;

	tap_check(edu_get(device, EDU_ID) == EDU_ID_VALUE, "a register");
	tap_check(reaches(device, at), "DMA");
	registers = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, device, 0);
	tap_check(registers != MAP_FAILED, "mmap() of registers");
	tap_check(*(volatile uint32_t *)registers == EDU_ID_VALUE,
		  "a register by that");
	tap_errno(request(device, VFIO_EDU_ZAP, NULL), 0, "taken away");
	tap_check(*(volatile uint32_t *)registers == EDU_ID_VALUE,
		  "it comes back by a fault");
	munmap(registers, PAGE);
}

static void test_container(const struct edu *edu)
{
	uint8_t *at = memory(2 * PAGE);
	int group = open_path(edu->group_path);
	int container = container_open();
	int device, again;

	tap_check(group_status(group) == VFIO_GROUP_FLAGS_VIABLE,
		  "GET_STATUS says that the group is viable");
	tap_errno(device_fd(group, edu->name), EINVAL,
		  "GET_DEVICE_FD without a container");
	tap_errno(group_set(group, container), 0, "SET_CONTAINER");
	tap_check(group_status(group) == (VFIO_GROUP_FLAGS_VIABLE |
					  VFIO_GROUP_FLAGS_CONTAINER_SET),
		  "GET_STATUS says that it has one");
	tap_errno(device_fd(group, edu->name), EINVAL,
		  "GET_DEVICE_FD without an IOMMU");
	tap_errno(set_iommu(container, VFIO_NOIOMMU_IOMMU), ENODEV,
		  "SET_IOMMU of one that there is not");
	tap_errno(set_iommu(container, VFIO_UNMAP_ALL), EINVAL,
		  "SET_IOMMU of what is none");
	tap_errno(set_iommu(container, VFIO_TYPE1v2_IOMMU), 0, "SET_IOMMU");
	tap_errno(set_iommu(container, VFIO_TYPE1v2_IOMMU), EINVAL, "twice");
	tap_check(check_extension(container, VFIO_TYPE1v2_IOMMU) == 1,
		  "CHECK_EXTENSION of an IOMMU that is set");
	test_map(container, at);

	device = device_fd(group, edu->name);
	if (!tap_check(device >= 0, "GET_DEVICE_FD"))
		tap_bail_out("no device");
	test_device(device, at);
	again = device_fd(group, edu->name);
	tap_check(again >= 0 && edu_counts(again).opened ==
					edu_counts(again).closed + 1,
		  "GET_DEVICE_FD again is another file of the same");
	close(device);
	tap_check(reaches(again, at), "which goes on when the first is closed");
	tap_errno(dma_unmap(container, IOVA, 2 * PAGE), 0, "UNMAP_DMA");
	tap_check(!reaches(again, at), "after which there is no DMA");
	close(again);

	tap_errno(group_unset(group), 0, "UNSET_CONTAINER");
	tap_check(group_status(group) == VFIO_GROUP_FLAGS_VIABLE,
		  "GET_STATUS says that it has none");
	tap_errno(dma_map(container, at, IOVA, PAGE), EINVAL,
		  "a container without groups can do nothing");
	tap_errno(group_set(group, container), 0, "SET_CONTAINER of it");
	tap_errno(set_iommu(container, VFIO_TYPE1_IOMMU), 0,
		  "and it can be set up anew, as another type");
	tap_errno(dma_map(container, at, IOVA, PAGE), 0, "MAP_DMA there");
	close(container);
	close(group);
	munmap(at, 2 * PAGE);
}

static void test_two_groups(const struct edu *edus)
{
	uint8_t *at = memory(2 * PAGE), *over = memory(PAGE);
	int first = open_path(edus[0].group_path);
	int second = open_path(edus[1].group_path);
	int container = container_with(first, at);
	int devices[3];

	tap_errno(group_set(second, container), 0,
		  "a second group joins what is mapped");
	devices[0] = device_fd(first, edus[0].name);
	devices[1] = device_fd(second, edus[1].name);
	devices[2] = device_fd(second, edus[2].name);
	for (int i = 0; i < 3; i++)
		tap_check(reaches(devices[i], at), "DMA of device %d", i);
	for (int i = 1; i < 3; i++)
		close(devices[i]);
	tap_errno(group_unset(second), 0, "it leaves");
	tap_check(reaches(devices[0], at), "DMA of the other one goes on");
	tap_errno(dma_map(container, over, IOVA + 4 * PAGE, PAGE), 0,
		  "MAP_DMA goes on");
	close(devices[0]);
	close(second);
	close(first);
	close(container);
	munmap(over, PAGE);
	munmap(at, 2 * PAGE);
}

static void test_group_with_iommufd(const struct edu *edu)
{
	uint8_t *at = memory(2 * PAGE);
	int group = open_path(edu->group_path);
	int iommufd = iommu_open();
	int device, again;

	tap_errno(group_set(group, iommufd), 0, "SET_CONTAINER of an iommufd");
	tap_check(group_status(group) == (VFIO_GROUP_FLAGS_VIABLE |
					  VFIO_GROUP_FLAGS_CONTAINER_SET),
		  "GET_STATUS says that it has one");
	tap_errno(set_iommu(iommufd, VFIO_TYPE1v2_IOMMU), 0, "SET_IOMMU");
	tap_errno(dma_map(iommufd, at, IOVA, 2 * PAGE), 0, "MAP_DMA");
	device = device_fd(group, edu->name);
	tap_check(device >= 0 && reaches(device, at), "GET_DEVICE_FD and DMA");
	again = device_fd(group, edu->name);
	close(device);
	tap_check(again >= 0 && reaches(again, at), "and again");
	tap_errno(group_unset(group), EBUSY, "UNSET_CONTAINER meanwhile");
	close(again);
	tap_errno(group_unset(group), 0, "UNSET_CONTAINER");
	close(iommufd);
	close(group);
	munmap(at, 2 * PAGE);
}

static void test_node(const struct edu *edu)
{
	uint8_t *at = memory(2 * PAGE), *other = memory(2 * PAGE);
	int node = open_path(edu->node_path);
	int iommufd = iommu_open();
	uint32_t device, ioas, second, hwpt, moved;
	uint32_t value;

	tap_check(node >= 0, "open a node");
	tap_check(pread(node, &value, 4, 0) < 0 && errno == EINVAL,
		  "nothing of it can be read");
	tap_errno(node_attach(node, 1, &hwpt), EINVAL, "nor attached");
	tap_errno(node_bind(node, iommufd, &device), 0, "BIND_IOMMUFD");
	ioas = ioas_with(iommufd, at);
	second = ioas_with(iommufd, other);
	tap_errno(destroy(iommufd, device), EBUSY, "the device is in use");
	tap_errno(node_attach(node, ioas, &hwpt), 0, "ATTACH_IOMMUFD_PT");
	tap_check(hwpt != ioas, "to a page table of its own");
	test_device(node, at);
	tap_errno(node_attach(node, second, &moved), 0, "moved to another");
	tap_check(moved != hwpt && reaches(node, other), "DMA there");
	tap_errno(destroy(iommufd, ioas), 0, "the first is free");
	tap_errno(node_detach(node), 0, "DETACH_IOMMUFD_PT");
	tap_check(!reaches(node, other), "no DMA");
	tap_errno(node_detach(node), 0, "twice, as with Linux");
	tap_errno(destroy(iommufd, second), 0, "the second is free");
	close(node);
	tap_errno(destroy(iommufd, device), ENOENT,
		  "closing the node takes the device out");
	close(iommufd);
	munmap(other, 2 * PAGE);
	munmap(at, 2 * PAGE);
}

static void test_feature(const struct edu *edu)
{
	/* A struct vfio_device_feature with its data. */
	struct {
		uint32_t argsz;
		uint32_t flags;
		uint64_t value;
	} feature = {
		.argsz = sizeof(feature),
		.flags = VFIO_EDU_FEATURE | VFIO_DEVICE_FEATURE_PROBE |
			 VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_SET,
		.value = 0x1122334455667788,
	};
	int node = open_path(edu->node_path);
	int iommufd = iommu_open();
	uint32_t id;

	tap_errno(request(node, VFIO_DEVICE_FEATURE, &feature), EINVAL,
		  "DEVICE_FEATURE of a node that is not bound");
	node_bind(node, iommufd, &id);
	tap_errno(request(node, VFIO_DEVICE_FEATURE, &feature), 0, "PROBE");
	feature.flags = VFIO_EDU_FEATURE | VFIO_DEVICE_FEATURE_SET;
	tap_errno(request(node, VFIO_DEVICE_FEATURE, &feature), 0, "SET");
	feature.value = 0;
	feature.flags = VFIO_EDU_FEATURE | VFIO_DEVICE_FEATURE_GET;
	tap_errno(request(node, VFIO_DEVICE_FEATURE, &feature), 0, "GET");
	tap_check(feature.value == 0x1122334455667788, "gives what was set");
	feature.argsz = sizeof(feature) - 1;
	tap_errno(request(node, VFIO_DEVICE_FEATURE, &feature), EINVAL,
		  "with too little room");
	feature.argsz = sizeof(struct vfio_device_feature) - 1;
	tap_errno(request(node, VFIO_DEVICE_FEATURE, &feature), EINVAL,
		  "with less than a header");
	feature.argsz = sizeof(feature);
	feature.flags = VFIO_EDU_FEATURE;
	tap_errno(request(node, VFIO_DEVICE_FEATURE, &feature), EINVAL,
		  "neither GET nor SET");
	feature.flags |= VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_SET;
	tap_errno(request(node, VFIO_DEVICE_FEATURE, &feature), EINVAL, "both");
	feature.flags = VFIO_DEVICE_FEATURE_GET | 1u << 31;
	tap_errno(request(node, VFIO_DEVICE_FEATURE, &feature), EINVAL,
		  "a flag that there is not");
	feature.flags = VFIO_DEVICE_FEATURE_PROBE | 1;
	tap_errno(request(node, VFIO_DEVICE_FEATURE, &feature), ENOTTY,
		  "a feature that there is not");
	tap_errno(request(node, VFIO_DEVICE_FEATURE, NULL), EFAULT, "nothing");
	close(node);
	close(iommufd);
}

int main(void)
{
	struct edu edus[3];

	edus_find(edus);
	test_names(&edus[0]);
	test_empty_container();
	test_container(&edus[0]);
	test_two_groups(edus);
	test_group_with_iommufd(&edus[0]);
	test_node(&edus[0]);
	test_feature(&edus[0]);
	return tap_done();
}
