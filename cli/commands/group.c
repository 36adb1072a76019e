// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `group`: IOMMU groups, and why one can be given to a user or cannot: what
 * each of its devices means for that, and what would have to be done with it.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "commands/commands.h"
#include "device_json.h"
#include "parse.h"
#include "render.h"
#include "sysfs_device.h"
#include "sysfs_group.h"

static const char *const effects[] = {
	[EFFECT_VFIO] = "vfio",
	[EFFECT_FREE] = "free",
	[EFFECT_HARMLESS] = "harmless",
	[EFFECT_BLOCKS] = "blocks",
};

/* How many of a group's devices have each effect. */
struct tally {
	size_t of[EFFECT_BLOCKS + 1];
};

/* Names from sysfs go into a command only where a shell reads them as such. */
static bool is_plain(const char *name)
{
	return !name[strspn(name, "abcdefghijklmnopqrstuvwxyz"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789._:@+-")];
}

/* What makes a device VFIO's, or no matter for the group; or null. */
static json_t *command_json(const struct sysfs_device *d, enum effect effect)
{
	bool pci = d->bus && !strcmp(d->bus, "pci");

	if (effect == EFFECT_VFIO || effect == EFFECT_HARMLESS)
		return json_null();
	if (pci && !sysfs_device_is_bridge(d))
		return json_sprintf("iommufdctl device bind %s", d->name);
	if (!d->driver || !d->bus || !is_plain(d->name) ||
	    !is_plain(d->driver) || !is_plain(d->bus))
		return json_null();
	return json_sprintf("echo %s >/sys/bus/%s/drivers/%s/unbind", d->name,
			    d->bus, d->driver);
}

static json_t *member_json(const struct sysfs_device *d, struct tally *tally)
{
	enum effect effect = sysfs_device_effect(d);
	json_t *member = device_own_json(d);

	tally->of[effect]++;
	json_object_set_new(member, "effect", json_string(effects[effect]));
	json_object_set_new(member, "command", command_json(d, effect));
	return member;
}

static json_t *members_json(const struct sysfs_group *group,
			    struct tally *tally)
{
	json_t *members = json_array();
	struct sysfs_device d;

	*tally = (struct tally){ 0 };
	for (size_t i = 0; i < group->devices.count; i++) {
		if (!sysfs_group_device(group, group->devices.name[i], &d))
			continue;
		json_array_append_new(members, member_json(&d, tally));
		sysfs_device_free(&d);
	}
	return members;
}

static json_t *why_json(const struct tally *tally)
{
	size_t blocks = tally->of[EFFECT_BLOCKS];

	if (blocks)
		return json_sprintf(
			"%zu of its devices %s a driver that may do DMA for the kernel",
			blocks, blocks == 1 ? "has" : "have");
	if (tally->of[EFFECT_VFIO])
		return json_sprintf("VFIO drives %zu of its devices",
				    tally->of[EFFECT_VFIO]);
	return json_string("but VFIO drives none of its devices yet");
}

/* Without its devices; these are in *@members. */
static json_t *verdict_json(const struct sysfs_group *group, json_t **members)
{
	json_t *json = group_json(group);
	struct tally tally;

	*members = members_json(group, &tally);
	json_object_set_new(json, "viable",
			    json_boolean(!tally.of[EFFECT_BLOCKS]));
	json_object_set_new(json, "why", why_json(&tally));
	return json;
}

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
		json_array_append_new(groups, verdict_json(&group, &members));
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
		json = verdict_json(&group, &members);
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
	  .cells = (const char *const[]){ "GROUP={iommu_group}",
					  "TYPE=[type|{type}]",
					  "DEVICES={num_devices}",
					  "VIABLE={viable}, {why}",
					  "NODE=[group_node|{group_node:node}]",
					  "RESERVED=[reserved_regions|"
					  "{reserved_regions:ranges}]",
					  NULL } },
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
					  "COMMAND=[command|{command}]",
					  NULL } },
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
