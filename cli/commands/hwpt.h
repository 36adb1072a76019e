/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands of `hwpt`, each group in a file of its own. */
#ifndef CLI_COMMANDS_HWPT_H
#define CLI_COMMANDS_HWPT_H

#include "tree.h"

extern const struct command cmd_hwpt_alloc;
extern const struct command cmd_hwpt_dirty;
extern const struct command cmd_hwpt_invalidate;

#endif
