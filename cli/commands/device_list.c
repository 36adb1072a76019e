// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `device list` and `device show`: what sysfs and /dev tell of the devices
 * that an IOMMU keeps apart, with no descriptor and on any kernel.
 */
#include <stdlib.h>

#include "commands/commands.h"
#include "device_json.h"
#include "parse.h"
#include "render.h"
#include "sysfs_device.h"
#include "sysfs_group.h"

static enum status list(struct context *ctx, const struct parsed *p,
			struct answer *a)
{
	struct names groups = sysfs_list(SYSFS_GROUPS);
	json_t *devices = json_array();
	struct sysfs_group group;
	struct sysfs_device d;

	(void)ctx;
	(void)p;
	for (size_t i = 0; i < groups.count; i++) {
		if (!sysfs_group_read(groups.name[i], &group))
			continue;
		for (size_t n = 0; n < group.devices.count; n++) {
			if (!sysfs_group_device(&group, group.devices.name[n],
						&d))
				continue;
			json_array_append_new(devices, device_json(&d, &group));
			sysfs_device_free(&d);
		}
		sysfs_group_free(&group);
	}
	names_free(&groups);
	a->result = json_pack("{s:o}", "devices", devices);
	return STATUS_OK;
}

static enum status show(struct context *ctx, const struct parsed *p,
			struct answer *a)
{
	struct sysfs_group group;
	struct sysfs_device d;
	bool grouped;

	(void)ctx;
	if (sysfs_device_find(p->arg[0].text, &d, &a->fail))
		return a->fail.status;
	grouped = d.group && sysfs_group_read(d.group, &group);
	a->result = json_pack("{s:o}", "device",
			      device_json(&d, grouped ? &group : NULL));
	if (grouped)
		sysfs_group_free(&group);
	sysfs_device_free(&d);
	return STATUS_OK;
}

static const struct block list_view[] = {
	{ .kind = BLOCK_TABLE,
	  .key = "devices",
	  .none = "no device is behind an IOMMU",
	  .cells =
		  (const char *const[]){
			  "DEVICE={device}", "ID=[id|{id}]", "DRIVER={driver}",
			  "GROUP={iommu_group}",
			  "SHARED=[num_others|+{num_others}]",
			  "GROUP NODE=[group_node|{group_node.owner}:"
			  "{group_node.owner_group} {group_node.mode}]",
			  "DEVICE NODE=[device_node|{device_node.name}]",
			  NULL } },
	{ 0 },
};

static const struct block show_view[] = {
	{ .kind = BLOCK_LINE,
	  .key = "device",
	  .text = "device       {device}[id| {id}][class| class {class}]"
		  "\ndriver       {driver}"
		  "\ngroup        {iommu_group}[type|, {type}]"
		  "[num_others|, with {num_others:other}]"
		  "\ngroup node   {group_node:node}"
		  "\ndevice node  {device_node:node}"
		  "\nreserved     {reserved_regions:ranges}" },
	{ 0 },
};

const struct command cmd_device_list = {
	.name = "list",
	.summary = "list the devices that are behind an IOMMU",
	.flags = CMD_CLIENT,
	.run = list,
	.view = list_view,
};

static const struct arg show_args[] = {
	{ .name = "BDF", .kind = KIND_PCI, .help = "the device's PCI address" },
	{ 0 },
};

const struct command cmd_device_show = {
	.name = "show",
	.summary = "show a device, its group and its nodes",
	.args = show_args,
	.flags = CMD_CLIENT,
	.run = show,
	.view = show_view,
};
