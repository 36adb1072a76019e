// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * KVM takes VFIO's files of groups and devices, and no others.
 */
#include <linux/kvm.h>

#include "vfio.h"

/* KVM_DEV_VFIO_FILE_ADD and _DEL, by the names that are in all headers. */
static int file_attribute(int kvm_vfio, uint64_t attribute, int file)
{
	struct kvm_device_attr attr = {
		.group = KVM_DEV_VFIO_GROUP,
		.attr = attribute,
		.addr = (uintptr_t)&file,
	};

	return request(kvm_vfio, KVM_SET_DEVICE_ATTR, &attr);
}

static int add(int kvm_vfio, int file)
{
	return file_attribute(kvm_vfio, KVM_DEV_VFIO_GROUP_ADD, file);
}

static int del(int kvm_vfio, int file)
{
	return file_attribute(kvm_vfio, KVM_DEV_VFIO_GROUP_DEL, file);
}

static void test_files(const struct edu edus[3], int kvm_vfio)
{
	uint8_t *at = memory(2 * PAGE);
	int group = open_path(edus[0].group_path);
	int container = container_with(group, at);
	int device = device_fd(group, edus[0].name);
	int node = open_path(edus[1].node_path), iommufd = iommu_open();
	uint32_t id;

	tap_errno(add(kvm_vfio, group), 0, "a group");
	tap_errno(add(kvm_vfio, group), EEXIST, "twice");
	tap_errno(add(kvm_vfio, node), 0, "a node");
	tap_errno(node_bind(node, iommufd, &id), 0, "which is bound later");
	tap_errno(add(kvm_vfio, container), EINVAL, "a container");
	tap_errno(add(kvm_vfio, iommufd), EINVAL, "an iommufd");
	tap_check(device >= 0 && reaches(device, at), "DMA goes on");
	tap_errno(del(kvm_vfio, group), 0, "the group is taken back");
	tap_errno(del(kvm_vfio, group), ENOENT, "once");

	/* KVM has the node, and so its device, until it goes. */
	close(node);
	tap_errno(open_path(edus[1].group_path), EBUSY, "the node is held");
	close(device);
	close(group);
	close(container);
	close(iommufd);
	munmap(at, 2 * PAGE);
}

int main(void)
{
	struct kvm_create_device create = { .type = KVM_DEV_TYPE_VFIO };
	int kvm = open_path("/dev/kvm");
	struct edu edus[3];
	int machine, group;

	if (kvm < 0)
		tap_bail_out("there is no KVM");
	machine = number(ioctl(kvm, KVM_CREATE_VM, 0));
	if (machine < 0 || request(machine, KVM_CREATE_DEVICE, &create))
		tap_bail_out("KVM does not work");
	edus_find(edus);
	test_files(edus, create.fd);
	close(create.fd);
	close(machine);
	close(kvm);
	group = open_path(edus[1].group_path);
	tap_check(group >= 0, "with the machine all is let go of");
	close(group);
	return tap_done();
}
