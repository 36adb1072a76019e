/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a device was bound to before this tool bound it to VFIO's driver, for
 * it to be put back. That is kept where it is gone when bindings are, after a
 * restart: in a folder of root's below /run, a file a device.
 */
#ifndef CLI_BOUND_H
#define CLI_BOUND_H

#include <stdbool.h>

#include "failure.h"

struct sysfs_device;

#define BOUND_PLACE "/run/iommufdctl"

struct bound {
	char *to; /* the driver that it was given to */
	char *driver; /* what it had before; NULL: none */
	char *override; /* what its driver_override said then, or NULL */
};

enum status bound_save(const struct sysfs_device *d, const struct bound *b,
		       struct failure *f);
/* False: nothing is known of it, or another has given it away since. */
bool bound_load(const struct sysfs_device *d, struct bound *b);
void bound_forget(const struct sysfs_device *d);
void bound_free(struct bound *b);

#endif
