// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What holds for the struct of every request alike: its length, the bytes
 * beyond what the kernel knows, its reserved fields, and its address.
 */
#include <stddef.h>

#include "iommu.h"

/* The longest struct, with room behind it. */
#define ROOM 128

struct layout {
	const char *name;
	unsigned long number;
	uint32_t size;
	/* Of the shortest form that is known, 0: there is but one. */
	uint32_t least;
	/* To be told apart from success: what a struct of zeroes answers. */
	int zeroes;
	/* Of a field that must be 0, or -1, and how wide it is. */
	int reserved;
	int reserved_size;
	/* Offset of the flags, or -1, and those that are defined. */
	int flags;
	uint32_t known_flags;
};

#define LAYOUT(request, type, zero_errno, ...)                                 \
	{                                                                      \
		.name = #request, .number = request,                           \
		.size = sizeof(struct type), .zeroes = zero_errno, __VA_ARGS__ \
	}
#define LEAST(type, last) \
	.least = offsetof(struct type, last) + sizeof(((struct type *)0)->last)
#define RESERVED(type)                                 \
	.reserved = offsetof(struct type, __reserved), \
	.reserved_size = sizeof(((struct type *)0)->__reserved)

static const struct layout layouts[] = {
	LAYOUT(IOMMU_DESTROY, iommu_destroy, ENOENT, .reserved = -1,
	       .flags = -1),
	LAYOUT(IOMMU_IOAS_ALLOC, iommu_ioas_alloc, 0, .reserved = -1,
	       .flags = offsetof(struct iommu_ioas_alloc, flags)),
	LAYOUT(IOMMU_IOAS_ALLOW_IOVAS, iommu_ioas_allow_iovas, ENOENT,
	       RESERVED(iommu_ioas_allow_iovas), .flags = -1),
	LAYOUT(IOMMU_IOAS_COPY, iommu_ioas_copy, EINVAL, .reserved = -1,
	       .flags = offsetof(struct iommu_ioas_copy, flags),
	       .known_flags = FIXED | READ | WRITE),
	LAYOUT(IOMMU_IOAS_IOVA_RANGES, iommu_ioas_iova_ranges, ENOENT,
	       RESERVED(iommu_ioas_iova_ranges), .flags = -1),
	LAYOUT(IOMMU_IOAS_MAP, iommu_ioas_map, EINVAL, RESERVED(iommu_ioas_map),
	       .flags = offsetof(struct iommu_ioas_map, flags),
	       .known_flags = FIXED | READ | WRITE),
	LAYOUT(IOMMU_IOAS_UNMAP, iommu_ioas_unmap, ENOENT, .reserved = -1,
	       .flags = -1),
	LAYOUT(IOMMU_OPTION, iommu_option, 0, RESERVED(iommu_option),
	       .flags = -1),
	LAYOUT(IOMMU_VFIO_IOAS, iommu_vfio_ioas, ENODEV,
	       RESERVED(iommu_vfio_ioas), .flags = -1),
	LAYOUT(IOMMU_HWPT_ALLOC, iommu_hwpt_alloc, ENOENT,
	       LEAST(iommu_hwpt_alloc, __reserved), RESERVED(iommu_hwpt_alloc),
	       .flags = -1),
	LAYOUT(IOMMU_GET_HW_INFO, iommu_hw_info, ENOENT,
	       LEAST(iommu_hw_info, __reserved), RESERVED(iommu_hw_info),
	       .flags = offsetof(struct iommu_hw_info, flags)),
	LAYOUT(IOMMU_HWPT_SET_DIRTY_TRACKING, iommu_hwpt_set_dirty_tracking,
	       ENOENT, .reserved = -1,
	       .flags = offsetof(struct iommu_hwpt_set_dirty_tracking, flags),
	       .known_flags = IOMMU_HWPT_DIRTY_TRACKING_ENABLE),
	LAYOUT(IOMMU_HWPT_GET_DIRTY_BITMAP, iommu_hwpt_get_dirty_bitmap, ENOENT,
	       RESERVED(iommu_hwpt_get_dirty_bitmap),
	       .flags = offsetof(struct iommu_hwpt_get_dirty_bitmap, flags),
	       .known_flags = IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR),
	LAYOUT(IOMMU_HWPT_INVALIDATE, iommu_hwpt_invalidate, ENOENT,
	       RESERVED(iommu_hwpt_invalidate), .flags = -1),
	LAYOUT(IOMMU_FAULT_QUEUE_ALLOC, iommu_fault_alloc, 0, .reserved = -1,
	       .flags = offsetof(struct iommu_fault_alloc, flags)),
};

/* What a queue of page requests is answered by where no driver has any. */
static int zeroes_of(int fd, const struct layout *layout)
{
	uint32_t id;
	int queue;

	if (layout->number != IOMMU_FAULT_QUEUE_ALLOC)
		return layout->zeroes;
	return fault_alloc(fd, &id, &queue) == -EOPNOTSUPP ? EOPNOTSUPP : 0;
}

