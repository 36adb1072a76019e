// SPDX-License-Identifier: GPL-2.0-or-later
/* `device`: what the IOMMU behind a device can do. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "commands/commands.h"
#include "device.h"
#include "iommu.h"
#include "made.h"
#include "render.h"

enum { INFO_TYPE };

/* As much as any driver says; what is longer is asked for again. */
#define ROOM_FIRST 256

static const char *const types[] = { "default", "intel-vtd", "arm-smmuv3",
				     "tegra241-cmdqv", NULL };

static const char *const capabilities[] = { "DIRTY_TRACKING", "PCI_PASID_EXEC",
					    "PCI_PASID_PRIV",
					    "PCI_ATS_NOT_SUPPORTED", NULL };

static json_t *info_json(const struct iommu_hw_info *ask, const void *bytes)
{
	const struct data_type *type =
		data_type_find(info_types, ask->out_data_type);

	return json_pack("{s:I, s:I, s:s?, s:I, s:I, s:o, s:o}", "dev_id",
			 (json_int_t)ask->dev_id, "out_data_type",
			 (json_int_t)ask->out_data_type, "type",
			 type ? type->name : NULL, "data_len",
			 (json_int_t)ask->data_len, "out_max_pasid_log2",
			 (json_int_t)ask->out_max_pasid_log2,
			 "out_capabilities",
			 json_flags((__u32)ask->out_capabilities, capabilities),
			 "data", data_json(type, bytes, ask->data_len));
}

static enum status hw_info(struct context *ctx, const struct parsed *p,
			   struct answer *a)
{
	struct iommu_hw_info ask = { .size = sizeof(ask),
				     .dev_id = (__u32)p->arg[0].num };
	void *bytes = NULL;
	__u32 room = 0, type = 0;

	if (p->opt[INFO_TYPE].set) {
		if (made_type(p, &p->opt[INFO_TYPE], types, &type, &a->fail))
			return a->fail.status;
		ask.flags = IOMMU_HW_INFO_FLAG_INPUT_TYPE;
	}
	/* The answer is how much there is, however little was brought. */
	ask.data_len = ROOM_FIRST;
	do {
		room = ask.data_len;
		bytes = mem_realloc(bytes, room);
		memset(bytes, 0, room);
		ask.in_data_type = type;
		ask.data_uptr = (uintptr_t)bytes;
		iommu_call(ctx, &iommu_hw_info_request, &ask, &a->fail);
	} while (!a->fail.status && ask.data_len > room);
	if (!a->fail.status)
		a->result =
			json_pack("{s:o}", "hw_info", info_json(&ask, bytes));
	free(bytes);
	return a->fail.status;
}

static const struct arg info_args[] = {
	ID_OF("ID", OF(DEVICE), "the device"),
	{ 0 },
};

static const struct opt info_opts[] = {
	[INFO_TYPE] = { .name = "type",
			.kind = KIND_TEXT,
			.choices = types,
			.metavar = "TYPE",
			.preset = "what the driver thinks best",
			.help = "ask for this kind, also by number" },
	{ 0 },
};

static const struct block info_view[] = {
	{ .kind = BLOCK_LINE,
	  .key = "hw_info",
	  .text = "type          {out_data_type}[type| {type}]"
		  "[out_capabilities|\ncapabilities  {out_capabilities}]"
		  "\npasid bits    {out_max_pasid_log2}" },
	{ .kind = BLOCK_TABLE,
	  .key = "hw_info.data",
	  .none = "the driver says no more",
	  .cells = (const char *const[]){ "FIELD={field}", "VALUE={value}",
					  NULL } },
	{ 0 },
};

static const struct command cmd_hw_info = {
	.name = "hw-info",
	.summary = "ask about the IOMMU of a device",
	.args = info_args,
	.opts = info_opts,
	.flags = CMD_DEVICE,
	.run = hw_info,
	.view = info_view,
};

static const struct command *const device_commands[] = {
	&cmd_device_list,   &cmd_device_show,
	&cmd_device_bind,   &cmd_device_unbind,
	&cmd_device_open,   &cmd_device_close,
	&cmd_device_attach, &cmd_device_replace,
	&cmd_device_detach, &cmd_device_region,
	&cmd_device_config, &cmd_device_irq,
	&cmd_device_reset,  &cmd_device_dma_test,
	&cmd_hw_info,	    NULL,
};

const struct command cmd_device = {
	.name = "device",
	.summary = "devices, and the IOMMU that they are behind",
	.sub = device_commands,
};
