/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands of `vfio`, and the address space that they work on. */
#ifndef CLI_COMMANDS_VFIO_H
#define CLI_COMMANDS_VFIO_H

#include <linux/types.h>

#include "tree.h"

extern const struct command cmd_vfio_ioas;
extern const struct command cmd_vfio_map;
extern const struct command cmd_vfio_unmap;

/* The id of the address space that VFIO's requests work on. */
enum status vfio_ioas_id(struct context *ctx, __u32 *id, struct failure *f);

#endif
