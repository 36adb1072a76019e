// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * IOMMU_IOAS_MAP, and IOMMU_IOAS_MAP_FILE for --by-fd: gets memory, has it
 * mapped, and remembers both.
 */
#include "commands/commands.h"
#include "context.h"
#include "ioas.h"
#include "iommu.h"
#include "map_memory.h"
#include "render.h"

static const struct opt map_opts[] = {
	MEMORY_OPTS,
	[MAP_BY_FD] = { .name = "by-fd",
			.kind = KIND_FLAG,
			.help = "name the file to the kernel, not an address; new memory is a memfd" },
	{ 0 },
};

static enum status by_address(struct context *ctx, __u32 ioas_id, __u32 flags,
			      struct mapping *values, struct failure *f)
{
	struct iommu_ioas_map ask = {
		.size = sizeof(ask),
		.flags = flags,
		.ioas_id = ioas_id,
		.user_va = (uintptr_t)values->memory->start,
		.length = values->length,
		.iova = values->iova,
	};

	iommu_call(ctx, &iommu_map_request, &ask, f);
	values->iova = ask.iova;
	return f->status;
}

static enum status by_file(struct context *ctx, __u32 ioas_id, __u32 flags,
			   struct mapping *values, struct failure *f)
{
	struct iommu_ioas_map_file ask = {
		.size = sizeof(ask),
		.flags = flags,
		.ioas_id = ioas_id,
		.fd = values->memory->fd,
		.start = values->memory->offset,
		.length = values->length,
		.iova = values->iova,
	};

	iommu_call(ctx, &iommu_map_file_request, &ask, f);
	values->iova = ask.iova;
	memory_close_fd(values->memory);
	return f->status;
}

static enum status map(struct context *ctx, const struct parsed *p,
		       struct answer *a)
{
	const struct value *opt = p->opt;
	__u32 ioas_id = (__u32)p->arg[0].num, flags;
	bool by_fd = opt[MAP_BY_FD].set;
	struct mapping values;
	uint64_t length;

	if (by_fd && opt[MAP_BY_COPY].set)
		return fail_at(
			&a->fail, p->words, opt[MAP_BY_COPY].at,
			"a copy is of no file; --by-fd and --copy exclude each other");
	if (map_memory(ctx, p, by_fd, &values, &length, &a->fail))
		return a->fail.status;
	flags = (opt[MAP_IOVA].set ? IOMMU_IOAS_MAP_FIXED_IOVA : 0) |
		(values.readable ? IOMMU_IOAS_MAP_READABLE : 0) |
		(values.writeable ? IOMMU_IOAS_MAP_WRITEABLE : 0);
	if ((by_fd ? by_file : by_address)(ctx, ioas_id, flags, &values,
					   &a->fail)) {
		memory_put(values.memory);
		return a->fail.status;
	}
	map_done(ctx, ioas_id, &values, length, a);
	return STATUS_OK;
}

static const struct arg map_args[] = {
	{ .name = "ID",
	  .kind = KIND_ID,
	  .objects = OF(IOAS),
	  .help = "the ioas to map into" },
	{ 0 },
};

static const struct block map_view[] = {
	{ .kind = BLOCK_LINE, .key = "mapping", .text = MAPPING_LINE },
	{ 0 },
};

const struct command cmd_ioas_map = {
	.name = "map",
	.summary = "map memory into an address space",
	.args = map_args,
	.opts = map_opts,
	.flags = CMD_DEVICE,
	.run = map,
	.view = map_view,
	.value = "mapping.iova",
};
