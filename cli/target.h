/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The device that a person means to open, and how: by its address or node, or
 * by its group, where VFIO has no other device.
 */
#ifndef CLI_TARGET_H
#define CLI_TARGET_H

#include "sysfs_device.h"

enum shape {
	SHAPE_NODE,
	SHAPE_GROUP,
};

struct target {
	struct sysfs_device device; /* VFIO has it, and it has a group */
	enum shape shape; /* what it was called by, or has */
};

/* Of "0000:00:03.0", "00:03.0", "vfio0" or "7". */
enum status target_find(const char *text, struct target *target,
			struct failure *f);
void target_free(struct target *target);

#endif
