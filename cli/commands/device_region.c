// SPDX-License-Identifier: GPL-2.0-or-later
/* `device region`: registers and memory of an open device, as VFIO has them. */
#include <endian.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands/commands.h"
#include "context.h"
#include "device.h"
#include "file.h"
#include "iommu.h"
#include "made.h"
#include "mem.h"
#include "render.h"

#define DUMP_LENGTH 256
#define DUMP_MOST (UINT64_C(1) << 20) /* for people, and for JSON */
#define PIECE (UINT64_C(64) << 10) /* between two looks around */

enum { ACCESS_WIDTH };
enum { DUMP_OUTPUT };

static const char *const region_flags[] = { "READ", "WRITE", "MMAP", "CAPS",
					    NULL };
static const char *const widths[] = { "1", "2", "4", "8", NULL };

/* The parts of a region that alone can be mapped into a process. */
static json_t *areas_json(const struct vfio_region_info *info, bool *msix)
{
	const struct vfio_region_info_cap_sparse_mmap *sparse;
	__u32 at = info->flags & VFIO_REGION_INFO_FLAG_CAPS ? info->cap_offset
							    : 0;
	const char *bytes = (const char *)info;
	const struct vfio_info_cap_header *head;
	json_t *list = json_array();

	*msix = false;
	while (at && at <= info->argsz - sizeof(*head)) {
		head = (const void *)(bytes + at);
		*msix |= head->id == VFIO_REGION_INFO_CAP_MSIX_MAPPABLE;
		sparse = (const void *)head;
		for (__u32 i = 0;
		     head->id == VFIO_REGION_INFO_CAP_SPARSE_MMAP &&
		     (const char *)(sparse + 1) <= bytes + info->argsz &&
		     i < sparse->nr_areas &&
		     (const char *)&sparse->areas[i + 1] <= bytes + info->argsz;
		     i++)
			json_array_append_new(
				list,
				json_pack("{s:o, s:o}", "offset",
					  json_hex64(sparse->areas[i].offset),
					  "size",
					  json_hex64(sparse->areas[i].size)));
		/* Each lies behind the one before, or it would never end. */
		at = head->next > at ? head->next : 0;
	}
	return list;
}

static json_t *region_json(const struct vfio_region_info *info)
{
	bool msix;
	json_t *areas = areas_json(info, &msix);

	return json_pack("{s:I, s:s?, s:o, s:o, s:o, s:b, s:o}", "index",
			 (json_int_t)info->index, "name",
			 info->index < VFIO_PCI_NUM_REGIONS
				 ? region_names[info->index]
				 : NULL,
			 "size", json_hex64(info->size), "offset",
			 json_hex64(info->offset), "flags",
			 json_flags(info->flags, region_flags), "msix_mappable",
			 msix, "areas", areas);
}

static enum status list(struct context *ctx, const struct parsed *p,
			struct answer *a)
{
	struct object *device = opened_object(ctx, p, &a->fail);
	struct vfio_device_info info = { .argsz = sizeof(info) };
	struct failure absent = { 0 };
	json_t *regions;

	if (!device || opened_ask(ctx, device->opened,
				  &vfio_device_info_request, &info, &a->fail))
		return a->fail.status;
	regions = json_array();
	for (__u32 i = 0; i < info.num_regions; i++) {
		struct vfio_region_info *region =
			region_info(ctx, device->opened, i, &absent);

		/* Not every number is that of a region. */
		if (region && region->size)
			json_array_append_new(regions, region_json(region));
		free(region);
		failure_free(&absent);
	}
	a->result = json_pack("{s:o}", "regions", regions);
	return STATUS_OK;
}

/* The region of the second argument. */
static struct vfio_region_info *find(struct context *ctx,
				     const struct parsed *p,
				     struct object **device, struct failure *f)
{
	__u32 index;

	*device = opened_object(ctx, p, f);
	if (!*device || made_type(p, &p->arg[1], region_names, &index, f))
		return NULL;
	return region_info(ctx, (*device)->opened, index, f);
}

/* What the option says, or the widest that suits the place, up to 4. */
static size_t width_of(const struct parsed *p)
{
	size_t width = 4;

	if (p->opt[ACCESS_WIDTH].set)
		return (size_t)1 << p->opt[ACCESS_WIDTH].num;
	while (p->arg[2].num % width)
		width /= 2;
	return width;
}

