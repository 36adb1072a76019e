// SPDX-License-Identifier: GPL-2.0-or-later
/* Regions of an open device: what they are, and what is in them. */
#include <errno.h>
#include <linux/pci_regs.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "iommu.h"
#include "opened.h"

const char *const region_names[] = { "bar0", "bar1", "bar2",   "bar3", "bar4",
				     "bar5", "rom",  "config", "vga",  NULL };

char *region_called(__u32 index)
{
	return index < VFIO_PCI_NUM_REGIONS ? mem_strdup(region_names[index])
					    : mem_asprintf("region %u", index);
}

struct vfio_region_info *region_info(struct context *ctx,
				     const struct opened *o, __u32 index,
				     struct failure *f)
{
	struct vfio_region_info *info = NULL;
	__u32 length = 0, needed = sizeof(*info);

	/* The answer is how long it would have been. */
	while (needed > length) {
		length = needed;
		info = mem_realloc(info, length);
		memset(info, 0, length);
		info->argsz = length;
		info->index = index;
		if (opened_ask(ctx, o, &vfio_region_info_request, info, f)) {
			free(info);
			return NULL;
		}
		needed = info->argsz;
	}
	return info;
}

enum status region_check(const struct vfio_region_info *info, __u64 offset,
			 __u64 length, struct failure *f)
{
	char *name;

	if (offset < info->size && length <= info->size - offset)
		return STATUS_OK;
	name = region_called(info->index);
	if (!info->size)
		fail(f, "the device has no %s", name);
	else
		fail(f,
		     "0x%llx bytes at 0x%llx pass the end of %s, which has 0x%llx",
		     length, offset, name, info->size);
	free(name);
	fail_cause(f, "region-end", "{s:I, s:o, s:o, s:o}", "index",
		   (json_int_t)info->index, "offset", json_hex64(offset),
		   "length", json_hex64(length), "size",
		   json_hex64(info->size));
	return f->status;
}

/* Is there memory, or are there ports, that the command register hides? */
static bool is_switched_off(struct context *ctx, const struct opened *o,
			    const struct vfio_region_info *info)
{
	struct vfio_region_info *config = NULL;
	struct failure ignored = { 0 };
	__u16 command = 0;
	bool off = false;

	if (info->index <= VFIO_PCI_ROM_REGION_INDEX)
		config = region_info(ctx, o, VFIO_PCI_CONFIG_REGION_INDEX,
				     &ignored);
	if (config &&
	    !region_read(ctx, o, config, PCI_COMMAND, &command, 2, &ignored))
		off = !(command & (PCI_COMMAND_MEMORY | PCI_COMMAND_IO));
	failure_free(&ignored);
	free(config);
	return off;
}

static enum status refused(struct context *ctx, const struct opened *o,
			   const struct vfio_region_info *info, __u64 offset,
			   ssize_t got, const char *done, struct failure *f)
{
	int err = errno;
	char *name = region_called(info->index);

	errno = err;
	if (got >= 0)
		fail(f, "of %s at 0x%llx only 0x%zx bytes are %s", name, offset,
		     (size_t)got, done);
	else
		fail_errno(f, "%s at 0x%llx cannot be %s", name, offset, done);
	if (f->err == EIO && is_switched_off(ctx, o, info)) {
		fail(f,
		     "%s does not answer: its memory is switched off in the device's command register",
		     name);
		fail_cause(f, "memory-off", "{s:I}", "index",
			   (json_int_t)info->index);
		fail_hint(
			f,
			"iommufdctl device region write DEVICE config 4 6 --width 2");
	}
	free(name);
	return f->status;
}

enum status region_read(struct context *ctx, const struct opened *o,
			const struct vfio_region_info *info, __u64 offset,
			void *data, size_t length, struct failure *f)
{
	ssize_t got;

	if (region_check(info, offset, length, f))
		return f->status;
	got = pread(o->fd, data, length, (off_t)(info->offset + offset));
	if (got != (ssize_t)length)
		return refused(ctx, o, info, offset, got, "read", f);
	return STATUS_OK;
}

enum status region_write(struct context *ctx, const struct opened *o,
			 const struct vfio_region_info *info, __u64 offset,
			 const void *data, size_t length, struct failure *f)
{
	ssize_t got;

	if (region_check(info, offset, length, f))
		return f->status;
	got = pwrite(o->fd, data, length, (off_t)(info->offset + offset));
	if (got != (ssize_t)length)
		return refused(ctx, o, info, offset, got, "written", f);
	return STATUS_OK;
}
