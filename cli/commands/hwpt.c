// SPDX-License-Identifier: GPL-2.0-or-later
/* `hwpt`: IOMMU_HWPT_ALLOC makes a page table as the hardware has them. */
#include "hwpt.h"

#include <stdlib.h>

#include "commands/commands.h"
#include "context.h"
#include "iommu.h"
#include "made.h"
#include "render.h"

enum {
	ALLOC_NEST,
	ALLOC_DIRTY,
	ALLOC_PASID,
	ALLOC_FAULT,
	ALLOC_DATA,
	ALLOC_NAME
};

static __u32 flags_of(const struct parsed *p)
{
	const struct value *opt = p->opt;

	return (opt[ALLOC_NEST].set ? IOMMU_HWPT_ALLOC_NEST_PARENT : 0) |
	       (opt[ALLOC_DIRTY].set ? IOMMU_HWPT_ALLOC_DIRTY_TRACKING : 0) |
	       (opt[ALLOC_FAULT].set ? IOMMU_HWPT_FAULT_ID_VALID : 0) |
	       (opt[ALLOC_PASID].set ? IOMMU_HWPT_ALLOC_PASID : 0);
}

static json_t *hwpt_json(const struct iommu_hwpt_alloc *ask,
			 const struct object *hwpt)
{
	return json_pack("{s:I, s:o, s:I, s:I, s:I, s:I, s:b, s:b}", "hwpt_id",
			 (json_int_t)hwpt->id, "name", object_name_json(hwpt),
			 "dev_id", (json_int_t)ask->dev_id, "pt_id",
			 (json_int_t)ask->pt_id, "fault_id",
			 (json_int_t)ask->fault_id, "data_type",
			 (json_int_t)ask->data_type, "nest_parent",
			 !!(ask->flags & IOMMU_HWPT_ALLOC_NEST_PARENT),
			 "dirty_tracking",
			 !!(ask->flags & IOMMU_HWPT_ALLOC_DIRTY_TRACKING));
}

static enum status alloc(struct context *ctx, const struct parsed *p,
			 struct answer *a)
{
	struct iommu_hwpt_alloc ask = {
		.size = sizeof(ask),
		.flags = flags_of(p),
		.dev_id = (__u32)p->arg[0].num,
		.pt_id = (__u32)p->arg[1].num,
		.fault_id = (__u32)p->opt[ALLOC_FAULT].num,
	};
	struct driver_data data = { 0 };
	struct object *hwpt;

	if (p->opt[ALLOC_DATA].set &&
	    data_read(ctx, p, &p->opt[ALLOC_DATA], hwpt_types, &data, &a->fail))
		return a->fail.status;
	ask.data_type = data.number;
	ask.data_len = (__u32)data.length;
	ask.data_uptr = (uintptr_t)data.bytes;
	iommu_call(ctx, &iommu_hwpt_alloc_request, &ask, &a->fail);
	free(data.bytes);
	if (a->fail.status)
		return a->fail.status;
	hwpt = object_made(ctx, p, ask.out_hwpt_id, OBJECT_HWPT);
	made_of(ctx, hwpt, ask.dev_id, OBJECT_DEVICE);
	made_of(ctx, hwpt, ask.pt_id,
		ask.data_type ? OBJECT_HWPT : OBJECT_IOAS);
	if (p->opt[ALLOC_FAULT].set)
		made_of(ctx, hwpt, ask.fault_id, OBJECT_FAULT);
	a->result = json_pack("{s:o}", "hwpt", hwpt_json(&ask, hwpt));
	return STATUS_OK;
}

static const struct arg alloc_args[] = {
	ID_OF("DEVICE", OF(DEVICE), "the device that it must suit"),
	ID_OF("PARENT", OF(IOAS) | OF(HWPT) | OF(VIOMMU),
	      "the ioas that it mirrors, or the hwpt or viommu that it is put on"),
	{ 0 },
};

static const struct opt alloc_opts[] = {
	[ALLOC_NEST] = { .name = "nest-parent",
			 .kind = KIND_FLAG,
			 .help = "others will be put on it" },
	[ALLOC_DIRTY] = { .name = "dirty-tracking",
			  .kind = KIND_FLAG,
			  .help = "it must know what devices write" },
	[ALLOC_PASID] = { .name = "pasid",
			  .kind = KIND_FLAG,
			  .help = "it can be attached to a PASID" },
	[ALLOC_FAULT] = { .name = "fault",
			  .kind = KIND_ID,
			  .objects = OF(FAULT),
			  .metavar = "ID",
			  .help = "page requests go to this fault queue" },
	[ALLOC_DATA] = { .name = "data",
			 .kind = KIND_TEXT,
			 .metavar = "TYPE,...",
			 .choices = (const char *const[]){ "vtd-s1",
							   "arm-smmuv3", NULL },
			 .help = "what the driver needs for one that is put on another: vtd-s1 with pgtbl_addr, addr_width and flags, arm-smmuv3 with ste0 and ste1, or any NUMBER,file=PATH" },
	[ALLOC_NAME] = NAME_OPT,
	{ 0 },
};

static const struct block alloc_view[] = {
	{ .kind = BLOCK_LINE,
	  .key = "hwpt",
	  .text = "hwpt {hwpt_id}[name| {name}] for device {dev_id} on {pt_id}[nest_parent|, a nest parent][dirty_tracking|, tracking what is written][fault_id|, page requests go to {fault_id}]" },
	{ 0 },
};

const struct command cmd_hwpt_alloc = {
	.name = "alloc",
	.summary = "make a hardware page table",
	.args = alloc_args,
	.opts = alloc_opts,
	.flags = CMD_DEVICE,
	.run = alloc,
	.view = alloc_view,
	.value = "hwpt.hwpt_id",
};

static const struct command *const hwpt_commands[] = {
	&cmd_hwpt_alloc,
	&cmd_hwpt_invalidate,
	&cmd_hwpt_dirty,
	NULL,
};

const struct command cmd_hwpt = {
	.name = "hwpt",
	.summary = "hardware page tables, and what was written through them",
	.sub = hwpt_commands,
};
