/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the commands on sessions share. */
#ifndef CLI_COMMANDS_SESSION_H
#define CLI_COMMANDS_SESSION_H

#include "parse.h"
#include "render.h"
#include "shell.h"
#include "tree.h"

#define SESSION_PATIENCE_MS 3000

/*
 * Starts a session that stays, and holds @fd or opens the device itself; one
 * that runs already is a failure. What it is goes to a->result.
 */
enum status session_begin(struct shell *sh, const char *name, int fd,
			  const struct value *rlimit, struct answer *a);
extern const struct block session_start_view[];

#endif
