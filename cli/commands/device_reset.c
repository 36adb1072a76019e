// SPDX-License-Identifier: GPL-2.0-or-later
/* `device reset`: VFIO_DEVICE_RESET. */
#include "commands/commands.h"
#include "context.h"
#include "device.h"
#include "iommu.h"
#include "made.h"
#include "render.h"

static enum status reset(struct context *ctx, const struct parsed *p,
			 struct answer *a)
{
	struct object *device = opened_object(ctx, p, &a->fail);
	struct vfio_value nothing = { 0 };

	if (!device || opened_ask(ctx, device->opened, &vfio_reset_request,
				  &nothing, &a->fail))
		return a->fail.status;
	a->result = json_pack("{s:{s:I, s:s}}", "reset", "dev_id",
			      (json_int_t)device->id, "device",
			      device->opened->name);
	return STATUS_OK;
}

static const struct arg reset_args[] = {
	ID_OF("DEVICE", OF(DEVICE), "the device"),
	{ 0 },
};

static const struct block reset_view[] = {
	{ .kind = BLOCK_LINE,
	  .key = "reset",
	  .text = "device {dev_id} is reset: {device}" },
	{ 0 },
};

const struct command cmd_device_reset = {
	.name = "reset",
	.summary = "reset a device, and nothing beside it",
	.args = reset_args,
	.flags = CMD_DEVICE,
	.run = reset,
	.view = reset_view,
};
