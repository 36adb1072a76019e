/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines that are run by a line, while that one is not done: those of a script
 * that is sourced, and that which is watched. Where the outer line was to have
 * a JSON document of its own, the inner ones share one.
 */
#ifndef CLI_NEST_H
#define CLI_NEST_H

#include "shell.h"

struct nest {
	struct runner runner;
	enum shell_mode mode;
	const char *source;
};

/* @source: what messages name in front of a line's number. */
void nest_begin(struct nest *outer, struct shell *sh, enum shell_mode mode,
		const char *source);
void nest_end(struct nest *outer, struct shell *sh);

#endif
