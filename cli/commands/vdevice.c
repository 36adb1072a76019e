// SPDX-License-Identifier: GPL-2.0-or-later
/* `vdevice`: what a device is called in a virtual IOMMU. */
#include "commands/commands.h"
#include "context.h"
#include "iommu.h"
#include "made.h"
#include "render.h"

enum { ALLOC_NAME };

static enum status alloc(struct context *ctx, const struct parsed *p,
			 struct answer *a)
{
	struct iommu_vdevice_alloc ask = { .size = sizeof(ask),
					   .viommu_id = (__u32)p->arg[0].num,
					   .dev_id = (__u32)p->arg[1].num,
					   .virt_id = p->arg[2].num };
	struct object *vdevice;

	if (iommu_call(ctx, &iommu_vdevice_alloc_request, &ask, &a->fail))
		return a->fail.status;
	vdevice = object_made(ctx, p, ask.out_vdevice_id, OBJECT_VDEVICE);
	made_of(ctx, vdevice, ask.viommu_id, OBJECT_VIOMMU);
	made_of(ctx, vdevice, ask.dev_id, OBJECT_DEVICE);
	a->result = json_pack("{s:{s:I, s:o, s:I, s:I, s:o}}", "vdevice",
			      "vdevice_id", (json_int_t)vdevice->id, "name",
			      object_name_json(vdevice), "viommu_id",
			      (json_int_t)ask.viommu_id, "dev_id",
			      (json_int_t)ask.dev_id, "virt_id",
			      json_hex64(ask.virt_id));
	return STATUS_OK;
}

static const struct arg alloc_args[] = {
	ID_OF("VIOMMU", OF(VIOMMU), "the virtual IOMMU"),
	ID_OF("DEVICE", OF(DEVICE), "the device"),
	{ .name = "VIRT_ID",
	  .kind = KIND_NUMBER,
	  .help = "what the guest calls it: SMMUv3's stream id, VT-d's requester id" },
	{ 0 },
};

static const struct opt alloc_opts[] = { [ALLOC_NAME] = NAME_OPT, { 0 } };

static const struct block alloc_view[] = {
	{ .kind = BLOCK_LINE,
	  .key = "vdevice",
	  .text = "vdevice {vdevice_id}[name| {name}]: device {dev_id} is {virt_id} in viommu {viommu_id}" },
	{ 0 },
};

static const struct command cmd_alloc = {
	.name = "alloc",
	.summary = "say what a device is called in a virtual IOMMU",
	.args = alloc_args,
	.opts = alloc_opts,
	.flags = CMD_DEVICE,
	.run = alloc,
	.view = alloc_view,
	.value = "vdevice.vdevice_id",
};

static const struct command *const vdevice_commands[] = { &cmd_alloc, NULL };

const struct command cmd_vdevice = {
	.name = "vdevice",
	.summary = "devices as virtual IOMMUs have them",
	.flags = CMD_RARE,
	.sub = vdevice_commands,
};
