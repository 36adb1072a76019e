/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VFIO's requests as functions, for tests, and QEMU's edu devices to try them
 * on, as iommufd_vfio_edu.ko gives them to VFIO. All return 0 or more, or
 * -errno.
 */
#ifndef TESTS_VFIO_VFIO_H
#define TESTS_VFIO_VFIO_H

#include <dirent.h>
#include <glob.h>
#include <linux/vfio.h>
#include <stddef.h>
#include <sys/stat.h>
#include <vfio_newer.h>

#include "../abi/iommu.h"
#include "../kmod/edu.h"
#include "../kmod/vfio_edu.h"

#define DRIVER "/sys/bus/pci/drivers/iommufd_vfio_edu"
/* Where things are mapped: 16 MiB, which edu can reach. */
#define IOVA 0x1000000ull
/* Where x86 has its interrupts, and nothing else can be. */
#define MSI_WINDOW 0xfee00000ull

/**
 * struct edu - a device that can be opened
 * @name: its place on the bus
 * @group: number of its IOMMU group
 * @group_path: /dev/vfio/N
 * @node_path: /dev/vfio/devices/vfioN
 */
struct edu {
	char name[16];
	int group;
	char group_path[32];
	char node_path[64];
};

static inline int number(int rc)
{
	return rc < 0 ? -errno : rc;
}

__attribute__((unused)) static int open_path(const char *path)
{
	return number(open(path, O_RDWR | O_CLOEXEC));
}

__attribute__((unused)) static bool exists(const char *path)
{
	return !access(path, F_OK);
}

/* The base name of what a symbolic link leads to. */
static int link_number(const char *path)
{
	char to[256] = "";

	if (readlink(path, to, sizeof(to) - 1) < 0)
		return -errno;
	return atoi(strrchr(to, '/') + 1);
}

static void edu_find(struct edu *edu, const char *path)
{
	char at[512];
	glob_t nodes;

	snprintf(edu->name, sizeof(edu->name), "%s", strrchr(path, '/') + 1);
	snprintf(at, sizeof(at), "%s/iommu_group", path);
	edu->group = link_number(at);
	snprintf(edu->group_path, sizeof(edu->group_path), "/dev/vfio/%d",
		 edu->group);
	snprintf(at, sizeof(at), "%s/vfio-dev/vfio*", path);
	if (glob(at, 0, NULL, &nodes))
		tap_bail_out("a device has no node");
	snprintf(edu->node_path, sizeof(edu->node_path), "/dev/vfio/devices/%s",
		 strrchr(nodes.gl_pathv[0], '/') + 1);
	globfree(&nodes);
}

/* Of three: one that has its group for itself, and two that share one. */
__attribute__((unused)) static void edus_find(struct edu edus[3])
{
	glob_t paths;

	if (glob(DRIVER "/0000:*", 0, NULL, &paths) || paths.gl_pathc != 3)
		tap_bail_out("there are not three edu devices");
	for (int i = 0; i < 3; i++)
		edu_find(&edus[i], paths.gl_pathv[i]);
	globfree(&paths);
	if (edus[0].group == edus[1].group || edus[1].group != edus[2].group)
		tap_bail_out("the groups are not as they should be");
}

/* Writes to a file of the driver's: bind, unbind and so on. */
__attribute__((unused)) static int sysfs_write(const char *path,
					       const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int rc;

	if (fd < 0)
		return -errno;
	rc = write(fd, text, strlen(text)) < 0 ? -errno : 0;
	close(fd);
	return rc;
}

static inline int container_open(void)
{
	return open_path("/dev/vfio/vfio");
}

static inline int check_extension(int container, unsigned long extension)
{
	return number(ioctl(container, VFIO_CHECK_EXTENSION, extension));
}

static inline int set_iommu(int container, unsigned long type)
{
	return number(ioctl(container, VFIO_SET_IOMMU, type));
}

static inline int dma_map(int container, const void *at, uint64_t iova,
			  uint64_t size)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.vaddr = (uintptr_t)at,
		.iova = iova,
		.size = size,
	};

	return request(container, VFIO_IOMMU_MAP_DMA, &map);
}

static inline int dma_unmap(int container, uint64_t iova, uint64_t size)
{
	struct vfio_iommu_type1_dma_unmap unmap = {
		.argsz = sizeof(unmap),
		.iova = iova,
		.size = size,
	};

	return request(container, VFIO_IOMMU_UNMAP_DMA, &unmap);
}

