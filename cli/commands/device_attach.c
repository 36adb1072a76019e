// SPDX-License-Identifier: GPL-2.0-or-later
/* `device attach`, `replace` and `detach`: what a device's DMA gets to see. */
#include <inttypes.h>

#include "commands/commands.h"
#include "context.h"
#include "device.h"
#include "iommu.h"
#include "made.h"
#include "render.h"
#include "vfio_newer.h"

/* Where it is attached, as far as is known; 0: nowhere. */
static uint32_t place_of(const struct object *device)
{
	return device->uses[OBJECT_HWPT] ? device->uses[OBJECT_HWPT]
					 : device->uses[OBJECT_IOAS];
}

static enum status check_node(const struct object *device, struct failure *f)
{
	if (device->opened->node)
		return STATUS_OK;
	fail(f,
	     "device %" PRIu32
	     " came through its group, and stays in VFIO's address space, ioas %" PRIu32,
	     device->id, place_of(device));
	fail_cause(f, "by-group", "{s:I, s:I}", "dev_id",
		   (json_int_t)device->id, "ioas_id",
		   (json_int_t)place_of(device));
	fail_hint(f,
		  "iommufdctl -c \"device close %" PRIu32
		  "\" -c \"device open %s --shape node\"",
		  device->id, device->opened->name);
	return f->status;
}

static enum status move(struct context *ctx, const struct parsed *p,
			struct object *device, struct answer *a)
{
	__u32 to = (__u32)p->arg[1].num, hwpt = to;

	if (opened_attach(ctx, device->opened, &hwpt, &a->fail))
		return a->fail.status;
	device->uses[OBJECT_IOAS] = device->uses[OBJECT_HWPT] = 0;
	made_of(ctx, device, to, OBJECT_IOAS);
	a->result = json_pack("{s:{s:I, s:o, s:I, s:I}}", "attached", "dev_id",
			      (json_int_t)device->id, "name",
			      object_name_json(device), "to", (json_int_t)to,
			      "pt_id", (json_int_t)hwpt);
	return STATUS_OK;
}

static enum status attach(struct context *ctx, const struct parsed *p,
			  struct answer *a)
{
	struct object *device = opened_object(ctx, p, &a->fail);

	if (!device || check_node(device, &a->fail))
		return a->fail.status;
	if (device->opened->attached) {
		fail(&a->fail, "device %" PRIu32 " is attached to %" PRIu32,
		     device->id, place_of(device));
		fail_hint(&a->fail,
			  "iommufdctl device replace %" PRIu32 " %" PRIu64,
			  device->id, p->arg[1].num);
		return a->fail.status;
	}
	return move(ctx, p, device, a);
}

static enum status replace(struct context *ctx, const struct parsed *p,
			   struct answer *a)
{
	struct object *device = opened_object(ctx, p, &a->fail);

	if (!device || check_node(device, &a->fail))
		return a->fail.status;
	if (!device->opened->attached) {
		fail(&a->fail, "device %" PRIu32 " is attached to nothing",
		     device->id);
		fail_hint(&a->fail,
			  "iommufdctl device attach %" PRIu32 " %" PRIu64,
			  device->id, p->arg[1].num);
		return a->fail.status;
	}
	return move(ctx, p, device, a);
}

static enum status detach(struct context *ctx, const struct parsed *p,
			  struct answer *a)
{
	struct object *device = opened_object(ctx, p, &a->fail);
	struct vfio_device_detach_iommufd_pt ask = { .argsz = sizeof(ask) };

	if (!device || check_node(device, &a->fail))
		return a->fail.status;
	if (!device->opened->attached)
		return fail(&a->fail,
			    "device %" PRIu32 " is attached to nothing",
			    device->id);
	if (opened_ask(ctx, device->opened, &vfio_detach_request, &ask,
		       &a->fail))
		return a->fail.status;
	a->result = json_pack("{s:{s:I, s:o, s:I}}", "detached", "dev_id",
			      (json_int_t)device->id, "name",
			      object_name_json(device), "from",
			      (json_int_t)place_of(device));
	device->uses[OBJECT_IOAS] = device->uses[OBJECT_HWPT] = 0;
	device->opened->attached = false;
	return STATUS_OK;
}

#define DEVICE_ARG ID_OF("DEVICE", OF(DEVICE), "the device")

static const struct arg attach_args[] = {
	DEVICE_ARG,
	ID_OF("PT", OF(IOAS) | OF(HWPT), "an ioas, or a hwpt"),
	{ 0 },
};

static const struct arg detach_args[] = { DEVICE_ARG, { 0 } };

static const struct block attach_view[] = {
	{ .kind = BLOCK_LINE,
	  .key = "attached",
	  .text = "device {dev_id}[name| {name}] is attached to {to}, by page table {pt_id}" },
	{ 0 },
};

static const struct block detach_view[] = {
	{ .kind = BLOCK_LINE,
	  .key = "detached",
	  .text = "device {dev_id}[name| {name}] is detached from {from}" },
	{ 0 },
};

const struct command cmd_device_attach = {
	.name = "attach",
	.summary = "let a device's DMA see an address space",
	.args = attach_args,
	.flags = CMD_DEVICE,
	.run = attach,
	.view = attach_view,
};

const struct command cmd_device_replace = {
	.name = "replace",
	.summary = "move a device to another, in one step",
	.args = attach_args,
	.flags = CMD_DEVICE,
	.run = replace,
	.view = attach_view,
};

const struct command cmd_device_detach = {
	.name = "detach",
	.summary = "block a device's DMA",
	.args = detach_args,
	.flags = CMD_DEVICE,
	.run = detach,
	.view = detach_view,
};