static json_t *access_json(const struct object *device,
			   const struct vfio_region_info *info, __u64 offset,
			   size_t width, __u64 value)
{
	return json_pack("{s:I, s:I, s:o, s:I, s:o}", "dev_id",
			 (json_int_t)device->id, "index",
			 (json_int_t)info->index, "offset", json_hex64(offset),
			 "width", (json_int_t)width, "value",
			 json_hex64(value));
}

static enum status read_one(struct context *ctx, const struct parsed *p,
			    struct answer *a)
{
	struct object *device;
	struct vfio_region_info *info = find(ctx, p, &device, &a->fail);
	size_t width = width_of(p);
	__u64 value = 0;

	if (!info)
		return a->fail.status;
	if (!region_read(ctx, device->opened, info, p->arg[2].num, &value,
			 width, &a->fail))
		a->result = json_pack("{s:o}", "region_read",
				      access_json(device, info, p->arg[2].num,
						  width, le64toh(value)));
	free(info);
	return a->fail.status;
}

static enum status write_one(struct context *ctx, const struct parsed *p,
			     struct answer *a)
{
	const __u64 value = htole64(p->arg[3].num);
	size_t width = width_of(p);
	struct vfio_region_info *info;
	struct object *device;

	if (width < 8 && p->arg[3].num >> (8 * width))
		return fail_at(&a->fail, p->words, p->arg[3].at,
			       "this does not fit into %zu bytes", width);
	info = find(ctx, p, &device, &a->fail);
	if (!info)
		return a->fail.status;
	if (!region_write(ctx, device->opened, info, p->arg[2].num, &value,
			  width, &a->fail))
		a->result = json_pack("{s:o}", "region_write",
				      access_json(device, info, p->arg[2].num,
						  width, p->arg[3].num));
	free(info);
	return a->fail.status;
}

/* By pieces, each to a file or into @data. */
static enum status copy_out(struct context *ctx, const struct opened *o,
			    const struct vfio_region_info *info, __u64 offset,
			    __u64 length, const char *path, int fd,
			    unsigned char *data, struct failure *f)
{
	for (__u64 done = 0; done < length;) {
		size_t size =
			(size_t)(length - done < PIECE ? length - done : PIECE);
		unsigned char *to = path ? data : data + done;

		if (context_given_up(ctx))
			return fail(f, "interrupted");
		if (region_read(ctx, o, info, offset + done, to, size, f) ||
		    (path && file_write(fd, path, to, size, done, f)))
			return f->status;
		done += size;
	}
	return STATUS_OK;
}

static json_t *dump_json(const struct object *device,
			 const struct vfio_region_info *info, __u64 offset,
			 __u64 length, const char *path, const void *data)
{
	json_t *parts = json_array();

	if (!path)
		json_array_append_new(parts,
				      json_pack("{s:o, s:o, s:o}", "offset",
						json_hex64(offset), "length",
						json_hex64(length), "bytes",
						json_bytes(data, length)));
	return json_pack("{s:I, s:I, s:o, s:o, s:o, s:o}", "dev_id",
			 (json_int_t)device->id, "index",
			 (json_int_t)info->index, "offset", json_hex64(offset),
			 "length", json_hex64(length), "path",
			 json_text_or_null(path), "parts", parts);
}

/* What is asked for of a region; all of it into a file, or some to be seen. */
static enum status dump_length(const struct parsed *p,
			       const struct vfio_region_info *info,
			       __u64 *length, struct failure *f)
{
	bool file = p->opt[DUMP_OUTPUT].set;
	__u64 offset = p->arg[2].num;

	*length = info->size > offset ? info->size - offset : 0;
	if (!file && *length > DUMP_LENGTH)
		*length = DUMP_LENGTH;
	if (p->arg[3].set)
		*length = p->arg[3].num;
	if (region_check(info, offset, *length ? *length : 1, f))
		return f->status;
	if (!file && *length > DUMP_MOST)
		return fail_at(
			f, p->words, p->arg[3].at,
			"1M is the most that is shown; --output has no limit");
	return STATUS_OK;
}

static enum status dump_region(struct context *ctx, const struct parsed *p,
			       const struct object *device,
			       const struct vfio_region_info *info,
			       struct answer *a)
{
	const char *path = p->opt[DUMP_OUTPUT].text;
	unsigned char *data;
	__u64 length;
	int fd = -1;

	if (dump_length(p, info, &length, &a->fail))
		return a->fail.status;
	if (path) {
		fd = file_create(ctx, path, &a->fail);
		if (fd < 0)
			return a->fail.status;
	}
	data = mem_realloc(NULL, path ? PIECE : length);
	if (!copy_out(ctx, device->opened, info, p->arg[2].num, length, path,
		      fd, data, &a->fail))
		a->result = json_pack("{s:o}", "region_dump",
				      dump_json(device, info, p->arg[2].num,
						length, path, data));
	free(data);
	if (fd >= 0)
		close(fd);
	return a->fail.status;
}