/* The flags, or -errno. */
static inline int group_status(int group)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };
	int rc = request(group, VFIO_GROUP_GET_STATUS, &status);

	return rc ?: (int)status.flags;
}

static inline int group_set(int group, int container)
{
	return request(group, VFIO_GROUP_SET_CONTAINER, &container);
}

static inline int group_unset(int group)
{
	return request(group, VFIO_GROUP_UNSET_CONTAINER, NULL);
}

static inline int device_fd(int group, const char *name)
{
	return number(ioctl(group, VFIO_GROUP_GET_DEVICE_FD, name));
}

static inline int node_bind(int node, int iommufd, uint32_t *id)
{
	struct vfio_device_bind_iommufd bind = {
		.argsz = sizeof(bind),
		.iommufd = iommufd,
	};
	int rc = request(node, VFIO_DEVICE_BIND_IOMMUFD, &bind);

	*id = bind.out_devid;
	return rc;
}

static inline int node_attach(int node, uint32_t pt, uint32_t *hwpt)
{
	struct vfio_device_attach_iommufd_pt attach = {
		.argsz = sizeof(attach),
		.pt_id = pt,
	};
	int rc = request(node, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &attach);

	*hwpt = attach.pt_id;
	return rc;
}

static inline int node_detach(int node)
{
	struct vfio_device_detach_iommufd_pt detach = {
		.argsz = sizeof(detach),
	};

	return request(node, VFIO_DEVICE_DETACH_IOMMUFD_PT, &detach);
}

__attribute__((unused)) static struct vfio_edu_counts edu_counts(int device)
{
	struct vfio_edu_counts counts = { 0 };

	request(device, VFIO_EDU_GET_COUNTS, &counts);
	return counts;
}

static inline void edu_set(int device, uint64_t at, uint64_t value)
{
	if (pwrite(device, &value, sizeof(value), at) != sizeof(value))
		tap_bail_out("a register cannot be written");
}

static inline uint32_t edu_get(int device, uint64_t at)
{
	uint32_t value = 0;

	if (pread(device, &value, sizeof(value), at) != sizeof(value))
		tap_bail_out("a register cannot be read");
	return value;
}

static inline void edu_start(int device, uint64_t iova, uint32_t length,
			     bool to_memory)
{
	edu_set(device, EDU_DMA_FROM, to_memory ? EDU_BUFFER : iova);
	edu_set(device, EDU_DMA_TO, to_memory ? iova : EDU_BUFFER);
	edu_set(device, EDU_DMA_COUNT, length);
	edu_set(device, EDU_DMA_COMMAND,
		EDU_DMA_START | (to_memory ? EDU_DMA_TO_MEMORY : 0));
}

/* Which takes 100 ms of the guest's time. */
static inline void edu_copy(int device, uint64_t iova, uint32_t length,
			    bool to_memory)
{
	edu_start(device, iova, length, to_memory);
	for (int i = 0; edu_get(device, EDU_DMA_COMMAND) & EDU_DMA_START; i++) {
		if (i > 10000)
			tap_bail_out("a device hangs");
		usleep(1000);
	}
}

/*
 * Whether the device can read the first page of @at, and write the second, as
 * they are mapped at IOVA.
 */
__attribute__((unused)) static bool reaches(int device, uint8_t *at)
{
	static uint8_t seed;

	seed++;
	for (size_t i = 0; i < 512; i++)
		at[i] = seed + i * 7;
	memset(at + PAGE, 0, 512);
	edu_copy(device, IOVA, 512, false);
	edu_copy(device, IOVA + PAGE, 512, true);
	return !memcmp(at, at + PAGE, 512);
}

/* A container with a group in it, an IOMMU, and two pages of @at at IOVA. */
__attribute__((unused)) static int container_with(int group, uint8_t *at)
{
	int container = container_open();

	if (container < 0 || group_set(group, container) ||
	    set_iommu(container, VFIO_TYPE1v2_IOMMU) ||
	    dma_map(container, at, IOVA, 2 * PAGE))
		tap_bail_out("there is no container for a group");
	return container;
}

/* An IOAS with two pages of @at at IOVA. */
__attribute__((unused)) static uint32_t ioas_with(int iommufd, uint8_t *at)
{
	uint64_t iova = IOVA;
	uint32_t ioas;

	if (ioas_alloc(iommufd, &ioas) ||
	    ioas_map(iommufd, ioas, FIXED | READ | WRITE, at, 2 * PAGE, &iova))
		tap_bail_out("there is no IOAS");
	return ioas;
}

#endif