/* A struct of zeroes that claims to be @size long, with one byte set. */
static int request_with_byte(int fd, const struct layout *layout, uint32_t size,
			     int at)
{
	unsigned char bytes[ROOM] = { 0 };

	memcpy(bytes, &size, sizeof(size));
	if (at >= 0)
		bytes[at] = 0x80;
	return request(fd, layout->number, bytes);
}

/* Each flag that nobody defined, by itself. */
static void check_flags(int fd, const struct layout *layout)
{
	int bit;

	for (bit = 0; bit < 32; bit++) {
		unsigned char bytes[ROOM] = { 0 };
		uint32_t flags = 1u << bit;
		char name[64];

		if (flags & layout->known_flags)
			continue;
		memcpy(bytes, &layout->size, sizeof(layout->size));
		memcpy(bytes + layout->flags, &flags, sizeof(flags));
		snprintf(name, sizeof(name), "%s: unknown flag 0x%x",
			 layout->name, flags);
		tap_errno(request(fd, layout->number, bytes), EOPNOTSUPP, name);
	}
}

static void check_layout(int fd, const struct layout *layout)
{
	uint32_t size = layout->size;
	uint32_t least = layout->least ? layout->least : size;
	char name[128];
	int i;

	snprintf(name, sizeof(name), "%s: a byte short", layout->name);
	tap_errno(request_with_byte(fd, layout, least - 1, -1), EINVAL, name);

	snprintf(name, sizeof(name), "%s: no length at all", layout->name);
	tap_errno(request_with_byte(fd, layout, 0, -1), EINVAL, name);

	snprintf(name, sizeof(name), "%s: longer, the rest zero", layout->name);
	tap_errno(request_with_byte(fd, layout, ROOM, -1),
		  zeroes_of(fd, layout), name);

	snprintf(name, sizeof(name), "%s: the shortest form", layout->name);
	tap_errno(request_with_byte(fd, layout, least, -1),
		  zeroes_of(fd, layout), name);

	snprintf(name, sizeof(name), "%s: longer, a byte set", layout->name);
	tap_errno(request_with_byte(fd, layout, ROOM, ROOM - 1), E2BIG, name);

	snprintf(name, sizeof(name), "%s: a byte longer, set", layout->name);
	tap_errno(request_with_byte(fd, layout, size + 1, size), E2BIG, name);

	snprintf(name, sizeof(name), "%s: at a bad address", layout->name);
	tap_errno(request(fd, layout->number, NULL), EFAULT, name);

	for (i = 0; layout->reserved >= 0 && i < layout->reserved_size; i++) {
		snprintf(name, sizeof(name), "%s: byte %d of __reserved",
			 layout->name, i);
		tap_errno(request_with_byte(fd, layout, size,
					    layout->reserved + i),
			  EOPNOTSUPP, name);
	}
	if (layout->flags >= 0)
		check_flags(fd, layout);
}

/* The struct ends at the last byte of a page, and the next one is not there. */
static void check_page_end(int fd)
{
	unsigned char *pages = memory(2 * PAGE);
	struct iommu_ioas_alloc *cmd;

	munmap(pages + PAGE, PAGE);
	cmd = (void *)(pages + PAGE - sizeof(*cmd));
	cmd->size = sizeof(*cmd);
	tap_errno(request(fd, IOMMU_IOAS_ALLOC, cmd), 0,
		  "a struct that ends with its page");
	cmd->size = ROOM;
	tap_errno(request(fd, IOMMU_IOAS_ALLOC, cmd), EFAULT,
		  "a struct that claims more than there is");
	munmap(pages, PAGE);
}

static void check_numbers(int fd)
{
	unsigned char bytes[ROOM] = { sizeof(struct iommu_ioas_alloc) };

	tap_errno(request(fd, _IO(IOMMUFD_TYPE, 0x7f), bytes), ENOTTY,
		  "the number below the first");
	tap_errno(request(fd, _IO(IOMMUFD_TYPE, 0x95), bytes), ENOTTY,
		  "the number behind the last that Linux has");
	tap_errno(request(fd, _IO(IOMMUFD_TYPE, 0xff), bytes), ENOTTY,
		  "the last number of the range");
	tap_errno(request(fd, _IO('x', IOMMUFD_CMD_IOAS_ALLOC), bytes), ENOTTY,
		  "a known number of another type");
	tap_errno(request(fd,
			  _IOWR(IOMMUFD_TYPE, IOMMUFD_CMD_IOAS_ALLOC,
				struct iommu_ioas_alloc),
			  bytes),
		  ENOTTY, "a known number with a size in it");
}

int main(void)
{
	int fd = iommu_open();
	size_t i;

	check_numbers(fd);
	check_page_end(fd);
	close(fd);
	for (i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++) {
		fd = iommu_open();
		check_layout(fd, &layouts[i]);
		close(fd);
	}
	return tap_done();
}
