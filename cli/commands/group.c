// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `group`: IOMMU groups, and why one can be given to a user or cannot: what
 * each of its devices means for that, and what would have to be done with it.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "buf.h"
#include "commands/commands.h"
#include "group_json.h"
#include "parse.h"
#include "render.h"
#include "sysfs_group.h"

static enum status list(struct context *ctx, const struct parsed *p,
			struct answer *a)
{
	struct names names = sysfs_list(SYSFS_GROUPS);
	json_t *groups = json_array(), *members;
	struct sysfs_group group;

	(void)ctx;
	(void)p;
	for (size_t i = 0; i < names.count; i++) {
		if (!sysfs_group_read(names.name[i], &group))
			continue;
		json_array_append_new(groups,
				      group_verdict_json(&group, &members));
		json_decref(members);
		sysfs_group_free(&group);
	}
	names_free(&names);
	a->result = json_pack("{s:o}", "groups", groups);
	return STATUS_OK;
}

static enum status show(struct context *ctx, const struct parsed *p,
			struct answer *a)
{
	char *number = mem_asprintf("%" PRIu64, p->arg[0].num);
	struct sysfs_group group;
	json_t *json, *members;

	(void)ctx;
	if (!sysfs_group_read(number, &group)) {
		fail(&a->fail, "there is no IOMMU group %s", number);
		fail_hint(&a->fail, "iommufdctl group list");
	} else {
		json = group_verdict_json(&group, &members);
		json_object_set_new(json, "devices", members);
		a->result = json_pack("{s:o}", "group", json);
		sysfs_group_free(&group);
	}
	free(number);
	return a->fail.status;
}

static const struct block list_view[] = {
	{ .kind = BLOCK_TABLE,
	  .key = "groups",
	  .none = "no device is behind an IOMMU",
	  .cells =
		  (const char *const[]){
			  "GROUP={iommu_group}", "TYPE=[type|{type}]",
			  "DEVICES={num_devices}", "STATE={state}",
			  "NODE=[group_node|{group_node:node}]", NULL } },
	{ 0 },
};

static const struct command cmd_group_list = {
	.name = "list",
	.summary = "list the IOMMU groups",
	.flags = CMD_CLIENT,
	.run = list,
	.view = list_view,
};

static const struct arg show_args[] = {
	{ .name = "N", .kind = KIND_GROUP, .help = "the group's number" },
	{ 0 },
};

static const struct block show_view[] = {
	{ .kind = BLOCK_LINE,
	  .key = "group",
	  .text = "group     {iommu_group}[type|, {type}]"
		  "\nviable    {viable}, {why}"
		  "\nnode      {group_node:node}"
		  "\nreserved  {reserved_regions:ranges}" },
	{ .kind = BLOCK_TABLE,
	  .key = "group.devices",
	  .none = "no devices",
	  .cells = (const char *const[]){ "DEVICE={device}", "ID=[id|{id}]",
					  "DRIVER={driver}", "EFFECT={effect}",
					  NULL } },
	{ .kind = BLOCK_ROWS,
	  .key = "group.devices",
	  .text = "[command|{effect}: {command}]" },
	{ 0 },
};

static const struct command cmd_group_show = {
	.name = "show",
	.summary = "show a group, and why it can be used or not",
	.args = show_args,
	.flags = CMD_CLIENT,
	.run = show,
	.view = show_view,
};

static const struct command *const group_commands[] = {
	&cmd_group_list,
	&cmd_group_show,
	NULL,
};

const struct command cmd_group = {
	.name = "group",
	.summary = "groups of devices that only one user can have",
	.sub = group_commands,
};
