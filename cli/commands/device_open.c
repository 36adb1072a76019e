// SPDX-License-Identifier: GPL-2.0-or-later
/* `device open` and `close`: a device becomes an object of the session. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "commands/commands.h"
#include "context.h"
#include "device.h"
#include "iommu.h"
#include "made.h"
#include "opened.h"
#include "render.h"
#include "vfio.h"

enum { OPEN_SHAPE, OPEN_NAME };

static const char *const device_flags[] = { "RESET", "PCI", "PLATFORM", "AMBA",
					    "CCW",   "AP",  "FSL_MC",	"CAPS",
					    "CDX",   NULL };

const char *const device_shapes[] = {
	[SHAPE_NODE] = "node",
	[SHAPE_GROUP] = "group",
	NULL,
};

enum status device_target(const struct parsed *p, const struct value *shape,
			  struct target *target, struct failure *f)
{
	if (target_find(p->arg[0].text, target, f))
		return f->status;
	if (shape->set)
		target->shape = (enum shape)shape->num;
	return STATUS_OK;
}

static json_t *opened_json(const struct object *device,
			   const struct vfio_device_info *info)
{
	const struct opened *o = device->opened;

	return json_pack("{s:I, s:o, s:s, s:s?, s:I, s:o, s:I, s:I, s:I}",
			 "dev_id", (json_int_t)device->id, "name",
			 object_name_json(device), "device", o->name, "node",
			 o->node, "iommu_group", opened_group(o), "flags",
			 json_flags(info->flags, device_flags), "num_regions",
			 (json_int_t)info->num_regions, "num_irqs",
			 (json_int_t)info->num_irqs, "ioas_id",
			 (json_int_t)device->uses[OBJECT_IOAS]);
}

/* VFIO has put it into its own address space, and may have made that. */
static enum status find_ioas(struct context *ctx, struct object *device,
			     struct failure *f)
{
	__u32 id;

	if (vfio_ioas_id(ctx, &id, f))
		return f->status;
	store_know(&ctx->store, id, OBJECT_IOAS);
	made_of(ctx, device, id, OBJECT_IOAS);
	return STATUS_OK;
}

static enum status open_target(struct context *ctx, const struct parsed *p,
			       const struct target *target, struct answer *a)
{
	struct vfio_device_info info = { .argsz = sizeof(info) };
	struct object *device;
	struct opened *o;
	__u32 id;

	if (opened_open(ctx, target, &o, &id, &a->fail))
		return a->fail.status;
	if (opened_ask(ctx, o, &vfio_device_info_request, &info, &a->fail)) {
		opened_free(o);
		return a->fail.status;
	}
	/* What is made of a device may have made it known. */
	device = object_made(ctx, p, id, OBJECT_DEVICE);
	device->opened = o;
	if (!o->node && find_ioas(ctx, device, &a->fail)) {
		store_remove(&ctx->store, device);
		return a->fail.status;
	}
	a->result = json_pack("{s:o}", "opened", opened_json(device, &info));
	return STATUS_OK;
}

static enum status open_device(struct context *ctx, const struct parsed *p,
			       struct answer *a)
{
	struct target target;

	if (device_target(p, &p->opt[OPEN_SHAPE], &target, &a->fail))
		return a->fail.status;
	open_target(ctx, p, &target, a);
	target_free(&target);
	return a->fail.status;
}

static enum status close_device(struct context *ctx, const struct parsed *p,
				struct answer *a)
{
	struct object *device = opened_object(ctx, p, &a->fail);

	if (!device)
		return a->fail.status;
	a->result = json_pack("{s:{s:I, s:s}}", "closed", "dev_id",
			      (json_int_t)device->id, "device",
			      device->opened->name);
	store_remove(&ctx->store, device);
	return STATUS_OK;
}

static const struct arg open_args[] = {
	{ .name = "TARGET",
	  .kind = KIND_TARGET,
	  .help = "its place on the bus, its node vfioN, or its group's number" },
	{ 0 },
};

static const struct opt open_opts[] = {
	[OPEN_SHAPE] = DEVICE_SHAPE_OPT,
	[OPEN_NAME] = NAME_OPT,
	{ 0 },
};

static const struct arg close_args[] = {
	ID_OF("DEVICE", OF(DEVICE), "the device"),
	{ 0 },
};

static const struct block open_view[] = {
	{ .kind = BLOCK_LINE,
	  .key = "opened",
	  .text = "device {dev_id}[name| {name}]: {device} by [node|{node}, ]group {iommu_group}[ioas_id|, in ioas {ioas_id}]" },
	{ 0 },
};

static const struct block close_view[] = {
	{ .kind = BLOCK_LINE,
	  .key = "closed",
	  .text = "closed device {dev_id}: {device}" },
	{ 0 },
};

const struct command cmd_device_open = {
	.name = "open",
	.summary = "open a device for this descriptor",
	.args = open_args,
	.opts = open_opts,
	.flags = CMD_DEVICE | CMD_MAKES,
	.run = open_device,
	.view = open_view,
	.value = "opened.dev_id",
};

const struct command cmd_device_close = {
	.name = "close",
	.summary = "close a device, which ends its DMA",
	.args = close_args,
	.flags = CMD_DEVICE,
	.run = close_device,
	.view = close_view,
};
