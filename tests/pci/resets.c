// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Resets: of one function, QEMU's nvme, by both ways to ask for it; and of a
 * bus with two edu on it, which are one group, for who can show to own both,
 * in either shape.
 */
#include "edu.h"
#include "groups.h"
#include "nvme.h"

#define ENTRIES 4

/* A place for the whole answer. */
union hot_info {
	struct vfio_pci_hot_reset_info head;
	uint8_t room[sizeof(struct vfio_pci_hot_reset_info) +
		     ENTRIES * sizeof(struct vfio_pci_dependent_device)];
};

static int hot_info(struct pci *pci, union hot_info *info)
{
	memset(info, 0, sizeof(*info));
	info->head.argsz = sizeof(*info);
	return request(pci->fd, VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, info);
}

static int hot_reset(struct pci *pci, uint32_t count, int fd)
{
	union {
		struct vfio_pci_hot_reset head;
		uint8_t room[sizeof(struct vfio_pci_hot_reset) + sizeof(fd)];
	} reset = {};

	reset.head.argsz = sizeof(reset);
	reset.head.count = count;
	reset.head.group_fds[0] = fd;
	return request(pci->fd, VFIO_DEVICE_PCI_HOT_RESET, &reset);
}

static bool was_reset(struct pci *nvme)
{
	return !pci_get(nvme, NVME_STATUS, 4);
}

static void test_function(void)
{
	struct vfio_device_info info = { .argsz = sizeof(info) };
	struct pci nvme = pci_start(NVME, 0);
	volatile uint32_t *mapped;

	request(nvme.fd, VFIO_DEVICE_GET_INFO, &info);
	tap_check(info.flags & VFIO_DEVICE_FLAGS_RESET, "it can be reset");
	pci_command(&nvme, PCI_COMMAND_MEMORY, 0);
	mapped = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, nvme.fd, 0);
	nvme_start(&nvme);
	tap_check(mapped[NVME_STATUS / 4] == NVME_READY, "it runs");
	tap_errno(request(nvme.fd, VFIO_DEVICE_RESET, NULL), 0, "RESET");
	tap_check(!mapped[NVME_STATUS / 4], "it does not, where it is mapped");
	tap_check(was_reset(&nvme), "nor where it is read");
	nvme_start(&nvme);
	pci_set(&nvme,
		CONFIG + pci_capability(&nvme, PCI_CAP_ID_EXP) + PCI_EXP_DEVCTL,
		2, PCI_EXP_DEVCTL_BCR_FLR);
	tap_check(was_reset(&nvme), "a reset by the configuration space");
	munmap((void *)mapped, PAGE);
	pci_stop(&nvme);
}

static void test_reopened(void)
{
	struct pci nvme = pci_start(NVME, 0);
	uint32_t ioas = nvme.ioas;

	pci_command(&nvme, PCI_COMMAND_MEMORY, 0);
	tap_check(was_reset(&nvme), "a device is reset between users");
	pci_command(&nvme, PCI_COMMAND_MASTER, 0);
	nvme_start(&nvme);
	close(nvme.fd);
	nvme.fd = pci_open_node(nvme.bdf);
	tap_errno(node_start(nvme.fd, nvme.iommufd, ioas), 0, "open it again");
	tap_check(!(pci_get(&nvme, CONFIG + PCI_COMMAND, 2) &
		    PCI_COMMAND_MASTER),
		  "its DMA is off");
	pci_command(&nvme, PCI_COMMAND_MEMORY, 0);
	tap_check(was_reset(&nvme), "and it is reset");
	pci_stop(&nvme);
}

static void test_nodes(void)
{
	struct pci first = pci_start(EDU, 1);
	union hot_info info;
	char second[16];

	info.head.argsz = sizeof(info.head);
	tap_errno(request(first.fd, VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, &info),
		  ENOSPC, "no room for what is reset");
	tap_check(info.head.count == 2, "%u devices", info.head.count);
	tap_errno(hot_info(&first, &info), 0, "what is reset");
	tap_check(info.head.flags == VFIO_PCI_HOT_RESET_FLAG_DEV_ID,
		  "not all of it is owned: flags %u", info.head.flags);
	tap_errno(hot_reset(&first, 0, -1), EINVAL,
		  "no reset of somebody else's device");
	pci_find(EDU, 2, second);
	pci_bind(second);
	tap_errno(hot_info(&first, &info), 0, "with the driver of both");
	tap_check(info.head.flags == 3, "all is owned: flags %u",
		  info.head.flags);
	tap_check((int)info.head.devices[0].group_id > 0 &&
			  !info.head.devices[1].group_id,
		  "one is open, one is in the same group: %u, %u",
		  info.head.devices[0].group_id, info.head.devices[1].group_id);
	pci_command(&first, PCI_COMMAND_MEMORY, 0);
	tap_errno(hot_reset(&first, 1, first.iommufd), EINVAL,
		  "a node has no groups to show");
	tap_errno(hot_reset(&first, 0, -1), 0, "the reset");
	tap_check(pci_get(&first, EDU_ID, 4) == EDU_IS, "it answers");
	pci_stop(&first);
	pci_unbind(second);
}

static void test_group(void)
{
	struct pci first, second;
	union hot_info info;
	struct group group;
	char bdf[2][16];
	uint8_t *at = memory(2 * PAGE);

	pci_find(EDU, 1, bdf[0]);
	pci_find(EDU, 2, bdf[1]);
	pci_bind(bdf[0]);
	pci_bind(bdf[1]);
	group = group_start(bdf[0]);
	first = group_device(&group, bdf[0]);
	second = group_device(&group, bdf[1]);
	tap_errno(hot_info(&first, &info), 0, "what is reset");
	tap_check(!info.head.flags && info.head.count == 2 &&
			  info.head.devices[0].group_id ==
				  info.head.devices[1].group_id,
		  "two devices of one group");
	tap_errno(hot_reset(&first, 0, -1), EINVAL, "nothing shown");
	tap_errno(hot_reset(&first, 1, group.container), EINVAL,
		  "a container is not a group");
	tap_errno(hot_reset(&first, 1, 999), EBADF, "no such descriptor");
	tap_errno(container_map(&group, at, 2 * PAGE, IOVA), 0, "map memory");
	pci_command(&first, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 0);
	pci_command(&second, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 0);
	tap_check(edu_moves(&first, at) && edu_moves(&second, at),
		  "DMA of both arrives");
	tap_errno(hot_reset(&first, 1, group.fd), 0, "the reset");
	tap_check(pci_get(&second, EDU_ID, 4) == EDU_IS, "the other answers");
	tap_check(edu_moves(&first, at) && edu_moves(&second, at),
		  "and DMA arrives again");
	close(first.fd);
	close(second.fd);
	group_stop(&group);
	pci_unbind(bdf[0]);
	pci_unbind(bdf[1]);
	munmap(at, 2 * PAGE);
}

int main(void)
{
	test_function();
	test_reopened();
	test_nodes();
	test_group();
	return tap_done();
}
