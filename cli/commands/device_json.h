/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices and groups of the machine, as the results of commands have them. */
#ifndef CLI_DEVICE_JSON_H
#define CLI_DEVICE_JSON_H

#include <jansson.h>

struct sysfs_device;
struct sysfs_group;

/* What `device list` says of one; @group: its own, or NULL without one. */
json_t *device_json(const struct sysfs_device *d,
		    const struct sysfs_group *group);
/* The part of it that is not its group's. */
json_t *device_own_json(const struct sysfs_device *d);
/* Its number, the domain's type, and the rest that is the group's own. */
json_t *group_json(const struct sysfs_group *group);

#endif
