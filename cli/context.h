/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a line runs: what it may do, and the descriptor with all it holds.
 * A session's process has one for all its clients; the command line has one
 * of its own, which holds a descriptor only with --no-session.
 */
#ifndef CLI_CONTEXT_H
#define CLI_CONTEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "areas.h"
#include "failure.h"
#include "store.h"

struct server;
struct shell;
struct vars;

struct context {
	bool client; /* commands of the command line itself run here */
	bool device; /* commands that need the descriptor run here */
	const char *path; /* of the device */
	int fd; /* the descriptor, or -1 until it is needed */
	struct store store;
	struct areas areas; /* of what is mapped */
	int cwd; /* of whoever typed the line */
	struct vars *vars; /* of the same */
	/* When a line was run first that is run again and again, or 0. */
	uint64_t since;
	/* Whoever typed it does not want it any more. */
	bool (*given_up)(const struct context *ctx);
	struct shell *shell; /* in a client */
	struct server *server; /* in a session */
};

/* Long work looks at this now and then. */
bool context_given_up(const struct context *ctx);
/* Opens the device unless it is open. */
enum status context_open(struct context *ctx, struct failure *f);
void context_close(struct context *ctx);

#endif
