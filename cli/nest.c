// SPDX-License-Identifier: GPL-2.0-or-later
#include "nest.h"

void nest_begin(struct nest *outer, struct shell *sh, enum shell_mode mode,
		const char *source)
{
	*outer = (struct nest){ sh->runner, sh->mode, sh->source };
	sh->runner = (struct runner){ .ctx = outer->runner.ctx,
				      .emit = outer->runner.emit,
				      .owner = outer->runner.owner };
	sh->mode = mode;
	sh->source = source;
	if (outer->mode != SHELL_SCRIPT)
		print_begin(sh);
}

void nest_end(struct nest *outer, struct shell *sh)
{
	if (outer->mode != SHELL_SCRIPT)
		print_end(sh);
	runner_free(&sh->runner);
	sh->runner = outer->runner;
	sh->mode = outer->mode;
	sh->source = outer->source;
}
