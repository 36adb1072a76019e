/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Help and the machine-readable dump: the command tree, written out. */
#ifndef CLI_USAGE_H
#define CLI_USAGE_H

#include <jansson.h>

#include "tree.h"

/* The result of `help`: what to know about @cmd, whose full name is @path. */
json_t *usage_json(const struct command *cmd, const char *path);
/* What `help` with this word tells: the options of the command line. */
#define USAGE_OPTIONS "options"
json_t *usage_options(void);
/* The whole tree. */
json_t *usage_dump(const struct command *cmd);

#endif
