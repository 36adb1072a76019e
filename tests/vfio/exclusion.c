// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who may have a device when somebody else has it, or has one of its group:
 * groups open once, nodes are bound once, and neither while the other is.
 */
#include "../kmod/edu_dma.h"
#include "vfio.h"

#define OTHER_DRIVER "/sys/bus/pci/drivers/iommufd_edu_dma"

static void test_group_once(const struct edu *edu)
{
	int group = open_path(edu->group_path);
	int containers[2] = { container_open(), container_open() };
	int iommufd = iommu_open();

	tap_errno(open_path(edu->group_path), EBUSY, "a group opens once");
	tap_errno(group_unset(group), EINVAL, "UNSET_CONTAINER of nothing");
	tap_errno(group_set(group, containers[0]), 0, "SET_CONTAINER");
	tap_errno(group_set(group, containers[0]), EINVAL, "twice");
	tap_errno(group_set(group, containers[1]), EINVAL, "into another");
	tap_errno(group_set(group, iommufd), EINVAL, "into an iommufd");
	tap_errno(group_unset(group), 0, "UNSET_CONTAINER");
	tap_errno(group_set(group, iommufd), 0, "then into an iommufd");
	tap_errno(group_set(group, containers[1]), EINVAL,
		  "but into a container as well");
	close(group);
	close(iommufd);
	close(containers[1]);
	close(containers[0]);
}

static void test_container_in_use(const struct edu *edu)
{
	uint8_t *at = memory(2 * PAGE);
	int group = open_path(edu->group_path);
	int container = container_with(group, at);
	int device = device_fd(group, edu->name);

	tap_errno(group_unset(group), EBUSY, "UNSET_CONTAINER while in use");
	tap_check(reaches(device, at), "which changes nothing");
	close(device);
	tap_errno(group_unset(group), 0, "UNSET_CONTAINER afterwards");
	close(container);
	close(group);
	munmap(at, 2 * PAGE);
}

static void test_node_or_group(const struct edu *edus)
{
	int group = open_path(edus[1].group_path);
	int node = open_path(edus[1].node_path);
	int iommufd = iommu_open();
	uint32_t id;

	tap_check(node >= 0, "a node opens while its group is open");
	tap_errno(node_bind(node, iommufd, &id), EBUSY, "but is not bound");
	close(group);
	tap_errno(node_bind(node, iommufd, &id), 0, "it is when that closes");
	tap_errno(open_path(edus[1].group_path), EBUSY,
		  "and then the group does not open");
	tap_errno(open_path(edus[2].group_path), EBUSY,
		  "nor for another device of it");
	close(node);
	group = open_path(edus[1].group_path);
	tap_check(group >= 0, "until the node closes");
	close(group);
	close(iommufd);
}

static void test_node_once(const struct edu *edus)
{
	int node = open_path(edus[1].node_path);
	int again = open_path(edus[1].node_path);
	int neighbour = open_path(edus[2].node_path);
	int iommufd = iommu_open(), stranger = iommu_open();
	uint32_t id, other;

	tap_errno(node_bind(node, iommufd, &id), 0, "bind a node");
	tap_errno(node_bind(node, iommufd, &other), EINVAL, "twice");
	tap_errno(node_bind(node, stranger, &other), EINVAL, "to another");
	tap_errno(node_bind(again, iommufd, &other), EINVAL,
		  "by another file of it");
	tap_errno(node_bind(neighbour, stranger, &other), EPERM,
		  "its neighbour to another");
	tap_errno(node_bind(neighbour, iommufd, &other), 0,
		  "its neighbour to the same");
	tap_check(other != id, "by an id of its own");
	close(node);
	tap_errno(node_bind(again, stranger, &id), EPERM,
		  "the neighbour keeps the group");
	tap_errno(node_bind(again, iommufd, &id), 0, "in its iommufd");
	close(again);
	close(neighbour);
	close(stranger);
	close(iommufd);
}

/* Puts the device into the hands of a driver that gives it to an iommufd. */
static int take_away(const struct edu *edu, int iommufd)
{
	uint32_t id = iommufd;
	int other;

	if (sysfs_write(DRIVER "/unbind", edu->name) ||
	    sysfs_write(OTHER_DRIVER "/bind", edu->name))
		tap_bail_out("a device does not change drivers");
	other = open_path("/dev/edu_dma0");
	tap_errno(request(other, EDU_DMA_BIND, &id), 0,
		  "a device of the group is somebody else's");
	return other;
}

static void give_back(struct edu *edu)
{
	if (sysfs_write(OTHER_DRIVER "/unbind", edu->name) ||
	    sysfs_write(DRIVER "/bind", edu->name))
		tap_bail_out("a device does not come back");
}

static void test_viable(struct edu *edus)
{
	int stranger = iommu_open(), iommufd = iommu_open();
	int other = take_away(&edus[2], stranger);
	int group = open_path(edus[1].group_path);
	int node = open_path(edus[1].node_path);
	int container = container_open();
	uint8_t *at = memory(2 * PAGE);
	uint32_t id;

	tap_check(group_status(group) == 0, "the group is not viable");
	tap_errno(group_set(group, container), EPERM, "SET_CONTAINER");
	tap_errno(set_iommu(container, VFIO_TYPE1_IOMMU), EINVAL,
		  "the container has no group");
	tap_errno(group_set(group, iommufd), 0, "SET_CONTAINER of an iommufd");
	tap_errno(device_fd(group, edus[1].name), EPERM, "GET_DEVICE_FD there");
	close(group);
	tap_errno(node_bind(node, iommufd, &id), EPERM, "BIND_IOMMUFD");
	tap_errno(node_bind(node, stranger, &id), 0, "to the same, it works");
	close(node);
	request(other, EDU_DMA_UNBIND, NULL);
	close(other);

	group = open_path(edus[1].group_path);
	tap_check(group_status(group) == VFIO_GROUP_FLAGS_VIABLE,
		  "it is viable when the other one has let go");
	close(container);
	container = container_with(group, at);
	node = device_fd(group, edus[1].name);
	tap_check(node >= 0 && reaches(node, at), "DMA");
	tap_errno(device_fd(group, edus[2].name), ENODEV,
		  "of the other driver's device there is no file");
	give_back(&edus[2]);
	other = device_fd(group, edus[2].name);
	tap_check(other >= 0 && reaches(other, at),
		  "one that comes late joins the container");
	close(other);
	close(node);
	close(group);
	close(container);
	close(iommufd);
	close(stranger);
	munmap(at, 2 * PAGE);
}

int main(void)
{
	struct edu edus[3];

	edus_find(edus);
	test_group_once(&edus[0]);
	test_container_in_use(&edus[0]);
	test_node_or_group(edus);
	test_node_once(edus);
	test_viable(edus);
	return tap_done();
}