static enum status dump(struct context *ctx, const struct parsed *p,
			struct answer *a)
{
	struct object *device;
	struct vfio_region_info *info = find(ctx, p, &device, &a->fail);

	if (info)
		dump_region(ctx, p, device, info, a);
	free(info);
	return a->fail.status;
}

#define DEVICE_ARG ID_OF("DEVICE", OF(DEVICE), "the device")
#define REGION_ARG                                                            \
	{                                                                     \
		.name = "REGION", .kind = KIND_TEXT, .choices = region_names, \
		.help = "by name or number"                                   \
	}

static const struct arg list_args[] = { DEVICE_ARG, { 0 } };

static const struct arg read_args[] = {
	DEVICE_ARG,
	REGION_ARG,
	{ .name = "OFFSET", .kind = KIND_ADDRESS, .help = "in the region" },
	{ 0 },
};

static const struct arg write_args[] = {
	DEVICE_ARG,
	REGION_ARG,
	{ .name = "OFFSET", .kind = KIND_ADDRESS, .help = "in the region" },
	{ .name = "VALUE", .kind = KIND_NUMBER, .help = "what is written" },
	{ 0 },
};

static const struct arg dump_args[] = {
	DEVICE_ARG,
	REGION_ARG,
	{ .name = "OFFSET",
	  .kind = KIND_ADDRESS,
	  .optional = true,
	  .help = "in the region; 0 without one" },
	{ .name = "LENGTH",
	  .kind = KIND_SIZE,
	  .optional = true,
	  .help = "256 bytes without one, or with --output all" },
	{ 0 },
};

static const struct opt access_opts[] = {
	[ACCESS_WIDTH] = { .name = "width",
			   .kind = KIND_CHOICE,
			   .metavar = "1|2|4|8",
			   .choices = widths,
			   .preset = "4, or less where that is not aligned",
			   .help = "bytes of the access" },
	{ 0 },
};

static const struct opt dump_opts[] = {
	[DUMP_OUTPUT] = { .name = "output",
			  .kind = KIND_PATH,
			  .metavar = "FILE",
			  .help = "write the bytes there as they are" },
	{ 0 },
};

static const struct block list_view[] = {
	{ .kind = BLOCK_TABLE,
	  .key = "regions",
	  .none = "no regions",
	  .cells = (const char *const[]){ "INDEX={index}", "NAME={name}",
					  "SIZE={size}", "FLAGS={flags}",
					  NULL } },
	{ 0 },
};

static const struct block read_view[] = {
	{ .kind = BLOCK_LINE, .key = "region_read", .text = "{value}" },
	{ 0 },
};

static const struct block write_view[] = {
	{ .kind = BLOCK_LINE,
	  .key = "region_write",
	  .text = "wrote {value} at {offset}" },
	{ 0 },
};

static const struct block dump_view[] = {
	{ .kind = BLOCK_BYTES, .key = "region_dump.parts" },
	{ .kind = BLOCK_LINE,
	  .key = "region_dump",
	  .text = "saved {length:size} in {path}",
	  .unless = "region_dump.parts" },
	{ 0 },
};

static const struct command cmd_list = {
	.name = "list",
	.summary = "show which regions a device has",
	.args = list_args,
	.flags = CMD_DEVICE,
	.run = list,
	.view = list_view,
};

static const struct command cmd_read = {
	.name = "read",
	.summary = "read a register",
	.args = read_args,
	.opts = access_opts,
	.flags = CMD_DEVICE,
	.run = read_one,
	.view = read_view,
	.value = "region_read.value",
};

static const struct command cmd_write = {
	.name = "write",
	.summary = "write a register",
	.args = write_args,
	.opts = access_opts,
	.flags = CMD_DEVICE,
	.run = write_one,
	.view = write_view,
};

static const struct command cmd_dump_ = {
	.name = "dump",
	.summary = "show or save what is in a region",
	.args = dump_args,
	.opts = dump_opts,
	.flags = CMD_DEVICE,
	.run = dump,
	.view = dump_view,
};

static const struct command *const region_commands[] = {
	&cmd_list, &cmd_read, &cmd_write, &cmd_dump_, NULL,
};

const struct command cmd_device_region = {
	.name = "region",
	.summary = "registers and memory of a device",
	.sub = region_commands,
};
