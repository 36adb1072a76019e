/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each device of an IOMMU group means for it, and what can be done. */
#ifndef CLI_GROUP_JSON_H
#define CLI_GROUP_JSON_H

#include <jansson.h>

struct sysfs_group;

/* What `group list` says of one; *@members: and `group show` of its devices. */
json_t *group_verdict_json(const struct sysfs_group *group, json_t **members);
/* Those of its devices that are in the way of giving it away. */
json_t *group_blocking_json(const char *number);

#endif
