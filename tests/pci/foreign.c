// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two devices are one group, and one of them is a driver's of the kernel's that
 * does DMA as it likes: virtio's, which has a source of random numbers. Nobody
 * gets the other one, and while somebody has it, no such driver gets this.
 */
#include <sys/wait.h>

#include "groups.h"

#define FOREIGN "/sys/bus/pci/drivers/virtio-pci"

static char ours[16], theirs[16];

/* 0 or -errno: a driver may not want it. */
static int foreign_bind(void)
{
	char path[100];
	int fd, rc;

	snprintf(path, sizeof(path), SYSFS "/%s/driver_override", theirs);
	sysfs_write(path, "virtio-pci");
	fd = open(FOREIGN "/bind", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		tap_bail_out("no virtio-pci");
	rc = write(fd, theirs, strlen(theirs)) < 0 ? -errno : 0;
	close(fd);
	return rc;
}

static uint32_t group_flags(int group)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };

	if (request(group, VFIO_GROUP_GET_STATUS, &status))
		return UINT32_MAX;
	return status.flags;
}

static void test_theirs_first(void)
{
	struct vfio_device_bind_iommufd bind = { .argsz = sizeof(bind) };
	int container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	int iommufd = iommu_open(), node, group;
	uint32_t id, second;

	tap_errno(foreign_bind(), 0, "a driver of the kernel's has one device");
	node = pci_open_node(ours);
	bind.iommufd = iommufd;
	tap_errno(request(node, VFIO_DEVICE_BIND_IOMMUFD, &bind), EPERM,
		  "BIND_IOMMUFD of the other");
	tap_errno(ioas_alloc(iommufd, &id), 0, "the iommufd is as it was");
	group = group_open(ours);
	tap_check(group_flags(group) == 0, "its group is not viable");
	tap_check(ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) == -1 &&
			  errno == EPERM,
		  "SET_CONTAINER");
	tap_check(ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU) == -1 &&
			  errno == EINVAL,
		  "which leaves the container empty");
	tap_check(ioctl(group, VFIO_GROUP_SET_CONTAINER, &iommufd) == 0 &&
			  ioctl(group, VFIO_GROUP_GET_DEVICE_FD, ours) == -1 &&
			  errno == EPERM,
		  "GET_DEVICE_FD with an iommufd in its place");
	sysfs_write(FOREIGN "/unbind", theirs);
	close(group);
	bind.iommufd = iommufd;
	tap_errno(request(node, VFIO_DEVICE_BIND_IOMMUFD, &bind), 0,
		  "without that driver it is bound");
	tap_errno(foreign_bind(), EBUSY, "and that driver gets nothing");
	tap_errno(ioas_alloc(iommufd, &second), 0, "nor does it harm");
	tap_errno(request(node, VFIO_DEVICE_ATTACH_IOMMUFD_PT,
			  &(struct vfio_device_attach_iommufd_pt){
				  .argsz = sizeof(
					  struct vfio_device_attach_iommufd_pt),
				  .pt_id = second }),
		  0, "the device is attached");
	close(node);
	tap_errno(foreign_bind(), 0, "until it is closed");
	sysfs_write(FOREIGN "/unbind", theirs);
	close(iommufd);
	close(container);
}

static void test_ours_first(void)
{
	struct group group = group_start(ours);

	tap_errno(foreign_bind(), EBUSY, "a group in a container is ours");
	group_stop(&group);
	tap_errno(foreign_bind(), 0, "and afterwards anybody's");
}

int main(void)
{
	if (!pci_find(EDU, 3, ours) || !pci_find(VIRTIO_RNG, 0, theirs))
		tap_bail_out("the VM lacks a device");
	sysfs_write(FOREIGN "/unbind", theirs);
	pci_bind(ours);
	test_theirs_first();
	test_ours_first();
	pci_unbind(ours);
	return tap_done();
}
