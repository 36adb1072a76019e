// SPDX-License-Identifier: GPL-2.0-or-later
#include "group_json.h"

#include <string.h>

#include "buf.h"
#include "device_json.h"
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

/* What makes a device VFIO's, or no matter for the group; or null. */
static json_t *command_json(const struct sysfs_device *d, enum effect effect)
{
	bool pci = d->bus && !strcmp(d->bus, "pci");

	if (effect == EFFECT_VFIO || effect == EFFECT_HARMLESS)
		return json_null();
	if (pci && !sysfs_device_is_bridge(d))
		return json_sprintf("iommufdctl device bind %s", d->name);
	if (!d->driver || !d->bus || !sysfs_is_plain(d->name) ||
	    !sysfs_is_plain(d->driver) || !sysfs_is_plain(d->bus))
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

static const char *state_of(const struct tally *tally)
{
	if (tally->of[EFFECT_BLOCKS])
		return "blocked";
	return tally->of[EFFECT_VFIO] ? "ready" : "unused";
}

json_t *group_verdict_json(const struct sysfs_group *group, json_t **members)
{
	json_t *json = group_json(group);
	struct tally tally;

	*members = members_json(group, &tally);
	json_object_set_new(json, "viable",
			    json_boolean(!tally.of[EFFECT_BLOCKS]));
	json_object_set_new(json, "state", json_string(state_of(&tally)));
	json_object_set_new(json, "why", why_json(&tally));
	return json;
}

json_t *group_blocking_json(const char *number)
{
	json_t *members, *member, *blocking = json_array();
	struct sysfs_group group;
	size_t i;

	if (!number || !sysfs_group_read(number, &group))
		return blocking;
	json_decref(group_verdict_json(&group, &members));
	json_array_foreach(members, i, member) {
		json_t *effect = json_object_get(member, "effect");

		if (!strcmp(json_string_value(effect), effects[EFFECT_BLOCKS]))
			json_array_append(blocking, member);
	}
	json_decref(members);
	sysfs_group_free(&group);
	return blocking;
}
