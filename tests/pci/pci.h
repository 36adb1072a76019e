/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PCI devices through VFIO, for tests: found by what they are, bound to
 * vfio-pci, and opened in either shape. Functions return 0 or -errno unless
 * they say otherwise.
 */
#ifndef TESTS_PCI_PCI_H
#define TESTS_PCI_PCI_H

#include <dirent.h>
#include <endian.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <vfio_newer.h>

#include "../abi/iommu.h"

#define SYSFS "/sys/bus/pci/devices"
#define REGION(index) ((uint64_t)(index) << 40)
#define CONFIG REGION(VFIO_PCI_CONFIG_REGION_INDEX)
/* Where @pci's memory is mapped for it. */
#define IOVA 0x1000000ull

/* Vendor and device. */
#define EDU 0x11e81234u
#define E1000E 0x10d38086u
#define NVME 0x00101b36u
#define VIRTIO_RNG 0x10051af4u

/* A device that is open; by its node, and attached to an IOAS, or by its group */
struct pci {
	char bdf[16];
	int fd;
	int iommufd;
	uint32_t ioas;
};

static inline void sysfs_write(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		tap_bail_out(path);
	close(fd);
}

/* The @nth device of a kind; whether there is one. */
static inline bool pci_find(uint32_t id, int nth, char *bdf)
{
	struct dirent **entries;
	bool found = false;
	int count = scandir(SYSFS, &entries, NULL, alphasort);

	for (int i = 0; i < count; i++) {
		char path[300];
		uint32_t is = 0;
		int fd;

		snprintf(path, sizeof(path), SYSFS "/%s/config",
			 entries[i]->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (!found && fd >= 0 && read(fd, &is, 4) == 4 && is == id &&
		    !nth--) {
			snprintf(bdf, 16, "%.12s", entries[i]->d_name);
			found = true;
		}
		if (fd >= 0)
			close(fd);
		free(entries[i]);
	}
	free(entries);
	return found;
}

/* What the hardware has, whatever VFIO's users see. */
static inline uint32_t pci_hardware(const char *bdf, unsigned int pos,
				    size_t size)
{
	char path[100];
	uint32_t value = 0;
	int fd;

	snprintf(path, sizeof(path), SYSFS "/%s/config", bdf);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (pread(fd, &value, size, pos) != (ssize_t)size)
		tap_bail_out("sysfs has no configuration space");
	close(fd);
	return le32toh(value);
}

static inline bool may_do_dma(const char *bdf)
{
	return pci_hardware(bdf, PCI_COMMAND, 2) & PCI_COMMAND_MASTER;
}

/* To vfio-pci, from whatever driver has it. */
static inline void pci_bind(const char *bdf)
{
	char path[100];

	snprintf(path, sizeof(path), SYSFS "/%s/driver_override", bdf);
	sysfs_write(path, "vfio-pci");
	snprintf(path, sizeof(path), SYSFS "/%s/driver/unbind", bdf);
	if (!access(path, W_OK))
		sysfs_write(path, bdf);
	sysfs_write("/sys/bus/pci/drivers/vfio-pci/bind", bdf);
}

static inline void pci_unbind(const char *bdf)
{
	sysfs_write("/sys/bus/pci/drivers/vfio-pci/unbind", bdf);
}

/* The device's node, open but not bound; -errno. */
static inline int pci_open_node(const char *bdf)
{
	char path[300];
	struct dirent *entry;
	int fd = -ENOENT;
	DIR *folder;

	snprintf(path, sizeof(path), SYSFS "/%s/vfio-dev", bdf);
	folder = opendir(path);
	while (folder && (entry = readdir(folder))) {
		if (strncmp(entry->d_name, "vfio", 4))
			continue;
		snprintf(path, sizeof(path), "/dev/vfio/devices/%.20s",
			 entry->d_name);
		fd = open(path, O_RDWR | O_CLOEXEC);
		fd = fd < 0 ? -errno : fd;
	}
	if (folder)
		closedir(folder);
	return fd;
}

/* Binds an open node to @iommufd and attaches it to @pt. */
static inline int node_start(int fd, int iommufd, uint32_t pt)
{
	struct vfio_device_bind_iommufd bind = {
		.argsz = sizeof(bind),
		.iommufd = iommufd,
	};
	struct vfio_device_attach_iommufd_pt attach = {
		.argsz = sizeof(attach),
		.pt_id = pt,
	};
	int rc = request(fd, VFIO_DEVICE_BIND_IOMMUFD, &bind);

	return rc ?: request(fd, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &attach);
}

/* The kind's @nth device, bound and open by its node, with an IOAS. */
static inline struct pci pci_start(uint32_t id, int nth)
{
	struct pci pci = {};

	if (!pci_find(id, nth, pci.bdf))
		tap_bail_out("the VM lacks a device");
	pci_bind(pci.bdf);
	pci.iommufd = iommu_open();
	pci.fd = pci_open_node(pci.bdf);
	if (pci.fd < 0 || ioas_alloc(pci.iommufd, &pci.ioas) ||
	    node_start(pci.fd, pci.iommufd, pci.ioas))
		tap_bail_out("a device cannot be opened");
	return pci;
}

static inline void pci_stop(struct pci *pci)
{
	close(pci->fd);
	close(pci->iommufd);
	pci_unbind(pci->bdf);
}

/* In the device's file; what cannot be read is all ones. */
static inline uint32_t pci_get(struct pci *pci, uint64_t pos, size_t size)
{
	uint32_t value = 0;

	if (pread(pci->fd, &value, size, pos) != (ssize_t)size)
		return UINT32_MAX;
	return le32toh(value);
}

static inline int pci_set(struct pci *pci, uint64_t pos, size_t size,
			  uint32_t value)
{
	value = htole32(value);
	return pwrite(pci->fd, &value, size, pos) == (ssize_t)size ? 0 : -errno;
}

static inline void pci_command(struct pci *pci, uint16_t set, uint16_t clear)
{
	uint16_t command = pci_get(pci, CONFIG + PCI_COMMAND, 2);

	pci_set(pci, CONFIG + PCI_COMMAND, 2, (command & ~clear) | set);
}

/* Where a capability is, as its user sees it, or 0. */
static inline unsigned int pci_capability(struct pci *pci, uint8_t id)
{
	unsigned int pos = pci_get(pci, CONFIG + PCI_CAPABILITY_LIST, 1);

	while (pos && pci_get(pci, CONFIG + pos, 1) != id)
		pos = pci_get(pci, CONFIG + pos + 1, 1);
	return pos;
}

/* Asks for D0, which is 0, to D3hot, which is 3. */
static inline void pci_power(struct pci *pci, uint16_t state)
{
	pci_set(pci, CONFIG + pci_capability(pci, PCI_CAP_ID_PM) + PCI_PM_CTRL,
		2, state);
}

static inline int region_info(struct pci *pci, uint32_t index,
			      struct vfio_region_info *info)
{
	info->argsz = info->argsz ?: sizeof(*info);
	info->index = index;
	return request(pci->fd, VFIO_DEVICE_GET_REGION_INFO, info);
}

static inline int irq_info(struct pci *pci, uint32_t index,
			   struct vfio_irq_info *info)
{
	*info = (struct vfio_irq_info){ sizeof(*info), .index = index };
	return request(pci->fd, VFIO_DEVICE_GET_IRQ_INFO, info);
}

/* @data: @size bytes for each of @count interrupts */
static inline int irqs(struct pci *pci, uint32_t index, uint32_t flags,
		       uint32_t start, uint32_t count, const void *data,
		       size_t size)
{
	struct vfio_irq_set *set = calloc(1, sizeof(*set) + count * size);
	int rc;

	set->argsz = sizeof(*set) + count * size;
	set->flags = flags;
	set->index = index;
	set->start = start;
	set->count = count;
	if (size)
		memcpy(set->data, data, count * size);
	rc = ioctl(pci->fd, VFIO_DEVICE_SET_IRQS, set);
	rc = rc < 0 ? -errno : rc;
	free(set);
	return rc;
}

static inline int irqs_eventfd(struct pci *pci, uint32_t index, uint32_t action,
			       uint32_t start, int fd)
{
	return irqs(pci, index, VFIO_IRQ_SET_DATA_EVENTFD | action, start, 1,
		    &fd, sizeof(fd));
}

static inline int irqs_none(struct pci *pci, uint32_t index, uint32_t action,
			    uint32_t start, uint32_t count)
{
	return irqs(pci, index, VFIO_IRQ_SET_DATA_NONE | action, start, count,
		    NULL, 0);
}

#define IRQ_TRIGGER VFIO_IRQ_SET_ACTION_TRIGGER
#define IRQ_MASK VFIO_IRQ_SET_ACTION_MASK
#define IRQ_UNMASK VFIO_IRQ_SET_ACTION_UNMASK

/* How often an eventfd was signalled, waiting for the first time a while. */
static inline uint64_t signals(int event, int milliseconds)
{
	struct pollfd poller = { .fd = event, .events = POLLIN };
	uint64_t count = 0;

	if (poll(&poller, 1, milliseconds) == 1 &&
	    read(event, &count, sizeof(count)) != sizeof(count))
		tap_bail_out("an eventfd cannot be read");
	return count;
}

#endif
